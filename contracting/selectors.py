"""Reads of contracts and agreements: facts, never rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from contracting.alteration_facts import AlterationFacts
from contracting.facts import (
    AcceptanceFacts,
    AgreementFacts,
    AgreementItemTerms,
    BondFacts,
    ContractFacts,
    DeliveryFacts,
    EntrantFacts,
    EntryApplicationFacts,
    PaymentFacts,
    PriceFacts,
    SignatureFacts,
    TermItem,
)
from contracting.models import (
    AgreementItem,
    Alteration,
    Contract,
    Entrant,
    EntryApplication,
    FrameworkAgreement,
)
from contracting.rules import SUPPLEMENT_SOURCE
from contracting.states import AgreementStatus, EntrantStatus
from core import clock, regions
from core.enacted import selectors as enacted
from core.errors import NotFound
from core.law.book import Law
from core.money import UnitPrice, Yuan

_WITH = ("signatures", "deliveries", "acceptances", "payments")
_PRICES = ("prices__item", "signatures", "agreement", "supplier")


def _contracts() -> QuerySet[Contract]:
    return Contract.objects.select_related("purchaser", "supplier", "bond").prefetch_related(*_WITH)


def contract_facts(contract_id: UUID) -> ContractFacts:
    """Give one contract with its signatures, deliveries, acceptances and payments, or raise NotFound."""
    row = _contracts().filter(pk=contract_id).first()
    if row is None:
        raise NotFound()
    return facts_of(row)


def contract_of(source: str) -> ContractFacts | None:
    """Give the contract born of `source`, or None."""
    row = _contracts().filter(source=source).first()
    return facts_of(row) if row else None


def contracts_of_process(ocid: str) -> list[ContractFacts]:
    """Give the contracts of one process, oldest first: every lot has its own."""
    return [facts_of(row) for row in _contracts().filter(ocid=ocid).order_by("formed_at")]


def contracts_named(ids: Iterable[UUID]) -> list[ContractFacts]:
    """Give the contracts of these ids, oldest first."""
    return [facts_of(row) for row in _contracts().filter(pk__in=list(ids)).order_by("formed_at")]


def supplements_of(contract_id: UUID) -> list[ContractFacts]:
    """Give the supplements of a contract, oldest first; those that were refused too."""
    rows = _contracts().filter(source__startswith=f"{SUPPLEMENT_SOURCE}{contract_id}.")
    return [facts_of(row) for row in rows.order_by("formed_at")]


def alterations_of(contract_id: UUID) -> list[AlterationFacts]:
    """Give the changes of a contract that change no money, oldest first, those that were not agreed too."""
    rows = Alteration.objects.filter(contract_id=contract_id).prefetch_related("signatures")
    return [_alteration(row) for row in rows]


def _alteration(row: Alteration) -> AlterationFacts:
    signed = [
        SignatureFacts(s.party, s.person, s.user_id, s.at, s.signature, s.member)
        for s in row.signatures.all()
    ]
    return AlterationFacts(
        id=row.pk,
        contract_id=row.contract_id,
        no=row.no,
        status=row.status,
        ground=row.ground,
        reason=row.reason,
        before=row.before,
        after=row.after,
        terms_hash=row.terms_hash,
        proposed_by=row.proposed_by,
        proposed_side=row.proposed_side,
        proposed_at=row.proposed_at,
        ended_at=row.ended_at,
        ended_reason=row.ended_reason,
        notice_id=row.notice_id,
        signatures=tuple(signed),
    )


def _bond(row: Any) -> BondFacts | None:
    if row is None:
        return None
    return BondFacts(Yuan(row.amount), row.kind, row.reference, row.received_at, row.returned_at)


def contracts_of(org_id: UUID, limit: int = 200) -> list[ContractFacts]:
    """Give the contracts of an organisation as purchaser, supplier or agency, newest first."""
    mine = Q(purchaser_id=org_id) | Q(supplier_id=org_id) | Q(agency_id=org_id)
    return [facts_of(row) for row in _contracts().filter(mine)[:limit]]


def supervised_contracts(region: str, limit: int = 200) -> list[ContractFacts]:
    """Give the contracts of a region and of all below it, newest first, for its supervisor."""
    return [facts_of(row) for row in _contracts().filter(region__startswith=regions.stem(region))[:limit]]


def law_of(contract_id: UUID) -> Law:
    """Give the law a contract stands under, as it was when its procedure began, or raise NotFound."""
    row = Contract.objects.filter(pk=contract_id).values_list("law_snapshot", "law_as_of", "region").first()
    if row is None:
        raise NotFound()
    return Law.from_snapshot(row[0], row[1]).counting_by(lambda: enacted.calendar(row[2]))


def facts_of(row: Contract) -> ContractFacts:
    terms, altered = row.terms, row.altered
    specs = altered.get("specs", {})
    return ContractFacts(
        id=row.pk,
        source=row.source,
        contract_no=row.contract_no,
        title=row.title,
        title_en=row.title_en,
        status=row.status,
        ocid=row.ocid,
        award_id=row.award_id,
        project_no=row.project_no,
        project_title=row.project_title,
        purchaser_id=row.purchaser_id,
        purchaser_name=row.purchaser.name,
        supplier_id=row.supplier_id,
        supplier_name=row.supplier.name,
        agency_id=row.agency_id,
        amount=Yuan(row.amount),
        items=tuple(
            _item({**item, "spec": specs.get(str(place), item["spec"])})
            for place, item in enumerate(terms["items"])
        ),
        delivery=altered.get("delivery", terms["delivery"]),
        payment=terms["payment"],
        starts_on=_date(terms["starts_on"]),
        ends_on=_date(altered.get("ends_on", terms["ends_on"])),
        region=row.region,
        method=row.method,
        category=row.category,
        law_as_of=row.law_as_of,
        law_digest=row.law_digest,
        sandbox=row.sandbox,
        public_service=row.public_service,
        budget_line_id=row.budget_line_id,
        budget_source=row.budget_source,
        terms=terms,
        terms_hash=row.terms_hash,
        formed_by=row.formed_by,
        formed_at=row.formed_at,
        sign_due_at=row.sign_due_at,
        signed_at=row.signed_at,
        notice_due_at=row.notice_due_at,
        notice_id=row.notice_id,
        published_at=row.published_at,
        signatures=tuple(
            SignatureFacts(s.party, s.person, s.user_id, s.at, s.signature, s.member)
            for s in row.signatures.all()
        ),
        bond=_bond(getattr(row, "bond", None)),
        deliveries=tuple(DeliveryFacts(d.no, d.at, d.note, d.actor) for d in row.deliveries.all()),
        acceptances=tuple(
            AcceptanceFacts(a.no, a.at, a.result, a.opinion, a.actor, a.separated, a.notice_id)
            for a in row.acceptances.all()
        ),
        payments=tuple(
            PaymentFacts(p.no, p.at, Yuan(p.amount), p.reference, p.actor, p.notice_id)
            for p in row.payments.all()
        ),
        altered=altered,
    )


def _item(item: dict[str, Any]) -> TermItem:
    return TermItem(
        no=item["no"],
        name=item["name"],
        spec=item["spec"],
        quantity=Decimal(item["quantity"]),
        unit=item["unit"],
        unit_price=UnitPrice(item["unit_price"]),
        category=item["category"],
        brand=item["brand"],
        model=item["model"],
        lot=item["lot"],
    )


def _date(text: str | None) -> Any:
    return datetime.fromisoformat(text).date() if text else None


# --- framework agreements -----------------------------------------------------------------------------------
def _agreements() -> QuerySet[FrameworkAgreement]:
    return FrameworkAgreement.objects.select_related("organiser").prefetch_related(
        "items", *(f"entrants__{name}" for name in _PRICES)
    )


def agreement_facts(agreement_id: UUID) -> AgreementFacts:
    """Give one framework agreement with its items and entrants, or raise NotFound."""
    row = _agreements().filter(pk=agreement_id).first()
    if row is None:
        raise NotFound()
    return agreement_row(row)


def agreement_numbered(agreement_no: str) -> AgreementFacts | None:
    """Give the agreement with this number, or None."""
    row = _agreements().filter(agreement_no=agreement_no).first()
    return agreement_row(row) if row else None


def agreement_of(source: str) -> AgreementFacts | None:
    """Give the agreement that was born of a procedure, such as `tender.<uuid>`, or None."""
    row = _agreements().filter(source=source).first() if source else None
    return agreement_row(row) if row else None


def agreements_of(source: str) -> list[AgreementFacts]:
    """Give the agreements that were born of a procedure, one for each lot where it had several, by number.

    The source of each is that of the procedure, or `tender.<uuid>/<lot>`.
    """
    born = Q(source=source) | Q(source__startswith=f"{source}/")
    return [agreement_row(row) for row in _agreements().filter(born).order_by("agreement_no")]


def agreements_over() -> list[AgreementFacts]:
    """Give the agreements in force by their status, born of a procedure, whose term is over."""
    rows = _agreements().filter(status=AgreementStatus.ACTIVE, ends_at__lte=clock.now()).exclude(source="")
    return [agreement_row(row) for row in rows]


def agreements(*, admitted_only: bool = True) -> list[AgreementFacts]:
    """Give framework agreements, newest first; those without entrants yet only when asked for."""
    rows = _agreements()
    if admitted_only:
        rows = rows.exclude(status=AgreementStatus.DRAFT)
    return [agreement_row(row) for row in rows]


def entrant_facts(entrant_id: UUID) -> EntrantFacts:
    """Give one admitted supplier with its agreed prices, or raise NotFound."""
    row = (
        Entrant.objects.select_related("agreement", "supplier")
        .prefetch_related("prices__item", "signatures")
        .filter(pk=entrant_id)
        .first()
    )
    if row is None:
        raise NotFound()
    return entrant_row(row)


def applications_to(agreement_id: UUID, supplier_id: UUID | None = None) -> list[EntryApplicationFacts]:
    """Give the applications to an open agreement, or those of one supplier, oldest first."""
    rows = EntryApplication.objects.filter(agreement_id=agreement_id).select_related("supplier")
    if supplier_id is not None:
        rows = rows.filter(supplier_id=supplier_id)
    names = (
        "id",
        "agreement_id",
        "supplier_id",
        "status",
        "statement",
        "applied_at",
        "due_at",
        "decided_at",
        "reason",
    )
    return [
        EntryApplicationFacts(supplier_name=row.supplier.name, **{name: getattr(row, name) for name in names})
        for row in rows
    ]


def entries_of(supplier_id: UUID) -> list[EntrantFacts]:
    """Give the entries under which a supplier may sell now, newest agreement first."""
    now = clock.now()
    rows = Entrant.objects.select_related("agreement", "supplier").prefetch_related(
        "prices__item", "signatures"
    )
    in_force = rows.filter(
        supplier_id=supplier_id,
        status=EntrantStatus.ADMITTED,
        agreement__status=AgreementStatus.ACTIVE,
        agreement__starts_at__lte=now,
        agreement__ends_at__gt=now,
    )
    return [entrant_row(row) for row in in_force.order_by("-agreement__starts_at")]


def entrant_row(row: Entrant) -> EntrantFacts:
    return EntrantFacts(
        id=row.pk,
        agreement_id=row.agreement_id,
        agreement_no=row.agreement.agreement_no,
        no=row.no,
        supplier_id=row.supplier_id,
        supplier_name=row.supplier.name,
        status=row.status,
        cap=Yuan.from_fen(row.cap_fen),
        drawn=Yuan.from_fen(row.drawn_fen),
        admitted_at=row.admitted_at,
        rank=row.rank,
        terms_hash=row.terms_hash,
        sign_due_at=row.sign_due_at,
        signed_at=row.signed_at,
        signatures=tuple(
            SignatureFacts(s.party, s.person, s.user_id, s.at, s.signature) for s in row.signatures.all()
        ),
        prices=tuple(
            PriceFacts(
                id=price.pk,
                item_no=price.item.no,
                name=price.item.name,
                code=price.item.code,
                unit=price.item.unit,
                ceiling=UnitPrice(price.item.ceiling),
                price=UnitPrice(price.price),
            )
            for price in row.prices.all()
        ),
    )


def item_terms(row: AgreementItem) -> AgreementItemTerms:
    return AgreementItemTerms(
        no=row.no,
        code=row.code,
        name=row.name,
        unit=row.unit,
        ceiling=UnitPrice(row.ceiling),
        spec=row.spec,
        edition=row.edition,
    )


def agreement_row(row: FrameworkAgreement) -> AgreementFacts:
    return AgreementFacts(
        id=row.pk,
        agreement_no=row.agreement_no,
        title=row.title,
        title_en=row.title_en,
        ocid=row.ocid,
        organiser_id=row.organiser_id,
        organiser_name=row.organiser.name,
        category=row.category,
        region=row.region,
        market=row.market,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        cap=Yuan.from_fen(row.cap_fen),
        drawn=Yuan.from_fen(row.drawn_fen),
        answer_hours=row.answer_hours,
        law_as_of=row.law_as_of,
        notice_id=row.notice_id,
        selection=row.selection,
        source=row.source,
        signed_at=row.signed_at,
        file_due_at=row.file_due_at,
        filed_at=row.filed_at,
        filing_no=row.filing_no,
        open_until=row.open_until,
        awaited=row.awaited,
        items=tuple(item_terms(item) for item in row.items.all()),
        entrants=tuple(entrant_row(entrant) for entrant in row.entrants.all()),
    )
