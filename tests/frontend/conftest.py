"""Node and the built front end, for tests that cross the border between Python and JavaScript."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page

if TYPE_CHECKING:
    from tests.frontend.receiving import Receiver

ROOT = Path(__file__).parents[2]
Node = Callable[[str, object], tuple[int, Any]]


@pytest.fixture(scope="session")
def node() -> Node:
    """Run one verb of the browser's sealing code; gives the exit code and the JSON it printed."""
    if not shutil.which("node") or not (ROOT / "node_modules" / "age-encryption").is_dir():
        pytest.skip("Node or the front-end packages are not installed (npm ci --ignore-scripts)")

    return lambda verb, value: run_node("seal_in_node.mjs", verb, value)


class Running:
    """A script of this folder that answers one order after the other: to start Node takes longer than most answers."""

    def __init__(self, script: str) -> None:
        self.process = subprocess.Popen(
            ["node", str(Path(__file__).parent / script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        atexit.register(self.process.kill)

    def ask(self, verb: str, value: object) -> tuple[int, Any]:
        """Give whether it went well (0), and what was said."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"verb": verb, "value": value}).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"Node ended with {self.process.wait()}"
        told = json.loads(line)
        return told["code"], told.get("said")


_running: dict[str, Running] = {}


def run_node(script: str, verb: str, value: object) -> tuple[int, Any]:
    """Have a script of this folder answer; gives 0 or 1 and the JSON it said."""
    if script not in _running or _running[script].process.poll() is not None:
        _running[script] = Running(script)
    return _running[script].ask(verb, value)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Serve pages to the browser and take what it sends."""
    from tests.frontend.receiving import Receiver, serve

    made = Receiver()
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Page]:
    """A page on which any console error, script error or breach of the policy fails the test."""
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == page_faults_allowed(page, faults), faults


def page_faults_allowed(page: Page, faults: list[str]) -> list[str]:
    """Refusals that a test arranged are told by the browser as errors too; a test names them in `page.expected`."""
    expected: tuple[str, ...] = getattr(page, "expected", ())
    return [fault for fault in faults if any(word in fault for word in expected)]
