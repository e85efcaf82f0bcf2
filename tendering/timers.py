"""What the clock does for procedures that end by themselves."""

from __future__ import annotations

import uuid

from tendering.services import frameworks


def framework_over(subject: str) -> None:
    """The term of the open framework of "tender.<uuid>" is over."""
    frameworks.over(tender_id=uuid.UUID(subject.removeprefix("tender.")))
