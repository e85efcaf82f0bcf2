"""Who leaves a panel and who comes in: answers to calls, recusal, loss in mid-work, redraw, seats that no draw can fill."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.urls import reverse

from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, WrongState, gettext_noop
from core.ledger import services as ledger
from core.transitions import follow
from evaluation import script
from evaluation.models import Call, Draw, Member, Panel
from evaluation.selectors import free_seats, is_sealed
from evaluation.services import calling, drawing, recording, voiding
from evaluation.services.panels import (
    TooFewExperts,
    fresh_draw,
    host_of,
    pool_for,
    representative_of,
    seat_of,
    take_seat,
)
from evaluation.states import (
    DECLINE_GROUNDS,
    FILLED_AT_WORK,
    FILLED_IN,
    LOST_GROUNDS,
    MEMBER_STEPS,
    WAITING,
    AttemptOutcome,
    CallStatus,
    MemberStatus,
    PanelStatus,
)
from parties.access import Actor
from parties.selectors import ExpertFacts, experts_for
from parties.services import inbox
from realtime.services import push
from tendering import selectors as tendering
from tendering.facts import TenderFacts

SUPPLEMENT = "E-04.expert_supplement_ratio"


def _own_call(actor: Actor, call_id: uuid.UUID) -> tuple[Panel, Call]:
    """Lock the actor's own call; raises NotFound for everybody else."""
    if not Call.objects.filter(pk=call_id, member__user_id=actor.require_user()).exists():
        raise NotFound()
    return calling.locked(call_id)


@transaction.atomic
def accept(*, actor: Actor, call_id: uuid.UUID) -> None:
    """Say that one comes. Raises NotFound, WrongState."""
    panel, call = _own_call(actor, call_id)
    calling.accept(panel, tendering.tender_facts(panel.tender_id), call, "inbox")


@transaction.atomic
def decline(*, actor: Actor, call_id: uuid.UUID, ground: str, reason: str = "") -> Member | None:
    """Say that one does not come, also after having said that one does; the next of the draw is called at once.

    Raises NotFound, WrongState (also once one is in the room: there one leaves by `recuse`), Invalid.
    """
    panel, call = _own_call(actor, call_id)
    if ground not in DECLINE_GROUNDS:
        raise Invalid(errors={"ground": gettext_noop("Choose from the list why you do not come.")})
    if ground == "other" and not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say what the other reason is.")})
    if call.member.status != MemberStatus.INVITED:
        raise WrongState(gettext_noop("You have entered the evaluation already; leave it in its room."))
    return _declined(panel, call, "inbox", ground, reason)


def _declined(
    panel: Panel, call: Call, channel: str, ground: str, reason: str = "", text: str = ""
) -> Member | None:
    call.ground, call.reason = ground, reason.strip()[:300]
    calling.settle(panel, call, "decline", channel, text, ground=ground, reason=call.reason)
    return _free(calling.seat_label(call.member), panel, call.member, "declined", DECLINE_GROUNDS[ground])


@transaction.atomic
def lapse(*, call_id: uuid.UUID) -> None:
    """The time to answer is over: silence frees the seat and the next of the draw is called. Idempotent."""
    panel, call = calling.locked(call_id)
    if call.status != CallStatus.CALLING or panel.status not in FILLED_IN:
        return
    calling.settle(panel, call, "lapse", "clock")
    _free("clock", panel, call.member, "silent", gettext_noop("did not answer in time"))


@transaction.atomic
def heard(*, call_id: uuid.UUID, channel: str, text: str) -> None:
    """Take what came back over a line; what means nothing, or comes too late, is kept and changes nothing."""
    panel, call = calling.locked(call_id)
    found = script.meaning(text)
    late = call.status != CallStatus.CALLING or panel.status not in FILLED_IN
    if late or found is None:
        outcome = AttemptOutcome.LATE if late else AttemptOutcome.UNCLEAR
        if not call.attempts.filter(channel=channel, text=text).exists():
            calling.note(panel, call, channel, outcome, text)
        return
    verb, ground = found
    if verb == "accept":
        calling.accept(panel, tendering.tender_facts(panel.tender_id), call, channel, text)
    else:
        _declined(panel, call, channel, ground, text=text)


@transaction.atomic
def unseal(*, panel_id: uuid.UUID) -> None:
    """The names may be seen from now on: who said that they come are asked into the room. Idempotent."""
    panel = Panel.objects.select_for_update().get(pk=panel_id)
    if panel.status != PanelStatus.DRAWN or is_sealed(panel):
        return
    tender = tendering.tender_facts(panel.tender_id)
    coming = panel.members.filter(status=MemberStatus.INVITED, call__status=CallStatus.ACCEPTED)
    for member in coming:
        calling.ask_to_declare(panel, tender, member)
    record(actor="clock", verb="unseal_names", subject=f"room.{panel.pk}", rule="E-06")
    push(f"room.{panel.pk}", "panel.unsealed")


