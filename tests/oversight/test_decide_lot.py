"""A complaint upheld about one lot acts on that lot alone: the other one keeps its award and its signed contract."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracting.models import Contract
from contracting.services import contracts
from core.audit.models import Entry
from core.errors import Invalid
from core.money import Yuan
from disclosure.models import Notice
from disclosure.selectors.open_data import compiled_of
from evaluation import selectors as evaluation
from evaluation.services import panels
from evaluation.timers import contracted
from oversight.disputes_page import effects
from oversight.services import challenges, deciding
from parties.access import CLOCK
from parties.models import InboxItem
from parties.services import inbox
from tendering import failed_lots
from tendering.selectors import tender_facts
from tendering.services import again, drafting, progress, publishing
from tests.factories import bidding as bids
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make
from tests.oversight.test_dispute import challenge, complain
from tests.scenes import scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def spring(settings: Any, at: Any) -> None:
    evaluate.begin_spring(settings, at)


@pytest.fixture
def decided(cast: Any, at: Any) -> Any:
    """Two lots are awarded; the contract of lot 1 is signed, that of lot 2 waits; a complaint is accepted."""
    return scene(("two lots decided", cast.purchaser.user_id), lambda: build(cast, at))


def build(cast: Any, at: Any) -> Any:
    draft = make.complete_draft(cast.purchaser, ceiling=None)
    for no, budget in (("1", "980000"), ("", "220000")):
        drafting.save_lot(
            actor=cast.purchaser, tender_id=draft.id, no=no, title=f"包{no or 2}", budget=Yuan(budget)
        )
    drafting.save_item(
        actor=cast.purchaser, tender_id=draft.id, lot_no="2", item_key=make.LAPTOPS, name="打印机", spec="A4",
        quantity="10", unit="台",
    )  # fmt: skip
    tender = publishing.publish(actor=cast.purchaser, tender_id=draft.id)
    at(tender.bids_due_at + timedelta(minutes=1))
    rows = [
        bids.opened_bid(tender, who, price, lot)
        for lot, prices in (
            ("1", ("4500.00", "4700.00", "4800.00")),
            ("2", ("20000.00", "20500.00", "21000.00")),
        )
        for who, price in zip((cast.supplier_a, cast.supplier_b, cast.supplier_c), prices, strict=True)
    ]
    progress.close(tender_id=tender.id, actor=CLOCK)
    progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    made = evaluate.Evaluation(tender_facts(tender.id), cast.purchaser, rows)
    made.panel_id = panels.draw(
        actor=made.host, tender_id=tender.id, representative_id=cast.purchaser.user_id
    ).pk
    made.begin_scoring()
    made.score_all()
    made.report()
    made.sign_all()
    made.decide()
    first, _second = evaluation.awards_of(tender.id)
    for actor in (cast.supplier_a, cast.purchaser):
        found = Contract.objects.get(pk=first.contract_id)
        touched = made.credential(
            actor.user_id, bytes.fromhex(found.terms_hash), contracts.purpose_of(found.pk)
        )
        contracts.sign(actor=actor, contract_id=found.pk, credential=touched)
    contracted(f"award.{first.pk}")
    row = challenge(cast.supplier_b, made.tender, "result")
    challenges.reply(actor=cast.purchaser, challenge_id=row.pk, outcome="rejected", reply="业绩属实。")
    made.complaint = complain(cast.supplier_b, row)
    deciding.accept(actor=cast.supervisor, complaint_id=made.complaint.pk)
    return made


def test_one_lot_is_run_again_and_the_signed_one_stands(cast: Any, decided: Any, signed_in: Any) -> None:
    page = reverse("oversight:complaint", args=[decided.complaint.pk])
    shown = signed_in(cast.supervisor).get(page).content.decode()
    assert 'name="lots"' in shown
    assert 'value="void_again"' in shown
    before = Entry.objects.count(), Notice.objects.count()
    said = {
        "actor": cast.supervisor,
        "complaint_id": decided.complaint.pk,
        "outcome": "upheld",
        "findings": "业绩不实。",
    }
    for effect, lots in (
        ("void_again", ()),
        ("void_again", ("1",)),
        ("void_again", ("1", "2")),
        ("rescind", ("2",)),
        ("none", ("2",)),
        ("void_again", ("3",)),
    ):
        with pytest.raises(Invalid):
            deciding.decide(**said, effect=effect, lots=lots)
    assert (Entry.objects.count(), Notice.objects.count()) == before

    answer = signed_in(cast.supervisor).post(
        reverse("oversight:complaint_do", args=[decided.complaint.pk, "decide"]),
        {"outcome": "upheld", "effect": "void_again", "lots": ["2"], "findings": "业绩不实。"},
    )
    assert answer.status_code == 303
    [standing] = evaluation.awards_of(decided.tender.id)
    [void] = evaluation.set_aside_of(decided.tender.id)
    assert (standing.lot, void.lot, void.void_rule) == ("1", "2", "Q-09")
    assert Contract.objects.get(pk=standing.contract_id).status == "signed"
    assert Contract.objects.get(pk=void.contract_id).status == "void"
    decision = Notice.objects.get(type="complaint_decision")
    assert decision.facts["lots"] == ["2"]
    assert Notice.objects.get(type="failure").facts["lots"] == ["2"]
    awards = {row["id"]: row["status"] for row in (compiled_of(decided.tender.ocid) or {})["awards"]}
    assert (awards[str(standing.pk)], awards[str(void.pk)]) == ("active", "cancelled")
    assert tender_facts(decided.tender.id).status == "awarded"
    contracted(f"award.{standing.pk}")
    assert tender_facts(decided.tender.id).status == "contracted"

    [failed] = failed_lots.of_tender(decided.tender.id)
    assert (failed.no, failed.taken_by) == ("2", None)
    new = again.tender_again(actor=cast.purchaser, tender_id=decided.tender.id)
    assert ([lot.no for lot in new.lots], new.budget) == (["2"], Yuan("220000"))


def test_one_lot_gets_its_next_candidate_and_the_signed_one_stands(cast: Any, decided: Any) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = effects(decided.complaint)
    assert ("void_next" in found["effects"], [no for no, _ in found["lots"]]) == (True, ["1", "2"])
    assert sum('FROM "contracting_contract"' in one["sql"] for one in asked) == 1, (
        "whatever the number of lots"
    )
    keys = [f"tender.{decided.tender.id}.refused.{row.pk}" for row in evaluation.awards_of(decided.tender.id)]
    for key in keys:
        inbox.assign(key=key, title="x", url="/x", org_id=cast.purchaser.org_id)
    deciding.decide(
        actor=cast.supervisor, complaint_id=decided.complaint.pk, outcome="upheld", findings="业绩不实。",
        effect="void_next", lots=("2",),
    )  # fmt: skip
    left = InboxItem.objects.filter(key__in=keys, done_at=None).values_list("key", flat=True)
    assert list(left) == keys[:1], "what the other lot waits for still waits"
    assert tender_facts(decided.tender.id).status == "evaluated"
    decided.decide()
    now = {row.lot: row.supplier_id for row in evaluation.awards_of(decided.tender.id)}
    assert now == {"1": cast.supplier_a.org_id, "2": cast.supplier_b.org_id}
    assert Contract.objects.filter(status="signed").count() == 1
    assert Contract.objects.filter(status="formed").count() == 1
