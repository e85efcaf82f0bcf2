"""The later steps of a procedure, for the packages that decide them: close, open, evaluate, award, contract, end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, Refused, gettext_noop
from core.timers import services as timers
from core.transitions import follow
from disclosure.services import publish as publish_notice
from disclosure.states import NoticeType
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from planning import services as planning
from realtime.services import push
from tendering import end_notices
from tendering.facts import TenderFacts
from tendering.issues import CITATIONS
from tendering.methods import method_of
from tendering.models import Tender
from tendering.qualified_notice import qualified
from tendering.selectors import applications_of, call_of, facts_of, law_of, tender_facts
from tendering.services import policy
from tendering.services.failed_lots import leave_lots
from tendering.services.holds import refuse_if_held
from tendering.services.plan_money import settle
from tendering.services.publishing import CLOSE_TIMER
from tendering.states import TenderStatus

ENDED_TIMER = "bidding.ended"
_SEALED = frozenset({TenderStatus.OPEN, TenderStatus.CLOSED, TenderStatus.QUOTING, TenderStatus.QUOTED})
"""Statuses in which something is sealed that nobody has opened."""


class BeforeDeadline(Refused):
    """Periods are half-open: the deadline itself is the first instant at which bids may be closed."""

    code = "before-deadline"
    title = gettext_noop("The deadline for bids has not passed yet")


@transaction.atomic
def close(*, tender_id: UUID, actor: Actor) -> TenderFacts:
    """Stop accepting bids (投标截止), from the deadline on: a bid is on time while now < `bids_due_at`.

    The caller (bidding) has settled every bid. Where suppliers were prequalified, it is published now who qualified.
    Raises BeforeDeadline, WrongState, NotFound.
    Source: 财政部令第87号第三十三条.
    """
    tender = _lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "close")
    if tender.bids_due_at is None or clock.stamp() < tender.bids_due_at:
        due = tender.bids_due_at.isoformat() if tender.bids_due_at else ""
        raise BeforeDeadline(rule=step.rule, due=due)

    closed = _moved(tender, "close", actor, "tender.closed")
    if call_of(tender_id) is not None:
        notice = publish_notice(actor=actor, **qualified(closed, applications_of(tender_id)))
        record(
            actor=actor.label,
            verb="publish_qualified",
            subject=f"tender.{tender.pk}",
            rule="L-12",
            notice=str(notice.id),
        )
    return closed


@transaction.atomic
def begin_rounds(*, tender_id: UUID, actor: Actor) -> TenderFacts:
    """Say that the team begins to talk with the suppliers. Raises WrongState, NotFound, Held."""
    return _plain(tender_id, actor, "begin_rounds", "tender.negotiating")


@transaction.atomic
def change_term(*, tender_id: UUID, actor: Actor, no: int, text: str, reason: str) -> tuple[str, TenderFacts]:
    """Change a term that the document lists as open to change, and no other; gives the text it had before.

    Raises NotFound (no such term), WrongState, Held.   Source: 财政部令第74号第三十二条 (rule N-06).
    """
    tender = _lock(tender_id)
    refuse_if_held(tender_id)
    follow(method_of(tender.method).steps, tender.status, "change_term")
    term = tender.terms.select_for_update().filter(no=no).first()
    if term is None:
        raise NotFound()
    before, term.text = term.text, text
    term.save(update_fields=["text"])
    # What is pushed to the tender's public stream is nothing: who takes part is told on the stream of its own.
    _moved(tender, "change_term", actor, "", term=no, before=before, after=text, reason=reason)
    return before, tender_facts(tender_id)


@transaction.atomic
def call_finals(*, tender_id: UUID, actor: Actor, due_at: datetime) -> TenderFacts:
    """Call for final quotes before `due_at`: every lot's price envelope gets its sealing policy, the clock its time.

    Raises WrongState, NotFound, Held, Invalid (a time that has passed).   Source: 财政部令第74号第三十三条.
    """
    tender = _lock(tender_id)
    if due_at <= clock.stamp():
        raise Invalid(errors={"due_at": gettext_noop("This time has passed already.")})
    tender.finals_due_at = due_at
    tender.save(update_fields=["finals_due_at"])
    facts = _plain(tender_id, actor, "call_finals", "tender.quoting")
    timers.schedule(verb=CLOSE_TIMER, subject=f"tender.{tender.pk}", due_at=due_at)
    policy.append_versions(tender)
    return facts


@transaction.atomic
def close_finals(*, tender_id: UUID, actor: Actor) -> TenderFacts:
    """Stop accepting final quotes, from their deadline on. The caller (bidding) has settled every one.

    Raises BeforeDeadline, WrongState, NotFound.
    """
    tender = _lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "close_finals")
    if tender.finals_due_at is None or clock.stamp() < tender.finals_due_at:
        due = tender.finals_due_at.isoformat() if tender.finals_due_at else ""
        raise BeforeDeadline(rule=step.rule, due=due)
    return _moved(tender, "close_finals", actor, "tender.quoted")


@transaction.atomic
def mark_opened(*, tender_id: UUID, actor: Actor) -> TenderFacts:
    """Say that every bid is opened or has its verdict. Raises WrongState, NotFound."""
    return _plain(tender_id, actor, "mark_opened", "tender.opened")


@transaction.atomic
def mark_evaluated(*, tender_id: UUID, actor: Actor) -> TenderFacts:
    """Say that the evaluation report is signed. Raises WrongState, NotFound."""
    return _plain(tender_id, actor, "mark_evaluated", "tender.evaluated")


@transaction.atomic
def mark_awarded(*, tender_id: UUID, actor: Actor) -> TenderFacts:
    """Say that the winner is determined and announced: what was begun without a notice is public from then on.

    Raises WrongState, NotFound.
    """
    Tender.objects.filter(pk=tender_id, published_at=None).update(published_at=clock.now())
    return _plain(tender_id, actor, "mark_awarded", "tender.awarded")


@transaction.atomic
def set_aside(*, tender_id: UUID, actor: Actor, reason: str, rule: str) -> TenderFacts:
    """Say that an award does not stand: the tender is as evaluated again, or as negotiating with its single source.

    Raises WrongState, NotFound.

    Source: 《政府采购法实施条例》第四十九条.
    """
    tender = _lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "set_aside")
    return _moved(tender, "set_aside", actor, f"tender.{step.target}", rule=rule, reason=reason)


@transaction.atomic
def mark_contracted(*, tender_id: UUID, actor: Actor) -> TenderFacts:
    """Say that every contract is signed; what the plan has left goes back to the budget, but for lots that failed.

    Commit each contract's amount first (`planning.services.commit`, source `plan.<id>`). Raises WrongState, NotFound.
    """
    facts = _moved(_lock(tender_id), "mark_contracted", actor, "tender.contracted")
    settle(actor_label=actor.label, plan_id=facts.plan_id, source=facts.source)
    return facts


@transaction.atomic
def fail(*, tender_id: UUID, actor: Actor, reason: str, rule: str = "L-14") -> TenderFacts:
    """Declare the whole procedure failed (废标) and publish that; the plan can be taken up again.

    `reason` is a message id or plain text. Bids that are still sealed are never opened. Raises WrongState,
    NotFound, Invalid without a reason.   Source: 《政府采购法》第三十六条.
    """
    kind = method_of(tender_facts(tender_id).method).ends
    return _end(tender_id, actor, "fail", kind, reason, rule)


@transaction.atomic
def cancel(*, tender_id: UUID, actor: Actor, reason: str, rule: str = "L-14") -> TenderFacts:
    """End the procedure because its task has fallen away (终止); a published one says so in a notice.

    Bids that are still sealed are never opened. Raises WrongState, NotFound, Invalid without a reason.
    Source: 《政府采购法》第三十六条第四项.
    """
    return _end(tender_id, actor, "cancel", NoticeType.CANCELLATION, reason, rule)


def _end(tender_id: UUID, actor: Actor, verb: str, kind: NoticeType, reason: str, rule: str) -> TenderFacts:
    now = clock.now()
    tender = _lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, verb)
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    published = tender.law_as_of is not None
    sealed = tender.status in _SEALED

    notice_id = ""
    if published:
        notice = publish_notice(
            actor=actor,
            **end_notices.ended(
                facts_of(tender),
                kind=kind,
                reason=reason,
                rule=rule,
                citation=_citation(tender_id, rule),
                at=now,
            ),
        )
        notice_id = str(notice.id)
    if verb == "cancel":
        timers.drop(verb=CLOSE_TIMER, subject=f"tender.{tender.pk}")
    timers.schedule(verb=ENDED_TIMER, subject=str(tender.pk), due_at=now)
    tender.ended_reason = reason
    facts = _moved(tender, verb, actor, f"tender.{step.target}", rule=rule, reason=reason, notice=notice_id)
    if leave_lots(actor=actor, tender=tender, reason=reason):
        settle(actor_label=actor.label, plan_id=tender.plan_id, source=f"tender.{tender.pk}")
    else:
        planning.reopen_plan(actor_label=actor.label, plan_id=tender.plan_id, source=f"tender.{tender.pk}")
    _tell(tender, reason)
    if published and sealed:
        policy.append_cancellation(tender, now)
    return facts


def _plain(tender_id: UUID, actor: Actor, verb: str, event: str) -> TenderFacts:
    tender = _lock(tender_id)
    refuse_if_held(tender_id)
    return _moved(tender, verb, actor, event)


def _moved(
    tender: Tender, verb: str, actor: Actor, event: str, *, rule: str = "", **facts: Any
) -> TenderFacts:
    before = tender.status
    step = follow(method_of(tender.method).steps, before, verb)
    tender.status = TenderStatus(step.target)
    tender.save(update_fields=["status", "ended_reason"])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"tender.{tender.pk}",
        rule=rule or step.rule,
        **{"from": before, "to": str(step.target), **facts},
    )
    if event:
        push(f"tender.{tender.pk}", event)
    return tender_facts(tender.pk)


def _citation(tender_id: UUID, rule: str) -> str:
    law, method = (
        law_of(tender_id),
        method_of(Tender.objects.values_list("method", flat=True).get(pk=tender_id)),
    )
    if rule == method.failed and law.has(method.least_bidders):
        rule = method.least_bidders
    return law.cite(rule).citation if law.has(rule) else CITATIONS.get(rule, "")


def _tell(tender: Tender, reason: str) -> None:
    inbox.finish_all(f"tender.{tender.pk}.")
    for org_id, kind in ((tender.purchaser_id, Kind.PURCHASER), (tender.agency_id, Kind.AGENCY)):
        if org_id is not None:
            inbox.tell(
                key=f"tender.{tender.pk}.ended.{kind}",
                title=gettext_noop("“%(tender)s” has ended without an award"),
                url=reverse("tendering:tender", args=[tender.pk]),
                org_id=org_id,
                kind=kind,
                why=reason,
                tender=tender.title,
            )


def _lock(tender_id: UUID) -> Tender:
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    return tender
