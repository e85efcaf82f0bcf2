"""What every test of evaluation starts from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.serving import ROOT, Server
from tests.factories.evaluation import begin_spring


@pytest.fixture(autouse=True)
def started(settings: Any, at: Any) -> None:
    begin_spring(settings, at)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def room(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A room with its people's sessions: being scored, or in the state that the test asks for."""
    out = tmp_path / "room.json"
    command = [
        sys.executable,
        "-m",
        "tests.evaluation.live_room",
        str(out),
        getattr(request, "param", "scoring"),
    ]
    subprocess.run(command, cwd=ROOT, env=server.env, check=True)
    made: dict[str, Any] = json.loads(out.read_text())
    return made
