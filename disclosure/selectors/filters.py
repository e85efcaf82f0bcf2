"""What a reader may ask for, read once and strictly: the same for pages, the API and feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from core import regions
from core.clock import BEIJING
from core.errors import Invalid, gettext_noop
from core.money import BadMoney, Yuan
from disclosure.states import CATEGORIES, WAYS, Market, Mode, NoticeType

DEFAULT_LIMIT, MOST = 50, 200
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class BadQuery(Invalid):
    """A parameter cannot be used; `errors` names it."""

    code = "bad-parameter"
    title = gettext_noop("A parameter of the request cannot be used.")


def _one_of(allowed: Any) -> Any:
    def read(text: str) -> str:
        if text not in set(allowed):
            raise ValueError(gettext_noop("There is no such value."))
        return text

    return read


def _region(text: str) -> str:
    try:
        return regions.get(text).code
    except regions.UnknownRegion as error:
        raise ValueError(gettext_noop("There is no region with this code.")) from error


def _money(text: str) -> Yuan:
    try:
        return Yuan(text.replace(",", ""))
    except BadMoney as error:
        raise ValueError(gettext_noop("This is not an amount of money")) from error


def _moment(text: str) -> datetime:
    """Read an instant with offset, or a date, which means its first moment in Beijing."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), BEIJING)
        instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise ValueError(gettext_noop("Give a date, or an instant with offset.")) from error
    if instant.tzinfo is None:
        raise ValueError(gettext_noop("Give a date, or an instant with offset."))
    return instant


def _until(text: str) -> datetime:
    """Read the end of a half-open period; a date means that the whole day is in."""
    instant = _moment(text)
    return instant + timedelta(days=1) if len(text) == 10 else instant


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(gettext_noop("Give a date.")) from error


def _text(text: str) -> str:
    if "\x00" in text or len(text) > 200:
        raise ValueError(gettext_noop("This text is too long."))
    return text.strip()


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST:
        raise ValueError(gettext_noop("Give a number from 1 to 200."))
    return int(text)


def cursor_text(position: int) -> str:
    """Write a place in time as the opaque cursor that readers hand back."""
    out = ""
    while position:
        position, digit = divmod(position, 36)
        out = _ALPHABET[digit] + out
    return out or "0"


def _cursor(text: str) -> int:
    if not text or len(text) > 13 or any(c not in _ALPHABET for c in text) or int(text, 36) >= 2**63:
        raise ValueError(gettext_noop("This is no cursor of ours."))
    return int(text, 36)


READERS: dict[str, Any] = {
    "type": _one_of(NoticeType),
    "method": _one_of(WAYS),
    "kind": _one_of(CATEGORIES),
    "mode": _one_of(Mode),
    "market": _one_of(Market),
    "region": _region,
    "min_amount": _money,
    "max_amount": _money,
    "since": _moment,
    "until": _until,
    "due": _day,
    "limit": _limit,
    "cursor": _cursor,
}


@dataclass(frozen=True)
class Filters:
    """Filters of a list; unset ones are None or empty. `given` keeps the words of the request, for links."""

    q: str = ""
    region: str = ""
    min_amount: Yuan | None = None
    max_amount: Yuan | None = None
    since: datetime | None = None
    until: datetime | None = None
    purchaser: str = ""
    cursor: int | None = None
    limit: int = DEFAULT_LIMIT
    given: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, query: Mapping[str, str], *, skip: frozenset[str] = frozenset()) -> Self:
        """Read the parameters that this list knows; others are ignored. Raises BadQuery naming every bad one."""
        known = {field.name for field in fields(cls)} - {"given"} - skip
        values: dict[str, Any] = {}
        given: list[tuple[str, str]] = []
        errors: dict[str, str] = {}
        for name, text in query.items():
            if name not in known or not text.strip():
                continue
            try:
                values[name] = cls.reader(name)(text.strip())
            except ValueError as error:
                errors[name] = str(error)
            else:
                if name not in {"cursor", "limit"}:
                    given.append((name, text.strip()))
        if errors:
            raise BadQuery(errors=errors)
        return cls(**values, given=tuple(given))

    @classmethod
    def reader(cls, name: str) -> Any:
        """Give the function that reads one parameter."""
        return READERS.get(name, _text)

    def without(self, name: str) -> Self:
        """Give these filters with one taken away."""
        return replace(self, given=tuple(pair for pair in self.given if pair[0] != name))


@dataclass(frozen=True)
class NoticeFilters(Filters):
    """Filters of notices; `category` is goods, works or services, `due` the day of the deadline."""

    type: str = ""
    method: str = ""
    category: str = ""
    agency: str = ""
    due: date | None = None

    @classmethod
    def reader(cls, name: str) -> Any:
        """Give the function that reads one parameter."""
        return READERS["kind"] if name == "category" else super().reader(name)


@dataclass(frozen=True)
class TransactionFilters(Filters):
    """Filters of records; `category` is an item code or its beginning, `agreement` a framework's process."""

    supplier: str = ""
    category: str = ""
    mode: str = ""
    market: str = ""
    agreement: str = ""
