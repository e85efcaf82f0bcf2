"""A regulator changes a value in the web: drafted by one, published by another, never for what has begun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import clock
from core.audit.models import Entry
from core.audit.services import verify
from core.enacted import selectors as enacted
from core.enacted.models import Enactment
from core.errors import Conflict, Invalid, NotFound, WrongState
from core.ledger import selectors as ledger
from core.workdays import beijing_date
from evaluation.models import Panel
from evaluation.scoring.case import CaseError
from evaluation.scoring.recompute import recompute
from evaluation.selectors import lots_of
from oversight.models import Change
from oversight.selectors import changes as selected
from oversight.services import changes
from oversight.services.changes import NotFit
from oversight.services.four_eyes import SecondPerson
from parties.models import InboxItem
from tendering.selectors import law_of
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make

RULE = "L-26.inquiry_reply"
VALUE = {
    "rule_id": RULE,
    "value": "2",
    "level": "",
    "category": "",
    "method": "",
    "since": "2026-12-01",
    "effective_to": "",
    "citation": "杭财采监〔2026〕9号第三条",
    "certainty": "full text",
}


def drafted(office: Any, **over: Any) -> Change:
    return changes.draft_value(actor=office.writer, content={**VALUE, **over}, reason="优化营商环境")


def submitted(office: Any, **over: Any) -> Change:
    row = drafted(office, **over)
    return changes.submit(actor=office.writer, change_id=row.pk, version=row.version)


def approve(actor: Any, row: Change, **over: Any) -> Change:
    return changes.approve(
        **{"actor": actor, "change_id": row.pk, "version": row.version, "seen": enacted.last_digest(), **over}
    )


def traces() -> tuple[int, int, int, int]:
    return Enactment.objects.count(), Entry.objects.count(), ledger.size(), InboxItem.objects.count()


def test_a_second_person_publishes_a_value_that_holds_from_its_first_day_there_and_below(
    office: Any, client: Any
) -> None:
    row = approve(office.second, submitted(office))
    assert row.status == "published"
    day = beijing_date(clock.now())
    for region, on, days in (
        ("330100", "2026-11-30", 3),
        ("330100", "2026-12-01", 2),
        ("330102", "2026-12-01", 2),
        ("330200", "2026-12-01", 3),
        (None, "2026-12-01", 3),
    ):
        assert enacted.law(day.fromisoformat(on), region).count(RULE) == days
    made = Enactment.objects.get()
    assert f'"change":"{row.pk}"'.encode() in ledger.entry(made.log_index)
    assert verify(f"change.{row.pk}") is None
    [own] = [v for v in client.get(f"/api/v1/rules/{RULE}").json()["items"] if v["jurisdiction"] == "330100"]
    assert (own["value"], own["state"], own["enacted"]["digest"]) == ("2", "coming", made.digest)
    asked = {"on": "2026-12-01", "region": "330100", "q": RULE}
    assert [row["value"] for row in client.get("/api/v1/rules", asked).json()["items"]] == ["2"]
    page = client.get(f"/rules/{RULE}/", headers={"accept-language": "en"}).content.decode()
    assert VALUE["citation"] in page
    assert "not yet in force" in page


def test_nobody_publishes_what_they_wrote_or_submitted(office: Any) -> None:
    row = submitted(office)
    before = traces()
    with pytest.raises(SecondPerson):
        approve(office.writer, row)
    with pytest.raises(SecondPerson):
        changes.send_back(actor=office.writer, change_id=row.pk, note="再看看")
    assert traces() == before
    assert Change.objects.get().status == "submitted"
    changes.send_back(actor=office.second, change_id=row.pk, note="依据写全")
    changes.edit(actor=office.second, change_id=row.pk, version=1, content=VALUE, reason="补充依据")
    row = changes.submit(actor=office.writer, change_id=row.pk, version=2)
    with pytest.raises(SecondPerson):
        approve(office.second, row)
    assert Enactment.objects.count() == 0


@pytest.mark.requirement("S004-32", "S004-34")
def test_only_the_supervisor_of_that_very_place_reaches_a_change(office: Any, cast: Any) -> None:
    row = submitted(office)
    before = traces()
    for stranger in (
        office.elsewhere,
        office.below,
        cast.purchaser,
        cast.supplier_a,
        cast.agency,
        cast.experts[0],
    ):
        with pytest.raises(NotFound):
            approve(stranger, row)
        with pytest.raises(NotFound):
            changes.withdraw(actor=stranger, change_id=row.pk)
    for stranger in (cast.purchaser, cast.agency, cast.supplier_a):
        with pytest.raises(NotFound):
            changes.draft_value(actor=stranger, content=VALUE, reason="x")
    assert traces() == before
    own = changes.draft_value(actor=office.elsewhere, content=VALUE, reason="x")
    assert own.jurisdiction == own.content["jurisdiction"] == "330200"


def test_national_values_belong_to_the_offices_that_the_installation_names(
    office: Any, settings: Any
) -> None:
    assert drafted(office).jurisdiction == "330100"
    settings.NATIONAL_REGULATORS = [office.writer.credit_code]
    row = drafted(office, value="4")
    assert row.jurisdiction == "CN"
    approve(office.second, changes.submit(actor=office.writer, change_id=row.pk, version=1))
    on = beijing_date(datetime(2026, 12, 1, 4, tzinfo=UTC))
    assert enacted.law(on, "110000").count(RULE) == 4
    assert enacted.law(on - timedelta(days=1), "110000").count(RULE) == 3


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"since": "2026-11-23"}, "since"),
        ({"since": "2026-01-01"}, "since"),
        ({"value": "0"}, "value"),
        ({"value": "-1"}, "value"),
        ({"value": "1.5"}, "value"),
        ({"value": "two"}, "value"),
        ({"value": "1..2"}, "value"),
        ({"value": "1/0"}, "value"),
        ({"value": "4"}, "value"),
        ({"value": "99999"}, "value"),
        ({"effective_to": "2026-12-01"}, "value"),
        ({"category": "weapons"}, "value"),
        ({"citation": " "}, "value"),
        ({"certainty": "demonstration"}, "value"),
        ({"rule_id": "L-13.bid_bond_max_rate", "value": "0.03"}, "value"),
        ({"rule_id": "L-13.bid_bond_max_rate", "value": "1.2"}, "value"),
        ({"rule_id": "L-09.bid_min_days", "value": "19", "method": "open_tender"}, "value"),
        ({"rule_id": "T-10.committee_min", "value": "6", "method": "open_tender"}, "value"),
        ({"rule_id": "C-06.price_weight", "value": "0.20..0.60", "category": "goods", "method": "consultation"}, "value"),
        ({"rule_id": "Z-99.nothing"}, "rule_id"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_out_of_bounds_laxer_than_the_law_or_for_today_is_refused(
    office: Any, over: dict[str, str], field: str
) -> None:
    before = traces()
    with pytest.raises(Invalid) as refused:
        drafted(office, **over)
    assert field in refused.value.errors
    assert traces() == before
    assert not Change.objects.exists()
    assert drafted(office).status == "draft"


def test_a_change_whose_first_day_has_come_is_not_published(office: Any, at: Any) -> None:
    row = submitted(office)
    before = traces()
    at(datetime(2026, 12, 1, 4, tzinfo=UTC))
    with pytest.raises(NotFit):
        approve(office.second, row)
    assert traces() == before
    at(datetime(2026, 11, 30, 4, tzinfo=UTC))
    assert approve(office.second, row).status == "published"


def test_what_changed_since_it_was_read_is_not_published(office: Any) -> None:
    row = submitted(office)
    with pytest.raises(Conflict):
        approve(office.second, row, version=7)
    with pytest.raises(Conflict):
        approve(office.second, row, seen="another")
    with pytest.raises(WrongState):
        changes.edit(actor=office.writer, change_id=row.pk, version=1, content=VALUE, reason="x")
    assert Enactment.objects.count() == 0
    approve(office.second, row)
    with pytest.raises(WrongState):
        approve(office.second, row)
    with pytest.raises(WrongState):
        changes.withdraw(actor=office.writer, change_id=row.pk)
    assert Enactment.objects.count() == 1


def test_a_begun_tender_keeps_its_law_and_a_later_one_gets_the_new(office: Any, cast: Any, at: Any) -> None:
    begun = make.published(cast.purchaser)
    make.complete_draft(cast.purchaser)
    row = submitted(office, rule_id="L-09.bid_min_days", value="25", method="open_tender")
    found = selected.reach(row)
    assert [item.id for item in found.pinned] == [begun.id]
    assert found.drafts == 1
    digest = begun.law_digest
    approve(office.second, row)
    assert law_of(begun.id).count("L-09.bid_min_days") == 20
    at(datetime(2026, 12, 1, 2, tzinfo=UTC))
    assert law_of(begun.id).digest == digest
    later = make.published(cast.purchaser)
    assert law_of(later.id).count("L-09.bid_min_days") == 25
    assert (later.bids_due_at - clock.now()).days >= 24
    assert law_of(later.id).digest != digest


def test_an_enacted_value_reaches_the_scoring_of_tenders_that_begin_under_it(
    office: Any, cast: Any, at: Any
) -> None:
    approve(office.second, submitted(office, rule_id="L-14.min_bidders", value="4", method="open_tender"))
    at(datetime(2026, 12, 1, 2, tzinfo=UTC))
    tender = evaluate.opened(cast, at, title="机房空调").tender
    (lot,) = lots_of(Panel(tender_id=tender.id), tender)
    assert (lot["case"]["law"]["L-14.min_bidders"], lot["result"]["failed"]) == ("4", "fewer_than_three")
    with pytest.raises(CaseError, match="scores are missing"):
        recompute({**lot["case"], "law": {**lot["case"]["law"], "L-14.min_bidders": "3"}})


def test_a_supervisor_and_a_second_one_publish_a_value_on_the_pages(
    office: Any, cast: Any, client: Any, signed_in: Any
) -> None:
    begun = make.published(cast.purchaser)
    signed_in(office.writer)
    choose = client.get("/law/changes/value/")
    assert RULE in choose.content.decode()
    entered = {name: value for name, value in VALUE.items() if value and name != "rule_id"} | {
        "reason": "优化"
    }
    wrong = client.post(f"/law/changes/value/?rule={RULE}", {**entered, "value": "9"})
    assert wrong.status_code == 422
    assert not Change.objects.exists()
    made = client.post(f"/law/changes/value/?rule={RULE}", entered)
    assert made.status_code == 303
    page = client.get(made.url, headers={"accept-language": "en"}).content.decode()
    for shown in ("at most 3 working days", "at most 2 working days", begun.title, "2026-12-01"):
        assert shown in page
    assert "Publish</button>" not in page
    assert (
        client.post(f"{made.url}edit/", {**entered, "reason": "优化营商环境", "version": 1}).status_code
        == 303
    )
    assert client.post(f"{made.url}submit/", {"version": 2}).status_code == 303
    row = Change.objects.get()
    assert client.post(f"{made.url}approve/", {"version": 2, "seen": ""}).status_code == 403
    signed_in(office.second)
    assert "Publish</button>" in client.get(made.url, headers={"accept-language": "en"}).content.decode()
    assert client.post(f"{made.url}approve/", {"version": 1, "seen": ""}).status_code == 422
    assert client.post(f"{made.url}approve/", {"version": 2, "seen": ""}).status_code == 303
    row.refresh_from_db()
    assert (row.status, row.decided_by_id) == ("published", office.second.user_id)
    signed_in(office.elsewhere)
    assert client.get(made.url).status_code == 404
    signed_in(cast.supplier_a)
    assert client.get("/law/changes/value/").status_code == 404
