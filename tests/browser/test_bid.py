"""A supplier writes, seals, signs and submits a bid in a real browser; nobody can read it before its opening."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from config.walkthrough import bidder, run
from core.money import Yuan, in_words
from tests.browser import search
from tests.browser.site import Site, Tender
from tests.browser.tabs import Tab, Tabs

pytestmark = pytest.mark.timeout(240)

DUE_SECONDS = 75
PRICE = "4387.13"
TOTAL = Yuan("87742.60")  # 20 pieces


@dataclass
class Submitted:
    """A bid that was submitted in the browser, and the words that stand in it and nowhere else."""

    tender: Tender
    receipt: str
    canaries: dict[str, str]


def enrol(tab: Tab, role: str) -> None:
    """Add a passkey of this browser to the account, through the account's pages."""
    tab.authenticator()
    page = tab.go("/accounts/2fa/webauthn/add/")
    if "/reauthenticate/" in page.url:
        page.get_by_label("Password").fill(tab.site.accounts[role]["password"])
        page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("This browser")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page).not_to_have_url(re.compile("/webauthn/add/"))


def begin(tab: Tab, tender: Tender) -> Page:
    """Go from the tender's bid page to the page where a bid is written."""
    page = tab.go(f"/tenders/{tender.id}/bid/")
    page.get_by_role("button", name="Write and seal a bid").click()
    expect(page).to_have_url(re.compile("/bids/"))
    expect(page.get_by_role("button", name="Seal and upload")).to_be_enabled()
    return page


def write(page: Page, words: str, files: list[Path]) -> None:
    """Fill in the whole bid."""
    page.get_by_label("Unit price (yuan)").fill(PRICE)
    page.get_by_label("Delivery (days)").fill("20")
    page.get_by_label("Warranty (months)").fill("36")
    page.get_by_label("Size of the maker").select_option("small")
    for field in page.get_by_role("textbox").filter(has=page.locator("xpath=self::textarea")).all():
        field.fill(f"完全响应。{words}")
    page.locator("#attachments").set_input_files(files)


@pytest.fixture(scope="module")
def tender(site: Site) -> Tender:
    """A tender whose bids are due soon, so that its opening can be seen."""
    for role in (*run.PRICES, "purchaser"):
        site.person(role)
    return site.tender(DUE_SECONDS)


@pytest.fixture(scope="module")
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
    expect(page.get_by_role("alert")).to_contain_text("Enter every unit price")
    page.get_by_label("Unit price (yuan)").fill("5300")
    expect(page.get_by_text("The total is above the ceiling")).to_be_visible()
    write(page, canaries["answer"], files)
    expect(page.get_by_text("The total is above the ceiling")).to_be_hidden()
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
    page.get_by_role("button", name="Sign and submit").click()
    expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)
    expect(page.get_by_role("heading", name="Bid submitted")).to_be_visible()
    expect(page.get_by_text("3 of 3")).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    receipt = page.url
    tabs.close()
    return Submitted(tender, receipt, canaries)


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


def test_two_people_watch_the_opening_fill_in_by_itself(submitted: Submitted, site: Site, tabs: Tabs) -> None:
    tender = submitted.tender
    if "What will happen" not in site.public().get(f"/opening/{tender.id}/").text:
        pytest.fail(
            "the opening was over before anybody could watch it: the machine is too slow for this test"
        )
    watching = [tabs.open(language="en"), tabs.open(language="zh-hans", width=390)]
    for tab in watching:
        tab.go(f"/opening/{tender.id}/")
        expect(tab.page.locator("#rows")).to_have_attribute("data-stream-state", "live")
        tab.page.evaluate("window.neverReloaded = true")
        expect(tab.page.locator("#rows tbody tr")).to_have_count(0)
    for role in ("supplier_b", "supplier_c"):
        item = {"item": "1", "name": "教学用笔记本电脑", "quantity": str(run.QUANTITY), "unit": "台"}
        plain = bidder.sheet([item], run.PRICES[role], run.FACTS[role])
        assert bidder.submit(site.person(role), tender.id, plain, [("技术方案.pdf", run.PDF)])["accepted"]
    tender.wait_until_due()
    for tab in watching:
        page = tab.page
        expect(page.locator("#rows tbody tr")).to_have_count(3, timeout=60_000)
        expect(page.locator("#rows")).to_contain_text("87,742.60", timeout=60_000)
        expect(page.locator("#rows")).to_contain_text("93,800.00", timeout=30_000)
        assert page.evaluate("window.neverReloaded") is True
        assert tab.overflow() == []
    expect(watching[0].page.get_by_role("link", name="Transcript of the opening")).to_be_visible(
        timeout=30_000
    )
    assert watching[0].violations() == []
    assert search.in_files([site.var], submitted.canaries["answer"]), "after the opening the words are there"
    assert search.in_files([site.var], submitted.canaries["file"])
