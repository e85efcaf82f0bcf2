"""Strict readers of JSON members: each returns its value or raises Malformed (FORMAT.md 1.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from bidding.sealing.errors import Malformed

T = TypeVar("T")

MAX_INTEGER = 2**53 - 1
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:#-]{0,127}")
_ORIGIN = re.compile(r"(?!.*\+)[!-~]{1,255}")
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{6})?Z")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\ud800-\udfff]")


class Members:
    """The members of one object, taken one by one; `done` refuses what was left over."""

    def __init__(self, value: object, name: str, kind: str | None = None) -> None:
        """`kind` is the word of the object's `type` member, None when it has no such member."""
        if not isinstance(value, dict):
            raise Malformed(f"{name} is not an object")
        self._left = dict(value)
        self._name = name
        if kind is not None and self.take("type") != f"mingcai/v1/{kind}":
            raise Malformed(f"{name} is not a mingcai/v1/{kind}")

    def has(self, member: str) -> bool:
        """Whether an optional member is there."""
        return member in self._left

    def take(self, member: str) -> object:
        """The value, whatever its type."""
        try:
            return self._left.pop(member)
        except KeyError:
            raise Malformed(f"{self._name} lacks {member}") from None

    def text(self, member: str, longest: int, *, shortest: int = 0) -> str:
        """Text without control characters."""
        return text(self.take(member), self._path(member), longest, shortest)

    def id(self, member: str) -> str:
        """An identifier."""
        return _matched(_ID, self.take(member), self._path(member))

    def ids(self, member: str, longest: int) -> tuple[str, ...]:
        """A list of identifiers."""
        path = self._path(member)
        return self.items(member, longest, lambda item: _matched(_ID, item, path))

    def origin(self, member: str) -> str:
        """The name of a log."""
        return _matched(_ORIGIN, self.take(member), self._path(member))

    def key(self, member: str) -> str:
        """An idempotency key."""
        return _matched(_KEY, self.take(member), self._path(member))

    def decimal(self, member: str) -> str:
        """A decimal string."""
        return _matched(_DECIMAL, self.take(member), self._path(member))

    def choice(self, member: str, choices: frozenset[str]) -> str:
        """One of a few words."""
        value = self.take(member)
        if not isinstance(value, str) or value not in choices:
            raise Malformed(f"{self._path(member)} is not one of {', '.join(sorted(choices))}")
        return value

    def hex(self, member: str, size: int | None = 32) -> bytes:
        """Lower-case hexadecimal of `size` bytes (None: any)."""
        return hexadecimal(self.take(member), self._path(member), size)

    def hexes(self, member: str, longest: int, size: int) -> tuple[bytes, ...]:
        """A list of values of `size` bytes."""
        path = self._path(member)
        return self.items(member, longest, lambda item: hexadecimal(item, path, size))

    def hash(self, member: str) -> str:
        """A hash; it stays text."""
        return self.hex(member).hex()

    def hashes(self, member: str, longest: int) -> tuple[str, ...]:
        """A list of hashes."""
        path = self._path(member)
        return self.items(member, longest, lambda item: hexadecimal(item, path, 32).hex())

    def pattern(self, member: str, pattern: re.Pattern[str]) -> str:
        """Text of a given form."""
        return _matched(pattern, self.take(member), self._path(member))

    def integer(self, member: str, least: int, most: int = MAX_INTEGER) -> int:
        """An integer between the bounds, both included."""
        return integer(self.take(member), self._path(member), least, most)

    def integers(self, member: str, longest: int, least: int, most: int) -> tuple[int, ...]:
        """A list of integers between the bounds."""
        path = self._path(member)
        return self.items(member, longest, lambda item: integer(item, path, least, most))

    def null(self, member: str) -> bool:
        """Whether the member is there as null; then it is taken."""
        if member in self._left and self._left[member] is None:
            del self._left[member]
            return True
        return False

    def amount(self, member: str) -> int | None:
        """An integer from 0, or null."""
        return None if self.null(member) else self.integer(member, 0)

    def instant(self, member: str) -> datetime:
        """An instant in UTC."""
        return instant(self.take(member), self._path(member))

    def items(self, member: str, longest: int, read: Callable[[object], T]) -> tuple[T, ...]:
        """A list; `read` reads each item."""
        value = self.take(member)
        if not isinstance(value, list) or len(value) > longest:
            raise Malformed(f"{self._path(member)} is not a list of at most {longest}")
        return tuple(read(item) for item in value)

    def done(self) -> None:
        """Refuse members that nobody took."""
        if self._left:
            raise Malformed(f"{self._name} has unknown members: {', '.join(sorted(self._left)[:3])}")

    def _path(self, member: str) -> str:
        return f"{self._name}.{member}"


def text(value: object, path: str, longest: int, shortest: int = 0) -> str:
    """Text without control characters (TAB and LF are allowed) and lone surrogates."""
    if not isinstance(value, str) or not shortest <= len(value) <= longest or _CONTROL.search(value):
        raise Malformed(f"{path} is not text of {shortest} to {longest} characters")
    return value


def integer(value: object, path: str, least: int, most: int) -> int:
    """An integer between the bounds, both included."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Malformed(f"{path} is not an integer from {least} to {most}")
    return value


def hexadecimal(value: object, path: str, size: int | None) -> bytes:
    """Lower-case hexadecimal."""
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        raise Malformed(f"{path} is not lower-case hexadecimal")
    data = bytes.fromhex(value)
    if size is not None and len(data) != size:
        raise Malformed(f"{path} is not {size} bytes")
    return data


def instant(value: object, path: str = "the instant") -> datetime:
    """An aware UTC instant; the fraction has six digits and is left out when zero."""
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] == ".000000":
        raise Malformed(f"{path} is not a UTC instant")
    try:
        return datetime.strptime(match[1] + (match[2] or ".000000"), "%Y-%m-%dT%H:%M:%S.%f").replace(
            tzinfo=UTC
        )
    except ValueError as error:
        raise Malformed(f"{path} is not a UTC instant") from error


def write_instant(value: datetime) -> str:
    """The one spelling of an instant.  Raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("an instant has an offset")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _matched(pattern: re.Pattern[str], value: object, path: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise Malformed(f"{path} has the wrong form")
    return value
