"""What the clock does for parties: it has the inboxes mailed, and sends again what the mail server did not take."""

from __future__ import annotations

from core.timers import services as timers
from parties import tasks

SENDERS = {
    "invitation": tasks.send_invitation,
    "recovery": tasks.send_recovery,
}


def mail(subject: str) -> None:
    """Send `<kind>.<id>` again; a refusal of the mail server is raised, so that the clock tries once more."""
    kind, _dot, key = subject.partition(".")
    SENDERS[kind](key)


def inbox(subject: str) -> None:
    """Have a worker send what waits in the inboxes, if anything does, and look again: a mail server may be slow."""
    waits = tasks.is_waiting()
    # A worker that ends has it looked at sooner; one that dies is replaced after this.
    timers.soon(verb=tasks.INBOX_TIMER, subject=subject, after=tasks.LEASE if waits else tasks.LOOK_AGAIN)
    if waits:
        tasks.mail_inbox.enqueue()
