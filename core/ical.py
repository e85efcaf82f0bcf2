"""Write deadlines as an iCalendar file (RFC 5545): one event each, in UTC, with an alarm a day before. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

MEDIA_TYPE = "text/calendar; charset=utf-8"
_OCTETS = 75
_ESCAPES = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n"))


@dataclass(frozen=True, slots=True)
class Event:
    """One deadline; `uid` stays the same for the same deadline, so that a calendar updates it."""

    uid: str
    at: datetime
    title: str
    text: str = ""
    url: str = ""


def calendar(name: str, events: Iterable[Event], stamp: datetime) -> bytes:
    """Give the file, made at `stamp`. Raises ValueError for a naive instant."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Mingcai//Deadlines//EN",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(event.uid)}",
            f"DTSTAMP:{_utc(stamp)}",
            f"DTSTART:{_utc(event.at)}",
            f"SUMMARY:{_text(event.title)}",
            *([f"DESCRIPTION:{_text(event.text)}"] if event.text else []),
            *([f"URL:{event.url}"] if event.url else []),
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(event.title)}",
            "TRIGGER:-P1D",
            "END:VALARM",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _utc(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError("an instant must be timezone aware")
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for raw, escaped in _ESCAPES:
        value = value.replace(raw, escaped)
    return "".join(char for char in value if char.isprintable())


def _folded(line: str) -> str:
    """Break a line after at most 75 octets, never inside a character; what follows begins with a space."""
    parts, size = [""], 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _OCTETS:
            parts.append(" ")
            size = 1
        parts[-1] += char
        size += octets
    return "\r\n".join(parts)
