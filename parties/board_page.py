"""The board: everything that is due, overdue or blocked at a desk – for a supervisor, in its whole region – with the reason.

A supervisor sees the tasks of purchasers and agencies, never those of suppliers or evaluators: before the close nobody may
learn who bids, and until the result nobody who evaluates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext

from core import clock, regions
from core.enacted.selectors import calendars
from core.errors import NotFound, gettext_noop
from core.workdays import Calendar, beijing_date, day_begins
from parties.access import Actor, addressed_to
from parties.inbox_page import Item, item_of
from parties.models import InboxItem
from parties.states import Kind

SOON_WORKDAYS = 3
PER_PAGE = 50
STATES: dict[str, str] = {
    "": gettext_noop("All"),
    "overdue": gettext_noop("Overdue"),
    "soon": gettext_noop("Due within three working days"),
    "later": gettext_noop("Due later"),
    "open": gettext_noop("Without a deadline"),
    "blocked": gettext_noop("Blocked"),
}
OVERSEEN = (Kind.PURCHASER, Kind.AGENCY)


@dataclass(frozen=True)
class Row:
    """One line: the item, whose it is, and for how long it has been late."""

    item: Item
    organisation: str
    kind: str
    late_for: str


def page(actor: Actor, given: Mapping[str, str]) -> dict[str, Any]:
    """Give the board of a desk, in a fixed number of queries. Raises NotFound without a desk."""
    user_id = actor.require_user()
    if actor.org_id is None:
        raise NotFound()
    now = clock.now()
    oversees = actor.acts_as(Kind.SUPERVISOR)
    scope = addressed_to(actor, user_id)
    if oversees:
        scope |= Q(organisation__region__startswith=regions.stem(actor.region), kind__in=OVERSEEN)
    tasks = InboxItem.objects.filter(scope, done_at=None, is_task=True)
    organisation = given.get("organisation", "").strip()[:100] if oversees else ""
    if organisation:
        tasks = tasks.filter(organisation__name__contains=organisation)
    own = calendars([actor.region])[actor.region]
    conditions = _conditions(own, now)
    counts = tasks.aggregate(
        all=Count("pk"), **{name: Count("pk", filter=condition) for name, condition in conditions.items()}
    )
    state = given.get("state", "") if given.get("state", "") in STATES else ""
    number = int(given["page"]) if given.get("page", "").isascii() and given.get("page", "").isdigit() else 1
    chosen = tasks.filter(conditions[state]) if state else tasks
    found = _rows(chosen, actor, now, max(1, min(number, 1000)))
    kept = {"organisation": organisation} if organisation else {}
    return {
        "rows": found[:PER_PAGE],
        "oversees": oversees,
        "organisation": organisation,
        "state": state,
        "states": [
            {
                "state": name,
                "label": gettext(label),
                "count": counts[name or "all"],
                "url": f"?{urlencode({**kept, **({'state': name} if name else {})})}",
                "chosen": name == state,
            }
            for name, label in STATES.items()
        ],
        "next_url": f"?{urlencode({**kept, 'state': state, 'page': number + 1})}"
        if len(found) > PER_PAGE
        else "",
        "previous_url": f"?{urlencode({**kept, 'state': state, 'page': number - 1})}" if number > 1 else "",
    }


def _conditions(days: Calendar, now: datetime) -> dict[str, Q]:
    soon = day_begins(days.after(beijing_date(now), SOON_WORKDAYS, binding=False) + timedelta(days=1))
    return {
        "overdue": Q(due_at__lte=now),
        "soon": Q(due_at__gt=now, due_at__lt=soon),
        "later": Q(due_at__gte=soon),
        "open": Q(due_at=None),
        "blocked": ~Q(blocked=""),
    }


def _rows(tasks: QuerySet[InboxItem], actor: Actor, now: datetime, number: int) -> list[Row]:
    """Give one page of rows and the first of the next, the most urgent first."""
    begin = (number - 1) * PER_PAGE
    ordered = tasks.select_related("organisation", "holder").order_by(
        F("due_at").asc(nulls_last=True), "created_at", "pk"
    )
    items = list(ordered[begin : begin + PER_PAGE + 1])
    days = calendars([actor.region, *(row.organisation.region for row in items if row.organisation)])
    return [
        Row(
            item=item_of(row, actor, now, days[_region(row, actor)]),
            organisation=row.organisation.name if row.organisation else actor.name,
            kind=row.kind,
            late_for=_late_for(row.due_at, now, days[_region(row, actor)]),
        )
        for row in items
    ]


def _region(row: InboxItem, actor: Actor) -> str:
    return row.organisation.region if row.organisation else actor.region


def _late_for(due_at: datetime | None, now: datetime, days: Calendar) -> str:
    """Say for how many working days it has been late, the day of the deadline not counted."""
    if due_at is None or now < due_at:
        return ""
    last, today = beijing_date(due_at), beijing_date(now)
    passed = min((today - last).days, 400)
    count = sum(days.is_workday(last + timedelta(days=n), binding=False) for n in range(1, passed + 1))
    return gettext("working days: %(days)s") % {"days": count} if count else gettext("since today")
