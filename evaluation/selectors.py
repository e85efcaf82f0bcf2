"""Reads of evaluations: what the room, the report and the award need."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bidding.facts import OpenedBidFacts
from bidding.selectors import opened_bids
from evaluation.models import Award, Member, Panel, Report, Review, Score, Sheet
from evaluation.states import MemberStatus, PanelStatus
from tendering import selectors as tendering
from tendering.facts import CriterionFacts, TenderFacts


@dataclass(frozen=True)
class Cell:
    """One score that every member gives."""

    bid_id: uuid.UUID
    lot: str
    supplier: str
    criterion: CriterionFacts


def panel_of(tender_id: uuid.UUID) -> Panel | None:
    """Give the panel of a tender that is not dissolved, or None."""
    return Panel.objects.filter(tender_id=tender_id).exclude(status=PanelStatus.DISSOLVED).first()


def conditions(tender: TenderFacts) -> list[CriterionFacts]:
    """Give the conditions that are met or not."""
    return [row for row in tender.criteria if row.kind in {"qualification", "conformity"}]


def scored_criteria(tender: TenderFacts) -> list[CriterionFacts]:
    """Give the criteria that are scored."""
    return [row for row in tender.criteria if row.kind in {"subjective", "objective"}]


def readable_bids(tender_id: uuid.UUID) -> list[OpenedBidFacts]:
    """Give the bids that were opened and have a quote."""
    return [bid for bid in opened_bids(tender_id) if bid.verdict == "opened" and bid.quote is not None]


def compliance(panel: Panel, tender: TenderFacts) -> dict[uuid.UUID, bool]:
    """Tell of each opened bid whether it meets every condition reviewed."""
    failed = set(Review.objects.filter(panel=panel, passed=False).values_list("bid_id", flat=True))
    return {bid.bid_id: bid.bid_id not in failed for bid in readable_bids(tender.id)}


def unreviewed(panel: Panel) -> list[tuple[uuid.UUID, str]]:
    """Give the (bid, condition) pairs nobody has reviewed yet."""
    tender = tendering.tender_facts(panel.tender_id)
    done = set(Review.objects.filter(panel=panel).values_list("bid_id", "criterion"))
    return [
        (bid.bid_id, row.id)
        for bid in readable_bids(tender.id)
        for row in conditions(tender)
        if (bid.bid_id, row.id) not in done
    ]


def cells_of(panel: Panel) -> list[Cell]:
    """Give the cells of a sheet: every compliant bid and scored criterion."""
    tender = tendering.tender_facts(panel.tender_id)
    good = compliance(panel, tender)
    return [
        Cell(bid.bid_id, bid.lot, bid.supplier_name, row)
        for bid in readable_bids(tender.id)
        if good[bid.bid_id]
        for row in scored_criteria(tender)
    ]


def own_scores(sheet: Sheet) -> dict[tuple[uuid.UUID, str], Score]:
    """Give the scores of one sheet: for its own member alone, until all are submitted."""
    return {(row.bid_id, row.criterion): row for row in sheet.scores.all()}


def all_scores(panel: Panel) -> dict[str, dict[uuid.UUID, dict[str, Decimal]]]:
    """Give every submitted score by evaluator (E1, E2 … by seat), bid and criterion; empty before the reveal."""
    if panel.status in {PanelStatus.DRAWN, PanelStatus.REVIEWING, PanelStatus.SCORING}:
        return {}
    found: dict[str, dict[uuid.UUID, dict[str, Decimal]]] = {}
    rows = Score.objects.filter(sheet__member__panel=panel).exclude(
        sheet__member__status=MemberStatus.RECUSED
    )
    for row in rows.select_related("sheet__member"):
        evaluator = f"E{row.sheet.member.position}"
        found.setdefault(evaluator, defaultdict(dict))[row.bid_id][row.criterion] = row.value
    return found


def progress(panel: Panel) -> dict[uuid.UUID, int]:
    """Give how many cells each member has filled: numbers only."""
    counts: dict[uuid.UUID, int] = defaultdict(int)
    for member in Score.objects.filter(sheet__member__panel=panel).values_list("sheet__member_id", flat=True):
        counts[member] += 1
    return counts


def members_of(panel: Panel) -> list[Member]:
    """Give the seats of a panel that are taken, by position."""
    return list(panel.members.exclude(status=MemberStatus.RECUSED).select_related("sheet"))


def report_of(panel: Panel) -> Report | None:
    """Give the panel's report, or None."""
    return Report.objects.prefetch_related("signatures__member").filter(panel=panel).first()


def awards_of(tender_id: uuid.UUID) -> list[Award]:
    """Give the awards of a tender, by lot."""
    return list(Award.objects.filter(panel__tender_id=tender_id).select_related("supplier").order_by("lot"))


def reviews_of(panel: Panel) -> dict[tuple[uuid.UUID, str], Review]:
    """Give the reviews by bid and condition."""
    return {(row.bid_id, row.criterion): row for row in Review.objects.filter(panel=panel)}


def result_for(supplier_id: uuid.UUID, tender_id: uuid.UUID) -> list[dict[str, Any]]:
    """Give a supplier its own result per lot after the award: score, rank or why it was excluded; nothing of others.

    Source: 财政部令第87号第六十九条.
    """
    report = Report.objects.filter(panel__tender_id=tender_id, panel__status=PanelStatus.DECIDED).first()
    if report is None:
        return []
    found = []
    for bid in opened_bids(tender_id):
        if bid.supplier_id != supplier_id:
            continue
        result = next((row["result"] for row in report.body["lots"] if row["lot"] == bid.lot), {})
        place = next((row for row in result.get("ranking", []) if row["id"] == str(bid.bid_id)), None)
        excluded = next((row for row in result.get("excluded", []) if row["id"] == str(bid.bid_id)), None)
        reasons = list(
            Review.objects.filter(panel=report.panel, bid_id=bid.bid_id, passed=False).values_list(
                "reason", flat=True
            )
        )
        found.append({"lot": bid.lot, "bid": bid, "place": place, "excluded": excluded, "reasons": reasons})
    return found
