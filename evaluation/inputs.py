"""The published inputs of an award as a browser computes them again: with the values of the law that they rest on."""

from __future__ import annotations

from typing import Any

from core.law.current import book
from evaluation.models import Report
from evaluation.scoring.case import parse_case
from evaluation.scoring.ranking import FEWEST
from evaluation.scoring.values import COUNTS, RATES, carried, law_of


def cases(published: dict[str, Any]) -> list[dict[str, Any]]:
    """Give each lot's inputs; where they carry no values of the law, those of the installed packs for their law date."""
    lots: list[dict[str, Any]] = published["lots"] if "lots" in published else [published]
    return [lot if "law" in lot else {**lot, "law": _law(lot)} for lot in lots]


def _law(lot: dict[str, Any]) -> dict[str, str]:
    case = parse_case(lot)
    return carried(law_of(case, book(), FEWEST[case.method][1]))


def earliest() -> dict[str, str]:
    """Give the oldest value of every rule that scoring reads, for a law date on which it was not in force yet."""
    return {name: str(book().earliest(name).value) for name in sorted(COUNTS | RATES)}


def names(report_digest: str) -> dict[str, str]:
    """Give the names of the bidders whom a published report ranks, by bid; a bidder that was not ranked is not named."""
    report = Report.objects.filter(digest=report_digest).first()
    return {
        row["id"]: lot["names"][row["id"]]
        for lot in (report.body["lots"] if report else [])
        for row in lot["result"]["ranking"]
    }
