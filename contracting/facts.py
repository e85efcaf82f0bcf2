"""What goes into a contract and what other packages learn of contracts and agreements: frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracting.states import ContractStatus, Party
from core.law.book import Law
from core.money import UnitPrice, Yuan


@dataclass(frozen=True, slots=True)
class TermItem:
    """One object of a contract. `category` is an item code (品目); for a service `spec` is its scope."""

    no: str
    name: str
    spec: str
    quantity: Decimal
    unit: str
    unit_price: UnitPrice
    category: str = ""
    brand: str = ""
    model: str = ""
    lot: str = ""

    @property
    def amount(self) -> Yuan:
        """Quantity times unit price, rounded half up to the fen."""
        return self.unit_price.times(self.quantity)

    @property
    def count(self) -> str:
        """The quantity in plain digits, without needless zeros."""
        return f"{self.quantity.normalize():f}"


NOTHING = Yuan(0)


@dataclass(frozen=True, slots=True)
class ConsortiumMember:
    """One supplier of a consortium that is party to a contract; `share` of the contract between 0 and 1."""

    supplier_id: UUID
    name: str
    credit_code: str
    share: Decimal
    work: str

    @property
    def percent(self) -> str:
        """The share in percent, in plain digits."""
        return f"{(self.share * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class Consortium:
    """Who is party on the supplier's side together, the lead first; `agreement` is the hash of what they signed."""

    agreement: str
    members: tuple[ConsortiumMember, ...]

    @property
    def partners(self) -> tuple[ConsortiumMember, ...]:
        """The members besides the lead."""
        return self.members[1:]


@dataclass(frozen=True, slots=True)
class Subcontract:
    """One subcontractor that the contract names; `share` of the contract between 0 and 1. It is no party to it."""

    name: str
    credit_code: str
    size: str
    share: Decimal
    work: str

    @property
    def percent(self) -> str:
        """The share in percent, in plain digits."""
        return f"{(self.share * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class SubcontractLimit:
    """How far the documents permit subcontracts of a contract; shares between 0 and 1.

    `sme`: the least share that must go to small and medium-sized enterprises, 0 where the supplier is one. `size`: the
    size under which the supplier won as an SME, so that a larger one may not take work on (S-08); empty where it did not.
    """

    most: Decimal
    work: str
    sme: Decimal
    size: str

    @property
    def percent(self) -> str:
        """The largest share in percent, in plain digits."""
        return f"{(self.most * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What is agreed. `amount` is the sum of the items' amounts; nothing of it changes after `form`.

    `ocid`, `award_id`: the process and the award as open data name them. `law`: the law of the procedure
    (`tendering.selectors.law_of`), which gives every period of the contract. `letter_at`: when the award letter
    went out; signing is due from then on by L-20. `budget_source`: the name under which the money is reserved
    (`plan.<id>`), committed when both have signed. `handler_id`: the person who ran the procurement, who may not
    review the contract for the purchaser (L-31). `when_signed`: a verb of config/timers.py, done with `source` as
    its subject once both have signed. `public_service`: the acceptance result is to be published (D-09). `advance`:
    what may be paid before the performance is accepted. `consortium`: its members are jointly liable (L-04.joint).
    `subcontracts`: what others do of it, for which the supplier answers alone (L-36); `subcontract_limit`: how far the
    documents permit them, None where they do not.
    """

    contract_no: str
    title: str
    ocid: str
    award_id: str
    purchaser_id: UUID
    supplier_id: UUID
    amount: Yuan
    items: tuple[TermItem, ...]
    law: Law
    letter_at: datetime
    region: str
    method: str
    category: str
    title_en: str = ""
    project_no: str = ""
    project_title: str = ""
    agency_id: UUID | None = None
    delivery: str = ""
    payment: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    budget_line_id: UUID | None = None
    budget_source: str = ""
    handler_id: UUID | None = None
    when_signed: str = ""
    public_service: bool = False
    sandbox: bool = False
    advance: Yuan = NOTHING
    consortium: Consortium | None = None
    subcontracts: tuple[Subcontract, ...] = ()
    subcontract_limit: SubcontractLimit | None = None


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One side's signature; `signature` is what `parties.assertion` checks.

    `member` is the credit code of a consortium's partner that signs on the supplier's side beside the lead.
    """

    party: str
    person: str
    user_id: UUID
    at: datetime
    signature: dict[str, Any]
    member: str = ""


