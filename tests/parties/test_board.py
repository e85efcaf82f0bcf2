"""The board: what is due, overdue and blocked, of a desk and of a supervisor's region, by the region's working days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from core.enacted.selectors import calendars
from core.workdays import Special, national
from parties import board_page
from parties.inbox_page import page, time_left
from parties.services import inbox
from tendering.services import holds
from tests.factories import parties as make
from tests.factories import tendering

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 20, 4, tzinfo=UTC)  # noon in Beijing


def titles(actor: Any, **given: str) -> list[str]:
    return [row.item.title for row in board_page.page(actor, given)["rows"]]


def put(actor: Any, key: str, due: timedelta | None = None, kind: str = "purchaser", **over: Any) -> None:
    due_at = None if due is None else FRIDAY + due
    inbox.assign(
        key=key, org_id=actor.org_id, kind=kind, title=f"T {key}", url=f"/{key}", due_at=due_at, **over
    )


@pytest.fixture
def tasks(cast: Any, at: Any) -> None:
    at(FRIDAY)
    put(cast.purchaser, "late", timedelta(days=-4))
    put(cast.purchaser, "today", timedelta(hours=3))
    put(cast.purchaser, "next week", timedelta(days=9))
    put(cast.purchaser, "some day")
    put(cast.purchaser, "stuck", timedelta(days=2), blocked="because of %(x)s", x="a hold")
    put(cast.agency, "of the agency", timedelta(days=1), kind="agency")
    put(cast.supplier_a, "of a bidder", timedelta(days=-9), kind="supplier")
    put(make.desk("purchaser", "宁波某局", "330200"), "of another city", timedelta(days=-1))


def test_a_desk_sees_its_own_tasks_by_deadline_and_by_state(cast: Any, tasks: None, signed_in: Any) -> None:
    assert titles(cast.purchaser) == ["T late", "T today", "T stuck", "T next week", "T some day"]
    assert titles(cast.purchaser, state="overdue") == ["T late"]
    assert titles(cast.purchaser, state="soon") == ["T today", "T stuck"]
    assert titles(cast.purchaser, state="later") == ["T next week"]
    assert titles(cast.purchaser, state="open") == ["T some day"]
    assert titles(cast.purchaser, state="blocked") == ["T stuck"]
    assert titles(cast.purchaser, state="nonsense", page="x") == titles(cast.purchaser)
    assert titles(cast.supplier_a) == ["T of a bidder"]
    shown = signed_in(cast.purchaser).get("/board/", headers={"accept-language": "en"}).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))
    assert "because of a hold" in text
    assert "Overdue 1" in text
    assert "working days: 4" in text
    assert "T of the agency" not in text


def test_a_supervisor_sees_purchasers_and_agencies_of_its_region_and_no_bidder(
    cast: Any, tasks: None
) -> None:
    found = titles(cast.supervisor)
    assert {"T late", "T of the agency", "T stuck"} <= set(found)
    assert not {"T of a bidder", "T of another city"} & set(found)
    assert titles(cast.supervisor, organisation=cast.agency.org_name) == ["T of the agency"]


def test_the_board_costs_the_same_for_many_organisations_and_pages_through(cast: Any, at: Any) -> None:
    at(FRIDAY)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            board_page.page(cast.supervisor, {})
        return len(found)

    put(cast.purchaser, "one", timedelta(days=1))
    before = cost()
    for number in range(60):
        put(
            make.desk("purchaser", f"某局{number}", "330106"),
            f"task {number:02}",
            timedelta(days=2, hours=number),
        )
    assert cost() == before
    assert len(titles(cast.supervisor)) == board_page.PER_PAGE
    assert len(titles(cast.supervisor, page="2")) == 61 - board_page.PER_PAGE


def test_days_left_are_counted_by_the_working_days_of_the_region(
    cast: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(FRIDAY)
    due = FRIDAY + timedelta(days=5)  # Wednesday
    off = Special("停工令", date(2026, 11, 23), date(2026, 11, 24), False, "台风")
    with translation.override("en"):
        assert time_left(due, FRIDAY, national()).startswith("working days: 3")
        assert time_left(due, FRIDAY, national().with_local([off])).startswith("working days: 1")
        put(cast.purchaser, "t", timedelta(days=5))
        monkeypatch.setattr("parties.inbox_page.calendar_of", lambda region: national().with_local([off]))
        (task,) = page(cast.purchaser).tasks
        assert task.left.startswith("working days: 1")
    assert calendars(["330100", ""]).keys() == {"330100", ""}


def test_a_suspension_blocks_the_tasks_of_its_procedure_and_its_end_frees_them(cast: Any, at: Any) -> None:
    at(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    tender = tendering.published(cast.purchaser)
    inbox.assign(
        key=f"tender.{tender.id}.panel",
        org_id=cast.purchaser.org_id,
        kind="purchaser",
        title="Draw",
        url="/x",
    )
    put(cast.purchaser, "another", None)
    holds.hold(actor=cast.supervisor, tender_id=tender.id, source="complaint.1", reason="投诉")
    blocked = board_page.page(cast.purchaser, {"state": "blocked"})["rows"]
    assert "Draw" in [row.item.title for row in blocked]
    assert "T another" not in [row.item.title for row in blocked]
    assert blocked[0].item.blocked
    holds.lift(actor=cast.supervisor, tender_id=tender.id, source="complaint.1")
    assert titles(cast.purchaser, state="blocked") == []
