"""The clause library: dated versions that a regulator writes, and the document that is put together from them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.storage import storages
from django.urls import reverse

from core.audit.models import Entry
from core.errors import Conflict, Invalid, NotFound, WrongState
from planning import clauses
from planning.models import ClauseVersion
from planning.services.clauses import write_clause
from tendering.models import Document
from tendering.services.composing import compose, compose_text
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
TODAY = DAY.date()


@pytest.fixture(autouse=True)
def day(at: Any, settings: Any) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    at(DAY)


def keys(day: date = TODAY, category: str = "goods") -> list[str]:
    return [clause.name for clause in clauses.in_force(day, category, "open_tender")]


def test_a_version_holds_from_its_day_on_and_the_old_one_stays_readable(cast: Any) -> None:
    later = date(2026, 10, 1)
    said = {"title": "异常低价", "text": "须在三十分钟内说明。", "since": later, "place": 7}
    write_clause(actor=cast.supervisor, key="low_price", after=1, **said)
    assert "low_price@1" in keys(date(2026, 9, 30))
    assert "low_price@2" in keys(later)
    assert [one.version for one in clauses.versions("low_price")] == [2, 1]
    write_clause(actor=cast.supervisor, key="low_price", after=2, **{**said, "text": ""})
    assert not [name for name in keys(later) if name.startswith("low_price")], "withdrawn"


def test_a_clause_stands_where_its_scope_says() -> None:
    assert "domestic@1" in keys(category="goods")
    assert "domestic@1" not in keys(category="services")
    assert keys() == [
        clause.name
        for clause in sorted(clauses.in_force(TODAY, "goods", "open_tender"), key=lambda one: one.place)
    ]


def test_who_does_not_supervise_writes_nothing_and_bad_input_is_named(cast: Any) -> None:
    before = Entry.objects.count()
    good = {"key": "delivery", "title": "交付", "text": "送达 {purchaser}。", "since": TODAY}
    for actor in (cast.purchaser, cast.agency):
        with pytest.raises(NotFound):
            write_clause(actor=actor, **good)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("key", {"key": "Delivery!"}),
        ("title", {"title": " "}),
        ("text", {"text": " "}),
        ("text", {"text": "{winner}"}),
        ("since", {"since": date(2026, 8, 31)}),
        ("category", {"category": "ships"}),
        ("method", {"method": "lottery"}),
    ]
    for field, change in wrong:
        with pytest.raises(Invalid) as refused:
            write_clause(actor=cast.supervisor, **{**good, **change})
        assert set(refused.value.errors) == {field}
    with pytest.raises(Conflict):
        write_clause(actor=cast.supervisor, **{**good, "key": "sme"})
    assert (ClauseVersion.objects.count(), Entry.objects.count()) == (0, before)
    assert write_clause(actor=cast.supervisor, **good).version == 1


@pytest.mark.requirement("S003-37")
def test_a_document_is_put_together_from_the_draft_and_the_clauses_of_the_day(
    cast: Any, signed_in: Any
) -> None:
    said = {"title": "交付地点", "text": "送达 {purchaser}。", "since": TODAY}
    write_clause(actor=cast.supervisor, key="delivery", **said)
    tender = make.draft(cast.purchaser)
    chosen = clauses.in_force(TODAY, tender.category, tender.method)
    text = compose_text(tender, chosen)
    said_there = text.split("</style>")[1]
    for part in (
        tender.title,
        tender.project_no,
        f"送达 {tender.purchaser_name}。",
        "delivery@1",
        tender.need,
    ):
        assert part in said_there
    assert "{" not in said_there, "every field is filled in"

    client = signed_in(cast.purchaser)
    assert client.post(reverse("tendering:document_compose", args=[tender.id])).status_code == 303
    row = Document.objects.get()
    assert (row.name, row.media_type) == ("采购文件.pdf", "application/pdf")
    with storages["default"].open(row.stored_as) as stored:
        assert stored.read(5) == b"%PDF-"
    entry = Entry.objects.get(verb="compose_document")
    assert "delivery@1" in str(entry.facts)


def test_a_published_tender_gets_no_other_document(cast: Any) -> None:
    tender = make.published(cast.purchaser)
    with pytest.raises(WrongState):
        compose(actor=cast.purchaser, tender_id=tender.id)
    assert Document.objects.count() == 1


def test_a_regulator_writes_on_the_page_and_everybody_reads(cast: Any, signed_in: Any, client: Any) -> None:
    regulator = signed_in(cast.supervisor)
    page = reverse("planning:clause_write", args=["sme"])
    form = {
        "key": "sme",
        "title": "中小企业政策",
        "text": "按新办法执行。",
        "place": "5",
        "since": "2026-09-01",
        "after": "1",
    }
    wrong = regulator.post(page, {**form, "since": "2026-08-01"})
    assert wrong.status_code == 422
    assert "按新办法执行。" in wrong.content.decode(), "nothing typed is lost"
    assert regulator.post(page, form).status_code == 303
    assert regulator.post(page, form).status_code == 422, "another version came meanwhile"
    assert "按新办法执行。" in client.get(reverse("planning:clauses")).content.decode()
    history = client.get(reverse("planning:clause", args=["sme"])).content.decode()
    assert "按新办法执行。" in history
    assert "监狱企业" in history
