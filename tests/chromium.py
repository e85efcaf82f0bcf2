"""The installed browser, and how the tests start it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

#: The same engine without windows needs a third less of the processor.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
#: WCAG 2.2 A and AA. Details of what is well, and style sheets for a rule that is not asked for, would double its time.
CHECKING = {"resultTypes": ["violations"], "preload": False}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page, *more: str) -> list[str]:
    """Name what breaks WCAG 2.2 A and AA, or `more` groups of axe's rules: the rule, and the first elements that do."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {**CHECKING, "runOnly": [*STANDARDS, *more]}
    found = page.evaluate("(rules) => axe.run(document, rules)", rules)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"][:2]
    ]


def needed() -> None:
    """Skip what cannot do without the browser or the built front end, saying so."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed (Debian package chromium-headless-shell)")
    if not (Path(__file__).parents[1] / "config" / "static" / "build" / "manifest.json").is_file():
        pytest.skip("the front end is not built (node tools/build_frontend.mjs)")


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Start the browser, once."""
    needed()
    opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield opened
    opened.close()
