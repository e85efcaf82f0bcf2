"""A certificate submits, acknowledges and withdraws, and a passkey acknowledges with one touch."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from core import clock
from tests.browser.bids import begin, enrol, write
from tests.browser.site import Site, Tender
from tests.browser.tabs import Tab, Tabs
from tests.sealing.certificates import Holder, authority


def sign(page: Page, go: str, holder: Holder, folder: Path) -> None:
    """Do what a certificate's program does with what the page saves, and hand its signature in, as text in PEM."""
    place = page.locator("details[data-certificate]").filter(has_text=go)
    if place.get_attribute("open") is None:
        place.locator("summary").click()
    place.get_by_role("button", name=go).click()
    expect(place.get_by_role("alert")).to_have_text("Choose the file of the signature first.")
    with page.expect_download() as saving:
        place.get_by_role("button", name="Save what is to be signed").click()
    saving.value.save_as(folder / "to-sign.bin")
    text = base64.encodebytes(holder.sign((folder / "to-sign.bin").read_bytes())).decode()
    (folder / "bid.p7s").write_text(f"-----BEGIN PKCS7-----\n{text}-----END PKCS7-----\n")
    place.get_by_label("The signature (.p7s)").set_input_files(folder / "bid.p7s")
    place.get_by_role("button", name=go).click()


def amend(site: Site, tender: Tender, delivery: str) -> None:
    site.person("purchaser").submit(
        f"/tenders/{tender.id}/amend/", {"reason": "答复询问", "delivery": delivery}, form="/amend/"
    )


def who_vouches(tab: Tab, receipt: Path, vouching: Holder, code: str) -> None:
    """The page that checks tells whose certificate signed, and asks the authorities that its reader trusts."""
    page = tab.go("/verify/")
    page.locator("#verify-file").set_input_files(receipt)
    expect(page.get_by_text("Nobody whom you trust vouches for it yet")).to_be_visible()
    expect(page.get_by_text(f"unified social credit code {code}")).to_be_visible()
    page.get_by_text("Compare with keys you trust", exact=True).click()
    for pem, said in (
        (authority("别的认证中心").pem, "None of the authorities whose certificates you gave vouches"),
        (vouching.pem, "示例电子认证中心 vouches for it, by the certificates that you gave"),
    ):
        given = {"name": "roots.pem", "mimeType": "application/x-pem-file", "buffer": pem}
        page.locator("[data-trust-pem='bidders']").set_input_files(given)  # type: ignore[arg-type]
        expect(page.locator("[data-trust-said]")).to_contain_text("Certificates of bidders will be checked")
        page.locator("#verify-file").set_input_files([])
        page.locator("#verify-file").set_input_files(receipt)
        expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text("Whether it was revoked is not checked here")).to_be_visible()
    assert tab.violations() == []


def test_a_bid_is_submitted_acknowledged_and_withdrawn_by_certificate(
    site: Site, tabs: Tabs, tmp_path: Path
) -> None:
    """With the wrong one first, then by somebody whose session ends in between; a passkey acknowledges with one touch."""
    tender = site.tender(600)
    tab = tabs.open("supplier_b")
    tab.expected = ("422", "401")
    page = begin(tab, tender)
    code = page.locator("#register ~ dl code").first.inner_text()
    span = {"begin": clock.now() - timedelta(days=1), "end": clock.now() + timedelta(days=1)}
    mine, other = (site.authority.issue(one, code=one, **span) for one in (code, "91330100MA2OTHER00"))
    document = tmp_path / "技术方案.pdf"
    document.write_bytes(b"%PDF-1.4\n%%EOF\n")
    write(page, "", [document])
    page.get_by_role("button", name="Seal and upload").click()
    expect(page.get_by_role("button", name="Sign and submit")).to_be_visible(timeout=60_000)
    sign(page, "Submit with this signature", other, tmp_path)
    expect(
        page.get_by_role("alert").filter(has_text="a valid certificate of your own organisation")
    ).to_be_visible()
    cookies = {one["name"]: one for one in tab.context.cookies()}
    tab.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_role("alert").filter(has_text="You are no longer signed in.")).to_be_visible()
    again = [
        cookies["sessionid"],
        {**cookies["csrftoken"], "value": "a" * 32},
    ]  # as signing in elsewhere does
    tab.context.add_cookies(again)  # type: ignore[arg-type]
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_role("button", name="Submit with this signature")).to_be_visible(timeout=60_000)
    sign(page, "Submit with this signature", mine, tmp_path)
    expect(page.get_by_role("heading", name="Bid submitted")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Signed with the certificate of")).to_be_visible()
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the receipt file").click()
    who_vouches(tab, saving.value.path(), site.authority, code)

    amend(site, tender, "合同签订后 30 日内送达。")
    page = tab.go(f"/tenders/{tender.id}/bid/")
    expect(page.get_by_role("heading", name="acknowledge the amendment, or seal a new bid")).to_be_visible()
    expect(page.get_by_text("Silence keeps the bid").first).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    sign(page, "Acknowledge with this signature", mine, tmp_path)
    expect(page.get_by_role("heading", name="Acknowledgement received")).to_be_visible()

    amend(site, tender, "合同签订后 25 日内送达。")
    enrol(tab, "supplier_b")
    page = tab.go(f"/tenders/{tender.id}/bid/")
    for place in page.locator("details.elsewhere").all():
        place.evaluate("(one) => { one.open = true; }")
    assert tab.overflow() == []
    assert tab.violations() == []
    page.get_by_role("button", name="Acknowledge and sign").click()
    expect(page.get_by_role("heading", name="Acknowledgement received")).to_be_visible()
    page = tab.go(f"/tenders/{tender.id}/bid/")
    expect(page.get_by_role("button", name="Acknowledge and sign")).to_have_count(0)
    expect(page.get_by_text("You have acknowledged the amendment")).to_be_visible()

    page.get_by_role("button", name="Replace this bid").click()
    page.get_by_label("Unit price (yuan)").fill("4321.00")
    page.get_by_role("button", name="Seal and upload").click()
    page.get_by_role("button", name="Sign and submit").click(timeout=60_000)
    expect(page.get_by_role("heading", name="Bid submitted")).to_be_visible(timeout=60_000)
    page = tab.go(f"/tenders/{tender.id}/bid/")
    expect(page.get_by_role("row").filter(has_text="replaced")).to_have_count(1)

    page.on("dialog", lambda asking: asking.accept())
    sign(page, "Withdraw with this signature", mine, tmp_path)
    expect(page.get_by_role("heading", name="Withdrawal received")).to_be_visible()
    page.get_by_role("link", name="Back to your bid").click()
    expect(page.get_by_role("link", name="Receipt of the withdrawal")).to_be_visible()
