"""Node and the built front end, for tests that cross the border between Python and JavaScript."""

from __future__ import annotations

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


def run_node(script: str, verb: str, value: object) -> tuple[int, Any]:
    """Run a script of this folder; gives its exit code and the JSON it printed."""
    done = subprocess.run(
        ["node", str(Path(__file__).parent / script), verb],
        input=json.dumps(value).encode(),
        capture_output=True,
        timeout=180,
        check=False,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


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
