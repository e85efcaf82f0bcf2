"""A signed contract is delivered, accepted and paid; each of it is public."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from contracting.models import Acceptance, Delivery, Payment
from contracting.services import contracts, performance
from contracting.services.contracts import PostsNotSeparated
from contracting.services.performance import OverPaid
from contracting.states import ContractStatus
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from core.money import Yuan
from disclosure.models import Notice, Record
from planning.selectors import reservation_of
from tests.contracting.conftest import LETTER
from tests.factories import mall as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(deal: Any, signs: Any) -> Any:
    signs(deal.supplier, deal.contract)
    signs(deal.buyer, deal.contract)
    deal.id = deal.contract.id
    return deal


def traces() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (Delivery, Acceptance, Payment, Entry, Notice))


def test_a_contract_goes_from_delivery_to_its_last_payment(signed: Any) -> None:
    performance.deliver(actor=signed.supplier, contract_id=signed.id, note="50台，运单1")
    performance.accept(actor=signed.buyer, contract_id=signed.id, result="failed", opinion="三台屏幕有坏点")
    performance.deliver(actor=signed.supplier, contract_id=signed.id, note="更换三台")
    accepted = performance.accept(
        actor=signed.buyer, contract_id=signed.id, result="passedWithRectification", opinion="合格"
    )
    assert accepted.status == ContractStatus.ACCEPTED
    part = performance.pay(
        actor=signed.buyer, contract_id=signed.id, amount=Yuan("900000.01"), reference="ZF-1"
    )
    assert part.status == ContractStatus.ACCEPTED
    with pytest.raises(OverPaid) as refused:
        performance.pay(actor=signed.buyer, contract_id=signed.id, amount=Yuan("50000"), reference="ZF-2")
    assert refused.value.facts["left"] == "49999.99"
    done = performance.pay(
        actor=signed.buyer, contract_id=signed.id, amount=Yuan("49999.99"), reference="ZF-2"
    )
    assert done.status == ContractStatus.COMPLETED
    held = reservation_of("plan.00000000-0000-4000-8000-000000000001")
    assert (str(held.committed), str(held.spent)) == ("0.00", "950000.00")
    types = list(Notice.objects.order_by("position").values_list("type", flat=True))
    assert types == ["contract", "acceptance", "acceptance", "other", "other"]
    record = json.loads(Record.objects.get(ocid=done.ocid).compiled)
    said = record["contracts"][0]
    assert said["status"] == "terminated"
    assert [row["result"] for row in said["implementation"]["acceptances"]] == [
        "failed",
        "passedWithRectification",
    ]
    assert sum(row["value"]["amount"] for row in said["implementation"]["transactions"]) == 950000


def test_only_the_side_whose_turn_it_is_can_act(signed: Any) -> None:
    before = traces()
    with pytest.raises(NotFound):
        performance.deliver(actor=signed.buyer, contract_id=signed.id, note="x")
    with pytest.raises(NotFound):
        performance.pay(actor=signed.supplier, contract_id=signed.id, amount=Yuan("1"), reference="x")
    with pytest.raises(NotFound):
        performance.accept(actor=signed.cast.agency, contract_id=signed.id, result="passed", opinion="x")
    assert traces() == before


def test_nothing_is_performed_before_both_have_signed(deal: Any) -> None:
    before = traces()
    id = deal.contract.id
    with pytest.raises(WrongState):
        performance.deliver(actor=deal.supplier, contract_id=id, note="50台")
    with pytest.raises(WrongState):
        performance.accept(actor=deal.buyer, contract_id=id, result="passed", opinion="x")
    with pytest.raises(WrongState):
        performance.pay(actor=deal.buyer, contract_id=id, amount=Yuan("1"), reference="x")
    assert traces() == before


def test_who_signed_does_not_accept_where_others_can(signed: Any) -> None:
    performance.deliver(actor=signed.supplier, contract_id=signed.id, note="50台")
    other = make.colleague(signed.buyer)
    before = traces()
    with pytest.raises(PostsNotSeparated):
        performance.accept(actor=signed.buyer, contract_id=signed.id, result="passed", opinion="合格")
    assert traces() == before
    done = performance.accept(actor=other, contract_id=signed.id, result="passed", opinion="合格")
    assert done.acceptances[0].separated is True


def test_an_acceptance_says_what_was_found(signed: Any) -> None:
    performance.deliver(actor=signed.supplier, contract_id=signed.id, note="50台")
    before = traces()
    for given in ({"result": "passed", "opinion": " "}, {"result": "perhaps", "opinion": "x"}):
        with pytest.raises(Invalid):
            performance.accept(actor=signed.buyer, contract_id=signed.id, **given)
    assert traces() == before


@pytest.mark.requirement("S002-10")
def test_a_public_service_is_not_completed_without_its_public_acceptance(
    cast: Any, at: Any, signs: Any
) -> None:
    at(LETTER)
    terms = make.terms(
        cast.purchaser,
        cast.supplier_a,
        letter_at=LETTER,
        category="services",
        public_service=True,
        title="社区养老服务合同",
    )
    contract = contracts.form(actor=cast.purchaser, terms=terms, source="award.public-service")
    signs(cast.supplier_a, contract)
    signs(cast.purchaser, contract)
    id = contract.id
    performance.deliver(actor=cast.supplier_a, contract_id=id, note="服务已完成")
    performance.accept(actor=cast.purchaser, contract_id=id, result="passed", opinion="服务对象满意，合格")
    done = performance.pay(actor=cast.purchaser, contract_id=id, amount=contract.amount, reference="ZF-1")
    assert (done.public_service, done.status) == (True, ContractStatus.COMPLETED)
    notice = Notice.objects.get(type="acceptance")
    assert (notice.facts["contract_no"], notice.facts["result"]) == (done.contract_no, "passed")
    assert done.acceptances[0].notice_id == notice.pk


@pytest.mark.requirement("S001-55")
@pytest.mark.parametrize("advance", ["0", "285000.00"])
def test_money_follows_acceptance_but_for_the_agreed_advance(
    cast: Any, deal: Any, signs: Any, advance: str
) -> None:
    terms = replace(deal.terms, contract_no="HT-ADVANCE", advance=Yuan(advance))
    contract = contracts.form(actor=cast.purchaser, terms=terms, source="award.advance")
    signs(deal.supplier, contract)
    signs(deal.buyer, contract)
    id, agreed = contract.id, Yuan(advance)
    if agreed.fen:
        paid = performance.pay(actor=deal.buyer, contract_id=id, amount=agreed, reference="ZF-1")
        assert (paid.payable, paid.paid) == (Yuan(0), agreed)
    for amount in (Yuan("0.01"), contract.amount - agreed):
        before = traces()
        with pytest.raises(performance.NotAccepted):
            performance.pay(actor=deal.buyer, contract_id=id, amount=amount, reference="ZF-2")
        assert traces() == before
    performance.deliver(actor=deal.supplier, contract_id=id, note="50台")
    performance.accept(actor=deal.buyer, contract_id=id, result="failed", opinion="不合格")
    with pytest.raises(performance.NotAccepted):
        performance.pay(actor=deal.buyer, contract_id=id, amount=Yuan("0.01"), reference="ZF-2")
    performance.deliver(actor=deal.supplier, contract_id=id, note="50台")
    performance.accept(actor=deal.buyer, contract_id=id, result="passed", opinion="合格")
    rest = contract.amount - agreed
    done = performance.pay(actor=deal.buyer, contract_id=id, amount=rest, reference="ZF-2")
    assert done.status == ContractStatus.COMPLETED
