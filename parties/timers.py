"""What the clock does for parties: mail that the mail server did not take."""

from __future__ import annotations

from parties import tasks

SENDERS = {
    "item": tasks.send_item,
    "invitation": tasks.send_invitation,
    "recovery": tasks.send_recovery,
}


def mail(subject: str) -> None:
    """Send `<kind>.<id>` again; a refusal of the mail server is raised, so that the clock tries once more."""
    kind, _dot, key = subject.partition(".")
    SENDERS[kind](key)
