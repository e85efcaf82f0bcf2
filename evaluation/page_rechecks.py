"""What the room shows of scores that stand out, and of those that are looked at again."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from evaluation import blind, rechecks
from evaluation.models import Member, Panel, Recheck, Report
from evaluation.selectors import cells_of
from evaluation.states import RECHECK_GLYPHS, RECHECK_WORDS, RecheckStatus
from tendering.facts import TenderFacts


def room(panel: Panel, tender: TenderFacts, member: Member | None) -> dict[str, Any]:
    """Give the judgements far from the others' and every recheck, with what this member may do; nothing at another stage."""
    if panel.status != rechecks.stage(panel):
        return {}
    seen = blind.shown(panel, tender, member)
    cells = {
        (cell.bid_id, cell.criterion.id): replace(cell, supplier=seen[cell.bid_id].bid.party_name)
        for cell in cells_of(panel)
    }
    rows = rechecks.of(panel)
    looked = {(row.member_id, row.bid_id, row.criterion) for row in rows}
    return {
        "rechecking": True,
        "rechecks": [_row(row, cells, member) for row in rows],
        "far": [
            {"one": row, "bid": seen[row.bid_id].bid.bid_id, "cell": cells[row.bid_id, row.criterion]}
            for row in rechecks.deviations(panel)
            if (row.member.pk, row.bid_id, row.criterion) not in looked
        ],
    }


def _row(row: Recheck, cells: dict[tuple[uuid.UUID, str], Any], member: Member | None) -> dict[str, Any]:
    own = member is not None and member.pk == row.member_id and row.status == RecheckStatus.AGREED
    return {
        "row": row,
        "cell": cells[row.bid_id, row.criterion],
        "word": _(RECHECK_WORDS[row.status]),
        "glyph": RECHECK_GLYPHS[row.status],
        "opinions": list(row.opinions.all()),
        "may_agree": member is not None and row.status == RecheckStatus.RAISED,
        "own": own,
        "sign": {"payload_hash": row.digest, "purpose": rechecks.purpose_of(row)}
        if own and row.after is not None
        else None,
    }


def reported(report: Report, tender: TenderFacts, part: str) -> list[dict[str, Any]]:
    """Give the rechecks or the deviations of a report with names."""
    criteria = {row.id: row.name for row in tender.criteria}
    names = {name: who for lot in report.body["lots"] for name, who in lot["names"].items()}
    return [
        {
            **row,
            "supplier": names.get(row["bid"], row["bid"]),
            "criterion": criteria[row["criterion"]],
            "word": _(RECHECK_WORDS[row["status"]]) if "status" in row else "",
        }
        for row in report.body.get(part, [])
    ]
