"""A supplier writes, checks, seals, signs and submits a bid in a real browser; nobody can read it before its opening."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, Playwright, Route, expect

from config.walkthrough import run
from core.money import in_words
from tests.browser import search
from tests.browser.bids import PRICE, TOTAL, Submitted, answer, begin, enrol, write
from tests.browser.site import ROOT, Site, Tender
from tests.browser.tabs import Tab, Tabs, watch
from tests.chromium import ARGUMENTS, CHROMIUM

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def elsewhere(site: Site) -> Tender:
    """A tender that stays open while these tests run."""
    return site.tender(1800)


@pytest.mark.requirement("S003-24", "S004-23")
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


def test_prices_come_from_a_workbook_and_the_bid_is_checked_before_it_is_sealed(
    elsewhere: Tender, tabs: Tabs, tmp_path: Path
) -> None:
    tab = tabs.open("supplier_c")
    page = begin(tab, elsewhere)
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the price list").click()
    saving.value.save_as(tmp_path / "prices.xlsx")
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(f"{request.method} {request.url} {request.post_data or ''}")
    )

    def fill_in(price: object) -> None:
        book = openpyxl.load_workbook(tmp_path / "prices.xlsx")
        book.active["F2"] = price
        book.save(tmp_path / "filled.xlsx")
        page.locator("[data-book]").set_input_files(tmp_path / "filled.xlsx")

    fill_in("面议")
    expect(page.locator("[data-book-faults] li")).to_contain_text("Row 2: “面议” is not a price")
    expect(page.get_by_label("Unit price (yuan)")).to_have_value("")
    fill_in(float(PRICE))
    expect(page.locator("[data-book-said]")).to_contain_text("1 of 1 prices taken from filled.xlsx")
    expect(page.locator("[data-book-faults] li")).to_have_count(0)
    expect(page.locator("[data-total]")).to_have_text("87,742.60")
    expect(page.locator("[data-total-words]")).to_have_text(in_words(TOTAL))
    assert [one for one in sent if "worker.js" not in one] == [], "a workbook is read here and nowhere else"

    page.get_by_role("button", name="Seal and upload").click()
    blocks = page.locator("[data-block-list]")
    expect(blocks).to_contain_text("answer whether your bid meets this term")
    expect(blocks).to_contain_text("Say in how many days you deliver.")
    expect(blocks).not_to_contain_text("unit price")
    blocks.get_by_role("link", name="Say in how many days").press("Enter")
    expect(page).to_have_url(re.compile("#terms$"))
    dropped = page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["%PDF-1.7 and no end"], "坏.pdf"));
          return transfer;
        }"""
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    expect(blocks).to_contain_text("坏.pdf is damaged: its end is missing.")
    page.get_by_role("button", name="Remove 坏.pdf").press("Enter")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()

    (tmp_path / "好.pdf").write_bytes(run.PDF)
    write(page, "", [tmp_path / "好.pdf"])
    page.get_by_label("Warranty (months)").fill("")
    expect(page.locator("[data-blocks]")).to_be_hidden()
    expect(page.locator("[data-advice-list]")).to_contain_text("how long the warranty is")
    page.get_by_role("button", name="Seal and upload").click()
    expect(page.get_by_role("alert")).to_contain_text("Confirm that you have looked at the remarks")
    assert not any("/uploads/" in one for one in sent), "nothing is sealed while something stops it"
    page.get_by_label("I have looked at these remarks").check()
    expect(page.locator("[data-task=checking]")).to_have_text("ready to seal")
    assert tab.violations() == []


@contextmanager
def profile(playwright: Playwright, site: Site, folder: Path, role: str) -> Iterator[Tab]:
    """A browser of its own that keeps its profile on disk, as a person's does; closing it is quitting the browser."""
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=CHROMIUM,
        args=ARGUMENTS,
        viewport={"width": 390, "height": 844},
        locale="en-GB",
        reduced_motion="reduce",
    )
    tab = watch(Tab(site, context, context.pages[0]))
    context.add_cookies(site.cookies(role))  # type: ignore[arg-type]
    tab.speak("en")
    try:
        yield tab
    finally:
        context.close()
    tab.assert_no_faults()


def wait_until_held(page: Page, held: list[str], count: int) -> None:
    """Wait until that many parts of an upload are on their way."""
    for _ in range(300):
        if len(held) >= count:
            break
        page.wait_for_timeout(100)
    assert len(held) == count


