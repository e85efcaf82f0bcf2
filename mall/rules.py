"""Rules of the mall: what may stand in an order, and who may accept it. Pure.

Rule ids: D-14 (public record of every order), F-05 (term of the agreement), L-02 (purchaser and supplier differ).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.errors import gettext_noop

MOST_LINES = 50
MOST_UNITS = 100_000
MOST_COMPARED = 4
RECORD, TERM, PAY = "D-14.mall_disclosure_from", "F-05.framework_term", "P-03.pay_after_invoice"


@dataclass(frozen=True, slots=True)
class Line:
    """One line to order: an offer and how many units of it."""

    offer_id: UUID
    quantity: int


def wrong_with_lines(lines: Sequence[Line]) -> dict[str, str]:
    """Say what keeps these lines from being one order; empty when nothing does."""
    if not lines:
        return {"lines": gettext_noop("The order is empty.")}
    if len(lines) > MOST_LINES or len({line.offer_id for line in lines}) != len(lines):
        return {"lines": gettext_noop("An order has at most fifty lines, and each offer once.")}
    if any(not 0 < line.quantity <= MOST_UNITS for line in lines):
        return {"quantity": gettext_noop("Give a whole number of units above zero.")}
    return {}


def next_in_turn(order: Sequence[UUID], served: Mapping[UUID, int]) -> UUID | None:
    """Give whose turn it is (顺序轮候): each once in every round, in the fixed order of those who are still admitted.

    `order` are the admitted, `served` how often each was called upon; None where nobody is admitted. Rule F-11.
    Source: 财政部令第110号第三十四条.
    """
    return min(order, key=lambda one: (served.get(one, 0), order.index(one)), default=None)


def must_be_another(person: UUID, ordered_by: UUID, desk: Collection[UUID] | Iterable[UUID]) -> bool:
    """Tell whether somebody else of the desk has to accept, because this person ordered.

    Where the desk has nobody else, the same person may, and the order says so.   Source: 《政府采购法》第六十一条.
    """
    return person == ordered_by and any(other != ordered_by for other in desk)
