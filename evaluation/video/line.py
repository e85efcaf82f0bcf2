"""How good the line of a browser is. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop


class Quality(StrEnum):
    """How well a member's pieces arrive."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


QUALITY_WORDS: dict[str, str] = {
    Quality.GOOD: gettext_noop("good line"),
    Quality.FAIR: gettext_noop("slow line"),
    Quality.POOR: gettext_noop("poor line"),
}
FAIR_MS, POOR_MS = 600, 1500
FAIR_WAITING, POOR_WAITING = 2, 5


def quality(round_trip_ms: int, waiting: int) -> Quality:
    """Judge by how long the last piece took to be acknowledged and how many more wait to be sent."""
    if round_trip_ms > POOR_MS or waiting > POOR_WAITING:
        return Quality.POOR
    if round_trip_ms > FAIR_MS or waiting > FAIR_WAITING:
        return Quality.FAIR
    return Quality.GOOD
