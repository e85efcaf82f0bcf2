"""Correct a price that contradicts itself, and have its bidder confirm it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.money import BadMoney, Yuan, from_words
from core.transitions import follow
from evaluation import prices, questions
from evaluation.access import hosts
from evaluation.corrections import Corrected, Said, correct
from evaluation.models import Panel, Question
from evaluation.selectors import stored_ground
from evaluation.services import questioning
from evaluation.states import QUESTION_STEPS, MemberStatus, QuestionKind, QuestionStatus
from parties.access import Actor
from realtime.services import push
from tendering import selectors as tendering
from tendering.facts import TenderFacts


@transaction.atomic
def start(
    *,
    actor: Actor,
    panel_id: uuid.UUID,
    bid_id: uuid.UUID,
    minutes: int,
    words: str = "",
    elsewhere: str = "",
    misplaced: str = "",
) -> Question:
    """Correct a bid's price by the order of the law, as its panel or the host, and ask the bidder to confirm by signing.

    `words` is the total in capital numerals as the opening sheet has it, `elsewhere` the total that another part of the bid
    names: both are read in the bid's files. `misplaced` is the item of the misplaced decimal point, where the numbers leave a
    choice. Without its confirmation in time the bid is invalid. Raises NotFound, WrongState, Invalid, Unclear.
    Source: 财政部令第87号第五十一条, 第五十九条.
    """
    panel, tender = _judge(actor, panel_id)
    listed = prices.order(tender)
    bid = questions.bid_of(panel, bid_id)
    lot = next((one for one in tender.lots if bid is not None and one.no == bid.lot), None)
    if bid is None or lot is None:
        raise NotFound()
    if not listed:
        raise WrongState(
            gettext_noop("The law has no order of corrections for this method."), rule=prices.RULE
        )
    if panel.status not in questions.OPEN_IN:
        raise WrongState(
            gettext_noop("Prices are corrected during the review and the scoring."), rule=prices.RULE
        )
    earlier = panel.questions.filter(bid_id=bid_id, kind=QuestionKind.CORRECTION)
    if earlier.exclude(status=QuestionStatus.WITHDRAWN).exists():
        raise WrongState(
            gettext_noop("This bidder has been asked to confirm its price already."), rule=prices.RULE
        )
    what = prices.said(lot, bid, _words(words), _figure(elsewhere))
    if what is None:
        raise WrongState(gettext_noop("The price of this bid is not opened."), rule=prices.RULE)
    if not 1 <= minutes <= questions.MOST_MINUTES:
        raise Invalid(errors={"minutes": gettext_noop("Give between one minute and three days.")})
    found = correct(what, [one.code for one in listed], misplaced.strip())
    if not found.steps:
        raise Invalid(
            gettext_noop("Nothing in this price contradicts itself: there is nothing to correct."),
            rule=prices.RULE,
        )
    names = {one.code: stored_ground(one) for one in listed}
    correction = _stored(what, found, names)
    text = "；".join(names[step.code]["name"] for step in found.steps)
    return questioning.put(actor, panel, tender, bid, QuestionKind.CORRECTION, text, minutes, correction)


@transaction.atomic
def take_back(*, actor: Actor, panel_id: uuid.UUID, question_id: uuid.UUID) -> Question:
    """Take back a correction that rests on a misreading, before the bidder has answered. Raises NotFound, WrongState."""
    panel, _ = _judge(actor, panel_id)
    question = Question.objects.select_for_update().filter(pk=question_id, panel=panel).first()
    if question is None or question.kind != QuestionKind.CORRECTION:
        raise NotFound()
    step = follow(QUESTION_STEPS, question.status, "take_back")
    questioning.in_time(question)
    question.status = QuestionStatus(step.target)
    question.save(update_fields=["status"])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule=step.rule,
        question=str(question.pk),
    )
    push(f"room.{panel.pk}", "question.take_back", question=str(question.pk))
    questioning.settled(question)
    return question


def _judge(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts]:
    """Lock the panel for a member that has declared, or for the tender's host. Raises NotFound for everybody else."""
    user_id = actor.require_user()
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    tender = tendering.tender_facts(panel.tender_id)
    sits = panel.members.filter(user_id=user_id, status=MemberStatus.DECLARED).exists()
    if not sits and not hosts(actor, tender):
        raise NotFound()
    return panel, tender


def _words(text: str) -> Yuan | None:
    try:
        return from_words(text) if text.strip() else None
    except BadMoney:
        raise Invalid(
            errors={"words": gettext_noop("Write the amount as the bid does, such as 肆仟捌佰元整.")}
        ) from None


def _figure(text: str) -> Yuan | None:
    try:
        return Yuan(text.strip().replace(",", "")) if text.strip() else None
    except BadMoney:
        raise Invalid(
            errors={"elsewhere": gettext_noop("Write the amount in yuan, such as 4800.00.")}
        ) from None


def _stored(what: Said, found: Corrected, names: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "said": {
            "total": str(what.total),
            "words": str(what.words) if what.words is not None else None,
            "elsewhere": str(what.elsewhere) if what.elsewhere is not None else None,
            "unit_prices": {line.item: str(line.unit_price) for line in what.lines},
        },
        "steps": [
            {"item": step.item, "before": step.before, "after": step.after, **names[step.code]}
            for step in found.steps
        ],
        "total": str(found.total),
        "unit_prices": {line.item: str(line.unit_price) for line in found.lines},
    }
