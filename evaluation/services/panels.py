"""Form a panel: random draw with avoidance, declarations, recusal and redraw."""

from __future__ import annotations

import random
import secrets
import uuid
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.selectors import bidder_ids
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.clock import BEIJING
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused, WrongState, gettext_noop
from core.transitions import follow
from evaluation.models import Member, Panel, Sheet
from evaluation.scoring.committee import committee_for
from evaluation.states import MEMBER_STEPS, PANEL_STEPS, MemberStatus, PanelStatus
from parties.access import Actor
from parties.selectors import ExpertFacts, experts_for, organisation_facts, people_of, ties_between
from parties.services import inbox, signing
from realtime.services import push
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

LOOKBACK_RULE = "L-29.avoidance_lookback"


class TooFewExperts(Refused):
    """The register has too few experts of this specialty without ties to a bidder."""

    code = "too-few-experts"
    title = gettext_noop("There are too few experts to draw from")


class ConflictOfInterest(Forbidden):
    """The person works or worked for a bidder, or is tied to one: they must avoid this evaluation."""

    code = "conflict-of-interest"
    title = gettext_noop("This person must avoid the evaluation")
    status = 409


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
        "bidders": sorted(str(one) for one in bidder_ids(panel.tender_id)),
        "declares": ["no-tie-within-look-back", "independent", "secret", "reports-interference"],
        "rule": "L-29",
    }


@transaction.atomic
def draw(*, actor: Actor, tender_id: uuid.UUID, representative_id: uuid.UUID) -> Panel:
    """Form the smallest lawful panel: a representative of the purchaser, and experts drawn at random.

    Experts tied to a bidder within the law's look-back are not in the pool. The seed, the pool and its hash are kept,
    so that the draw can be repeated. Raises NotFound, WrongState (bids are not opened), PanelExists, TooFewExperts,
    ConflictOfInterest (the representative).   Source: 财政部令第87号第四十七条; 《政府采购法实施条例》第九条, 第三十九条.
    """
    tender = tenders.tender_to_manage(actor, tender_id)
    if tender.status != TenderStatus.OPENED:
        raise WrongState(gettext_noop("A panel is drawn once the bids are opened."))
    if (
        Panel.objects.select_for_update()
        .filter(tender_id=tender_id)
        .exclude(status=PanelStatus.DISSOLVED)
        .exists()
    ):
        raise PanelExists()
    law = tendering.law_of(tender_id)
    wanted = committee_for(law, tender.budget)
    codes = _bidder_codes(tender_id)
    representative = next(
        (one for one in people_of(tender.purchaser_id) if one.user_id == representative_id), None
    )
    if representative is None:
        raise Invalid(errors={"representative": gettext_noop("Choose somebody of the purchaser's desk.")})
    pool = [one for one in _pool(tender, codes) if one.user_id != representative_id]
    experts = wanted.size - 1
    if len(pool) < experts:
        raise TooFewExperts(
            gettext_noop(
                "%(needed)s experts are needed, the register offers %(found)s without ties to a bidder."
            ),
            needed=experts,
            found=len(pool),
        )
    seed = secrets.token_hex(32)
    chosen = pick(pool, experts, seed)
    panel = Panel.objects.create(
        tender_id=tender_id,
        size=wanted.size,
        experts=experts,
        rule=wanted.rule,
        formed_by=actor.label,
        draw={"seed": seed, "pool": [str(one.id) for one in pool], "rule": LOOKBACK_RULE, "rounds": 1},
    )
    _seat(panel, tender, representative.user_id, None, representative.name, Member.REPRESENTATIVE, 1)
    for position, one in enumerate(chosen, start=2):
        _seat(panel, tender, one.user_id, one.id, one.name, Member.EXPERT, position)
    record(
        actor=actor.label,
        verb="draw",
        subject=f"room.{panel.pk}",
        rule=wanted.rule,
        pool=digest([str(one.id) for one in pool]).hex(),
        size=wanted.size,
    )
    push(f"room.{panel.pk}", "panel.drawn", size=wanted.size)
    inbox.finish(f"tender.{tender_id}.panel")
    return panel


