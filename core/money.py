"""Money exact to the fen, unit prices exact to six places, and the only two roundings there are.

Pure: whole numbers inside, so that no decimal context can change a result. Floats are refused everywhere.
Wire form of an amount is a string, `"1234.50"`; signed and sealed payloads carry an integer of fen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Self

from core.errors import Invalid, gettext_noop

Exact = Decimal | Fraction | int
"""A number without error: what a rate, a share, a quantity or an intermediate result may be."""

FEN_PLACES = 2
UNIT_PRICE_PLACES = 6
DIGITS = 18
"""Digits in all, of an amount as of a unit price: `DecimalField(max_digits=18)`."""

_EXPONENTS = 40
"""Beyond this a Decimal is no number of ours, and turning it into a fraction could take for ever."""
_UNROUNDED = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation, Inexact])
"""Only for moving the point: pages show thousands of amounts, and a fraction for each would take half their time."""
_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_NUMERALS = "零壹贰叁肆伍陆柒捌玖"
_AMOUNT_IN_WORDS = re.compile(
    f"(?:(?P<yuan>[{_NUMERALS}拾佰仟万亿]+)元)?零?(?:(?P<jiao>[{_NUMERALS}])角)?零?(?:(?P<fen>[{_NUMERALS}])分)?整?"
)
_CUT_SHORT = re.compile(f"[万亿仟佰][{_NUMERALS[1:]}]$")
"""A last digit right after a large unit: 壹万伍 may be meant as 15 000, and is read as nothing."""


class BadMoney(Invalid, ValueError):
    """Not an amount: a float, not finite, not plain decimal notation, too many places or too many digits."""

    code = "bad-money"
    title = gettext_noop("This is not an amount of money")


def exact(value: object) -> Decimal:
    """Give a plain decimal number as a finite Decimal.

    Takes a Decimal, an int or a string of ASCII digits with an optional sign and point; no exponent, no
    spaces, no separators. Raises BadMoney for anything else, floats and booleans first of all.
    """
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int):
            raise BadMoney(gettext_noop("The number %(given)s is not finite"), given=str(value)[:60])
        if abs(exponent) > _EXPONENTS:
            raise BadMoney(gettext_noop("%(given)s is not a plain decimal number"), given=str(value)[:60])
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return Decimal(value)
    raise BadMoney(gettext_noop("%(given)s is not a plain decimal number"), given=repr(value)[:60])


def rounded_half_up(value: Exact, places: int = FEN_PLACES) -> Decimal:
    """Round to `places` decimal places, a half away from zero. For scores and amounts."""
    number = Fraction(value)
    doubled = abs(number) * 10**places * 2
    units = (doubled.numerator // doubled.denominator + 1) // 2
    return _decimal(-units if number < 0 else units, places)


def capped_down(value: Exact, places: int = FEN_PLACES) -> Decimal:
    """Round to `places` decimal places, downwards. For caps: the result never exceeds `value`."""
    scaled = Fraction(value) * 10**places
    return _decimal(scaled.numerator // scaled.denominator, places)


SHARE_PLACES = 4
"""Places of a share: hundredths of a percent."""


def share_of_percent(text: str) -> Decimal | None:
    """Read a share above 0 and below 1 from percent as typed, such as `35` or `12.5 %`; None for anything else."""
    try:
        share = exact(text.strip().removesuffix("%").strip()) / 100
    except BadMoney:
        return None
    unit = Decimal(1).scaleb(-SHARE_PLACES)
    fits = share.is_finite() and 0 < share < 1 and share == share.quantize(unit)
    return share.quantize(unit) if fits else None


def _decimal(units: int, places: int) -> Decimal:
    return Decimal(units).scaleb(-places, _UNROUNDED)


TOO_FINE = {
    FEN_PLACES: gettext_noop("%(given)s is finer than a fen: an amount has at most two decimal places"),
    UNIT_PRICE_PLACES: gettext_noop("%(given)s is too fine: a unit price has at most six decimal places"),
}


def _units(value: object, places: int) -> int:
    """Count `value` in units of the last allowed place."""
    number = exact(value)
    if isinstance(value, str) and len(value.partition(".")[2]) > places:
        raise BadMoney(TOO_FINE[places], given=value)
    if number.adjusted() >= DIGITS:
        raise BadMoney(gettext_noop("%(given)s is too large"), given=str(value)[:60])
    scaled = number.scaleb(places, _UNROUNDED)
    units = int(scaled)
    if units != scaled:
        raise BadMoney(TOO_FINE[places], given=str(value)[:60])
    if abs(units) >= 10**DIGITS:
        raise BadMoney(gettext_noop("%(given)s is too large"), given=str(value)[:60])
    return units


@dataclass(frozen=True, slots=True, order=True)
class Yuan:
    """An amount of renminbi, exact to the fen; at most eighteen digits; may be negative.

    `Yuan("1234.50")`, `Yuan(1234)` and `Yuan(Decimal("1234.5"))` are equal. Raises BadMoney for floats, for
    what is not finite, and for anything finer than a fen: rounding is always said aloud, with
    `rounded_half_up` or `capped_down`.
    """

    amount: Decimal

    def __init__(self, value: Decimal | int | str) -> None:
        object.__setattr__(self, "amount", _decimal(_units(value, FEN_PLACES), FEN_PLACES))

    @classmethod
    def from_fen(cls, fen: int) -> Self:
        """Make the amount of so many fen, as signed and sealed payloads carry it."""
        if not isinstance(fen, int) or isinstance(fen, bool):
            raise BadMoney(gettext_noop("%(given)s is not a whole number of fen"), given=repr(fen)[:60])
        return cls(_decimal(fen, FEN_PLACES))

    @classmethod
    def total(cls, amounts: Iterable[Yuan]) -> Self:
        """Add up any number of amounts; none is zero."""
        return cls.from_fen(sum(amount.fen for amount in amounts))

    @property
    def fen(self) -> int:
        """The amount as a whole number of fen."""
        return int(str(self.amount).replace(".", ""))

    def __str__(self) -> str:
        return f"{self.amount:f}"

    def __add__(self, other: Yuan) -> Yuan:
        return Yuan.from_fen(self.fen + other.fen) if isinstance(other, Yuan) else NotImplemented

    def __sub__(self, other: Yuan) -> Yuan:
        return Yuan.from_fen(self.fen - other.fen) if isinstance(other, Yuan) else NotImplemented

    def __neg__(self) -> Yuan:
        return Yuan.from_fen(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0

    def times(self, factor: Exact) -> Yuan:
        """Multiply, rounded half up to the fen: amounts and prices."""
        return Yuan(rounded_half_up(Fraction(self.amount) * _factor(factor)))

    def capped(self, rate: Exact) -> Yuan:
        """Multiply, rounded down to the fen: the most that a rate of this amount allows."""
        return Yuan(capped_down(Fraction(self.amount) * _factor(rate)))


@dataclass(frozen=True, slots=True, order=True)
class UnitPrice:
    """The price of one unit in yuan, zero or more, with up to six decimal places and eighteen digits.

    Its wire form has at least two places and no needless zeros after them. Raises BadMoney like Yuan.
    """

    amount: Decimal

    def __init__(self, value: Decimal | int | str) -> None:
        units = _units(value, UNIT_PRICE_PLACES)
        if units < 0:
            raise BadMoney(gettext_noop("A unit price cannot be negative: %(given)s"), given=str(value))
        object.__setattr__(self, "amount", _decimal(units, UNIT_PRICE_PLACES))

    def __str__(self) -> str:
        whole, _, part = f"{self.amount:f}".partition(".")
        return f"{whole}.{part.rstrip('0').ljust(FEN_PLACES, '0')}"

    def times(self, quantity: Exact) -> Yuan:
        """Give the amount for `quantity` units, rounded half up to the fen."""
        return Yuan(rounded_half_up(Fraction(self.amount) * _factor(quantity)))


def _factor(factor: object) -> Fraction:
    if isinstance(factor, str):
        raise BadMoney(gettext_noop("%(given)s is not a plain decimal number"), given=repr(factor)[:60])
    return factor if isinstance(factor, Fraction) else Fraction(exact(factor))


def in_words(amount: Yuan) -> str:
    """Write an amount in capital numerals (大写金额), without the word 人民币 before it.

    What ends in yuan or jiao ends with 整. A gap of zeros inside the number is one 零; also where the unit
    digit of yuan is zero and jiao follow (`壹仟陆佰捌拾元零叁角贰分`), and where fen follow without jiao.
    A negative amount begins with 负.   Source: 《支付结算办法》附一, 正确填写票据和结算凭证的基本规定.
    """
    yuan, fen = divmod(abs(amount.fen), 100)
    jiao, fen = divmod(fen, 10)
    words = f"{_integer_in_words(yuan)}元" if yuan else ""
    if not jiao and not fen:
        words = f"{words or '零元'}整"
    else:
        if yuan and (not jiao or yuan % 10 == 0):
            words += "零"
        words += f"{_NUMERALS[jiao]}角" if jiao else ""
        words += f"{_NUMERALS[fen]}分" if fen else "整"
    return f"负{words}" if amount.fen < 0 else words


def _integer_in_words(number: int) -> str:
    """Write a whole number above zero: groups of four digits, eight for 亿."""
    for unit, size in (("亿", 10**8), ("万", 10**4), ("仟", 10**3), ("佰", 10**2), ("拾", 10)):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low and low < size // 10 else ""
            return f"{_integer_in_words(high)}{unit}{gap}{_integer_in_words(low) if low else ''}"
    return _NUMERALS[number]


def from_words(text: str) -> Yuan:
    """Read an amount in capital numerals, as `in_words` and people write it; 人民币 before it, 圆 and 正 are understood.

    Raises BadMoney for anything else, also for words that no amount has.
    """
    words = "".join(text.split()).removeprefix("人民币").lstrip(":：").replace("圆", "元").replace("正", "整")
    found = _AMOUNT_IN_WORDS.fullmatch(words)
    if found is None or not any(found.groups()) or _CUT_SHORT.search(found["yuan"] or ""):
        raise BadMoney(gettext_noop("%(given)s is no amount in capital numerals"), given=repr(text)[:60])
    yuan = _integer_of_words(found["yuan"] or "")
    jiao, fen = (_NUMERALS.index(found[name] or "零") for name in ("jiao", "fen"))
    amount = Yuan.from_fen(yuan * 100 + jiao * 10 + fen)
    if _bare(in_words(amount)) != _bare(words):
        raise BadMoney(gettext_noop("%(given)s is no amount in capital numerals"), given=repr(text)[:60])
    return amount


def _bare(words: str) -> str:
    """Leave out what writers may differ in: 整 at the end, 零 after 万, 亿 and 元, and 壹 before a first 拾."""
    words = words.removesuffix("整")
    words = f"壹{words}" if words.startswith("拾") else words
    return words.replace("万零", "万").replace("亿零", "亿").replace("元零", "元").replace("角零", "角")


def _integer_of_words(words: str) -> int:
    """Read a whole number; words that mean none, or another one, are found out by writing it again."""
    for unit, size in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
        high, found, low = words.rpartition(unit) if size > 1000 else words.partition(unit)
        if found:
            return max(_integer_of_words(high), 1) * size + _integer_of_words(low)
    digits = words.strip("零")
    if len(digits) > 1:
        raise BadMoney(gettext_noop("%(given)s is no amount in capital numerals"), given=repr(words)[:60])
    return _NUMERALS.index(digits) if digits else 0
