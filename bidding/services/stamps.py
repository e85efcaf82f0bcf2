"""Witness stamps: a keeper saw a record's hash. Whoever has one may deliver it, and the close list accounts for it (R3).

A stamp says nothing of the platform: it never withholds a tender. One that a fixed list leaves out is a dispute about its
own record, for the supervisor, and blocks nobody else.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from bidding import keepers
from bidding.access import bidding_to_watch
from bidding.models import CloseList, Ticket, WitnessStamp
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Keeper
from bidding.sealing.shape import write_instant
from bidding.sealing.statements import Stamp, Statement
from bidding.services import locks
from core.audit.services import record as record_act
from core.errors import Invalid, NotFound, Refused, gettext_noop
from core.ledger.key import log_signer
from parties.access import Actor
from parties.selectors import supervisor_of
from parties.services import inbox
from parties.states import Kind
from tendering.facts import TenderFacts

MAX_STAMPS = 15
MAX_RECORDS = 20
NEVER_SUBMITTED = "never-submitted"


class StampsRefused(Refused):
    """No stamp of this tender's keepers, or one given after the list was fixed."""

    code = "stamps-refused"
    title = gettext_noop("The stamps cannot be taken")


def deliver(
    *, actor: Actor, tender_id: uuid.UUID, lot: str, statements: Any, envelope: str = ""
) -> dict[str, Any]:
    """Keep stamps of one record, and give the platform's signed word that they were delivered and how they stand.

    `pending` before the list is fixed, `accounted` when the list names the record, else `disputed`. Delivering the
    same again gives the same standing. `envelope`: the first of the tender by default. Raises Invalid, StampsRefused, NotFound.
    """
    tender = bidding_to_watch(actor, tender_id)
    supplier_id = actor.require_kind("supplier")
    envelope = envelope or tender.window[0]
    if envelope not in tender.sealing.get("lots", {}).get(lot, {}):
        raise NotFound()
    read = _verified(tender, statements)
    policy = tender.sealing["lots"][lot][envelope]["policy"]
    where = {"tender_id": tender_id, "lot": lot, "envelope": policy["envelope"]}
    record_hash = read[0][0].hash
    # The lock of submitting: the list that is being fixed has these stamps, or they come after it.
    with locks.arriving(tender_id, supplier_id) as (instant, _):
        listed = CloseList.objects.filter(**where).first()
        standing = _standing(listed, record_hash, read)
        known = set(
            WitnessStamp.objects.filter(tender_id=tender_id, supplier_id=supplier_id).values_list(
                "record_hash", flat=True
            )
        )
        if record_hash not in known and len(known) >= MAX_RECORDS:
            raise StampsRefused(
                gettext_noop("You have delivered stamps of too many records for this tender.")
            )
        new = False
        for stamp, statement in read:
            row, created = WitnessStamp.objects.get_or_create(
                **where,
                record_hash=record_hash,
                keeper=stamp.keeper,
                defaults={
                    "supplier_id": supplier_id,
                    "stamped_at": stamp.time,
                    "statement": statement.to_json(),
                    "delivered_by": actor.label,
                    "delivered_at": instant,
                    "disputed": standing == "disputed",
                },
            )
            if created:
                new = True
                record_act(
                    actor=actor.label,
                    verb="dispute" if row.disputed else "deliver",
                    subject=f"stamp.{row.pk}",
                    rule="sealing.R3",
                    tender=str(tender_id),
                    lot=lot,
                    envelope=row.envelope,
                    supplier=str(supplier_id),
                    record_hash=record_hash,
                    keeper=stamp.keeper,
                    at=write_instant(instant),
                )
        if new and standing == "disputed":
            _tell(tender, lot, record_hash)
    body = {
        "type": "mingcai/v1/delivery",
        "log_origin": policy["log_origin"],
        "tender": policy["tender"],
        "lot": lot,
        "envelope": policy["envelope"],
        "record_hash": record_hash,
        "keepers": sorted(stamp.keeper for stamp, _ in read),
        "standing": standing,
        "at": write_instant(instant),
    }
    return keepers.sign_statement(body, log_signer(may_create=False))


