"""Bad records are in force for a half-open period and only those who supervise enter and lift them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from parties.models import Sanction
from parties.selectors import standing
from parties.services import standing as verbs

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=365)


def impose(actor: Any, code: str, **over: Any) -> int:
    given = {
        "name": "某公司",
        "kind": "禁止参加政府采购活动",
        "reason": "提供虚假材料",
        "citation": "某财采〔2026〕1号",
        "since": START,
        "until": END,
    }
    return verbs.impose(actor=actor, credit_code=code, **{**given, **over})


@pytest.mark.requirement("S001-76")
@pytest.mark.parametrize(
    ("at", "stands"),
    [
        (START - timedelta(microseconds=1), False),
        (START, True),
        (END - timedelta(microseconds=1), True),
        (END, False),
    ],
)
def test_a_record_stands_from_its_first_instant_and_no_longer_at_its_last(
    cast: Any, at: datetime, stands: bool
) -> None:
    code = cast.supplier_a.credit_code
    impose(cast.supervisor, code)
    found = standing(code, at)
    assert bool(found) == stands
    if stands:
        assert (found[0].name, found[0].citation) == (cast.supplier_a.org_name, "某财采〔2026〕1号")
    assert standing(cast.supplier_b.credit_code, at) == []


def test_only_supervisors_and_operators_enter_and_lift(cast: Any) -> None:
    code = cast.supplier_a.credit_code
    before = Entry.objects.count()
    for actor in (cast.purchaser, cast.agency, cast.supplier_b, cast.experts[0]):
        with pytest.raises(NotFound):
            impose(actor, code)
    assert (Sanction.objects.count(), Entry.objects.count()) == (0, before)
    number = impose(cast.supervisor, code, until=None)
    with pytest.raises(NotFound):
        verbs.lift(actor=cast.supplier_a, sanction_id=number, reason="x")
    with pytest.raises(Invalid):
        verbs.lift(actor=cast.supervisor, sanction_id=number, reason=" ")
    assert standing(code)
    verbs.lift(actor=cast.supervisor, sanction_id=number, reason="复议撤销")
    assert standing(code) == []
    assert Sanction.objects.count() == 1
    with pytest.raises(WrongState):
        verbs.lift(actor=cast.supervisor, sanction_id=number, reason="x")


@pytest.mark.parametrize("over", [{"until": START}, {"reason": ""}, {"citation": " "}])
def test_a_record_needs_a_period_a_reason_and_a_decision(cast: Any, over: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        impose(cast.supervisor, cast.supplier_a.credit_code, **over)
    assert not Sanction.objects.exists()


def test_the_page_enters_whole_days_of_beijing(cast: Any, signed_in: Any) -> None:
    client = signed_in(cast.supervisor)
    form = {
        "credit_code": cast.supplier_a.credit_code,
        "name": "x",
        "mark": "ban",
        "kind": "禁止参加政府采购活动",
        "reason": "r",
        "citation": "c",
        "since": "2026-01-01",
        "until": "2026-12-31",
    }
    client.post("/sanctions", form)
    row = Sanction.objects.get()
    assert row.since == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert row.until == datetime(2026, 12, 31, 16, tzinfo=UTC)
    client.post(f"/sanctions/{row.pk}/lift", {"reason": "撤销"})
    assert cast.supplier_a.org_name in client.get("/sanctions").content.decode()
