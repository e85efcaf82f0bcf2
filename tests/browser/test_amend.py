"""After the documents have changed: the bidder acknowledges with one touch; and a recovery kit leaves the browser sealed only."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from playwright.sync_api import Route, expect

from bidding import authority
from bidding.sealing import kits
from bidding.sealing.age import files
from bidding.sealing.age.recipients import Passphrase
from bidding.sealing.seal import PlainKit
from tests.browser.bids import begin, enrol, write
from tests.browser.site import Site
from tests.browser.tabs import Tabs

PASSPHRASE = "correct horse battery"


def test_a_kit_is_saved_an_amendment_acknowledged_and_the_kit_sealed_to_the_supervisor(
    site: Site, tabs: Tabs, tmp_path: Path
) -> None:
    tender = site.tender(600)
    tab = tabs.open("supplier_b")
    enrol(tab, "supplier_b")
    page = begin(tab, tender)
    document = tmp_path / "技术方案.pdf"
    document.write_bytes(b"%PDF-1.4\n%%EOF\n")
    write(page, "", [document])
    page.get_by_text("Save a recovery kit").click()
    page.get_by_label("Passphrase of the kit").fill("short")
    page.get_by_role("button", name="Seal and upload").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 12 characters")
    page.get_by_label("Passphrase of the kit").fill(PASSPHRASE)
    with page.expect_download(timeout=60_000) as saving:
        page.get_by_role("button", name="Seal and upload").click()
    kit = tmp_path / saving.value.suggested_filename
    saving.value.save_as(kit)
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

    card = json.loads((site.var / "supervisor.json").read_text())
    record = PlainKit.from_json(
        json.loads(files.decrypt_bytes(kit.read_bytes(), [Passphrase(PASSPHRASE)]))
    ).record_hash
    sent: list[str] = []

    def received(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "{}")["sealed"])
        route.fulfill(status=409, json={"title": "Not now"})

    script = page.evaluate("fetch('/static/build/manifest.json').then((a) => a.json())")["kit.js"]["file"]
    page.route("**/a-kit", received)
    page.evaluate(
        """({recipient, record}) => {
          document.querySelector("main").innerHTML = `<form data-hand-in data-to="/a-kit" data-recipient="${recipient}"
            data-record="${record}" data-working="…" data-wrong-passphrase="wrong passphrase" data-other-bid="another bid"
            data-failed="refused:"><input type="file" name="kit"><input type="password" name="passphrase">
            <input type="hidden" name="csrfmiddlewaretoken" value="x"><button>go</button><p data-said></p></form>`;
        }""",
        {"recipient": card["recipient"], "record": record},
    )
    page.add_script_tag(url=f"/static/build/{script}")
    page.locator("input[name=kit]").set_input_files(str(kit))
    for passphrase, says in (("wrong horse battery", "wrong passphrase"), (PASSPHRASE, "refused: Not now")):
        page.locator("input[name=passphrase]").fill(passphrase)
        page.get_by_role("button", name="go").click()
        expect(page.locator("[data-said]")).to_have_text(says, timeout=30_000)
    page.evaluate("document.querySelector('[data-hand-in]').dataset.record = '00'")
    page.get_by_role("button", name="go").click()
    expect(page.locator("[data-said]")).to_have_text("another bid", timeout=30_000)
    tab.expected = ("409",)

    (sealed,) = (base64.b64decode(one) for one in sent)
    kits.check_sealed(sealed, card["recipient"])
    key = site.var / "keepers" / "authority.json"
    assert authority.card(key) == card
    identity = kits.identity_of_supervisor(bytes.fromhex(json.loads(key.read_text())["seed"]))
    assert json.loads(files.decrypt_bytes(sealed, [identity]))["record_hash"] == record
