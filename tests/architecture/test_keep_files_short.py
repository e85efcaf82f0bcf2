"""Above five hundred lines a file is two nouns."""

from __future__ import annotations

from tests.architecture.sources import ROOT, files, report

LIMIT = 500
KINDS = (".py", ".js", ".mjs", ".ts", ".html", ".css")
SCRIPTS = ("tools/setup", "tools/services", "tools/test", "tools/check", "Makefile", ".ci/run")


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    sizes = {
        name: len((ROOT / name).read_text(encoding="utf-8").splitlines())
        for name in files()
        if name.endswith(KINDS) or name in SCRIPTS
    }
    assert sizes
    wrong = [f"{name}: {lines} lines" for name, lines in sorted(sizes.items()) if lines > LIMIT]
    fix = "split by noun: the module becomes a folder of the same name, with one module per noun"
    assert not wrong, report(wrong, fix)
