"""One demonstration and one browser for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import site as demonstration
from tests.browser.site import ROOT, Site
from tests.browser.tabs import ARGUMENTS, CHROMIUM, Tabs

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here drives a browser and starts processes."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the installed browser, once."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"Chromium is not installed at {CHROMIUM}")
    if not (ROOT / "config" / "static" / "build" / "manifest.json").is_file():
        pytest.skip("the front end is not built (node tools/build_frontend.mjs)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start one demonstration with three keepers and files of its own."""
    running = demonstration.start(tmp_path_factory.mktemp("demonstration"))
    yield running
    running.stop()


@pytest.fixture
def tabs(chromium: Browser, site: Site) -> Iterator[Tabs]:
    """Open tabs with `tabs.open(role, language=…, width=…)`; any fault in them fails the test."""
    opened = Tabs(chromium, site)
    yield opened
    opened.close()
