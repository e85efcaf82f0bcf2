"""What a member's own sheet shows: every cell with its score, and facts with the points that follow by rule."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from bidding.facts import OpenedBidFacts
from evaluation import blind, page_reading, rules, selectors
from evaluation.models import Member, Panel, Score
from tendering.facts import CriterionFacts, TenderFacts
from tendering.point_rules import NO, YES, points


def grid(panel: Panel, tender: TenderFacts, member: Member | None) -> list[dict[str, Any]]:
    """Give the score sheet of one member, lot by lot: criteria down, bids across. Empty for everybody else."""
    if member is None:
        return []
    own = selectors.own_scores(member.sheet)
    cells = selectors.cells_of(panel)
    seen = blind.shown(panel, tender, member)
    bids = {bid_id: one.bid for bid_id, one in seen.items()}
    cites = {bid_id: page_reading.cited(one) for bid_id, one in seen.items()}
    sheets = []
    for lot in tender.lots:
        scored = {cell.bid_id for cell in cells if cell.lot == lot.no}
        ids = [bid_id for bid_id in seen if bid_id in scored]
        if not ids:
            continue
        rows = [
            {
                "criterion": row,
                "cells": [
                    {
                        "bid": bids[bid_id],
                        "score": own.get((bid_id, row.id)),
                        "unexplained": unexplained(row.kind, own.get((bid_id, row.id)), row.max),
                        "cites": cites[bid_id].get(row.id, []),
                        **by_rule(row, bids[bid_id]),
                    }
                    for bid_id in ids
                ],
            }
            for row in selectors.scored_criteria(tender)
        ]
        sheets.append({"lot": lot, "bids": [bids[one] for one in ids], "rows": rows})
    return sheets


def fact_cell(panel: Panel, tender: TenderFacts, member: Member | None, score: Score) -> dict[str, Any]:
    """Give one cell of a member's sheet that is scored by rule, as it stands after it was saved."""
    criterion = next(row for row in tender.criteria if row.id == score.criterion)
    bid = blind.shown(panel, tender, member)[score.bid_id].bid
    return {
        "panel": panel,
        "me": member,
        "criterion": criterion,
        "saved": True,
        "cell": {"bid": bid, "score": score, **by_rule(criterion, bid)},
    }


def by_rule(criterion: CriterionFacts, bid: OpenedBidFacts) -> dict[str, Any]:
    """Give what a bid states of a fact and the points that follow; nothing for a criterion without a rule."""
    if criterion.rule is None:
        return {}
    said = rules.stated(criterion, bid)
    return {"stated": _fact_words(said), "points": points(criterion.rule, said), "raw": said}


def _fact_words(fact: str | None) -> str:
    return {None: _("not stated"), YES: _("yes"), NO: _("no")}.get(fact, fact or "")


def unexplained(kind: str, score: Any, highest: Any) -> bool:
    """Tell whether a score is extreme and nobody has said why."""
    return score is not None and not score.reason and rules.needs_reason(kind, score.value, highest)