@dataclass(frozen=True, slots=True)
class BondFacts:
    """The performance bond of a contract."""

    amount: Yuan
    kind: str
    reference: str
    received_at: datetime
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One delivery as the supplier reported it."""

    no: int
    at: datetime
    note: str
    actor: str


@dataclass(frozen=True, slots=True)
class AcceptanceFacts:
    """One acceptance (履约验收). `separated`: the person who accepted had not signed the contract."""

    no: int
    at: datetime
    result: str
    opinion: str
    actor: str
    separated: bool
    notice_id: UUID | None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """One payment."""

    no: int
    at: datetime
    amount: Yuan
    reference: str
    actor: str
    notice_id: UUID | None


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract; `terms_hash` (hex SHA-256 of `terms` in canonical form) is what both sides sign.

    `altered` is what agreed changes put in the place of parts of the terms; items, delivery, dates and subcontracts are
    as they stand with them.
    """

    id: UUID
    source: str
    contract_no: str
    title: str
    title_en: str
    status: str
    ocid: str
    award_id: str
    project_no: str
    project_title: str
    purchaser_id: UUID
    purchaser_name: str
    supplier_id: UUID
    supplier_name: str
    agency_id: UUID | None
    amount: Yuan
    items: tuple[TermItem, ...]
    delivery: str
    payment: str
    starts_on: date | None
    ends_on: date | None
    region: str
    method: str
    category: str
    law_as_of: date
    law_digest: str
    sandbox: bool
    public_service: bool
    budget_line_id: UUID | None
    budget_source: str
    terms: dict[str, Any]
    terms_hash: str
    formed_by: str
    formed_at: datetime
    sign_due_at: datetime
    signed_at: datetime | None
    notice_due_at: datetime | None
    notice_id: UUID | None
    published_at: datetime | None
    signatures: tuple[SignatureFacts, ...] = ()
    deliveries: tuple[DeliveryFacts, ...] = ()
    bond: BondFacts | None = None
    acceptances: tuple[AcceptanceFacts, ...] = ()
    payments: tuple[PaymentFacts, ...] = ()
    altered: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name of this contract in records and notices."""
        return f"contract.{self.id}"

    @property
    def paid(self) -> Yuan:
        """What has been paid so far."""
        return Yuan.total(row.amount for row in self.payments)

    @property
    def advance(self) -> Yuan:
        """What may be paid before the performance is accepted, as both sides signed it."""
        return Yuan.from_fen(self.terms.get("advance_fen", 0))

    @property
    def consortium(self) -> Consortium | None:
        """Who is party on the supplier's side together; None for one supplier."""
        said = self.terms.get("consortium")
        if said is None:
            return None
        members = tuple(
            ConsortiumMember(
                UUID(row["supplier"]), row["name"], row["credit_code"], Decimal(row["share"]), row["work"]
            )
            for row in said["members"]
        )
        return Consortium(said["agreement"], members)

    @property
    def subcontracts(self) -> tuple[Subcontract, ...]:
        """What others do of it, as both sides last agreed; the supplier answers for all of it."""
        rows = self.altered.get("subcontracts", self.terms.get("subcontracts", {}).get("rows", ()))
        return tuple(
            Subcontract(row["name"], row["credit_code"], row["size"], Decimal(row["share"]), row["work"])
            for row in rows
        )

    @property
    def subcontract_limit(self) -> SubcontractLimit | None:
        """How far the documents permit subcontracts; None where they do not, or the contract was formed without saying it."""
        said = self.terms.get("subcontract_limit")
        if said is None:
            return None
        return SubcontractLimit(Decimal(said["most"]), said["work"], Decimal(said["sme"]), said["size"])

    @property
    def supplier_ids(self) -> tuple[UUID, ...]:
        """Every supplier that is party to it, the one that leads first."""
        partners = self.consortium.partners if self.consortium else ()
        return (self.supplier_id, *(one.supplier_id for one in partners))

    @property
    def payable(self) -> Yuan:
        """What may be paid now: after an acceptance all that is left, before it what is left of the advance."""
        if self.status in (ContractStatus.ACCEPTED, ContractStatus.COMPLETED):
            return self.amount - self.paid
        return max(self.advance - self.paid, NOTHING)

    @property
    def signed_late(self) -> bool:
        """Whether the second signature came after the period of L-20."""
        return self.signed_at is not None and self.signed_at >= self.sign_due_at

    @property
    def published_late(self) -> bool:
        """Whether the notice came after the period of L-20."""
        return (
            self.published_at is not None
            and self.notice_due_at is not None
            and self.published_at >= self.notice_due_at
        )

    def signature_of(self, party: str, member: str = "") -> SignatureFacts | None:
        """Give the signature of one side, or of a partner in a consortium, or None."""
        return next((row for row in self.signatures if (row.party, row.member) == (party, member)), None)

    @property
    def all_signed(self) -> bool:
        """Whether both sides have signed: of a consortium every member.   Source: 《政府采购法》第二十四条."""
        partners = self.consortium.partners if self.consortium else ()
        needed = {(Party.PURCHASER, ""), (Party.SUPPLIER, "")}
        needed |= {(Party.SUPPLIER, one.credit_code) for one in partners}
        return needed <= {(row.party, row.member) for row in self.signatures}


