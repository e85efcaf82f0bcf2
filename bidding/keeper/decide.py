"""Whether a keeper releases its share: one pure, total function from a case to `release` or `deny`.

The shape of the case is public and stable.  The keeper fills it from bytes it verified itself and calls
`decide` before every release.  Whatever is missing, malformed or unknown denies: nothing raises out of here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MAX_CLOCK_DIFFERENCE = 60
"""Seconds that the keeper's clock may differ from the median of its peers."""

MAX_YEARS_AHEAD = 3
"""No instant in a case may lie further ahead of the keeper's clock, in calendar years."""

MAX_KEEPERS = 255
"""The index of a share is one byte and never 0."""

RELEASED = "every condition is met"
"""The reason of every release."""

_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,18}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_MAX_TEXT = 512
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Decision:
    """`released` is the decision; `reason` says in one line which rule made it."""

    released: bool
    reason: str

    def as_json(self) -> dict[str, str]:
        """The public form."""
        return {"decision": "release" if self.released else "deny", "reason": self.reason}


class _Denied(Exception):
    """Carries the reason out of the checks; never leaves this module."""


def decide(case: Any) -> Decision:
    """Decide one case.  Accepts any value whatever and never raises."""
    try:
        _check(case)
    except _Denied as denied:
        return Decision(False, str(denied))
    return Decision(True, RELEASED)


def read_instant(text: str) -> Fraction:
    """Seconds since the epoch of an RFC 3339 instant with offset, exact to its last digit.

    Upper-case T and Z, an offset below 24 hours, no leap second.  Raises ValueError.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 instant with offset")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, offset_hour, offset_minute = match.groups()[6:]
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise ValueError("no such date")
    offset = (int(offset_hour) * 60 + int(offset_minute)) * 60 if sign else 0
    if (
        hour > 23
        or minute > 59
        or second > 59
        or (sign and (int(offset_hour) > 23 or int(offset_minute) > 59))
    ):
        raise ValueError("no such time of day")
    whole = _days(year, month, day) * _DAY + hour * 3600 + minute * 60 + second
    part = Fraction(int(fraction), 10 ** len(fraction)) if fraction else Fraction(0)
    return whole + part - (offset if sign == "+" else -offset)


def _check(case: Any) -> None:
    """Raise _Denied with the first rule that the case breaks."""
    case = _object(
        "case",
        case,
        required=(
            "k",
            "n",
            "keeper",
            "env",
            "policy",
            "close",
            "cancelled",
            "keeper_now",
            "peer_times",
            "watermark",
            "request",
        ),
        optional=("fulfilled",),
    )
    k, n = _integer("k", case["k"]), _integer("n", case["n"])
    if not 2 <= k < n <= MAX_KEEPERS:
        raise _Denied("k and n are not a threshold: 2 <= k < n <= 255")

    env = _envelope(case["env"])
    if env["keeper"] != _text("keeper", case["keeper"]):
        raise _Denied("the envelope was sealed for another keeper")
    _check_request(case["request"], env)

    opening, requires = _effective_opening(case["policy"], env["open_at"])
    fulfilled = _names("fulfilled", case.get("fulfilled", []))
    if missing := [name for name in requires if name not in fulfilled]:
        raise _Denied(f"a required condition is not fulfilled: {missing[0]}")

    close = _object("close", case["close"], required=("present", "cosigned", "includes_bid"))
    for name, lack in (
        ("present", "there is no close list in the log"),
        ("cosigned", "the close list is not cosigned"),
        ("includes_bid", "the close list does not include this bid as effective"),
    ):
        if not _boolean(f"close.{name}", close[name]):
            raise _Denied(lack)
    if _boolean("cancelled", case["cancelled"]):
        raise _Denied("the procurement is cancelled")

    _check_time(case, k, n, opening)


def _envelope(value: Any) -> dict[str, Any]:
    """The deciding part of the sealed context, defaults filled in, `open_at` as seconds."""
    env = _object(
        "env",
        value,
        required=("tender", "bid", "bidder", "notice_version", "open_at", "keeper"),
        optional=("lot", "envelope"),
    )
    read: dict[str, Any] = {"lot": "1", "envelope": "single"} | env
    for name in ("tender", "lot", "envelope", "bid", "bidder", "keeper"):
        _text(f"env.{name}", read[name])
    if _integer("env.notice_version", read["notice_version"]) < 1:
        raise _Denied("malformed: env.notice_version counts from 1")
    return read | {"open_at": _instant("env.open_at", read["open_at"]), "open_at_text": read["open_at"]}


def _check_request(value: Any, env: dict[str, Any]) -> None:
    """The request names tender and bid, and may name more; what it names equals what is sealed."""
    known = ("lot", "envelope", "bidder", "notice_version", "open_at", "keeper")
    request = _object("request", value, required=("tender", "bid"), optional=known)
    for name, asked in request.items():
        if name == "notice_version":
            _integer("request.notice_version", asked)
        else:
            _text(f"request.{name}", asked)
        if asked != env["open_at_text" if name == "open_at" else name]:
            raise _Denied(f"the request and the sealed envelope differ: {name}")


def _effective_opening(value: Any, sealed: Fraction) -> tuple[Fraction, list[str]]:
    """The latest of the sealed and all published opening times, and what the newest policy requires."""
    if not isinstance(value, list) or not value:
        raise _Denied("malformed: policy is a chain of at least one entry")
    opening, requires = sealed, []
    for position, entry in enumerate(value, start=1):
        policy = _object(
            "policy entry", entry, required=("v", "open_at", "logged", "signed"), optional=("requires",)
        )
        if _integer("policy.v", policy["v"]) != position:
            raise _Denied("the policy chain has a gap, a double or is out of order")
        for name in ("logged", "signed"):
            if not _boolean(f"policy.{name}", policy[name]):
                raise _Denied(f"policy {position} is not {name}")
        opening = max(opening, _instant("policy.open_at", policy["open_at"]))
        requires = _names("policy.requires", policy.get("requires", []))
    return opening, requires


def _check_time(case: dict[str, Any], k: int, n: int, opening: Fraction) -> None:
    """Enough peers are past the opening, and the keeper's own clock agrees with them and with its past."""
    now = _instant("keeper_now", case["keeper_now"])
    watermark = _instant("watermark", case["watermark"])
    if not isinstance(case["peer_times"], list):
        raise _Denied("malformed: peer_times is a list")
    peers = sorted(_instant("peer_times", value) for value in case["peer_times"])
    if len(peers) < k - 1:
        raise _Denied("too few peers told their time")
    if len(peers) > n - 1:
        raise _Denied("malformed: more peer times than there are other keepers")
    limit = _years_after(case["keeper_now"], now)
    if max(opening, watermark, *peers) > limit:
        raise _Denied("an instant lies more than 3 years ahead")
    if now < watermark:
        raise _Denied("the keeper's clock is behind its watermark")
    middle = len(peers) // 2
    median = peers[middle] if len(peers) % 2 else (peers[middle - 1] + peers[middle]) / 2
    if abs(now - median) > MAX_CLOCK_DIFFERENCE:
        raise _Denied("the keeper's clock differs from its peers by more than 60 s")
    if now < opening:
        raise _Denied("the keeper's clock is before the effective opening")
    if peers[-(k - 1)] < opening:
        raise _Denied("fewer than k-1 peers are past the effective opening")


