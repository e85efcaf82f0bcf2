"""What bidding tells other packages and its own pages: frozen facts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bidding.subcontracts import Subcontract, declared
from core.money import Yuan
from parties.states import Size

SMALL = frozenset({Size.SMALL, Size.MICRO})


@dataclass(frozen=True)
class Prepared:
    """A bid before it is submitted."""

    bid_id: uuid.UUID
    ctx_base: dict[str, Any]
    record_hash: str = ""
    acks: int = 0
    keepers: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a ticket; `code` says why it was refused and is empty when it was accepted."""

    ticket_id: uuid.UUID
    accepted: bool
    code: str
    arrival: datetime
    record_hash: str
    receipt_id: uuid.UUID | None


@dataclass(frozen=True)
class OpenedFileFacts:
    """One attachment of an opened bid."""

    id: uuid.UUID
    name: str
    size: int
    sha256: str
    scan: str = "unscanned"
    found: str = ""


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """One member: its share of the contract (0 to 1), its work, and the signature of its desk; the first one leads."""

    supplier_id: uuid.UUID
    name: str
    credit_code: str
    size: str
    share: Decimal
    work: str
    person: str
    signed_at: datetime | None
    signature: Mapping[str, Any] | None

    @property
    def percent(self) -> str:
        """The share in percent, in plain digits."""
        return f"{(self.share * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class ConsortiumFacts:
    """A consortium; `tied` are its small members that a larger one holds or manages: their share favours nobody."""

    id: uuid.UUID
    tender_id: uuid.UUID
    lot: str
    status: str
    text: str
    terms: Mapping[str, Any]
    terms_hash: str
    members: tuple[MemberFacts, ...]
    offered_at: datetime
    agreed_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    ended_reason: str
    tied: frozenset[uuid.UUID] = frozenset()

    @property
    def lead(self) -> MemberFacts:
        """Who bids for all."""
        return self.members[0]

    @property
    def partners(self) -> tuple[MemberFacts, ...]:
        """The members besides the lead."""
        return self.members[1:]

    def member(self, supplier_id: uuid.UUID | None) -> MemberFacts | None:
        """Give the member that this organisation is, or None."""
        return next((one for one in self.members if one.supplier_id == supplier_id), None)

    @property
    def size(self) -> str:
        """The size that the whole counts as: the largest member's.   Source: 财库〔2020〕46号第四条."""
        order = list(Size)
        known = [one.size if one.size in set(Size) else Size.LARGE for one in self.members]
        return str(max(known, key=lambda one: order.index(Size(one))))

    @property
    def small_share(self) -> Decimal:
        """The share of small and micro enterprises that no larger member holds or manages (rule S-04)."""
        return sum(
            (one.share for one in self.members if one.size in SMALL and one.supplier_id not in self.tied),
            Decimal(0),
        )


@dataclass(frozen=True)
class OpenedBidFacts:
    """An opened bid: what evaluation reads. `verdict` is `opened`, or names who is at fault; then there is no sheet.

    `held`: the supervisor has not decided about it; `set_aside`: the procedure goes on without it. `consortium` is the
    signed agreement that the sheet names; `names_agreement` tells whether it names one at all.
    """

    bid_id: uuid.UUID
    lot: str
    supplier_id: uuid.UUID
    supplier_name: str
    credit_code: str
    size: str
    record_hash: str
    verdict: str
    code: str
    quote: Yuan | None
    sheet: dict[str, Any]
    opened_at: datetime
    files: tuple[OpenedFileFacts, ...] = field(default_factory=tuple)
    held: bool = False
    set_aside: bool = False
    envelope: str = "single"
    consortium: ConsortiumFacts | None = None
    names_agreement: bool = False

    @property
    def partners(self) -> tuple[MemberFacts, ...]:
        """Who bids together with the supplier; none for one that bids alone."""
        return self.consortium.partners if self.consortium else ()

    @property
    def subcontracts(self) -> tuple[Subcontract, ...]:
        """What the bid declares to be subcontracted; none where its sheet cannot be read."""
        return declared(self.sheet)

    @property
    def party_ids(self) -> frozenset[uuid.UUID]:
        """Every supplier that takes part by this bid."""
        return frozenset({self.supplier_id, *(one.supplier_id for one in self.partners)})

    @property
    def party_name(self) -> str:
        """The names of all who bid together, the lead first."""
        return "、".join([self.supplier_name, *(one.name for one in self.partners)])
