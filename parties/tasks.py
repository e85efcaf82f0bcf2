"""Background work of parties: mail."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django_tasks import task

from core import clock
from parties import tokens
from parties.models import InboxItem, Invitation, KeyRecovery, Membership, User
from parties.selectors import in_force


@task()
def mail_item(item_id: str) -> int:
    """Send one inbox item as e-mail to each addressee in their language; gives the number sent. Sent once."""
    if not InboxItem.objects.filter(pk=item_id, mailed_at=None).update(mailed_at=clock.now()):
        return 0
    item = InboxItem.objects.get(pk=item_id)
    people = _addressees(item)
    for user in people:
        with translation.override(user.language):
            title = gettext(item.title) % item.facts
            why = gettext(item.why) % item.facts if item.why else ""
            _send(user.email, title, why, item.url)
    return len(people)


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
    """Send an invitation with its link."""
    row = Invitation.objects.select_related("organisation").get(pk=invitation_id)
    path = reverse("parties:invitation", args=[tokens.make("invitation", row.pk)])
    known = User.objects.filter(email=row.email).first()
    with translation.override(known.language if known else settings.LANGUAGE_CODE):
        subject = gettext("%(name)s invites you to its desk") % {"name": row.organisation.name}
        text = gettext("Sign in or make an account with this address, then take your seat.")
        _send(row.email, subject, text, path)


@task()
def mail_recovery(recovery_id: str) -> None:
    """Send the link by which a person gets back in without the lost passkey."""
    row = KeyRecovery.objects.select_related("user").get(pk=recovery_id)
    path = reverse("recover_key_use", args=[tokens.make("recovery", row.pk)])
    with translation.override(row.user.language):
        subject = gettext("Sign in without your lost passkey")
        text = gettext(
            "Open this link in a browser of yours: it says from when on it can be used, and it can also stop the request."
        )
        _send(row.user.email, subject, text, path)
