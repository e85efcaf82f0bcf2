"""Live streams and score cells in the browser: nothing is lost, nothing comes twice, nothing needs a mouse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.frontend.receiving import Receiver, built

pytestmark = pytest.mark.browser

STREAM = "tender.0b6f"


def page_with(body: str, *scripts: str) -> str:
    loads = "".join(
        f'<script src="/static/build/{built(f"{name}.js").name}" defer></script>'
        for name in ("app", *scripts)
    )
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title><link rel="icon" href="data:,">
{loads}</head><body data-words-offline="No connection" data-words-online="Connected" data-words-failed="Failed">
<div id="announcer"></div><div id="connection" hidden></div>
<input type="hidden" name="csrfmiddlewaretoken" value="the-token">{body}</body></html>"""


def frame(seq: int, kind: str = "bid.opened") -> str:
    return json.dumps({"seq": seq, "type": kind, "at": "2026-12-01T02:00:00Z", "data": {}})


class Server:
    """The other end of the socket, held by the test."""

    def __init__(self, page: Page) -> None:
        self.opened: list[str] = []
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket(lambda address: "/ws/streams/" in address, self.take)

    def take(self, socket: WebSocketRoute) -> None:
        self.opened.append(socket.url.partition("/ws/streams/")[2])
        self.sockets.append(socket)
        socket.on_message(lambda _: None)

    def until(self, page: Page, condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < limit, self.opened
            page.wait_for_timeout(50)


@pytest.fixture
def server(watched: Page) -> Server:
    return Server(watched)


def follow(page: Page, receiver: Receiver, attributes: str = "") -> None:
    receiver.pages["/row"] = "<b>fresh</b>"
    receiver.pages["/"] = page_with(
        f'<div id="row" data-stream="{STREAM}" data-after="41" {attributes}><i>old</i></div>', "stream"
    )
    page.goto(receiver.address + "/")


def test_a_frame_fetches_the_fragment_again(watched: Page, receiver: Receiver, server: Server) -> None:
    follow(watched, receiver, 'data-refresh-url="/row" data-refresh-on="bid.opened"')
    server.until(watched, lambda: bool(server.sockets))
    assert server.opened == [f"{STREAM}?after=41"]
    expect(watched.locator("#row")).to_have_attribute("data-stream-state", "live")
    server.sockets[0].send(frame(42, "chat.said"))
    watched.wait_for_timeout(500)
    expect(watched.locator("#row")).to_have_text("old")
    server.sockets[0].send(frame(43))
    expect(watched.locator("#row b")).to_have_text("fresh")
    expect(watched.locator("#row")).to_have_class("just-changed")
    expect(watched.locator("#row")).to_have_attribute("data-after", "43")


def test_a_lost_connection_goes_on_from_the_last_frame(
    watched: Page, receiver: Receiver, server: Server
) -> None:
    follow(watched, receiver)
    watched.evaluate(
        """document.addEventListener("stream:event", ({ detail }) => {
             document.body.dataset.seen = `${document.body.dataset.seen ?? ""}${detail.seq} `;
           })"""
    )
    server.until(watched, lambda: bool(server.sockets))
    server.sockets[0].send(frame(42))
    expect(watched.locator("body")).to_have_attribute("data-seen", "42 ")
    server.sockets[0].close(code=1011)
    server.until(watched, lambda: len(server.sockets) == 2)
    assert server.opened[1] == f"{STREAM}?after=42"
    for seq in (42, 43):
        server.sockets[1].send(frame(seq))
    expect(watched.locator("body")).to_have_attribute("data-seen", "42 43 ")


def test_a_refused_stream_is_not_asked_for_again(watched: Page, receiver: Receiver, server: Server) -> None:
    follow(watched, receiver)
    server.until(watched, lambda: bool(server.sockets))
    server.sockets[0].send(
        json.dumps({"type": "error", "problem": {"title": "Not found", "detail": "No such room"}})
    )
    server.sockets[0].close(code=4404)
    expect(watched.locator("#row")).to_have_attribute("data-stream-state", "refused")
    expect(watched.locator("#connection")).to_have_text("No such room")
    watched.wait_for_timeout(1500)
    assert len(server.sockets) == 1


CELL = (
    '<input class="score-cell" id="{id}" name="score" aria-label="{id}" data-save-url="/score" data-max="50" data-places="1"'
    ' data-sum="A" data-field-criterion="{id}" data-words-max="At most 50" data-words-number="A number, please"'
    ' aria-describedby="{id}-note"><small class="score-note" id="{id}-note"></small>'
)


@pytest.fixture
def sheet(watched: Page, receiver: Receiver) -> Page:
    rows = "".join(
        f"<tr><td>{CELL.format(id=f'c{row}a')}</td><td>{CELL.format(id=f'c{row}b')}</td></tr>"
        for row in (1, 2, 3)
    )
    receiver.answers["/score"] = (200, {"hint": "kept"})
    receiver.pages["/"] = page_with(f'<table>{rows}</table><output data-sum-of="A"></output>', "room")
    watched.goto(receiver.address + "/")
    return watched


def saved(receiver: Receiver) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in parse_qs(body).items()} for _, _, body in receiver.posts]


