"""A province told once, by the command itself, in a folder and a database of its own."""

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
from tests.databases import migrated_file

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Told:
    """Where the province lies, what the command said, and how to ask it."""

    folder: Path
    said: str
    ask: Callable[[str], Any]


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a management command on the embedded default in `folder`."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment, "MINGCAI_VAR": str(folder), "LOG_LEVEL": "WARNING", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Give the shortened year: two procurements, ten orders, and everybody who lives there."""
    folder = tmp_path_factory.mktemp("province")
    variables = {
        "DEMONSTRATION": "1",
        "SANDBOX": "0",
        "TEST_CLOCK": "1",
        "CLOCK_OFFSET_FILE": str(folder / "offset"),
        "PORT": str(free_ports(3)),
    }
    migrated_file(folder / "db.sqlite3")
    done = run(folder, "seed_demo", "--small", **variables)
    assert done.returncode == 0, done.stderr
    (folder / "offset").unlink()

    def ask(program: str) -> Any:
        """Run a few lines in the finished demonstration; they print JSON."""
        answer = run(
            folder, "shell", "-v0", "-c", program, DEMONSTRATION="1", SANDBOX="1", PORT=variables["PORT"]
        )
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout.splitlines()[-1])

    return Told(folder, done.stderr, ask)
