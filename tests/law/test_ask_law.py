"""Asking the law: what held on that day and place, with its citation, and where a period ends."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from core.law.book import Law, NoSuchRule
from core.law.current import book, law
from core.law.rule import BadPack, Certainty
from core.money import Yuan
from core.regions import UnknownRegion
from core.workdays import BEIJING, UnknownYear

SHARED = Path(__file__).parents[2] / ".." / "shared" / "rules" / "examples.json"
TODAY = date(2026, 11, 21)
OPEN_GOODS = law(TODAY, "500112", "county", "goods", "open_tender")


def beijing(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BEIJING)


def test_a_value_comes_with_its_unit_and_citation():
    rule = OPEN_GOODS.cite("L-09.bid_min_days")
    assert (rule.value, rule.unit, rule.operator) == (20, "day", ">=")
    assert (rule.citation, rule.certainty, rule.since) == (
        "《政府采购法》第三十五条",
        Certainty.FULL_TEXT,
        date(2003, 1, 1),
    )
    assert OPEN_GOODS.value("L-13.bid_bond_max_rate") == Decimal("0.02")
    assert OPEN_GOODS.count("T-10.committee_min") == 5
    assert OPEN_GOODS.rate("T-10.expert_share") == Fraction(2, 3)
    assert OPEN_GOODS.yuan("T-10.committee_large_budget") == Yuan("10000000.00")
    assert Decimal("0.15") in OPEN_GOODS.span("S-03.sme_deduct")


def test_asking_for_the_wrong_kind_of_value_is_an_error():
    with pytest.raises(TypeError):
        OPEN_GOODS.count("L-13.bid_bond_max_rate")
    with pytest.raises(TypeError):
        OPEN_GOODS.rate("S-03.sme_deduct")
    with pytest.raises(TypeError):
        OPEN_GOODS.span("L-09.bid_min_days")
    with pytest.raises(TypeError):
        OPEN_GOODS.yuan("L-09.bid_min_days")
    with pytest.raises(TypeError):
        OPEN_GOODS.end_of("L-13.bid_bond_max_rate", TODAY)
    with pytest.raises(TypeError):
        OPEN_GOODS.end_of("A-05.low_explain_min", TODAY)


def test_a_rule_that_does_not_hold_is_refused_by_name():
    with pytest.raises(NoSuchRule) as refused:
        OPEN_GOODS.value("N-02.negotiation_min")
    assert refused.value.rule == "N-02.negotiation_min"
    assert OPEN_GOODS.has("N-02.negotiation_min") is False
    assert law(TODAY, method="negotiation").count("N-02.negotiation_min") == 3


@pytest.mark.parametrize(
    ("day", "category", "low", "high"),
    [
        ("2022-06-30", "goods", "0.06", "0.10"),
        ("2022-07-01", "goods", "0.10", "0.20"),
        ("2022-07-01", "services", "0.10", "0.20"),
        ("2022-07-01", "works", "0.03", "0.05"),
    ],
)
def test_a_value_is_that_of_its_day_and_category(day, category, low, high):
    span = law(date.fromisoformat(day), category=category).span("S-03.sme_deduct")
    assert (span.low, span.high) == (Decimal(low), Decimal(high))


def test_low_quotes_are_measured_only_since_the_rule_is_in_force():
    assert not law(date(2026, 1, 31)).has("A-01.low_avg_rate")
    assert law(date(2026, 2, 1)).rate("A-01.low_avg_rate") == Decimal("0.50")


@pytest.mark.parametrize(
    ("day", "region", "category", "limit"),
    [
        ("2025-12-31", "321000", "services", "500000"),
        ("2025-12-31", "321000", "works", "600000"),
        ("2026-01-01", "321000", "works", "1000000"),
        ("2026-01-01", "321002", "goods", "1000000"),
        ("2026-01-01", "320100", "goods", "300000"),
    ],
)
def test_a_region_overrides_those_above_it(day, region, category, limit):
    found = law(date.fromisoformat(day), region, "city", category)
    assert found.yuan("G-06.scattered_limit") == Yuan(limit)


@pytest.mark.requirement("S002-41", "S004-01")
@pytest.mark.parametrize(
    ("item", "rule", "operator", "value", "unit", "category", "methods"),
    [
        ("采购意向", "D-01.intention_before", ">=", 30, "day", "goods", ["open_tender"]),
        ("招标、资格预审公告", "T-02.tender_notice_period", "=", 5, "workday", "goods", ["open_tender", "restricted_tender"]),
        ("谈判、磋商、询价公告", "D-03.nontender_notice_period", "=", 3, "workday", "goods",
         ["negotiation", "consultation", "quotation"]),
        ("单一来源公示", "L-18.single_source_notice_min", ">=", 5, "workday", "goods", ["single_source"]),
        ("采购结果", "L-16.result_notice", "<=", 2, "workday", "services", ["open_tender"]),
        ("中标结果公告期限", "T-24.result_notice_period", "=", 1, "workday", "goods", ["open_tender"]),
        ("采购合同", "L-20.contract_notice", "<=", 2, "workday", "works", ["open_tender", "single_source"]),
        ("公共服务验收结果", "D-09.acceptance_notice", "<=", 2, "workday", "services", ["open_tender"]),
        ("投诉、监督检查处理结果", "D-10.regulatory_notice", "<=", 5, "workday", "goods", ["open_tender"]),
    ],
)  # fmt: skip
def test_each_item_that_is_disclosed_has_its_period_with_its_source(
    item, rule, operator, value, unit, category, methods
):
    for method in methods:
        found = law(TODAY, "330100", "city", category, method).cite(rule)
        assert (found.operator, found.value, found.unit) == (operator, value, unit), item
        assert found.citation.startswith(
            ("《政府采购法", "财政部令", "财库〔2015〕135号", "财库〔2020〕10号")
        ), item
        end = law(TODAY, "330100", "city", category, method).end_of(rule, beijing(2026, 9, 29, 9))
        assert end.ends_at > beijing(2026, 9, 29, 9)


@pytest.mark.requirement("S002-44")
@pytest.mark.parametrize(("day", "holds"), [("2017-08-31", False), ("2017-09-01", True)])
def test_records_of_orders_are_public_since_the_first_of_september_2017(day, holds):
    for method in ("mall", "framework"):
        there = law(date.fromisoformat(day), "220000", "province", "goods", method)
        assert there.has("D-14.mall_disclosure_from") is holds
        if holds:
            rule = there.cite("D-14.mall_disclosure_from")
            assert rule.value == rule.since == date(2017, 9, 1)
            assert rule.citation == "财库〔2017〕86号"


@pytest.mark.requirement("S001-78")
def test_the_trial_measure_of_a_district_ends_unless_renewed():
    def subsidy(day: str, region: str, sandbox: bool = False) -> bool:
        return law(date.fromisoformat(day), region, "county", "services", sandbox=sandbox).has(
            "G-10.subsidy_max"
        )

    assert subsidy("2015-09-25", "500112")
    assert not subsidy("2015-09-26", "500112")
    assert not subsidy("2015-09-25", "500113")
    assert subsidy("2026-11-21", "500112", sandbox=True)
    assert not subsidy("2026-11-21", "500113", sandbox=True)


def test_an_open_question_gets_only_what_holds_for_every_answer():
    assert not law(TODAY).has("G-06.scattered_limit")
    assert not law(TODAY).has("L-09.bid_min_days")
    assert law(TODAY).has("L-13.bid_bond_max_rate")


@pytest.mark.parametrize(
    "question", [{"level": "world"}, {"category": "weapons"}, {"method": "barter"}, {"category": ""}]
)
def test_a_question_that_no_table_knows_is_refused(question):
    with pytest.raises(ValueError, match="law packs"):
        law(TODAY, **question)
    with pytest.raises(UnknownRegion):
        law(TODAY, "999999")


def test_a_method_may_be_asked_for_by_its_short_name():
    assert law(TODAY, method="open") == law(TODAY, method="open_tender")
    assert law(TODAY, method="restricted").has("L-08.invited_min")


def test_the_digest_is_that_of_the_values():
    assert len(OPEN_GOODS.digest) == 64
    same = law(date(2026, 11, 22), "500112", "county", "goods", "open_tender")
    assert same.digest == OPEN_GOODS.digest
    assert law(date(2026, 1, 31), "500112", "county", "goods", "open_tender").digest != OPEN_GOODS.digest
    assert law(TODAY, "500112", "county", "services", "open_tender").digest != OPEN_GOODS.digest


def test_a_law_can_be_restored_from_its_snapshot_whatever_the_packs_become():
    restored = Law.from_snapshot(OPEN_GOODS.snapshot(), TODAY)
    assert restored.digest == OPEN_GOODS.digest
    assert restored.value("T-10.expert_share") == Fraction(2, 3)
    start = beijing(2026, 2, 3, 11)
    assert (
        restored.end_of("L-09.bid_min_days", start).ends_at
        == OPEN_GOODS.end_of("L-09.bid_min_days", start).ends_at
    )
    for bad in ("", "{}", "[1]", '[{"rule_id": "L-09.bid_min_days"}]'):
        with pytest.raises(BadPack):
            Law.from_snapshot(bad, TODAY) if bad != "{}" else Law.from_snapshot('{"a": 1}', TODAY)


def test_what_was_given_cannot_be_changed():
    with pytest.raises(TypeError):
        OPEN_GOODS.rules["L-09.bid_min_days"] = OPEN_GOODS.cite("L-10.doc_provision_min")
    with pytest.raises(AttributeError):
        OPEN_GOODS.as_of = TODAY


@pytest.mark.parametrize(
    ("rule", "start", "last", "category", "method"),
    [
        ("L-09.bid_min_days", beijing(2026, 2, 3, 23, 59), "2026-02-24", "goods", "open_tender"),
        ("L-09.bid_min_days", datetime(2026, 2, 2, 16, 0, tzinfo=UTC), "2026-02-24", "goods", "open_tender"),
        ("L-10.doc_provision_min", beijing(2026, 9, 28), "2026-10-10", "goods", "open_tender"),
        ("L-16.result_notice", beijing(2026, 2, 13, 9), "2026-02-24", "goods", "open_tender"),
        ("L-27.query_reply", beijing(2026, 9, 29, 9), "2026-10-14", "goods", "open_tender"),
        ("L-27.complaint_decide", beijing(2026, 1, 30, 9), "2026-03-19", "goods", "open_tender"),
        ("C-02.consult_min", beijing(2026, 9, 28, 9), "2026-10-08", "services", "consultation"),
        ("N-03.inquiry_min", beijing(2026, 4, 30, 9), "2026-05-08", "goods", "quotation"),
        ("P-04.sme_pay", beijing(2026, 1, 20, 9), "2026-02-19", "goods", "open_tender"),
        ("L-20.contract_file", beijing(2026, 2, 12, 9), "2026-02-28", "goods", "open_tender"),
    ],
)
def test_a_period_ends_at_the_midnight_after_its_last_day(rule, start, last, category, method):
    end = law(TODAY, "500112", "county", category, method).end_of(rule, start)
    assert end.last_day == date.fromisoformat(last)
    assert end.ends_at == datetime.combine(end.last_day + timedelta(1), datetime.min.time(), BEIJING)
    assert end.ends_at.tzinfo is UTC
    assert (end.rule.id, end.provisional) == (rule, False)


def test_a_binding_end_in_an_unknown_year_is_refused():
    start = beijing(2026, 12, 29, 12)
    with pytest.raises(UnknownYear):
        OPEN_GOODS.end_of("L-10.doc_provision_min", start)
    shown = OPEN_GOODS.end_of("L-10.doc_provision_min", start, binding=False)
    assert (shown.last_day, shown.provisional) == (date(2027, 1, 6), True)


def test_a_period_reaches_back_from_what_it_precedes():
    draw = OPEN_GOODS.back_from("E-03.expert_draw_before", beijing(2026, 10, 8, 9))
    assert (draw.day, draw.begins_at) == (date(2026, 9, 29), beijing(2026, 9, 29))
    amend = OPEN_GOODS.back_from("L-11.amend_before_deadline", beijing(2026, 2, 24, 9, 30))
    assert (amend.day, amend.ends_at) == (date(2026, 2, 9), beijing(2026, 2, 10))


def test_minutes_run_from_the_instant():
    start = beijing(2026, 3, 5, 14, 10, 30)
    assert OPEN_GOODS.end_of("A-05.low_explain_min", start).ends_at == start + timedelta(minutes=30)
    with pytest.raises(TypeError):
        OPEN_GOODS.end_of("A-05.low_explain_min", datetime(2026, 3, 5, 14, 10, 30))


def test_in_the_sandbox_days_become_seconds_and_amounts_stay():
    demo = law(TODAY, "500112", "county", "goods", "open_tender", sandbox=True)
    start = beijing(2026, 12, 30, 23, 59, 50)
    end = demo.end_of("L-09.bid_min_days", start)
    assert (end.ends_at, end.rule.certainty) == (start + timedelta(seconds=20), Certainty.DEMONSTRATION)
    assert end.last_day == date(2026, 12, 31)
    assert demo.back_from("L-11.amend_before_deadline", start).begins_at == start - timedelta(seconds=15)
    assert demo.rate("L-13.bid_bond_max_rate") == OPEN_GOODS.rate("L-13.bid_bond_max_rate")
    assert demo.digest != OPEN_GOODS.digest
    assert law(TODAY, "500112", "county", "goods", "open_tender").digest == OPEN_GOODS.digest


def test_a_rule_tells_whether_a_number_satisfies_it():
    assert OPEN_GOODS.cite("L-13.bid_bond_max_rate").admits(Decimal("0.02"))
    assert not OPEN_GOODS.cite("L-13.bid_bond_max_rate").admits(Decimal("0.0201"))
    assert OPEN_GOODS.cite("L-09.bid_min_days").admits(20)
    assert not OPEN_GOODS.cite("L-09.bid_min_days").admits(19)
    assert not OPEN_GOODS.cite("A-01.low_avg_rate").admits(Decimal("0.50"))
    assert OPEN_GOODS.cite("T-02.tender_notice_period").admits(5)
    assert not OPEN_GOODS.cite("T-02.tender_notice_period").admits(6)
    assert OPEN_GOODS.cite("S-03.sme_deduct").admits(Decimal("0.20"))
    goods = law(TODAY, category="goods", method="consultation").cite("C-06.price_weight")
    assert (goods.admits(Decimal("0.25")), goods.admits(Decimal("0.30"))) == (False, True)


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared reference folder is not here")
def test_every_worked_amount_comes_out():
    cases = {case["id"]: case for case in json.loads(SHARED.read_text())}
    works = law(TODAY, category="works")
    yubei = law(TODAY, "500112", category="services", sandbox=True)
    assert works.cap("L-13.bid_bond_max_rate", Yuan("1508658.00")) == Yuan(cases["BD-01"]["max"])
    assert works.cap("L-22.supplement_max_rate", Yuan("6680000")) == Yuan(cases["SP-01"]["max"])
    assert yubei.cap("G-10.subsidy_max", Yuan("1234567.89")) == Yuan(cases["SB-02"]["max"])
    reserve = works.cap("S-02.sme_reserve_rate", Yuan("20000000"))
    assert reserve == Yuan(cases["RS-02"]["reserve"])
    assert works.cap("S-02.sme_small_micro_share", reserve) == Yuan(cases["RS-02"]["micro_small"])


def test_the_oldest_rule_answers_for_days_before_all_packs():
    assert book().earliest("S-04.sme_joint_share_min").value == Decimal("0.30")
    with pytest.raises(NoSuchRule):
        book().earliest("Z-99.nothing")
