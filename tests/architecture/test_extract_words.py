"""A text inside an f-string is not extracted for translation: it would be English for everybody."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import ROOT, files, report

NAMES = {"_", "gettext", "ngettext", "gettext_lazy", "gettext_noop"}
HINT = re.compile(r"f[\"'][^\n]*\{(?:_|n?gettext\w*)\(\s*[\"']")


def inside(tree: ast.AST) -> list[int]:
    """Give the lines on which a literal text is translated inside an f-string."""
    return [
        call.lineno
        for part in ast.walk(tree)
        if isinstance(part, ast.JoinedStr)
        for call in ast.walk(part)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in NAMES
        and any(isinstance(one, ast.Constant) for one in call.args)
    ]


def test_no_text_is_translated_inside_an_f_string() -> None:
    assert inside(ast.parse("f'{_(\"x\")}'")) == [1]
    wrong = []
    for name in files():
        if name.endswith(".py") and not name.startswith("tests/"):
            text = (ROOT / name).read_text(encoding="utf-8")
            if HINT.search(text):
                wrong += [f"{name}:{line}" for line in inside(ast.parse(text))]
    assert not wrong, report(wrong, "translate it into a name first, then put the name into the f-string")
