"""Reads of scores that stand out after the reveal, and of those that the panel looks at again."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.canonical import digest
from evaluation import rules
from evaluation.models import Member, Panel, Recheck
from evaluation.selectors import cells_of, revealed
from evaluation.states import PanelStatus, RecheckStatus

EXTREME = "extreme"
"""The ground of the law's list that a panel finds of a judgement; what it changes, its member signs."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One judgement far from the median of all members'."""

    member: Member
    bid_id: uuid.UUID
    criterion: str
    value: Decimal
    median: Decimal


def stage(panel: Panel) -> PanelStatus:
    """Give the point of the agenda at which scores are looked at again: after the reveal, before anything is fixed."""
    return PanelStatus.TECHNICAL if panel.apart else PanelStatus.SCORED


def deviations(panel: Panel) -> list[Deviation]:
    """Give the judgements far from the median of all; none before the reveal."""
    highest = {
        (cell.bid_id, cell.criterion.id): cell.criterion.max
        for cell in cells_of(panel)
        if cell.criterion.kind == "subjective"
    }
    given: dict[tuple[uuid.UUID, str], list[tuple[Member, Decimal]]] = defaultdict(list)
    for row in revealed(panel):
        if (row.bid_id, row.criterion) in highest:
            given[row.bid_id, row.criterion].append((row.sheet.member, row.value))
    found = []
    for place, rows in given.items():
        places, middle = rules.far([value for _, value in rows], highest[place])
        found += [Deviation(rows[n][0], *place, rows[n][1], middle) for n in places]
    return found


def of(panel: Panel) -> list[Recheck]:
    """Give the rechecks of a panel, oldest first, with members' opinions."""
    rows = Recheck.objects.filter(panel=panel).select_related("member", "raised_by")
    return list(rows.prefetch_related("opinions__member"))


def open_ones(panel: Panel) -> int:
    """Tell how many rechecks are not settled."""
    return panel.rechecks.filter(status__in=[RecheckStatus.RAISED, RecheckStatus.AGREED]).count()


def body_of(recheck: Recheck) -> dict[str, Any]:
    """Give what the member signs."""
    return {
        "type": "mingcai/v1/score-change",
        "recheck": str(recheck.pk),
        "panel": str(recheck.panel_id),
        "member": str(recheck.member_id),
        "bid": str(recheck.bid_id),
        "criterion": recheck.criterion,
        "ground": recheck.ground["code"],
        "before": f"{recheck.before:.2f}",
        "after": f"{recheck.after:.2f}",
        "reason": recheck.answer,
    }


def digest_of(recheck: Recheck) -> str:
    """Give the digest of what the member signs."""
    return digest(body_of(recheck)).hex()


def purpose_of(recheck: Recheck) -> str:
    """Give the purpose under which a passkey signs the change."""
    return f"score.{recheck.pk}"


def for_report(panel: Panel) -> dict[str, Any]:
    """Give what was looked at again, and what still stands out, as the report says it; empty where there is neither."""
    looked = [
        {
            "seat": f"E{row.member.position}",
            "bid": str(row.bid_id),
            "criterion": row.criterion,
            "ground": row.ground,
            "reason": row.reason,
            "status": row.status,
            "before": f"{row.before:.2f}",
            "after": f"{row.after:.2f}" if row.status == RecheckStatus.SETTLED else None,
            "answer": row.answer,
            "signed": row.digest if row.signature else "",
            "opinions": {f"E{one.member.position}": one.agrees for one in row.opinions.all()},
        }
        for row in of(panel)
    ]
    far = [
        {
            "seat": f"E{row.member.position}",
            "bid": str(row.bid_id),
            "criterion": row.criterion,
            "value": f"{row.value:.2f}",
            "median": f"{row.median:.2f}",
        }
        for row in deviations(panel)
    ]
    return {**({"rechecks": looked} if looked else {}), **({"deviations": far} if far else {})}
