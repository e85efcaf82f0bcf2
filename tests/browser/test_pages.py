"""The main pages: accessible in both languages, no wider than a telephone, and readable without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.bids import Submitted
from tests.browser.places import PLACES, Place
from tests.browser.site import Site
from tests.browser.tabs import LANGUAGES, Tabs

pytestmark = pytest.mark.timeout(600)


def look(tabs: Tabs, role: str, path: str) -> None:
    """Read a page in both languages, on a screen and on a telephone."""
    for language, name in LANGUAGES.items():
        wide = language == "zh-hans"
        tab = tabs.open(role, language=language, width=1440 if wide else 390)
        page = tab.go(path)
        expect(page.locator("html")).to_have_attribute("lang", name)
        assert tab.violations() == []
        assert tab.overflow() == []
        if wide:
            page.set_viewport_size({"width": 390, "height": 800})
            assert tab.overflow() == []


@pytest.mark.requirement("S004-09")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name.replace(" ", "-"))
def test_a_page_is_accessible_in_both_languages_and_fits_a_telephone(
    place: Place, site: Site, tabs: Tabs
) -> None:
    look(tabs, place.role, place.find(site))


BIDDING: dict[str, tuple[str, Callable[[Submitted], str]]] = {
    "a bid's overview": ("supplier", lambda bid: f"/tenders/{bid.tender.id}/bid/"),
    "a receipt": ("supplier", lambda bid: bid.receipt),
    "the opening hall": ("", lambda bid: f"/opening/{bid.tender.id}/"),
    "work on a tender": ("purchaser", lambda bid: f"/tenders/{bid.tender.id}/"),
    "a plan": ("purchaser", lambda bid: f"/plans/{bid.tender.plan}/"),
}


@pytest.mark.parametrize("name", BIDDING)
def test_the_pages_around_a_bid_are_accessible(name: str, submitted: Submitted, tabs: Tabs) -> None:
    role, path = BIDDING[name]
    look(tabs, role, path(submitted))


def test_the_page_of_a_bid_is_accessible(submitted: Submitted, site: Site, tabs: Tabs) -> None:
    begun = site.person("supplier_d").post(f"/tenders/{submitted.tender.id}/bid/begin", {"lot": "1"})
    look(tabs, "supplier_d", begun.url.path)