def test_draft_and_upload_survive_a_restart_of_the_browser_on_a_telephone(
    playwright: Playwright, site: Site, elsewhere: Tender, tmp_path: Path
) -> None:
    large = tmp_path / "图纸.bin"
    large.write_bytes(secrets.token_bytes(20_000_000))
    held: list[str] = []
    let: list[str] = []

    def one_part_only(route: Route) -> None:
        if route.request.method != "PATCH" or len(let) < 2:
            if route.request.method == "PATCH":
                let.append(route.request.url)
            route.continue_()
        else:
            held.append(route.request.url)

    with profile(playwright, site, tmp_path / "profile", "supplier_b") as tab:
        tab.expected = ("net::ERR",)
        page = begin(tab, elsewhere)
        address = page.url.removeprefix(site.base)
        write(page, "on the telephone", [large])
        assert tab.overflow() == []
        expect(page.locator("[data-draft-said]")).to_contain_text("Draft kept in this browser")
        page.route("**/uploads/*", one_part_only)
        page.get_by_role("button", name="Seal and upload").click()
        expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=60_000)
        wait_until_held(page, held, 1)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("[data-phase]")).to_contain_text("Paused")
        waiting = len(held)
        page.wait_for_timeout(1200)
        assert len(held) == waiting, "nothing is sent while it is paused"
        page.get_by_role("button", name="Go on", exact=True).click()
        expect(page.locator("[data-phase]")).to_have_text("Uploading the sealed files …")
        wait_until_held(page, held, waiting + 1)

    with profile(playwright, site, tmp_path / "profile", "supplier_b") as tab:
        enrol(tab, "supplier_b")
        page = tab.go(address)
        expect(page.get_by_label("Unit price (yuan)")).to_have_value(PRICE)
        expect(page.locator("[data-files] li")).to_contain_text("图纸.bin")
        expect(page.locator("[data-task=checking]")).to_have_text("ready to seal")
        asked: list[str] = []
        page.on(
            "request", lambda request: asked.append(request.method) if "/uploads/" in request.url else None
        )
        page.get_by_role("button", name="Go on with it").click()
        page.get_by_role("button", name="Sign and submit").click(timeout=60_000)
        expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)
        assert asked[0] == "HEAD", "it asks how far it came"
        assert "POST" not in asked, "nothing begins again"
        assert tab.overflow() == []


def test_a_bid_sealed_on_the_desk_is_signed_on_the_phone(
    elsewhere: Tender, tabs: Tabs, tmp_path: Path
) -> None:
    """The desk's browser has no room to keep what it seals: it goes on without, and says so."""
    (tmp_path / "方案.pdf").write_bytes(run.PDF)
    (tmp_path / "图纸.bin").write_bytes(secrets.token_bytes(9_000_000))
    desk = tabs.open("supplier")
    page = begin(desk, elsewhere)
    little = {"origin": "/".join(page.url.split("/")[:3]), "quotaSize": 4_000_000}
    desk.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", little)
    write(page, "sealed on the desk", [tmp_path / "方案.pdf", tmp_path / "图纸.bin"])
    expect(page.locator("[data-draft-said]")).to_contain_text("there is no room for its files")
    page.get_by_role("button", name="Seal and upload").click()
    expect(page.locator("[data-phase]")).to_have_text("Waiting for your signature …", timeout=60_000)
    expect(page.get_by_text("This browser has no room to keep the sealed bid")).to_be_visible()
    hashed = page.locator("[data-sign-hash]").inner_text()
    page.get_by_text("Sign on a phone").click()
    expect(page.get_by_role("img", name="QR code with the address")).to_be_visible()
    assert desk.violations() == []

    phone = tabs.open("supplier", width=390, height=844)
    enrol(phone, "supplier")
    there = phone.go(f"/tenders/{elsewhere.id}/bid/")
    there.get_by_role("link", name="Sign and submit").first.click()
    expect(there).to_have_url(page.url)
    expect(there.get_by_text("NOT submitted", exact=True)).to_be_visible()
    expect(there.locator("[data-sign-hash]")).to_have_text(hashed)
    expect(there.get_by_label("Unit price (yuan)")).to_have_value("")
    assert phone.overflow() == []
    there.get_by_role("button", name="Sign and submit").click()
    expect(there).to_have_url(re.compile("/receipts/"), timeout=60_000)
    expect(page).to_have_url(there.url, timeout=20_000)

    for back in (there, page):
        back.go_back()
        expect(back).to_have_url(re.compile(f"/tenders/{elsewhere.id}/bid/"))
        expect(back.get_by_text("NOT submitted", exact=True)).to_have_count(0)
        expect(back.get_by_role("row").filter(has_text="submitted, receipt").first).to_be_visible()
    receipts = there.get_by_role("link", name="Receipt").count()
    rehearse(phone, elsewhere, tmp_path / "方案.pdf")
    assert there.get_by_role("link", name="Receipt").count() == receipts


def rehearse(tab: Tab, tender: Tender, document: Path) -> None:
    """Go the whole way of a rehearsal on a telephone, and back: it never says that anything was submitted."""
    page = tab.go(f"/tenders/{tender.id}/bid/")
    page.get_by_role("button", name="Rehearse").click()
    expect(page.get_by_text("REHEARSAL", exact=True)).to_be_visible()
    expect(page.locator("[data-bid][data-ready]")).to_be_visible()
    expect(page.get_by_label("Unit price (yuan)")).to_have_value("")
    write(page, "rehearsed", [document])
    page.get_by_role("button", name="Seal and upload").click()
    page.get_by_role("button", name="Sign the rehearsal").click(timeout=60_000)
    for _ in range(2):
        expect(page.get_by_role("heading", name="The rehearsal is over")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("NOT submitted", exact=True)).to_be_visible()
        assert tab.overflow() == []
        page.go_back()
        page.go_forward()
    tab.go(f"/tenders/{tender.id}/bid/")
    expect(page.get_by_role("link", name="What came of it")).to_be_visible()