def pick(pool: list[ExpertFacts], count: int, seed: str) -> list[ExpertFacts]:
    """Draw `count` of `pool` by `seed`: the same seed and pool give the same draw, whoever repeats it."""
    ordered = sorted(pool, key=lambda one: one.number)
    return random.Random(seed).sample(ordered, count)  # noqa: S311 - the seed is random; the draw must be repeatable


def _pool(tender: TenderFacts, codes: list[str]) -> list[ExpertFacts]:
    """Give those who may be drawn, for the tender's first item code; all experts of its category if too few fit."""
    since = _since(tender)
    item = next((item.code for lot in tender.lots for item in lot.items), "")
    return experts_for(item, codes, since=since)


def _since(tender: TenderFacts) -> date:
    years = tendering.law_of(tender.id).count(LOOKBACK_RULE)
    today = clock.now().astimezone(BEIJING).date()
    return today.replace(year=today.year - years, day=min(today.day, 28))


def _bidder_codes(tender_id: uuid.UUID) -> list[str]:
    return sorted(organisation_facts(one).credit_code for one in bidder_ids(tender_id))


def _seat(
    panel: Panel,
    tender: TenderFacts,
    user_id: uuid.UUID,
    expert_id: uuid.UUID | None,
    name: str,
    kind: str,
    position: int,
) -> Member:
    codes = _bidder_codes(tender.id)
    if expert_id is not None and (ties := ties_between(expert_id, codes, _since(tender))):
        raise ConflictOfInterest(
            gettext_noop("%(name)s is tied to a bidder: %(ties)s."),
            rule="L-29",
            name=name,
            ties="; ".join(ties),
        )
    if any(user_id == one.user_id for org in bidder_ids(tender.id) for one in people_of(org)):
        raise ConflictOfInterest(
            gettext_noop("%(name)s is tied to a bidder: %(ties)s."), rule="L-29", name=name, ties="desk"
        )
    member = Member.objects.create(
        panel=panel, user_id=user_id, expert_id=expert_id, kind=kind, name=name, position=position
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

    Raises NotFound, ConflictOfInterest, WrongState (the panel is complete or at work), Conflict (sits there already).
    Source: 《政府采购法实施条例》第三十九条.
    """
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    tender = tenders.tender_to_manage(actor, panel.tender_id)
    if panel.status != PanelStatus.DRAWN:
        raise WrongState(gettext_noop("The panel is at work already."))
    from parties.selectors import expert_facts

    expert = expert_facts(expert_id)
    if panel.members.filter(user_id=expert.user_id).exists():
        raise Conflict(gettext_noop("This person has sat on the panel already."))
    member = _seat(
        panel, tender, expert.user_id, expert.id, expert.name, Member.EXPERT, panel.members.count() + 1
    )
    if panel.members.exclude(status=MemberStatus.RECUSED).count() > panel.size:
        raise WrongState(gettext_noop("The panel is complete."))
    record(actor=actor.label, verb="seat", subject=f"room.{panel.pk}", rule="L-29", member=str(member.pk))
    push(f"room.{panel.pk}", "member.seated", member=str(member.pk))
    return member


@transaction.atomic
def declare(*, actor: Actor, panel_id: uuid.UUID, credential: Any) -> Member:
    """Sign the declaration: no tie, independence, secrecy. Raises NotFound, WrongState, NotSigned, ConflictOfInterest."""
    panel, member = seat_of(actor, panel_id)
    step = follow(MEMBER_STEPS, member.status, "declare")
    tender = tendering.tender_facts(panel.tender_id)
    if member.expert_id is not None and (
        ties := ties_between(member.expert_id, _bidder_codes(tender.id), _since(tender))
    ):
        raise ConflictOfInterest(
            gettext_noop("%(name)s is tied to a bidder: %(ties)s."),
            rule="L-29",
            name=member.name,
            ties="; ".join(ties),
        )
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
    if panel.status != PanelStatus.DRAWN:
        raise WrongState(gettext_noop("The panel is at work already; speak to the host."))
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why you avoid this evaluation.")})
    step = follow(MEMBER_STEPS, member.status, "recuse")
    member.status, member.reason = step.target, reason
    member.save(update_fields=["status", "reason"])
    record(
        actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule, member=str(member.pk)
    )
    push(f"room.{panel.pk}", "member.recused", member=str(member.pk))
    inbox.finish(f"room.{panel.pk}.declare.{member.pk}")
    return _redraw(panel) if member.expert_id is not None else None


def _redraw(panel: Panel) -> Member | None:
    tender = tendering.tender_facts(panel.tender_id)
    seated = set(panel.members.values_list("user_id", flat=True))
    pool = [one for one in _pool(tender, _bidder_codes(tender.id)) if one.user_id not in seated]
    if not pool:
        return None
    rounds = int(panel.draw["rounds"]) + 1
    chosen = pick(pool, 1, f"{panel.draw['seed']}.{rounds}")[0]
    panel.draw = {**panel.draw, "rounds": rounds}
    panel.save(update_fields=["draw"])
    return _seat(
        panel, tender, chosen.user_id, chosen.id, chosen.name, Member.EXPERT, panel.members.count() + 1
    )


def _ask_host(panel: Panel, tender: TenderFacts) -> None:
    inbox.assign(
        key=f"room.{panel.pk}.begin",
        org_id=tender.agency_id or tender.purchaser_id,
        kind="agency" if tender.agency_id else "purchaser",
        title=gettext_noop("Begin the evaluation of “%(tender)s”"),
        why=gettext_noop("Every member has declared."),
        url=reverse("evaluation:room", args=[panel.pk]),
        tender=tender.title,
    )


@transaction.atomic
def advance(*, actor: Actor, panel_id: uuid.UUID, verb: str) -> Panel:
    """Move the agenda on as its host: `begin_review` when all have declared, `begin_scoring` when all is reviewed.

    Raises NotFound, WrongState.   Source: 财政部令第87号第四十四条, 第五十条.
    """
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None or verb not in {"begin_review", "begin_scoring"}:
        raise NotFound()
    tenders.tender_to_manage(actor, panel.tender_id)
    step = follow(PANEL_STEPS, panel.status, verb)
    active = panel.members.exclude(status=MemberStatus.RECUSED)
    if verb == "begin_review" and (
        active.count() < panel.size or active.exclude(status=MemberStatus.DECLARED).exists()
    ):
        raise WrongState(gettext_noop("Not every member has declared yet."))
    if verb == "begin_scoring":
        from evaluation.selectors import unreviewed

        missing = unreviewed(panel)
        if missing:
            raise WrongState(gettext_noop("%(count)s conditions are not reviewed yet."), count=len(missing))
    panel.status = step.target
    panel.save(update_fields=["status"])
    record(actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule)
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    if verb == "begin_scoring":
        for member in active:
            inbox.assign(
                key=f"room.{panel.pk}.score.{member.pk}",
                user_id=member.user_id,
                title=gettext_noop("Score the bids for “%(tender)s”"),
                why=gettext_noop("Scoring is open; nobody sees your scores before you submit them."),
                url=reverse("evaluation:room", args=[panel.pk]),
                tender=tendering.tender_facts(panel.tender_id).title,
            )
    inbox.finish(f"room.{panel.pk}.begin")
    return panel


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


@transaction.atomic
def present(*, actor: Actor, panel_id: uuid.UUID) -> None:
    """Say that a member is in the room; others are told when somebody comes back after a while."""
    panel, member = seat_of(actor, panel_id)
    now = clock.now()
    came = member.seen_at is None or (now - member.seen_at).total_seconds() > 30
    member.seen_at = now
    member.save(update_fields=["seen_at"])
    if came:
        record(actor=actor.label, verb="enter", subject=f"room.{panel.pk}", member=str(member.pk))
        push(f"room.{panel.pk}", "member.present", member=str(member.pk))
