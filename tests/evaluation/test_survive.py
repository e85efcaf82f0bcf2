"""A server that is killed in the middle of scoring has lost nothing that it had acknowledged."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpx
import pytest

from config.walkthrough.person import Person
from config.walkthrough.socket import Follower
from tests.evaluation.serving import Server

pytestmark = pytest.mark.processes


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
