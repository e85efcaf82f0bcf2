"""The desks of the demonstration: who works at them has put away the notes of the year, but for the newest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from config.demo.province import Province
from parties import inbox_page
from parties.services import inbox

KEPT_DAYS = 3


def tidy(province: Province) -> Iterator[datetime]:
    """Tell how everybody reads their notes, some days before the end."""
    yield province.time.day(KEPT_DAYS, 8)
    for actor in province.actors.values():
        while notes := inbox_page.page(actor).notes:
            for note in notes:
                inbox.read(actor=actor, item_id=note.id)
