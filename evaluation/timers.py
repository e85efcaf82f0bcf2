"""What the clock does for awards."""

from __future__ import annotations

import uuid

from evaluation.services import awards, deals, deeming, entries, setting_aside


def contracted(subject: str) -> None:
    """A contract of "award.<uuid>" is signed, and the tender contracted when it was the last; or it is refused."""
    award_id = uuid.UUID(subject.removeprefix("award."))
    if not setting_aside.refused(award_id=award_id):
        awards.contracted(award_id=award_id)


def deemed(subject: str) -> None:
    """The purchaser's time to decide about "tender.<uuid>" is over."""
    deeming.deem(tender_id=uuid.UUID(subject.removeprefix("tender.")))


def deal_contracted(subject: str) -> None:
    """The contract of "deal.<uuid>" with a single source is signed."""
    deals.contracted(deal_id=uuid.UUID(subject.removeprefix("deal.")))


def entered(subject: str) -> None:
    """Every supplier chosen by "tender.<uuid>" has signed its framework agreement, or is out."""
    entries.entered(tender_id=uuid.UUID(subject.removeprefix("tender.")))
