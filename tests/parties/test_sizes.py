"""The public page that tells the size of an enterprise, and the declaration that an award publishes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from core.audit.models import Entry
from core.errors import NotFound
from core.law.sme import SizeUnknown
from core.money import Yuan
from evaluation import letters
from parties.models import SizeStatement
from parties.selectors import organisation_facts, size_statements
from parties.services.sizes import declare_size
from planning.selectors import plan_facts
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
SOFTWARE = {"industry": "software", "staff": "90", "revenue": "1200", "assets": ""}


@pytest.mark.parametrize(
    ("given", "size"),
    [
        (SOFTWARE, "small"),
        ({"industry": "industry", "staff": "1200", "revenue": "39000"}, "medium"),
        ({**SOFTWARE, "staff": "100"}, "medium"),
        ({**SOFTWARE, "staff": "9"}, "micro"),
        ({"industry": "industry", "staff": "1000", "revenue": "40000"}, "large"),
    ],
)
def test_anybody_can_ask_for_the_size_of_an_enterprise(client: Any, given: dict[str, str], size: str) -> None:
    """The examples of the rules: both measures must be reached."""
    page = client.get(reverse("parties:size"), given)
    assert page.status_code == 200
    assert f'data-size="{size}"' in page.content.decode()
    assert not SizeStatement.objects.exists()


def test_a_measure_that_the_industry_needs_is_asked_for_and_nothing_typed_is_lost(client: Any) -> None:
    page = client.get(reverse("parties:size"), {**SOFTWARE, "revenue": ""})
    assert page.status_code == 422
    assert 'value="90"' in page.content.decode()
    assert client.get(reverse("parties:size"), {**SOFTWARE, "industry": "moon"}).status_code == 422


def test_a_supplier_declares_its_size_and_the_letter_tells_the_measures(cast: Any, signed_in: Any) -> None:
    client = signed_in(cast.supplier_a)
    assert client.post(reverse("parties:size_declare"), {**SOFTWARE, "staff": ""}).status_code == 422
    assert not SizeStatement.objects.exists()
    assert client.post(reverse("parties:size_declare"), SOFTWARE).status_code == 303

    (said,) = size_statements([cast.supplier_a.org_id]).values()
    winner = organisation_facts(cast.supplier_a.org_id)
    assert (said.size, winner.size, said.revenue) == ("small", "small", Yuan("12000000"))
    tender = make.draft(cast.purchaser)
    (section,) = letters.sections(tender, plan_facts(tender.plan_id), [winner, winner], {winner.id: said})
    text = section["rows"][1][1]
    for part in (
        "从业人员 90 人",
        "营业收入为 1200 万元",
        "软件和信息技术服务业",
        "小型企业",
        tender.title,
        winner.name,
    ):
        assert part in text


def test_a_letter_stands_in_the_notice_only_where_the_size_counted(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    plan, winner = plan_facts(tender.plan_id), organisation_facts(cast.supplier_a.org_id)
    small = replace(winner, size="small")
    (section,) = letters.sections(tender, plan, [small], {})
    assert "no declaration" in str(section)
    unfavoured = replace(tender, deductions={"small_micro": "0", "consortium": "0"})
    assert letters.sections(unfavoured, plan, [small], {}) == []
    assert len(letters.sections(unfavoured, replace(plan, sme_form="whole"), [small], {})) == 1
    assert letters.sections(tender, plan, [replace(winner, size="large"), replace(winner, size="")], {}) == []


def test_only_a_supplier_declares_and_only_what_can_be_told(cast: Any) -> None:
    before = Entry.objects.count()
    with pytest.raises(NotFound):
        declare_size(actor=cast.purchaser, industry="software", staff=1, revenue=Yuan(1))
    with pytest.raises(SizeUnknown):
        declare_size(actor=cast.supplier_a, industry="software", staff=1)
    assert (SizeStatement.objects.count(), Entry.objects.count()) == (0, before)
