"""Everybody can watch an opening: rows and prices appear by themselves, at the same time for all."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from config.walkthrough import run
from tests.browser import search
from tests.browser.bids import Submitted, enrol
from tests.browser.site import Site
from tests.browser.tabs import Tabs

pytestmark = pytest.mark.timeout(600)

DUE_SECONDS = 40


def test_two_people_watch_the_opening_fill_in_by_itself(site: Site, tabs: Tabs) -> None:
    tender = site.tender(DUE_SECONDS)
    site.submit_bids(tender)
    watching = [tabs.open(language="en"), tabs.open(language="zh-hans", width=390)]
    for tab in watching:
        tab.go(f"/opening/{tender.id}/")
        expect(tab.page.locator("#rows")).to_have_attribute("data-stream-state", "live")
        tab.page.evaluate("window.neverReloaded = true")
        expect(tab.page.locator("#rows ol li")).to_have_count(5)
        expect(tab.page.locator("#rows tbody tr")).to_have_count(0)
    assert time.time() < tender.due_at
    tender.wait_until_due()
    for tab in watching:
        rows = tab.page.locator("#rows tbody tr")
        expect(rows).to_have_count(3, timeout=60_000)
        for role, price in run.PRICES.items():
            amount = f"{float(price) * run.QUANTITY:,.2f}"
            row = rows.filter(has_text=site.accounts[role]["organisation"])
            expect(row).to_contain_text(amount, timeout=60_000)
        assert tab.page.evaluate("window.neverReloaded") is True
        assert tab.overflow() == []
    transcript = watching[0].page.get_by_role("link", name="Transcript of the opening")
    expect(transcript).to_be_visible(timeout=30_000)
    assert watching[0].violations() == []

    bidder = tabs.open("supplier_b", language="en")
    enrol(bidder, "supplier_b")
    page = bidder.go(f"/opening/{tender.id}/")
    page.get_by_role("link", name="To my line").click()
    assert bidder.violations() == []
    page.get_by_role("button", name="Confirm and sign").click()
    expect(page.locator("#rows")).to_be_visible()
    for tab, said in zip(watching, ("confirmed and signed", "已签字确认"), strict=True):
        row = tab.page.locator("#rows tbody tr").filter(has_text=site.accounts["supplier_b"]["organisation"])
        expect(row).to_contain_text(said, timeout=30_000)
        assert tab.page.evaluate("window.neverReloaded") is True


def test_after_its_opening_a_bid_written_in_the_browser_can_be_read(
    submitted: Submitted, site: Site, tabs: Tabs
) -> None:
    submitted.tender.wait_until_due()
    page = tabs.open().go(f"/opening/{submitted.tender.id}/")
    expect(page.locator("#rows")).to_contain_text("87,742.60", timeout=60_000)
    for place, canary in submitted.canaries.items():
        assert search.in_files([site.var], canary), place
