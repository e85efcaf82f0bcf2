"""Canonical JSON (RFC 8785) and strict reading: what is signed, hashed or logged goes through here.

Pure: no Django, no clock, no network.  `canonical` writes, `parse` reads canonical bytes only, `read_json`
reads any JSON strictly.  The strictness is the point: two readers of the same bytes must never see two
different things.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

import rfc8785

MAX_INTEGER_DIGITS = 40
"""Integers written with more digits are refused before they are converted (conversion is quadratic)."""
MAX_INTEGER = 2**53 - 1
_PLAIN = frozenset({str, bool, type(None)})
_write = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


class NotJson(ValueError):
    """The text is not JSON at all."""


class NotStrict(ValueError):
    """JSON that two readers could take differently: duplicate names, NaN, oversized numbers, great depth."""


class NotCanonical(ValueError):
    """The value has no canonical form, or the bytes are not the canonical form of what they say."""


def canonical(value: Any) -> bytes:
    """Write `value` as canonical JSON bytes (RFC 8785, UTF-8, no trailing newline).

    Integers must lie within ±(2^53 - 1).  Raises NotCanonical for floats without a JSON form, lone
    surrogates, names that are not strings, unsupported types and nesting too deep to walk.
    """
    try:
        return _write(value).encode() if _is_plain(value) else rfc8785.dumps(value)
    except RecursionError as error:
        raise NotCanonical("nested too deeply") from error
    except (ValueError, TypeError) as error:
        raise NotCanonical(str(error)) from error


def _is_plain(value: Any) -> bool:
    """Tell whether the C encoder writes `value` in canonical form: no floats, names in ASCII, JSON's own types.

    What differs otherwise: how floats are written, and that names sort by UTF-16. It is several times as fast, and
    nearly everything that is signed, hashed or logged is plain.
    """
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER  # type: ignore[no-any-return]
    if kind is dict:
        items = value.values()
        if not all(type(name) is str and name.isascii() for name in value):
            return False
    elif kind is list or kind is tuple:
        items = value
    else:
        return False
    return all(type(item) in _PLAIN or _is_plain(item) for item in items)


def digest(value: Any) -> bytes:
    """SHA-256 over the canonical bytes of `value`: 32 bytes.  Raises NotCanonical."""
    return hashlib.sha256(canonical(value)).digest()


def read_json(data: bytes | str) -> Any:
    """Read one JSON value strictly.

    Raises NotJson when the input is no JSON (or not UTF-8), NotStrict when it is JSON that may be read in
    two ways.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        return json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_finite,
        )
    except NotStrict:
        raise
    except RecursionError as error:
        raise NotStrict("nested too deeply") from error
    except ValueError as error:
        raise NotJson(str(error)) from error


def parse(data: bytes) -> Any:
    """Read canonical JSON bytes; anything but the canonical form of the value raises NotCanonical."""
    try:
        value = read_json(data)
    except (NotJson, NotStrict) as error:
        raise NotCanonical(str(error)) from error
    if canonical(value) != data:
        raise NotCanonical("not in canonical form")
    return value


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict("an object names a member twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise NotStrict(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise NotStrict("an integer has too many digits")
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise NotStrict("a number is too large")
    return number
