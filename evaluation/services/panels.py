"""Form a panel: random draw with avoidance, declarations, recusal and redraw."""

from __future__ import annotations

import uuid
from datetime import date
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
from core.transitions import follow
from evaluation.models import Draw, Member, Panel, Sheet
from evaluation.scoring.committee import Committee, committee_for
from evaluation.services import drawing
from evaluation.states import MEMBER_STEPS, MemberStatus, PanelStatus
from parties.access import Actor
from parties.selectors import (
    ExpertFacts,
    expert_entry,
    experts_for,
    organisation_facts,
    people_of,
    ties_between,
)
from parties.services import inbox, signing
from realtime.services import push
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.methods import PanelRules, method_of
from tendering.states import TenderStatus

LOOKBACK_RULE = "L-29.avoidance_lookback"


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


def draw(*, actor: Actor, tender_id: uuid.UUID, representative_id: uuid.UUID) -> Panel:
    """Form the smallest lawful panel: a representative of the purchaser, and experts drawn at random.

    First the log fixes the pool – without those tied to a party within the law's look-back – and the hash of a seed; then the
    root of its next checkpoint decides with the seed. A draw that was begun is finished and never begun anew. Not inside a
    transaction. Raises NotFound, BidsHeld, WrongState (bids are not opened), PanelExists, TooFewExperts,
    ConflictOfInterest (the representative).   Source: 财政部令第87号第四十七条; 《政府采购法实施条例》第九条, 第三十九条.
    """
    fix_pool(actor=actor, tender_id=tender_id, representative_id=representative_id)
    ledger.publish_checkpoint()
    return draw_fixed(actor=actor, tender_id=tender_id)


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
    name = _representative(tender, representative_id)
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
def draw_fixed(*, actor: Actor, tender_id: uuid.UUID) -> Panel:
    """Draw from the pool that was fixed, by the log's first checkpoint after it.

    Who is tied to a party by now, or has left the register, is struck out, in public. Raises NotDrawnYet and what `draw` raises.
    """
    begun = Draw.objects.select_for_update().filter(tender_id=tender_id, panel=None).first()
    tender = _may_form(actor, tender_id)
    if begun is None or begun.index is None:
        raise NotFound()
    checkpoint = covering(begun.index, (), 0)
    if checkpoint is None:
        raise drawing.NotDrawnYet(rule=LOOKBACK_RULE)
    wanted = committee_for(panel_rules(tender), tendering.law_of(tender_id), tender.budget)
    drawn = {
        "seed": begun.seed,
        "salt": begun.salt,
        "index": begun.index,
        "size": checkpoint.size,
        "root": bytes(checkpoint.root).hex(),
        "rule": LOOKBACK_RULE,
        "since": _since(tender).isoformat(),
        "rounds": [],
    }
    may = {one.number: one for one in pool_for(tender) if one.user_id != begun.representative_id}
    drawn, numbers = drawing.turn(drawn, begun, set(may), begun.wanted)
    if len(numbers) < begun.wanted:
        raise TooFewExperts(rule=wanted.rule, needed=begun.wanted, found=len(numbers))
    panel = _form(actor, tender, wanted, drawn)
    begun.panel = panel
    begun.save(update_fields=["panel"])
    _seat(panel, tender, begun.representative_id, None, _representative(tender, begun.representative_id), 1)
    for position, one in enumerate((may[number] for number in numbers), start=2):
        _seat(panel, tender, one.user_id, one.id, one.name, position)
    record(
        actor=actor.label,
        verb="draw",
        subject=f"room.{panel.pk}",
        rule=wanted.rule,
        draw=digest(drawn).hex(),
        size=wanted.size,
    )
    push(f"room.{panel.pk}", "panel.drawn", size=wanted.size)
    inbox.finish_all(f"tender.{tender_id}.panel")
    drawing.log(tender_id, drawn, begun)
    return panel


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


