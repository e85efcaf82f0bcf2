"""Form a panel: random draw with avoidance, calls to those drawn, declarations. Who leaves and comes: `seats`."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from bidding.consortia import partner_ids
from bidding.selectors import bidder_ids, held_bids
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.clock import BEIJING
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused, WrongState, gettext_noop
from core.ledger import services as ledger
from core.ledger.selectors import covering
from core.timers import services as timers
from core.transitions import follow
from evaluation import meetings
from evaluation.meetings import AT_ONCE, Meeting
from evaluation.models import Call, Draw, Member, Panel, Sheet
from evaluation.scoring.committee import Committee, committee_for
from evaluation.selectors import is_sealed
from evaluation.services import calling, drawing
from evaluation.states import (
    FILLED_AT_WORK,
    FILLED_IN,
    MEMBER_STEPS,
    CallStatus,
    MemberStatus,
    PanelStatus,
)
from parties.access import Actor
from parties.selectors import (
    ExpertFacts,
    expert_entry,
    experts_for,
    organisation_facts,
    organisations_by_id,
    people_of,
    ties_between,
)
from parties.services import inbox, signing
from planning.selectors import law_now
from realtime.services import push
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.methods import PanelRules, method_of
from tendering.states import TenderStatus

LOOKBACK_RULE = "L-29.avoidance_lookback"
SLACK = timedelta(minutes=5)
"""How long a form may have lain open that says “now”."""


class TooFewExperts(Refused):
    """The register has too few experts of this specialty without ties to a party."""

    code = "too-few-experts"
    title = gettext_noop("There are too few experts to draw from")


class ConflictOfInterest(Forbidden):
    """The person works or worked for a party to the tender, or is tied to one: they must avoid this evaluation."""

    code = "conflict-of-interest"
    title = gettext_noop("This person must avoid the evaluation")
    status = 409


class BidsHeld(Refused):
    """A bid could not be opened and the supervisor has not decided: nobody evaluates the others before."""

    code = "bids-held"
    title = gettext_noop("Bids of this tender are held")


class PanelIncomplete(WrongState):
    """A member was lost and the seat is not filled: the panel's work pauses."""

    code = "panel-incomplete"
    title = gettext_noop("The panel is not complete")


class PanelExists(Conflict):
    """The tender has a panel already."""

    code = "panel-exists"
    title = gettext_noop("The panel is formed already")


def declaration(panel: Panel, member: Member) -> dict[str, Any]:
    """Give what a member declares and signs: no tie to a bidder, independence, secrecy."""
    return {
        "type": "mingcai/v1/declaration",
        "panel": str(panel.pk),
        "tender": str(panel.tender_id),
        "member": str(member.pk),
        "bidders": sorted(str(one) for one in _bidders(panel.tender_id)),
        "declares": ["no-tie-within-look-back", "independent", "secret", "reports-interference"],
        "rule": "L-29",
    }


def panel_rules(tender: TenderFacts) -> PanelRules:
    """Give the rules of the panel that the tender's method has. Raises NotFound where it has none."""
    rules_of = method_of(tender.method).panel
    if rules_of is None:
        raise NotFound()
    return rules_of


def look_back_years(tender: TenderFacts) -> int:
    """Give for how many years back a tie counts."""
    return tendering.law_of(tender.id).count(LOOKBACK_RULE)


def pool_for(tender: TenderFacts) -> list[ExpertFacts]:
    """Give the experts who may be drawn: of the first item's specialty, tied to no bidder, purchaser or agency.

    Source: 《政府采购法实施条例》第九条; 财政部令第87号第四十七条.
    """
    item = next((item.code for lot in tender.lots for item in lot.items), "")
    return experts_for(item, _codes(_parties(tender)), since=_since(tender))


def draw(
    *, actor: Actor, tender_id: uuid.UUID, representative_id: uuid.UUID, meeting: Meeting = AT_ONCE
) -> Panel:
    """Form the smallest lawful panel: a representative of the purchaser, and experts drawn at random, who are called.

    First the log fixes the pool – without those tied to a party within the law's look-back – and the hash of a seed; then the
    root of its next checkpoint decides with the seed. A draw that was begun is finished and never begun anew. Not inside a
    transaction. Raises NotFound, BidsHeld, WrongState (bids are not opened), PanelExists, TooFewExperts, Invalid (the
    meeting), ConflictOfInterest (the representative).
    Source: 财政部令第87号第四十七条; 《政府采购法实施条例》第九条, 第三十九条.
    """
    check_meeting(tenders.tender_to_manage(actor, tender_id), meeting)
    fix_pool(actor=actor, tender_id=tender_id, representative_id=representative_id)
    ledger.publish_checkpoint()
    return draw_fixed(actor=actor, tender_id=tender_id, meeting=meeting)


