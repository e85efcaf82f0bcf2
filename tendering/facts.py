"""What other packages learn of a tender: frozen, without rows behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracting.facts import AgreementItemTerms
from core.money import UnitPrice, Yuan
from tendering.competition_facts import CompetitionFacts
from tendering.host import Hosted
from tendering.methods import Invites, Quoting, method_of
from tendering.states import TenderStatus
from tendering.supplement_facts import SupplementFacts


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One object of purchase (标的) in a lot; `no` is unique in its lot. `ceiling` caps a unit price (最高限制单价)."""

    no: str
    code: str
    edition: str
    classification: str
    name: str
    spec: str
    quantity: Decimal
    unit: str
    ceiling: UnitPrice | None = None

    @property
    def terms(self) -> AgreementItemTerms:
        """What a framework agreement says of it. Raises ValueError without a ceiling."""
        if self.ceiling is None:
            raise ValueError(f"item {self.no} has no ceiling unit price")
        return AgreementItemTerms(
            no=self.no,
            code=self.code,
            name=self.name,
            unit=self.unit,
            ceiling=self.ceiling,
            spec=self.spec,
            edition=self.edition,
        )


@dataclass(frozen=True, slots=True)
class LotFacts:
    """One lot (包); bids, awards and contracts name it by `no`, counted from "1".

    `reserved`: for small and medium-sized enterprises alone.
    """

    no: str
    title: str
    title_en: str
    budget: Yuan
    ceiling: Yuan | None
    items: tuple[ItemFacts, ...]
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class CriterionFacts:
    """One criterion. `id` is a short name unique in the tender (`S1`, `O1`, `Q1`, `C1`).

    `kind` is subjective, objective, qualification or conformity; `max` is the highest score, zero for the
    last two, which are met or not. `rule` tells how points follow from a fact that bidders state (`point_rules`);
    `guide` says it in words then.
    """

    id: str
    name: str
    kind: str
    max: Decimal
    guide: str
    rule: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Preparer:
    """Who did a part of the project beforehand, known by its credit code; `part` is of `states.Part`."""

    credit_code: str
    name: str
    part: str


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One file of the procurement document (采购文件)."""

    id: UUID
    name: str
    kind: str
    media_type: str
    size: int
    sha256: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class TermFacts:
    """One term that rounds may change, as it stands now; `kind` is technical, service or contract."""

    no: int
    kind: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """One approval on record: `kind` is method, price_weight or two_suppliers; `file` is the paper's name."""

    id: int
    kind: str
    number: str
    authority: str
    decided_on: date
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """One application to be invited; `file` is the paper's name."""

    id: UUID
    tender_id: UUID
    supplier_id: UUID
    supplier_name: str
    credit_code: str
    status: str
    statement: str
    file: str
    media_type: str
    sha256: str
    stored_as: str
    applied_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CallFacts:
    """The call for applications of a restricted tender and its draw.

    `pool` are the credit codes that were drawn from, empty until it is fixed; `draw` is empty until the draw, then it has
    `{pool, wanted, seed, commitment, root, size, mixed, drawn, witnesses}`.
    """

    wanted: int
    due_at: datetime
    commitment: str
    notice_id: UUID
    pool: tuple[str, ...]
    pool_index: int | None
    witnesses: tuple[str, ...]
    draw: dict[str, Any]
    drawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subcontracting:
    """How far a lot may be subcontracted (分包): at most this share of the contract, for this work.

    `sme`: the least share that must go to small and medium-sized enterprises, 0 where none is asked; both between 0 and 1.
    """

    most: Decimal
    work: str
    sme: Decimal = Decimal(0)

    @property
    def percent(self) -> str:
        """The largest share in percent, in plain digits."""
        return f"{(self.most * 100).normalize():f}"

    @property
    def hundredths(self) -> int:
        """The largest share in hundredths of a percent, for pages that reckon with it."""
        return int(self.most * 10_000)

    @property
    def sme_percent(self) -> str:
        """The least share for SMEs in percent, in plain digits."""
        return f"{(self.sme * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class ObjectionFacts:
    """One objection to a single-source notice; `upheld` is None until the supplementary review."""

    id: int
    text: str
    organisation: str
    made_at: datetime
    upheld: bool | None
    review: str
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SoleFacts:
    """What a single-source procedure rests on; `opinions` are rows {name, unit, title, opinion}."""

    supplier_id: UUID
    supplier_name: str
    supplier_address: str
    ground: str
    reason: str
    opinions: tuple[dict[str, str], ...]
    objections_until: datetime | None
    review_due_at: datetime | None
    objections: tuple[ObjectionFacts, ...]