def _form(actor: Actor, tender: TenderFacts, wanted: Committee, drawn: dict[str, Any]) -> Panel:
    try:
        with transaction.atomic():
            return Panel.objects.create(
                tender_id=tender.id,
                apart=tender.two_envelopes,
                size=wanted.size,
                experts=wanted.size - 1,
                rule=wanted.rule,
                formed_by=actor.label,
                draw=drawn,
            )
    except IntegrityError as error:  # somebody else drew at the same instant
        raise PanelExists() from error


def _parties(tender: TenderFacts) -> list[uuid.UUID]:
    """Give the organisations an expert may not be tied to: bidders, the purchaser, its agency."""
    own = {tender.purchaser_id} | ({tender.agency_id} if tender.agency_id else set())
    return sorted(_bidders(tender.id) | own)


def _bidders(tender_id: uuid.UUID) -> set[uuid.UUID]:
    """Give the suppliers that bid, and those that bid together with them."""
    return bidder_ids(tender_id) | partner_ids(tender_id)


def _codes(org_ids: list[uuid.UUID]) -> list[str]:
    return sorted(organisation_facts(one).credit_code for one in org_ids)


def _since(tender: TenderFacts) -> date:
    today = clock.now().astimezone(BEIJING).date()
    return today.replace(year=today.year - look_back_years(tender), day=min(today.day, 28))


def _representative(tender: TenderFacts, user_id: uuid.UUID) -> str:
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


def _seat(
    panel: Panel,
    tender: TenderFacts,
    user_id: uuid.UUID,
    expert_id: uuid.UUID | None,
    name: str,
    position: int,
) -> Member:
    _check_ties(tender, user_id, name, as_expert=expert_id is not None)
    member = Member.objects.create(
        panel=panel,
        user_id=user_id,
        expert_id=expert_id,
        kind=Member.EXPERT if expert_id else Member.REPRESENTATIVE,
        name=name,
        position=position,
    )
    Sheet.objects.create(member=member)
    inbox.assign(
        key=f"room.{panel.pk}.declare.{member.pk}",
        user_id=user_id,
        title=gettext_noop("Evaluate “%(tender)s”: declare that you have no tie to a bidder"),
        why=gettext_noop("You are a member of its panel."),
        url=reverse("evaluation:room", args=[panel.pk]),
        rule="L-29",
        tender=tender.title,
    )
    return member


@transaction.atomic
def seat_expert(*, actor: Actor, panel_id: uuid.UUID, expert_id: uuid.UUID) -> Member:
    """Seat a named expert on a panel that lacks one (after a recusal with an empty pool), ties checked.

    Raises NotFound (also for one not admitted, or suspended), ConflictOfInterest, WrongState (the panel is complete or at
    work), Conflict (sat there already).
    Source: 《政府采购法实施条例》第三十九条.
    """
    panel, tender = host_of(actor, panel_id)
    expert = next((one for one in experts_for("") if one.id == expert_id), None)
    if expert is None:
        raise NotFound()
    return _seat_by_hand(actor, panel, tender, expert.user_id, expert.id, expert.name)


@transaction.atomic
def seat_representative(*, actor: Actor, panel_id: uuid.UUID, user_id: uuid.UUID) -> Member:
    """Seat another representative of the purchaser, after the first one left.

    Raises NotFound, Invalid (not of the purchaser's desk), ConflictOfInterest, WrongState, Conflict.
    """
    panel, tender = host_of(actor, panel_id)
    return _seat_by_hand(actor, panel, tender, user_id, None, _representative(tender, user_id))


def _seat_by_hand(
    actor: Actor,
    panel: Panel,
    tender: TenderFacts,
    user_id: uuid.UUID,
    expert_id: uuid.UUID | None,
    name: str,
) -> Member:
    if panel.status != PanelStatus.DRAWN:
        raise WrongState(gettext_noop("The panel is at work already."))
    if panel.members.filter(user_id=user_id).exists():
        raise Conflict(gettext_noop("This person has sat on the panel already."))
    taken = panel.members.exclude(status=MemberStatus.RECUSED).filter(expert=None).count()
    experts = panel.members.exclude(status=MemberStatus.RECUSED).exclude(expert=None).count()
    if (experts >= panel.experts) if expert_id else (taken >= panel.size - panel.experts):
        raise WrongState(gettext_noop("The panel is complete."))

    member = _seat(panel, tender, user_id, expert_id, name, panel.members.count() + 1)
    record(actor=actor.label, verb="seat", subject=f"room.{panel.pk}", rule="L-29", member=str(member.pk))
    push(f"room.{panel.pk}", "member.seated", member=str(member.pk))
    return member


