"""What the desk shows: one list of what is to be done, by when, why by this person, and what blocks it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.translation import gettext

from core import clock
from core.enacted.selectors import calendar as calendar_of
from core.ical import Event
from core.workdays import Calendar, beijing_date
from parties.access import Actor, addressed_to
from parties.models import InboxItem

DONE_SHOWN = 30
NOTES_SHOWN = 30
COUNT_WORKDAYS_WITHIN = timedelta(days=120)


@dataclass(frozen=True)
class Item:
    """One line of the inbox, in the reader's language."""

    id: uuid.UUID
    title: str
    why: str
    blocked: str
    rule: str
    url: str
    due_at: datetime | None
    left: str
    late: bool
    held_by: str
    mine: bool
    takeable: bool
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class Page:
    """The inbox of one person at one desk; `first` is the next step."""

    first: Item | None
    tasks: list[Item]
    notes: list[Item]
    done: list[Item]


def page(actor: Actor) -> Page:
    """Give the inbox: tasks by deadline (blocked ones and those of colleagues after one's own), notes, what is done."""
    rows = InboxItem.objects.filter(addressed_to(actor, actor.require_user())).select_related("holder")
    now, days = clock.now(), calendar_of(actor.region or None)
    open_rows = rows.filter(done_at=None).order_by(F("due_at").asc(nulls_last=True), "created_at")
    tasks = [item_of(row, actor, now, days) for row in open_rows.filter(is_task=True)]
    tasks.sort(key=lambda item: (bool(item.held_by) and not item.mine, bool(item.blocked)))
    ready = [item for item in tasks if not item.blocked and (item.mine or not item.held_by)]
    return Page(
        first=ready[0] if ready else None,
        tasks=tasks,
        notes=_items(open_rows.filter(is_task=False).order_by("-created_at")[:NOTES_SHOWN], actor, now, days),
        done=_items(rows.exclude(done_at=None).order_by("-done_at")[:DONE_SHOWN], actor, now, days),
    )


def deadlines(actor: Actor) -> list[Event]:
    """Give the deadlines of what waits for this person at this desk, in the reader's language, for a calendar."""
    rows = InboxItem.objects.filter(addressed_to(actor, actor.require_user()), done_at=None, is_task=True)
    return [
        Event(
            uid=f"{row.pk}@{urlsplit(settings.PUBLIC_URL).hostname}",
            at=row.due_at,
            title=row.say(row.title),
            text=row.say(row.why),
            url=f"{settings.PUBLIC_URL}{row.url}" if row.url else "",
        )
        for row in rows.exclude(due_at=None).order_by("due_at")
        if row.due_at is not None
    ]


def open_count(actor: Actor) -> int:
    """Give the number of tasks that wait for this person or desk."""
    if actor.user_id is None:
        return 0
    return InboxItem.objects.filter(addressed_to(actor, actor.user_id), done_at=None, is_task=True).count()


def _items(rows: QuerySet[InboxItem], actor: Actor, now: datetime, days: Calendar) -> list[Item]:
    return [item_of(row, actor, now, days) for row in rows]


def item_of(row: InboxItem, actor: Actor, now: datetime, days: Calendar) -> Item:
    """Give one item as `actor` sees it; what is left of its time is counted by the working days of `days`."""
    return Item(
        id=row.pk,
        title=row.say(row.title),
        why=row.say(row.why),
        blocked=row.say(row.blocked),
        rule=row.rule,
        url=row.url,
        due_at=row.due_at,
        left=time_left(row.due_at, now, days) if row.due_at and row.done_at is None else "",
        late=row.due_at is not None and row.done_at is None and now >= row.due_at,
        held_by=row.holder.name if row.holder else "",
        mine=row.holder_id == actor.user_id or row.user_id == actor.user_id,
        takeable=row.is_task
        and row.user_id is None
        and row.holder_id != actor.user_id
        and row.done_at is None,
        created_at=row.created_at,
        done_at=row.done_at,
    )


def time_left(due_at: datetime, now: datetime, calendar: Calendar) -> str:
    """Say what is left until an instant, in working days and hours; empty when nothing is left or it is far away.

    Counts the working days after today up to the day of the deadline; on the last day, hours.
    """
    if now >= due_at or due_at - now > COUNT_WORKDAYS_WITHIN:
        return ""
    today, last = beijing_date(now), beijing_date(due_at)
    days = sum(
        calendar.is_workday(today + timedelta(days=n), binding=False)
        for n in range(1, (last - today).days + 1)
    )
    hours = int((due_at - now).total_seconds() // 3600)
    if days:
        return gettext("working days: %(days)s (hours: %(hours)s)") % {"days": days, "hours": hours}
    if hours:
        return gettext("hours: %(hours)s") % {"hours": hours}
    return gettext("less than an hour")
