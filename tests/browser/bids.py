"""What a supplier does on the page of a bid, for the tests that need one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from core.money import Yuan
from tests.browser.site import Tender
from tests.browser.tabs import Tab

DUE_SECONDS = 100
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


def begin(tab: Tab, tender: Tender, what: str = "Write and seal a bid") -> Page:
    """Go from the tender's bid page to the page where a bid, or one envelope of it, is written."""
    page = tab.go(f"/tenders/{tender.id}/bid/")
    page.get_by_role("button", name=what).click()
    expect(page).to_have_url(re.compile("/bids/"))
    expect(page.locator("[data-bid][data-ready]")).to_be_visible()
    expect(page.get_by_role("button", name="Seal and upload")).to_be_enabled()
    return page


def write(page: Page, words: str, files: list[Path]) -> None:
    """Fill in the whole bid."""
    page.get_by_label("Unit price (yuan)").fill(PRICE)
    answer(page, words, files)


def answer(page: Page, words: str, files: list[Path]) -> None:
    """Fill in all but the price."""
    page.get_by_label("Delivery (days)").fill("20")
    page.get_by_label("Warranty (months)").fill("36")
    page.get_by_label("Bid valid (days from the deadline)").fill("90")
    page.get_by_label("Size of the maker").select_option("small")
    for field in page.get_by_role("textbox").filter(has=page.locator("xpath=self::textarea")).all():
        field.fill(f"完全响应。{words}")
    for term in page.get_by_role("radio", name="met", exact=True).all():
        term.check()
    page.locator("#attachments").set_input_files(files)
