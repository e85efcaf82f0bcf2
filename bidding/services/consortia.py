"""Bid together (联合体): the lead offers an agreement, every member's desk signs it, any of them ends it.

Known to its members alone until the opening: nothing here compares it with what other suppliers prepare.
Source: 《政府采购法》第二十四条; 《政府采购法实施条例》第二十二条.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.consortia import WRITERS, may_act, purpose_of, to_read
from bidding.facts import ConsortiumFacts
from bidding.models import Consortium, ConsortiumMember
from bidding.states import CONSORTIUM_STEPS, ConsortiumStatus
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.money import share_of_percent
from core.transitions import Step, follow
from parties.access import Actor
from parties.selectors import OrganisationFacts, organisation_by_credit_code, organisation_facts
from parties.services import inbox, signing
from parties.states import Kind
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.facts import TenderFacts

RULE = "L-04.agreement"
TEXT_AT_MOST = 4000


class NoConsortia(Refused):
    """The documents of the tender take no consortia."""

    code = "no-consortia"
    title = gettext_noop("This tender takes no consortia")


class TooLate(Refused):
    """First bids are no longer taken: the agreements stand as they are."""

    code = "consortium-too-late"
    title = gettext_noop("Bids are no longer taken: agreements stay as they are")


class RunningAlready(Conflict):
    """The supplier leads a consortium for this lot already."""

    code = "consortium-runs"
    title = gettext_noop("Your desk leads a consortium for this lot already")


class SignedAlready(Conflict):
    """The member's desk has signed."""

    code = "already-signed"
    title = gettext_noop("Your side has signed this agreement already")


@dataclass(frozen=True, slots=True)
class Part:
    """What a member takes on: its share of the contract in percent, as typed, and its work."""

    credit_code: str
    percent: str
    work: str


@transaction.atomic
def offer(
    *, actor: Actor, tender_id: uuid.UUID, lot: str, own: Part, partners: Sequence[Part], text: str = ""
) -> ConsortiumFacts:
    """Offer an agreement for a lot to named suppliers; it holds once every desk, the lead's too, has signed it.

    `text` is what the members agree besides. Raises NotFound and as `tender_to_bid`, NoConsortia, TooLate,
    RunningAlready, Invalid (unknown or repeated partner, shares that are not 100 percent, no work).
    """
    tender = tenders.tender_to_bid(actor, tender_id)
    lead = organisation_facts(actor.require_kind(Kind.SUPPLIER))
    if tender.lot(lot) is None or actor.role not in WRITERS:
        raise NotFound()
    must_be_open(tender)
    running = Consortium.objects.filter(tender_id=tender.id, lot=lot, lead_id=lead.id)
    if running.exclude(status=ConsortiumStatus.ENDED).exists():
        raise RunningAlready(gettext_noop("End it first, then offer another."), rule=RULE)
    members, errors = _members(tender, lead, own, partners)
    if len(text) > TEXT_AT_MOST:
        errors["text"] = gettext_noop("This is too long.")
    if errors:
        raise Invalid(errors=errors)

    row = Consortium(tender_id=tender.id, lot=lot, lead_id=lead.id, offered_at=clock.now())
    row.terms = {
        "type": "mingcai/v1/consortium-agreement",
        "agreement": str(row.pk),
        "tender": str(tender.id),
        "project_no": tender.project_no,
        "title": tender.title,
        "lot": lot,
        "purchaser": tender.purchaser_name,
        "members": [
            {
                "role": "lead" if org.id == lead.id else "member",
                "name": org.name,
                "credit_code": org.credit_code,
                "size": org.size,
                "share": f"{share:f}",
                "work": work,
            }
            for org, share, work in members
        ],
        "law": [RULE, "L-04.joint"],
        "text": text.strip(),
    }
    row.terms_hash = digest(row.terms).hex()
    row.save()
    ConsortiumMember.objects.bulk_create(
        ConsortiumMember(consortium=row, supplier_id=org.id, place=place)
        for place, (org, _share, _work) in enumerate(members)
    )
    record(
        actor=actor.label,
        verb="offer_consortium",
        subject=f"consortium.{row.pk}",
        rule=RULE,
        terms_hash=row.terms_hash,
    )
    for org, _share, _work in members:
        inbox.assign(
            key=_key(row, f"sign.{org.id}"),
            org_id=org.id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("Sign the consortium agreement for “%(tender)s”, or decline"),
            why=gettext_noop(
                "%(lead)s leads it; it holds once every member has signed, before the deadline."
            ),
            url=reverse("bidding:consortium", args=[row.pk]),
            due_at=tender.due_at,
            rule=RULE,
            tender=tender.title,
            lead=lead.name,
        )
    return to_read(actor, row.pk)


