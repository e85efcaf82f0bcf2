"""After the documents have changed: the bidder acknowledges with one touch."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.bids import begin, enrol, write
from tests.browser.site import Site
from tests.browser.tabs import Tabs


def test_an_amendment_is_acknowledged_with_one_touch(site: Site, tabs: Tabs, tmp_path: Path) -> None:
    tender = site.tender(600)
    tab = tabs.open("supplier_b")
    enrol(tab, "supplier_b")
    page = begin(tab, tender)
    document = tmp_path / "技术方案.pdf"
    document.write_bytes(b"%PDF-1.4\n%%EOF\n")
    write(page, "", [document])
    page.get_by_role("button", name="Seal and upload").click()
    page.get_by_role("button", name="Sign and submit").click(timeout=60_000)
    expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)

    site.person("purchaser").submit(
        f"/tenders/{tender.id}/amend/",
        {"reason": "答复询问", "delivery": "合同签订后 30 日内送达。"},
        form="/amend/",
    )
    page = tab.go(f"/tenders/{tender.id}/bid/")
    expect(page.get_by_role("heading", name="acknowledge the amendment, or seal a new bid")).to_be_visible()
    expect(page.get_by_text("Silence keeps the bid").first).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert tab.overflow() == []
    page.get_by_role("button", name="Acknowledge and sign").click()
    expect(page.get_by_role("heading", name="Acknowledgement received")).to_be_visible()
    page = tab.go(f"/tenders/{tender.id}/bid/")
    expect(page.get_by_role("button", name="Acknowledge and sign")).to_have_count(0)
