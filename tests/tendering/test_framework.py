"""What a call for framework suppliers must fix: each rule alone, and the page on which it is fixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.audit.models import Entry
from core.law import current
from core.money import UnitPrice, Yuan
from tendering import framework_rules
from tendering.facts import FrameworkFacts
from tendering.framework_rules import least_elimination, months_later
from tendering.models import FrameworkCall
from tendering.selectors import tender_facts
from tendering.supplement_facts import SupplementFacts
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make
from tests.tendering.test_check import AROUND, GOOD, ITEM, LOT, NOW, TODAY
from tests.tendering.test_competition import AGREEMENT, entrant

LAW = current.law(TODAY, "330100", None, "goods", "framework")
TERMS = FrameworkFacts(Decimal("0.20"), 12, "direct")
PRICED = replace(LOT, items=(replace(ITEM, ceiling=UnitPrice("5000")),))
CALL = replace(
    GOOD,
    method="framework",
    evaluation_method="price_first",
    price_weight=Decimal(0),
    lots=(PRICED,),
    framework=TERMS,
)
ADVICE = "scheme-not-on-record"


def codes(tender: Any) -> list[str]:
    found = list(framework_rules.call(tender, LAW, AROUND))
    assert all(issue.citation for issue in found)
    assert [issue.code for issue in found if not issue.blocking] in ([ADVICE], [])
    return [issue.code for issue in found if issue.code != ADVICE]


@pytest.mark.parametrize(
    ("terms", "method", "expected"),
    [
        ({}, "price_first", []),
        ({"elimination": Decimal("0.1999")}, "price_first", ["elimination-too-low"]),
        ({"months": 13}, "price_first", ["framework-term-too-long"]),
        ({}, "quality_first", ["quality-first-without-ground"]),
        ({"quality_ground": "state_price"}, "quality_first", []),
        ({"quality_ground": "test_equipment"}, "quality_first", ["elimination-too-low"]),
        ({"quality_ground": "test_equipment", "elimination": Decimal("0.4")}, "quality_first", []),
        ({"quality_ground": "test_equipment"}, "price_first", []),
    ],
)
def test_terms_at_their_bounds(terms: dict[str, Any], method: str, expected: list[str]) -> None:
    assert codes(replace(CALL, framework=replace(TERMS, **terms), evaluation_method=method)) == expected


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"framework": None}, ["no-framework-terms"]),
        ({"lots": (LOT,)}, ["no-ceiling-unit-price"]),
        ({"lots": (PRICED, replace(PRICED, no="2"))}, []),
        (
            {
                "evaluation_method": "quality_first",
                "price_weight": Decimal(10),
                "framework": replace(TERMS, quality_ground="state_price"),
            },
            ["quality-first-with-price"],
        ),
    ],
)
def test_what_a_call_lacks(over: dict[str, Any], expected: list[str]) -> None:
    assert codes(replace(CALL, **over)) == expected
    assert list(framework_rules.call(replace(GOOD, **over), LAW, AROUND)) == [], "other methods are not asked"
    several = replace(CALL, **over, method="open_framework")
    asked = "one-lot-per-framework" in [issue.code for issue in framework_rules.call(several, LAW, AROUND)]
    assert asked is (len(several.lots) > 1), "an open one has one agreement"


@pytest.mark.parametrize(
    ("over", "left", "expected"),
    [
        ({}, 6, []),
        ({}, 7, ["enough-suppliers-left"]),
        ({"wanted_due_at": NOW + timedelta(days=1)}, 6, ["agreement-not-in-force"]),
        ({"framework": replace(TERMS, elimination=Decimal("0.3"), months=6)}, 6, ["supplement-differs"]),
        (
            {"lots": (replace(PRICED, items=(replace(ITEM, ceiling=UnitPrice("5001")),)),)},
            6,
            ["supplement-differs"],
        ),
        ({"framework": replace(TERMS, months=6), "budget": Yuan(500)}, 6, []),
    ],
)
def test_a_supplementary_call_needs_few_suppliers_left_and_the_terms_of_the_first(
    over: dict[str, Any], left: int, expected: list[str]
) -> None:
    entrants = tuple(entrant(n, "admitted" if n <= left else "expelled") for n in range(1, 11))
    about = SupplementFacts(AGREEMENT.id, "KJ", "框架", "o", AGREEMENT.ends_at, "不足")
    around = replace(AROUND, agreement=replace(AGREEMENT, entrants=entrants), first_call=CALL)
    changed = replace(CALL, **over)
    call = replace(changed, framework=replace(changed.framework, supplement=about))
    found = [issue.code for issue in framework_rules.call(call, LAW, around)]
    assert [code for code in found if code != ADVICE] == expected


def test_the_rate_and_its_rule_come_from_the_law_and_months_end_with_the_month() -> None:
    assert least_elimination(LAW, "price_first", "") == (Decimal("0.2"), "F-08.elimination_min")
    assert least_elimination(LAW, "quality_first", "test_equipment")[0] == Decimal("0.4")
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2026, 12, 5), 12) == date(2027, 12, 5)


@pytest.mark.django_db
def test_the_terms_are_fixed_on_their_page_or_nothing_is(cast: Any, at: Any, settings: Any) -> None:
    evaluate.begin_spring(settings, at)
    tender = make.draft(cast.purchaser, make.plan(cast.purchaser, method="framework"))
    browser = evaluate.client_of(cast.purchaser)
    page = f"/tenders/{tender.id}/framework/"
    shown = browser.get(f"/tenders/{tender.id}/").content.decode()
    for code in ("no-framework-terms", "no-ceiling-unit-price", ADVICE):
        assert f'data-issue="{code}"' in shown
    given = {
        "version": tender.version, "elimination": "25", "months": "12", "selection": "in_turn", "answer_hours": "24",
        "quality_ground": "", "ceiling_1-1": "5000.50",
    }  # fmt: skip
    before = Entry.objects.count()
    wrong = (
        {"elimination": "100"},
        {"months": "0"},
        {"selection": "lot"},
        {"ceiling_1-1": "0"},
        {"version": 99},
    )
    for change in wrong:
        answer = browser.post(page, {**given, **change})
        assert answer.status_code == 422, change
        assert "24" in answer.content.decode(), "what was typed stays"
    assert (FrameworkCall.objects.count(), Entry.objects.count()) == (0, before)
    assert evaluate.client_of(cast.outsider).post(page, given).status_code == 404
    assert browser.post(page, given).status_code in (302, 303)
    stated = tender_facts(tender.id)
    assert stated.framework == FrameworkFacts(Decimal("0.2500"), 12, "in_turn", "", 24)
    assert stated.lots[0].items[0].ceiling == UnitPrice("5000.50")
    other = make.draft(cast.purchaser)
    assert browser.get(f"/tenders/{other.id}/framework/").status_code == 404
