"""Contradictions of a bid about its own price, put right in the order of the law. Pure.

Source: 财政部令第87号第五十九条. The order is data (core/law/data/grounds.csv, rule T-19); a code names what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.errors import Invalid, gettext_noop
from core.money import BadMoney, UnitPrice, Yuan

OPENED = "opened_total_fen"
"""Where the sheet of a bid with a corrected price keeps the total as it was opened."""
SHIFTS = tuple(shift for shift in range(-6, 7) if shift)
"""By how many places a decimal point may be misplaced; a percent sign that is missing or too much is two of them."""


class Unclear(Invalid):
    """More than one unit price could be the misplaced one, and nobody has said which."""

    code = "misplaced-unclear"
    title = gettext_noop("Which unit price is misplaced is not clear")


@dataclass(frozen=True, slots=True)
class Line:
    """One priced item."""

    item: str
    quantity: Decimal
    unit_price: UnitPrice

    @property
    def amount(self) -> Yuan:
        """The unit price times the quantity."""
        return self.unit_price.times(self.quantity)


@dataclass(frozen=True, slots=True)
class Said:
    """What an opened bid says of its price.

    `total` is the figure of the opening sheet and `words` the same in capital numerals, where it has them; `elsewhere` is the
    total that another part of the bid names. `lines` are all items of the lot; empty where they cannot be compared with it.
    """

    total: Yuan
    lines: tuple[Line, ...] = ()
    words: Yuan | None = None
    elsewhere: Yuan | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One correction; `item` is empty where it is of the total. What was said, and what it is taken to say."""

    code: str
    item: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """The price after every step: the total, and the unit prices that make it."""

    total: Yuan
    lines: tuple[Line, ...]
    steps: tuple[Step, ...] = ()

    @property
    def sum(self) -> Yuan:
        """What the items come to."""
        return Yuan.total(line.amount for line in self.lines)


def correct(said: Said, order: Sequence[str], misplaced: str = "") -> Corrected:
    """Correct what contradicts itself, by the codes of `order` one after another; no steps where nothing does.

    `misplaced` names the item whose decimal point is misplaced, where the numbers alone leave a choice. Raises Unclear.
    """
    found = Corrected(said.total, said.lines)
    for code in order:
        found = RULES[code](said, found, misplaced)
    return found


def _sheet(said: Said, found: Corrected, misplaced: str) -> Corrected:
    """The opening sheet prevails over what corresponds to it elsewhere in the bid."""
    if said.elsewhere is None or said.elsewhere == said.total:
        return found
    return _with(found, Step("sheet", "", str(said.elsewhere), str(said.total)))


def _words(said: Said, found: Corrected, misplaced: str) -> Corrected:
    """Words prevail over figures."""
    if said.words is None or said.words == found.total:
        return found
    step = Step("words", "", str(found.total), str(said.words))
    return replace(_with(found, step), total=said.words)


def _decimal(said: Said, found: Corrected, misplaced: str) -> Corrected:
    """Where one unit price with its decimal point moved makes the total, the total prevails and that price is corrected."""
    if not found.lines or found.sum == found.total:
        return found
    ways = [
        (place, moved)
        for place, line in enumerate(found.lines)
        if (moved := _moved(line, found.total.fen - found.sum.fen + line.amount.fen)) is not None
    ]
    if misplaced:
        ways = [way for way in ways if found.lines[way[0]].item == misplaced]
    if len(ways) > 1:
        raise Unclear(
            gettext_noop("Say which of these items has the misplaced decimal point: %(items)s."),
            items=", ".join(found.lines[place].item for place, _ in ways),
        )
    if not ways:
        return found
    [(place, moved)] = ways
    line = found.lines[place]
    lines = (*found.lines[:place], replace(line, unit_price=moved), *found.lines[place + 1 :])
    return replace(_with(found, Step("decimal", line.item, str(line.unit_price), str(moved))), lines=lines)


def _sum(said: Said, found: Corrected, misplaced: str) -> Corrected:
    """The unit prices prevail over a total that they do not make; prices that are all zero say nothing."""
    if not found.lines or found.sum == found.total or not found.sum:
        return found
    return replace(_with(found, Step("sum", "", str(found.total), str(found.sum))), total=found.sum)


def _moved(line: Line, fen: int) -> UnitPrice | None:
    """Give the unit price with its decimal point moved so that the line comes to `fen`, or None."""
    if not line.unit_price.amount or fen <= 0:
        return None
    for shift in SHIFTS:
        try:
            price = UnitPrice(line.unit_price.amount.scaleb(shift))
            if price.times(line.quantity).fen == fen:
                return price
        except BadMoney:  # finer or larger than any price is written
            continue
    return None


def _with(found: Corrected, step: Step) -> Corrected:
    return replace(found, steps=(*found.steps, step))


RULES: dict[str, Callable[[Said, Corrected, str], Corrected]] = {
    "sheet": _sheet,
    "words": _words,
    "decimal": _decimal,
    "sum": _sum,
}
