"""Ask one bidder in writing, take its signed answer, and find whether a very low quote is explained."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.facts import OpenedBidFacts
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.transitions import follow
from evaluation import prices, questions
from evaluation.models import Opinion, Panel, Question
from evaluation.selectors import compliance, members_of
from evaluation.services.panels import seat_of
from evaluation.states import QUESTION_STEPS, MemberStatus, QuestionKind, QuestionStatus
from parties.access import Actor
from parties.services import inbox, signing
from parties.states import Kind
from realtime.services import push
from tendering import selectors as tendering
from tendering.facts import TenderFacts

LONGEST = 5000
ASKED_IN_WORDS = frozenset({QuestionKind.CLARIFY, QuestionKind.LOW_QUOTE})
RULES = {QuestionKind.CLARIFY: "T-19", QuestionKind.LOW_QUOTE: "T-20", QuestionKind.CORRECTION: prices.RULE}
ASKED_FOR = {
    False: (
        gettext_noop("Answer the panel’s question about your bid for “%(tender)s”"),
        gettext_noop("It has asked you in writing; without a signed answer it judges what it has."),
    ),
    True: (
        gettext_noop("Confirm the corrected price of your bid for “%(tender)s”"),
        gettext_noop(
            "Your price contradicts itself. Without your signed confirmation in time the bid is invalid."
        ),
    ),
}
"""What the bidder's inbox says, and why: of a question, and of a correction of its price."""


@transaction.atomic
def ask(
    *, actor: Actor, panel_id: uuid.UUID, bid_id: uuid.UUID, kind: str, text: str, minutes: int
) -> Question:
    """Ask a bidder in writing, as a member: it alone is told, and answers within the minutes and never less than the law's.

    A low quote is asked about while its bid meets the conditions, once at a time. Raises NotFound, WrongState, Invalid.
    Source: 财政部令第87号第五十一条, 第六十条; 财库〔2026〕2号.
    """
    panel, member = seat_of(actor, panel_id)
    bid = questions.bid_of(panel, bid_id)
    if member.status != MemberStatus.DECLARED or bid is None or kind not in ASKED_IN_WORDS:
        raise NotFound()
    tender = tendering.tender_facts(panel.tender_id)
    rule = RULES[QuestionKind(kind)]
    if panel.status not in questions.OPEN_IN:
        raise WrongState(gettext_noop("Bidders are asked during the review and the scoring."), rule=rule)
    if kind == QuestionKind.LOW_QUOTE and (bid.quote is None or not compliance(panel, tender)[bid_id]):
        raise WrongState(gettext_noop("Only a quote that is known and in the race is explained."), rule=rule)
    if panel.questions.filter(bid_id=bid_id, kind=kind, status=QuestionStatus.ASKED).exists():
        raise WrongState(gettext_noop("This bidder has not answered the last question yet."), rule=rule)
    if not text.strip() or len(text) > LONGEST:
        raise Invalid(
            errors={"text": gettext_noop("Write between 1 and %(longest)s characters.")}, longest=LONGEST
        )
    if not 1 <= minutes <= questions.MOST_MINUTES:
        raise Invalid(errors={"minutes": gettext_noop("Give between one minute and three days.")})

    return put(actor, panel, tender, bid, QuestionKind(kind), text.strip(), minutes)


def put(
    actor: Actor,
    panel: Panel,
    tender: TenderFacts,
    bid: OpenedBidFacts,
    kind: QuestionKind,
    text: str,
    minutes: int,
    correction: dict[str, Any] | None = None,
) -> Question:
    """Put a question to its bidder, into its inbox with the time it has."""
    now = clock.now()
    question = Question.objects.create(
        panel=panel,
        bid_id=bid.bid_id,
        supplier_id=bid.supplier_id,
        kind=kind,
        text=text,
        correction=correction,
        asked_by=actor.label,
        asked_at=now,
        due_at=questions.due(tendering.law_of(tender.id), now, minutes),
    )
    facts = {"price": correction["total"]} if correction is not None else {}
    say_so(actor, question, "ask", due_at=question.due_at.isoformat(), **facts)
    title, why = ASKED_FOR[correction is not None]
    inbox.assign(
        key=_key(question),
        org_id=question.supplier_id,
        kind=Kind.SUPPLIER,
        title=title,
        why=why,
        url=reverse("evaluation:own_questions", args=[tender.id]),
        due_at=question.due_at,
        rule=RULES[kind],
        tender=tender.title,
    )
    return question


@transaction.atomic
def draft(*, actor: Actor, tender_id: uuid.UUID, question_id: uuid.UUID, text: str) -> Question:
    """Keep the bidder's answer before it is signed: nobody of the panel reads it. Raises NotFound, WrongState, Invalid."""
    question = _own(actor, tender_id, question_id)
    follow(QUESTION_STEPS, question.status, "draft_answer")
    in_time(question)
    if not text.strip() or len(text) > LONGEST:
        raise Invalid(
            errors={"text": gettext_noop("Write between 1 and %(longest)s characters.")}, longest=LONGEST
        )
    if question.kind == QuestionKind.CORRECTION and text.strip() not in {prices.CONFIRM, prices.REFUSE}:
        raise Invalid(errors={"text": gettext_noop("Choose whether you confirm the corrected price.")})
    question.answer = text.strip()
    question.digest = questions.digest_of(question)
    question.save(update_fields=["answer", "digest"])
    say_so(actor, question, "draft_answer", told=False)
    return question


