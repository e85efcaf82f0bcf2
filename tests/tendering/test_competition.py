"""A second competition keeps to its framework agreement: each rule alone, and the page on which the agreement is chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from contracting.facts import AgreementFacts, AgreementItemTerms, EntrantFacts, PriceFacts
from core.audit.models import Entry
from core.law import current
from core.money import UnitPrice, Yuan
from evaluation.rules import over_unit_ceiling
from tendering import competition_rules
from tendering.competition_facts import CompetitionFacts
from tendering.models import Competition
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate
from tests.factories import mall
from tests.factories import tendering as make
from tests.tendering.test_check import AROUND, GOOD, LOT, NOW, TODAY

LAW = current.law(TODAY, "330100", None, "goods", "second_competition")


def entrant(no: int, status: str = "admitted", item: str = "1") -> EntrantFacts:
    price = PriceFacts(no, item, "便携式计算机", "A02010108", "台", UnitPrice("6000"), UnitPrice("5000"))
    return EntrantFacts(
        id=uuid4(), agreement_id=uuid4(), agreement_no="KJ", no=no, supplier_id=uuid4(), supplier_name=f"{no}",
        status=status, cap=Yuan(9), drawn=Yuan(0), admitted_at=NOW, rank=None, prices=(price,),
    )  # fmt: skip


AGREEMENT = AgreementFacts(
    id=uuid4(), agreement_no="KJ", title="框架", title_en="", ocid="o", organiser_id=uuid4(), organiser_name="集采",
    category="goods", region="330100", market="e_mall", status="active", starts_at=NOW - timedelta(days=1),
    ends_at=NOW + timedelta(days=1), cap=Yuan(1500), drawn=Yuan(500), answer_hours=48, law_as_of=TODAY, notice_id=None,
    selection="competition", items=(AgreementItemTerms("1", "A02010108", "便携式计算机", "台", UnitPrice("6000")),),
    entrants=(entrant(1), entrant(2)),
)  # fmt: skip
CHOSEN = CompetitionFacts(AGREEMENT.id, "KJ", "框架", "o", "e_mall", {"1-1": "1"})
CALL = replace(GOOD, method="second_competition", deductions={}, competition=CHOSEN)


@pytest.mark.parametrize(
    ("over", "agreed", "expected"),
    [
        ({}, {}, []),
        ({"competition": None}, {}, ["no-agreement"]),
        ({"lots": (LOT, replace(LOT, no="2"))}, {}, ["one-lot-per-competition", "item-not-in-agreement"]),
        ({"deductions": {"small_micro": "0.10"}}, {}, ["deduction-in-competition"]),
        ({"budget": Yuan("1000.01")}, {}, ["above-agreement-cap"]),
        ({}, {"selection": "direct"}, ["agreement-other-way"]),
        ({}, {"ends_at": NOW}, ["agreement-not-in-force"]),
        ({"wanted_due_at": NOW + timedelta(days=1)}, {}, ["agreement-not-in-force"]),
        ({}, {"status": "closed"}, ["agreement-not-in-force"]),
        ({}, {"items": (replace(AGREEMENT.items[0], unit="套"),)}, ["item-not-in-agreement"]),
        ({}, {"entrants": (entrant(1, "expelled"), entrant(2, item="2"))}, ["nobody-to-call"]),
        ({}, {"entrants": (entrant(1), entrant(2, "named"))}, ["one-to-call"]),
    ],
)
def test_what_keeps_a_call_from_being_published(
    over: dict[str, Any], agreed: dict[str, Any], expected: list[str]
) -> None:
    around = replace(AROUND, agreement=replace(AGREEMENT, **agreed))
    found = list(competition_rules.competition(replace(CALL, **over), LAW, around))
    assert [issue.code for issue in found] == expected
    assert [issue.code for issue in found if not issue.blocking] in ([], ["one-to-call"])
    assert list(competition_rules.competition(replace(GOOD, **over), LAW, around)) == [], (
        "others are not asked"
    )


@pytest.mark.parametrize(("price", "out"), [("5100.00", False), ("5100.01", True), (None, True)])
def test_the_own_agreed_price_caps_a_quote(price: str | None, out: bool) -> None:
    rows = [] if price is None else [{"item": "1", "unit_price": price}]
    bid = SimpleNamespace(sheet={"prices": rows})
    assert over_unit_ceiling(LOT, bid, {"1": UnitPrice("5100")}) is out


@pytest.mark.django_db
def test_the_agreement_is_chosen_on_its_page_or_nothing_is(cast: Any, at: Any, settings: Any) -> None:
    evaluate.begin_spring(settings, at)
    direct = mall.agreement(cast.agency, cast.supplier_a)
    made = mall.agreement(cast.agency, cast.supplier_a, cast.supplier_b, selection="competition")
    tender = make.draft(cast.purchaser, make.plan(cast.purchaser, method="second_competition"))
    assert set(tender.deductions.values()) == {"0", "additive"}
    browser, page = evaluate.client_of(cast.purchaser), f"/tenders/{tender.id}/competition/"
    given = {"version": tender.version, "item_1-1": f"{made.id}:1"}
    before = Entry.objects.count()
    for change in (
        {"item_1-1": ""},
        {"item_1-1": f"{direct.id}:1"},
        {"item_1-1": f"{made.id}:2"},
        {"version": 99},
    ):
        assert browser.post(page, {**given, **change}).status_code == 422, change
    assert evaluate.client_of(cast.outsider).post(page, given).status_code == 404
    assert (Competition.objects.count(), Entry.objects.count()) == (0, before)
    assert browser.post(page, given).status_code in (302, 303)
    chosen = tender_facts(tender.id)
    assert chosen.competition is not None
    assert (chosen.competition.agreement_no, chosen.competition.items) == (made.agreement_no, {"1-1": "1"})
    assert (chosen.lots[0].items[0].ceiling, chosen.version) == (UnitPrice("6000"), tender.version + 1)
    assert chosen.lots[0].items[0].quantity == Decimal(200)
    other = make.draft(cast.purchaser)
    assert browser.get(f"/tenders/{other.id}/competition/").status_code == 404