def check_meeting(tender: TenderFacts, meeting: Meeting) -> None:
    """Refuse a time that is past, or so far ahead that the draw is too early without a reason. Raises Invalid.

    Source: 财库〔2016〕198号 (in principle not earlier than two working days before).
    """
    now = clock.now()
    if not 1 <= meeting.hours <= meetings.MOST_HOURS:
        raise Invalid(errors={"hours": gettext_noop("Give about how many hours it takes, from 1 to 24.")})
    if meeting.begins_at is None:
        return
    if meeting.begins_at < now - SLACK:
        raise Invalid(errors={"begins_at": gettext_noop("This time is past.")})
    rule = meetings.is_early(law_now(tender, tender.budget_level, now), meeting.begins_at, now)
    if rule is not None and not meeting.early.strip():
        raise Invalid(
            errors={
                "early": gettext_noop(
                    "Experts are drawn shortly before the evaluation begins. Draw later, or say why it must be now."
                )
            },
            rule=rule.id,
        )


@transaction.atomic
def fix_pool(*, actor: Actor, tender_id: uuid.UUID, representative_id: uuid.UUID) -> Draw:
    """Fix in the log from whom a panel is drawn, and the hash of the seed; gives the draw that was begun before, if any.

    Raises what `draw` raises.
    """
    tender = _may_form(actor, tender_id)
    begun = Draw.objects.filter(tender_id=tender_id, panel=None).first()
    if begun is not None:
        return begun
    wanted = committee_for(panel_rules(tender), tendering.law_of(tender_id), tender.budget)
    name = representative_of(tender, representative_id)
    _check_ties(tender, representative_id, name, as_expert=False)
    pool = sorted(one.number for one in pool_for(tender) if one.user_id != representative_id)
    experts = wanted.size - 1
    if len(pool) < experts:
        raise TooFewExperts(
            gettext_noop(
                "%(needed)s experts are needed, the register offers %(found)s without ties to a party."
            ),
            rule=wanted.rule,
            needed=experts,
            found=len(pool),
        )

    try:
        return drawing.fix(actor, tender_id, representative_id, pool, experts, wanted.rule)
    except IntegrityError as error:  # somebody else fixed it at the same instant
        raise PanelExists() from error


@transaction.atomic
def draw_fixed(*, actor: Actor, tender_id: uuid.UUID, meeting: Meeting = AT_ONCE) -> Panel:
    """Draw from the pool that was fixed, by the log's first checkpoint after it, and call those drawn.

    Who is tied to a party by now, or has left the register, is struck out, in public. Raises NotDrawnYet and what `draw` raises.
    """
    begun = Draw.objects.select_for_update().filter(tender_id=tender_id, panel=None).first()
    tender = _may_form(actor, tender_id)
    if begun is None or begun.index is None:
        raise NotFound()
    drawn = fresh_draw(begun, tender)
    wanted = committee_for(panel_rules(tender), tendering.law_of(tender_id), tender.budget)
    may = {one.number: one for one in pool_for(tender) if one.user_id != begun.representative_id}
    drawn, numbers = drawing.turn(drawn, begun, set(may), begun.wanted)
    if len(numbers) < begun.wanted:
        raise TooFewExperts(rule=wanted.rule, needed=begun.wanted, found=len(numbers))
    panel = _form(actor, tender, wanted, drawn, meeting)
    begun.panel = panel
    begun.save(update_fields=["panel"])
    name = representative_of(tender, begun.representative_id)
    take_seat(panel, tender, begun.representative_id, None, name, 1)
    for position, one in enumerate((may[number] for number in numbers), start=2):
        take_seat(panel, tender, one.user_id, one.id, one.name, position)
    record(
        actor=actor.label,
        verb="draw",
        subject=f"room.{panel.pk}",
        rule=wanted.rule,
        draw=digest(drawn).hex(),
        size=wanted.size,
        begins_at=panel.begins_at.isoformat(),
        names_at=panel.names_at.isoformat() if panel.names_at else "",
        early=meeting.early.strip(),
    )
    push(f"room.{panel.pk}", "panel.drawn", size=wanted.size)
    inbox.finish_all(f"tender.{tender_id}.panel")
    drawing.log(tender_id, drawn, begun)
    return panel


