"""A single source (单一来源): announced with its reasons, objected to, negotiated, signed by both sides, contracted."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracting.selectors import contract_facts
from core.clock import BEIJING
from disclosure.models import Notice
from evaluation.models import SoleDeal
from evaluation.services import deals
from evaluation.timers import deal_contracted
from parties.models import Organisation
from tendering.selectors import law_of, tender_facts
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.journeys.conftest import from_budget_to_draft
from tests.journeys.journal import Journal, Person

pytestmark = pytest.mark.django_db(transaction=True)
OPINION = {
    "name_1": "王示例",
    "unit_1": "示例大学计算机学院",
    "title_1": "教授",
    "opinion_1": "该平台的接口为其专利，其他供应商不能提供。",
}


def announced(journal: Journal, buyer: Person, cast: Any) -> Any:
    """A single-source procedure whose notice stands."""
    tender = from_budget_to_draft(buyer, "single_source", "1000000.00", "教学平台专用终端单一来源采购")
    page = f"/tenders/{tender.id}/"
    buyer.post(
        f"{page}edit/", "completes the basics", version=tender.version, title=tender.title, need=tender.need,
        delivery="合同签订后三十日内送达。", budget="1000000.00", ceiling="", gathering_seconds=60,
    )  # fmt: skip
    assert 'data-issue="no-sole-source"' in buyer.page(page)
    stated = {
        "supplier_id": str(cast.supplier_a.org_id),
        "ground": "only_supplier",
        "reason": "须与现有平台配套。",
    }
    nameless = {**OPINION, "name_1": ""}
    buyer.post(f"{page}sole/", "gives an opinion without its author", expect=422, **stated, **nameless)
    buyer.post(f"{page}sole/", "states supplier, ground, reason and opinion", **stated, **OPINION)
    advice = {"no-intention", "threshold-unknown", "reservation-undecided"}
    assert set(re.findall(r'data-issue="([a-z-]+)"', buyer.page(page))) <= advice
    assert "王示例" in buyer.page(f"{page}preview/")
    buyer.post(f"{page}publish/", "publishes the single-source notice")
    return tender_facts(tender.id)


def refused_and_agreed_again(
    journal: Journal, buyer: Person, supplier: Person, contract: Any, deal: str, said: dict[str, Any]
) -> Any:
    """The supplier refuses its contract, the deal is set aside in public, and another price is agreed with it."""
    supplier.post(
        f"/contracts/{contract.id}/void", "refuses to sign", reason="原材料价格上涨，无法按约定价格供货。"
    )
    deal_contracted(contract.source)
    journal.clock("the refusal is put before the purchaser", deals.CONTRACTED_TIMER)
    assert "单一来源没有下一候选人" in buyer.page(deal)
    buyer.client.post(f"{deal}set-aside", {"reason": " "})
    assert not Notice.objects.filter(type="result_change").exists(), "a reason is wanted"
    buyer.post(f"{deal}set-aside", "sets the deal aside; that is published", reason="供应商拒签合同。")
    change = Notice.objects.get(type="result_change")
    assert "供应商拒签合同。" in str(change.sections)
    tender_id = SoleDeal.objects.get().tender_id
    assert tender_facts(tender_id).status == "negotiating"
    buyer.post(deal, "writes down another price", **{**said, "price_1-1": "4700.00"})
    for person in (supplier, buyer):
        person.touch(f"{deal}sign", person.json(deal)["sign"], "signs the new record")
    buyer.touch(f"{deal}decide", buyer.json(deal)["decision"], "decides again; the deal notice is published")
    again = contract_facts(buyer.json(deal)["contract"])
    assert (again.contract_no[-4:], str(again.amount)) == ("-HT2", "940000.00")
    assert [row["amount"] for row in SoleDeal.objects.get().earlier] == ["920000.00"]
    return again


@pytest.mark.requirement("S002-04")
def test_a_price_is_agreed_with_one_supplier_after_objections_are_answered(
    journey: Any, cast: Any, at: Any
) -> None:
    journal = journey("single_source", "Single source (单一来源)")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = announced(journal, buyer, cast)
    source = f"/tenders/{tender.id}/single-source/"
    until = tender.sole.objections_until
    assert until == law_of(tender.id).end_of("L-18.single_source_notice_min", tender.published_at).ends_at
    assert until == datetime(2026, 3, 10, tzinfo=BEIJING)
    notice = Notice.objects.get(type="single_source")
    for needed in (
        "甲方示例科技有限公司",
        "须与现有平台配套。",
        "王示例",
        "示例大学计算机学院",
        "教授",
        "专利",
    ):
        assert needed in str(notice.sections), needed
    rival = journal.person("another supplier", cast.supplier_b)
    journal.follow([rival], [f"tender.{tender.id}"])
    rival.post(source, "objects while the notice stands", text="本公司也能提供同类终端。")
    rival.sees_nothing(f"/tenders/{tender.id}/bid/", "cannot bid")
    assert buyer.client.post(f"{source}negotiate").status_code == 409
    journal.write("purchaser", "cannot negotiate while the notice stands", f"POST {source}negotiate", 409)

    at(until)
    rival.post(source, "objects after the time", expect=422, text="再次异议。")
    assert buyer.client.post(f"{source}negotiate").status_code == 409, "an objection is open"
    [objection] = tender_facts(tender.id).sole.objections
    buyer.post(
        f"{source}objections/{objection.id}", "answers after the supplementary review", upheld="0",
        review="经补充论证，其他终端不能接入现有平台，异议不成立。",
    )  # fmt: skip
    buyer.post(f"{source}negotiate", "begins to negotiate")

    deal = f"/tenders/{tender.id}/deal/"
    said = {
        "held_on": "2026-03-10", "place": "采购人会议室", "staff": "李示例、赵示例", "costs": "成本构成与近三年合同价格。",
        "terms": "经两轮协商，单价由 4800 元降至 4600 元。", "price_1-1": "5000.01",
    }  # fmt: skip
    buyer.post(deal, "writes a price above the budget", expect=422, **said)
    assert SoleDeal.objects.count() == 0
    said["price_1-1"] = "4600.00"
    buyer.post(deal, "writes down what was agreed", **said)
    rival.sees_nothing(deal, "does not see the record")
    supplier = journal.person("the one supplier", cast.supplier_a)
    for person in (supplier, buyer):
        person.touch(f"{deal}sign", person.json(deal)["sign"], "signs the record with the passkey")
    assert tender_facts(tender.id).status == "evaluated"
    assert buyer.client.post(deal, said).status_code == 422, "what both have signed stays"
    buyer.touch(f"{deal}decide", buyer.json(deal)["decision"], "decides; the deal notice is published")

    contract = contract_facts(buyer.json(deal)["contract"])
    assert (contract.supplier_id, str(contract.amount)) == (cast.supplier_a.org_id, "920000.00")
    award = Notice.objects.get(type="award")
    assert (award.title.endswith("成交公告"), "920000.00" in str(award.facts)) == (True, True)
    buyer.client.post(f"{deal}set-aside", {"reason": "x"})
    assert SoleDeal.objects.get().status == "decided", "nobody has refused"
    contract = refused_and_agreed_again(journal, buyer, supplier, contract, deal, said)
    colleague = journal.person(
        "contract signer", parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "合同审核人")
    )
    offer = {"payload_hash": contract.terms_hash, "purpose": f"contract.{contract.id}"}
    supplier.touch(f"/contracts/{contract.id}/sign", offer, "signs the contract")
    colleague.touch(f"/contracts/{contract.id}/sign", offer, "signs the contract for the purchaser")
    deal_contracted(contract.source)
    journal.clock("the procedure is contracted", deals.CONTRACTED_TIMER)
    assert tender_facts(tender.id).status == "contracted"
    journal.finish()


def test_an_objection_that_is_upheld_ends_the_procedure(journey: Any, cast: Any, at: Any) -> None:
    journal = journey("single_source", "")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = announced(journal, buyer, cast)
    source = f"/tenders/{tender.id}/single-source/"
    rival = journal.person("another supplier", cast.supplier_b)
    rival.post(source, "objects", text="本公司也能提供。")
    [objection] = tender_facts(tender.id).sole.objections
    path = f"{source}objections/{objection.id}"
    early = buyer.client.post(path, {"upheld": "1", "review": "成立"})
    assert early.status_code == 409, "the notice stands"
    at(tender.sole.objections_until + timedelta(hours=10))
    assert rival.client.post(path, {"upheld": "1", "review": "成立"}).status_code == 404
    assert buyer.client.post(path, {"upheld": "1", "review": " "}).status_code == 422
    assert tender_facts(tender.id).sole.objections[0].upheld is None
    buyer.post(path, "upholds", upheld="1", review="补充论证认为异议成立。")
    assert tender_facts(tender.id).status == "failed"
    notice = Notice.objects.get(type="failure")
    assert notice.facts["rule"] == "N-10"
    assert "第74号第四十条" in str(notice.sections)
    assert evaluate.client_of(cast.supplier_a).get(f"/tenders/{tender.id}/deal/").status_code == 404
