"""What the clock does for awards."""

from __future__ import annotations

import uuid

from evaluation.services import awards


def contracted(subject: str) -> None:
    """A contract of "award.<uuid>" is signed: the tender is contracted when it was the last."""
    awards.contracted(award_id=uuid.UUID(subject.removeprefix("award.")))
