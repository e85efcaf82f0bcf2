"""Call a drawn expert and keep, as evidence, what was said over which line and what came back."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from core import clock, regions
from core.audit.services import record
from core.clock import BEIJING
from core.errors import gettext_noop
from core.timers import services as timers
from core.transitions import Step, follow
from evaluation import lines, meetings, script
from evaluation.models import Attempt, Call, Member, Panel
from evaluation.selectors import is_sealed
from evaluation.states import CALL_STEPS, AttemptOutcome, CallStatus
from parties.selectors import reach_of
from parties.services import inbox
from planning.selectors import law_now
from realtime.services import push
from tendering.facts import TenderFacts

PLACE, LAPSE, LISTEN, UNSEAL = (
    "evaluation.place_call",
    "evaluation.lapse_call",
    "evaluation.hear_calls",
    "evaluation.unseal",
)
HEAR_EVERY = timedelta(seconds=15)


def seat_label(member: Member) -> str:
    """Give how records name an expert whose name may be sealed."""
    return f"seat E{member.position}"


def begin(panel: Panel, tender: TenderFacts, member: Member) -> Call:
    """Call an expert who was just seated: by inbox and mail now, over the lines that are set up as soon as they take it.

    An answer is due within the law's window; silence lapses.
    """
    law, now = law_now(tender, tender.budget_level, clock.now()), clock.now()
    due = meetings.answer_by(law, now, panel.begins_at)
    says = meetings.said(
        law,
        {
            "begins_at": panel.begins_at.isoformat(),
            "region": regions.full_name(tender.region),
            "place": panel.place,
            "hours": panel.hours,
            "answer_by": due.isoformat(),
        },
    )
    call = Call.objects.create(member=member, says=says, due_at=due)
    record(
        actor="draw",
        verb="call_expert",
        subject=f"room.{panel.pk}",
        rule=meetings.ANSWER,
        call=str(call.pk),
        member=str(member.pk),
        says=says,
    )
    item = ask_to_declare(panel, tender, member) if not is_sealed(panel) else _ask(panel, call, member)
    number, language = reach_of(member.user_id)
    told = script.job(str(call.pk), number, says, language).text
    for channel in ("inbox", "email"):
        _keep(call, channel, AttemptOutcome.PLACED, told, str(item))
    timers.schedule(verb=LAPSE, subject=f"call.{call.pk}", due_at=due)
    if lines.all_lines():
        timers.soon(verb=PLACE, subject=f"call.{call.pk}")
        timers.soon(verb=LISTEN, subject="calls", after=HEAR_EVERY)
    return call


def _ask(panel: Panel, call: Call, member: Member) -> uuid.UUID:
    return inbox.assign(
        key=f"room.{panel.pk}.call.{member.pk}",
        user_id=member.user_id,
        title=gettext_noop("You are called to an evaluation on %(day)s: say whether you come"),
        why=gettext_noop("You were drawn at random. What is evaluated is told shortly before it begins."),
        url=reverse("evaluation:call", args=[call.pk]),
        due_at=call.due_at,
        rule="E-02",
        day=panel.begins_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M"),
    ).pk


def ask_to_declare(panel: Panel, tender: TenderFacts, member: Member) -> uuid.UUID:
    """Ask a member whose name is not sealed to enter the room and declare."""
    return inbox.assign(
        key=f"room.{panel.pk}.declare.{member.pk}",
        user_id=member.user_id,
        title=gettext_noop("Evaluate “%(tender)s”: declare that you have no tie to a bidder"),
        why=gettext_noop("You are a member of its panel."),
        url=reverse("evaluation:room", args=[panel.pk]),
        rule="L-29",
        tender=tender.title,
    ).pk


def ask_to_score(panel: Panel, tender: TenderFacts, member: Member) -> None:
    """Ask a member who has declared to score."""
    inbox.assign(
        key=f"room.{panel.pk}.score.{member.pk}",
        user_id=member.user_id,
        title=gettext_noop("Score the bids for “%(tender)s”"),
        why=gettext_noop("Scoring is open; nobody sees your scores before all are submitted."),
        url=reverse("evaluation:room", args=[panel.pk]),
        tender=tender.title,
    )


def accept(panel: Panel, tender: TenderFacts, call: Call, channel: str, text: str = "") -> None:
    """Keep that the expert comes, and let the room be entered where its time has come. Raises WrongState."""
    settle(panel, call, "accept", channel, text)
    if not is_sealed(panel):
        ask_to_declare(panel, tender, call.member)


def settle(panel: Panel, call: Call, verb: str, channel: str, text: str = "", **facts: Any) -> Step:
    """Bring a call to its end by `verb`, with its evidence and its record. Raises WrongState."""
    step = follow(CALL_STEPS, call.status, verb)
    call.status, call.channel, call.answered_at = step.target, channel, clock.now()
    call.save(update_fields=["status", "channel", "answered_at", "ground", "reason"])
    if verb in ("accept", "decline"):
        _keep(call, channel, AttemptOutcome.ANSWERED, text or verb)
    record(
        actor=seat_label(call.member),
        verb=f"{verb}_call",
        subject=f"room.{panel.pk}",
        rule=step.rule,
        call=str(call.pk),
        member=str(call.member_id),
        channel=channel,
        **facts,
    )
    push(f"room.{panel.pk}", "call.settled", member=str(call.member_id))
    inbox.finish(f"room.{panel.pk}.call.{call.member_id}")
    timers.drop(verb=LAPSE, subject=f"call.{call.pk}")
    return step


def note(panel: Panel, call: Call, channel: str, outcome: AttemptOutcome, text: str, ref: str = "") -> None:
    """Keep and record one thing that was sent or came back, of a locked panel's call."""
    _keep(call, channel, outcome, text, ref)
    record(
        actor="clock",
        verb="note_call",
        subject=f"room.{panel.pk}",
        rule=meetings.ANSWER,
        call=str(call.pk),
        channel=channel,
        outcome=str(outcome),
    )


