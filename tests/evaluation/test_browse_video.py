"""Two members and the supervisor in three browsers: they see each other, are recorded, and a changed byte is found."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import violations
from tests.evaluation.serving import ROOT, Server
from tests.evaluation.test_browse import entered

pytestmark = [pytest.mark.browser, pytest.mark.processes]
# Polled here, since the page's policy lets nobody evaluate text.
PLAYING = """async (wanted) => {
  const until = Date.now() + 20000;
  while (Date.now() < until) {
    const videos = [...document.querySelectorAll('.tile video')];
    const before = videos.map((one) => one.currentTime);
    await new Promise((done) => setTimeout(done, 300));
    const going = videos.filter((one, n) => one.videoWidth > 0 && one.currentTime > before[n]);
    if (videos.length === wanted && going.length === wanted) return wanted;
  }
  return [...document.querySelectorAll('.tile video')].map((one) => [one.videoWidth, one.currentTime]);
}"""


def arrived(page: Page) -> int:
    return int(page.locator("[data-video]").get_attribute("data-arrived") or 0)


def tried(page: Page, base: str) -> None:
    """Go through the trial room with the browser's own devices, down to the verdict."""
    page.goto(f"{base}/trial/")
    page.get_by_role("button", name="Begin the trial").click()
    expect(page.locator("[data-step=microphone] [data-state]")).to_have_text("in order", timeout=15_000)
    page.get_by_role("button", name="Play a tone").click()
    page.get_by_role("button", name="I heard it").click()
    expect(page.locator(".verdict")).to_contain_text("160 × 90")


@pytest.mark.requirement("S003-34")
def test_members_are_seen_and_recorded(
    server: Server, room: dict[str, Any], chromium: Browser, tmp_path: Path
) -> None:
    server.env |= {"VIDEO_HEIGHT": "90", "VIDEO_FPS": "5"}
    server.start()
    path = f"/rooms/{room['room']}/video/"
    with ExitStack() as stack:
        sessions = (*room["sessions"], room["supervisor"])
        one, two, watching = (
            stack.enter_context(entered(chromium, server, room, who, 390, path)) for who in sessions
        )
        tried(one, server.base)
        one.goto(server.base + path)
        for page in (one, two):
            page.get_by_role("button", name="Turn camera and microphone on and enter").click()
            expect(page.locator("[data-video]")).to_have_attribute("data-state", "in")
        watching.get_by_role("button", name="Watch and listen").click()
        for page in (one, two, watching):
            assert page.evaluate(PLAYING, 2) == 2
        assert (
            watching.evaluate("document.querySelectorAll('.tile video')[0].srcObject.getAudioTracks().length")
            == 1
        )
        for page in (one, two):  # whoever calls is named, whoever is called too
            expect(page.locator(".tile figcaption").nth(1)).to_contain_text("专家")
        expect(watching.locator("#video-people")).to_contain_text("being recorded · good line")
        for page in (one, two):
            expect(page.locator("[data-said]")).to_contain_text("everything has arrived")
            page.get_by_role("button", name="Leave the video").click()
            expect(page.locator("[data-video]")).to_have_attribute("data-state", "out")
            assert arrived(page) >= 2
        watching.goto(f"{server.base}/rooms/{room['room']}/replay/")
        watching.get_by_role("button", name="Begin the replay").click()
        expect(watching.get_by_role("button", name="Play", exact=True)).to_be_focused()
        watching.keyboard.press("n")  # to when the second member came
        watching.keyboard.press("k")
        assert watching.evaluate(PLAYING, 2) == 2
        watching.keyboard.press("k")
        watching.keyboard.press("j")
        expect(watching.locator("[data-time]")).to_have_text("00:00:00")
        assert watching.evaluate("document.documentElement.scrollWidth") <= 390
        assert violations(watching) == []
    refused = httpx.get(server.base + path, cookies={"sessionid": room["bidder"]}, trust_env=False)
    assert refused.status_code == 404

    pieces = sorted((tmp_path / "var" / "store" / "documents" / "recordings").glob("*/*/0000001*"))
    assert len(pieces) == 2
    content = bytearray(pieces[0].read_bytes())
    content[len(content) // 2] ^= 1
    pieces[0].write_bytes(content)
    command = [sys.executable, "manage.py", "check_recording", room["room"]]
    said = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert {
        line.partition(": ")[0]: line.rpartition(": ")[2].partition(" ")[2]
        for line in said.stdout.splitlines()
    } == {
        pieces[0].parent.name: "1 was changed in the store",
        pieces[1].parent.name: "pieces, whole",
    }
