"""A rule id in code must stand in a law pack, and core knows no procurement."""

from __future__ import annotations

import ast
import csv
import re

import pytest

from tests.architecture.sources import ROOT, files, python, report

RULE = re.compile(r"[LTNCAFQDSEPGX]-\d{2}(\.[a-z0-9_]+)?")
NOUNS = frozenset(
    "tender tenders bid bids bidder bidders bidding supplier suppliers purchaser purchasers auction auctions "
    "award awards mall procurement evaluator evaluators panel".split()
)


def pack_ids() -> frozenset[str]:
    """Every rule id in the law packs, with and without its value's name."""
    full = set()
    for name in files():
        if name.startswith("core/law/") and name.endswith(".csv"):
            with (ROOT / name).open(encoding="utf-8", newline="") as file:
                full |= {row["rule_id"] for row in csv.DictReader(file) if row.get("rule_id")}
    return frozenset(full | {id_.split(".")[0] for id_ in full})


def named(tree: ast.AST) -> list[tuple[ast.Constant, str]]:
    """String constants that are a rule id and nothing else."""
    return [
        (node, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and RULE.fullmatch(node.value)
    ]


def test_every_rule_named_in_code_stands_in_a_pack() -> None:
    ids = pack_ids()
    assert ids, "no law pack found under core/law/"
    wrong = [
        f"{source.at(node)}: {rule}"
        for source in python()
        for node, rule in named(source.tree)
        if rule not in ids
    ]
    fix = "add the rule with its citation and dates to a pack under core/law/, or name the right one"
    assert not wrong, report(wrong, fix)


def words(name: str) -> set[str]:
    """The words of an identifier: TenderClosed, tender_closed → tender, closed."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def identifiers(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """Every name that a tree defines or uses."""
    found: list[tuple[ast.AST, str]] = []
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                found.append((node, value))
    return found


def test_core_names_no_procurement_noun() -> None:
    wrong = [
        f"{source.at(node)}: {name}"
        for source in python("core")
        if source.parts[0] not in {"law", "regions"}
        for node, name in identifiers(source.tree)
        if words(name) & NOUNS
    ]
    fix = "core serves every package: move the noun up to the package that owns it, or find the general word"
    assert not wrong, report(wrong, fix)


@pytest.mark.parametrize(
    ("name", "noun"), [("TenderClosed", True), ("bids_due_at", True), ("forbidden", False)]
)
def test_the_detector_reads_the_words_of_a_name(name: str, noun: bool) -> None:
    assert bool(words(name) & NOUNS) is noun


@pytest.mark.parametrize(
    ("code", "ids"),
    [('x = "L-09.bid_min_days"', ["L-09.bid_min_days"]), ('y = "see L-09"', []), ('z = "T-02"', ["T-02"])],
)
def test_the_detector_finds_rule_ids(code: str, ids: list[str]) -> None:
    assert [rule for _, rule in named(ast.parse(code))] == ids
