"""The living page and the shell: accessible, free of policy breaches, readable without scripts, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def use_language(page: Page, server: Any, language: str) -> None:
    page.context.add_cookies([{"name": "django_language", "value": language, "url": server.url}])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_component_is_accessible_in_both_languages(
    watched: Page, live_server: Any, language: str, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 900})
    use_language(watched, live_server, language)
    watched.goto(f"{live_server.url}/design")
    expect(watched.locator("html")).to_have_attribute("lang", "zh-Hans" if language == "zh-hans" else "en")
    assert violations(watched, "best-practice") == []
    assert watched.evaluate("document.documentElement.scrollWidth") == width


def test_large_type_is_kept_for_the_next_page(watched: Page, live_server: Any) -> None:
    watched.goto(f"{live_server.url}/design")
    size = "getComputedStyle(document.body).fontSize"
    assert watched.evaluate(size) == "16px"
    watched.locator("[data-elder]").click()
    watched.reload()
    assert watched.evaluate(size) == "22px"
    expect(watched.locator("[data-elder]")).to_have_attribute("aria-pressed", "true")
    assert violations(watched, "best-practice") == []


def test_a_rule_opens_by_keyboard_and_closes_by_escape(watched: Page, live_server: Any) -> None:
    watched.goto(f"{live_server.url}/design")
    rule = watched.locator("#values + dl details.rule")
    rule.locator("summary").focus()
    watched.keyboard.press("Enter")
    expect(rule.locator(".rule-card")).to_be_visible()
    expect(rule.locator(".rule-citation")).to_have_text("《政府采购法》第三十五条")
    watched.keyboard.press("Escape")
    expect(rule.locator(".rule-card")).to_be_hidden()
    expect(rule.locator("summary")).to_be_focused()


def test_an_error_in_the_summary_leads_to_its_field(watched: Page, live_server: Any) -> None:
    watched.goto(f"{live_server.url}/design")
    watched.locator(".error-summary a").nth(1).click()
    expect(watched.locator("#id_amount")).to_be_focused()
    described = watched.locator("#id_amount").get_attribute("aria-describedby") or ""
    assert [watched.locator(f"#{one}").count() for one in described.split()] == [1, 1]


def test_countdowns_run_by_the_clock_of_the_server(watched: Page, live_server: Any) -> None:
    watched.clock.install(time=0)  # the browser believes it is 1970
    use_language(watched, live_server, "en")
    watched.goto(f"{live_server.url}/design")
    last_hour = watched.locator(".countdown--last").first
    expect(last_hour).to_contain_text("minutes")
    before = last_hour.text_content() or ""
    assert before.startswith(("40 minutes", "41 minutes"))
    watched.clock.run_for(65_000)
    expect(last_hour).to_contain_text("39 minutes")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_reads_without_scripts(chromium: Browser, live_server: Any, language: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    use_language(page, live_server, language)
    page.goto(f"{live_server.url}/design")
    expect(page.locator("#pane-b")).to_be_visible()
    page.locator("[data-elder]").click()
    expect(page.locator("html.elder")).to_be_visible()
    page.locator("#values + dl details.rule summary").click()
    expect(page.locator("#values + dl .rule-card")).to_be_visible()
    page.locator(".nav-fold summary").click()
    expect(page.locator("nav.nav")).to_be_visible()
    context.close()
