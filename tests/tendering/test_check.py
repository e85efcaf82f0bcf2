"""What stands between a draft and its publication: each rule alone, at its boundary, with its citation."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.law import current
from core.money import Yuan
from core.workdays import BEIJING, beijing_date
from tendering.facts import CriterionFacts, DocumentFacts, ItemFacts, LotFacts, TenderFacts
from tendering.issues import CITATIONS, Surroundings
from tendering.rules import INTENTION_ENFORCED, due_after_amendment, earliest_due, issues_before_publish

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "rules" / "examples.json"


TODAY = NOW.date()


def law(day: date = TODAY, category: str = "goods", **over: Any) -> Any:
    return current.law(day, "330100", None, category, "open_tender", **over)


def criterion(id: str, kind: str, points: str = "0") -> CriterionFacts:
    return CriterionFacts(id=id, name=id, kind=kind, max=Decimal(points), guide="按响应程度")


ITEM = ItemFacts("1", "A02010108", "2022", "便携式计算机", "笔记本", "14 英寸", Decimal(1), "台")
LOT = LotFacts("1", "第一包", "", Yuan(1000), Yuan(900), (ITEM,))
GOOD = TenderFacts(
    id=uuid4(), ocid="o", project_no="p", title="采购", title_en="", status="draft", purchaser_id=uuid4(),
    purchaser_name="学校", agency_id=None, agency_name="", method="open_tender", category="goods", region="330100",
    budget_level="", budget=Yuan(1000), ceiling=Yuan(900), need="电脑", delivery="三十日内", payment="",
    advance_percent=Decimal(0),
    published_at=None, bids_due_at=None, opens_at=None, wanted_due_at=None, gathering_seconds=60, version=1,
    approved=True, documents_until=None, law_as_of=None, law_digest="", notice_id=None, notice_hash="",
    notice_version=0, sandbox=False, evaluation_method="weighted_score", price_weight=Decimal(30),
    price_formula="order87", deductions={"small_micro": "0.10", "consortium": "0.04", "domestic": "0.20"},
    ties="lower_quote_then_parallel", budget_line_id=uuid4(), plan_id=uuid4(), lots=(LOT,),
    criteria=(
        criterion("S1", "subjective", "50"), criterion("O1", "objective", "20"),
        criterion("Q1", "qualification"), criterion("C1", "conformity"),
    ),
    documents=(DocumentFacts(uuid4(), "a.pdf", "biddingDocuments", "application/pdf", 1, "0" * 64, NOW),),
)  # fmt: skip
AROUND = Surroundings(
    now=NOW,
    plan_amount=Yuan(1000),
    intention_at=NOW - timedelta(days=31),
    wanted_due_at=None,
    keepers=3,
    keepers_needed=2,
    keepers_may_serve=True,
    approved=True,
)


def codes(tender: TenderFacts = GOOD, around: Surroundings = AROUND, **law_over: Any) -> list[str]:
    return [issue.code for issue in issues_before_publish(tender, law(**law_over), around)]


def test_nothing_stands_between_a_complete_draft_and_its_publication() -> None:
    assert codes() == []


CASES: list[tuple[str, dict[str, Any]]] = [
    ("no-title", {"title": " "}),
    ("no-need", {"need": ""}),
    ("no-delivery", {"delivery": ""}),
    ("no-budget", {"budget": Yuan(0), "ceiling": None}),
    ("budget-over-plan", {"budget": Yuan("1000.01")}),
    ("ceiling-over-budget", {"ceiling": Yuan("1000.01")}),
    ("no-lots", {"lots": ()}),
    ("lots-do-not-add-up", {"lots": (replace(LOT, budget=Yuan("999.99")),)}),
    ("lot-without-items", {"lots": (replace(LOT, items=()),)}),
    ("lot-without-budget", {"lots": (LOT, replace(LOT, no="2", budget=Yuan(0), ceiling=None))}),
    ("lot-ceiling-over-budget", {"lots": (replace(LOT, ceiling=Yuan("1000.01")),)}),
    ("no-qualification", {"criteria": GOOD.criteria[:2] + GOOD.criteria[3:]}),
    ("no-conformity", {"criteria": GOOD.criteria[:3]}),
    ("scores-do-not-add-up", {"price_weight": Decimal("30.01")}),
    ("formula-unknown", {"price_formula": "order214"}),
    ("scores-without-scoring", {"evaluation_method": "lowest_evaluated_price"}),
    ("deduction-out-of-range", {"deductions": {**GOOD.deductions, "small_micro": "0.21"}}),
    ("deduction-out-of-range", {"deductions": {**GOOD.deductions, "consortium": "0.03"}}),
    ("deduction-out-of-range", {"deductions": {**GOOD.deductions, "domestic": "0.19"}}),
    ("deduction-out-of-range", {"deductions": {}}),
    ("no-document", {"documents": ()}),
    ("agency-is-purchaser", {"agency_id": GOOD.purchaser_id}),
]


@pytest.mark.parametrize(("code", "change"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_each_fault_is_named_with_its_citation(code: str, change: dict[str, Any]) -> None:
    found = issues_before_publish(replace(GOOD, **change), law(), AROUND)
    assert code in {issue.code for issue in found}
    for issue in found:
        assert issue.citation
        assert issue.message % issue.facts if issue.facts else issue.message


@pytest.mark.parametrize(
    ("code", "change", "blocking"),
    [
        ("not-approved", {"approved": False}, True),
        ("too-few-keepers", {"keepers": 2}, True),
        ("too-few-keepers", {"keepers_needed": 1}, True),
        ("keepers-not-independent", {"keepers_may_serve": False}, True),
        ("no-intention", {"intention_at": None}, False),
        ("intention-too-late", {"intention_at": NOW - timedelta(days=29)}, False),
    ],
)
def test_surroundings_are_checked_too(code: str, change: dict[str, Any], blocking: bool) -> None:
    (issue,) = issues_before_publish(GOOD, law(), replace(AROUND, **change))
    assert (issue.code, issue.blocking) == (code, blocking)


@pytest.mark.parametrize(("at", "code"), [(None, "no-intention"), (NOW, "intention-too-late")])
def test_where_a_place_enforces_it_no_notice_follows_without_an_intention_or_a_reason(
    at: datetime | None, code: str
) -> None:
    around = replace(AROUND, intention_at=at)
    strict = law()
    strict = replace(
        strict, rules={**strict.rules, INTENTION_ENFORCED: replace(strict.cite(INTENTION_ENFORCED), value=1)}
    )
    (issue,) = issues_before_publish(GOOD, strict, around)
    assert (issue.code, issue.blocking, issue.citation) == (code, True, "财库〔2020〕10号")
    assert issues_before_publish(GOOD, strict, replace(around, intention_excused=True)) == []


@pytest.mark.parametrize(("days", "late"), [(30, False), (29, True)])
def test_an_intention_thirty_days_before_is_early_enough(days: int, late: bool) -> None:
    found = codes(around=replace(AROUND, intention_at=NOW - timedelta(days=days)))
    assert found == (["intention-too-late"] if late else [])


@pytest.mark.parametrize(
    ("category", "weight", "allowed"),
    [("goods", "30", True), ("goods", "29.99", False), ("services", "10", True), ("services", "9.99", False)],
)
def test_the_price_counts_at_least_what_the_law_asks(category: str, weight: str, allowed: bool) -> None:
    tender = replace(
        GOOD,
        category=category,
        price_weight=Decimal(weight),
        criteria=(criterion("S1", "subjective", str(100 - Decimal(weight))), *GOOD.criteria[2:]),
        deductions={**GOOD.deductions, **({} if category == "goods" else {"domestic": "0"})},
    )
    assert codes(tender, category=category) == ([] if allowed else ["price-weight-too-low"])


def test_the_law_of_the_day_decides_which_deductions_there_are() -> None:
    before = date(2022, 6, 30)
    tender = replace(GOOD, deductions={"small_micro": "0.10", "consortium": "0.03", "domestic": "0"})
    assert codes(tender, day=before) == []
    assert codes(tender, day=date(2022, 7, 1)) == ["deduction-out-of-range"]
    assert "deduction-without-law" in codes(replace(tender, deductions=GOOD.deductions), day=before)


@pytest.mark.parametrize(
    ("issued", "earliest"),
    [
        (date(2026, 2, 3), date(2026, 2, 24)),
        (date(2026, 9, 15), date(2026, 10, 8)),
        (date(2026, 9, 1), date(2026, 9, 21)),
    ],
)
def test_bids_have_twenty_days_and_no_deadline_on_a_holiday(issued: date, earliest: date) -> None:
    start = datetime.combine(issued, datetime.min.time(), BEIJING) + timedelta(hours=15)
    due = earliest_due(law(issued), "L-09.bid_min_days", start)
    assert (beijing_date(due), due.astimezone(BEIJING).hour) == (earliest, 9)
    for day, fits in ((earliest, True), (earliest - timedelta(days=1), False)):
        wanted = datetime.combine(day, datetime.min.time(), BEIJING) + timedelta(hours=23)
        around = replace(AROUND, now=start, wanted_due_at=wanted, intention_at=start - timedelta(days=60))
        assert ("bid-time-too-short" not in codes(around=around, day=issued)) is fits


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the folder ../shared is not beside the repository")
def test_worked_examples_of_bid_times_and_amendments_hold() -> None:
    rows = {row["id"]: row for row in json.loads(EXAMPLES.read_text())}
    bid = rows["DL-03"]
    start = datetime.fromisoformat(bid["start"]).replace(tzinfo=BEIJING)
    due = earliest_due(law(start.date()), "L-09.bid_min_days", start)
    assert due.astimezone(BEIJING).date().isoformat() == bid["last_day"]
    amended = rows["AM-02"]
    at = datetime.fromisoformat(amended["amend_date"]).replace(tzinfo=BEIJING)
    old = datetime.fromisoformat(amended["orig_deadline"]).replace(tzinfo=BEIJING)
    end = law(at.date()).end_of("L-11.amend_before_deadline", at)
    assert end.last_day.isoformat() == amended["earliest_deadline"]
    assert (due_after_amendment(law(at.date()), "L-11.amend_before_deadline", at, old) != old) is amended[
        "must_extend"
    ]


@pytest.mark.parametrize(
    ("amended", "due", "then"),
    [("2026-09-01", "2026-09-14", "2026-09-16"), ("2026-09-01", "2026-09-16", "2026-09-16"),
     ("2026-02-05", "2026-02-24", "2026-02-24"), ("2026-09-01", "2026-09-15", "2026-09-16")],
)  # fmt: skip
def test_an_amendment_leaves_fifteen_days_at_the_same_hour(amended: str, due: str, then: str) -> None:
    at = datetime.fromisoformat(amended).replace(hour=17, tzinfo=BEIJING)
    old = datetime.fromisoformat(due).replace(hour=14, minute=30, tzinfo=BEIJING)
    new = due_after_amendment(law(at.date()), "L-11.amend_before_deadline", at, old)
    assert new == datetime.fromisoformat(then).replace(hour=14, minute=30, tzinfo=BEIJING)


@given(days=st.integers(0, 300), hours=st.integers(0, 60 * 24), late=st.integers(0, 40 * 24 * 60))
def test_a_deadline_only_ever_moves_later(days: int, hours: int, late: int) -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=days, minutes=hours)
    old = at + timedelta(minutes=late + 1)
    new = due_after_amendment(law(beijing_date(at)), "L-11.amend_before_deadline", at, old)
    assert new >= old
    assert due_after_amendment(law(beijing_date(at)), "L-11.amend_before_deadline", at, new) == new


def test_a_year_without_a_calendar_stops_publication() -> None:
    december = datetime(2027, 12, 20, tzinfo=UTC)
    found = codes(
        around=replace(AROUND, now=december, intention_at=december - timedelta(days=90)), day=december.date()
    )
    assert "calendar-unknown" in found


def test_every_citation_belongs_to_a_rule() -> None:
    assert all(text.strip() for text in CITATIONS.values())
