"""What the pages of changes show: what would be altered, what it touches, who decides."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.audit.selectors import entries_of
from core.enacted import selectors as enacted
from core.enacted import words as law_words
from core.errors import gettext_noop
from core.workdays import Day
from oversight import pages, words
from oversight.dispute_rules import ANSWER, COMPLAIN, DECIDE, EXAMINE, REPLY
from oversight.models import Change
from oversight.selectors import changes as selected
from oversight.selectors.register import changed
from oversight.states import GLYPHS, STATUS_WORDS, ChangeKind, ChangeStatus
from parties.access import Actor
from planning.guide import Leaf
from tendering.states import STATUS_WORDS as TENDER_WORDS

ACTS = {
    "draft_change": gettext_noop("Drafted"),
    "edit_change": gettext_noop("Written anew"),
    "submit_change": gettext_noop("Submitted to a second person"),
    "send_back_change": gettext_noop("Sent back"),
    "withdraw_change": gettext_noop("Withdrawn"),
    "publish_change": gettext_noop("Approved and published"),
    "recount_periods": gettext_noop("Provisional periods reckoned anew"),
}
MOVING = {
    "L-26.inquiry_reply": gettext_noop("Answer to a question"),
    "L-16.award_decision": gettext_noop("Decision on the award"),
    "X-10.outage_time": gettext_noop("Deadline for bids or applications that an outage moved"),
    REPLY: gettext_noop("Answer to a challenge"),
    COMPLAIN: gettext_noop("Time for a complaint"),
    EXAMINE: gettext_noop("Examination of a complaint"),
    ANSWER: gettext_noop("Answers to a complaint"),
    DECIDE: gettext_noop("Time to decide a complaint"),
}
"""What moves, by the rule that it follows."""
LISTED = 100


def title_of(change: Change) -> str:
    """Name a change: the rule and its new value, or the year whose days change."""
    if change.kind == ChangeKind.CALENDAR:
        return _("Working days of %(year)s") % {"year": change.content["year"]}
    if change.kind == ChangeKind.CATALOGUE:
        return _("Guiding catalogue: %(document)s") % {"document": change.content["document"]}
    rule = selected.rule_of(change)
    return f"{law_words.rule_name(rule)} · {law_words.value_text(rule)}"


def listed(changes: list[Change], jurisdiction: str) -> dict[str, Any]:
    """Give the list of a place's changes."""
    return {
        "place": words.place(jurisdiction),
        "changes": [
            {
                "row": row,
                "title": title_of(row),
                "word": _(STATUS_WORDS[row.status]),
                "glyph": GLYPHS[row.status],
            }
            for row in changes
        ],
    }


def one(change: Change, actor: Actor) -> dict[str, Any]:
    """Give the page of one change to somebody of its office."""
    open_ = change.status in {ChangeStatus.DRAFT, ChangeStatus.SUBMITTED}
    wrote = str(actor.user_id) in change.editors
    return {
        "change": change,
        "title": title_of(change),
        "place": words.place(change.jurisdiction),
        "word": _(STATUS_WORDS[change.status]),
        "glyph": GLYPHS[change.status],
        "is_draft": change.status == ChangeStatus.DRAFT,
        "waits": change.status == ChangeStatus.SUBMITTED,
        "open": open_,
        "may_decide": change.status == ChangeStatus.SUBMITTED and not wrote,
        "wrote": wrote,
        "seen": enacted.last_digest(),
        "differences": differences(change),
        "days": [_day_row(was, now) for was, now in selected.calendar_diff(change)]
        if change.kind == ChangeKind.CALENDAR
        else [],
        "is_calendar": change.kind == ChangeKind.CALENDAR,
        "is_guide": change.kind == ChangeKind.CATALOGUE,
        "leaves": leaf_rows(selected.guide_diff(change)) if change.kind == ChangeKind.CATALOGUE else [],
        "new": pages.rule_row(selected.rule_of(change)) if change.kind == ChangeKind.RULE else None,
        "reach": _reach(change) if open_ else None,
        "acts": [
            {
                "at": entry.at,
                "who": entry.actor,
                "title": _(ACTS.get(entry.verb, entry.verb)),
                "proof": entry.hash,
            }
            for entry in entries_of(f"change.{change.pk}")
        ],
    }


def differences(change: Change) -> list[dict[str, str]]:
    """Give what a change of a value alters of the version that would hold otherwise."""
    if change.kind != ChangeKind.RULE:
        return []
    new = selected.rule_of(change)
    base = selected.base_before(change)
    return pages.differences(base, new, changed(base, new)) if base else []


def leaf_rows(altered: list[tuple[str, Leaf | None, Leaf | None]]) -> list[dict[str, str]]:
    """Give what an edition of a guiding catalogue alters, entry by entry."""
    return [
        {
            "code": code,
            "before": _leaf_text(was) or _("not listed"),
            "after": _leaf_text(now) or _("left out"),
        }
        for code, was, now in altered
    ]


def _leaf_text(leaf: Leaf | None) -> str:
    if leaf is None:
        return ""
    said = " · ".join(part for part in (leaf.kind, leaf.nature, leaf.content, leaf.item) if part)
    return " · ".join([said, _("may not be bought")]) if leaf.barred else said


def _day_row(was: Day, now: Day) -> dict[str, Any]:
    guess = " · " + _("guessed") if was.provisional else ""
    return {
        "on": now.on,
        "weekday": words.weekday(now),
        "before": words.day_text(was) + guess,
        "after": words.day_text(now),
        "flips": was.working != now.working,
    }


def _reach(change: Change) -> dict[str, Any]:
    found = selected.reach(change)
    return {
        "pinned": [{"row": row, "word": _(TENDER_WORDS[row.status])} for row in found.pinned[:LISTED]],
        "pinned_count": len(found.pinned),
        "drafts": found.drafts,
        "plans": found.plans,
        "moving": found.moving[:LISTED],
        "others": [{"row": row, "what": _(MOVING[row.rule])} for row in found.others[:LISTED]],
        "moving_count": len(found.moving) + len(found.others),
        "fixed": found.fixed[:LISTED],
        "fixed_count": len(found.fixed),
    }
