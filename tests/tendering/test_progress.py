"""The later steps: each possible where the table says so, and nowhere else; how a procedure ends."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from bidding.keeper.entries import read_entry as read_log_entry
from bidding.keeper.entries import read_place
from core.audit.models import Entry
from core.errors import Invalid, WrongState
from core.ledger import selectors as ledger
from core.money import Yuan
from core.timers.models import Timer
from disclosure.models import Notice, Record
from parties.access import CLOCK
from planning import services as planning
from planning.selectors import budget_facts, plan_facts
from planning.states import PlanStatus
from realtime.models import Event
from tendering import services as tendering
from tendering.selectors import open_tenders, tender_facts, tender_of_plan
from tendering.services import BeforeDeadline, amending, progress, publishing
from tendering.services.drafting import save_lot
from tendering.states import STEPS, TERMINAL, TenderStatus
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
CALLS = {
    "edit": lambda t, a: save_lot(actor=a, tender_id=t.id, no="1", title="一", budget=t.budget),
    "publish": lambda t, a: publishing.publish(actor=a, tender_id=t.id),
    "amend": lambda t, a: amending.amend(actor=a, tender_id=t.id, reason="改", texts={"need": "改"}),
    "close": lambda t, a: progress.close(actor=CLOCK, tender_id=t.id),
    "mark_opened": lambda t, a: progress.mark_opened(actor=CLOCK, tender_id=t.id),
    "mark_evaluated": lambda t, a: progress.mark_evaluated(actor=a, tender_id=t.id),
    "mark_awarded": lambda t, a: progress.mark_awarded(actor=a, tender_id=t.id),
    "set_aside": lambda t, a: progress.set_aside(
        actor=a, tender_id=t.id, reason="成交供应商拒绝签订合同", rule="L-23"
    ),
    "mark_contracted": lambda t, a: progress.mark_contracted(actor=a, tender_id=t.id),
    "fail": lambda t, a: progress.fail(actor=CLOCK, tender_id=t.id, reason="不足三家"),
    "cancel": lambda t, a: progress.cancel(actor=a, tender_id=t.id, reason="任务取消"),
}


def test_the_table_names_every_verb_and_each_pair_once() -> None:
    assert {step.verb for step in STEPS} == set(CALLS)
    pairs = [(str(source), step.verb) for step in STEPS for source in step.sources]
    assert len(pairs) == len(set(pairs))
    assert not any(source in TERMINAL for step in STEPS for source in step.sources)


@pytest.mark.parametrize("status", sorted({str(step.target) for step in STEPS} | {str(TenderStatus.DRAFT)}))
def test_every_pair_of_state_and_verb_is_in_the_table_or_refused(cast: Any, at: Any, status: str) -> None:
    tender = make.tender(cast.purchaser, status, at)
    assert tender.status == status
    allowed = {step.verb for step in STEPS if status in step.sources}
    for verb in CALLS.keys() - allowed:
        before = (Entry.objects.count(), Event.objects.count(), ledger.size())
        with pytest.raises(WrongState):
            CALLS[verb](tender, cast.purchaser)
        assert tender_facts(tender.id) == tender
        assert (Entry.objects.count(), Event.objects.count(), ledger.size()) == before


@pytest.mark.parametrize(
    ("status", "verb"),
    [(s, step.verb) for step in STEPS for s in sorted(map(str, step.sources)) if step.verb != "close"],
)
def test_every_step_of_the_table_leads_where_it_says(cast: Any, at: Any, status: str, verb: str) -> None:
    tender = make.tender(cast.purchaser, status, at)
    target = next(str(step.target) for step in STEPS if step.verb == verb)
    CALLS[verb](tender, cast.purchaser)
    assert tender_facts(tender.id).status == target
    last = Entry.objects.filter(subject=tender.source).order_by("-seq").first()
    assert last is not None
    assert last.rule


@pytest.mark.parametrize(("late", "closes"), [(timedelta(seconds=-30), False), (timedelta(0), True)])
def test_closing_is_possible_from_the_deadline_on(cast: Any, at: Any, late: timedelta, closes: bool) -> None:
    tender = make.published(cast.purchaser)
    at(tender.bids_due_at + late)
    before = Entry.objects.count()
    with nullcontext() if closes else pytest.raises(BeforeDeadline):
        tendering.close(tender_id=tender.id, actor=CLOCK)
    assert tender_facts(tender.id).status == ("closed" if closes else "open")
    assert Entry.objects.count() - before == (1 if closes else 0)
    assert len(open_tenders()) == (0 if closes else 1)


@pytest.mark.parametrize(
    ("status", "verb", "kind"), [("closed", "fail", "failure"), ("open", "cancel", "cancellation")]
)
def test_who_ends_a_procedure_says_so_in_public_and_frees_the_plan(
    cast: Any, at: Any, settings: Any, status: str, verb: str, kind: str
) -> None:
    tender = make.tender(cast.purchaser, status, at)
    CALLS[verb](tender, cast.purchaser)
    notice = Notice.objects.get(type=kind)
    assert notice.facts["reason"] in {"不足三家", "任务取消"}
    assert any(word in Record.objects.get(pk=tender.ocid).compiled for word in ("unsuccessful", "cancelled"))
    assert plan_facts(tender.plan_id).status == PlanStatus.FILED
    assert tender_of_plan(tender.plan_id) is None
    entries = [read_log_entry(ledger.entry(n), settings.LEDGER_ORIGIN) for n in range(ledger.size())]
    place = read_place(
        [entry for entry in entries if entry], str(tender.id), "1", "single", signers=[], supervisors=[]
    )
    assert place.cancelled
    assert not Timer.objects.filter(verb="bidding.close", done_at=None).exists() or verb == "fail"


def test_a_procedure_that_fails_after_the_opening_does_not_cancel_its_bids(cast: Any, at: Any) -> None:
    tender = make.tender(cast.purchaser, "opened", at)
    size = ledger.size()
    progress.fail(tender_id=tender.id, actor=CLOCK, reason="不足三家")
    assert ledger.size() == size


def test_a_cancelled_draft_needs_no_notice(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    progress.cancel(tender_id=tender.id, actor=cast.purchaser, reason="任务取消")
    assert not Notice.objects.exists()
    assert ledger.size() == 0


def test_nobody_ends_a_procedure_without_a_reason(cast: Any) -> None:
    tender = make.published(cast.purchaser)
    with pytest.raises(Invalid):
        progress.cancel(tender_id=tender.id, actor=cast.purchaser, reason="  ")
    assert tender_facts(tender.id) == tender
    assert Notice.objects.count() == 1


def test_a_plan_can_be_tendered_again_after_a_failure_as_another_process(cast: Any, at: Any) -> None:
    first = make.tender(cast.purchaser, "failed", at)
    again = make.draft(cast.purchaser, plan_facts(first.plan_id))
    assert again.project_no == f"{first.project_no}-2"
    assert again.ocid != first.ocid
    assert budget_facts(first.budget_line_id).reserved == first.budget


@pytest.mark.requirement("S003-15")
def test_what_was_saved_goes_back_to_the_budget_when_everything_is_contracted(cast: Any, at: Any) -> None:
    tender = make.tender(cast.purchaser, "awarded", at)
    price = Yuan("1000000.00")
    planning.commit(actor_label="test", source=f"plan.{tender.plan_id}", amount=price)
    progress.mark_contracted(tender_id=tender.id, actor=cast.purchaser)
    line = budget_facts(tender.budget_line_id)
    assert (line.committed, line.reserved, line.available) == (price, Yuan(0), tender.budget - price)
    assert plan_facts(tender.plan_id).status == PlanStatus.DONE
