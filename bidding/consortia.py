"""Reads of consortia: before the opening for their members alone, after it for what opened bids name.

Source: 《政府采购法》第二十四条; 《政府采购法实施条例》第二十二条; 财库〔2020〕46号第四条, 第九条.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from bidding.facts import SMALL, ConsortiumFacts, MemberFacts
from bidding.models import Consortium, ConsortiumMember, OpenedBid
from bidding.states import BidStatus, ConsortiumStatus
from core.canonical import digest
from core.errors import NotFound
from core.workdays import beijing_date
from parties.access import Actor
from parties.assertion import verify
from parties.evidence import links_between
from parties.states import Hold, Kind, Role

FACT = "consortium"
"""The fact of a sealed sheet that holds the hash of the agreement."""
WRITERS = frozenset({Role.ADMIN, Role.HANDLER, Role.APPROVER})
TIED = frozenset({Hold.HOLDING, Hold.MANAGEMENT})


def may_act(actor: Actor, consortium: ConsortiumFacts) -> MemberFacts | None:
    """Give the member for whose desk the actor works on bids, or None."""
    if not actor.acts_as(Kind.SUPPLIER) or actor.role not in WRITERS:
        return None
    return consortium.member(actor.org_id)


def to_read(actor: Actor, consortium_id: uuid.UUID) -> ConsortiumFacts:
    """Give a consortium to the people of its members who work on bids. Raises NotFound."""
    actor.require_user()
    found = next(iter(_facts(Consortium.objects.filter(pk=consortium_id))), None)
    if found is None or may_act(actor, found) is None:
        raise NotFound()
    return found


def of_desk(actor: Actor, tender_id: uuid.UUID) -> list[ConsortiumFacts]:
    """Give the consortia of a tender in which the actor's desk is, those that run first."""
    rows = Consortium.objects.filter(tender_id=tender_id, members__supplier_id=actor.org_id)
    found = [one for one in _facts(rows) if may_act(actor, one) is not None]
    return sorted(found, key=lambda one: (one.status == ConsortiumStatus.ENDED, one.lot, one.offered_at))


def led_by(supplier_id: uuid.UUID, tender_id: uuid.UUID, lot: str) -> ConsortiumFacts | None:
    """Give the agreement under which a supplier may bid for a lot as the lead; None until every member has signed."""
    rows = Consortium.objects.filter(
        tender_id=tender_id, lot=lot, lead_id=supplier_id, status=ConsortiumStatus.AGREED
    )
    return next(iter(_facts(rows)), None)


def named_in(tender_id: uuid.UUID, named: Collection[str]) -> dict[str, ConsortiumFacts]:
    """Give the agreements whose hashes opened bids name, by hash: those that every member signed and nobody ended.

    Terms and signatures are compared with the sealed hash, so that what was edited in the database holds nothing.

    What ties their members is looked at once for all, on the day of the last signature.
    """
    if not named:
        return {}
    rows = Consortium.objects.filter(
        tender_id=tender_id, terms_hash__in=list(named), status=ConsortiumStatus.AGREED
    )
    found = _facts(rows)
    return {row.terms_hash: row for row in _with_ties([row for row in found if _holds(row)])}


def _holds(row: ConsortiumFacts) -> bool:
    """Tell whether the terms are those of the hash, and every member's signature is over them."""
    payload = digest(dict(row.terms))
    return payload.hex() == row.terms_hash and all(
        one.signature is not None
        and one.signature["purpose"] == purpose_of(row.id)
        and verify(one.signature, payload)
        for one in row.members
    )


def purpose_of(consortium_id: uuid.UUID) -> str:
    """Give the purpose for which an agreement is signed."""
    return f"consortium.{consortium_id}"


def _with_ties(rows: list[ConsortiumFacts]) -> list[ConsortiumFacts]:
    """Mark the small members that a larger one of theirs holds or manages.   Source: 财库〔2020〕46号第九条."""
    signed = [row.agreed_at for row in rows if row.agreed_at is not None]
    if not signed or not any(0 < row.small_share < 1 for row in rows):
        return rows
    everybody = {one.supplier_id for row in rows for one in row.members}
    links = links_between(everybody, beijing_date(max(signed)))
    found = []
    for row in rows:
        larger = {one.name for one in row.members if one.size not in SMALL}
        held = {
            one.supplier_id
            for one in row.members
            if any(link.other in larger and link.hold in TIED for link in links[one.supplier_id])
        }
        found.append(replace(row, tied=frozenset(held)))
    return found


def hash_named(sheet: Mapping[str, Any]) -> str:
    """Give the hash of the agreement that a sheet names; empty for a supplier that bids by itself."""
    return str(sheet.get("facts", {}).get(FACT, "")).strip()


def partner_ids(tender_id: uuid.UUID) -> set[uuid.UUID]:
    """Give the suppliers that come as partners of an opened bid's lead; empty before the opening."""
    rows = OpenedBid.objects.filter(bid__tender_id=tender_id, bid__status=BidStatus.OPENED)
    named = {hash_named(sheet or {}) for sheet in rows.values_list("sheet", flat=True)} - {""}
    if not named:
        return set()
    members = ConsortiumMember.objects.filter(
        consortium__tender_id=tender_id, consortium__terms_hash__in=named, place__gt=0
    )
    return set(members.values_list("supplier_id", flat=True))


def _facts(rows: QuerySet[Consortium]) -> list[ConsortiumFacts]:
    return [_of(row) for row in rows.prefetch_related("members")]


def _of(row: Consortium) -> ConsortiumFacts:
    members = [
        MemberFacts(
            supplier_id=seat.supplier_id,
            name=said["name"],
            credit_code=said["credit_code"],
            size=said["size"],
            share=Decimal(said["share"]),
            work=said["work"],
            person=seat.person,
            signed_at=seat.signed_at,
            signature=seat.signature,
        )
        for seat, said in zip(row.members.all(), row.terms["members"], strict=True)
    ]
    return ConsortiumFacts(
        id=row.pk,
        tender_id=row.tender_id,
        lot=row.lot,
        status=row.status,
        text=row.terms["text"],
        terms=row.terms,
        terms_hash=row.terms_hash,
        members=tuple(members),
        offered_at=row.offered_at,
        agreed_at=row.agreed_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_reason=row.ended_reason,
    )