def entries_of(
    tender_id: uuid.UUID, lot: str, envelope: str, listed: Collection[str], tickets: Collection[Ticket]
) -> list[dict[str, Any]]:
    """The close list's entries for delivered stamps of records that it does not name otherwise, one per record.

    `listed` are the hashes that it names. A stamp alone never opens anything: its entry is always a refusal.
    """
    refused = {ticket.record_hash: ticket.code for ticket in tickets if ticket.code}
    first: dict[str, datetime] = {}
    for row in WitnessStamp.objects.filter(tender_id=tender_id, lot=lot, envelope=envelope):
        if row.record_hash not in listed:
            first[row.record_hash] = min(first.get(row.record_hash, row.stamped_at), row.stamped_at)
    return [
        {
            "kind": "stamp",
            "record_hash": record_hash,
            "bid_id": "",
            "arrival": write_instant(at),
            "state": "refused",
            "code": refused.get(record_hash, NEVER_SUBMITTED),
        }
        for record_hash, at in first.items()
    ]


def of_record(supplier_id: uuid.UUID, tender_id: uuid.UUID, record_hash: str) -> list[WitnessStamp]:
    """Give the stamps on one record that its own supplier delivered, by keeper."""
    rows = WitnessStamp.objects.filter(supplier_id=supplier_id, tender_id=tender_id, record_hash=record_hash)
    return list(rows.order_by("keeper"))


def any_disputed(tender_id: uuid.UUID) -> bool:
    """Tell whether a fixed list leaves a stamp out."""
    return WitnessStamp.objects.filter(tender_id=tender_id, disputed=True).exists()


def disputes(tender_id: uuid.UUID) -> list[dict[str, Any]]:
    """The stamps that a fixed list leaves out, for whoever runs or supervises the tender."""
    rows = WitnessStamp.objects.filter(tender_id=tender_id, disputed=True).order_by("delivered_at", "keeper")
    return [
        {
            "lot": row.lot,
            "envelope": row.envelope,
            "record_hash": row.record_hash,
            "keeper": row.keeper,
            "stamped_at": row.stamped_at,
            "delivered_at": row.delivered_at,
        }
        for row in rows
    ]


def _verified(tender: TenderFacts, statements: Any) -> list[tuple[Stamp, Statement]]:
    """The stamps by keepers of this tender, all of one hash. Raises Invalid, StampsRefused."""
    if not isinstance(statements, list) or not 0 < len(statements) <= MAX_STAMPS:
        raise Invalid(gettext_noop("Give one to fifteen stamps of one record."))
    known = {keeper.vkey: keeper.id for keeper in map(Keeper.from_json, tender.sealing["keepers"])}
    read = []
    for value in statements:
        try:
            statement = Statement.from_json(value)
            stamp = Stamp.from_json(statement.body)
            statement.verify()
        except SealingError as error:
            raise Invalid(
                gettext_noop("A stamp is damaged or not signed by its keeper."), reason=error.code
            ) from error
        if known.get(statement.vkey) != stamp.keeper:
            raise StampsRefused(gettext_noop("A stamp is not by a keeper of this tender."))
        read.append((stamp, statement))
    if len({stamp.hash for stamp, _ in read}) != 1:
        raise Invalid(gettext_noop("Give one to fifteen stamps of one record."))
    return read


def _standing(listed: CloseList | None, record_hash: str, read: list[tuple[Stamp, Statement]]) -> str:
    if listed is None:
        return "pending"
    named = {
        entry[name] for entry in listed.body["entries"] for name in ("record_hash", "by") if name in entry
    }
    if record_hash in named:
        return "accounted"
    if all(stamp.time >= listed.closed_at for stamp, _ in read):
        raise StampsRefused(gettext_noop("These stamps were given after the list of bids was fixed."))
    return "disputed"


def _tell(tender: TenderFacts, lot: str, record_hash: str) -> None:
    desks = {
        (supervisor_of(tender.region), Kind.SUPERVISOR),
        (tender.host_id, tender.host_kind),
    }
    for org_id, kind in desks:
        if org_id is not None:
            inbox.tell(
                key=f"stamp.{tender.id}.{record_hash}.{kind}",
                org_id=org_id,
                kind=kind,
                title=gettext_noop("A supplier disputes the list of bids for “%(tender)s”, lot %(lot)s"),
                why=gettext_noop(
                    "The list of bids leaves out what a keeper saw; the dispute is about that one bid."
                ),
                url=f"/opening/{tender.id}/disputes/",
                tender=tender.title,
                lot=lot,
            )
