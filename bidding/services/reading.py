"""What a submission reads of bids and tickets. Thousands come in one second, so nothing is composed or read twice."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Exists, OuterRef, Q

from bidding.models import Bid, Ticket
from bidding.states import BidStatus
from core.reads import Asked, Read

Row = TypeVar("Row", bound=models.Model)


def own(bid_id: uuid.UUID, supplier_id: uuid.UUID) -> list[Bid]:
    """Give the supplier's bid, or nothing."""
    return _made(Bid, _BID, _OWN(bid=bid_id, supplier=supplier_id))


def sealed_now(bid_id: uuid.UUID) -> Asked[str]:
    """Ask for the hash of the record that is sealed in a bid, which stays until the transaction ends."""
    return _SEALED.asked(bid=bid_id).then(lambda rows: str(rows[0][0]))


def left_up_to(of: Ticket) -> Asked[list[Ticket]]:
    """Ask for a ticket as it is now, after the same supplier's earlier ones that a crash left undecided, by arrival."""
    place = of.bid
    return _LEFT.asked(
        ticket=of.pk,
        arrival=of.arrival,
        tender=place.tender_id,
        lot=place.lot,
        envelope=place.envelope,
        supplier=place.supplier_id,
    ).then(lambda rows: _made(Ticket, _TICKET, rows))


def beside(bid: Bid) -> Asked[dict[uuid.UUID, Bid]]:
    """Ask for a bid with those of its supplier, lot and envelope that are submitted or wait for a decision."""
    return _BESIDE.asked(
        bid=bid.pk, tender=bid.tender_id, lot=bid.lot, envelope=bid.envelope, supplier=bid.supplier_id
    ).then(lambda rows: {row.pk: row for row in _made(Bid, _BID, rows)})


_BID = [field.attname for field in Bid._meta.concrete_fields if field.name != "envelopes"]
_TICKET = [field.attname for field in Ticket._meta.concrete_fields]


def _made(kind: type[Row], names: list[str], rows: list[tuple[Any, ...]]) -> list[Row]:
    return [kind.from_db(connection.alias, names, row) for row in rows]


_OWN = Read(
    lambda bid, supplier: Bid.objects.filter(pk=bid, supplier=supplier).values_list(*_BID),
    bid=uuid.UUID,
    supplier=uuid.UUID,
)
_SEALED = Read(
    lambda bid: Bid.objects.select_for_update().filter(pk=bid).values_list("record_hash"), bid=uuid.UUID
)


def _left(ticket: Any, arrival: Any, **place: Any) -> Any:
    before = Q(arrival__lt=arrival) | Q(arrival=arrival, pk__lt=ticket)
    return (
        Ticket.objects.select_for_update()
        .filter(Q(pk=ticket) | (before & Q(decided_at=None)), bid__in=Bid.objects.filter(**place))
        .order_by("arrival", "pk")
        .values_list(*_TICKET)
    )


_PLACE: dict[str, type] = {"tender": uuid.UUID, "lot": str, "envelope": str, "supplier": uuid.UUID}
_LEFT = Read(_left, ticket=uuid.UUID, arrival=datetime, **_PLACE)
_BESIDE = Read(
    lambda bid, **place: (
        Bid.objects.select_for_update()
        .filter(
            Q(pk=bid)
            | Q(status=BidStatus.SUBMITTED)
            | Exists(Ticket.objects.filter(bid=OuterRef("pk"), decided_at=None)),
            **place,
        )
        .order_by("pk")
        .values_list(*_BID)
    ),
    bid=uuid.UUID,
    **_PLACE,
)