@dataclass(frozen=True, slots=True)
class EmergencyFacts:
    """The decision by which a purchase is an emergency's, the days it covers, its document, who was asked besides."""

    event: str
    authority: str
    number: str
    decided_on: date
    begins_on: date
    ends_on: date
    asked: tuple[tuple[str, str], ...]
    file: str
    media_type: str
    sha256: str
    stored_as: str


@dataclass(frozen=True, slots=True)
class FrameworkFacts:
    """What a call for framework suppliers fixes: elimination rate (a share), term in months, how orders are given.

    `quality_ground` is empty where price decides; `answer_hours` is how long a supplier may take to answer an order.
    `market` is where orders are placed, a `disclosure.states.Market`.
    `supplement`: it finds more suppliers for an agreement in force.
    """

    elimination: Decimal
    months: int
    selection: str
    quality_ground: str = ""
    answer_hours: int = 48
    market: str = "e_mall"
    supplement: SupplementFacts | None = None


@dataclass(frozen=True, slots=True)
class AmendmentFacts:
    """One published amendment; `changes` are (what, before, after)."""

    no: int
    at: datetime
    reason: str
    affects_bids: bool
    changes: tuple[tuple[str, str, str], ...]
    notice_id: UUID | None


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """One question of a supplier and its answer; `supplier_*` is for who runs the tender and for nobody else.

    `text` is what was asked, `published_text` how it stands in public. `notice_id` is the notice with the answer.
    """

    id: UUID
    tender_id: UUID
    no: int | None
    status: str
    about_documents: bool
    text: str
    published_text: str
    answer: str
    affects_bids: bool
    asked_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    notice_id: UUID | None
    supplier_id: UUID
    supplier_name: str


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """One suspension; `source` names what it rests on. In force from `begins_at` while now < `until`, unless lifted."""

    id: UUID
    tender_id: UUID
    source: str
    reason: str
    begins_at: datetime
    until: datetime
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class PreviousFacts:
    """The procedure that ended without an award and that this one follows."""

    id: UUID
    ocid: str
    project_no: str
    title: str


class Accepts:
    """The statuses in which something sealed is taken."""

    BIDS, FINALS = TenderStatus.OPEN, TenderStatus.QUOTING


@dataclass(frozen=True, slots=True)
class BidTerms:
    """What deciding one bid needs of its tender; `sealing` as in TenderFacts.

    `one_quote`: a supplier gives one quote for each published version of the request and cannot change it.
    """

    id: UUID
    title: str
    status: str
    published_at: datetime | None
    bids_due_at: datetime | None
    sealing: dict[str, Any]
    one_quote: bool = False
    rounds: bool = False
    finals_due_at: datetime | None = None

    def due_at(self, envelope: str) -> datetime | None:
        """Give the deadline of an envelope: after rounds that of the final quotes is its own."""
        return self.finals_due_at if self.rounds and envelope == "price" else self.bids_due_at

    def accepts(self, envelope: str) -> bool:
        """Tell whether the procedure stands where it takes this envelope."""
        return self.status == (Accepts.FINALS if self.rounds and envelope == "price" else Accepts.BIDS)


@dataclass(frozen=True, slots=True)
class BegunFacts:
    """What a change of the law needs to know of a tender that has begun; `law_as_of` is None before its notice."""

    id: UUID
    project_no: str
    title: str
    status: str
    region: str
    budget_level: str
    category: str
    method: str
    published_at: datetime | None
    bids_due_at: datetime | None
    law_as_of: date | None


