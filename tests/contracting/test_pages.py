"""The pages of contracts: both sides sign, perform and pay through them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from contracting.models import Contract, Signature
from contracting.services import contracts
from parties.services import signing

pytestmark = pytest.mark.django_db


def _touch(actor: Any, contract: Any, key_of: Any) -> str:
    options = signing.begin(
        actor.user_id, bytes.fromhex(contract.terms_hash), contracts.purpose_of(contract.id)
    )
    return json.dumps(key_of(actor).get(options))


def test_a_contract_is_signed_performed_and_paid_through_its_page(
    deal: Any, key_of: Any, signed_in: Any
) -> None:
    id = deal.contract.id
    page = reverse("contracting:contract", args=[id])

    def post(actor: Any, verb: str, **data: str) -> Any:
        return signed_in(actor).post(reverse(f"contracting:{verb}", args=[id]), data)

    key_of(deal.supplier)
    key_of(deal.buyer)
    shown = signed_in(deal.supplier).get(page).content.decode()
    assert f'data-sign-hash="{deal.contract.terms_hash}"' in shown
    assert f'data-sign-purpose="contract.{id}"' in shown
    assert "19,000.00" in shown
    assert "《政府采购法》第四十六条" in shown
    refused = post(deal.supplier, "sign", credential="{}")
    assert refused.status_code == 403
    assert not Signature.objects.exists()
    for actor in (deal.supplier, deal.buyer):
        answer = post(actor, "sign", credential=_touch(actor, deal.contract, key_of))
        assert answer.status_code == 303, answer.content.decode()[:2000]
    assert Contract.objects.get().notice_id is not None
    assert post(deal.supplier, "deliver", note="").status_code == 422
    assert post(deal.supplier, "deliver", note="50台").status_code == 303
    kept = post(deal.buyer, "accept", result="", opinion="屏幕、接口逐台查验")
    assert kept.status_code == 422
    assert "屏幕、接口逐台查验" in kept.content.decode()
    assert post(deal.buyer, "accept", result="passed", opinion="合格").status_code == 303
    over = post(deal.buyer, "pay", amount="950000.01", reference="ZF-1")
    assert over.status_code == 422
    assert "950000.00" in over.content.decode()
    assert post(deal.buyer, "pay", amount="950,000.00", reference="ZF-1").status_code == 303
    assert Contract.objects.get().status == "completed"
    for actor in (deal.buyer, deal.supplier, deal.cast.agency, deal.cast.supervisor):
        assert signed_in(actor).get(page).status_code == 200
        assert deal.contract.contract_no in signed_in(actor).get(reverse("contracting:list")).content.decode()


def test_a_contract_is_not_shown_to_strangers(deal: Any, signed_in: Any) -> None:
    page = reverse("contracting:contract", args=[deal.contract.id])
    assert signed_in(deal.cast.supplier_b).get(page).status_code == 404
    listed = signed_in(deal.cast.supplier_b).get(reverse("contracting:list"))
    assert deal.contract.contract_no not in listed.content.decode()


def test_a_side_refuses_to_sign_with_a_reason(deal: Any, signed_in: Any) -> None:
    client = signed_in(deal.supplier)
    url = reverse("contracting:void", args=[deal.contract.id])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "无法供货"}).status_code == 303
    assert Contract.objects.get().status == "void"
