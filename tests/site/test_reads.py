"""A read whose SQL is written once gives what the query set gives, whatever the values are."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q

from core.audit.models import Entry
from core.audit.services import record
from core.reads import ModelRead, Read
from parties.models import InboxItem, Membership
from parties.services import inbox
from tests.factories import parties


@pytest.mark.django_db
def test_a_read_gives_the_rows_of_its_query_set_for_every_value() -> None:
    now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    desks = [parties.desk("supplier", f"供应商{n}示例有限公司", "330100") for n in range(2)]
    for desk in desks:
        for number in range(2):
            inbox.tell(
                key=f"{desk.org_id}.{number}",
                org_id=desk.org_id,
                title=f"it's %(no)s {number}",
                url="/",
                due_at=now + timedelta(days=number),
                no="50%",
            )

    def compose(org: Any, due: Any, title: Any) -> Any:
        wanted = Q(due_at__lte=due) | Q(title=title, due_at__gt=due)
        return (
            InboxItem.objects.filter(wanted, organisation=org)
            .order_by("key")
            .values_list("pk", "organisation_id", "facts", "due_at", "is_task", "done_at")
        )

    read = Read(compose, org=uuid.UUID, due=datetime, title=str)
    for desk in desks:
        for due in (now - timedelta(days=1), now, now + timedelta(days=1)):
            for title in ("it's %(no)s 1", "another"):
                rows = read(org=desk.org_id, due=due, title=title)
                assert rows == list(compose(desk.org_id, due, title))
    assert read(org=desks[0].org_id, due=now, title="it's %(no)s 1")[0][2] == {"no": "50%"}


@pytest.mark.django_db
def test_a_read_refuses_other_values_than_it_was_composed_with() -> None:
    record(actor="x", verb="x", subject="a.1")
    read = Read(lambda subject: Entry.objects.filter(subject=subject).values_list("seq"), subject=str)
    assert read(subject="a.1") == [(1,)]
    for values in ({}, {"subject": "a.1", "seq": "1"}, {"name": "a.1"}):
        with pytest.raises(TypeError, match="takes"):
            read(**values)
    unused = Read(lambda subject: Entry.objects.values_list("seq"), subject=str)
    with pytest.raises(TypeError, match="does not use subject"):
        unused(subject="a.1")


@pytest.mark.django_db
def test_a_read_of_models_gives_them_with_what_is_selected_beside_them(
    django_assert_num_queries: Any,
) -> None:
    desks = [parties.desk("supplier", f"供应商{n}示例有限公司", "330100") for n in range(2)]

    def compose(org: Any) -> Any:
        return Membership.objects.filter(organisation=org).select_related(
            "organisation", "user", "deputy_for"
        )

    read = ModelRead[Membership](compose, org=uuid.UUID)
    for desk in desks:
        expected = list(compose(desk.org_id))
        with django_assert_num_queries(1):
            found = read(org=desk.org_id)
            assert [row.organisation.name for row in found] == [row.organisation.name for row in expected]
        assert [vars(row).keys() for row in found] == [vars(row).keys() for row in expected]
        assert found == expected
        assert [row.user for row in found] == [row.user for row in expected]
    assert read(org=uuid.uuid4()) == []
