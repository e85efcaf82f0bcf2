"""Ask the lines what was answered to the calls that wait, and take it."""

from __future__ import annotations

import logging

from core.timers import services as timers
from evaluation import lines
from evaluation.models import Attempt, Call
from evaluation.services import calling, seats
from evaluation.states import AttemptOutcome, CallStatus

log = logging.getLogger(__name__)


def listen() -> None:
    """Take what came back over each line, and listen again in a while as long as a call waits."""
    waiting = Attempt.objects.filter(outcome=AttemptOutcome.PLACED, call__status=CallStatus.CALLING)
    for line in lines.all_lines():
        placed = {row.reference: row.call_id for row in waiting.filter(channel=line.channel)}
        if not placed:
            continue
        try:
            answers = line.answers(placed.keys())
        except lines.LineDown as error:
            log.warning("line %s gave no answers: %s", line.channel, error)
            continue
        for reference, text in answers.items():
            seats.heard(call_id=placed[reference], channel=line.channel, text=text)
    if Call.objects.filter(status=CallStatus.CALLING).exists():
        timers.soon(verb=calling.LISTEN, subject="calls", after=calling.HEAR_EVERY)
