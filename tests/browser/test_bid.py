"""A supplier writes, seals, signs and submits a bid in a real browser; nobody can read it before its opening."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import search
from tests.browser.bids import Submitted, begin, enrol, write
from tests.browser.site import Site
from tests.browser.tabs import Tabs

pytestmark = pytest.mark.timeout(600)


@pytest.mark.requirement("S003-24")
def test_a_bid_is_nowhere_on_the_server_in_the_clear_before_its_opening(
    submitted: Submitted, site: Site
) -> None:
    if os.geteuid() != 0:
        pytest.skip("reading the memory of the server needs root")
    folders = [site.var, site.scratch, site.log.parent]
    secret = (site.var / "secret-key").read_text().strip()
    assert search.in_files([site.var], submitted.tender.mark), "the search finds what the database holds"
    processes = site.processes()
    assert sum("bidding.keeper" in command for command in processes.values()) == 3, processes
    for place, canary in submitted.canaries.items():
        assert search.in_files(folders, canary) == [], place
    for pid, command in processes.items():
        known = submitted.tender.id if "bidding.keeper" in command else secret
        assert search.in_memory(pid, [known, *submitted.canaries.values()]) == {known}, command
    hall = site.public().get(f"/opening/{submitted.tender.id}/").text
    assert "What will happen" in hall, "this was looked at before the opening"


def test_a_submitted_bid_shows_its_receipt_and_can_be_replaced(submitted: Submitted, tabs: Tabs) -> None:
    tab = tabs.open("supplier")
    page = tab.go(f"/tenders/{submitted.tender.id}/bid/")
    expect(page.get_by_role("row").filter(has_text="submitted, receipt").first).to_be_visible()
    expect(page.get_by_role("button", name="Replace this bid")).to_be_visible()
    page.get_by_role("link", name="Receipt").click()
    expect(page).to_have_url(submitted.receipt)
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the receipt file").click()
    assert saving.value.suggested_filename.startswith("receipt-")


def test_an_upload_cut_off_by_a_reload_goes_on_on_a_telephone(site: Site, tabs: Tabs, tmp_path: Path) -> None:
    elsewhere = site.tender(600)
    tab = tabs.open("supplier_b", width=390, height=800)
    enrol(tab, "supplier_b")
    page = begin(tab, elsewhere)
    assert tab.overflow() == []
    large = tmp_path / "图纸.bin"
    large.write_bytes(secrets.token_bytes(20_000_000))
    write(page, "on the telephone", [large])
    assert tab.overflow() == []

    sent: list[str] = []
    tab.expected = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "net::ERR")
    page.route(
        "**/uploads/*",
        lambda route: route.abort() if len(sent) > 2 else (sent.append("x"), route.continue_()),
    )
    page.get_by_role("button", name="Seal and upload").click()
    page.wait_for_timeout(100)
    expect(page.locator("[data-phase]")).to_have_text("Uploading the sealed files …", timeout=60_000)
    page.reload()
    page.unroute("**/uploads/*")
    again: list[str] = []
    page.on("request", lambda request: again.append(request.method) if "/uploads/" in request.url else None)
    expect(page.get_by_text("A bid sealed here earlier was not received yet.")).to_be_visible()
    page.get_by_role("button", name="Go on with it").click()
    page.get_by_role("button", name="Sign and submit").click(timeout=60_000)
    expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)
    assert "HEAD" in again, again
    assert tab.overflow() == []
