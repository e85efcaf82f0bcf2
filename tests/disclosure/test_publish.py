"""Publishing notices: what they must say, that they stay, and how they are corrected."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from django.db import DatabaseError, transaction
from django.utils.translation import override

from core.audit.models import Entry
from core.errors import NotFound
from core.http import problem
from core.money import Yuan
from disclosure import ocds, real_notices, services
from disclosure.models import Notice, Record, Release
from disclosure.selectors.notices import full, versions
from disclosure.states import SUPERVISOR_ONLY, NoticeType, official_name, official_names
from realtime.models import Event
from tests.disclosure.conftest import COMPLETE, notice_arguments, org

pytestmark = pytest.mark.django_db


def traces() -> tuple[int, ...]:
    """Count what a publication leaves behind."""
    rows = [model.objects.all() for model in (Notice, Release, Record)]
    rows += [
        Entry.objects.filter(subject__startswith="notice."),
        Event.objects.filter(stream__startswith="market."),
    ]
    return tuple(found.count() for found in rows)


def winner(cast: Any, **over: Any) -> dict[str, Any]:
    return {"name": cast.supplier_a.org_name, "address": "示例路1号", "amount": Yuan("1100000.00"), **over}


def facts_for(cast: Any, type: str) -> dict[str, Any]:
    fee = {"standard": "按差额累进", "amount": "12000.00"}
    item = {"name": "台式计算机", "spec": "i5", "quantity": "100", "unit_price": "11000.00"}
    return {
        "award": {"winners": [winner(cast)], "experts": ["专家1"], "agency_fee": fee},
        "contract": {"contract_no": "HT-1", "supplier": "甲", "signed_on": "2026-05-03", "items": [item]},
        "failure": {"reason": "投标人不足三家"},
        "cancellation": {"reason": "采购任务取消"},
        "acceptance": {"contract_no": "HT-1", "result": "合格"},
        "opening_record": {"bids": [{"supplier": "甲", "price": "1.00"}]},
    }.get(type, COMPLETE.get(type, {}))


def test_a_published_notice_carries_the_hash_of_all_it_says(cast, announce, commits):
    with commits() as pushed:
        said = announce()
    row = Notice.objects.get()
    content = full(row, versions(row))["content"]
    assert said.hash == row.hash == hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    assert content["amount"] == "1200000.50"
    assert content["publisher"] == cast.agency.org_name
    assert Entry.objects.get(subject=f"notice.{said.id}").actor == cast.agency.label
    assert "@" not in json.dumps(full(row, versions(row)))
    assert Entry.objects.get(subject=f"notice.{said.id}").facts["hash"] == said.hash
    assert len(pushed) == 1


FIELDS = [
    pytest.param("tender_notice", {"amount": None}, "amount", marks=pytest.mark.requirement("S002-03")),
    ("tender_notice", {"project_no": ""}, "project_no"),
    ("tender_notice", {"method": ""}, "method"),
    ("tender_notice", {"due_at": None}, "due_at"),
    ("tender_notice", {"title": " "}, "title"),
    ("tender_notice", {"region": "999999"}, "region"),
    ("tender_notice", {"sections": []}, "sections"),
    ("tender_notice", {"purchaser": {"credit_code": "X"}}, "purchaser.name"),
    ("intention", {"amount": None}, "amount"),
    pytest.param("award", {"facts.winners": []}, "facts.winners", marks=pytest.mark.requirement("S002-06")),
    pytest.param("award", {"facts.winners.address": ""}, "facts.winners", marks=pytest.mark.requirement("S002-06")),
    pytest.param("award", {"facts.experts": []}, "facts.experts", marks=pytest.mark.requirement("S002-06")),
    pytest.param("award", {"facts.agency_fee": {"standard": "按差额"}}, "facts.agency_fee",
                 marks=pytest.mark.requirement("S002-07")),
    pytest.param("award", {"facts.agency_fee": {"amount": "1.00"}}, "facts.agency_fee",
                 marks=pytest.mark.requirement("S002-07")),
    ("contract", {"facts.contract_no": ""}, "facts.contract_no"),
    ("contract", {"facts.items": [{"name": "台式计算机"}]}, "facts.items"),
    ("failure", {"facts.reason": ""}, "facts.reason"),
    ("cancellation", {"facts.reason": ""}, "facts.reason"),
    ("acceptance", {"facts.result": ""}, "facts.result"),
    ("opening_record", {"facts.bids": []}, "facts.bids"),
    ("framework_deal", {"facts.items": [{"name": "台式计算机"}]}, "facts.items"),
    *((kind, {f"facts.{name}": None}, f"facts.{name}") for kind, said in COMPLETE.items() for name in said),
]  # fmt: skip


@pytest.mark.requirement("S002-41")
@pytest.mark.parametrize(("type", "lacking", "field"), FIELDS)
def test_a_notice_that_lacks_a_mandatory_field_is_refused_and_leaves_nothing(cast, type, lacking, field):
    who = {"actor": cast.supervisor} if type in SUPERVISOR_ONLY else {}
    good = notice_arguments(cast, type=type, facts=facts_for(cast, type), **who)
    bad = {**good, "facts": dict(good["facts"])}
    for name, value in lacking.items():
        if name == "facts.winners.address":
            bad["facts"]["winners"] = [winner(cast, address=value)]
        elif name.startswith("facts."):
            bad["facts"][name.removeprefix("facts.")] = value
        else:
            bad[name] = value
    before = traces()
    with pytest.raises(services.NoticeIncomplete) as refusal:
        services.publish(**bad)
    assert field in refusal.value.errors
    assert traces() == before
    for language in ("zh-hans", "en"):
        with override(language):
            body = problem(refusal.value)
            assert (body["code"], body["status"]) == ("notice-incomplete", 422)
            assert body["errors"][field]
    services.publish(**good)
    assert Notice.objects.count() == 1


@pytest.mark.requirement("S003-51")
def test_what_has_been_published_cannot_be_changed(announce, order):
    announce(ocid=services.new_ocid(), release={"tender": {"id": "1", "status": "active"}}, tag=["tender"])
    order()
    for change in (
        lambda: Notice.objects.update(title="anders"),
        lambda: Release.objects.update(body="{}"),
        lambda: Notice.objects.all()[0].save(),
    ):
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            change()
    assert Notice.objects.get().title.startswith("杭州市")


@pytest.mark.requirement("S002-05")
def test_a_correction_names_the_original_and_shows_before_and_after(cast, announce, client):
    first = announce(sections=[{"title": "Overview", "rows": [["Place", "一号楼"], ["Phone", "123"]]}])
    second = announce(
        type="amendment",
        corrects=first.id,
        sections=[{"title": "Overview", "rows": [["Place", "二号楼"], ["Phone", "123"]]}],
    )
    assert (second.version, Notice.objects.get(pk=second.id).corrects_id) == (2, first.id)
    page = client.get(second.url).content.decode()
    assert "<del>一号楼</del>" in page
    assert "<ins>二号楼</ins>" in page
    assert "<del>123</del>" not in page
    assert second.url in client.get(first.url).content.decode()
    assert first.url in page


def test_only_the_newest_version_can_be_corrected(announce):
    first = announce()
    second = announce(type="amendment", corrects=first.id)
    before = traces()
    with pytest.raises(services.AlreadyCorrected), transaction.atomic():
        announce(type="amendment", corrects=first.id)
    assert traces() == before
    assert announce(type="amendment", corrects=second.id).version == 3


def test_a_correction_without_an_original_is_refused(announce):
    with pytest.raises(services.NoticeIncomplete) as refusal:
        announce(type="amendment")
    assert "corrects" in refusal.value.errors
    with pytest.raises(NotFound), transaction.atomic():
        announce(type="amendment", corrects="00000000-0000-4000-8000-000000000000")
    assert traces() == (0, 0, 0, 0, 0)


@pytest.mark.requirement("S002-12", "S002-13")
@pytest.mark.parametrize("type", ["complaint_decision", "agency_assessment", "dishonesty_record"])
def test_only_a_finance_department_publishes_its_decisions(cast, announce, type):
    with pytest.raises(services.NotYourType):
        announce(type=type, actor=cast.purchaser)
    assert traces() == (0, 0, 0, 0, 0)
    announce(type=type, actor=cast.supervisor, agency=None)
    assert Notice.objects.get().type == type


@pytest.mark.requirement("S002-15")
@pytest.mark.parametrize("who", ["purchaser", "agency", "supervisor"])
def test_what_else_the_law_wants_public_is_published_under_the_name_of_who_answers_for_it(cast, client, who):
    subject = getattr(cast, who)
    given = notice_arguments(
        cast, type="other", title="采购活动暂停情况说明", actor=subject, agency=None, due_at=None, amount=None
    )
    before = traces()
    with pytest.raises(services.NoticeIncomplete):
        services.publish(**{**given, "sections": []})
    assert traces() == before
    said = services.publish(**given)
    [found] = client.get("/api/v1/notices", {"type": "other"}).json()["items"]
    assert client.get(f"/api/v1/notices/{found['id']}").json()["content"]["publisher"] == subject.org_name
    assert subject.org_name in client.get(said.url).content.decode()
    assert official_name("other") == "其他公告"


def test_a_release_needs_the_credit_code_of_its_buyer(cast, announce):
    release = {"tender": {"id": "1", "status": "active"}}
    with pytest.raises(services.NoticeIncomplete) as refusal:
        announce(purchaser={"name": "某校"}, ocid="ocds-213czf-1", release=release, tag=["tender"])
    assert "purchaser.credit_code" in refusal.value.errors
    assert traces() == (0, 0, 0, 0, 0)


@pytest.mark.requirement("S002-01")
def test_every_type_of_notice_has_its_official_name():
    assert all(official_name(type) for type in NoticeType)
    assert official_name("tender_notice", "consultation") == "竞争性磋商公告"
    assert official_name("award", "open_tender") == "中标公告"
    assert len(official_names()) == 38


def test_parties_carry_every_role_that_releases_refer_to(cast, procedure):
    from disclosure.ocds.text import loads

    parties = {row["id"]: row for row in loads(Record.objects.get(pk=procedure["ocid"]).compiled)["parties"]}
    role = {name: parties[ocds.party_id(getattr(cast, name).credit_code)]["roles"] for name in
            ("purchaser", "agency", "supplier_a", "supplier_b")}  # fmt: skip
    assert role == {
        "purchaser": ["buyer", "payer", "procuringEntity"],
        "agency": ["procuringEntity"],
        "supplier_a": ["payee", "supplier", "tenderer"],
        "supplier_b": ["tenderer"],
    }


def external(cast: Any, **over: Any) -> dict[str, Any]:
    return {
        "actor": cast.supervisor, "key": "NT-03", "type": "tender_notice", "title": "二零二北环路整体罩面工程",
        "region": "150204",
        "purchaser": {"name": "包头市青山区住房和城乡建设局"}, "sections": [], "facts": {}, "method": "consultation",
        "published_at": datetime(2022, 3, 19, tzinfo=UTC), "source": "中国政府采购网", "source_url": "http://www.ccgp.gov.cn/x",
        "provenance": "real", **over,
    }  # fmt: skip


def test_a_notice_of_another_system_comes_in_once_with_its_source_and_is_not_ours_to_release(cast, client):
    first = services.import_external(**external(cast))
    again = services.import_external(**external(cast))
    assert first.id == again.id
    assert (Notice.objects.count(), Release.objects.count(), Record.objects.count()) == (1, 0, 0)
    page = client.get(first.url).content.decode()
    assert "http://www.ccgp.gov.cn/x" in page
    assert "中国政府采购网" in page
    assert client.get("/api/v1/notices").json()["items"][0]["external"]["source"] == "中国政府采购网"


def test_a_notice_of_another_system_cannot_be_corrected_by_us(cast, announce):
    other = services.import_external(**external(cast))
    with pytest.raises(NotFound), transaction.atomic():
        announce(type="amendment", corrects=other.id)
    assert Notice.objects.count() == 1


def test_floats_cannot_be_published(cast, announce):
    with pytest.raises(TypeError):
        announce(facts={"price": 1.5})
    with pytest.raises(TypeError), transaction.atomic():
        announce(
            ocid="ocds-213czf-1", tag=["tender"], release={"tender": {"id": "1", "value": {"amount": 1.5}}}
        )
    assert traces() == (0, 0, 0, 0, 0)
    assert org(cast.purchaser)["credit_code"]


def test_the_seven_notices_of_other_systems_come_in_with_their_provenance(cast, client):
    said = [services.import_external(actor=cast.supervisor, **row) for row in real_notices.rows()]
    assert len(said) == 7
    assert Release.objects.count() == 0
    for row, facts in zip(real_notices.rows(), said, strict=True):
        page = client.get(facts.url, headers={"Accept-Language": "en"}).content.decode()
        assert row["provenance"] in page
        assert row["source"] in page
        assert row["title"] in page
    dates = [row["published_at"] for row in client.get("/api/v1/notices").json()["items"]]
    assert dates == sorted(dates, reverse=True)
    assert client.get("/notices/").status_code == client.get("/").status_code == 200
