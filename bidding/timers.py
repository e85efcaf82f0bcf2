"""What the clock does for bids."""

from __future__ import annotations

import uuid

from bidding.services import closing, opening, receipts


def close(subject: str) -> None:
    """Close the tender "tender.<uuid>"."""
    closing.close(tender_id=uuid.UUID(subject.removeprefix("tender.")))


def gather(subject: str) -> None:
    """Go on with the opening of a tender."""
    opening.gather(tender_id=uuid.UUID(subject.removeprefix("tender.")))


def batch(subject: str) -> None:
    """Post the next batch of bid leaves to the log."""
    receipts.post_batch()
