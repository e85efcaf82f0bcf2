"""What a year's reserved purchases bought from small and medium-sized enterprises is added up and published."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from bidding.models import OpenedBid
from contracting.facts import Subcontract
from contracting.selectors import contract_facts
from contracting.services import contracts
from core.money import Yuan
from disclosure.models import Notice
from evaluation import sme_year
from parties.models import Organisation
from planning.models import Plan
from tests.factories import evaluation as evaluate
from tests.factories import parties

AMOUNT = Yuan("1000000.01")


@pytest.mark.parametrize(
    ("size", "share", "parts", "bought", "small"),
    [
        ("micro", "0", {}, "1000000.01", "1000000.01"),
        ("small", "0", {}, "1000000.01", "1000000.01"),
        ("medium", "0", {}, "1000000.01", "0"),
        ("medium", "0.4", {}, "1000000.01", "400000.00"),
        ("large", "0.3", {}, "300000.00", "300000.00"),
        ("large", "0", {"medium": "0.2", "small": "0.1", "large": "0.3"}, "300000.00", "100000.00"),
        ("large", "0.9", {"small": "0.2"}, "1000000.01", "1000000.01"),
        ("large", "0", {}, "0", "0"),
        ("", "0", {}, "0", "0"),
    ],
)
def test_a_contract_counts_by_the_declared_size_and_the_shares_of_small_firms(
    size: str, share: str, parts: dict[str, str], bought: str, small: str
) -> None:
    given = [Subcontract("某公司", "", one, Decimal(part), "安装") for one, part in parts.items()]
    assert sme_year.of_smes(AMOUNT, size, Decimal(share), given) == (Yuan(bought), Yuan(small))


@pytest.mark.django_db
def test_a_purchaser_publishes_the_year_once_it_is_over_and_anew_when_it_changed(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "scored")
    Plan.objects.filter(pk=made.tender.plan_id).update(sme_form="whole", sme_fen=100_000_000)
    row = OpenedBid.objects.get(bid=made.bids[0])
    row.sheet["facts"]["size"] = "small"
    row.save()
    made.report()
    made.sign_all()
    [award] = made.decide()
    contract = contract_facts(award.contract_id)
    client = evaluate.client_of(cast.purchaser, **{"Accept-Language": "en"})
    page = reverse("evaluation:sme_year", args=[2026])

    assert client.post(page).status_code == 303
    assert not Notice.objects.filter(type="other").exists(), "the year still runs"
    at(datetime(2027, 1, 5, 2, tzinfo=UTC))
    client = evaluate.client_of(cast.purchaser, **{"Accept-Language": "en"})
    assert "Publish the figures" in client.get(page).content.decode()
    assert client.post(page).status_code == 303
    first = Notice.objects.get(type="other")
    assert first.facts["bought"] == "0.00", "nobody has signed"
    client.post(page)
    assert Notice.objects.filter(type="other").count() == 1, "nothing changed"

    signer = parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "合同审核人")
    for actor in (cast.supplier_a, signer):
        touched = made.credential(
            actor.user_id, bytes.fromhex(contract.terms_hash), contracts.purpose_of(contract.id)
        )
        contracts.sign(actor=actor, contract_id=contract.id, credential=touched)
    shown = client.get(page).content.decode()
    assert "changed since" in shown
    assert "900,000.00" in shown
    assert client.post(page).status_code == 303
    again = Notice.objects.filter(type="other").order_by("-position")[0]
    assert (again.version, again.corrects_id) == (2, first.pk)
    assert (again.facts["bought"], again.facts["small_micro"]) == ("900000.00", "900000.00")
    assert again.title.endswith("2026年面向中小企业预留项目执行情况公告")
    public = evaluate.Client().get(reverse("portal:notice", args=[again.pk])).content.decode()
    assert contract.contract_no in public
    assert "46号" in public
    other = reverse("evaluation:sme_year", args=[2025])
    assert "Publish" not in client.get(other).content.decode()
    client.post(other)
    assert Notice.objects.filter(type="other").count() == 2, "nothing was reserved in that year"