@transaction.atomic
def sign(*, actor: Actor, consortium_id: uuid.UUID, credential: Mapping[str, Any] | str) -> ConsortiumFacts:
    """Sign for one's own desk with a passkey, over the hash of the terms; the last signature concludes the agreement.

    The member must be free to bid by what it is and by its own records. Raises NotFound and as `tender_to_bid`,
    TooLate, WrongState, SignedAlready, NotSigned.
    """
    row, found = _locked(actor, consortium_id)
    tender = tenders.tender_to_bid(actor, row.tender_id)
    must_be_open(tender)
    step = follow(CONSORTIUM_STEPS, row.status, "sign")
    seat = row.members.get(supplier_id=actor.org_id)
    if seat.signed_at is not None:
        raise SignedAlready(rule=RULE)
    signed = signing.sign_terms(actor, row.terms_hash, credential, purpose=purpose_of(row.pk))
    for column, value in signed.items():
        setattr(seat, column, value)
    seat.signed_at = clock.now()
    seat.save()
    if not row.members.filter(signed_at=None).exists():
        step = follow(CONSORTIUM_STEPS, row.status, "conclude")
        row.agreed_at = seat.signed_at
    row.status = ConsortiumStatus(step.target)
    row.save()
    _note(row, step, actor)
    inbox.finish(_key(row, f"sign.{actor.org_id}"))
    if row.status == ConsortiumStatus.AGREED:
        inbox.tell(
            key=_key(row, "agreed"),
            org_id=row.lead_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("Every member has signed the consortium agreement for “%(tender)s”"),
            why=gettext_noop("Name it in the bid: choose it under the terms before you seal."),
            url=reverse("bidding:bid", args=[tender.id]),
            rule=RULE,
            tender=tender.title,
        )
    return to_read(actor, found.id)


@transaction.atomic
def end(*, actor: Actor, consortium_id: uuid.UUID, reason: str) -> ConsortiumFacts:
    """End the agreement, by any member before the deadline: the lead withdraws it, a partner declines or leaves.

    A bid that names it then names nothing. Raises NotFound, TooLate, WrongState, Invalid without a reason.
    """
    row, found = _locked(actor, consortium_id)
    tender = tendering.tender_facts(row.tender_id)
    must_be_open(tender)
    step = follow(CONSORTIUM_STEPS, row.status, "end")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    row.ended_at, row.ended_by, row.ended_reason = clock.now(), actor.org_name, reason.strip()[:500]
    row.status = ConsortiumStatus(step.target)
    row.save()
    _note(row, step, actor)
    inbox.finish_all(_key(row, ""))
    for one in found.members:
        if one.supplier_id != actor.org_id:
            inbox.tell(
                key=_key(row, f"ended.{one.supplier_id}"),
                org_id=one.supplier_id,
                kind=Kind.SUPPLIER,
                title=gettext_noop("The consortium agreement for “%(tender)s” is ended by %(member)s"),
                why=gettext_noop("A bid that names it has no agreement to show: replace or withdraw it."),
                url=reverse("bidding:consortium", args=[row.pk]),
                rule=RULE,
                tender=tender.title,
                member=actor.org_name,
            )
    return to_read(actor, row.pk)


def close(tender_id: uuid.UUID) -> None:
    """Put away the tasks to sign once bids are no longer taken."""
    inbox.finish_all(f"tender.{tender_id}.consortium.")


def open_for(tender: TenderFacts) -> bool:
    """Tell whether agreements may still be offered, signed and ended: while first bids are taken."""
    due = tender.bids_due_at
    first = not tender.rounds or tender.window[0] != "price"
    return tender.accepting and first and due is not None and clock.now() < due


def must_be_open(tender: TenderFacts) -> None:
    """Pass if consortia may form now. Raises NoConsortia, TooLate."""
    if not tender.consortia:
        raise NoConsortia(rule="L-04")
    if not open_for(tender):
        raise TooLate(rule=RULE)


def _members(
    tender: TenderFacts, lead: OrganisationFacts, own: Part, partners: Sequence[Part]
) -> tuple[list[tuple[OrganisationFacts, Decimal, str]], dict[str, str]]:
    """Read who takes part with what, the lead first, and what is wrong, by the form's field."""
    errors: dict[str, str] = {}
    found: list[tuple[OrganisationFacts, Decimal, str]] = []
    if not partners:
        errors["credit_code_1"] = gettext_noop("Name at least one partner.")
    for place, part in enumerate([own, *partners]):
        org = lead if place == 0 else organisation_by_credit_code(part.credit_code.strip().upper())
        if org is None or Kind.SUPPLIER not in org.kinds or org.id in (tender.purchaser_id, tender.agency_id):
            errors[f"credit_code_{place}"] = gettext_noop(
                "No supplier is registered under this code that could bid here."
            )
            continue
        if any(org.id == one.id for one, _share, _work in found):
            errors[f"credit_code_{place}"] = gettext_noop("This supplier is named already.")
        share = share_of_percent(part.percent)
        if share is None:
            errors[f"percent_{place}"] = gettext_noop(
                "Give a share above 0 and below 100, such as 35 or 12.5."
            )
        if not part.work.strip():
            errors[f"work_{place}"] = gettext_noop("Say which work it does.")
        found.append((org, share or Decimal(0), part.work.strip()))
    if not errors and sum(share for _org, share, _work in found) != 1:
        errors["percent_0"] = gettext_noop("The shares of all members must add up to 100.")
    return found, errors


def _locked(actor: Actor, consortium_id: uuid.UUID) -> tuple[Consortium, ConsortiumFacts]:
    row = Consortium.objects.select_for_update().filter(pk=consortium_id).first()
    found = to_read(actor, consortium_id)
    if row is None or may_act(actor, found) is None:
        raise NotFound()
    return row, found


def _note(row: Consortium, step: Step, actor: Actor) -> None:
    record(
        actor=actor.label,
        verb=f"{step.verb}_consortium",
        subject=f"consortium.{row.pk}",
        rule=step.rule,
        terms_hash=row.terms_hash,
    )


def _key(row: Consortium, what: str) -> str:
    return f"tender.{row.tender_id}.consortium.{row.pk}.{what}"
