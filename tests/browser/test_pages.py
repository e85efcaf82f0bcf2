"""The main pages: accessible in both languages, no wider than a telephone, and readable without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bids import Submitted
from tests.browser.places import PLACES, Place
from tests.browser.site import Site
from tests.browser.tabs import LANGUAGES, Tab, Tabs

pytestmark = pytest.mark.timeout(600)


SIZES = {"zh-hans": {"width": 1440, "height": 900}, "en": {"width": 390, "height": 800}}


@pytest.fixture(scope="module")
def readers(chromium: Browser, site: Site) -> Iterator[dict[str, Tab]]:
    """Two browsers that read all pages of this file: in Chinese on a screen, in English on a telephone."""
    tabs = Tabs(chromium, site)
    yield {language: tabs.open(language=language) for language in LANGUAGES}
    tabs.close()


def look(readers: dict[str, Tab], role: str, path: str) -> None:
    """Read a page in both languages, on a screen and on a telephone."""
    for language, tab in readers.items():
        tab.use(role, language)
        tab.page.set_viewport_size(SIZES[language])  # type: ignore[arg-type]
        page = tab.go(path)
        expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[language])
        assert tab.violations() == []
        for size in SIZES.values():
            page.set_viewport_size(size)  # type: ignore[arg-type]
            assert tab.overflow() == []
        tab.assert_no_faults()


@pytest.mark.requirement("S004-09")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name.replace(" ", "-"))
def test_a_page_is_accessible_in_both_languages_and_fits_a_telephone(
    place: Place, site: Site, readers: dict[str, Tab]
) -> None:
    look(readers, place.role, place.find(site))


BIDDING: dict[str, tuple[str, Callable[[Submitted], str]]] = {
    "a bid's overview": ("supplier", lambda bid: f"/tenders/{bid.tender.id}/bid/"),
    "a receipt": ("supplier", lambda bid: bid.receipt),
    "the opening hall": ("", lambda bid: f"/opening/{bid.tender.id}/"),
    "work on a tender": ("purchaser", lambda bid: f"/tenders/{bid.tender.id}/"),
    "a plan": ("purchaser", lambda bid: f"/plans/{bid.tender.plan}/"),
}


@pytest.mark.parametrize("name", BIDDING)
def test_the_pages_around_a_bid_are_accessible(
    name: str, submitted: Submitted, readers: dict[str, Tab]
) -> None:
    role, path = BIDDING[name]
    look(readers, role, path(submitted))


def test_the_page_of_a_bid_is_accessible(submitted: Submitted, site: Site, readers: dict[str, Tab]) -> None:
    begun = site.person("supplier_d").post(f"/tenders/{submitted.tender.id}/bid/begin", {"lot": "1"})
    look(readers, "supplier_d", begun.url.path)
