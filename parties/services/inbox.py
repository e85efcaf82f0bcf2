"""Messages to people: written in the transaction of the act, shown as an inbox, sent as e-mail afterwards."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, NotFound, gettext_noop
from core.writes import Insert
from parties.access import Actor, addressed_to
from parties.models import InboxItem
from parties.states import Role

_SAID = (
    "user",
    "organisation",
    "kind",
    "title",
    "why",
    "blocked",
    "facts",
    "rule",
    "url",
    "due_at",
    "is_task",
)
_WRITE = Insert(InboxItem, over="key", fields=_SAID)


def assign(
    *,
    key: str,
    title: str,
    url: str,
    user_id: uuid.UUID | None = None,
    org_id: uuid.UUID | None = None,
    kind: str = "",
    why: str = "",
    due_at: datetime | None = None,
    rule: str = "",
    blocked: str = "",
    is_task: bool = True,
    **facts: Any,
) -> InboxItem:
    """Put one item into the inbox of a person (`user_id`) or of a desk (`org_id` acting as `kind`).

    Idempotent by `key`, from which its id follows, and one statement: a second call updates what the item
    says and reopens nothing. `title`, `why` and
    `blocked` are English message ids with `%(name)s` places for `facts`. Written in the caller's
    transaction; the clock sees that it is mailed, so that the act itself writes nothing more.
    """
    if (user_id is None) == (org_id is None):
        raise ValueError("an inbox item has one addressee: a person or a desk")
    said: dict[str, Any] = {
        "user_id": user_id,
        "organisation_id": org_id,
        "kind": kind,
        "title": title,
        "why": why,
        "blocked": blocked,
        "facts": facts,
        "rule": rule,
        "url": url,
        "due_at": due_at,
        "is_task": is_task,
    }
    item = InboxItem(id=uuid.uuid5(uuid.NAMESPACE_URL, f"inbox:{key}"), key=key, **said)
    _WRITE(item)
    return item


def tell(*, key: str, title: str, url: str, **rest: Any) -> InboxItem:
    """Put something to know, not to do, into an inbox; see `assign`."""
    return assign(key=key, title=title, url=url, is_task=False, **rest)


def move(*, prefix: str, before: datetime, after: datetime) -> None:
    """Let open items whose key starts with `prefix` and that were due at `before` be due at `after`."""
    InboxItem.objects.filter(key__startswith=prefix, due_at=before, done_at=None).update(due_at=after)


def finish(key: str) -> None:
    """Mark the item as done; does nothing when there is none."""
    InboxItem.objects.filter(key=key, done_at=None).update(done_at=clock.now())


def finish_all(prefix: str) -> None:
    """Mark every item whose key starts with `prefix` as done."""
    InboxItem.objects.filter(key__startswith=prefix, done_at=None).update(done_at=clock.now())


def block(prefix: str, why: str, **facts: Any) -> None:
    """Say what keeps the open tasks whose key starts with `prefix` from being done; `why` is a message id."""
    rows = list(InboxItem.objects.filter(key__startswith=prefix, done_at=None, is_task=True))
    for row in rows:
        row.blocked, row.facts = why, {**row.facts, **facts}
    InboxItem.objects.bulk_update(rows, ["blocked", "facts"])


def unblock(prefix: str, why: str) -> None:
    """Say that `why` no longer keeps the tasks whose key starts with `prefix` from being done."""
    InboxItem.objects.filter(key__startswith=prefix, blocked=why).update(blocked="")


def leave_unmailed() -> None:
    """Let what is in the inboxes now go without e-mail: the past of a demonstration."""
    InboxItem.objects.exclude(mail_from=None).update(mail_from=None)


@transaction.atomic
def take(*, actor: Actor, item_id: uuid.UUID) -> None:
    """Say that this person of the desk does it, be it after a colleague. Raises NotFound, Conflict."""
    item = InboxItem.objects.select_for_update().get(pk=item_id)
    if item.organisation_id != actor.org_id or actor.org_id is None or actor.role == Role.VIEWER:
        raise NotFound()
    if item.done_at is not None:
        raise Conflict(gettext_noop("This is already done."))
    before = item.holder
    item.holder_id = actor.require_user()
    item.save(update_fields=["holder"])
    record(
        actor=actor.label,
        verb="parties.take_item",
        subject=f"inbox.{item.pk}",
        key=item.key,
        before=before.name if before else "",
    )


def read(*, actor: Actor, item_id: uuid.UUID) -> None:
    """Put a note away; tasks are finished by the act they ask for, never by hand. Raises NotFound, Conflict."""
    item = InboxItem.objects.filter(addressed_to(actor, actor.require_user()), pk=item_id).first()
    if item is None:
        raise NotFound()
    if item.is_task:
        raise Conflict(gettext_noop("This is finished by doing it."))
    InboxItem.objects.filter(pk=item.pk, done_at=None).update(done_at=clock.now())
