"""Several lots: each scored by itself, then shared out so that no bidder wins more of them than allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from evaluation.scoring.case import Case, CaseError, parse_case
from evaluation.scoring.ranking import Ranked

MOST_LOTS = 1000


def share_out(
    data: dict[str, Any], award: Callable[[Case], tuple[dict[str, Any], list[Ranked]]]
) -> dict[str, Any]:
    """Give each lot's result, and its winner: the first in rank who may still win, in the order of the lots.

    Members beside `lots` and `max_wins_per_bidder` are every lot's unless it has its own. A lot is named by
    its `lot`, else by its place from 1. It has no winner (null) where it failed, where nobody may still
    win, and where two bidders who may still win share the best rank: then a draw decides, whose order goes
    into the lot's `draw`. Raises CaseError.
    """
    lots = data["lots"]
    if not isinstance(lots, list) or not 0 < len(lots) <= MOST_LOTS:
        raise CaseError(f"lots: is not a list of 1 to {MOST_LOTS} cases")
    most = data.get("max_wins_per_bidder")
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise CaseError("max_wins_per_bidder: is not a whole number above zero")
    common = {
        name: value for name, value in data.items() if name not in {"lots", "max_wins_per_bidder", "lot"}
    }
    results: list[dict[str, Any]] = []
    winners: dict[str, str | None] = {}
    wins: Counter[str] = Counter()
    for number, lot in enumerate(lots, start=1):
        try:
            case = parse_case({**common, **lot} if isinstance(lot, dict) else lot, str(number))
            if case.lot in winners:
                raise CaseError(f"the lot {case.lot!r} is given twice")
            result, ranking = award(case)
        except CaseError as error:
            raise CaseError(f"lots[{number - 1}], {error}") from error
        results.append(result)
        winner = _winner(ranking, wins, most)
        winners[case.lot] = winner.bid.id if winner else None
        if winner:
            wins[winner.bid.bidder] += 1
    return {"lots": results, "winners": winners}


def _winner(ranking: list[Ranked], wins: Counter[str], most: int | None) -> Ranked | None:
    free = [place for place in ranking if most is None or wins[place.bid.bidder] < most]
    if not free or (len(free) > 1 and free[1].rank == free[0].rank):
        return None
    return free[0]
