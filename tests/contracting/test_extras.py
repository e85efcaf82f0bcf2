"""Supplements and the performance bond stay within the law's share of the contract, down to the fen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from contracting.models import Contract, PerformanceBond
from contracting.services import contracts, extras, performance
from contracting.states import ContractStatus
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from core.money import Yuan
from disclosure.selectors import notices
from disclosure.selectors.open_data import compiled_of
from planning import services as planning
from planning.selectors import reservation_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(deal: Any, signs: Any) -> Any:
    signs(deal.supplier, deal.contract)
    signs(deal.buyer, deal.contract)
    planning.release(actor_label="test", source="plan.00000000-0000-4000-8000-000000000001")
    deal.id = deal.contract.id
    return deal


def traces() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (Contract, PerformanceBond, Entry))


def more(signed: Any, quantity: str) -> Any:
    return extras.supplement(actor=signed.buyer, contract_id=signed.id, quantities={0: Decimal(quantity)})


def test_supplements_are_contracts_of_their_own_up_to_a_tenth_of_the_original(
    signed: Any, signs: Any
) -> None:
    first = more(
        signed, "2"
    )  # 38,000 of the 95,000 that a contract over 950,000 allows; 50,000 are in the budget
    assert (first.amount, first.items[0].unit_price) == (Yuan("38000"), signed.contract.items[0].unit_price)
    assert extras.room_for_supplements(performance.contract_facts(signed.id)) == Yuan("57000")
    before = traces()
    with pytest.raises(extras.OverLegalCap) as refused:
        more(signed, "3.000001")
    assert refused.value.facts["left"] == "57000.00"
    with pytest.raises(Invalid):
        more(signed, "0")
    with pytest.raises(NotFound):
        extras.supplement(actor=signed.supplier, contract_id=signed.id, quantities={0: Decimal(1)})
    with pytest.raises(WrongState):
        extras.supplement(actor=signed.buyer, contract_id=first.id, quantities={0: Decimal(1)})
    assert traces() == before

    contracts.void(actor=signed.supplier, contract_id=first.id, reason="无货")
    assert extras.room_for_supplements(performance.contract_facts(signed.id)) == Yuan("95000")
    assert reservation_of(first.budget_source).reserved == Yuan(0)  # type: ignore[union-attr]
    second = more(signed, "1")
    signs(signed.supplier, second)
    done = signs(signed.buyer, second)
    assert (done.status, done.contract_no) == (ContractStatus.SIGNED, f"{signed.contract.contract_no}-BC2")
    assert reservation_of(done.budget_source).committed == Yuan("19000")  # type: ignore[union-attr]

    assert done.notice_id is not None
    notice = notices.notice(done.notice_id)
    facts = notice.facts
    assert (notice.type, facts["original_no"]) == ("contract_change", signed.contract.contract_no)
    assert (facts["amount_before"], facts["amount_after"], facts["cap"]) == (
        "950000.00",
        "969000.00",
        "95000.00",
    )
    contracted = {row["id"]: row for row in (compiled_of(done.ocid) or {})["contracts"]}
    assert [row["id"] for row in contracted[signed.contract.contract_no]["amendments"]] == [done.contract_no]
    assert contracted[done.contract_no]["value"]["amount"] == 19000


@pytest.mark.parametrize(("amount", "fits"), [("95000.00", True), ("95000.01", False)])
def test_a_bond_is_at_most_a_tenth_never_cash_and_goes_back(signed: Any, amount: str, fits: bool) -> None:
    given = {"actor": signed.buyer, "contract_id": signed.id, "amount": Yuan(amount), "reference": "BH-1"}
    before = traces()
    with pytest.raises(Invalid):
        extras.receive_bond(**given, kind="cash")
    if not fits:
        with pytest.raises(extras.OverLegalCap):
            extras.receive_bond(**given, kind="guarantee")
        assert traces() == before
        return
    assert traces() == before
    held = extras.receive_bond(**given, kind="guarantee")
    assert held.bond is not None
    with pytest.raises(WrongState):
        extras.receive_bond(**given, kind="guarantee")
    back = extras.return_bond(actor=signed.buyer, contract_id=signed.id)
    assert back.bond is not None
    assert back.bond.returned_at is not None
    with pytest.raises(WrongState):
        extras.return_bond(actor=signed.buyer, contract_id=signed.id)


def test_the_page_takes_both_and_says_what_is_left(signed: Any, signed_in: Any) -> None:
    browser = signed_in(signed.buyer)
    path = reverse("contracting:contract", args=[signed.id])
    page = browser.get(path).content.decode()
    assert "第四十九条" in page
    assert "第四十八条" in page
    too_much = {"amount": "95000.01", "kind": "transfer", "reference": "ZZ-1"}
    refused = browser.post(reverse("contracting:bond", args=[signed.id]), too_much)
    assert refused.status_code == 422
    assert "ZZ-1" in refused.content.decode()
    bond = {**too_much, "amount": "95,000"}
    assert browser.post(reverse("contracting:bond", args=[signed.id]), bond).status_code == 303
    sent = browser.post(reverse("contracting:supplement", args=[signed.id]), {"item_0": "1"})
    assert sent.status_code == 303
    assert f"{signed.contract.contract_no}-BC1" in browser.get(path).content.decode()
    line = reservation_of(f"supplement.{signed.id}.1").budget_line_id  # type: ignore[union-attr]
    held = browser.get(reverse("planning:line", args=[line])).content.decode()
    assert f"{signed.contract.contract_no}-BC1" in held
    assert "supplement." not in held, "people read names, not keys"
    assert browser.post(reverse("contracting:bond_return", args=[signed.id])).status_code == 303
