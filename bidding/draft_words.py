"""What the scripts of shared drafts say; {…} is filled in by them."""

from __future__ import annotations

from django.utils.translation import gettext

from core.errors import gettext_noop

WORDS: dict[str, str] = {
    "key-working": gettext_noop("One moment …"),
    "key-short": gettext_noop("The passphrase needs at least 12 characters."),
    "key-differs": gettext_noop("The two passphrases differ."),
    "key-wrong": gettext_noop("The passphrase does not open your draft key. Nothing was changed."),
    "key-no-passkey": gettext_noop(
        "No passkey here could do it: it was declined, or it cannot keep keys. Nothing was changed. "
        "A passphrase works everywhere."
    ),
    "key-replace": gettext_noop(
        "Make a new draft key? With it you can read shared drafts only after a colleague has given you access again."
    ),
    "team-admit": gettext_noop("{name}: the fingerprint is the same, give access"),
    "team-ready": gettext_noop("Your key opens this draft."),
    "team-saved": gettext_noop("Everything is saved for the team, {time}."),
    "team-unsaved": gettext_noop("Not yet saved for the team …"),
    "team-sending": gettext_noop("{name} is being encrypted and uploaded for the team …"),
    "team-waiting": gettext_noop("A colleague waits for access: compare the fingerprint on the team’s page."),
    "team-offline": gettext_noop(
        "The team cannot be reached now. What you write stays in this browser and is sent later."
    ),
    "team-removed": gettext_noop(
        "You have no access to this shared draft any more. What you wrote yourself is still on this page."
    ),
    "team-both": gettext_noop("A colleague and you wrote the same field. Choose below what stays."),
    "team-unsettled": gettext_noop(
        "Not everything is saved for the team yet, or a field is disputed. Nothing was sealed."
    ),
    "team-conflict": gettext_noop(
        "{name} saved this at {time} while you were writing. Nothing is lost: choose what stays."
    ),
    "team-mine": gettext_noop("You:"),
    "team-theirs": gettext_noop("Saved:"),
    "team-not-mine": gettext_noop(
        "A colleague must give your key access first: tell them the fingerprint that the team’s page shows you."
    ),
    "team-unproven": gettext_noop("Keys have changed since you were here: compare them on the team’s page."),
    "team-rolled-back": gettext_noop(
        "The server gives an older version than this browser has seen. Nothing was taken over; tell your colleagues."
    ),
    "team-forged": gettext_noop(
        "What the server gives was not written with the team’s key. Nothing was taken over; tell your colleagues."
    ),
    "team-wrong-place": gettext_noop(
        "What the server gives belongs to another draft. Nothing was taken over; tell your colleagues."
    ),
    "team-price-hidden": gettext_noop("not shown to you"),
}


def words() -> dict[str, str]:
    """Give what the scripts say, in the reader's language."""
    return {code: gettext(text) for code, text in WORDS.items()}
