"""Packs: every value has its citation, contradictions do not load, demonstrations stay demonstrations."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path

import pytest

from core.law import register
from core.law.book import NATIONAL, LawBook, load_packs
from core.law.current import PACKS, SANDBOX_PACKS, book
from core.law.rule import BadPack, Certainty, Range, parse_rule, parse_value
from core.regions import UnknownRegion

ROOT = Path(__file__).parents[2]
SHARED = ROOT / ".." / "shared" / "rules" / "policy_parameters.csv"
BOOK = book()

# The reference list puts a category, a region or a year into some names; here these are columns.
RENAMED = {
    "T-12.price_weight_min_goods": "T-12.price_weight_min",
    "T-12.price_weight_min_services": "T-12.price_weight_min",
    "C-06.price_weight_goods": "C-06.price_weight",
    "C-06.price_weight_services": "C-06.price_weight",
    "F-05.framework_term_goods": "F-05.framework_term",
    "F-05.framework_term_services": "F-05.framework_term",
    "S-01.sme_full_reserve_goods_services": "S-01.sme_full_reserve",
    "S-01.sme_full_reserve_works": "S-01.sme_full_reserve",
    "S-02.sme_reserve_rate_works_temp": "S-02.sme_reserve_rate",
    "S-03.sme_deduct_goods_services_old": "S-03.sme_deduct",
    "S-03.sme_deduct_goods_services": "S-03.sme_deduct",
    "S-03.sme_deduct_works": "S-03.sme_deduct",
    "S-04.sme_joint_deduct_works": "S-04.sme_joint_deduct",
    "P-03.pay_after_invoice_2024": "P-03.pay_after_invoice_target",
    "G-06.central_scattered_goods_services": "G-06.scattered_limit",
    "G-06.central_scattered_works": "G-06.scattered_limit",
    "G-06.central_open_tender": "G-06.open_tender_threshold",
    "G-07.yangzhou_scattered": "G-06.scattered_limit",
    "G-07.yangzhou_scattered_works": "G-06.scattered_limit",
    "G-07.yangzhou_scattered_all": "G-06.scattered_limit",
    "G-10.yubei_subsidy_max": "G-10.subsidy_max",
    "G-10.yubei_exec_meeting": "G-10.exec_meeting",
    "G-10.yubei_party_committee": "G-10.party_committee",
    "G-10.yubei_ban": "G-10.ban_years",
}
UNITS = {"CNY": "yuan"}
SUREST = {
    "V-full": Certainty.FULL_TEXT,
    "V-art": Certainty.ARTICLE_TEXT,
    "V-art(local)": Certainty.ARTICLE_TEXT,
    "V-seed": Certainty.SOURCE_DOCUMENT,
    "V-sec": Certainty.SECONDARY_SOURCE,
    "GK": Certainty.GENERAL_KNOWLEDGE,
}
ORDER = list(Certainty)

ROW = {
    "rule_id": "Z-01.some_days",
    "value": "20",
    "unit": "day",
    "operator": ">=",
    "roll": "yes",
    "jurisdiction": "CN",
    "level": "",
    "category": "goods",
    "method": "",
    "since": "2020-01-01",
    "effective_to": "2021-01-01",
    "name": "某期限",
    "citation": "某法第一条",
    "certainty": "full text",
}


def reference_rows():
    with SHARED.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared reference folder is not here")
@pytest.mark.parametrize(
    "row", reference_rows() if SHARED.is_file() else [], ids=lambda r: f"{r['rule_id']}.{r['param']}"
)
def test_every_parameter_of_the_reference_is_in_a_pack_and_no_surer_than_there(row):
    name = f"{row['rule_id']}.{row['param']}"
    value = Fraction(2, 3) if row["value"] == "0.6667" else parse_value(row["value"])
    found = [
        rule
        for rule in BOOK.rules
        if rule.id == RENAMED.get(name, name)
        and rule.value == value
        and rule.unit == UNITS.get(row["unit"], row["unit"])
        and rule.operator == row["operator"]
        and (not row["effective_from"] or rule.since == date.fromisoformat(row["effective_from"]))
    ]
    assert found, f"{name} is in no pack"
    for rule in found:
        assert ORDER.index(rule.certainty) >= ORDER.index(SUREST[row["verification"]])


def test_every_rule_says_where_it_is_written_and_how_sure_it_is():
    assert len(BOOK.rules) > 130
    for rule in BOOK.rules:
        assert rule.citation
        assert rule.name
        assert rule.certainty is not Certainty.DEMONSTRATION
        assert rule.roll is False or rule.unit == "day"


def test_values_are_exact_numbers_ranges_or_days():
    assert parse_value("20") == 20
    assert parse_value("0.02") == Decimal("0.02")
    assert parse_value("2/3") == Fraction(2, 3)
    assert parse_value("0.10..0.20") == Range(Decimal("0.10"), Decimal("0.20"))
    assert parse_value("2017-09-01") == date(2017, 9, 1)
    assert Decimal("0.10") in Range(Decimal("0.10"), Decimal("0.20"))
    assert Decimal("0.201") not in Range(Decimal("0.10"), Decimal("0.20"))
    for bad in ("", "x", "1e3", "0.2..0.1", "1/0", "NaN", "2026-13-01"):
        with pytest.raises((ValueError, ZeroDivisionError)):
            parse_value(bad)


@pytest.mark.parametrize(
    ("change", "loads"),
    [
        ({"since": "2021-01-01", "effective_to": ""}, True),
        ({"since": "2020-12-31", "effective_to": ""}, False),
        ({"since": "2019-01-01", "effective_to": "2020-01-01"}, True),
        ({"since": "2019-01-01", "effective_to": "2020-01-02"}, False),
        ({"category": "services works"}, True),
        ({"category": "services goods"}, False),
        ({"category": ""}, False),
        ({"level": "central"}, False),
        ({"jurisdiction": "500000"}, True),
        ({"rule_id": "Z-01.other_days"}, True),
    ],
)
def test_two_values_for_one_case_do_not_load(change, loads):
    one, other = parse_rule(ROW), parse_rule({**ROW, **change})
    for pair in ((one, other), (other, one)):
        if loads:
            assert len(LawBook.of(pair).rules) == 2
        else:
            with pytest.raises(BadPack, match="says two things"):
                LawBook.of(pair)


@pytest.mark.parametrize(
    "change",
    [
        {"rule_id": "9-01.x"},
        {"rule_id": "L-9"},
        {"operator": "=="},
        {"roll": "no"},
        {"unit": ""},
        {"citation": ""},
        {"value": "0.1..0.2"},
        {"operator": "in"},
        {"since": ""},
        {"effective_to": "2020-01-01"},
        {"value": "many"},
        {"certainty": "sure"},
        {"name": ""},
        {"jurisdiction": ""},
    ],
)
def test_a_row_that_cannot_be_read_does_not_load_and_names_its_line(tmp_path, change):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    for path, row in ((good, ROW), (bad, {**ROW, **change})):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(ROW))
            writer.writeheader()
            writer.writerow(row)
    assert len(load_packs([good]).rules) == 1
    with pytest.raises(BadPack, match=r"bad\.csv, line 2"):
        load_packs([bad])


@pytest.mark.parametrize("change", [{"category": "weapons"}, {"level": "world"}, {"method": "barter"}])
def test_a_scope_that_no_table_knows_does_not_load(change):
    with pytest.raises(BadPack, match="unknown"):
        LawBook.of([parse_rule({**ROW, **change})])


def test_a_region_that_does_not_exist_does_not_load():
    with pytest.raises(UnknownRegion):
        LawBook.of([parse_rule({**ROW, "jurisdiction": "999999"})])


def test_demonstration_packs_load_only_where_asked_for():
    paths = sorted(PACKS.glob("*.csv"))
    demonstration = sorted(SANDBOX_PACKS.glob("*.csv"))
    assert len(demonstration) == 2
    for path in demonstration:
        with pytest.raises(BadPack, match="demonstration"):
            load_packs([*paths, path])
        assert load_packs([*paths, path], sandbox=True).rules
    with pytest.raises(BadPack, match="demonstration"):
        LawBook.of([parse_rule({**ROW, "certainty": "demonstration"})])
    with pytest.raises(ValueError, match="not loaded"):
        BOOK.law(date(2026, 1, 1), sandbox=True)


def test_the_sandbox_shortens_every_period_of_days_to_seconds():
    demo = book(sandbox=True)
    short = [rule for rule in demo.rules if rule.jurisdiction == "sandbox"]
    assert {rule.unit for rule in short} == {"second"}
    long = [rule for rule in BOOK.rules if rule.unit in {"day", "workday", "minute"}]
    for rule in long:
        match = [
            one
            for one in short
            if one.id == rule.id and (one.category, one.method) == (rule.category, rule.method)
        ]
        assert len(match) == 1, rule.id
        assert match[0].operator == rule.operator
        assert 0 < match[0].value <= 3600
    assert {rule.id for rule in short} == {rule.id for rule in long}


def test_a_regulator_can_add_a_rule_but_not_contradict_one():
    threshold = next(r for r in BOOK.rules if r.id == "G-06.scattered_limit" and r.jurisdiction == "321000")
    chongqing = replace(threshold, jurisdiction="500000", value=700_000)
    assert len(BOOK.extended([chongqing]).rules) == len(BOOK.rules) + 1
    with pytest.raises(BadPack):
        BOOK.extended([chongqing, replace(chongqing, value=800_000)])
    assert all(rule.jurisdiction != "500000" for rule in BOOK.rules)


def test_packs_hold_no_overlap_however_it_is_looked_for():
    groups = {}
    for rule in BOOK.rules:
        groups.setdefault((rule.id, rule.jurisdiction), []).append(rule)
    for group in groups.values():
        for one, other in combinations(group, 2):
            for day in {one.since, other.since}:
                cases = product(one.level | {None}, one.category | {None}, one.method | {None})
                assert not any(one.holds(day, *case) and other.holds(day, *case) for case in cases)


def test_the_committed_register_is_what_the_packs_give():
    committed = (ROOT / "docs" / "legal" / "rules.md").read_text(encoding="utf-8")
    assert committed == register.render(BOOK)
    for rule in BOOK.rules:
        assert f"`{rule.id}`" in committed
        assert rule.citation in committed


def test_the_register_lists_what_is_not_verified_as_such():
    text = register.render(BOOK)
    line = next(row for row in text.splitlines() if row.startswith("| `A-01.low_avg_rate`"))
    assert "低于50%" in line
    assert line.endswith("| 仅见于转引资料，未见原文 |")
    national = [rule for rule in BOOK.rules if rule.jurisdiction == NATIONAL]
    assert text.count("| 已对照法规全文核实 |") == 1 + sum(
        r.certainty is Certainty.FULL_TEXT for r in national
    )


def test_the_register_can_be_printed_without_django():
    code = (
        "import sys\nfrom core.law.__main__ import main\n"
        "status = main(['register'])\nsys.exit(9 if 'django' in sys.modules else status)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == register.render(BOOK)
    wrong = subprocess.run(
        [sys.executable, "-m", "core.law", "x"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, wrong.stdout, len(wrong.stderr.splitlines())) == (2, "", 1)