def _object(
    label: str, value: Any, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Denied(f"malformed: {label} is not an object")
    for name in required:
        if name not in value:
            raise _Denied(f"missing: {name} in {label}")
    for name in value:
        if name not in required and name not in optional:
            raise _Denied(f"unknown member in {label}")
    return value


def _text(label: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise _Denied(f"malformed: {label} is not a short text")
    if not value.isprintable() or value != value.strip():
        raise _Denied(f"malformed: {label} has characters that do not print, or outer spaces")
    return value


def _names(label: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise _Denied(f"malformed: {label} is not a list")
    return [_text(label, name) for name in value]


def _integer(label: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Denied(f"malformed: {label} is not an integer")
    return value


def _boolean(label: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Denied(f"malformed: {label} is not true or false")
    return value


def _instant(label: str, value: Any) -> Fraction:
    try:
        return read_instant(_text(label, value))
    except ValueError as error:
        raise _Denied(f"malformed: {label}: {error}") from error


def _years_after(text: str, now: Fraction) -> Fraction:
    """The same day and time `MAX_YEARS_AHEAD` calendar years later; 29 February counts as the 28th."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    later = min(day, monthrange(year + MAX_YEARS_AHEAD, month)[1])
    return now + (_days(year + MAX_YEARS_AHEAD, month, later) - _days(year, month, day)) * _DAY


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date of the Gregorian calendar, also beyond the year 9999."""
    year -= month <= 2
    era, day_of_year = year // 400, (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    year_of_era = year - era * 400
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
