"""The frame of the talks: when they begin, when final quotes are called for, when the team may judge.

Source: 财政部令第74号第三十条至第三十四条; 财库〔2014〕214号第十六条至第二十二条.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from bidding.services import finals
from core import clock
from core.audit.services import record
from core.errors import WrongState, gettext_noop
from core.transitions import follow
from evaluation import talks
from evaluation.models import Panel, Round, Talk
from evaluation.selectors import compliance, lots_to_score, readable_bids, reviews_of, unreviewed
from evaluation.services import eligibility
from evaluation.services.panels import check_complete, host_of
from evaluation.states import PANEL_STEPS, SETTLED, PanelStatus
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import services as tendering
from tendering.facts import TenderFacts
from tendering.states import TenderStatus


@transaction.atomic
def begin(*, actor: Actor, panel_id: uuid.UUID) -> Panel:
    """Begin the talks with every supplier whose response passed the review; the others are told why theirs did not.

    Raises NotFound, WrongState (not all is reviewed, or too few passed), PanelIncomplete (nobody comes in later), Held.
    """
    panel, tender = host_of(actor, panel_id)
    step = follow(PANEL_STEPS, panel.status, "begin_rounds")
    if not tender.rounds:
        raise WrongState(gettext_noop("This procurement method has no rounds of talks."))
    check_complete(panel)
    if missing := unreviewed(panel):
        raise WrongState(
            gettext_noop("%(count)s conditions are not reviewed yet."), rule=step.rule, count=len(missing)
        )
    good, lots = compliance(panel, tender), lots_to_score(panel, tender)
    eligibility.none_passed_who_may_not_bid(tender, good)
    if not lots:
        raise WrongState(
            gettext_noop(
                "Fewer suppliers passed the review than the law requires: there is nobody to talk with."
            ),
            rule=step.rule,
        )
    bids = readable_bids(tender.id)
    suppliers = {bid.supplier_id for bid in bids if good[bid.bid_id] and bid.lot in lots}

    tendering.begin_rounds(tender_id=tender.id, actor=actor)
    Talk.objects.bulk_create(Talk(panel=panel, supplier_id=one) for one in sorted(suppliers, key=str))
    _move(panel, actor, "begin_rounds")
    for talk in talks.of(panel):
        inbox.tell(
            **talks.to_supplier(talk, tender, "begun"),
            title=gettext_noop("The team of “%(tender)s” will talk with you"),
            why=gettext_noop(
                "Your response passed the review. Wait for the call; nobody else can follow your talks."
            ),
            rule=step.rule,
        )
    reasons = {
        bid: row.said for (bid, _), row in sorted(reviews_of(panel).items(), key=str) if not row.passed
    }
    for bid in bids:
        if bid.supplier_id not in suppliers:
            inbox.tell(
                key=f"room.{panel.pk}.out.{bid.bid_id}",
                org_id=bid.supplier_id,
                kind=Kind.SUPPLIER,
                title=gettext_noop("Your response to “%(tender)s” did not pass the review"),
                why=reasons.get(bid.bid_id, ""),
                url=f"/tenders/{tender.id}/bid/",
                rule=step.rule,
                tender=tender.title,
            )
    return panel


@transaction.atomic
def call_finals(*, actor: Actor, panel_id: uuid.UUID, due_at: datetime) -> Panel:
    """End the talks and ask all who still take part, in the same instant, for sealed final quotes before `due_at`.

    Every supplier has been heard equally often, all minutes are settled, no change waits for the purchaser's word and the
    time to respond to each is over. Raises NotFound, WrongState, Invalid, Held.
    """
    panel, tender = host_of(actor, panel_id)
    step = follow(PANEL_STEPS, panel.status, "call_finals")
    if obstacle := talks.obstacle(panel, clock.stamp()):
        raise WrongState(obstacle, rule=step.rule)
    lots = lots_to_score(panel, tender)
    if not lots:
        raise WrongState(
            gettext_noop(
                "Fewer suppliers are left than the law requires for final quotes; end the talks instead."
            ),
            rule=step.rule,
        )
    good = compliance(panel, tender)
    asked: dict[str, set[uuid.UUID]] = {lot: set() for lot in lots}
    for bid in readable_bids(tender.id):
        if bid.lot in lots and good[bid.bid_id]:
            asked[bid.lot].add(bid.supplier_id)

    finals.call(actor=actor, tender_id=tender.id, due_at=due_at, asked=asked)
    _move(panel, actor, "call_finals")
    for talk in talks.of(panel):
        if talk.supplier_id in set().union(*asked.values()):
            push(talks.stream(talk), "finals.called", due_at=due_at.isoformat())
    return panel


def may_score(panel: Panel, tender: TenderFacts) -> None:
    """Refuse to go on to the judgement before the final quotes are closed, unless too few suppliers are left for any.

    Raises WrongState.
    """
    if panel.status == PanelStatus.QUOTING:
        if tender.status != TenderStatus.QUOTED:
            raise WrongState(gettext_noop("The final quotes are not closed yet."), rule="N-04")
        return
    if lots_to_score(panel, tender):
        raise WrongState(
            gettext_noop("Enough suppliers are left: talk with each and call for final quotes."), rule="N-06"
        )
    if Round.objects.filter(talk__panel=panel).exclude(status__in=SETTLED).exists():
        raise WrongState(gettext_noop("The minutes of a round are not settled yet."), rule="N-06")
    panel.apart = False  # no final quote was called for, so there is no price to keep apart


def _move(panel: Panel, actor: Actor, verb: str) -> None:
    step = follow(PANEL_STEPS, panel.status, verb)
    panel.status = step.target
    panel.save(update_fields=["status"])
    record(actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule)
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    inbox.finish(f"room.{panel.pk}.begin")
