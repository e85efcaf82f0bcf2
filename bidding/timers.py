"""What the clock does for bids."""

from __future__ import annotations

import uuid
from datetime import timedelta

from bidding.services import (
    amendments,
    closing,
    drafting,
    keeperwatch,
    minutes,
    opening,
    receipts,
    rehearsing,
    screening,
    securities,
    texts,
)
from core import clock
from core.timers import services as timers
from parties.access import CLOCK

KEEPERS = "bidding.keepers"
KEEPERS_EVERY = timedelta(hours=1)


def close(subject: str) -> None:
    """Close the tender "tender.<uuid>"."""
    closing.close(tender_id=uuid.UUID(subject.removeprefix("tender.")))


def gather(subject: str) -> None:
    """Go on with the opening of a tender."""
    tender_id = uuid.UUID(subject.removeprefix("tender."))
    opening.gather(tender_id=tender_id)
    screening.plan(tender_id)
    texts.plan(tender_id)


def scan(subject: str) -> None:
    """Have a tender's opened attachments scanned."""
    screening.screen(uuid.UUID(subject))


def read_texts(subject: str) -> None:
    """Read the words of a tender's opened files, for searching."""
    texts.read(uuid.UUID(subject))


def amended(subject: str) -> None:
    """Ask those who have bid already to acknowledge a material amendment of a tender."""
    amendments.ask(uuid.UUID(subject.removeprefix("tender.")))


def rescued(subject: str) -> None:
    """Tell the bidders of a tender that an outage moved its deadline."""
    amendments.tell_moved(uuid.UUID(subject))


def ended(subject: str) -> None:
    """Tell the teams that share drafts for a tender that has ended without an award when these are deleted."""
    drafting.announce_end(uuid.UUID(subject))


def forget(subject: str) -> None:
    """Delete the drafts for a tender that ended some days ago."""
    drafting.forget_all(tender_id=uuid.UUID(subject), actor=CLOCK.label)


def confirmed(subject: str) -> None:
    """Say that the time in which bidders confirm a tender's opening has ended; drafts for it are deleted."""
    tender_id = uuid.UUID(subject.removeprefix("tender."))
    minutes.time_is_over(tender_id)
    drafting.forget_all(tender_id=tender_id, actor=CLOCK.label)


def batch(subject: str) -> None:
    """Post the next batch of bid leaves to the log, and what rehearsals need there before anybody rehearses."""
    receipts.post_batch()
    rehearsing.make_ready()


def security_overdue(subject: str) -> None:
    """Tell the supervisor of a bid security that did not go back in time."""
    securities.overdue(security_id=int(subject))


def watch_securities(subject: str) -> None:
    """Look whether the bid securities of a tender are to go back because it ended."""
    securities.watch(tender_id=uuid.UUID(subject.removeprefix("tender.")))


def keepers(subject: str) -> None:
    """Ask the keepers whether they still hold their keys and which are in force, and come back in an hour."""
    keeperwatch.look_after(clock.stamp())
    timers.soon(verb=KEEPERS, subject=subject, after=KEEPERS_EVERY)