def fresh_draw(begun: Draw, tender: TenderFacts) -> dict[str, Any]:
    """Give what a panel keeps of a pool that was fixed, before anybody is drawn from it. Raises NotDrawnYet."""
    checkpoint = covering(begun.index, (), 0) if begun.index is not None else None
    if checkpoint is None:
        raise drawing.NotDrawnYet(rule=LOOKBACK_RULE)
    return {
        "seed": begun.seed,
        "salt": begun.salt,
        "index": begun.index,
        "size": checkpoint.size,
        "root": bytes(checkpoint.root).hex(),
        "rule": LOOKBACK_RULE,
        "since": _since(tender).isoformat(),
        "rounds": [],
    }


def _may_form(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    tender = tenders.tender_to_manage(actor, tender_id)
    if held := held_bids(tender_id):
        raise BidsHeld(
            gettext_noop("%(count)s bids could not be opened; the supervisor decides about them first."),
            rule="sealing.R4",
            count=len(held),
        )
    if tender.status != TenderStatus.OPENED:
        raise WrongState(gettext_noop("A panel is drawn once the bids are opened."))
    active = (
        Panel.objects.select_for_update().filter(tender_id=tender_id).exclude(status=PanelStatus.DISSOLVED)
    )
    if active.exists():
        raise PanelExists()
    return tender


def _form(
    actor: Actor, tender: TenderFacts, wanted: Committee, drawn: dict[str, Any], meeting: Meeting
) -> Panel:
    now = clock.now()
    begins_at = meeting.begins_at or now
    names_at = meetings.names_open_at(law_now(tender, tender.budget_level, now), begins_at)
    try:
        with transaction.atomic():
            panel = Panel.objects.create(
                tender_id=tender.id,
                apart=tender.two_envelopes,
                size=wanted.size,
                experts=wanted.size - 1,
                rule=wanted.rule,
                formed_by=actor.label,
                draw=drawn,
                begins_at=begins_at,
                place=meeting.place.strip()[:200],
                hours=meeting.hours,
                names_at=names_at if now < names_at else None,
            )
    except IntegrityError as error:  # somebody else drew at the same instant
        raise PanelExists() from error
    if panel.names_at is not None:
        timers.schedule(verb=calling.UNSEAL, subject=f"room.{panel.pk}", due_at=panel.names_at)
    return panel


def _parties(tender: TenderFacts) -> list[uuid.UUID]:
    """Give the organisations an expert may not be tied to: bidders, the purchaser, its agency."""
    own = {tender.purchaser_id} | ({tender.agency_id} if tender.agency_id else set())
    return sorted(_bidders(tender.id) | own)


def _bidders(tender_id: uuid.UUID) -> set[uuid.UUID]:
    """Give the suppliers that bid, and those that bid together with them."""
    return bidder_ids(tender_id) | partner_ids(tender_id)


def _codes(org_ids: list[uuid.UUID]) -> list[str]:
    return sorted(one.credit_code for one in organisations_by_id(org_ids).values())


def _since(tender: TenderFacts) -> date:
    today = clock.now().astimezone(BEIJING).date()
    return today.replace(year=today.year - look_back_years(tender), day=min(today.day, 28))


def representative_of(tender: TenderFacts, user_id: uuid.UUID) -> str:
    """Give the name of somebody at the purchaser's desk. Raises Invalid for anybody else."""
    person = next((one for one in people_of(tender.purchaser_id) if one.user_id == user_id), None)
    if person is None:
        raise Invalid(errors={"representative": gettext_noop("Choose somebody of the purchaser's desk.")})
    return person.name


def _check_ties(tender: TenderFacts, user_id: uuid.UUID, name: str, *, as_expert: bool) -> None:
    """Refuse who is tied to a bidder; an expert may not be tied to the purchaser or its agency either."""
    avoided = _parties(tender) if as_expert else sorted(_bidders(tender.id))
    entry = expert_entry(user_id)
    ties = ties_between(entry.pk, _codes(avoided), _since(tender)) if entry is not None else []
    ties += [
        f"desk: {organisation_facts(org).name}"
        for org in avoided
        if entry is None and any(one.user_id == user_id for one in people_of(org))
    ]
    if ties:
        raise ConflictOfInterest(
            gettext_noop("%(name)s is tied to a party of this tender: %(ties)s."),
            rule="L-29",
            name=name,
            ties="; ".join(ties),
        )


def take_seat(
    panel: Panel,
    tender: TenderFacts,
    user_id: uuid.UUID,
    expert_id: uuid.UUID | None,
    name: str,
    position: int,
    *,
    by: str = "draw",
    approval: str = "",
) -> Member:
    """Give a person a seat, ties checked; an expert is called. `approval`: who approved one that was named, not drawn.

    Raises ConflictOfInterest.
    """
    _check_ties(tender, user_id, name, as_expert=expert_id is not None)
    member = Member.objects.create(
        panel=panel,
        user_id=user_id,
        expert_id=expert_id,
        kind=Member.EXPERT if expert_id else Member.REPRESENTATIVE,
        name=name,
        position=position,
        approval=approval,
    )
    Sheet.objects.create(member=member)
    record(
        actor=by,
        verb="seat",
        subject=f"room.{panel.pk}",
        rule="E-02" if expert_id else "L-29",
        member=str(member.pk),
        approval=approval,
    )
    if expert_id is None:
        calling.ask_to_declare(panel, tender, member)
    else:
        calling.begin(panel, tender, member)
    return member


@transaction.atomic
def declare(*, actor: Actor, panel_id: uuid.UUID, credential: Any) -> Member:
    """Sign the declaration: no tie, independence, secrecy. Raises NotFound, WrongState, NotSigned, ConflictOfInterest."""
    panel, member = seat_of(actor, panel_id, pausing=False)
    step = follow(MEMBER_STEPS, member.status, "declare")
    if panel.status not in FILLED_IN:
        raise WrongState(gettext_noop("The panel is at work already."))
    tender = tendering.tender_facts(panel.tender_id)
    _check_ties(tender, member.user_id, member.name, as_expert=member.expert_id is not None)
    body = declaration(panel, member)
    signature = signing.finish(
        actor.require_user(), digest(body), credential, purpose=f"declaration.{member.pk}"
    )

    member.status, member.statement = step.target, {"body": body, "signature": dict(signature)}
    member.save(update_fields=["status", "statement"])
    record(
        actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule, member=str(member.pk)
    )
    push(f"room.{panel.pk}", "member.declared", member=str(member.pk))
    call = Call.objects.filter(member=member, status=CallStatus.CALLING).first()
    if call is not None:
        calling.settle(panel, call, "accept", "room")
    inbox.finish(f"room.{panel.pk}.declare.{member.pk}")
    if panel.status == PanelStatus.SCORING:
        calling.ask_to_score(panel, tender, member)
    elif panel.status == PanelStatus.DRAWN and not panel.members.filter(status=MemberStatus.INVITED).exists():
        _ask_host(panel, tender)
    return member


def _ask_host(panel: Panel, tender: TenderFacts) -> None:
    inbox.assign(
        key=f"room.{panel.pk}.begin",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("Begin the evaluation of “%(tender)s”"),
        why=gettext_noop("Every member has declared."),
        url=reverse("evaluation:room", args=[panel.pk]),
        tender=tender.title,
    )


def seat_of(actor: Actor, panel_id: uuid.UUID, *, pausing: bool = True) -> tuple[Panel, Member]:
    """Lock the panel and give the actor's seat on it; raises NotFound for everybody else, and while its name is sealed.

    While a seat of a panel at work is empty, or whoever came in has yet to declare, its work pauses: `pausing` raises
    PanelIncomplete.   Source: 财政部令第87号第四十九条 (补足后继续评标).
    """
    user_id = actor.require_user()
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    member = (
        Member.objects.select_for_update()
        .filter(panel_id=panel_id, user_id=user_id)
        .exclude(status=MemberStatus.RECUSED)
        .first()
    )
    if panel is None or member is None or (member.expert_id is not None and is_sealed(panel)):
        raise NotFound()
    if pausing:
        check_complete(panel)
    return panel, member


def check_complete(panel: Panel) -> None:
    """Refuse work that others go on with while a seat is empty. Raises PanelIncomplete."""
    if panel.status not in FILLED_AT_WORK:
        return
    statuses = list(panel.members.exclude(status=MemberStatus.RECUSED).values_list("status", flat=True))
    if len(statuses) < panel.size or MemberStatus.INVITED in statuses:
        raise PanelIncomplete(
            gettext_noop(
                "A seat is empty, or whoever came in has yet to declare. What you entered before is kept."
            ),
            rule="T-11",
        )


def host_of(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts]:
    """Lock the panel for whoever runs its tender; raises NotFound for everybody else."""
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    return panel, tenders.tender_to_manage(actor, panel.tender_id)