@dataclass(frozen=True, slots=True)
class AgreementItemTerms:
    """One object of a framework agreement with its ceiling (最高限制单价); `code` is an item code (品目)."""

    no: str
    code: str
    name: str
    unit: str
    ceiling: UnitPrice
    spec: str = ""
    edition: str = ""


@dataclass(frozen=True, slots=True)
class EntrantTerms:
    """One supplier to admit: its cap and its agreed price of each item, by the item's number."""

    supplier_id: UUID
    cap: Yuan
    prices: dict[str, UnitPrice]
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """The agreed price (协议价) of one item for one entrant; `id` names it for offers."""

    id: int
    item_no: str
    name: str
    code: str
    unit: str
    ceiling: UnitPrice
    price: UnitPrice


@dataclass(frozen=True, slots=True)
class EntrantFacts:
    """A supplier admitted to a framework agreement (入围供应商)."""

    id: UUID
    agreement_id: UUID
    agreement_no: str
    no: int
    supplier_id: UUID
    supplier_name: str
    status: str
    cap: Yuan
    drawn: Yuan
    admitted_at: datetime
    prices: tuple[PriceFacts, ...] = ()
    rank: int | None = None
    terms_hash: str = ""
    sign_due_at: datetime | None = None
    signed_at: datetime | None = None
    signatures: tuple[SignatureFacts, ...] = ()

    @property
    def available(self) -> Yuan:
        """What may still be ordered from this supplier."""
        return self.cap - self.drawn

    def signature_of(self, party: str) -> SignatureFacts | None:
        """Give the signature of one side (the organiser is the purchaser's), or None."""
        return next((row for row in self.signatures if row.party == party), None)


@dataclass(frozen=True, slots=True)
class EntryApplicationFacts:
    """An application to enter an open framework agreement; `due_at` is when it must be decided."""

    id: UUID
    agreement_id: UUID
    supplier_id: UUID
    supplier_name: str
    status: str
    statement: str
    applied_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """A framework agreement (框架协议); its term is the half-open period [starts_at, ends_at).

    An open one takes applications until `open_until`; a closed one has none.
    """

    id: UUID
    agreement_no: str
    title: str
    title_en: str
    ocid: str
    organiser_id: UUID
    organiser_name: str
    category: str
    region: str
    market: str
    status: str
    starts_at: datetime
    ends_at: datetime
    cap: Yuan
    drawn: Yuan
    answer_hours: int
    law_as_of: date
    notice_id: UUID | None
    selection: str = "direct"
    source: str = ""
    signed_at: datetime | None = None
    file_due_at: datetime | None = None
    filed_at: datetime | None = None
    filing_no: str = ""
    open_until: datetime | None = None
    awaited: str = ""
    items: tuple[AgreementItemTerms, ...] = ()
    entrants: tuple[EntrantFacts, ...] = field(default=())

    @property
    def awaits_signatures(self) -> bool:
        """Whether entries that a call has led to are not signed, nor out, yet."""
        return self.signed_at is None or bool(self.awaited)

    @property
    def available(self) -> Yuan:
        """What may still be ordered under the agreement."""
        return self.cap - self.drawn

    def entrant_of(self, supplier_id: UUID) -> EntrantFacts | None:
        """Give the entry of one supplier, or None."""
        return next((row for row in self.entrants if row.supplier_id == supplier_id), None)
