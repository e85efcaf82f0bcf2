"""What opened bids say of their prices, and the corrected prices that their bidders have confirmed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Q

from bidding.facts import OpenedBidFacts
from bidding.selectors import bids_to_judge
from core import clock
from core.law.grounds import Ground, grounds
from core.money import BadMoney, UnitPrice, Yuan, exact
from core.workdays import beijing_date
from evaluation.corrections import OPENED, Line, Said, Unclear, correct
from evaluation.models import Panel, Question
from evaluation.states import PanelStatus, QuestionKind, QuestionStatus
from tendering.facts import LotFacts, TenderFacts

RULE, REFUSED = "T-19", "correction_refused"
CONFIRM, REFUSE = "confirm", "refuse"


def order(tender: TenderFacts) -> list[Ground]:
    """Give the corrections that the law knows for this tender, in their order; none for a method without such a rule."""
    return grounds(RULE, tender.method, tender.law_as_of or beijing_date(clock.now()))


def judged(tender_id: uuid.UUID) -> list[OpenedBidFacts]:
    """Give the bids of a tender with the prices that bind: as opened, or as corrected and confirmed.

    Source: 财政部令第87号第五十九条.
    """
    rows = Question.objects.filter(panel__tender_id=tender_id, **_confirmed()).exclude(
        panel__status=PanelStatus.DISSOLVED
    )
    changed = {bid_id: said for bid_id, said in rows.values_list("bid_id", "correction") if said}
    bids = bids_to_judge(tender_id)
    return [_corrected(bid, changed[bid.bid_id]) if bid.bid_id in changed else bid for bid in bids]


def confirmed(panel: Panel) -> list[Question]:
    """Give the corrections that bidders have signed, with the price that they confirmed."""
    return list(Question.objects.filter(panel=panel, **_confirmed()).select_related("panel"))


def refused(panel: Panel) -> frozenset[uuid.UUID]:
    """Give the bids whose bidder does not confirm the corrected price, or did not in time: they are invalid."""
    mine = Question.objects.filter(panel=panel, kind=QuestionKind.CORRECTION)
    out = Q(status=QuestionStatus.DECIDED, accepted=False)
    late = Q(status=QuestionStatus.ASKED, due_at__lte=clock.now())
    return frozenset(mine.filter(out | late).values_list("bid_id", flat=True))


def waiting(panel: Panel) -> frozenset[uuid.UUID]:
    """Give the bids whose bidder still has time to confirm."""
    mine = Question.objects.filter(panel=panel, kind=QuestionKind.CORRECTION, status=QuestionStatus.ASKED)
    return frozenset(mine.filter(due_at__gt=clock.now()).values_list("bid_id", flat=True))


def contradicting(tender: TenderFacts, bids: Iterable[OpenedBidFacts]) -> frozenset[uuid.UUID]:
    """Give the bids whose opening sheet contradicts itself, where the law says how that is corrected."""
    codes = [one.code for one in order(tender)]
    lots = {lot.no: lot for lot in tender.lots}
    return frozenset(bid.bid_id for bid in bids if codes and _contradicts(said(lots[bid.lot], bid), codes))


def said(
    lot: LotFacts, bid: OpenedBidFacts, words: Yuan | None = None, elsewhere: Yuan | None = None
) -> Said | None:
    """Give what a bid says of its price; None without a quote.

    Its unit prices are compared with its total only where it prices every item of the lot, in the quantity asked for:
    anything else deviates from the documents and is no slip of the pen.
    """
    if bid.quote is None:
        return None
    asked = {item.no: item.quantity for item in lot.items}
    lines = _lines(bid)
    whole = {line.item: line.quantity for line in lines} == asked and len(lines) == len(asked)
    return Said(bid.quote, lines if whole else (), words, elsewhere)


def _lines(bid: OpenedBidFacts) -> tuple[Line, ...]:
    try:
        return tuple(
            Line(str(row["item"]), exact(str(row["quantity"])), UnitPrice(str(row["unit_price"])))
            for row in bid.sheet.get("prices", [])
        )
    except BadMoney:  # finer or larger than prices are: nothing to reckon with
        return ()


def _contradicts(what: Said | None, codes: list[str]) -> bool:
    try:
        return what is not None and bool(correct(what, codes).steps)
    except Unclear:
        return True


def _confirmed() -> dict[str, Any]:
    return {"kind": QuestionKind.CORRECTION, "status": QuestionStatus.DECIDED, "accepted": True}


def _corrected(bid: OpenedBidFacts, correction: dict[str, Any]) -> OpenedBidFacts:
    """Give the bid with its confirmed price; the sheet keeps the total as opened beside it."""
    if bid.quote is None:
        return bid
    total, unit_prices = Yuan(correction["total"]), correction["unit_prices"]
    rows = []
    for row in bid.sheet.get("prices", []):
        price = UnitPrice(unit_prices.get(str(row["item"]), row["unit_price"]))
        amount = price.times(exact(str(row["quantity"])))
        rows.append({**row, "unit_price": str(price), "amount_fen": amount.fen})
    kept = {"prices": rows} if unit_prices else {}
    return replace(
        bid, quote=total, sheet={**bid.sheet, **kept, "total_fen": total.fen, OPENED: bid.quote.fen}
    )
