"""A regulator enters a year's working days: what was provisional is reckoned anew and says so, the rest stays.

The days of 2027 in these tests are made up; the State Council's notice for that year is not out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from config.timers import handlers
from contracting.models import Contract
from contracting.selectors import law_of
from contracting.services import contracts
from core.audit.selectors import entries_of
from core.audit.services import verify
from core.enacted import selectors as enacted
from core.enacted.models import Enactment
from core.errors import Invalid, NotFound
from core.timers.services import run_due
from core.workdays import BEIJING, UnknownYear, day_begins
from oversight.models import Change
from oversight.selectors import changes as selected
from oversight.services import changes
from oversight.services.four_eyes import SecondPerson
from parties.models import InboxItem
from tendering.selectors import questions_of
from tendering.services import questions
from tests.factories import evaluation as evaluate
from tests.factories import mall as deals
from tests.factories import tendering as make
from tests.oversight.test_dispute import challenge

NOTICE = "国办发明电〔2026〕99号（虚构）"
YEAR = {
    "year": 2027,
    "whole": True,
    "document": NOTICE,
    "days": [
        {"first": "2027-01-01", "last": "2027-01-04", "kind": "off", "name": "元旦"},
        {"first": "2027-01-09", "last": "2027-01-09", "kind": "work", "name": "元旦"},
    ],
}
STORM = {
    "year": 2026,
    "whole": False,
    "document": "杭政函〔2026〕停工令（虚构）",
    "days": [{"first": "2026-12-02", "last": "2026-12-02", "kind": "off", "name": "台风"}],
}
TODAY = date(2026, 11, 23)


def drafted(office: Any, content: dict[str, Any] = YEAR, since: date = TODAY, actor: Any = None) -> Change:
    return changes.draft_days(actor=actor or office.writer, content=content, since=since, reason="放假通知")


def publish(office: Any, row: Change) -> Change:
    changes.submit(actor=office.writer, change_id=row.pk, version=row.version)
    return changes.approve(
        actor=office.second, change_id=row.pk, version=row.version, seen=enacted.last_digest()
    )


def contract(cast: Any, letter: datetime, name: str) -> Any:
    terms = deals.terms(cast.purchaser, cast.supplier_a, letter_at=letter, agency_id=cast.agency.org_id)
    return contracts.form(actor=cast.agency, terms=terms, source=f"award.{name}")


def ends(day: date) -> datetime:
    return day_begins(date.fromordinal(day.toordinal() + 1))


def test_a_provisional_period_moves_when_the_year_is_announced_and_a_fixed_one_does_not(
    office: Any, cast: Any, client: Any
) -> None:
    moving = contract(cast, datetime(2026, 12, 4, 9, tzinfo=BEIJING), "late")
    fixed = contract(cast, datetime(2026, 11, 20, 9, tzinfo=BEIJING), "early")
    tender = make.published(cast.purchaser, wanted_due_at=None)
    assert Contract.objects.get(pk=moving.id).sign_due_at == ends(date(2027, 1, 4))
    assert Contract.objects.get(pk=fixed.id).sign_due_at == ends(date(2026, 12, 21))
    assert client.get("/api/v1/deadlines?start=2026-12-30&count=2&region=330100").json()["provisional"]

    row = drafted(office)
    found = selected.reach(row)
    assert [(item.contract_id, item.after) for item in found.moving] == [(moving.id, ends(date(2027, 1, 5)))]
    assert [item.contract_id for item in found.fixed] == [fixed.id]
    publish(office, row)
    assert Contract.objects.get(pk=moving.id).sign_due_at == ends(date(2027, 1, 4))
    run_due(handlers())
    assert Contract.objects.get(pk=moving.id).sign_due_at == ends(date(2027, 1, 5))
    assert Contract.objects.get(pk=fixed.id).sign_due_at == ends(date(2026, 12, 21))
    assert make.tender_facts(tender.id).bids_due_at == tender.bids_due_at
    acts = [entry.verb for entry in entries_of(f"contract.{moving.id}")]
    assert acts.count("recount_period") == 1
    assert verify(f"contract.{moving.id}") is None
    assert InboxItem.objects.filter(key__startswith=f"contract.{moving.id}.recount").count() == 2
    changes.take_effect(change_id=row.pk)
    assert [entry.verb for entry in entries_of(f"contract.{moving.id}")] == acts

    answer = client.get("/api/v1/deadlines?start=2026-12-30&count=2&region=330100").json()
    assert (answer["due"], answer["provisional"]) == ("2027-01-05", False)
    assert [day["document"] for day in answer["skipped"]][0] == NOTICE
    assert client.get("/api/v1/deadlines?start=2026-12-30&count=2&region=330200").json()["provisional"]
    page = client.get("/working-days/?year=2027&region=330100", headers={"accept-language": "en"})
    assert NOTICE in page.content.decode()


def test_a_binding_period_that_an_unannounced_year_refused_is_counted_once_the_year_is_entered(
    office: Any, cast: Any
) -> None:
    made = contract(cast, datetime(2026, 12, 4, 9, tzinfo=BEIJING), "one")
    start = datetime(2026, 12, 30, 9, tzinfo=BEIJING)
    with pytest.raises(UnknownYear):
        law_of(made.id).end_of("L-20.contract_notice", start)
    publish(office, drafted(office))
    assert law_of(made.id).end_of("L-20.contract_notice", start).last_day == date(2027, 1, 5)


def test_a_place_closes_a_day_for_itself_and_those_below_only(office: Any) -> None:
    publish(office, drafted(office, STORM))
    for region, working in (("330100", False), ("330102", False), ("330200", True), (None, True)):
        assert enacted.calendar(region).is_workday(date(2026, 12, 2)) is working
        assert enacted.calendar(region).after(date(2026, 12, 1), 1) == date(2026, 12, 2 if working else 3)


def test_days_take_effect_on_their_first_day_and_not_before(office: Any, at: Any) -> None:
    publish(office, drafted(office, STORM, since=date(2026, 12, 1)))
    assert enacted.calendar("330100").is_workday(date(2026, 12, 2))
    at(datetime(2026, 12, 1, 2, tzinfo=UTC))
    assert not enacted.calendar("330100").is_workday(date(2026, 12, 2))


@pytest.mark.parametrize(
    ("content", "since", "field"),
    [
        (STORM, date(2026, 11, 22), "since"),
        (
            {**STORM, "days": [{**STORM["days"][0], "first": "2026-11-20", "last": "2026-11-20"}]},
            TODAY,
            "days",
        ),
        (STORM, date(2026, 12, 3), "days"),
        ({**STORM, "days": []}, TODAY, "days"),
        ({**STORM, "days": [*STORM["days"], *STORM["days"]]}, TODAY, "days"),
        ({**STORM, "days": [{**STORM["days"][0], "last": "2026-12-01"}]}, TODAY, "days"),
        ({**STORM, "year": 2027}, TODAY, "days"),
        ({**STORM, "whole": True}, TODAY, "whole"),
        ({**STORM, "document": " "}, TODAY, "document"),
        ({**YEAR, "days": YEAR["days"][1:]}, TODAY, "days"),
    ],
)
def test_days_in_the_past_twice_of_another_year_or_without_a_notice_are_refused(
    office: Any, content: dict[str, Any], since: date, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        drafted(office, content, since)
    assert field in refused.value.errors
    assert not Change.objects.exists()
    assert drafted(office, STORM).status == "draft"
    assert Enactment.objects.count() == 0


def test_who_wrote_the_days_does_not_publish_them_and_others_do_not_see_them(office: Any, cast: Any) -> None:
    row = drafted(office)
    changes.submit(actor=office.writer, change_id=row.pk, version=1)
    with pytest.raises(SecondPerson):
        changes.approve(actor=office.writer, change_id=row.pk, version=1, seen="")
    for stranger in (office.elsewhere, cast.supplier_a):
        with pytest.raises(NotFound):
            changes.approve(actor=stranger, change_id=row.pk, version=1, seen="")
    assert not enacted.calendar("330100").knows(date(2027, 1, 1))
    changes.approve(actor=office.second, change_id=row.pk, version=1, seen="")
    assert enacted.calendar("330100").knows(date(2027, 1, 1))


def test_the_days_of_a_year_are_entered_on_a_page_and_read_by_everybody(
    office: Any, client: Any, signed_in: Any
) -> None:
    signed_in(office.writer)
    page = client.get("/law/changes/days/?year=2027")
    assert page.status_code == 200
    rows = {f"days-{n}-{name}": value for n, day in enumerate(YEAR["days"]) for name, value in day.items()}
    sent = {
        "days-TOTAL_FORMS": 4, "days-INITIAL_FORMS": 0, "year": 2027, "whole": "on", "document": NOTICE,
        "since": TODAY.isoformat(), "reason": "放假通知", **rows,
    }  # fmt: skip
    assert client.post("/law/changes/days/?year=2027", {**sent, "days-0-name": ""}).status_code == 422
    assert not Change.objects.exists()
    made = client.post("/law/changes/days/?year=2027", sent)
    assert made.status_code == 303
    shown = client.get(made.url, headers={"accept-language": "en"}).content.decode()
    assert "holiday (元旦)" in shown
    assert "make-up working day" in shown
    assert client.get(f"{made.url}edit/").status_code == 200
    assert client.post(f"{made.url}edit/", {**sent, "version": 1, "reason": "更正"}).status_code == 303
    client.post(f"{made.url}submit/", {"version": 2})
    signed_in(office.second)
    assert client.post(f"{made.url}approve/", {"version": 2, "seen": ""}).status_code == 303
    client.logout()
    answer = client.get("/api/v1/working-days?year=2027&region=330100").json()
    assert (answer["document"], answer["provisional"]) == (NOTICE, False)
    assert client.get("/api/v1/working-days?year=2027").json()["provisional"]


def test_the_times_of_a_challenge_and_its_complaint_move_with_the_announced_year(
    office: Any, cast: Any, at: Any, settings: Any
) -> None:
    evaluate.begin_spring(settings, at)
    at(datetime(2026, 12, 4, 2, tzinfo=UTC))
    tender = make.published(cast.purchaser, title="机房空调")
    at(datetime(2026, 12, 18, 2, tzinfo=UTC))
    early = challenge(cast.supplier_a, tender, "documents")
    at(datetime(2026, 12, 21, 2, tzinfo=UTC))
    late = challenge(cast.supplier_b, tender, "documents")
    task = InboxItem.objects.get(key=f"challenge.{late.pk}.reply")
    assert (early.reply_due_at, early.complaint_until) == (ends(date(2026, 12, 29)), ends(date(2027, 1, 20)))
    assert (late.reply_due_at, task.due_at) == (ends(date(2026, 12, 30)), ends(date(2026, 12, 30)))
    longer = {**YEAR, "days": YEAR["days"][:1]}
    publish(office, drafted(office, longer, since=date(2026, 12, 22)))
    at(datetime(2026, 12, 22, 2, tzinfo=UTC))
    run_due(handlers())
    run_due(handlers())
    for row, until in ((early, date(2027, 1, 21)), (late, date(2027, 1, 22))):
        fixed = row.reply_due_at
        row.refresh_from_db()
        assert (row.reply_due_at, row.complaint_until) == (fixed, ends(until)), "what was certain stays"
    moves = [entry for entry in entries_of(f"challenge.{early.pk}") if entry.verb == "recount_period"]
    assert len(moves) == 1


def test_the_time_to_answer_a_question_moves_and_the_page_of_the_change_says_so(
    office: Any, cast: Any, at: Any, settings: Any, signed_in: Any
) -> None:
    evaluate.begin_spring(settings, at)
    at(datetime(2026, 12, 4, 2, tzinfo=UTC))
    tender = make.published(cast.purchaser, title="机房空调")
    at(datetime(2026, 12, 28, 2, tzinfo=UTC))
    fixed = questions.ask(actor=cast.supplier_b, tender_id=tender.id, text="验收由谁负责？")
    at(datetime(2026, 12, 30, 2, tzinfo=UTC))
    asked = questions.ask(actor=cast.supplier_a, tender_id=tender.id, text="交付地点可以分批吗？")
    assert (fixed.due_at, asked.due_at) == (ends(date(2026, 12, 31)), ends(date(2027, 1, 5)))
    row = drafted(office, {**YEAR, "days": YEAR["days"][:1]}, since=date(2026, 12, 31))
    [moving] = selected.reach(row).others
    assert (moving.before, moving.after) == (ends(date(2027, 1, 5)), ends(date(2027, 1, 6)))
    shown = signed_in(office.writer).get(f"/law/changes/{row.pk}/", headers={"accept-language": "en"})
    assert "Answer to a question" in shown.content.decode()
    assert tender.project_no in shown.content.decode()

    publish(office, row)
    at(datetime(2026, 12, 31, 2, tzinfo=UTC))
    changes.take_effect(change_id=row.pk)
    changes.take_effect(change_id=row.pk)
    due = {one.id: one.due_at for one in questions_of(tender.id)}
    assert due == {fixed.id: fixed.due_at, asked.id: ends(date(2027, 1, 6))}
    assert InboxItem.objects.get(key=f"question.{asked.id}.answer").due_at == ends(date(2027, 1, 6))
    moves = [entry for entry in entries_of(f"question.{asked.id}") if entry.verb == "recount_period"]
    assert len(moves) == 1