@transaction.atomic
def recuse(*, actor: Actor, panel_id: uuid.UUID, reason: str) -> Member | None:
    """Leave the panel (回避), also in mid-work; another expert is drawn at once, if the pool has one.

    Gives the new member, or None when nobody is left to draw. Raises NotFound, WrongState, Invalid.
    """
    panel, member = seat_of(actor, panel_id, pausing=False)
    return _leave(actor, panel, member, reason, "recused")


@transaction.atomic
def replace(
    *, actor: Actor, panel_id: uuid.UUID, member_id: uuid.UUID, reason: str, ground: str = "absent"
) -> Member | None:
    """Have a member leave who is lost: by the host, until the scores are seen. What the member found is void.

    Like `recuse`. Not while names are sealed: who does not answer lapses by the clock. Raises NotFound, WrongState, Invalid.
    Source: 财政部令第87号第四十九条.
    """
    panel, _ = host_of(actor, panel_id)
    member = panel.members.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise NotFound()
    if is_sealed(panel):
        raise WrongState(
            gettext_noop(
                "The names are sealed; who does not come, or does not answer, is replaced by the draw."
            ),
            rule="E-06",
        )
    if ground not in LOST_GROUNDS:
        raise Invalid(errors={"ground": gettext_noop("Choose from the list why the member is lost.")})
    return _leave(actor, panel, member, reason, ground)


def _leave(actor: Actor, panel: Panel, member: Member, reason: str, why: str) -> Member | None:
    if panel.status not in FILLED_IN:
        follow(MEMBER_STEPS, member.status, "recuse")
        raise WrongState(
            gettext_noop(
                "What the members found is seen already: nobody can come in any more. The host may dissolve it."
            ),
            rule="T-11",
        )
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why this seat becomes free.")})
    return _free(actor.label, panel, member, why, reason.strip()[:300])


def _free(actor: str, panel: Panel, member: Member, why: str, reason: str) -> Member | None:
    """Free a seat, void what its member found, and draw the next; gives the new member, or None."""
    step = follow(MEMBER_STEPS, member.status, "recuse")
    member.status, member.reason = step.target, reason
    member.save(update_fields=["status", "reason"])
    call = Call.objects.filter(member=member, status__in=WAITING).first()
    if call is not None:
        calling.settle(panel, call, "drop", "room")
    record(
        actor=actor,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule="T-11" if panel.status in FILLED_AT_WORK else step.rule,
        member=str(member.pk),
        why=why,
        reason=reason,
        void=voiding.void(panel, member) if panel.status in FILLED_AT_WORK else {},
    )
    recording.end_of(panel, member)
    push(f"room.{panel.pk}", "member.recused", member=str(member.pk))
    for task in ("declare", "score"):
        inbox.finish(f"room.{panel.pk}.{task}.{member.pk}")
    inbox.finish(f"room.{panel.pk}.begin")
    return _redraw(panel, member, why) if member.expert_id is not None else None


def _redraw(panel: Panel, left: Member, why: str) -> Member | None:
    """Draw the next from the pool the one who left was drawn from; None, and the host is told, when nobody is left."""
    tender = tendering.tender_facts(panel.tender_id)
    begun = Draw.objects.filter(panel=panel).order_by("-pk").first()
    may = _not_seated(panel, tender)
    number = left.expert.number if left.expert is not None else ""
    drawn_before = any(number in one["drawn"] for one in panel.draw.get("rounds", []))
    if begun is None or not drawn_before or not may.keys() & set(begun.pool):
        _tell_short(panel, tender)
        return None
    panel.draw, [next_one] = drawing.turn(panel.draw, begun, set(may), 1, freed=number, why=why)
    panel.save(update_fields=["draw"])
    drawing.log(tender.id, panel.draw, begun)
    one = may[next_one]
    member = take_seat(panel, tender, one.user_id, one.id, one.name, panel.members.count() + 1)
    record(
        actor="draw", verb="redraw", subject=f"room.{panel.pk}", rule="L-29", draw=digest(panel.draw).hex()
    )
    return member


def _not_seated(panel: Panel, tender: TenderFacts) -> dict[str, ExpertFacts]:
    seated = set(panel.members.values_list("user_id", flat=True))
    return {one.number: one for one in pool_for(tender) if one.user_id not in seated}


def _tell_short(panel: Panel, tender: TenderFacts) -> None:
    inbox.assign(
        key=f"room.{panel.pk}.short",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("A seat on the panel for “%(tender)s” is free and the pool has nobody left"),
        why=gettext_noop(
            "Have further experts admitted to the register and draw again, or name one whom the budget authority approved."
        ),
        url=reverse("evaluation:panel", args=[tender.id]),
        due_at=panel.begins_at,
        rule="E-04",
        tender=tender.title,
    )


def draw_more(*, actor: Actor, panel_id: uuid.UUID) -> list[Member]:
    """Fill the free experts' seats from a new pool: the register has grown since the first one was fixed.

    Fixed, logged and drawn like the first. The pool must hold the law's multiple of the seats. Not inside a transaction.
    Raises NotFound, WrongState (no seat is free, names stand fixed), TooFewExperts.   Source: 财库〔2012〕69号.
    """
    with transaction.atomic():
        panel, tender = host_of(actor, panel_id)
        begun = Draw.objects.filter(tender_id=panel.tender_id, panel=None).first()
        if begun is None:
            _fix_more(actor, panel, tender)
    ledger.publish_checkpoint()
    with transaction.atomic():
        panel, tender = host_of(actor, panel_id)
        return _drawn_more(actor, panel, tender)


