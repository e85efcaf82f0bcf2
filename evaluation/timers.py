"""What the clock does for calls and awards."""

from __future__ import annotations

import uuid

from evaluation.services import (
    appraising,
    awards,
    calling,
    deal_refused,
    deals,
    deeming,
    entries,
    listening,
    recording,
    seats,
    setting_aside,
)


def place_call(subject: str) -> None:
    """Place "call.<uuid>" over the lines; a line that is down is raised, so that the clock tries once more."""
    calling.place(uuid.UUID(subject.removeprefix("call.")))


def lapse_call(subject: str) -> None:
    """The time to answer "call.<uuid>" is over."""
    seats.lapse(call_id=uuid.UUID(subject.removeprefix("call.")))


def hear_calls(_subject: str) -> None:
    """See what was answered over the lines."""
    listening.listen()


def unseal(subject: str) -> None:
    """The names of the panel of "room.<uuid>" may be seen."""
    seats.unseal(panel_id=uuid.UUID(subject.removeprefix("room.")))


def contracted(subject: str) -> None:
    """A contract of "award.<uuid>" is signed, and the tender contracted when it was the last; or it is refused."""
    award_id = uuid.UUID(subject.removeprefix("award."))
    if not setting_aside.refused(award_id=award_id):
        awards.contracted(award_id=award_id)


def remind_appraisals(subject: str) -> None:
    """The time to rate the other side of the evaluation in "room.<uuid>" ends soon."""
    appraising.remind(panel_id=uuid.UUID(subject.removeprefix("room.")))


def deemed(subject: str) -> None:
    """The purchaser's time to decide about "tender.<uuid>" is over."""
    deeming.deem(tender_id=uuid.UUID(subject.removeprefix("tender.")))


def deal_contracted(subject: str) -> None:
    """The contract of "deal.<uuid>" (later ones: "deal.<uuid>.<round>") with a single source is signed, or refused."""
    deal_id = uuid.UUID(subject.removeprefix("deal.").partition(".")[0])
    if not deal_refused.refused(deal_id=deal_id):
        deals.contracted(deal_id=deal_id)


def entered(subject: str) -> None:
    """Every supplier chosen by "tender.<uuid>", or for a lot of it, has signed its framework agreement, or is out."""
    entries.entered(tender_id=uuid.UUID(subject.removeprefix("tender.").partition("/")[0]))


def watch_recordings(subject: str) -> None:
    """Look whether every member of "room.<uuid>" is still being recorded."""
    recording.watch(panel_id=uuid.UUID(subject.removeprefix("room.")))