@dataclass(frozen=True, slots=True)
class TenderFacts(Hosted):
    """A tender (采购项目).

    `price_weight` and the criteria's `max` are points of 100. `deductions` has the form that the award's
    recomputation takes: `small_micro`, `consortium`, `domestic` as decimal strings, and `stacking`. `sealing`
    is empty before publication; then `{k, n, keepers, keeper_set_hash, gathering_seconds, policy_hash,
    policy_v, lots}`, where `lots` maps each lot, and in it each envelope, to `{policy, policy_hash, policy_v}`;
    the others are of the first lot's first envelope. `part`: it takes up lots of `previous` that failed, within its plan.
    """

    id: UUID
    ocid: str
    project_no: str
    title: str
    title_en: str
    status: str
    purchaser_id: UUID
    purchaser_name: str
    agency_id: UUID | None
    agency_name: str
    method: str
    category: str
    region: str
    budget_level: str
    budget: Yuan
    ceiling: Yuan | None
    need: str
    delivery: str
    payment: str
    advance_percent: Decimal
    published_at: datetime | None
    bids_due_at: datetime | None
    opens_at: datetime | None
    wanted_due_at: datetime | None
    gathering_seconds: int
    version: int
    approved: bool
    documents_until: datetime | None
    law_as_of: date | None
    law_digest: str
    notice_id: UUID | None
    notice_hash: str
    notice_version: int
    sandbox: bool
    evaluation_method: str
    price_weight: Decimal
    price_formula: str
    deductions: dict[str, str]
    ties: str
    budget_line_id: UUID
    plan_id: UUID
    previous: PreviousFacts | None = None
    part: bool = False
    ended_reason: str = ""
    lots: tuple[LotFacts, ...] = ()
    criteria: tuple[CriterionFacts, ...] = ()
    documents: tuple[DocumentFacts, ...] = ()
    amendments: tuple[AmendmentFacts, ...] = ()
    approvals: tuple[ApprovalFacts, ...] = ()
    sole: SoleFacts | None = None
    emergency: EmergencyFacts | None = None
    framework: FrameworkFacts | None = None
    competition: CompetitionFacts | None = None
    sealing: dict[str, Any] = field(default_factory=dict)
    silence: str = "keeps"
    explained: dict[str, str] = field(default_factory=dict)
    two_envelopes: bool = False
    blind: str = ""
    ground: str = ""
    finals_due_at: datetime | None = None
    terms: tuple[TermFacts, ...] = ()
    evidence_asked: tuple[str, ...] = ()
    consortia: bool = False
    prequalified: bool = False
    preparers: tuple[Preparer, ...] = ()
    securities: dict[str, Yuan] = field(default_factory=dict)
    subcontracting: dict[str, Subcontracting] = field(default_factory=dict)

    @property
    def rounds(self) -> bool:
        """Tell whether the first response is followed by rounds and a final quote."""
        return method_of(self.method).quoting is Quoting.ROUNDS

    @property
    def closed_circle(self) -> bool:
        """Tell whether the document goes to those alone who were drawn, were qualified before, or entered a framework."""
        return self.prequalified or method_of(self.method).invites in (Invites.DRAWN, Invites.ENTRANTS)

    @property
    def window(self) -> tuple[str, ...]:
        """The envelopes that are sealed, closed and listed together at this point of the procedure."""
        if not self.rounds:
            return self.envelopes
        return ("price",) if self.finals_due_at else ("technical",)

    @property
    def due_at(self) -> datetime | None:
        """The deadline of what is sealed at this point: of the first bids, or of the final quotes."""
        return self.finals_due_at or self.bids_due_at

    @property
    def accepting(self) -> bool:
        """Tell whether the procedure stands where something sealed is taken; the deadline decides besides."""
        return self.status in (Accepts.BIDS, Accepts.FINALS)

    @property
    def judging(self) -> bool:
        """Tell whether the first bids are opened, nothing more is sealed, and the report is not signed."""
        return self.status == (TenderStatus.QUOTED if self.rounds else TenderStatus.OPENED)

    def prepared_by(self, credit_code: str) -> str:
        """Give what the organisation did for the project beforehand (`states.Part`); empty when nothing."""
        return next((row.part for row in self.preparers if row.credit_code == credit_code), "")

    @property
    def envelopes(self) -> tuple[str, ...]:
        """What is sealed and opened apart in every lot, in the order of the openings."""
        return ("technical", "price") if self.two_envelopes else ("single",)

    @property
    def approved_kinds(self) -> frozenset[str]:
        """The kinds of approval that are on record."""
        return frozenset(row.kind for row in self.approvals)

    @property
    def source(self) -> str:
        """The name of this tender in records, notices and streams."""
        return f"tender.{self.id}"

    def lot(self, no: str) -> LotFacts | None:
        """Give the lot called `no`, or None."""
        return next((lot for lot in self.lots if lot.no == no), None)
