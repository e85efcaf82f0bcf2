"""A signed contract changes in delivery, specification or subcontracts: both sides sign, the amount stays, it is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from contracting.alteration_rules import Wanted, differences, wrong_with
from contracting.facts import Subcontract, SubcontractLimit
from contracting.models import Alteration, AlterationSignature, Contract
from contracting.selectors import alterations_of, contract_facts
from contracting.services import altering, contracts, performance
from contracting.services.altering import SubcontractorExcluded
from core.audit.models import Entry
from core.errors import Conflict, Invalid, NotFound, WrongState
from disclosure.models import Notice
from disclosure.selectors.open_data import compiled_of
from parties.models import InboxItem
from parties.services import signing, standing
from tests.factories.parties import credit_code

pytestmark = pytest.mark.django_db
CODE = credit_code()
LIMIT = SubcontractLimit(Decimal("0.30"), "安装与培训", Decimal(0), "medium")
FITTER = Subcontract("某安装有限公司（虚构）", CODE, "small", Decimal("0.20"), "安装")
LATER = Wanted(
    "purchaser", "教学楼延期交付", delivery="2026年9月1日前送达新教学楼", ends_on=date(2027, 3, 31)
)


@pytest.fixture
def signed(deal: Any, signs: Any, key_of: Any) -> Any:
    terms = replace(
        deal.terms, subcontract_limit=LIMIT, contract_no="HT-ALTER", ocid=deal.terms.ocid, budget_source=""
    )
    made = contracts.form(actor=deal.cast.agency, terms=terms, source="award.alter")
    signs(deal.supplier, made)
    signs(deal.buyer, made)
    deal.id = made.id

    def agree(actor: Any, no: int = 1) -> Any:
        row = Alteration.objects.get(contract_id=made.id, no=no)
        options = signing.begin(actor.user_id, bytes.fromhex(row.terms_hash), altering.purpose_of(row.pk))
        credential = key_of(actor).get(options)
        return altering.sign(actor=actor, contract_id=made.id, no=no, credential=credential)

    deal.agree = agree
    return deal


def traces() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (Alteration, AlterationSignature, Notice, Entry, InboxItem))


def test_both_sides_sign_a_change_that_changes_no_money_and_it_is_published_at_once(signed: Any) -> None:
    first = contract_facts(signed.id)
    lines = replace(first, delivery="一\n二", items=tuple(replace(one, spec="三\n四") for one in first.items))
    sent_back = replace(LATER, delivery="一\r\n二", ends_on=None, specs={0: "三\r\n四"})
    assert differences(lines, sent_back) == ({}, {}), "a page sends other line ends"
    made = altering.propose(actor=signed.buyer, contract_id=signed.id, wanted=LATER)
    assert set(made.after) == {"delivery", "ends_on"}
    before = traces()
    with pytest.raises(WrongState):
        signed.agree(signed.buyer)
    with pytest.raises(Conflict):
        altering.propose(actor=signed.supplier, contract_id=signed.id, wanted=LATER)
    with pytest.raises(NotFound):
        altering.propose(actor=signed.cast.supplier_b, contract_id=signed.id, wanted=LATER)
    assert traces() == before
    assert contract_facts(signed.id).delivery == first.delivery, "nothing holds before both have signed"
    signed.agree(signed.supplier)
    done = signed.agree(signed.buyer)

    now = contract_facts(signed.id)
    assert (now.delivery, now.ends_on) == (LATER.delivery, LATER.ends_on)
    assert (now.amount, now.items, now.terms_hash, now.terms) == (
        first.amount, first.items, first.terms_hash, first.terms,
    )  # fmt: skip
    notice = Notice.objects.get(pk=done.notice_id)
    facts = notice.facts
    assert (notice.type, facts["original_no"], facts["contract_no"]) == (
        "contract_change",
        "HT-ALTER",
        "HT-ALTER-BG1",
    )
    assert facts["amount_before"] == facts["amount_after"] == "950000.00"
    (row,) = [row for row in (compiled_of(now.ocid) or {})["contracts"] if row["id"] == "HT-ALTER"]
    assert row["amendments"][0]["id"] == "HT-ALTER-BG1"
    assert row["period"]["endDate"].startswith("2027-03-31")
    with pytest.raises(WrongState):
        signed.agree(signed.supplier)


def test_a_change_that_is_not_agreed_leaves_the_contract_and_a_delivered_one_does_not_change(
    signed: Any,
) -> None:
    altering.propose(actor=signed.supplier, contract_id=signed.id, wanted=LATER)
    with pytest.raises(Invalid):
        altering.refuse(actor=signed.buyer, contract_id=signed.id, no=1, reason=" ")
    ended = altering.refuse(actor=signed.buyer, contract_id=signed.id, no=1, reason="不同意延期")
    assert (ended.status, ended.ended_reason) == ("refused", "不同意延期")
    assert Contract.objects.get(pk=signed.id).altered == {}
    altering.propose(actor=signed.supplier, contract_id=signed.id, wanted=LATER)
    performance.deliver(actor=signed.supplier, contract_id=signed.id, note="全部送达")
    before = traces()
    with pytest.raises(WrongState):
        signed.agree(signed.supplier, 2)
    assert traces() == before
    altering.refuse(actor=signed.supplier, contract_id=signed.id, no=2, reason="已送达")
    with pytest.raises(WrongState):
        altering.propose(actor=signed.supplier, contract_id=signed.id, wanted=LATER)


def test_a_subcontract_after_signing_keeps_what_the_documents_and_the_sme_policy_allow(signed: Any) -> None:
    found = contract_facts(signed.id)
    party = signed.supplier.credit_code
    assert found.subcontract_limit == LIMIT
    for limit, over, refused in (
        (LIMIT, {}, False),
        (LIMIT, {"share": Decimal("0.30")}, False),
        (LIMIT, {"share": Decimal("0.3001")}, True),
        (None, {}, True),
        (LIMIT, {"size": "large"}, True),
        (replace(LIMIT, size=""), {"size": "large"}, False),
        (replace(LIMIT, size="micro"), {"size": "small"}, False),
        (replace(LIMIT, sme=Decimal("0.25")), {}, True),
        (LIMIT, {"credit_code": "123"}, True),
        (LIMIT, {"work": ""}, True),
        (LIMIT, {"credit_code": party}, True),
    ):
        terms = {key: value for key, value in found.terms.items() if key != "subcontract_limit"}
        if limit:
            said = {"most": str(limit.most), "work": limit.work, "sme": str(limit.sme), "size": limit.size}
            terms["subcontract_limit"] = said
        wanted = Wanted("subcontractor", "原分包单位歇业", subcontracts=(replace(FITTER, **over),))
        errors = wrong_with(replace(found, terms=terms), wanted, [party])
        assert set(errors) == ({"subcontracts"} if refused else set()), (limit, over)


def test_another_subcontractor_takes_on_work_unless_a_record_stands_against_it(signed: Any, at: Any) -> None:
    wanted = Wanted("subcontractor", "原分包单位歇业", subcontracts=(FITTER,))
    altering.propose(actor=signed.supplier, contract_id=signed.id, wanted=wanted)
    standing.impose(
        actor=signed.cast.supervisor, credit_code=CODE, name=FITTER.name, kind="处罚", reason="行贿",
        citation="某财罚〔2026〕1号", since=datetime(2026, 3, 1, tzinfo=UTC), until=None, mark="ban",
    )  # fmt: skip
    before = traces()
    with pytest.raises(SubcontractorExcluded):
        signed.agree(signed.supplier)
    assert traces() == before
    other = replace(FITTER, credit_code=credit_code())
    altering.refuse(actor=signed.supplier, contract_id=signed.id, no=1, reason="另择他人")
    wanted = replace(wanted, subcontracts=(other,))
    altering.propose(actor=signed.supplier, contract_id=signed.id, wanted=wanted)
    signed.agree(signed.supplier, 2)
    signed.agree(signed.buyer, 2)
    assert contract_facts(signed.id).subcontracts == (other,)


def test_the_specification_changes_on_its_grounds_only_and_the_page_keeps_what_was_typed(
    signed: Any, signed_in: Any
) -> None:
    client = signed_in(signed.supplier)
    page = reverse("contracting:alter", args=[signed.id])
    form = {
        "ground": "purchaser",
        "reason": "型号停产",
        "delivery": "签订后30日内送达",
        "spec_0": "86英寸，8K",
        "ends_on": "2026-12-31",
    }
    refused = client.post(page, form)
    assert refused.status_code == 422
    assert "86英寸，8K" in refused.content.decode()
    assert not Alteration.objects.exists()
    made = client.post(page, {**form, "ground": "discontinued"})
    assert made.status_code == 303
    shown = client.get(made["location"]).content.decode()
    assert "86英寸，4K" in shown
    assert "data-sign-hash" in shown
    (row,) = alterations_of(signed.id)
    assert row.after == {"specs": {"0": "86英寸，8K"}}
    signed.agree(signed.supplier)
    signed.agree(signed.buyer)
    now = contract_facts(signed.id)
    assert now.items[0].spec == "86英寸，8K"
    assert "HT-ALTER-BG1" in client.get(reverse("contracting:contract", args=[signed.id])).content.decode()
