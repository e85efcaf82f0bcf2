"""The edge parses and renders: it never reaches into tables, and nothing hides behind a signal."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import EDGES, ROOT, Source, python, report


def table_uses(tree: ast.AST) -> list[ast.AST]:
    """Where a tree touches a manager: `X.objects`, `X._default_manager`."""
    managers = {"objects", "_default_manager", "_base_manager"}
    return [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in managers]


def signal_uses(tree: ast.AST) -> list[ast.AST]:
    """Where a tree imports Django's signals or a receiver."""
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if any(name.startswith("django.dispatch") or name.endswith(".signals") for name in names):
            found.append(node)
    return found


def is_edge(source: Source) -> bool:
    """Whether a module parses requests or renders answers."""
    return source.is_a(*EDGES) and not source.is_a("services", "selectors", "management", "migrations")


def test_edges_never_touch_a_table() -> None:
    wrong = [
        source.at(node)
        for source in python()
        if is_edge(source) and not (source.package == "core" and source.parts[0] == "timers")
        for node in table_uses(source.tree)
    ]
    fix = "read through the package's access or selectors, write through its services"
    assert not wrong, report(wrong, fix)


def test_no_signals_in_the_domain() -> None:
    wrong = [source.at(node) for source in python() for node in signal_uses(source.tree)]
    assert not wrong, report(wrong, "call the other service by name; a signal hides who does what")


def test_no_module_for_leftovers() -> None:
    wrong = [s.path for s in python() if {"utils", "util", "helpers", "helper", "misc"} & set(s.parts)]
    assert not wrong, report(wrong, "name the module after the noun it holds")


def test_every_package_introduces_itself() -> None:
    homes = [s for s in python() if s.parts == ("__init__",)]
    wrong = [s.path for s in homes if not ast.get_docstring(s.tree) or len(s.tree.body) > 1]
    wrong += [
        f"{folder}/__init__.py"
        for folder in {s.package for s in python()}
        if not (ROOT / folder / "__init__.py").is_file()
    ]
    fix = "write what the package is for, the law, what it owns and what others may call; and no code"
    assert not wrong, report(wrong, fix)


@pytest.mark.parametrize(
    ("code", "seen"), [("Tender.objects.get()", 1), ("objects = 1", 0), ("model._default_manager.all()", 1)]
)
def test_the_detector_sees_table_uses(code: str, seen: int) -> None:
    assert len(table_uses(ast.parse(code))) == seen


@pytest.mark.parametrize("code", ["from django.db.models.signals import post_save", "import django.dispatch"])
def test_the_detector_sees_signals(code: str) -> None:
    assert signal_uses(ast.parse(code))
