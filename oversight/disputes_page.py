"""What the pages of challenges and complaints show: words and what each side can do now; no decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from contracting.selectors import contracts_of_process
from core import clock
from core.audit.selectors import entries_of
from core.canonical import digest
from core.errors import gettext_noop
from oversight import dispute_rules as rules
from oversight.dispute_access import Side
from oversight.models import Challenge, Complaint
from oversight.selectors import disputes
from oversight.services import challenges, complaints
from oversight.states import (
    CHALLENGE_STEPS,
    CHALLENGE_WORDS,
    COMPLAINT_STEPS,
    COMPLAINT_WORDS,
    DISPUTE_GLYPHS,
    EFFECT_WORDS,
    OUTCOME_WORDS,
    SUBJECT_WORDS,
    ChallengeStatus,
    ComplaintStatus,
    Effect,
)
from tendering.facts import TenderFacts
from tendering.selectors import holds_in_force, law_of, tender_facts

_ACTS = {
    "draft": gettext_noop("Draft begun"),
    "submit": gettext_noop("Signed and submitted"),
    "reply": gettext_noop("Reply"),
    "withdraw": gettext_noop("Withdrawn"),
    "ask_to_correct": gettext_noop("Correction asked for"),
    "refer": gettext_noop("Referred to another office"),
    "refuse": gettext_noop("Not accepted"),
    "accept": gettext_noop("Accepted and served"),
    "answer": gettext_noop("Answer of the respondent"),
    "stop_clock": gettext_noop("The clock stands"),
    "restart_clock": gettext_noop("The clock runs again"),
    "suspend": gettext_noop("Procurement suspended"),
    "decide": gettext_noop("Decided"),
    "publish_decision": gettext_noop("Decision published"),
}
VERB_WORDS = {
    "reply": (gettext_noop("Reply to the challenge"), gettext_noop("Send the reply")),
    "withdraw": (gettext_noop("Take it back"), gettext_noop("Withdraw")),
    "answer": (gettext_noop("Answer the complaint"), gettext_noop("Send the answer")),
    "accept": (gettext_noop("Accept the complaint"), gettext_noop("Accept and serve it")),
    "ask_to_correct": (gettext_noop("Have it corrected, once"), gettext_noop("Ask for the correction")),
    "refuse": (gettext_noop("Do not accept it"), gettext_noop("Do not accept")),
    "refer": (gettext_noop("Another office is competent"), gettext_noop("Tell the complainant")),
    "stop_clock": (gettext_noop("Send something to be tested or appraised"), gettext_noop("Stop the clock")),
    "restart_clock": (gettext_noop("What was sent is back"), gettext_noop("Let the clock run")),
    "suspend": (gettext_noop("Suspend the procurement"), gettext_noop("Suspend")),
    "decide": (gettext_noop("Decide the complaint"), gettext_noop("Decide and publish")),
}


def line(row: Challenge) -> dict[str, Any]:
    """Give one line of the list: the challenge and what became of it."""
    now = clock.now()
    found = list(row.complaints.all())
    return {
        "row": row,
        "about": _(SUBJECT_WORDS[row.subject]),
        "word": _(CHALLENGE_WORDS[row.status]),
        "glyph": DISPUTE_GLYPHS[row.status],
        "late": row.status == ChallengeStatus.SUBMITTED and row.reply_due_at and now >= row.reply_due_at,
        "complaints": [
            {"row": one, "word": _(COMPLAINT_WORDS[one.status]), "glyph": DISPUTE_GLYPHS[one.status]}
            for one in found
            if one.received_at is not None
        ],
    }


def windows(found: dict[str, rules.Window]) -> list[dict[str, Any]]:
    """Give until when each thing can be challenged, for the page on which a challenge is written."""
    return [
        {"about": _(SUBJECT_WORDS[name]), "until": one.until.ends_at, "rule": one.until.rule}
        for name, one in found.items()
    ]


def challenge(
    row: Challenge, side: Side, blank: dict[str, forms.Form], wrong: forms.Form | None = None
) -> dict[str, Any]:
    """Give the context of a challenge's page for one side; `blank` are the forms of what that side does."""
    now = clock.now()
    law = law_of(row.tender_id)
    body = challenges.letter(row)
    author = side is Side.AUTHOR
    complaint = row.complaints.exclude(status=ComplaintStatus.DRAFT).order_by("-created_at").first()
    if author:
        complaint = row.complaints.order_by("-created_at").first()
    elif side is Side.HOST and complaint is not None and complaint.accepted_at is None:
        complaint = None
    due = row.complaint_until
    return {
        "row": row,
        "side": side.value,
        "tender": tender_facts(row.tender_id),
        "items": _items(row),
        "about": _(SUBJECT_WORDS[row.subject]),
        "word": _(CHALLENGE_WORDS[row.status]),
        "glyph": DISPUTE_GLYPHS[row.status],
        "outcome": _(OUTCOME_WORDS[row.outcome]) if row.outcome else "",
        "effect": _(EFFECT_WORDS[row.effect]) if row.effect and row.effect != "none" else "",
        "effect_lots": "、".join(row.effect_lots),
        "late": bool(row.reply_due_at and (row.replied_at or now) >= row.reply_due_at),
        "reply_rule": law.cite(rules.REPLY),
        "complain_rule": law.cite(rules.COMPLAIN),
        "sign": {"hash": digest(body).hex(), "purpose": challenges.purpose_of(row)},
        "may_sign": author and row.status == ChallengeStatus.DRAFT,
        "may_complain": author and disputes.reply_is_over(row, now) and due and now < due and not complaint,
        "complaint": complaint,
        "verbs": _verbs(CHALLENGE_STEPS, row.status, blank),
        "acts": _acts(f"challenge.{row.pk}"),
        "wrong": wrong,
    }


