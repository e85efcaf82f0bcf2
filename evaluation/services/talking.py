"""One talk after the other: call a supplier, speak, write the minutes, sign them; and leave before the final quote."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.services import finals
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, WrongState, gettext_noop
from core.transitions import follow
from evaluation import access, talks
from evaluation.models import Member, Panel, Round, Said, Talk
from evaluation.services.panels import host_of, seat_of
from evaluation.states import (
    ROUND_STEPS,
    SETTLED,
    TALK_STEPS,
    MemberStatus,
    PanelStatus,
    RoundStatus,
    TalkStatus,
)
from parties.access import Actor
from parties.services import inbox, signing
from realtime.services import push
from tendering.facts import TenderFacts

LONGEST = 5000
"""Characters of one line; minutes may have ten times as many."""


class SignedAlready(Conflict):
    """This side has signed the minutes."""

    code = "signed-already"
    title = gettext_noop("Your side has signed these minutes")


@transaction.atomic
def call(*, actor: Actor, panel_id: uuid.UUID, talk_id: uuid.UUID) -> Round:
    """Call a supplier to its next round: by the host, one supplier at a time, nobody a round ahead of the others.

    Raises NotFound, WrongState.   Source: 财政部令第74号第三十一条 (集中与单一供应商分别谈判, 平等的机会).
    """
    panel, tender = host_of(actor, panel_id)
    talk = _talk(panel, talk_id)
    if panel.status != PanelStatus.TALKING or talk.status != TalkStatus.OPEN:
        raise WrongState(gettext_noop("The talks with this supplier are over."), rule="N-06")
    rows = [one for one in talks.of(panel) if one.status == TalkStatus.OPEN]
    counts = {one.pk: len(one.rounds.all()) for one in rows}
    if talks.running(panel) is not None:
        raise WrongState(
            gettext_noop(
                "The team talks with one supplier at a time: write the minutes of the round under way first."
            ),
            rule="N-06",
        )
    if counts[talk.pk] > min(counts.values()):
        raise WrongState(gettext_noop("Others have been heard less often: it is their turn."), rule="N-06")
    if talk.rounds.exclude(status__in=SETTLED).exists():
        raise WrongState(
            gettext_noop("The minutes of this supplier’s last round are not settled yet."), rule="N-06"
        )

    round = Round.objects.create(talk=talk, number=counts[talk.pk] + 1)
    _say_so(actor, round, "call", "round.began")
    inbox.assign(
        **talks.to_supplier(talk, tender, f"round.{round.number}"),
        title=gettext_noop("The team of “%(tender)s” is talking with you now"),
        why=gettext_noop("It has called you to a round of the talks."),
        rule="N-06",
    )
    return round


@transaction.atomic
def say(*, actor: Actor, talk: Talk, side: str, text: str) -> Said:
    """Add a line to the round under way, for the side that `access` gave the actor. Raises NotFound, WrongState, Invalid."""
    Panel.objects.select_for_update().get(pk=talk.panel_id)
    round = talk.rounds.order_by("-number").first()
    follow(ROUND_STEPS, round.status if round else "", "say")
    text = text.strip()
    if round is None or not text or len(text) > LONGEST:
        raise Invalid(
            errors={"text": gettext_noop("Write between 1 and %(longest)s characters.")}, longest=LONGEST
        )
    line = Said.objects.create(round=round, side=side, name=actor.name, text=text, at=clock.now())
    record(
        actor=actor.label,
        verb="say",
        subject=talks.stream(talk),
        rule="N-06",
        side=side,
        line=digest(text).hex(),
    )
    push(talks.stream(talk), "said", round=round.number, side=side)
    return line


@transaction.atomic
def write_minutes(*, actor: Actor, panel_id: uuid.UUID, talk_id: uuid.UUID, text: str) -> Round:
    """End the round under way, or write its minutes anew: what one side has signed is void then. By the host.

    Raises NotFound, WrongState, Invalid.   Source: 财政部令第74号第三十三条; 《政府采购法实施条例》 (records of a procurement).
    """
    panel, tender = host_of(actor, panel_id)
    talk = _talk(panel, talk_id)
    round = talk.rounds.select_for_update().order_by("-number").first()
    step = follow(ROUND_STEPS, round.status if round else "", "write_minutes")
    if round is None or not text.strip() or len(text) > 10 * LONGEST:
        raise Invalid(errors={"minutes": gettext_noop("Write down what was said and agreed.")})
    round.status, round.minutes, round.signatures = RoundStatus(step.target), text.strip(), {}
    round.ended_at = round.ended_at or clock.now()
    round.body = talks.body_of(round)
    round.digest = digest(round.body).hex()
    round.save()
    _say_so(actor, round, step.verb, "minutes.written", digest=round.digest)
    inbox.finish(f"{talks.key(talk)}.round.{round.number}")
    inbox.assign(
        **talks.to_supplier(talk, tender, f"minutes.{round.number}"),
        title=gettext_noop("Read and sign the minutes of your talk about “%(tender)s”"),
        why=gettext_noop("Both sides sign what was said."),
        rule="N-06",
    )
    return round


@transaction.atomic
def sign(*, actor: Actor, talk: Talk, side: str, credential: Any) -> Round:
    """Sign the minutes of the last round for one's side; the second signature settles them.

    Raises NotFound (the team's side is signed by its members), WrongState, SignedAlready, NotSigned.
    """
    Panel.objects.select_for_update().get(pk=talk.panel_id)
    if side == talks.TEAM:
        seat_of(actor, talk.panel_id)
    round = talk.rounds.select_for_update().order_by("-number").first()
    follow(ROUND_STEPS, round.status if round else "", "sign_minutes")
    if round is None:
        raise NotFound()
    if side in round.signatures:
        raise SignedAlready()
    signature = signing.finish(
        actor.require_user(), bytes.fromhex(round.digest), credential, purpose=talks.purpose_of(round)
    )
    round.signatures = {**round.signatures, side: {"by": actor.label, "signature": dict(signature)}}
    both = {talks.TEAM, talks.SUPPLIER} <= set(round.signatures)
    step = follow(ROUND_STEPS, round.status, "confirm" if both else "sign_minutes")
    round.status = RoundStatus(step.target)
    round.save(update_fields=["status", "signatures"])
    _say_so(actor, round, step.verb, "minutes.signed", side=side)
    if side == talks.SUPPLIER:
        inbox.finish(f"{talks.key(talk)}.minutes.{round.number}")
    return round


@transaction.atomic
def give_up(*, actor: Actor, panel_id: uuid.UUID, talk_id: uuid.UUID, reason: str) -> Round:
    """Go on without the supplier's signature under the minutes, which the team has signed: by the representative, with a reason.

    Raises NotFound, WrongState, Invalid.
    """
    panel, member = seat_of(actor, panel_id)
    if member.kind != Member.REPRESENTATIVE:
        raise NotFound()
    talk = _talk(panel, talk_id)
    round = talk.rounds.select_for_update().order_by("-number").first()
    step = follow(ROUND_STEPS, round.status if round else "", "give_up")
    if round is None or talks.TEAM not in round.signatures:
        raise WrongState(gettext_noop("The team signs the minutes first."), rule=step.rule)
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    round.status, round.reason = RoundStatus(step.target), reason.strip()[:500]
    round.save(update_fields=["status", "reason"])
    _say_so(actor, round, step.verb, "minutes.unsigned", reason=round.reason)
    inbox.finish(f"{talks.key(talk)}.minutes.{round.number}")
    return round


@transaction.atomic
def leave(*, actor: Actor, tender: TenderFacts, reason: str) -> Talk:
    """Leave the talks before one's final quote; who runs the tender is told, and returns a security that was given.

    Raises NotFound, WrongState (a final quote is submitted, or the time has passed), Invalid.
    Source: 财政部令第74号第三十四条; 财库〔2014〕214号第二十二条.
    """
    found = access.own_talk(actor, tender.id)
    panel = Panel.objects.select_for_update().get(pk=found.panel_id)
    talk = Talk.objects.select_for_update().get(pk=found.pk)
    step = follow(TALK_STEPS, talk.status, "leave")
    if panel.status not in (PanelStatus.TALKING, PanelStatus.QUOTING) or (
        panel.status == PanelStatus.QUOTING and not tender.accepting
    ):
        raise WrongState(gettext_noop("The time for final quotes is over."), rule=step.rule)
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    if panel.status == PanelStatus.QUOTING:
        finals.leave(actor=actor, tender_id=tender.id, supplier_id=talk.supplier_id)
    talk.status, talk.left_at = TalkStatus(step.target), clock.now()
    talk.left_reason, talk.left_by = reason.strip()[:500], actor.label
    talk.save()
    record(
        actor=actor.label, verb=step.verb, subject=talks.stream(talk), rule=step.rule, reason=talk.left_reason
    )
    push(talks.stream(talk), "left")
    push(f"room.{panel.pk}", "talks.changed")
    inbox.finish_all(f"{talks.key(talk)}.")
    inbox.tell(
        key=f"room.{panel.pk}.left.{talk.pk}",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("%(supplier)s has left the talks about “%(tender)s”"),
        why=gettext_noop("If it has given a security, return it."),
        url=reverse("evaluation:room", args=[panel.pk]),
        rule="N-07",
        tender=tender.title,
        supplier=talk.supplier.name,
    )
    return talk


def team_side(actor: Actor, panel_id: uuid.UUID, talk_id: uuid.UUID) -> Talk:
    """Give a talk to who may speak for the team: a member who has declared, or the host. Raises NotFound."""
    panel, tender, member = access.room_to_enter(actor, panel_id)
    declared = member is not None and member.status == MemberStatus.DECLARED
    if not (declared or access.hosts(actor, tender)):
        raise NotFound()
    return _talk(panel, talk_id)


def _talk(panel: Panel, talk_id: uuid.UUID) -> Talk:
    talk = Talk.objects.select_related("supplier", "panel").filter(pk=talk_id, panel=panel).first()
    if talk is None:
        raise NotFound()
    return talk


def _say_so(actor: Actor, round: Round, verb: str, event: str, **facts: Any) -> None:
    record(
        actor=actor.label,
        verb=verb,
        subject=talks.stream(round.talk),
        rule="N-06",
        round=round.number,
        **facts,
    )
    push(talks.stream(round.talk), event, round=round.number)
    push(f"room.{round.talk.panel_id}", "talks.changed")
