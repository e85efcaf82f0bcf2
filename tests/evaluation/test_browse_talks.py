"""A talk in two browsers: each side sees the other's words without a reload, and nothing that is being typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import violations
from tests.evaluation.serving import Server
from tests.evaluation.test_browse import entered

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.mark.parametrize("room", ["talking"], indirect=True)
def test_a_supplier_is_called_and_speaks_while_the_team_watches(
    server: Server, room: dict[str, Any], chromium: Browser
) -> None:
    server.start()
    own = f"/tenders/{room['tender']}/talk/"
    with (
        entered(chromium, server, room, room["host"]) as team,
        entered(chromium, server, room, room["bidder"], 390, own) as supplier,
    ):
        expect(supplier.get_by_text("The team has not called you yet.")).to_be_visible()
        team.get_by_role("button", name="Call to round 1 乙方示例科技有限公司").click()
        expect(team).to_have_title("Talks · 乙方示例科技有限公司 · Mingcai")
        expect(supplier.get_by_text("The team is talking with you now.")).to_be_visible()
        supplier.get_by_label("Speak").fill("本公司可提供 32 GB 内存。")
        supplier.get_by_role("button", name="Say it").click()
        expect(team.get_by_text("本公司可提供 32 GB 内存。")).to_be_visible()

        supplier.get_by_label("Speak").fill("还没有写完")
        team.get_by_label("Speak").fill("请说明交货周期。")
        team.get_by_role("button", name="Say it").click()
        expect(supplier.get_by_text("请说明交货周期。")).to_be_visible()
        expect(supplier.get_by_label("Speak")).to_have_value("还没有写完")
        for page in (team, supplier):
            assert violations(page) == []
        assert supplier.evaluate("document.documentElement.scrollWidth") <= 390

        team.get_by_label("What was said and agreed").fill("供应商说明了内存配置。")
        team.get_by_role("button", name="Save the minutes").click()
        supplier.get_by_label("Speak").blur()  # what is typed in is not replaced under the hands
        expect(supplier.get_by_text("Read and sign the minutes below.")).to_be_visible()
        expect(supplier.get_by_role("button", name="Sign the minutes")).to_be_visible()
