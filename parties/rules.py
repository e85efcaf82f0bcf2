"""Rules of parties: credit codes, separation of duties. Pure.

Separation of duties is a table: two duties that one person (or one organisation) may not hold in one
procedure. Source: 《政府采购法》第六十一条; 《政府采购法实施条例》第九条, 第十八条.
"""

from __future__ import annotations

from collections.abc import Collection

_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

# (duty, duty, rule): nobody holds both in one procedure
SEPARATED: tuple[tuple[str, str, str], ...] = (
    ("purchaser", "supplier", "L-02"),
    ("agency", "supplier", "L-02"),
    ("expert", "supplier", "L-29"),
    ("expert", "agency", "L-29"),
    ("supervisor", "supplier", "L-29"),
    ("supervisor", "purchaser", "L-29"),
    ("supervisor", "agency", "L-29"),
    ("supervisor", "expert", "L-29"),
    ("handler", "contract_reviewer", "L-31"),
    ("handler", "acceptor", "L-31"),
)


def credit_code_with_check(first17: str) -> str:
    """Give the 18-place unified social credit code for its first 17 places. Source: GB 32100—2015.

    Raises ValueError for a wrong length or a symbol outside the standard's alphabet (no I, O, S, V, Z).
    """
    if len(first17) != 17 or any(symbol not in _SYMBOLS for symbol in first17):
        raise ValueError("a credit code has 17 symbols of GB 32100 before its check symbol")
    total = sum(_SYMBOLS.index(symbol) * weight for symbol, weight in zip(first17, _WEIGHTS, strict=True))
    return first17 + _SYMBOLS[(31 - total % 31) % 31]


def credit_code_is_valid(code: str) -> bool:
    """Tell whether `code` has 18 places and the right check symbol."""
    try:
        return len(code) == 18 and credit_code_with_check(code[:17]) == code
    except ValueError:
        return False


def may_hold_both(duty: str, other: str) -> bool:
    """Tell whether one person may hold both duties in one procedure."""
    return not any({duty, other} == {a, b} for a, b, _ in SEPARATED)


def clash(held: Collection[str], wanted: str) -> str:
    """Give the rule that forbids `wanted` beside one of the duties `held`; empty when nothing does."""
    for a, b, rule in SEPARATED:
        if (wanted == a and b in held) or (wanted == b and a in held):
            return rule
    return ""


def capacity_clash(kinds: Collection[str], wanted: str) -> str:
    """Give the rule by which an organisation of these `kinds` can never also be `wanted`; empty when it can.

    Whoever supervises is no party; a purchaser may be a supplier elsewhere, only not in the same procedure.
    """
    others = {kind for kind in kinds if kind != wanted}
    if wanted == "supervisor" and others:
        return clash(others, wanted)
    return clash({"supervisor"}, wanted) if "supervisor" in others else ""
