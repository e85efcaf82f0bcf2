"""Templates compile, and none needs what the content security policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines

from tests.architecture.sources import ROOT, files, report

TEMPLATES = [name for name in files() if "/templates/" in name and name.endswith((".html", ".txt", ".xml"))]
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=.application/json)[^>]*>", re.I),
    "inline style": re.compile(r"<style\b|\sstyle\s*=\s*[\"']", re.I),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "script address": re.compile(r"(?:href|src|action)\s*=\s*[\"']\s*javascript:", re.I),
    "foreign host": re.compile(
        r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.I
    ),
    "htmx expression": re.compile(r"\shx-on|\shx-vals\s*=\s*[\"']js:|\shx-vars\b", re.I),
}
#: Never sent to a browser: WeasyPrint and mail programs read these.
PRINTED = re.compile(r"/(?:print|pdf|mail|email)(?:/|[^/]*\.html$)")


def test_every_template_compiles() -> None:
    assert TEMPLATES
    wrong = []
    for name in TEMPLATES:
        relative = name.split("/templates/", 1)[1]
        try:
            engines["django"].get_template(relative)
        except (TemplateSyntaxError, TemplateDoesNotExist) as cause:
            wrong.append(f"{name}: {type(cause).__name__}: {cause}")
    assert not wrong, report(wrong, "repair the tag or name the template that is there")


def violations(text: str) -> list[str]:
    """What a page may not hold, by name."""
    bare = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", "", text, flags=re.S)
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(bare)]


def test_pages_need_no_inline_script_or_style() -> None:
    wrong = [
        f"{name}: {what}"
        for name in TEMPLATES
        if name.endswith(".html") and not PRINTED.search(name)
        for what in violations(Path(ROOT, name).read_text(encoding="utf-8"))
    ]
    fix = "put scripts into frontend/*.js, styles into frontend/css, and bind by data-attributes"
    assert not wrong, report(wrong, fix)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<script>alert(1)</script>", ["inline script"]),
        ('<script type="module" src="/static/a.js"></script>', []),
        ('<script type="application/json" id="x">{}</script>', []),
        ('<p style="color:red">', ["inline style"]),
        ('<button onclick="go()">', ["inline handler"]),
        ('<a href="javascript:go()">', ["script address"]),
        ('<img src="https://elsewhere.example/a.png">', ["foreign host"]),
        ('<a href="https://elsewhere.example/">', []),
        ('<form hx-on:click="x()">', ["htmx expression"]),
        ("{# <script>never sent</script> #}", []),
    ],
)
def test_the_detector_knows_what_the_policy_forbids(page: str, found: list[str]) -> None:
    assert violations(page) == found