def _keep(call: Call, channel: str, outcome: AttemptOutcome, text: str, ref: str = "") -> None:
    Attempt.objects.create(call=call, channel=channel, outcome=outcome, text=text, reference=ref)


def place(call_id: uuid.UUID) -> None:
    """Place a call over every line that has not taken it yet; each try is kept.

    Raises LineDown after the others were tried, so that the clock tries again while the call waits for its answer.
    """
    call = Call.objects.select_related("member").get(pk=call_id)
    if call.status != CallStatus.CALLING:
        return
    taken = set(call.attempts.filter(outcome=AttemptOutcome.PLACED).values_list("channel", flat=True))
    number, language = reach_of(call.member.user_id)
    down: lines.LineDown | None = None
    for line in lines.all_lines():
        if line.channel in taken:
            continue
        if not number:
            if not call.attempts.filter(channel=line.channel).exists():
                _kept(call.pk, line.channel, AttemptOutcome.FAILED, "no telephone number")
            continue
        job = script.job(f"{call.pk}.{line.channel}", number, call.says, language)
        try:
            reference = line.place(job)
        except lines.LineDown as error:
            down = error
            _kept(call.pk, line.channel, AttemptOutcome.FAILED, str(error))
        else:
            _kept(call.pk, line.channel, AttemptOutcome.PLACED, script.words(job, line.channel), reference)
    if down is not None:
        raise down


@transaction.atomic
def _kept(call_id: uuid.UUID, channel: str, outcome: AttemptOutcome, text: str, ref: str = "") -> None:
    panel, call = locked(call_id)
    note(panel, call, channel, outcome, text, ref)


def locked(call_id: uuid.UUID) -> tuple[Panel, Call]:
    """Lock the panel of a call, then the call. Raises Call.DoesNotExist."""
    panel_id = Call.objects.values_list("member__panel_id", flat=True).get(pk=call_id)
    panel = Panel.objects.select_for_update().get(pk=panel_id)
    return panel, Call.objects.select_for_update().select_related("member").get(pk=call_id)
