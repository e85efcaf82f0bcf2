"""Background work of parties: mail. What the mail server does not take now is sent again later, with growing pauses."""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django_tasks import task

from core import clock
from core.timers import services as timers
from parties import tokens
from parties.models import InboxItem, Invitation, KeyRecovery, Membership, User
from parties.selectors import in_force

log = logging.getLogger(__name__)
AGAIN = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
LOOK_AGAIN = timedelta(seconds=2)
LEASE = timedelta(minutes=5)
GIVES_UP = timedelta(days=5)
"""As long as mail servers keep a message that is not taken (RFC 5321, 4.5.4.1)."""
AT_ONCE = 500
UNDELIVERED = (SMTPException, OSError)
TIMER = "parties.mail"
INBOX_TIMER = "parties.inbox"


def _later(kind: str, key: str, error: Exception) -> None:
    log.warning("mail %s %s was not taken (%s); it is sent again", kind, key, type(error).__name__)
    timers.soon(verb=TIMER, subject=f"{kind}.{key}", after=AGAIN)


@task()
def mail_inbox() -> int:
    """Send what waits in the inboxes, then have the clock look again soon; gives the number of items sent."""
    try:
        return send_waiting()
    finally:
        timers.soon(verb=INBOX_TIMER, subject="inbox", after=LOOK_AGAIN)


def _waiting() -> QuerySet[InboxItem]:
    return InboxItem.objects.filter(mail_from__lte=clock.now())


def is_waiting() -> bool:
    """Tell whether the mail of an inbox item is due."""
    return _waiting().exists()


def send_waiting() -> int:
    """Send each inbox item whose mail is due, the oldest first; gives the number of items that were taken.

    What is not taken now waits as long again as it has waited already, within AGAIN and LONGEST, and is given up after
    GIVES_UP. Who has got it does not get it again because a colleague has not.
    """
    return sum(_send_item(item) for item in _waiting().order_by("mail_from")[:AT_ONCE])


def _send_item(item: InboxItem) -> bool:
    """Send one item to each addressee in their language; should this process die over it, it is sent once more."""
    now = clock.now()
    mine = InboxItem.objects.filter(pk=item.pk)
    if not mine.filter(mail_from=item.mail_from).update(mail_from=now + LEASE):
        return False  # another worker has it
    served, failed = list(item.mailed_to), False
    for user in _addressees(item):
        if str(user.pk) in served:
            continue
        try:
            with translation.override(user.language):
                _send(user.email, item.say(item.title), item.say(item.why), item.url)
        except Exception as error:  # noqa: BLE001 - one item must not keep back everybody else's mail
            level = logging.WARNING if isinstance(error, UNDELIVERED) else logging.ERROR
            log.log(level, "mail of inbox item %s to %s was not sent: %r", item.pk, user.pk, error)
            if not _is_final(error):
                failed = True
                continue
        served.append(str(user.pk))
    if not failed:
        mine.update(mail_from=None, mailed_at=clock.now())
        return True
    waited = now - item.created_at
    if waited >= GIVES_UP:
        log.error("mail of inbox item %s is given up", item.pk)
        mine.update(mail_from=None, mailed_to=served)
    else:
        mine.update(mail_from=now + min(max(AGAIN, waited), LONGEST), mailed_to=served)
    return False


def _is_final(error: Exception) -> bool:
    """Tell whether a mail server will never take a message to this address."""
    return isinstance(error, SMTPRecipientsRefused) and all(
        code >= 500 for code, _ in error.recipients.values()
    )


def _send(to: str, subject: str, text: str, path: str) -> None:
    parts = [subject, text, f"{settings.PUBLIC_URL}{path}" if path else "", gettext("Mingcai")]
    EmailMessage(subject=subject, body="\n\n".join(part for part in parts if part), to=[to]).send()


def _addressees(item: InboxItem) -> list[User]:
    if item.user_id is not None:
        return list(User.objects.filter(pk=item.user_id, is_active=True))
    if item.holder_id is not None:
        return list(User.objects.filter(pk=item.holder_id, is_active=True))
    seated = Membership.objects.filter(in_force(clock.now()), organisation_id=str(item.organisation_id))
    return list(User.objects.filter(memberships__in=seated, is_active=True).distinct())


@task()
def mail_invitation(invitation_id: str) -> None:
    """Send an invitation with its link; tried until it is taken."""
    try:
        send_invitation(invitation_id)
    except UNDELIVERED as error:
        _later("invitation", invitation_id, error)


def send_invitation(invitation_id: str) -> None:
    """Send an invitation with its link. Raises SMTPException, OSError."""
    row = Invitation.objects.select_related("organisation").get(pk=invitation_id)
    path = reverse("parties:invitation", args=[tokens.make("invitation", row.pk)])
    known = User.objects.filter(email=row.email).first()
    with translation.override(known.language if known else settings.LANGUAGE_CODE):
        subject = gettext("%(name)s invites you to its desk") % {"name": row.organisation.name}
        text = gettext("Sign in or make an account with this address, then take your seat.")
        _send(row.email, subject, text, path)


@task()
def mail_recovery(recovery_id: str) -> None:
    """Send the link by which a person gets back in without the lost passkey; tried until it is taken."""
    try:
        send_recovery(recovery_id)
    except UNDELIVERED as error:
        _later("recovery", recovery_id, error)


def send_recovery(recovery_id: str) -> None:
    """Send the link by which a person gets back in without the lost passkey. Raises SMTPException, OSError."""
    row = KeyRecovery.objects.select_related("user").get(pk=recovery_id)
    path = reverse("recover_key_use", args=[tokens.make("recovery", row.pk)])
    with translation.override(row.user.language):
        subject = gettext("Sign in without your lost passkey")
        text = gettext(
            "Open this link in a browser of yours: it says from when on it can be used, and it can also stop the request."
        )
        _send(row.user.email, subject, text, path)
