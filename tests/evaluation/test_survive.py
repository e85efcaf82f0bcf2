"""A server that is killed in the middle of scoring has lost nothing that it had acknowledged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.walkthrough.person import Person
from config.walkthrough.socket import Follower
from tests.bidding.conftest import free_ports

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.processes


class Server:
    """`manage.py serve` on its own folder and port, as often as it is started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_ports(1)
        self.base = f"http://localhost:{self.port}"
        kept = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
        }
        self.env = {
            **kept,
            "MINGCAI_VAR": str(folder / "var"),
            "PORT": str(self.port),
            "TEST_CLOCK": "1",
            "CLOCK_OFFSET_FILE": str(folder / "clock-offset"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            "manage.py",
            "serve",
            "--port",
            str(self.port),
            "--no-keepers",
            "--no-clock",
            "--no-worker",
        ]
        self.process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.env)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.base}/healthz", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError("the server did not come up")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def room(server: Server, tmp_path: Path) -> dict[str, Any]:
    out = tmp_path / "room.json"
    command = [sys.executable, "-m", "tests.evaluation.live_room", str(out)]
    subprocess.run(command, cwd=ROOT, env=server.env, check=True)
    made: dict[str, Any] = json.loads(out.read_text())
    return made


def person(server: Server, session: str, page: str) -> Person:
    one = Person(server.base)
    one.http.cookies.set("sessionid", session)
    assert "score-cell" in one.get(page).text
    return one


def save(one: Person, room: str, cell: dict[str, str], value: str) -> bool:
    """Tell whether the server acknowledged the score."""
    try:
        answer = one.http.post(
            f"/rooms/{room}/score",
            data={"csrfmiddlewaretoken": one.token(), "bid": cell["bid"], "criterion": cell["criterion"],
                  "value": value, "reason": "方案完整"},
            headers={"Accept": "application/json", "Referer": one.base},
        )  # fmt: skip
    except httpx.TransportError:
        return False
    assert answer.status_code == 200, answer.text
    return True


def test_killing_the_server_in_the_middle_of_scoring_loses_nothing(
    server: Server, room: dict[str, Any]
) -> None:
    server.start()
    path = f"/rooms/{room['room']}/"
    scoring, watching = (person(server, session, path) for session in room["sessions"])
    acknowledged: dict[tuple[str, str], int] = {}
    tried: dict[tuple[str, str], int] = {}
    count = 0
    with Follower(server.base, f"room.{room['room']}", watching) as follower:
        follower.until("agenda.scoring", 20)
        assert save(scoring, room["room"], room["cells"][0], "1.00")
        follower.until("sheet.progress", 20)
    seen = follower.after

    for _ in range(2):
        stop = threading.Timer(1.0, server.kill)
        stop.start()
        alive = True
        while alive:
            cell = room["cells"][count % len(room["cells"])]
            name = (cell["bid"], cell["criterion"])
            count += 1
            tried[name] = count % 2000
            alive = save(scoring, room["room"], cell, f"{tried[name] / 100:.2f}")
            if alive:
                acknowledged[name] = tried[name]
        stop.join()
        server.start()
        kept = {
            (row["bid"], row["criterion"]): row["value"] for row in scoring.json(f"{path}room.json")["cells"]
        }
        for name, value in acknowledged.items():
            possible = {f"{value / 100:.2f}", f"{tried[name] / 100:.2f}"}
            assert kept[name] in possible, f"{name} was acknowledged with {value}"
    assert len(acknowledged) > 2

    for cell in room["cells"]:
        assert save(scoring, room["room"], cell, "20.00" if cell["max"].startswith("5") else "18")
    with Follower(server.base, f"room.{room['room']}", watching, after=seen) as again:
        sent = scoring.http.post(
            f"{path}submit",
            data={"csrfmiddlewaretoken": scoring.token()},
            headers={"Accept": "application/json", "Referer": server.base},
        )
        assert sent.json()["sheet"] == "submitted"
        frames = again.until("sheet.submitted", 30)  # raises when a number is missing or comes twice
    assert [frame["seq"] for frame in frames] == list(range(seen + 1, seen + 1 + len(frames)))
    assert len([frame for frame in frames if frame["type"] == "sheet.progress"]) >= len(acknowledged)
    assert frames[-1]["data"] == {"member": room["member"]}
    text = json.dumps(frames)
    assert "value" not in text
    assert "方案完整" not in text
