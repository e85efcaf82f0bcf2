"""Anyone checks receipts and openings in the browser: nothing is sent, and what is wrong is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bids import Submitted
from tests.browser.site import Site
from tests.browser.tabs import Tabs
from tests.sealing.patches import changed

VECTORS = Path(__file__).parents[1] / "vectors" / "sealing"
RECEIPTS = json.loads((VECTORS / "receipts.json").read_text(encoding="utf-8"))
TRANSCRIPTS = json.loads((VECTORS / "transcripts.json").read_text(encoding="utf-8"))

TAMPERED = {
    "a time changed after signing": "the platform’s signature",
    "an ack for another policy": "the keepers’ confirmations",
    "names another record than it holds": "the sealed record",
    "keepers that are not the record's": "the list of keepers",
    "a passkey on another site": "the bidder’s signature",
    "another place in the log": "the place in the log",
    "a checkpoint by another log": "the log’s checkpoint",
    "one keeper cosigned": "the witnesses’ cosignatures",
    "a time stamp over another checkpoint": "the time stamp",
    "without keepers": "the form of the file",
}


def case_named(vectors: dict[str, Any], name: str) -> dict[str, Any]:
    case = next(one for one in vectors["cases"] if one["name"] == name)
    made: dict[str, Any] = changed(vectors["files"][case["from"]], case["changes"])
    return made


def check(page: Page, folder: Path, value: Any) -> str:
    """Give a file to the page and tell the verdict."""
    path = folder / "given.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    page.locator("[data-verify-result]").evaluate("one => one.replaceChildren()")
    page.locator("#verify-file").set_input_files([])
    page.locator("#verify-file").set_input_files(str(path))
    expect(page.locator("#verify-verdict")).to_be_visible(timeout=30_000)
    return page.locator("#verify-verdict").inner_text()


def judge_everything(page: Page, folder: Path) -> None:
    assert "The receipt is sound" in check(page, folder, RECEIPTS["files"]["stamped"])
    expect(page.locator(".verify-step--bad")).to_have_count(0)
    assert page.locator(".verify-step--good").count() >= 10
    assert "The receipt of a withdrawal is sound" in check(page, folder, RECEIPTS["files"]["withdrawn"])
    for name, part in TAMPERED.items():
        said = check(page, folder, case_named(RECEIPTS, name))
        assert "The receipt does not hold" in said, name
        assert part in said, (name, said)
        assert (
            page.locator(".verify-step--bad").count()
            == said.split("Wrong: ")[1].split(". ")[0].count(", ") + 1
        )
    assert "The opening can be repeated" in check(page, folder, TRANSCRIPTS["files"]["hybrid"])
    expect(page.get_by_role("cell", name="950,000.00")).to_be_visible()
    for name in ("another price shown, post-quantum", "a bid left out", "another seed"):
        assert "The transcript does not stand" in check(page, folder, case_named(TRANSCRIPTS, name)), name
    for other in ("not JSON", "{}", '{"receipt": 1, "receipt": 1, "proof": null}'):
        assert "cannot be checked" in check(page, folder, other)


@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (390, "zh")])
def test_receipts_and_transcripts_are_checked_without_sending_anything(
    site: Site, tabs: Tabs, tmp_path: Path, width: int, language: str
) -> None:
    tab = tabs.open(width=width, language=language)
    page = tab.go("/verify/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    if language == "zh":
        assert "回执有效" in check(page, tmp_path, RECEIPTS["files"]["passkey"])
        assert "有误：时间戳。" in check(page, tmp_path, case_named(RECEIPTS, "a time stamp cut short"))
    else:
        judge_everything(page, tmp_path)
        refused = page.evaluate("fetch('/log/checkpoint').then(() => 'sent', () => 'refused')")
        assert refused == "refused", "the page's policy lets nothing out"
        tab.expected = ("connect-src", "Content Security Policy", "Refused to connect")
    assert [url for url in asked if not url.endswith(("/log/checkpoint", ".svg"))] == [], (
        "but the page's own mark"
    )
    assert tab.overflow() == []


def expect_stamp(page: Page, folder: Path, name: str, sentence: str) -> None:
    """Check a vector's receipt; its time stamp is told with `sentence`."""
    holds = "neither" not in sentence
    assert ("The receipt is sound" in check(page, folder, case_named(RECEIPTS, name))) == holds
    expect(page.get_by_text(sentence)).to_be_visible()