def test_scores_are_entered_with_the_keyboard_alone_and_saved(sheet: Page, receiver: Receiver) -> None:
    sheet.locator("#c1a").focus()
    sheet.keyboard.type("41.5")
    sheet.keyboard.press("ArrowRight")
    expect(sheet.locator("#c1b")).to_be_focused()
    sheet.keyboard.type("7")
    sheet.keyboard.press("Enter")
    expect(sheet.locator("#c2b")).to_be_focused()
    sheet.keyboard.press("ArrowUp")
    sheet.keyboard.press("ArrowLeft")
    expect(sheet.locator("#c1a")).to_be_focused()
    expect(sheet.locator("#c1a")).to_have_attribute("data-state", "saved")
    expect(sheet.locator("#c1b-note")).to_have_text("kept")
    expect(sheet.locator("output")).to_have_text("48.5")
    assert saved(receiver) == [{"score": "41.5", "criterion": "c1a"}, {"score": "7", "criterion": "c1b"}]
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.posts]
    assert len(set(keys)) == 2
    assert {headers["X-CSRFToken"] for _, headers, _ in receiver.posts} == {"the-token"}


@pytest.mark.parametrize(
    ("typed", "said"), [("50.1", "At most 50"), ("4,5", "A number, please"), ("1.25", "A number, please")]
)
def test_a_score_that_cannot_be_is_told_and_not_sent(
    sheet: Page, receiver: Receiver, typed: str, said: str
) -> None:
    sheet.locator("#c1a").fill(typed)
    sheet.locator("#c1b").focus()
    expect(sheet.locator("#c1a-note")).to_have_text(said)
    expect(sheet.locator("#c1a")).to_have_attribute("aria-invalid", "true")
    assert receiver.posts == []
    sheet.locator("#c1a").fill("50")
    sheet.locator("#c1b").focus()
    expect(sheet.locator("#c1a")).to_have_attribute("data-state", "saved")
    assert saved(receiver) == [{"score": "50", "criterion": "c1a"}]


def test_a_score_is_sent_again_with_the_same_key_when_the_server_was_away(
    sheet: Page, receiver: Receiver
) -> None:
    sheet.expected = ("503",)  # type: ignore[attr-defined]
    receiver.answers["/score"] = (503, {})
    sheet.locator("#c1a").fill("12")
    sheet.locator("#c1b").focus()
    expect(sheet.locator("#c1a-note")).to_have_text("No connection")
    receiver.answers["/score"] = (200, {})
    expect(sheet.locator("#c1a")).to_have_attribute("data-state", "saved")
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.posts]
    assert len(keys) >= 2
    assert len(set(keys)) == 1


def test_a_refused_score_says_why(sheet: Page, receiver: Receiver) -> None:
    sheet.expected = ("409",)  # type: ignore[attr-defined]
    receiver.answers["/score"] = (409, {"detail": "Your scores are committed"})
    sheet.locator("#c1a").fill("12")
    sheet.locator("#c1b").focus()
    expect(sheet.locator("#c1a-note")).to_have_text("Your scores are committed")
    expect(sheet.locator("#c1a")).to_have_attribute("data-state", "wrong")
