"""Statuses move only in services, only along the table, and every move leaves a record."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, called, functions, python, report

WRITES = {
    "save",
    "create",
    "bulk_create",
    "delete",
    "update",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
#: Below the audit log, or carrying bytes for packages that record themselves.
UNRECORDED = {"core", "realtime", "storage", "config"}
#: Writes that are no act of their own, by file or by file and function, with the reason.
NO_ACTS = {
    "parties/services/inbox.py": "messages about acts",
    "parties/services/signing.py begin": "the challenge of a signature; the signed act is recorded",
    "disclosure/services/numbers.py": "counters and marks of the bulk export",
    "tendering/services/documents.py store": "inner part of verbs that record",
    "tendering/services/copying.py": "inner part of verbs that record",
    "bidding/services/texts.py read": "derived from opened files, made anew at any time",
    "tendering/services/fetching.py note": "the row is the record; a chain that grows tells who is interested",
    "evaluation/services/sitting.py stay": "that a browser is still there; coming and leaving are recorded",
    "evaluation/services/replaying.py read": "that a replay goes on; its beginning is recorded",
    "bidding/services/attempts.py note": "the row is the record; a chain that grows tells who bids",
}


def status_writes(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.expr | None]]:
    """Where a tree assigns `.status` of anything but self, or updates the column; with the value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                own = isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self"
                if isinstance(target, ast.Attribute) and target.attr == "status" and not own:
                    yield node, node.value
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        ):
            yield from ((node, word.value) for word in node.keywords if word.arg == "status")
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            if len(node.args) == 3 and getattr(node.args[1], "value", "") == "status":
                yield node, node.args[2]


def test_only_services_assign_a_status() -> None:
    wrong = [
        source.at(node)
        for source in python()
        if not source.is_a("services")
        for node, _ in status_writes(source.tree)
    ]
    fix = "call the verb in the owning package's services; only services move a status"
    assert not wrong, report(wrong, fix)


def test_every_move_follows_the_table() -> None:
    wrong = [
        f"{source.at(function)} {function.name}"
        for source in python()
        if source.is_a("services")
        for function in functions(source.tree)
        if any(True for _ in status_writes(function)) and "follow" not in called(function)
    ]
    fix = "step = follow(STEPS, row.status, 'verb'); row.status = step.target; add the row to states.STEPS"
    assert not wrong, report(wrong, fix)


def unrecorded(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public functions of a services module that write rows and record nothing, directly or through it."""
    own = {function.name: function for function in source.tree.body if isinstance(function, ast.FunctionDef)}

    def reach(name: str, seen: set[str]) -> set[str]:
        names = called(own[name])
        for inner in (names & own.keys()) - seen:
            names |= reach(inner, seen | {inner})
        return names

    for name, function in own.items():
        if name.startswith("_") or not writes_rows(function):
            continue
        if not any(word == "record" or word.startswith("record_") for word in reach(name, {name})):
            yield function


def writes_rows(function: ast.AST) -> bool:
    """Whether a function itself writes rows: `x.save()`, `X.objects.create()`, `….filter().update()`."""
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in WRITES - {"update", "create"}:
            return True
        if node.func.attr in {"update", "create"} and "objects" in ast.dump(node.func.value):
            return True
    return False


def test_every_verb_that_writes_leaves_a_record() -> None:
    wrong = [
        f"{source.at(function)} {function.name}"
        for source in python()
        if source.is_a("services") and source.package not in UNRECORDED and source.path not in NO_ACTS
        for function in unrecorded(source)
        if f"{source.path} {function.name}" not in NO_ACTS
    ]
    fix = "end the verb with core.audit.services.record(actor=…, verb=…, subject=…, rule=…)"
    assert not wrong, report(wrong, fix)


def test_no_exception_outlives_its_reason() -> None:
    found = {source.path: {function.name for function in functions(source.tree)} for source in python()}
    wrong = []
    for name in NO_ACTS:
        path, _, function = name.partition(" ")
        if path not in found or (function and function not in found[path]):
            wrong.append(name)
    assert not wrong, report(wrong, "take it out of NO_ACTS")


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("def f(t):\n t.status = 1", 1),
        ("T.objects.filter(pk=1).update(status=2)", 1),
        ("setattr(t, 'status', 3)", 1),
        ("def __init__(self):\n self.status = 1", 0),
        ("status = 1", 0),
    ],
)
def test_the_detector_sees_each_way_to_move_a_status(code: str, seen: int) -> None:
    assert len(list(status_writes(ast.parse(code)))) == seen


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("def open_(x):\n x.save()", True),
        ("def open_(x):\n x.save()\n audit.record()", False),
        ("def open_(x):\n x.save()\n done(x)\ndef done(x):\n record(x)", False),
        ("def _inner(x):\n x.save()", False),
        ("def look(x):\n seen.update(x)", False),
        ("def make():\n T.objects.create()", True),
    ],
)
def test_the_detector_sees_an_unrecorded_write(code: str, caught: bool) -> None:
    assert bool(list(unrecorded(Source("tendering/services.py", ast.parse(code))))) is caught
