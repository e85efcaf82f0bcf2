"""One inbox: written with the act, mailed once, and saying what, by when, why me and what blocks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from config import clockwork
from config.timers import handlers
from core.timers.models import Timer
from core.timers.services import run_due
from core.workdays import national
from parties.inbox_page import page, time_left
from parties.models import InboxItem
from parties.services import inbox
from parties.tasks import send_waiting

FRIDAY = datetime(2026, 11, 20, 4, tzinfo=UTC)  # noon in Beijing


@pytest.mark.django_db
def test_the_item_stands_and_falls_with_the_act_and_is_mailed_once(cast: Any) -> None:
    class Undo(Exception):
        pass

    def act() -> None:
        inbox.assign(key="k", org_id=cast.purchaser.org_id, title="Verify %(name)s", url="/x", name="某公司")

    @transaction.atomic
    def act_that_fails() -> None:
        act()
        assert InboxItem.objects.count() == 1
        raise Undo

    with pytest.raises(Undo):
        act_that_fails()
    assert (InboxItem.objects.count(), send_waiting()) == (0, 0)

    act()
    assert mail.outbox == []
    clockwork.plan()
    Timer.objects.exclude(verb="parties.inbox").delete()
    run_due(handlers())
    assert [message.to for message in mail.outbox] == [[cast.purchaser.email]]
    act()
    assert (InboxItem.objects.count(), send_waiting(), len(mail.outbox)) == (1, 0, 1)


@pytest.mark.django_db
def test_mail_is_written_in_the_reader_s_language_with_a_link(cast: Any, settings: Any) -> None:
    from parties.models import User

    User.objects.filter(pk=cast.purchaser.user_id).update(language="en")
    inbox.assign(
        key="k", user_id=cast.purchaser.user_id, title="Verify %(name)s", url="/desk?x=1", name="ACME"
    )
    send_waiting()
    assert mail.outbox[0].subject == "Verify ACME"
    assert f"{settings.PUBLIC_URL}/desk?x=1" in mail.outbox[0].body


@pytest.mark.django_db
def test_a_reason_that_somebody_wrote_is_shown_and_mailed_as_it_stands(cast: Any, signed_in: Any) -> None:
    reason = "单价涨20%，50% of %(name) %(nobody)s；" + "原因" * 200
    org = cast.purchaser.org_id
    item = inbox.tell(key="k", org_id=org, title="Void: %(name)s", why=reason, url="/x", name="某公司 5%")
    InboxItem.objects.get(pk=item.pk).clean_fields(exclude=["user", "organisation", "holder"])
    assert reason in signed_in(cast.purchaser).get("/desk").content.decode()
    assert send_waiting() == 1
    assert (mail.outbox[0].subject, reason in mail.outbox[0].body) == ("Void: 某公司 5%", True)


@pytest.mark.django_db
def test_the_demonstration_s_mail_can_be_read_in_the_browser(
    cast: Any, settings: Any, client: Any, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    inbox.tell(key="k", org_id=cast.agency.org_id, title="Read %(what)s", url="/x", what="更正公告")
    send_waiting()
    shown = client.get("/demo/mail").content.decode()
    assert "更正公告" in shown
    assert cast.agency.email in shown
    assert "更正公告" not in client.get("/demo/mail?to=nobody@example.org").content.decode()


@pytest.mark.django_db
def test_the_list_has_the_next_step_first_and_folds_what_is_done(cast: Any, at: Any, signed_in: Any) -> None:
    at(FRIDAY)
    org = cast.purchaser.org_id

    def item(key: str, **over: Any) -> None:
        inbox.assign(key=key, org_id=org, title=f"T {key}", url=f"/{key}", **over)

    item("late", due_at=FRIDAY - timedelta(hours=1), why="because %(x)s", x="you publish")
    item("soon", due_at=FRIDAY + timedelta(days=5))
    item("blocked", due_at=FRIDAY - timedelta(hours=2), blocked="budget is missing")
    item("sometime", kind="purchaser")
    item("elsewhere", kind="supplier")
    item("done")
    inbox.finish("done")
    inbox.tell(key="note", org_id=org, title="T note", url="/note")
    inbox.assign(key="other", org_id=cast.agency.org_id, title="T other", url="/other")

    found = page(cast.purchaser)
    assert [row.title for row in found.tasks] == ["T late", "T soon", "T sometime", "T blocked"]
    assert found.first is not None
    assert (found.first.title, found.first.late, found.first.why) == ("T late", True, "because you publish")
    assert [row.title for row in found.notes] == ["T note"]
    assert [row.title for row in found.done] == ["T done"]

    shown = signed_in(cast.purchaser).get("/desk").content.decode()
    assert shown.index('class="next-step"') < shown.index("T soon")
    assert "budget is missing" in shown
    assert "T other" not in shown
    assert "T elsewhere" not in shown


@pytest.mark.django_db
def test_an_item_of_the_desk_is_taken_by_one_person_and_notes_are_put_away(cast: Any, signed_in: Any) -> None:
    task = inbox.assign(key="t", org_id=cast.purchaser.org_id, title="T", url="/t")
    note = inbox.tell(key="n", org_id=cast.purchaser.org_id, title="N", url="/n")
    client = signed_in(cast.purchaser)
    client.post(f"/desk/items/{task.pk}/take")
    assert client.post(f"/desk/items/{task.pk}/put-away").status_code == 409
    client.post(f"/desk/items/{note.pk}/put-away")
    task.refresh_from_db()
    note.refresh_from_db()
    assert (task.holder_id, task.done_at) == (cast.purchaser.user_id, None)
    assert note.done_at is not None


def test_an_empty_desk_says_what_to_do(client: Any, db: Any) -> None:
    from tests.factories import parties as make

    client.force_login(make.user("新人"), backend="django.contrib.auth.backends.ModelBackend")
    shown = client.get("/desk").content.decode()
    assert 'href="/organisations/new"' in shown
    assert 'href="/expert"' in shown


@pytest.mark.parametrize(
    ("due", "left"),
    [
        (FRIDAY + timedelta(hours=3), "hours: 3"),
        (FRIDAY + timedelta(minutes=5), "less than an hour"),
        (FRIDAY + timedelta(days=3), "working days: 1 (hours: 72)"),
        (FRIDAY + timedelta(days=2), "hours: 48"),
        (FRIDAY, ""),
        (FRIDAY + timedelta(days=400), ""),
    ],
)
def test_what_is_left_is_counted_in_working_days_and_hours(due: datetime, left: str) -> None:
    from django.utils import translation

    with translation.override("en"):
        assert time_left(due, FRIDAY, national()) == left


def test_the_deadlines_of_ones_tasks_can_be_put_into_a_calendar(cast, signed_in):
    due = datetime(2026, 10, 14, 16, 0, tzinfo=UTC)
    common = {"org_id": cast.purchaser.org_id, "kind": "purchaser", "url": "/desk"}
    inbox.assign(key="ics.1", title="答复；质疑,\n" + "长" * 40, due_at=due, **common)
    inbox.assign(key="ics.2", title="no deadline", **common)
    inbox.assign(key="ics.3", title="done", due_at=due, **common)
    inbox.finish("ics.3")
    inbox.assign(key="ics.4", title="of others", due_at=due, **{**common, "org_id": cast.agency.org_id})
    answer = signed_in(cast.purchaser).get("/desk/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    lines = answer.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    whole = answer.content.replace(b"\r\n ", b"").decode()
    assert whole.count("BEGIN:VEVENT") == 1
    assert "SUMMARY:答复；质疑\\,\\n" + "长" * 40 in whole
    assert "DTSTART:20261014T160000Z" in whole
    assert whole.endswith("END:VCALENDAR\r\n")
