"""A province told by the command itself, in a folder and a database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bidding.conftest import free_ports
from tests.browser.site import seed

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Told:
    """Where the province lies, and how to ask it."""

    folder: Path
    ask: Callable[[str], Any]


def environment_of(folder: Path) -> dict[str, str]:
    """Give the embedded default with its files in `folder`, whatever is set around the tests."""
    around = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**around, "MINGCAI_VAR": str(folder), "LOG_LEVEL": "WARNING"}


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a management command on the embedded default in `folder`."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment_of(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Give the shortened year: two procurements, ten orders, and everybody who lives there."""
    folder = tmp_path_factory.mktemp("province")
    port = free_ports(3)
    with (folder / "seed.log").open("wb") as words:
        seed(folder, port, environment_of(folder), words)

    def ask(program: str) -> Any:
        """Run a few lines in the finished demonstration; they print JSON."""
        answer = run(folder, "shell", "-v0", "-c", program, DEMONSTRATION="1", SANDBOX="1", PORT=str(port))
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout.splitlines()[-1])

    return Told(folder, ask)
