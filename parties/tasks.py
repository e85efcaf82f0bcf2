"""Background work of parties."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext
from django_tasks import task

from core import clock
from parties.models import InboxItem, Membership, User


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
            body = "\n\n".join(part for part in [title, why, f"{settings.PUBLIC_URL}{item.url}"] if part)
            EmailMessage(subject=title, body=body, to=[user.email]).send()
    return len(people)


def _addressees(item: InboxItem) -> list[User]:
    if item.user_id is not None:
        return list(User.objects.filter(pk=item.user_id, is_active=True))
    now = clock.now()
    open_now = Membership.objects.filter(organisation_id=item.organisation_id, since__lte=now).filter(
        Q(until=None) | Q(until__gt=now)
    )
    return list(User.objects.filter(memberships__in=open_now, is_active=True).distinct())