def _fix_more(actor: Actor, panel: Panel, tender: TenderFacts) -> None:
    free = _free_experts(panel)
    pool = sorted(_not_seated(panel, tender))
    needed = free * tendering.law_of(tender.id).count(SUPPLEMENT)
    if len(pool) < needed:
        raise TooFewExperts(
            gettext_noop(
                "For %(seats)s free seats the register must offer at least %(needed)s experts to draw from; it offers "
                "%(found)s. Have more of them admitted, or name one whom the budget authority approved."
            ),
            rule=SUPPLEMENT,
            seats=free,
            needed=needed,
            found=len(pool),
        )
    representative = panel.members.filter(expert=None).order_by("-position").first()
    if representative is None:
        raise NotFound()
    drawing.fix(actor, tender.id, representative.user_id, pool, free, SUPPLEMENT)


def _drawn_more(actor: Actor, panel: Panel, tender: TenderFacts) -> list[Member]:
    begun = Draw.objects.select_for_update().filter(tender_id=tender.id, panel=None).first()
    if begun is None:
        raise NotFound()
    may = _not_seated(panel, tender)
    earlier = [*panel.draw.get("earlier", []), {k: v for k, v in panel.draw.items() if k != "earlier"}]
    drawn, numbers = drawing.turn(fresh_draw(begun, tender), begun, set(may), begun.wanted)
    panel.draw = {**drawn, "earlier": earlier}
    panel.save(update_fields=["draw"])
    begun.panel = panel
    begun.save(update_fields=["panel"])
    drawing.log(tender.id, panel.draw, begun)
    record(
        actor=actor.label,
        verb="draw_more",
        subject=f"room.{panel.pk}",
        rule=SUPPLEMENT,
        draw=digest(panel.draw).hex(),
    )
    members = []
    for one in (may[number] for number in numbers[: _free_experts(panel)]):
        members.append(take_seat(panel, tender, one.user_id, one.id, one.name, panel.members.count() + 1))
    inbox.finish(f"room.{panel.pk}.short")
    return members


def _free_experts(panel: Panel) -> int:
    if panel.status not in FILLED_IN:
        raise WrongState(gettext_noop("The panel is at work already."), rule="T-11")
    free = free_seats(panel)[Member.EXPERT]
    if free <= 0:
        raise WrongState(gettext_noop("The panel is complete."))
    return free


@transaction.atomic
def seat_expert(*, actor: Actor, panel_id: uuid.UUID, expert_id: uuid.UUID, approval: str) -> Member:
    """Seat a named expert on a panel that lacks one and has nobody to draw, ties checked. `approval`: whose, and its number.

    Raises NotFound (also for one not admitted, or suspended), ConflictOfInterest, WrongState (the panel is complete, or the
    pool has somebody), Conflict (sat there already), Invalid.
    Source: 《政府采购法实施条例》第三十九条; 财库〔2016〕198号 (经主管预算单位同意，自行选定).
    """
    panel, tender = host_of(actor, panel_id)
    expert = next((one for one in experts_for("") if one.id == expert_id), None)
    if expert is None:
        raise NotFound()
    if not approval.strip():
        raise Invalid(
            errors={
                "approval": gettext_noop(
                    "Say who approved this choice: the budget authority, and its document."
                )
            }
        )
    return _by_hand(actor, panel, tender, expert.user_id, expert.id, expert.name, approval.strip()[:300])


@transaction.atomic
def seat_representative(*, actor: Actor, panel_id: uuid.UUID, user_id: uuid.UUID) -> Member:
    """Seat another representative of the purchaser, after the first one left.

    Raises NotFound, Invalid (not of the purchaser's desk), ConflictOfInterest, WrongState, Conflict.
    """
    panel, tender = host_of(actor, panel_id)
    return _by_hand(actor, panel, tender, user_id, None, representative_of(tender, user_id))


def _by_hand(
    actor: Actor,
    panel: Panel,
    tender: TenderFacts,
    user_id: uuid.UUID,
    expert_id: uuid.UUID | None,
    name: str,
    approval: str = "",
) -> Member:
    if panel.status not in FILLED_IN:
        raise WrongState(gettext_noop("The panel is at work already."))
    if panel.members.filter(user_id=user_id).exists():
        raise Conflict(gettext_noop("This person has sat on the panel already."))
    if free_seats(panel)[Member.EXPERT if expert_id else Member.REPRESENTATIVE] <= 0:
        raise WrongState(gettext_noop("The panel is complete."))

    place = panel.members.count() + 1
    member = take_seat(panel, tender, user_id, expert_id, name, place, by=actor.label, approval=approval)
    push(f"room.{panel.pk}", "member.seated", member=str(member.pk))
    inbox.finish(f"room.{panel.pk}.short")
    return member
