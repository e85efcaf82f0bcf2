"""A regulator's decisions become public: written by one person, published by another, in time or marked late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core import clock
from core.audit.models import Entry
from core.errors import Conflict, Invalid, NotFound, WrongState
from core.workdays import BEIJING
from disclosure.models import Notice
from oversight.models import Announcement
from oversight.services import announcing
from oversight.services.four_eyes import SecondPerson
from parties.models import InboxItem, Sanction
from parties.selectors import records_of
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {
    "title": "关于某公司提供虚假材料的处理结果",
    "concerned": "某示例有限公司",
    "number": "杭财采监〔2026〕12号",
    "matter": "投标文件中的业绩证明系伪造。",
    "basis": "《政府采购法》第七十七条",
    "outcome": "列入不良行为记录名单，一年内禁止参加政府采购活动。",
    "mark": "ban",
    "since": date(2026, 12, 1),
    "until": date(2027, 11, 30),
    "completed_on": date(2026, 11, 20),
}
LAST = datetime(2026, 11, 28, tzinfo=BEIJING)
"""Five working days after Friday, 20 November: the end of Friday, the 27th."""


def traces() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (Announcement, Notice, Sanction, Entry, InboxItem))


@pytest.mark.parametrize(("days", "late"), [(0, False), (5, True)])
@pytest.mark.requirement("S002-14")
def test_a_second_person_publishes_a_record_of_dishonesty_and_it_stands_from_its_first_day(
    office: Any, cast: Any, at: Any, client: Any, days: int, late: bool
) -> None:
    said = {**SAID, "credit_code": cast.supplier_a.credit_code}
    row = announcing.draft(actor=office.writer, kind="dishonesty_record", content=said)
    assert row.due_at == LAST
    task = InboxItem.objects.get(key=f"announcement.{row.pk}.publish")
    assert (task.organisation_id, task.due_at) == (office.writer.org_id, LAST)
    row = announcing.edit(actor=office.writer, announcement_id=row.pk, version=1, content=said)
    announcing.submit(actor=office.writer, announcement_id=row.pk, version=2)
    before = traces()
    for wrong, refusal in (
        ({"actor": office.writer, "version": 2}, SecondPerson),
        ({"actor": office.elsewhere, "version": 2}, NotFound),
        ({"actor": cast.purchaser, "version": 2}, NotFound),
        ({"actor": office.second, "version": 1}, Conflict),
    ):
        with pytest.raises(refusal):
            announcing.publish(announcement_id=row.pk, **wrong)
    assert traces() == before
    at(clock.now() + timedelta(days=days))
    done = announcing.publish(actor=office.second, announcement_id=row.pk, version=2)
    with pytest.raises(WrongState):
        announcing.publish(actor=office.second, announcement_id=row.pk, version=2)
    notice = Notice.objects.get()
    assert (notice.type, notice.pk, notice.facts["late"]) == ("dishonesty_record", done.notice_id, late)
    [standing] = records_of([cast.supplier_a.credit_code])[cast.supplier_a.credit_code]
    assert (standing.since, standing.until) == (
        datetime(2026, 12, 1, tzinfo=BEIJING),
        datetime(2027, 12, 1, tzinfo=BEIJING),
    )
    assert InboxItem.objects.get(key=task.key).done_at is not None
    page = client.get(f"/notices/{notice.pk}/", headers={"accept-language": "en"}).content.decode()
    for shown in (said["outcome"], said["number"], office.writer.org_name, "Published by"):
        assert shown in page


@pytest.mark.parametrize(
    ("kind", "over", "field"),
    [
        ("dishonesty_record", {"credit_code": "913300000000000000"}, "credit_code"),
        ("dishonesty_record", {"mark": "fine"}, "mark"),
        ("dishonesty_record", {"until": date(2026, 11, 30)}, "until"),
        ("inspection_decision", {"outcome": " "}, "outcome"),
        ("inspection_decision", {"completed_on": date(2026, 11, 24)}, "completed_on"),
        ("agency_assessment", {"concerned": ""}, "concerned"),
        ("other", {"basis": ""}, "basis"),
    ],
)
def test_what_lacks_something_is_refused_and_leaves_nothing(
    office: Any, cast: Any, kind: str, over: dict[str, Any], field: str
) -> None:
    said = {**SAID, "credit_code": cast.supplier_a.credit_code}
    before = traces()
    with pytest.raises(Invalid) as refused:
        announcing.draft(actor=office.writer, kind=kind, content={**said, **over})
    assert set(refused.value.errors) == {field}
    assert traces() == before
    assert announcing.draft(actor=office.writer, kind=kind, content=said).status == "draft"


def test_an_assessment_is_written_sent_back_and_published_on_its_pages(office: Any) -> None:
    writer, second = (
        evaluate.client_of(one, **{"Accept-Language": "en"}) for one in (office.writer, office.second)
    )
    new = "/announcements/new/agency_assessment/"
    form = {"title": "集中采购机构考核结果", "matter": "年度考核。", "completed_on": "2026-11-20"}
    wrong = writer.post(new, {**form, "concerned": "某集中采购机构"})
    assert wrong.status_code == 422
    assert "某集中采购机构" in wrong.content.decode(), "nothing typed is lost"
    made = writer.post(new, {**form, "concerned": "某集中采购机构", "outcome": "优秀，92 分。"})
    assert made.status_code == 303
    page = made["Location"]
    assert 'name="mark"' not in writer.get(f"{page}edit/").content.decode()
    assert writer.post(f"{page}do/submit/", {"version": 1}).status_code == 303
    assert "Publish</button>" not in writer.get(page).content.decode()
    assert second.post(f"{page}do/send_back/", {"note": " "}).status_code == 422
    assert second.post(f"{page}do/send_back/", {"note": "补充依据"}).status_code == 303
    assert "补充依据" in writer.get(page).content.decode()
    again = {
        **form,
        "concerned": "某集中采购机构",
        "outcome": "优秀，92 分。",
        "basis": "条例第六十三条",
        "version": 1,
    }
    assert writer.post(f"{page}edit/", again).status_code == 303
    assert writer.post(f"{page}do/submit/", {"version": 2}).status_code == 303
    assert second.post(f"{page}do/publish/", {"version": 2}).status_code == 303
    notice = Notice.objects.get(type="agency_assessment")
    assert notice.facts["decision"] == "优秀，92 分。"
    assert not Sanction.objects.exists()
    assert "集中采购机构考核结果" in second.get("/announcements/").content.decode()