def complaint(
    row: Complaint, side: Side, blank: dict[str, forms.Form], wrong: forms.Form | None = None
) -> dict[str, Any]:
    """Give the context of a complaint's page for one side; `blank` are the forms of what that side does."""
    now = clock.now()
    law = law_of(row.challenge.tender_id)
    author = side is Side.AUTHOR
    stopped = row.stops.filter(back_at=None).exists()
    verbs = _verbs(COMPLAINT_STEPS, row.status, blank)
    hidden = {"restart_clock" if not stopped else "stop_clock", *(["decide"] if stopped else [])}
    held = [one for one in holds_in_force(row.challenge.tender_id) if one.source == complaints.source_of(row)]
    hidden |= {"suspend"} if held else set()
    return {
        "row": row,
        "challenge": row.challenge,
        "side": side.value,
        "tender": tender_facts(row.challenge.tender_id),
        "items": _items(row),
        "word": _(COMPLAINT_WORDS[row.status]),
        "glyph": DISPUTE_GLYPHS[row.status],
        "outcome": _(OUTCOME_WORDS[row.outcome]) if row.outcome else "",
        "effect": _(EFFECT_WORDS[row.effect]) if row.effect else "",
        "effect_lots": "、".join(row.effect_lots),
        "late": bool(row.decide_due_at and (row.decided_at or now) >= row.decide_due_at),
        "decide_rule": law.cite(rules.DECIDE),
        "examine_rule": law.cite(rules.EXAMINE),
        "stops": list(row.stops.all()),
        "stopped": stopped,
        "holds": held,
        "sign": {"hash": digest(complaints.letter(row)).hex(), "purpose": challenges.purpose_of(row)},
        "may_sign": author and row.status == ComplaintStatus.DRAFT,
        "may_edit": author and row.status in (ComplaintStatus.DRAFT, ComplaintStatus.CORRECTING),
        "verbs": [one for one in verbs if one["verb"] not in hidden],
        "acts": _acts(f"complaint.{row.pk}"),
        "wrong": wrong,
    }


def effects_of_reply(row: Challenge) -> dict[str, Any]:
    """Give the effects that a reply can have now, and the lots that can be decided by themselves."""
    return _options(tender_facts(row.tender_id), row.subject, disputes.effects_of_reply)


def effects(row: Complaint) -> dict[str, Any]:
    """Give the effects that a decision can have now, and the lots that can be decided by themselves."""
    return _options(tender_facts(row.challenge.tender_id), row.challenge.subject, disputes.effects_for)


def _options(tender: TenderFacts, subject: str, possible: Callable[..., Iterable[Effect]]) -> dict[str, Any]:
    lots, contracts = disputes.lots_of(tender), contracts_of_process(tender.ocid)
    found = {
        effect
        for only in ((), *([no] for no in lots))
        for effect in possible(tender, subject, only, contracts)
    }
    titles = {lot.no: lot.title for lot in tender.lots}
    return {
        "effects": [str(one) for one in Effect if one in found],
        "lots": [(no, f"{no} {titles[no]}") for no in lots],
    }


def _items(row: Challenge | Complaint) -> list[tuple[str, str]]:
    words = {
        "contact": _("Address, contact person and telephone"),
        "matter": _("What exactly is wrong"),
        "request": _("What you ask for"),
        "facts": _("Facts and evidence"),
        "basis": _("Legal basis"),
    }
    return [(words[name], getattr(row, name)) for name in challenges.ITEMS]


def _verbs(steps: Any, status: str, blank: dict[str, forms.Form]) -> list[dict[str, Any]]:
    possible = {step.verb for step in steps if any(status == str(source) for source in step.sources)}
    return [
        {
            "verb": verb,
            "form": form,
            "title": _(VERB_WORDS[verb][0]),
            "action": _(VERB_WORDS[verb][1]),
            "open": form.is_bound,
        }
        for verb, form in blank.items()
        if verb in possible
    ]


def _acts(subject: str) -> list[dict[str, Any]]:
    return [
        {
            "at": entry.at,
            "who": entry.actor,
            "title": _(_ACTS.get(entry.verb, entry.verb)),
            "proof": entry.hash,
            "state": "done",
        }
        for entry in entries_of(subject)
        if entry.verb in _ACTS
    ]
