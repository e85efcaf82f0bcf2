"""Challenges (质疑): written and signed by a supplier in time, answered by who runs the procedure in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Forbidden, Invalid, NotFound, Refused, WrongState, gettext_noop
from core.transitions import follow
from oversight import dispute_rules as rules
from oversight.models import Challenge
from oversight.selectors import disputes
from oversight.services.acting import CHALLENGE, act
from oversight.states import CHALLENGE_STEPS, EFFECT_WORDS, ChallengeStatus, Effect, Outcome, Subject
from parties.access import Actor
from parties.selectors import supervisor_of
from parties.services import inbox, signing
from parties.states import Kind
from tendering.access import runs, tender_to_challenge
from tendering.facts import TenderFacts
from tendering.selectors import law_of, tender_facts

ITEMS = ("contact", "matter", "request", "facts", "basis")
"""What a letter says beside who writes, about which procedure and when (Q-02)."""


class NotConcerned(Forbidden):
    """Steps after the documents are challenged by who took part in them."""

    code = "not-a-bidder"
    title = gettext_noop("Only a supplier that took part can challenge this step")


class TooLate(Refused):
    """The period of the law is over."""

    code = "period-over"
    title = gettext_noop("The time that the law sets is over")


@transaction.atomic
def draft(*, actor: Actor, tender_id: UUID, subject: str, **items: str) -> Challenge:
    """Write a challenge about the documents or a step of a procedure; nobody else reads it before it is submitted.

    Raises NotFound, NotConcerned (a step in which the supplier had no part), WrongState (it has not happened), TooLate,
    Invalid (an item is missing). Source: 《政府采购法》第五十二条; 财政部令第94号第十条至第十二条.
    """
    tender = tender_to_challenge(actor, tender_id)
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    _check_open(supplier_id, tender_id, subject)
    row = Challenge(
        tender_id=tender.id,
        supplier_id=supplier_id,
        subject=subject,
        created_by=actor.label,
        **checked(items),
    )
    row.save()
    record(actor=actor.label, verb="draft", subject=f"challenge.{row.pk}", rule="Q-02", tender=str(tender_id))
    return row


@transaction.atomic
def edit(*, actor: Actor, challenge_id: UUID, **items: str) -> Challenge:
    """Change a draft. Raises NotFound, WrongState, Invalid."""
    row = _own(actor, challenge_id)
    step = follow(CHALLENGE_STEPS, row.status, "edit")
    for name, value in checked(items).items():
        setattr(row, name, value)
    row.save()
    record(actor=actor.label, verb=step.verb, subject=f"challenge.{row.pk}", rule=step.rule)
    return row


def purpose_of(row: Any) -> str:
    """Give the purpose under which a letter is signed: `challenge.<id>` or `complaint.<id>`."""
    return f"{row._meta.model_name}.{row.pk}"


def letter(row: Challenge) -> dict[str, Any]:
    """Give what is signed."""
    tender = tender_facts(row.tender_id)
    return {
        "type": "mingcai/v1/challenge",
        "id": str(row.pk),
        "project_no": tender.project_no,
        "title": tender.title,
        "supplier": {"name": row.supplier.name, "credit_code": row.supplier.credit_code},
        "address": row.supplier.address,
        "subject": row.subject,
        **{name: getattr(row, name) for name in ITEMS},
    }


@transaction.atomic
def submit(*, actor: Actor, challenge_id: UUID, credential: Any) -> Challenge:
    """Sign the letter with a passkey and submit it: from now on the time for the reply runs.

    Raises NotFound, WrongState, TooLate, NotSigned.   Source: 《政府采购法》第五十二条、第五十三条.
    """
    now = clock.now()
    row = _own(actor, challenge_id)
    step = follow(CHALLENGE_STEPS, row.status, "submit")
    window = _check_open(row.supplier_id, row.tender_id, row.subject)
    row.signature = dict(
        signing.finish(actor.require_user(), digest(letter(row)), credential, purpose=purpose_of(row))
    )
    law = law_of(row.tender_id)
    reply = rules.following(law, rules.REPLY, now)
    row.status = ChallengeStatus(step.target)
    row.submitted_at, row.submitted_by = now, actor.label
    row.until, row.reply_due_at = window.until.ends_at, reply.ends_at
    row.complaint_until = rules.following(law, rules.COMPLAIN, reply).ends_at
    row.save()
    tender = tender_facts(row.tender_id)
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"challenge.{row.pk}",
        rule=step.rule,
        tender=str(row.tender_id),
        due=reply.ends_at.isoformat(),
    )
    inbox.assign(
        key=f"challenge.{row.pk}.reply",
        title=gettext_noop("Reply to a challenge against “%(tender)s”"),
        url=reverse("oversight:challenge", args=[row.pk]),
        org_id=tender.host_id,
        kind=tender.host_kind,
        why=gettext_noop("A supplier challenges the procedure. The law sets a time for the reply."),
        due_at=reply.ends_at,
        rule=rules.REPLY,
        tender=tender.title,
    )
    return row


@transaction.atomic
def reply(
    *,
    actor: Actor,
    challenge_id: UUID,
    outcome: str,
    reply: str,
    effect: str = Effect.NONE,
    lots: Sequence[str] = (),
) -> Challenge:
    """Reply to a challenge, as who runs the procedure; a late reply counts and is shown as late.

    One that is upheld acts on the procedure by itself: `effect` says how, of those that its stage leaves to the host, on
    `lots` alone or on all where none is named. A signed contract is not the host's to undo. Where the result changes, the
    supervisor is told.
    Raises NotFound, WrongState, Invalid.   Source: 《政府采购法》第五十三条; 财政部令第94号第十三条、第十六条.
    """
    now = clock.now()
    row = lock(challenge_id)
    tender = tender_facts(row.tender_id)
    if not runs(actor, tender):
        raise NotFound()
    step = follow(CHALLENGE_STEPS, row.status, "reply")
    errors = {}
    if outcome not in list(Outcome):
        errors["outcome"] = gettext_noop("Choose a result.")
    if not reply.strip():
        errors["reply"] = gettext_noop("Write the reply, with its facts and legal basis.")
    effect = effect or Effect.NONE
    possible = disputes.effects_of_reply(tender, row.subject, lots)
    errors |= disputes.wrong_with_effect(tender, effect, outcome, lots, possible)
    if errors:
        raise Invalid(errors=errors)

    row.outcome, row.reply, row.replied_at, row.replied_by = outcome, reply.strip(), now, actor.label
    row.effect, row.effect_lots = Effect(effect), sorted(lots)
    row.status = ChallengeStatus(step.target)
    row.save()
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"challenge.{row.pk}",
        rule=step.rule,
        outcome=outcome,
        effect=str(row.effect),
        **({"lots": row.effect_lots} if lots else {}),
        late=row.reply_due_at is not None and now >= row.reply_due_at,
    )
    inbox.finish(f"challenge.{row.pk}.reply")
    inbox.tell(
        key=f"challenge.{row.pk}.replied",
        title=gettext_noop("Your challenge against “%(tender)s” is answered"),
        url=reverse("oversight:challenge", args=[row.pk]),
        org_id=row.supplier_id,
        kind=Kind.SUPPLIER,
        why=gettext_noop("If the reply does not satisfy you, you can complain to the finance department."),
        due_at=row.complaint_until,
        rule=rules.COMPLAIN,
        tender=tender.title,
    )
    if row.effect != Effect.NONE:
        act(actor=actor, tender=tender, effect=row.effect, upheld=CHALLENGE, lots=lots)
        _report(tender, row)
    elif outcome != Outcome.REJECTED:
        inbox.assign(
            key=f"tender.{tender.id}.challenge.{row.pk}",
            title=gettext_noop("Put right what a challenge against “%(tender)s” found"),
            url=reverse("tendering:tender", args=[tender.id]),
            org_id=tender.purchaser_id,
            kind=Kind.PURCHASER,
            why=gettext_noop("The procedure goes on: amend what has to be put right."),
            rule="Q-04",
            tender=tender.title,
        )
    return row


def _report(tender: TenderFacts, row: Challenge) -> None:
    """Tell the finance department that a challenge changed the procedure. Source: 财政部令第94号第十六条."""
    desk = supervisor_of(tender.region)
    if desk is not None:
        inbox.tell(
            key=f"challenge.{row.pk}.changed",
            title=gettext_noop("A challenge was upheld and changes “%(tender)s”"),
            url=reverse("oversight:challenge", args=[row.pk]),
            org_id=desk,
            kind=Kind.SUPERVISOR,
            why=EFFECT_WORDS[row.effect],
            rule="Q-04",
            tender=tender.title,
        )


@transaction.atomic
def withdraw(*, actor: Actor, challenge_id: UUID) -> Challenge:
    """Take a challenge back. Raises NotFound, WrongState."""
    row = _own(actor, challenge_id)
    step = follow(CHALLENGE_STEPS, row.status, "withdraw")
    row.status = ChallengeStatus(step.target)
    row.save(update_fields=["status"])
    record(actor=actor.label, verb=step.verb, subject=f"challenge.{row.pk}")
    inbox.finish_all(f"challenge.{row.pk}.")
    return row


def checked(items: dict[str, str]) -> dict[str, str]:
    """Give the items of a letter, each with something in it. Raises Invalid for one that is missing."""
    found = {name: items.get(name, "").strip() for name in ITEMS}
    if missing := [name for name, value in found.items() if not value]:
        raise Invalid(errors=dict.fromkeys(missing, gettext_noop("The law asks for this in the letter.")))
    return found


def _check_open(supplier_id: UUID, tender_id: UUID, subject: str) -> rules.Window:
    if subject not in list(Subject):
        raise Invalid(errors={"subject": gettext_noop("Choose what the challenge is about.")})
    if subject != Subject.DOCUMENTS and not disputes.took_part(supplier_id, tender_id):
        raise NotConcerned(rule="L-27")
    window = disputes.window_for(tender_id, subject)
    if window is None:
        raise WrongState(gettext_noop("This step has not happened yet; it can be challenged once it has."))
    if clock.now() >= window.until.ends_at:
        raise TooLate(
            gettext_noop("A challenge about this was possible until %(last)s."),
            rule=rules.SUBMIT,
            last=window.until.last_day.isoformat(),
        )
    return window


def lock(challenge_id: UUID) -> Challenge:
    """Give the challenge, locked. Raises NotFound."""
    row = Challenge.objects.select_for_update().select_related("supplier").filter(pk=challenge_id).first()
    if row is None:
        raise NotFound()
    return row


def _own(actor: Actor, challenge_id: UUID) -> Challenge:
    row = lock(challenge_id)
    if row.supplier_id != actor.require_kind(Kind.SUPPLIER):
        raise NotFound()
    return row
