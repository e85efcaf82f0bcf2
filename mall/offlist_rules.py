"""When something may be bought off the list of a framework agreement (rule F-13). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracting.facts import AgreementFacts, EntrantFacts
from contracting.states import EntrantStatus
from core.errors import gettext_noop
from core.money import UnitPrice
from mall.offlist_facts import OffListFacts
from mall.rules import MOST_UNITS

RULE, ANSWER = "F-13", "X-22.match_time"


def selling(agreement: AgreementFacts, item_no: str) -> list[tuple[EntrantFacts, UnitPrice]]:
    """Give the suppliers that may be called upon for an item, with their agreed prices."""
    return [
        (row, price.price)
        for row in agreement.entrants
        if row.status == EntrantStatus.ADMITTED
        for price in row.prices
        if price.item_no == item_no
    ]


def wrong_with(
    *,
    texts: Mapping[str, str],
    quantity: int,
    price: UnitPrice,
    inside: Sequence[tuple[EntrantFacts, UnitPrice]],
) -> dict[str, str]:
    """Say what keeps a purchase from being asked for: it is below every agreed price, described and explained.

    Source: 财政部令第110号 (rule F-13).
    """
    wrong = {name: gettext_noop("This is missing.") for name, text in texts.items() if not text.strip()}
    if not 0 < quantity <= MOST_UNITS:
        wrong["quantity"] = gettext_noop("Give a whole number of units above zero.")
    if not inside:
        wrong["item_no"] = gettext_noop(
            "No supplier of the framework agreement sells this item: nothing can be compared."
        )
    if price.amount <= 0:
        wrong["price"] = gettext_noop("The price must be above zero.")
    elif any(price >= agreed for _entrant, agreed in inside):
        wrong["price"] = gettext_noop(
            "This is not below every agreed price: order from a supplier of the framework agreement."
        )
    return wrong


def public_item(facts: OffListFacts) -> dict[str, Any]:
    """Give what was bought as its public record says it."""
    return {
        "name": facts.item["name"],
        "category": facts.item["code"],
        "brand": facts.brand,
        "model": facts.model,
        "spec": facts.spec,
        "quantity": facts.quantity,
        "unit": facts.item["unit"],
        "unit_price": str(facts.sells_at),
    }
