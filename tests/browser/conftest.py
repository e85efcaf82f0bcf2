"""One demonstration and one browser for all tests of this folder."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from config.walkthrough import run
from core.money import in_words
from tests.browser import site as demonstration
from tests.browser.bids import DUE_SECONDS, TOTAL, Submitted, begin, enrol, write
from tests.browser.site import Site, Tender
from tests.browser.tabs import Tabs

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here drives a browser and starts processes."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start one demonstration with three keepers and files of its own."""
    running = demonstration.start(tmp_path_factory.mktemp("demonstration"))
    yield running
    running.stop()


@pytest.fixture
def tabs(chromium: Browser, site: Site) -> Iterator[Tabs]:
    """Open tabs with `tabs.open(role, language=…, width=…)`; any fault in them fails the test."""
    opened = Tabs(chromium, site)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def tender(site: Site) -> Tender:
    """A tender whose bids are due soon, so that its opening can be seen."""
    for role in (*run.PRICES, "purchaser"):
        site.person(role)
    return site.tender(DUE_SECONDS)


@pytest.fixture(scope="session")
def submitted(
    tender: Tender, site: Site, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Submitted:
    """The first supplier's bid, written and sealed in the browser."""
    canaries = {place: f"canary{secrets.token_hex(12)}" for place in ("answer", "file", "name")}
    folder = tmp_path_factory.mktemp("attachments")
    files = [folder / "技术方案.pdf", folder / f"{canaries['name']}.txt"]
    files[0].write_bytes(run.PDF)
    files[1].write_text(f"我方声明：{canaries['file']}\n" * 50, encoding="utf-8")
    tabs = Tabs(chromium, site)
    tab = tabs.open("supplier")
    enrol(tab, "supplier")
    page = begin(tab, tender)

    page.get_by_role("button", name="Seal and upload").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sealed")
    expect(page.locator("[data-block-list]")).to_contain_text("the unit price is missing")
    page.get_by_label("Unit price (yuan)").fill("5300")
    expect(page.locator("[data-over-ceiling]")).to_be_visible()
    write(page, canaries["answer"], files)
    expect(page.locator("[data-over-ceiling]")).to_be_hidden()
    expect(page.locator("[data-total]")).to_have_text("87,742.60")
    expect(page.locator("[data-total-words]")).to_have_text(in_words(TOTAL))
    expect(page.locator("[data-files] li")).to_have_count(2)

    page.evaluate(
        """() => {
          const said = document.querySelector("[data-phase]");
          window.phases = [];
          const note = () => window.phases.push(said.textContent);
          new MutationObserver(note).observe(said, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.get_by_role("button", name="Seal and upload").click()
    page.get_by_role("button", name="Sign and submit").wait_for(timeout=60_000)
    phases = page.evaluate("window.phases")
    assert phases[0] in {"Reading the files …", "Sealing in this browser …"}, phases
    assert phases[-1] == "Waiting for your signature …", phases
    asked: set[str] = set()

    def one_keeper_fails(route: Route) -> None:
        asked.add(route.request.url)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    page.route(re.compile(r"/stamp$"), one_keeper_fails)
    tab.expected = ("ERR_FAILED", "/stamp")
    page.get_by_role("button", name="Sign and submit").click()
    expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)
    stamped = page.get_by_role("heading", name="Seen by keepers themselves").locator(
        "xpath=following::ul[1]/li"
    )
    expect(stamped).to_have_count(2)
    expect(page.get_by_role("heading", name="Bid submitted")).to_be_visible()
    expect(page.get_by_text("3 of 3", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    receipt = page.url
    tabs.close()
    site.submit_bids(tender, "supplier_b", "supplier_c")
    return Submitted(tender, receipt, canaries)
