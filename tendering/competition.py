"""Reads of second competitions, and how a tender looks to one of the suppliers called."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from contracting.facts import AgreementFacts
from contracting.selectors import agreements
from contracting.states import AgreementStatus, EntrantStatus, Selection
from core import clock
from core.money import UnitPrice
from tendering.competition_facts import CalledFacts, CompetitionFacts
from tendering.facts import TenderFacts
from tendering.models import Competition, Tender


def competition_of(tender: Tender) -> CompetitionFacts | None:
    """Give the framework agreement under which a tender competes, and whom it called; None while none is chosen."""
    row = Competition.objects.filter(tender=tender).select_related("agreement").first()
    if row is None:
        return None
    return CompetitionFacts(
        agreement_id=row.agreement_id,
        agreement_no=row.agreement.agreement_no,
        agreement_title=row.agreement.title,
        agreement_ocid=row.agreement.ocid,
        market=row.agreement.market,
        items=dict(row.items),
        called=tuple(
            CalledFacts(
                supplier_id=UUID(one["supplier"]),
                entrant_id=UUID(one["entrant"]),
                name=one["name"],
                credit_code=one["credit_code"],
                prices={key: UnitPrice(price) for key, price in one["prices"].items()},
            )
            for one in row.called
        ),
    )


def as_called(tender: TenderFacts, supplier_id: UUID) -> TenderFacts:
    """Give a second competition as one of its suppliers sees it: its own agreed prices are the ceilings of the items."""
    if tender.competition is None:
        return tender
    lots = []
    for lot in tender.lots:
        own = tender.competition.ceilings_of(supplier_id, lot.no)
        items = tuple(replace(item, ceiling=own.get(item.no, item.ceiling)) for item in lot.items)
        lots.append(replace(lot, items=items))
    return replace(tender, lots=tuple(lots))


def to_choose_from(category: str) -> list[AgreementFacts]:
    """Give the agreements in force whose suppliers compete again for each order of this category, newest first."""
    now = clock.now()
    return [
        row
        for row in agreements()
        if row.selection == Selection.COMPETITION
        and row.status == AgreementStatus.ACTIVE
        and row.category == category
        and row.starts_at <= now < row.ends_at
        and any(one.status == EntrantStatus.ADMITTED for one in row.entrants)
    ]