@transaction.atomic
def declare(*, actor: Actor, panel_id: uuid.UUID, credential: Any) -> Member:
    """Sign the declaration: no tie, independence, secrecy. Raises NotFound, WrongState, NotSigned, ConflictOfInterest."""
    panel, member = seat_of(actor, panel_id)
    step = follow(MEMBER_STEPS, member.status, "declare")
    if panel.status != PanelStatus.DRAWN:
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
    inbox.finish(f"room.{panel.pk}.declare.{member.pk}")
    if not panel.members.filter(status=MemberStatus.INVITED).exists():
        _ask_host(panel, tender)
    return member


@transaction.atomic
def recuse(*, actor: Actor, panel_id: uuid.UUID, reason: str) -> Member | None:
    """Leave the panel (回避) before it is at work; another expert is drawn at once, if the pool has one.

    Gives the new member, or None when somebody must be named by hand. Raises NotFound, WrongState, Invalid.
    """
    panel, member = seat_of(actor, panel_id)
    return _leave(actor, panel, member, reason)


@transaction.atomic
def replace(*, actor: Actor, panel_id: uuid.UUID, member_id: uuid.UUID, reason: str) -> Member | None:
    """Have a member leave who does not come or must avoid the evaluation: by the host, before the work begins.

    Like `recuse`. Raises NotFound, WrongState, Invalid.   Source: 财政部令第87号第四十九条.
    """
    panel, _ = host_of(actor, panel_id)
    member = panel.members.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise NotFound()
    return _leave(actor, panel, member, reason)


def _leave(actor: Actor, panel: Panel, member: Member, reason: str) -> Member | None:
    step = follow(MEMBER_STEPS, member.status, "recuse")
    if panel.status != PanelStatus.DRAWN:
        raise WrongState(gettext_noop("The panel is at work already; the host may dissolve it."))
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why this seat becomes free.")})

    member.status, member.reason = step.target, reason.strip()[:300]
    member.save(update_fields=["status", "reason"])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule=step.rule,
        member=str(member.pk),
        reason=member.reason,
    )
    push(f"room.{panel.pk}", "member.recused", member=str(member.pk))
    inbox.finish(f"room.{panel.pk}.declare.{member.pk}")
    return _redraw(panel) if member.expert_id is not None else None


def _redraw(panel: Panel) -> Member | None:
    tender = tendering.tender_facts(panel.tender_id)
    begun = Draw.objects.filter(panel=panel).first()
    seated = set(panel.members.values_list("user_id", flat=True))
    may = {one.number: one for one in pool_for(tender) if one.user_id not in seated}
    if begun is None or not may.keys() & set(begun.pool):
        return None
    panel.draw, [number] = drawing.turn(panel.draw, begun, set(may), 1)
    panel.save(update_fields=["draw"])
    one = may[number]
    member = _seat(panel, tender, one.user_id, one.id, one.name, panel.members.count() + 1)
    record(
        actor="draw", verb="redraw", subject=f"room.{panel.pk}", rule="L-29", draw=digest(panel.draw).hex()
    )
    drawing.log(tender.id, panel.draw, begun)
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


def seat_of(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, Member]:
    """Lock the panel and give the actor's seat on it; raises NotFound for everybody else."""
    user_id = actor.require_user()
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    member = (
        Member.objects.select_for_update()
        .filter(panel_id=panel_id, user_id=user_id)
        .exclude(status=MemberStatus.RECUSED)
        .first()
    )
    if panel is None or member is None:
        raise NotFound()
    return panel, member


def host_of(actor: Actor, panel_id: uuid.UUID) -> tuple[Panel, TenderFacts]:
    """Lock the panel for whoever runs its tender; raises NotFound for everybody else."""
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    return panel, tenders.tender_to_manage(actor, panel.tender_id)
