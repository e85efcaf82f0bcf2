"""Writes whose SQL is written once: held back they travel together, and nobody sees anything but their order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.models import Entry
from core.audit.services import record, verify
from core.reads import Read, together
from core.writes import Insert, Update, held_back
from parties.models import InboxItem
from parties.services import inbox
from tests.factories import parties

SAYS = Read(lambda key: InboxItem.objects.filter(key=key).values_list("title", "rule", "facts"), key=str)


@pytest.mark.django_db
def test_what_is_held_back_is_there_for_the_next_statement_and_at_the_end() -> None:
    desk, title = parties.desk("supplier", "供应商示例有限公司", "330100"), Update(InboxItem, "title", "rule")
    with transaction.atomic(), held_back():
        item = inbox.tell(key="a", org_id=desk.org_id, title="100 %; 'first'", url="/", what="50 %s")
        record(actor="x", verb="first", subject="a.1")
        assert together(SAYS.asked(key="a"), SAYS.asked(key="b")) == [
            [("100 %; 'first'", "", {"what": "50 %s"})],
            [],
        ]
        record(actor="x", verb="second", subject="a.1")
        item.title, item.rule = "second", "R1"
        title(item)
    assert SAYS(key="a") == [("second", "R1", {"what": "50 %s"})]
    assert list(Entry.objects.filter(subject="a.1").values_list("seq", "verb")) == [
        (1, "first"),
        (2, "second"),
    ]
    assert verify("a.1") is None


@pytest.mark.django_db
def test_an_update_leaves_a_row_alone_that_another_has_filled() -> None:
    desk, done = (
        parties.desk("supplier", "供应商示例有限公司", "330100"),
        Update(InboxItem, "done_at", null="done_at"),
    )
    item = inbox.tell(key="a", org_id=desk.org_id, title="x", url="/")
    first = item.done_at = item.created_at.replace(microsecond=1)
    done(item)
    item.done_at = item.created_at.replace(microsecond=2)
    done(item)
    assert InboxItem.objects.get().done_at == first


@pytest.mark.django_db
def test_nothing_stays_of_what_the_database_refuses_or_an_error_ends() -> None:
    record(actor="x", verb="kept", subject="a.1")
    fork = Entry(
        subject="a.1", seq=1, at=Entry.objects.get().at, actor="x", verb="fork", prev_hash="", hash=""
    )

    def write(subject: str, last: Callable[[], object]) -> None:
        with transaction.atomic(), held_back():
            record(actor="x", verb="goes", subject=subject)
            last()

    with pytest.raises(IntegrityError):
        write("a.2", lambda: Insert(Entry)(fork))
    with pytest.raises(ZeroDivisionError):
        write("a.3", lambda: 1 / 0)
    assert list(Entry.objects.values_list("verb", flat=True)) == ["kept"]
    assert not connection.execute_wrappers
