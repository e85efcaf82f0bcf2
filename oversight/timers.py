"""What the clock does for oversight."""

from __future__ import annotations

from uuid import UUID

from oversight.services import changes, deciding


def take_effect(subject: str) -> None:
    """Reckon anew what was provisional, on the first day of a change of the calendar."""
    changes.take_effect(change_id=UUID(subject))


def lift(subject: str) -> None:
    """The time of the suspension by "complaint.<uuid>" is over."""
    deciding.lift(complaint_id=UUID(subject.removeprefix("complaint.")))
