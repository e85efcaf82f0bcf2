"""What a call says, in words to read and to speak, and what each key that is pressed or sent back means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from core.clock import BEIJING
from core.errors import gettext_noop
from core.money import Yuan
from evaluation.lines import Job, Key

KEYS: dict[str, tuple[str, str]] = {
    "1": ("accept", ""),
    "2": ("decline", "busy"),
    "3": ("decline", "health"),
    "4": ("decline", "away"),
    "5": ("decline", "specialty"),
}
"""What a key does: the verb, and why one does not come."""
_KEY_WORDS = {
    "1": gettext_noop("I come"),
    "2": gettext_noop("I have another engagement at that time"),
    "3": gettext_noop("Illness, or another reason of health"),
    "4": gettext_noop("I am too far away to come"),
    "5": gettext_noop("This is not my field"),
    "9": gettext_noop("hear it again"),
}


def meaning(text: str) -> tuple[str, str] | None:
    """Give the verb and the ground of what was pressed or sent back; None where it means nothing."""
    return KEYS.get(text.strip().rstrip(".。"))


def facts(says: dict[str, Any]) -> dict[str, str]:
    """Give what a call tells, as words in the language that is set."""
    fen = says.get("fee_fen")
    return {
        "when": _instant(says["begins_at"]),
        "region": says["region"],
        "place": says["place"] or _("online, from where you are"),
        "hours": str(says["hours"]),
        "fee": _("%(amount)s yuan") % {"amount": Yuan.from_fen(fen)}
        if fen is not None
        else _("by the standard of the province"),
        "until": _instant(says["answer_by"]),
    }


def text(says: dict[str, Any]) -> str:
    """Give the call as one text to read."""
    return _(
        "You were drawn for an evaluation: %(when)s, %(region)s, %(place)s, about %(hours)s hours, fee %(fee)s. "
        "Answer before %(until)s: 1 I come, 2 engaged, 3 ill, 4 too far, 5 not my field."
    ) % facts(says)


def spoken(says: dict[str, Any]) -> tuple[str, ...]:
    """Give the call sentence by sentence, as a voice says it."""
    return tuple(
        line % facts(says)
        for line in (
            _("This is the procurement platform. You were drawn at random for an evaluation."),
            _("It begins at %(when)s, in %(region)s. The place is: %(place)s."),
            _("It takes about %(hours)s hours. The fee is %(fee)s."),
            _("What is evaluated is told when it begins. Please keep this call to yourself."),
            _("Answer before %(until)s, or another expert is drawn."),
        )
    )


def job(reference: str, number: str, says: dict[str, Any], language: str) -> Job:
    """Give a call for a line, in the expert's language."""
    with translation.override(language):
        keys = tuple(Key(key, _(word)) for key, word in _KEY_WORDS.items())
        return Job(reference, number, language, text(says), spoken(says), keys)


def words(placed: Job, channel: str) -> str:
    """Give what is kept of a call that was placed: all that its line says."""
    if channel != "voice":
        return placed.text
    return "\n".join([*placed.spoken, *(f"{one.key}: {one.means}" for one in placed.keys)])


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
