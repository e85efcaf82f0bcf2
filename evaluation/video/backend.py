"""Who carries pictures and sound of a room: one interface, chosen by `settings.MEDIA_BACKEND`.

The default needs no other service: browsers send to each other, the platform only passes on how they find each other. A
backend with a server of its own gives the browser another `script`, and may record by itself (`records_at_sender`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from core.errors import Invalid, gettext_noop
from realtime.services import push

SIGNALS = frozenset({"offer", "answer", "candidate"})
LONGEST_SIGNAL = 32 * 1024


@dataclass(frozen=True, slots=True)
class Seat:
    """One browser in a room's video: `sends` pictures and sound, or only receives them."""

    room: uuid.UUID
    sitting: uuid.UUID
    sends: bool

    @property
    def stream(self) -> str:
        """Name the stream of events that reach this browser alone."""
        return f"sitting.{self.sitting}"


class MediaBackend(Protocol):
    """What a room asks of whoever carries its video. Who may sit there is decided before any of this is called."""

    records_at_sender: bool
    """Whether each browser records itself; else the backend's server does, and hands in the pieces."""

    def join(self, seat: Seat) -> dict[str, Any]:
        """Give what the browser at `seat` needs to send and receive: its `script`, addresses, limits, tokens of its own."""

    def signal(self, sender: Seat, receiver: Seat, kind: str, body: Any) -> None:
        """Pass one message from browser to browser. Raises Invalid for a kind or size it does not carry."""

    def leave(self, seat: Seat) -> None:
        """Forget the browser at `seat`: nothing reaches it any more."""


class Mesh:
    """Browsers connect to each other, each pair on its own; the platform's stream of events carries offers and answers."""

    records_at_sender = True

    def join(self, seat: Seat) -> dict[str, Any]:
        """Give the addresses by which browsers find each other, and the bits that a picture may take."""
        return {
            "script": "mesh",
            "ice": [{"urls": address} for address in settings.VIDEO_ICE_URLS],
            "kbps": settings.VIDEO_KBPS,
        }

    def signal(self, sender: Seat, receiver: Seat, kind: str, body: Any) -> None:
        """Put it on the stream that the receiver alone follows."""
        if kind not in SIGNALS or not isinstance(body, dict) or len(str(body)) > LONGEST_SIGNAL:
            raise Invalid(gettext_noop("This message is none that browsers connect with."))
        if not (sender.sends or receiver.sends):
            raise Invalid(gettext_noop("Between two who only watch there is nothing to send."))
        push(receiver.stream, f"video.{kind}", sitting=str(sender.sitting), body=body)

    def leave(self, seat: Seat) -> None:
        """Tell the browser; the others drop it when they next ask whom to be connected to."""
        push(seat.stream, "video.over")


@cache
def _named(path: str) -> MediaBackend:
    made: MediaBackend = import_string(path)()
    return made


def backend() -> MediaBackend:
    """Give the backend of this site."""
    return _named(settings.MEDIA_BACKEND)