@transaction.atomic
def answer(*, actor: Actor, tender_id: uuid.UUID, question_id: uuid.UUID, credential: Any) -> Question:
    """Sign the answer that was written: it is the panel's to read, and binds.

    A corrected price binds once it is confirmed; a bid whose price is not confirmed is invalid. Raises NotFound, WrongState,
    NotSigned.   Source: 财政部令第87号第五十九条.
    """
    question = _own(actor, tender_id, question_id)
    corrected = question.kind == QuestionKind.CORRECTION
    step = follow(QUESTION_STEPS, question.status, "confirm" if corrected else "answer")
    in_time(question)
    if not question.answer:
        raise WrongState(gettext_noop("Write the answer first."), rule=step.rule)
    signature = signing.finish(
        actor.require_user(),
        bytes.fromhex(question.digest),
        credential,
        purpose=questions.purpose_of(question),
    )
    question.status, question.signature = QuestionStatus(step.target), dict(signature)
    question.answered_by, question.answered_at = actor.label, clock.now()
    facts: dict[str, Any] = {}
    if corrected:
        question.accepted, question.decided_at = question.answer == prices.CONFIRM, question.answered_at
        facts = {"confirmed": question.accepted}
    question.save()
    say_so(actor, question, step.verb, answer=question.digest, **facts)
    settled(question)
    return question


@transaction.atomic
def find(
    *, actor: Actor, panel_id: uuid.UUID, question_id: uuid.UUID, accepts: bool, reason: str
) -> Question:
    """Say, as a member, whether a low quote is explained; the majority decides, and the others' view stays on record.

    After the answer, or after its time has passed without one. Raises NotFound, WrongState, Invalid.
    Source: 财政部令第87号第六十条 (不能证明其报价合理性的，作为无效投标处理), 第六十一条.
    """
    panel, member = seat_of(actor, panel_id)
    question = Question.objects.select_for_update().filter(pk=question_id, panel=panel).first()
    if question is None or member.status != MemberStatus.DECLARED or question.kind != QuestionKind.LOW_QUOTE:
        raise NotFound()
    step = follow(QUESTION_STEPS, question.status, "find")
    if panel.status not in questions.OPEN_IN:
        raise WrongState(gettext_noop("The report is made already."), rule=step.rule)
    if question.status == QuestionStatus.ASKED and clock.now() < question.due_at:
        raise WrongState(gettext_noop("The bidder still has time to answer."), rule=step.rule)
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why: the report gives every member’s reason.")})
    Opinion.objects.update_or_create(
        question=question,
        member=member,
        defaults={"accepts": accepts, "reason": reason.strip()[:500], "at": clock.now()},
    )
    said = list(question.opinions.values_list("accepts", flat=True))
    needed = len(members_of(panel)) // 2 + 1
    if max(said.count(True), said.count(False)) >= needed:
        question.status, question.decided_at = QuestionStatus(step.target), clock.now()
        question.accepted = said.count(True) >= needed
        question.save(update_fields=["status", "decided_at", "accepted"])
        settled(question)
    say_so(
        actor, question, step.verb, accepts=accepts, reason=reason.strip()[:500], decided=question.accepted
    )
    return question


def _own(actor: Actor, tender_id: uuid.UUID, question_id: uuid.UUID) -> Question:
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    mine = {row.pk for row in questions.own(tender_id, supplier_id)}
    question = Question.objects.select_for_update().filter(pk=question_id).first()
    if question is None or question.pk not in mine:
        raise NotFound()
    Panel.objects.select_for_update().get(pk=question.panel_id)
    return question


def in_time(question: Question) -> None:
    """Refuse what comes after the time that the bidder has. Raises WrongState."""
    if clock.now() >= question.due_at:
        raise WrongState(
            gettext_noop("The time for this answer has passed."), rule=RULES[QuestionKind(question.kind)]
        )


def _key(question: Question) -> str:
    return f"tender.{question.panel.tender_id}.question.{question.pk}"


def settled(question: Question) -> None:
    """Take the question out of its bidder's inbox."""
    inbox.finish(_key(question))


def say_so(actor: Actor, question: Question, verb: str, *, told: bool = True, **facts: Any) -> None:
    """Record what was done with a question, and tell the room."""
    record(
        actor=actor.label,
        verb=verb,
        subject=f"room.{question.panel_id}",
        rule=RULES[QuestionKind(question.kind)],
        question=str(question.pk),
        text=digest(question.text).hex(),
        **facts,
    )
    if told:
        push(f"room.{question.panel_id}", f"question.{verb}", question=str(question.pk))
