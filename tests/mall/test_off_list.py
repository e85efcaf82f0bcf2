"""Cheaper outside a framework agreement (rule F-13): its suppliers are asked first, evidence and result are public."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracting.selectors import agreement_facts, contract_facts
from contracting.services import agreements, contracts
from contracting.services.caps import NotInForce
from core.audit.models import Entry
from core.errors import Invalid, NotFound, Refused, WrongState
from core.money import UnitPrice
from disclosure.models import Notice, Transaction
from mall.models import OffListPurchase
from mall.selectors.offlist import off_list_facts
from mall.services import offlist, summaries
from mall.services.offlist import AnswersOver
from mall.services.ordering import KeyUsed
from parties.models import InboxItem
from planning.selectors import budget_facts
from tests.contracting.conftest import key_of, signs  # noqa: F401
from tests.factories import evaluation as evaluate
from tests.factories import mall as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cheaper(cast: Any, at: Any, settings: Any) -> Any:
    """Two suppliers at 5,500 on the list, one outside that asks less; begun in spring."""
    evaluate.begin_spring(settings, at)
    made = make.agreement(cast.agency, cast.supplier_a, cast.supplier_b)
    return made, make.budget_line(cast.purchaser, "60000.00")


def given(cast: Any, made: Any, line: Any, **over: Any) -> dict[str, Any]:
    return {
        "agreement_id": made.id, "key": uuid4(), "item_no": "1", "brand": "示例青竹", "model": "QZ-1", "spec": "14 英寸",
        "quantity": 10, "credit_code": cast.supplier_c.credit_code, "price": UnitPrice("5000"), "reason": "书面报价单",
        "file": SimpleUploadedFile("报价单.pdf", b"%PDF-1.7 x"), "budget_line_id": line.id, **over,
    }  # fmt: skip


def traces(line: Any) -> tuple[Any, ...]:
    counts = (m.objects.count() for m in (OffListPurchase, Entry, InboxItem, Notice, Transaction))
    return (*counts, budget_facts(line.id).reserved.fen)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"price": UnitPrice("5500")}, "price"),
        ({"item_no": "2"}, "item_no"),
        ({"credit_code": "91330100MA00000000"}, "credit_code"),
        ({"reason": " "}, "reason"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 13}, ""),
    ],
)
def test_what_shows_nothing_is_not_asked_for(
    cast: Any, cheaper: Any, over: dict[str, Any], field: str
) -> None:
    made, line = cheaper
    before = traces(line)
    with pytest.raises(Refused) as refused:
        offlist.ask(actor=cast.purchaser, **given(cast, made, line, **over))
    assert (field in getattr(refused.value, "errors", {""}), traces(line)) == (True, before)
    with pytest.raises(Refused) as refused:
        offlist.ask(actor=cast.purchaser, **given(cast, made, line, credit_code=cast.supplier_a.credit_code))
    assert ("credit_code" in refused.value.errors, traces(line)) == (True, before)


def test_who_goes_lowest_on_the_list_gets_the_order(cast: Any, cheaper: Any) -> None:
    made, line = cheaper
    asked = given(cast, made, line)
    bought = offlist.ask(actor=cast.purchaser, **asked)
    assert offlist.ask(actor=cast.purchaser, **asked).id == bought.id, "one click, one purchase"
    with pytest.raises(NotFound):
        offlist.answer(actor=cast.supplier_c, purchase_id=bought.id, price=UnitPrice("4000"))
    with pytest.raises(WrongState):
        offlist.conclude(actor=cast.purchaser, purchase_id=bought.id)
    with pytest.raises(Refused):
        offlist.answer(actor=cast.supplier_a, purchase_id=bought.id, price=UnitPrice("5000.01"))
    offlist.answer(actor=cast.supplier_a, purchase_id=bought.id, price=UnitPrice("5000"))
    after = offlist.answer(actor=cast.supplier_b, purchase_id=bought.id, price=UnitPrice("4900"))
    assert (after.status, after.sells_id) == ("matched", cast.supplier_b.org_id)
    done = offlist.conclude(actor=cast.purchaser, purchase_id=bought.id)
    notice = Notice.objects.get(type="framework_deal")
    assert (notice.facts["off_list"], notice.facts["supplier"]["name"]) == (False, cast.supplier_b.org_name)
    assert str(agreement_facts(made.id).drawn) == "49000.00"
    contracts.void(actor=cast.supplier_b, contract_id=done.contract_id, reason="停产")
    assert offlist.signed(purchase_id=bought.id)
    assert (agreement_facts(made.id).drawn.fen, budget_facts(line.id).reserved.fen) == (0, 0)
    assert off_list_facts(bought.id).status == "withdrawn"


def test_two_clicks_are_one_purchase_and_only_the_list_of_a_running_agreement_wins(
    cast: Any, cheaper: Any, at: Any, monkeypatch: Any
) -> None:
    made, line = cheaper
    asked = given(cast, made, line)
    keep = offlist.keep

    def keep_late(*args: Any) -> Any:
        """The other click comes first."""
        monkeypatch.setattr(offlist, "keep", keep)
        offlist.ask(actor=cast.purchaser, **asked)
        asked["file"].seek(0)
        return keep(*args)

    monkeypatch.setattr(offlist, "keep", keep_late)
    bought = offlist.ask(actor=cast.purchaser, **asked)
    assert OffListPurchase.objects.get().pk == bought.id
    before = traces(line)
    with pytest.raises(KeyUsed):
        offlist.ask(actor=cast.purchaser, **{**asked, "quantity": 9})
    with pytest.raises(Invalid):
        offlist.answer(actor=cast.supplier_a, purchase_id=bought.id, price=UnitPrice("0.0001"))
    assert traces(line) == before

    offlist.answer(actor=cast.supplier_a, purchase_id=bought.id, price=UnitPrice("4000"))
    first = next(row for row in made.entrants if row.supplier_id == cast.supplier_a.org_id)
    agreements.expel(actor=cast.agency, entrant_id=first.id, reason="停产")
    offlist.answer(actor=cast.supplier_b, purchase_id=bought.id, price=UnitPrice("4900"))
    assert off_list_facts(bought.id).sells_id == cast.supplier_b.org_id


def test_when_nobody_goes_as_low_it_is_bought_outside_in_public(
    cast: Any,
    cheaper: Any,
    at: Any,
    signs: Any,  # noqa: F811
) -> None:
    made, line = cheaper
    buyer, rival = evaluate.client_of(cast.purchaser), evaluate.client_of(cast.supplier_a)
    page = f"/mall/off-list/new/{made.id}/"
    assert "5,500.00" in buyer.get(page).content.decode()
    sent = given(cast, made, line)
    wrong = buyer.post(page, {**sent, "price": "5500"})
    assert (wrong.status_code, "书面报价单" in wrong.content.decode()) == (422, True)
    sent["file"] = SimpleUploadedFile("报价单.pdf", b"%PDF-1.7 x")
    shown = buyer.post(page, {**sent, "price": "5,000"}, follow=True)
    bought = OffListPurchase.objects.get()
    at_page = f"/mall/off-list/{bought.pk}/"
    assert shown.redirect_chain == [(at_page, 303)]
    assert cast.supplier_c.org_name in shown.content.decode()
    seen = rival.get(at_page).content.decode()
    assert "5,000.00" in seen
    assert cast.supplier_c.org_name not in seen, "who is cheaper outside stays unsaid"
    assert cast.supplier_b.org_name not in seen
    assert rival.get(f"{at_page}evidence").status_code == 404
    assert buyer.get(f"{at_page}evidence").getvalue() == b"%PDF-1.7 x"
    assert rival.post(f"{at_page}answer", {"matches": "0"}).status_code == 303
    at(bought.answers_due_at)
    with pytest.raises(AnswersOver):
        offlist.answer(actor=cast.supplier_b, purchase_id=bought.pk, price=UnitPrice("4000"))
    assert (offlist.settle_due(), offlist.settle_due()) == (1, 0)
    at(made.ends_at)
    with pytest.raises(NotInForce):
        offlist.conclude(actor=cast.purchaser, purchase_id=bought.pk)
    at(bought.answers_due_at)
    assert buyer.post(f"{at_page}conclude").status_code == 303
    notice = Notice.objects.get(type="framework_deal")
    assert (notice.facts["off_list"], notice.facts["evidence"]) == (True, bought.sha256)
    assert [row["price"] for row in notice.facts["asked"]] == [None, None]
    contract = contract_facts(OffListPurchase.objects.get().contract_id)
    assert (contract.supplier_id, str(contract.amount)) == (cast.supplier_c.org_id, "50000.00")
    assert InboxItem.objects.filter(
        key=f"offlist.{bought.pk}.copy", organisation_id=made.organiser_id
    ).exists()
    signs(cast.supplier_c, contract)
    signs(make.colleague(cast.purchaser), contract)
    assert offlist.signed(purchase_id=bought.pk)
    assert not offlist.signed(purchase_id=bought.pk), "once"
    record = Transaction.objects.get()
    assert (record.supplier_name, record.framework_ocid) == (cast.supplier_c.org_name, "")
    assert agreement_facts(made.id).drawn.fen == 0
    assert summaries.summary(made)["facts"]["suppliers"][0]["count"] == 0
    assert (budget_facts(line.id).committed.fen, budget_facts(line.id).reserved.fen) == (5_000_000, 0)
    assert "公开记录" in buyer.get(at_page).content.decode()
