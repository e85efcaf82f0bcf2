"""What every test of evaluation starts from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
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


@pytest.fixture(scope="session")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a folder with the database and files of a room in some state, its people's sessions and its clock: made once."""

    @cache
    def made(status: str) -> Path:
        folder = tmp_path_factory.mktemp("room")
        out = str(folder / "room.json")
        command = [sys.executable, "-m", "tests.evaluation.live_room", out, status]
        subprocess.run(command, cwd=ROOT, env=Server(folder).env, check=True)
        return folder

    return made


@pytest.fixture
def room(
    server: Server, rooms: Callable[[str], Path], tmp_path: Path, request: pytest.FixtureRequest
) -> dict[str, Any]:
    """A room with its people's sessions: being scored, or in the state that the test asks for."""
    shutil.copytree(rooms(getattr(request, "param", "scoring")), tmp_path, dirs_exist_ok=True)
    made: dict[str, Any] = json.loads((tmp_path / "room.json").read_text())
    return made