def test_a_bid_sealed_on_the_bidders_own_machine_is_uploaded_and_signed(
    elsewhere: Tender, tabs: Tabs, tmp_path: Path
) -> None:
    """The price is written where the page never sees it; what was sealed for another bid is refused before anything is sent."""
    tab = tabs.open("supplier_d")
    page = begin(tab, elsewhere)
    page.get_by_text("Seal on your own computer instead").click()
    for name in ("offer.json", "keepers.json", "sheet.json"):
        with page.expect_download() as saving:
            page.get_by_role("button", name=name).click()
        saving.value.save_as(tmp_path / name)

    def run_here(command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "bidding.sealing", *command.split()],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True,
        )  # fmt: skip

    (tmp_path / "prices.csv").write_text(
        f"序号,单价（元）,填写\n1,{PRICE},\ndelivery_days,,20\n", encoding="gb18030"
    )
    filled = run_here("sheet sheet.json --table prices.csv --out sheet.json").stdout.decode()
    assert f"total {TOTAL.fen / 100:,.2f} yuan" in filled
    offer = json.loads((tmp_path / "offer.json").read_text())
    other = {**offer, "ctx": {**offer["ctx"], "bid_id": str(uuid.uuid4())}}
    (tmp_path / "方案.pdf").write_bytes(run.PDF)
    hashes = {}
    for folder, given in (("another", other), ("sealed", offer)):
        (tmp_path / "offer.json").write_text(json.dumps(given))
        done = run_here(
            "seal --keepers keepers.json --tender offer.json --sheet sheet.json --attach 方案.pdf "
            f"--out {folder}"
        )
        hashes[folder] = json.loads(done.stdout)["record_hash"]
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/uploads/" in request.url else None)

    def upload(folder: str) -> None:
        files = [one for one in (tmp_path / folder).iterdir() if one.name != "kit.age"]
        page.locator("[data-offline-files]").set_input_files(files)
        page.get_by_role("button", name="Upload what was sealed").click()

    upload("another")
    expect(page.get_by_role("alert")).to_contain_text("sealed for other terms")
    assert sent == []
    upload("sealed")
    expect(page.locator("[data-sign-hash]")).to_have_text(hashes["sealed"], timeout=60_000)
    assert tab.violations() == []
    enrolled = (
        tab.context.new_page()
    )  # the passkey is in another tab of this browser, as it would be on a phone
    phone = Tab(tab.site, tab.context, enrolled)
    enrol(phone, "supplier_d")
    there = phone.go(page.url.removeprefix(tab.site.base))
    there.get_by_label("have the keepers stamp its hash themselves").uncheck()
    there.get_by_role("button", name="Sign and submit").click()
    expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)
    expect(page.get_by_text(hashes["sealed"])).to_be_visible()
    expect(page.get_by_role("heading", name="Seen by keepers themselves")).to_have_count(0)


def test_technical_part_and_price_are_sealed_one_after_the_other(
    site: Site, tabs: Tabs, tmp_path: Path
) -> None:
    """Each with one touch and its own receipt; the first alone is plainly no bid."""
    tender = site.tender(900, two_envelopes=True)
    tab = tabs.open("supplier_c", width=390, height=844)
    enrol(tab, "supplier_c")

    def seal_and_sign() -> None:
        expect(page.locator("[data-task=checking]")).to_have_text("ready to seal")
        page.get_by_role("button", name="Seal and upload").click()
        page.get_by_role("button", name="Sign and submit").click(timeout=60_000)
        expect(page).to_have_url(re.compile("/receipts/"), timeout=60_000)

    page = begin(tab, tender, "Write and seal the technical part")
    expect(page.get_by_label("Unit price (yuan)")).to_have_count(0)
    assert tab.overflow() == []
    (tmp_path / "方案.pdf").write_bytes(run.PDF)
    answer(page, "", [tmp_path / "方案.pdf"])
    seal_and_sign()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Technical envelope: received")
    page.get_by_role("link", name="To the other envelope").click()
    expect(page.get_by_text("NOT submitted: the price envelope is missing")).to_be_visible()

    page = begin(tab, tender, "Write and seal the price")
    expect(page.get_by_label("Delivery (days)")).to_have_count(0)
    page.get_by_label("Unit price (yuan)").fill(PRICE)
    assert tab.overflow() == []
    seal_and_sign()
    expect(page.get_by_role("heading", level=1)).to_contain_text("both envelopes are received")
    page = tab.go(f"/tenders/{tender.id}/bid/")
    expect(page.get_by_text("is missing")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="submitted, receipt")).to_have_count(4)
