"""Two members in two browsers: scored by keyboard alone, seen by the other without a reload, accessible, no fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import violations
from tests.evaluation.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@contextmanager
def entered(
    chromium: Browser,
    server: Server,
    room: dict[str, Any],
    session: str,
    width: int = 1440,
    path: str = "",
) -> Iterator[Page]:
    """The room, or another page, in a browser of its own; a console error or a breach of the policy fails the test."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    cookies = {"sessionid": session, "django_language": "en"}
    context.add_cookies(
        [{"name": name, "value": value, "url": server.base} for name, value in cookies.items()]
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(server.base + (path or f"/rooms/{room['room']}/"))
    yield page
    context.close()
    assert faults == []


def test_a_sheet_is_filled_and_submitted_by_keyboard_while_another_member_watches(
    server: Server,
    room: dict[str, Any],
    chromium: Browser,
) -> None:
    server.start()
    one, other = room["sessions"]
    with entered(chromium, server, room, other) as watching, entered(chromium, server, room, one) as page:
        expect(watching.locator(".person").nth(1)).to_contain_text("0 of 6")
        cells = page.locator(".score-cell")
        assert cells.count() == 6
        cells.first.focus()
        for n in range(6):  # three bids across; Enter goes down, and from the last row to the next cell's row
            cells.nth(n).focus()
            page.keyboard.type("41" if n < 3 else "18")
            page.keyboard.press("Enter")
            expect(cells.nth(n)).to_have_attribute("data-state", "saved")
        expect(page.locator("output[data-sum-of]").first).to_have_text("59.00")
        expect(watching.locator(".person").nth(1)).to_contain_text("6 of 6")
        cells.first.focus()
        page.keyboard.press("ArrowRight")
        expect(cells.nth(1)).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(cells.nth(4)).to_be_focused()
        page.keyboard.type("49")
        expect(cells.nth(4)).to_have_attribute("data-state", "wrong")
        page.keyboard.press("Control+a")
        page.keyboard.type("17.5")
        expect(cells.nth(4)).to_have_attribute("data-state", "saved")

        cells.first.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("49.5")
        expect(page.locator(".score-note").first).to_contain_text("Say why")
        reason = page.locator("textarea.reason").first
        reason.focus()
        page.keyboard.type("Far beyond what was asked")
        page.keyboard.press("Tab")
        expect(page.locator(".reason-note").first).to_have_text("Saved")
        page.reload()
        expect(page.locator(".score-cell").first).to_have_value("49.50")
        expect(page.locator("textarea.reason").first).to_have_value("Far beyond what was asked")

        assert violations(page) == []
        page.get_by_role("button", name="Submit my scores").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#work")).to_contain_text("Your sheet is fixed")
        expect(watching.locator(".person").nth(1)).to_contain_text("committed")
        assert "49.5" not in watching.content()
        assert "Far beyond" not in watching.content()


def test_bids_are_read_in_the_room_on_a_telephone_too(
    server: Server,
    room: dict[str, Any],
    chromium: Browser,
) -> None:
    server.start()
    with entered(chromium, server, room, room["sessions"][0], width=390) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(page.locator(".score-cell").first).to_be_visible()
        page.locator(".score-row .cite").first.click()
        reader = page.locator("[data-reader]").first
        expect(reader.locator("[data-reader-page]")).to_have_value("2")
        expect(reader.locator(".textLayer")).to_contain_text("Help in four hours")
        page.get_by_label("Search all bids").fill("FOUR hours")
        page.keyboard.press("Enter")
        expect(page.locator("#hits mark")).to_have_text(["four hours"] * 3)
        page.locator("#hits [data-read]").first.click()
        expect(reader.locator(".found")).to_have_text("Help in four hours")
        reader.locator("[data-reader-note]").fill("ask why")
        reader.locator("[data-reader-mark]").check()
        expect(page.locator("#notes")).to_contain_text("ask why")
        reader.locator("[data-reader-sheet]").press("PageUp")
        expect(reader.locator(".textLayer")).to_contain_text("The first page")
        expect(reader.locator("[data-reader-note]")).to_have_value("")
        page.locator("[data-beside]").click()
        expect(page.locator("[data-reader] canvas")).to_have_count(2)
        expect(page.locator("[data-reader]").nth(1).locator(".textLayer")).to_contain_text("The first page")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
