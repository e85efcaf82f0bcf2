"""Reads of challenges and complaints: whose they are, until when something is possible, when a decision is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from bidding.consortia import partner_ids
from bidding.selectors import bidder_ids
from contracting.facts import ContractFacts
from contracting.selectors import contracts_of_process
from core import clock, regions
from core.audit.selectors import entries_of
from core.enacted import selectors as enacted
from core.errors import gettext_noop
from core.law.book import Deadline
from core.law.stops import end_after_stops
from oversight import dispute_rules as rules
from oversight.models import Challenge, Complaint
from oversight.states import ChallengeStatus, Effect, Outcome, Subject
from parties.access import Actor
from parties.states import Kind
from tendering.admission import objectors
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.selectors import law_of, tender_facts


def window_for(tender_id: UUID, subject: str) -> rules.Window | None:
    """Give the window for a challenge about a procedure, from what its records say happened."""
    tender = tender_facts(tender_id)
    acts = {entry.verb: entry.at for entry in entries_of(tender.source)}
    return rules.window(law_of(tender_id), subject, acts, method_of(tender.method).notice_time)


def windows(tender_id: UUID) -> dict[str, rules.Window]:
    """Give the windows that are open now, by what they are about."""
    now = clock.now()
    found = {subject.value: window_for(tender_id, subject) for subject in Subject}
    return {name: one for name, one in found.items() if one is not None and now < one.until.ends_at}


def took_part(supplier_id: UUID, tender_id: UUID) -> bool:
    """Tell whether the supplier bid, once the bids are closed: by itself, or in a consortium once that is opened.

    In a single-source procedure: whether it is the supplier asked, or objected to the notice while that stood.
    """
    sole = tender_facts(tender_id).sole
    if sole is not None:
        return supplier_id == sole.supplier_id or supplier_id in objectors(tender_id)
    return supplier_id in bidder_ids(tender_id) or supplier_id in partner_ids(tender_id)


def challenges_for(actor: Actor) -> QuerySet[Challenge]:
    """Give the challenges that concern this desk: its own, those against procedures it runs, those of its region."""
    rows = Challenge.objects.select_related("supplier", "tender")
    mine = Q(pk__in=[])
    if actor.org_id is not None:
        if actor.acts_as(Kind.SUPPLIER):
            mine |= Q(supplier_id=actor.org_id)
        sent = ~Q(status=ChallengeStatus.DRAFT) & ~Q(submitted_at=None)
        if actor.acts_as(Kind.PURCHASER):
            mine |= sent & Q(tender__purchaser_id=actor.org_id)
        if actor.acts_as(Kind.AGENCY):
            mine |= sent & Q(tender__agency_id=actor.org_id)
        if actor.acts_as(Kind.SUPERVISOR):
            mine |= sent & Q(tender__region__startswith=regions.stem(actor.region))
    return rows.filter(mine).prefetch_related("complaints")


def decide_due(complaint: Complaint) -> Deadline | None:
    """Give when a complaint is to be decided, after the stops that have ended; None before it is received."""
    if complaint.received_at is None:
        return None
    tender = tender_facts(complaint.challenge.tender_id)
    end = rules.following(law_of(tender.id), rules.DECIDE, complaint.received_at)
    stops = [(row.sent_at, row.back_at) for row in complaint.stops.all() if row.back_at is not None]
    return end_after_stops(end, stops, enacted.calendar(tender.region))


def effects_for(
    tender: TenderFacts,
    subject: str,
    lots: Collection[str] = (),
    contracts: Sequence[ContractFacts] | None = None,
) -> tuple[Effect, ...]:
    """Give what a decision may do to the procedure as it stands, or to some of its lots; `contracts`: those it has, if known."""
    known = contracts_of_process(tender.ocid) if contracts is None else contracts
    touched = [row for row in known if not lots or any(item.lot in lots for item in row.items)]
    signed = any(row.signed_at is not None for row in touched)
    performed = any(row.status in {"accepted", "completed"} for row in touched)
    return rules.effects(
        tender.status, subject, signed=signed, performed=performed, compared=tender.sole is None
    )


def effects_of_reply(
    tender: TenderFacts,
    subject: str,
    lots: Collection[str] = (),
    contracts: Sequence[ContractFacts] | None = None,
) -> tuple[Effect, ...]:
    """Give what a reply may do to the procedure: as a decision, but a signed contract is not the host's to undo."""
    found = effects_for(tender, subject, lots, contracts)
    return tuple(one for one in found if one not in (Effect.RESCIND, Effect.DAMAGES))


def lots_of(tender: TenderFacts) -> list[str]:
    """Give the lots of which one can be decided by itself: all, once there are awards; none of a single lot."""
    numbers = [lot.no for lot in tender.lots]
    return numbers if len(numbers) > 1 and tender.status in ("awarded", "contracted") else []


def wrong_with_effect(
    tender: TenderFacts, effect: str, outcome: str, lots: Collection[str], possible: Collection[Effect]
) -> dict[str, str]:
    """Name what is wrong with an effect on some lots (none: on all), by field; `possible` is what these lots leave."""
    if not set(lots) <= set(lots_of(tender)) or (lots and effect == Effect.NONE):
        text = gettext_noop("Name lots only where something is done to them, once there are awards.")
        return {"lots": text}
    if effect not in possible or (outcome == Outcome.REJECTED and effect != Effect.NONE):
        return {
            "effect": gettext_noop("The law does not leave this effect at this stage, or for this result.")
        }
    return {}


def reply_is_over(challenge: Challenge, now: datetime) -> bool:
    """Tell whether a complaint is possible: the reply is there, or its time has passed without one."""
    if challenge.status == ChallengeStatus.ANSWERED:
        return True
    due = challenge.reply_due_at
    return challenge.status == ChallengeStatus.SUBMITTED and due is not None and now >= due