def test_keys_that_one_trusts_decide(site: Site, tabs: Tabs, tmp_path: Path) -> None:
    page = tabs.open().go("/verify/")
    page.get_by_text("Compare with keys you trust").click()
    trusted = tmp_path / "keepers.json"
    rows = {"type": "mingcai/v1/keepers", "keepers": RECEIPTS["trusted"]["keepers"]}
    trusted.write_text(json.dumps(rows))
    page.locator("[data-trust-keepers]").set_input_files(str(trusted))
    expect(page.get_by_text("Will be compared with these 3 keepers.")).to_be_visible()
    page.get_by_label("Key of the platform").fill(RECEIPTS["trusted"]["platform_vkey"])
    assert "The receipt is sound" in check(page, tmp_path, RECEIPTS["files"]["sound"])
    for name in ("signed by another platform", "keepers that are not the trusted ones"):
        assert "does not hold" in check(page, tmp_path, case_named(RECEIPTS, name))
    expect_stamp(page, tmp_path, "stamped: as issued", "signature not checked")
    pem = tmp_path / "tsa.pem"
    pem.write_text(RECEIPTS["trusted"]["authority"])
    page.locator("[data-trust-pem='authority']").set_input_files(str(pem))
    expect(page.get_by_text("Time stamps will be checked against the certificates of")).to_be_visible()
    expect_stamp(page, tmp_path, "stamped: as issued", "signature and certificates hold")
    expect_stamp(
        page, tmp_path, "a time stamp by another authority", "neither inside nor among those you gave"
    )
    page.locator("[data-trust-pem='authority']").set_input_files(str(trusted))
    expect(page.get_by_text("This file holds no root certificate in PEM form.")).to_be_visible()
    (tmp_path / "none.json").write_text("{}")
    page.locator("[data-trust-keepers]").set_input_files(str(tmp_path / "none.json"))
    expect(page.get_by_text("This is no list of keepers (keepers.json).")).to_be_visible()


def test_the_page_saved_to_disk_needs_no_network(site: Site, tabs: Tabs, tmp_path: Path) -> None:
    tab = tabs.open()
    page = tab.go("/verify/")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save this page as one file").click()
    saved = tmp_path / "saved.html"
    saving.value.save_as(saved)
    tab.context.set_offline(True)
    page.goto(f"file://{saved}")
    assert "The receipt is sound" in check(page, tmp_path, RECEIPTS["files"]["sound"])
    assert "does not hold" in check(page, tmp_path, case_named(RECEIPTS, "too few acks"))
    assert "can be repeated" in check(page, tmp_path, TRANSCRIPTS["files"]["classic"])
    page.get_by_text("Compare with keys you trust").click()
    (tmp_path / "tsa.pem").write_text(RECEIPTS["trusted"]["authority"])
    page.locator("[data-trust-pem='authority']").set_input_files(str(tmp_path / "tsa.pem"))
    expect_stamp(page, tmp_path, "stamped: as issued", "signature and certificates hold")


def test_a_receipt_of_a_real_bid_is_sound_and_a_changed_one_is_not(
    submitted: Submitted, tabs: Tabs, tmp_path: Path
) -> None:
    tab = tabs.open("supplier")
    tab.page.goto(submitted.receipt)
    for _ in range(40):
        if tab.page.get_by_text("in a checkpoint that 3 keepers cosigned").count():
            break
        tab.page.wait_for_timeout(1000)
        tab.page.reload()
    with tab.page.expect_download() as saving:
        tab.page.get_by_role("link", name="Save the receipt file").click()
    kept = json.loads(Path(saving.value.path()).read_text(encoding="utf-8"))
    with tab.page.expect_download() as saving:
        tab.page.get_by_role("link", name="Save as PDF").click()
    assert Path(saving.value.path()).read_bytes().startswith(b"%PDF-")
    tab.page.get_by_role("link", name="Check it in the browser").click()
    page = tab.page
    expect(page).to_have_url(re.compile("/verify/#[0-9a-f]{64}$"))
    assert "The receipt is sound" in check(page, tmp_path, kept)
    for sentence in (
        "The bidder’s signature over the record verifies.",
        "the one in the address of this page",
        "3 of 3 keepers cosigned this checkpoint",
    ):
        expect(page.get_by_text(sentence)).to_be_visible()
    kept["receipt"]["body"]["arrival"] = kept["receipt"]["body"]["arrival"].replace("20", "21", 1)
    assert "the platform’s signature" in check(page, tmp_path, kept)
    assert "the number on the paper" in check(page, tmp_path, RECEIPTS["files"]["sound"])
