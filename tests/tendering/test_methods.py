"""Methods as data: every record complete, every status and verb decided, every method above the threshold approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.errors import WrongState
from core.law import current
from core.law.book import scopes
from core.money import Yuan
from core.transitions import follow
from disclosure.states import METHODS as NAMED
from parties.models import Organisation
from planning.states import PLANNED
from tendering import method_rules
from tendering.facts import ApprovalFacts, TermFacts
from tendering.methods import METHODS, RUN, Method, method_of
from tendering.models import Approval
from tendering.services import publishing
from tendering.states import TERMINAL, TenderStatus
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make
from tests.tendering.test_check import AROUND, GOOD

TODAY = date(2026, 9, 1)
VERBS = sorted({step.verb for method in METHODS.values() for step in method.steps})


def law(method: str, category: str = "goods", region: str = "330100", level: str = "city") -> Any:
    return current.law(date(2026, 10, 1) if method == "emergency" else TODAY, region, level, category, method)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_rule_of_a_record_holds_for_its_method_and_says_where_it_is_written(method: Method) -> None:
    assert method.code in scopes()["method"]
    assert NAMED[method.code][1] == method.name
    assert method.rules
    for rule in method.rules:
        held = [law(method.code, category) for category in ("goods", "services")]
        assert any(one.has(rule) and one.cite(rule).citation for one in held), rule


@pytest.mark.requirement("S001-44")
def test_a_plan_names_a_method_that_runs() -> None:
    assert set(PLANNED) == RUN
    assert {"open_tender", "restricted_tender", "negotiation", "single_source", "quotation"} <= RUN


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_status_and_verb_is_allowed_once_or_refused(method: Method) -> None:
    allowed = [(source, step.verb) for step in method.steps for source in step.sources]
    assert len(allowed) == len(set(allowed))
    for status in TenderStatus:
        for verb in VERBS:
            if (status, verb) in allowed:
                assert follow(method.steps, status, verb).target in TenderStatus
            else:
                with pytest.raises(WrongState):
                    follow(method.steps, status, verb)
    assert not any(status in TERMINAL for status, _ in allowed)
    reached = {step.target for step in method.steps} | {TenderStatus.DRAFT}
    assert {status for status, _ in allowed} <= reached, "a step from where nobody comes"
    assert TERMINAL <= reached


@pytest.mark.parametrize(
    ("method", "ground", "approvals", "count"),
    [
        ("open_tender", "", (), 3),
        ("quotation", "", (), 3),
        ("negotiation", "no_bids", (), 3),
        ("negotiation", "no_bids", ("two_suppliers",), 2),
        ("consultation", "complex", (), 3),
        ("consultation", "price_unknown", (), 3),
        ("consultation", "works", ("two_suppliers",), 3),
        ("consultation", "purchased_service", (), 2),
        ("consultation", "social_capital", (), 2),
        ("consultation", "research", (), 2),
        ("framework", "", (), 2),
    ],
)
def test_fewer_suppliers_go_on_only_where_the_law_lets_them(
    method: str, ground: str, approvals: tuple[str, ...], count: int
) -> None:
    held = law(method, "services")
    assert method_of(method).fewest(held, ground, frozenset(approvals), valid=True)[0] == count


@pytest.mark.parametrize(
    ("method", "ground", "terms", "codes"),
    [
        ("negotiation", "", (), ["no-ground", "nothing-changeable"]),
        ("negotiation", "research", (1,), ["no-ground"]),
        ("negotiation", "urgent", (1,), []),
        ("consultation", "research", (), ["nothing-changeable"]),
        ("open_tender", "", (), []),
    ],
)
def test_a_document_for_rounds_states_its_ground_and_lists_what_can_change(
    method: str, ground: str, terms: tuple[int, ...], codes: list[str]
) -> None:
    listed = tuple(TermFacts(no, "technical", "内存", "不低于 16 GB") for no in terms)
    tender = replace(GOOD, method=method, ground=ground, terms=listed)
    found = list(method_rules.rounds(tender, law(method), AROUND))
    assert [issue.code for issue in found] == codes
    assert [issue.blocking for issue in found] == [code == "no-ground" for code in codes]


@pytest.mark.parametrize(
    ("category", "weight", "approved", "codes"),
    [
        ("goods", "30", False, []),
        ("goods", "25", False, ["price-weight-too-low"]),
        ("goods", "60", False, []),
        ("goods", "61", False, ["price-weight-too-high"]),
        ("services", "35", False, ["price-weight-too-high"]),
        ("services", "35", True, []),
        ("services", "10", False, []),
    ],
)
def test_the_price_of_a_consultation_weighs_within_its_range_or_with_approval(
    category: str, weight: str, approved: bool, codes: list[str]
) -> None:
    paper = ApprovalFacts(1, "price_weight", "财采〔2026〕9号", "市财政局", TODAY, "批复.pdf", "0" * 64)
    rest = [row for row in GOOD.criteria if row.max == 0]
    points = replace(GOOD.criteria[0], max=Decimal(100) - Decimal(weight))
    tender = replace(
        GOOD,
        method="consultation",
        category=category,
        evaluation_method="consultation_score",
        price_formula="order214",
        price_weight=Decimal(weight),
        criteria=(points, *rest),
        approvals=(paper,) if approved else (),
    )
    held = law("consultation", category)
    assert [issue.code for issue in method_rules.criteria(tender, held, AROUND)] == codes


@pytest.mark.parametrize(
    ("method", "budget", "code"),
    [
        ("open_tender", "99000000.00", None),
        ("quotation", "1999999.99", None),
        ("quotation", "2000000.00", "method-not-approved"),
        ("single_source", "2000000.00", "method-not-approved"),
    ],
)
def test_above_the_threshold_another_method_needs_an_approval(
    method: str, budget: str, code: str | None
) -> None:
    tender = replace(GOOD, method=method, budget=Yuan(budget))
    found = list(method_rules.approvals(tender, law(method), AROUND))
    assert [issue.code for issue in found] == ([code] if code else [])
    assert all("第二十七条" in issue.citation for issue in found)


@pytest.mark.parametrize(
    ("method", "codes"),
    [("quotation", ["two-envelopes-not-here"]), ("open_tender", ["evaluation-not-of-method"])],
)
def test_one_quote_has_one_envelope_and_each_method_its_own_comparison(method: str, codes: list[str]) -> None:
    conditions = tuple(row for row in GOOD.criteria if row.max == 0)
    tender = replace(
        GOOD, method=method, evaluation_method="lowest_final_quote", criteria=conditions, two_envelopes=True
    )
    assert [issue.code for issue in method_rules.criteria(tender, law(method), AROUND)] == codes


@pytest.mark.django_db
def test_an_approval_is_recorded_with_its_paper_and_opens_the_way(cast: Any, at: Any, settings: Any) -> None:
    evaluate.begin_spring(settings, at)
    Organisation.objects.filter(pk=cast.purchaser.org_id).update(budget_level="city")
    filed = make.plan(cast.purchaser, "2500000.00", method="quotation")
    tender = make.draft(cast.purchaser, filed)
    page = f"/tenders/{tender.id}/"
    browser = evaluate.client_of(cast.purchaser)
    shown = browser.get(page).content.decode()
    assert 'data-issue="method-not-approved"' in shown
    assert 'data-rule="N-03.inquiry_min"' in shown
    with pytest.raises(publishing.NotReady) as refused:
        publishing.publish(actor=cast.purchaser, tender_id=tender.id)
    assert "method-not-approved" in refused.value.facts["issues"]

    paper = {
        "kind": "method",
        "number": "财采〔2026〕7号",
        "authority": "杭州市财政局",
        "decided_on": "2026-03-01",
    }
    late = {**paper, "decided_on": "2026-03-03", "file": SimpleUploadedFile("批复.pdf", b"%PDF-1.7 x")}
    assert browser.post(f"{page}approval/", late).status_code == 422
    assert browser.post(f"{page}approval/", paper).status_code == 422, "no paper"
    assert Approval.objects.count() == 0
    sent = {**paper, "file": SimpleUploadedFile("批复.pdf", b"%PDF-1.7 x")}
    assert browser.post(f"{page}approval/", sent).status_code == 303
    shown = browser.get(page).content.decode()
    assert 'data-issue="method-not-approved"' not in shown
    assert "财采〔2026〕7号" in shown
