"""People come in, find their way and fill in forms: by keyboard alone, and read without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.places import PLACES
from tests.browser.site import Site
from tests.browser.tabs import Tabs, sign_in

pytestmark = pytest.mark.timeout(600)


def test_a_password_and_a_code_lead_to_the_desk(site: Site, tabs: Tabs) -> None:
    tab = tabs.open()
    sign_in(tab, "expert_2")
    expect(tab.page).to_have_url(site.find("/desk"))
    tab.page.locator(".account summary").click()
    tab.page.get_by_role("button", name="Sign out").click()
    tab.go("/")
    expect(tab.page.get_by_role("link", name="Sign in")).to_be_visible()


def test_the_menu_and_the_search_are_used_by_keyboard_alone(site: Site, tabs: Tabs) -> None:
    page = tabs.open().go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox").first).to_be_focused()
    page.keyboard.type("笔记本")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/notices/\?.*q="))
    expect(page.get_by_role("main")).to_contain_text("笔记本")

    page = tabs.open("purchaser").go("/desk")
    menu = page.locator("nav details.menu summary").first
    for _ in range(20):
        page.keyboard.press("Tab")
        if menu.evaluate("(one) => one === document.activeElement"):
            break
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    link = page.locator("nav details.menu[open] a").first
    expect(link).to_be_visible()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    address = link.get_attribute("href") or ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(site.find(address))


def test_a_form_is_sent_and_corrected_by_keyboard_alone(tabs: Tabs) -> None:
    tab = tabs.open("purchaser_2")
    tab.expected = ("422",)  # the answer to a form that has to be corrected
    page = tab.go("/plans/lines/new/")
    page.get_by_label("Code").focus()
    page.keyboard.press("Enter")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("name", ["home", "notices", "a notice", "a project", "transactions", "the mall"])
def test_what_is_public_reads_without_scripts(name: str, site: Site, tabs: Tabs) -> None:
    place = next(one for one in PLACES if one.name == name)
    tab = tabs.open(place.role, scripts=False, width=390)
    page = tab.go(place.find(site))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(page.get_by_role("main").inner_text()) > 300
    page.locator(".nav-fold summary").click()
    expect(page.get_by_role("navigation", name="Main navigation")).to_be_visible()
