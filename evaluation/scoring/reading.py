"""Read members of published inputs strictly: what is missing or out of range raises CaseError, which says where and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from core.errors import Invalid, gettext_noop
from core.money import BadMoney, Yuan, exact

Choice = TypeVar("Choice", bound=StrEnum)


class CaseError(Invalid, ValueError):
    """The inputs cannot be scored; the message says which one and why, in one line."""

    code = "bad-case"
    title = gettext_noop("The award cannot be recomputed from these inputs")

    def __init__(self, message: str) -> None:
        super().__init__(gettext_noop("%(reason)s"), reason=message)
        self.message = message

    def __str__(self) -> str:
        return self.message


def an_object(data: object, place: str) -> dict[str, Any]:
    """Give an object."""
    if not isinstance(data, dict):
        raise CaseError(f"{place}: is not an object")
    return data


def needed(given: Mapping[str, Any], name: str, place: str = "") -> bool:
    """Refuse a member that is missing."""
    if given.get(name) is None:
        raise CaseError(f"{place}{name}: is missing")
    return True


def a_list(given: Mapping[str, Any], name: str, *, required: bool = False) -> list[Any]:
    """Give a list; an empty one where it may be missing."""
    if not required and given.get(name) is None:
        return []
    needed(given, name)
    if not isinstance(given[name], list):
        raise CaseError(f"{name}: is not a list")
    return list(given[name])


def a_string(value: object, place: str) -> str:
    """Give a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise CaseError(f"{place}: is not a text, or is empty")
    return value


def a_text(given: Mapping[str, Any], name: str, *, default: str | None = None, place: str = "") -> str:
    """Give a text, or its default."""
    if given.get(name) is None and default is not None:
        return default
    needed(given, name, place)
    if given[name] == "" and default is not None:
        return default
    return a_string(given[name], f"{place}{name}")


def a_choice(
    kind: type[Choice], given: Mapping[str, Any], name: str, default: Choice | None = None, *, place: str = ""
) -> Choice:
    """Give one of the words of `kind`."""
    if given.get(name) is None and default is not None:
        return default
    needed(given, name, place)
    value = given[name]
    if not isinstance(value, str) or value not in list(kind):
        raise CaseError(f"{place}{name}: {str(value)[:40]!r} is none of {', '.join(kind)}")
    return kind(value)


def a_flag(given: Mapping[str, Any], name: str, default: bool, place: str) -> bool:
    """Give true or false."""
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise CaseError(f"{place}{name}: is neither true nor false")
    return value


def a_whole(value: object, place: str, least: int, most: int) -> int:
    """Give a whole number within its bounds."""
    number = (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 9
        else value
    )
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise CaseError(f"{place}: is not a whole number from {least} to {most}")
    return number


def a_number(
    given: Mapping[str, Any],
    name: str,
    *,
    most: Decimal | int | None = None,
    default: str | None = None,
    place: str = "",
) -> Decimal:
    """Give an exact number of zero or more, up to `most`."""
    value = given.get(name, default) if default is not None else given.get(name)
    if value is None:
        raise CaseError(f"{place}{name}: is missing")
    try:
        number = exact(value)
    except BadMoney:
        raise CaseError(f"{place}{name}: {str(value)[:40]!r} is not an exact decimal number") from None
    if number < 0 or (most is not None and number > most):
        limit = "is below zero" if most is None else f"is not between 0 and {most}"
        raise CaseError(f"{place}{name}: {number} {limit}")
    return number


def an_amount(given: Mapping[str, Any], name: str, place: str = "") -> Yuan | None:
    """Give an amount in yuan, or None."""
    value = given.get(name)
    if value is None:
        return None
    try:
        amount = Yuan(value)
    except BadMoney:
        raise CaseError(
            f"{place}{name}: {str(value)[:40]!r} is not an amount in yuan, exact to the fen"
        ) from None
    if amount < Yuan(0):
        raise CaseError(f"{place}{name}: {amount} is below zero")
    return amount


def a_date(given: Mapping[str, Any], name: str) -> date:
    """Give a date."""
    needed(given, name)
    try:
        return date.fromisoformat(given[name])
    except (ValueError, TypeError):
        raise CaseError(f"{name}: {str(given[name])[:40]!r} is not a date like 2026-03-01") from None


def unique(names: list[str] | tuple[str, ...], noun: str) -> None:
    """Refuse a name that is given twice."""
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"the {noun} {name!r} is given twice")
