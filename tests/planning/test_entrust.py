"""Entrust an agency: terms, two signatures over one hash, what the agreement decides afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.audit.models import Entry
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound
from core.money import Yuan
from core.workdays import beijing_date
from disclosure.models import Notice
from evaluation.services.terms import fee_of
from parties.models import InboxItem
from parties.services import signing
from planning.models import Entrustment, EntrustmentSignature
from planning.selectors import entrustment_of, plan_facts
from planning.services import entrusting
from planning.services.entrusting import NotAnAgency, SignedAlready
from planning.states import SCOPES
from tendering import services as tendering
from tendering.services import drafting, publishing
from tendering.services.publishing import NotReady
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
SAID: dict[str, Any] = {
    "scope": list(SCOPES),
    "authority": "采购文件发布前须经采购人书面确认。",
    "ends_on": beijing_date(DAY + timedelta(days=90)),
}


@pytest.fixture(autouse=True)
def independent_keepers(settings: Any, at: Any) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    at(DAY)


def offer(cast: Any, plan: Any, **over: Any) -> Any:
    return entrusting.offer(
        actor=cast.purchaser, plan_id=plan.id, agency_id=cast.agency.org_id, **{**SAID, **over}
    )


def traces() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Entrustment, EntrustmentSignature, Entry, InboxItem))


@pytest.mark.requirement("S003-23")
def test_an_agency_is_chosen_and_the_agreement_signed_online_by_both_sides(cast: Any, signed_in: Any) -> None:
    plan = make.plan(cast.purchaser)
    buyer = signed_in(cast.purchaser)
    page = reverse("planning:entrustment", args=[plan.id])
    form = {
        "agency_id": str(cast.agency.org_id), "scope": ["documents", "notices"], "authority": SAID["authority"],
        "ends_on": "2026-12-31", "publisher_notice": "agency", "publisher_single_source": "agency",
        "publisher_contract": "purchaser", "fee": "scale", "factor": "0.8", "payer": "winner",
    }  # fmt: skip
    wrong = buyer.post(reverse("planning:entrustment_new", args=[plan.id]), {**form, "authority": " "})
    assert wrong.status_code == 422
    assert not Entrustment.objects.exists()
    assert buyer.post(reverse("planning:entrustment_new", args=[plan.id]), form).status_code == 303

    agreed = entrustment_of(plan.id)
    assert (agreed.scope, agreed.ends_on.isoformat()) == (("documents", "notices"), "2026-12-31")
    assert agreed.terms["authority"] == SAID["authority"]
    assert agreed.terms_hash == digest(agreed.terms).hex()
    office = signed_in(cast.agency)
    assert agreed.terms_hash in office.get(page).content.decode()
    make.sign_entrustment(cast.agency, agreed)
    assert entrustment_of(plan.id).status == "offered", "one signature is none"
    done = make.sign_entrustment(cast.purchaser, agreed)
    assert done.status == "signed"
    assert done.signed_at is not None
    for row in EntrustmentSignature.objects.all():
        assert signing.verify(row.signature, bytes.fromhex(agreed.terms_hash))
    assert {row.side for row in done.signatures} == {"purchaser", "agency"}
    assert InboxItem.objects.filter(key__startswith=f"entrustment.{agreed.id}", done_at=None).count() == 0
    assert tendering.draft_from_plan(actor=cast.purchaser, plan_id=plan.id).agency_id == cast.agency.org_id


def test_terms_that_lack_what_the_law_asks_are_refused_and_leave_nothing(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    before = traces()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("scope", {"scope": []}),
        ("scope", {"scope": ["everything"]}),
        ("authority", {"authority": "  "}),
        ("ends_on", {"ends_on": beijing_date(DAY) - timedelta(days=1)}),
        ("factor", {"factor": Decimal("2.0001")}),
        ("fee_amount", {"fee": "fixed"}),
        ("payer", {"payer": "nobody"}),
        ("publisher_notice", {"publishers": {"notice": "supplier"}}),
        ("publisher_result", {"publishers": {"result": "agency"}}),
    ]
    for field, change in wrong:
        with pytest.raises(Invalid) as refused:
            offer(cast, plan, **change)
        assert set(refused.value.errors) == {field}
    with pytest.raises(NotAnAgency):
        entrusting.offer(actor=cast.purchaser, plan_id=plan.id, agency_id=cast.supplier_a.org_id, **SAID)
    with pytest.raises(NotFound):
        entrusting.sign(actor=cast.agency, plan_id=plan.id, credential="{}")
    assert traces() == before
    assert offer(cast, plan, ends_on=beijing_date(DAY)).status == "offered"


def test_nobody_signs_twice_for_others_or_what_was_changed(cast: Any, signed_in: Any) -> None:
    plan = make.plan(cast.purchaser)
    first = offer(cast, plan)
    make.sign_entrustment(cast.agency, first)
    with pytest.raises(SignedAlready):
        make.sign_entrustment(cast.agency, first)
    with pytest.raises(NotFound):
        make.sign_entrustment(cast.supplier_a, first)
    unsigned = signed_in(cast.purchaser).post(
        reverse("planning:entrustment_sign", args=[plan.id]), {"credential": "{}"}
    )
    assert unsigned.status_code == 403
    assert EntrustmentSignature.objects.count() == 1

    second = offer(cast, plan, factor=Decimal("0.5"))
    assert second.terms_hash != first.terms_hash
    assert [row.status for row in Entrustment.objects.order_by("offered_at", "status")].count("ended") == 1
    assert not second.signatures, "a signature under other terms does not count"


def test_an_agency_works_under_a_signed_agreement_for_as_long_as_it_holds(cast: Any, at: Any) -> None:
    tender = make.complete_draft(cast.purchaser)
    drafting.entrust(actor=cast.purchaser, tender_id=tender.id, agency_id=cast.agency.org_id)

    def stops() -> list[str]:
        with pytest.raises(NotReady) as why:
            tendering.publish(actor=cast.purchaser, tender_id=tender.id)
        return list(why.value.facts["issues"])

    assert stops() == ["no-entrustment"]
    agreed = offer(cast, plan_facts(tender.plan_id))
    make.sign_entrustment(cast.purchaser, agreed)
    assert stops() == ["no-entrustment"]
    make.sign_entrustment(cast.agency, agreed)
    at(DAY + timedelta(days=91))
    assert stops() == ["entrustment-over"]
    at(DAY + timedelta(days=90))
    assert tendering.publish(actor=cast.purchaser, tender_id=tender.id).status == "open"
    with pytest.raises(Conflict):
        entrusting.end(actor=cast.purchaser, plan_id=tender.plan_id, reason="换代理机构")
    assert entrustment_of(tender.plan_id).status == "signed"


@pytest.mark.requirement("S002-11")
def test_the_agreement_says_who_makes_what_public_and_the_task_goes_there(cast: Any, client: Any) -> None:
    published = {}
    for publisher in ("agency", "purchaser"):
        filed = make.plan(cast.purchaser)
        tender = make.entrusted(
            cast.purchaser,
            make.complete_draft(cast.purchaser, filed),
            cast.agency,
            publishers={"notice": publisher},
        )
        with pytest.raises(NotReady):
            tendering.publish(actor=cast.agency, tender_id=tender.id)
        publishing.approve(actor=cast.purchaser, tender_id=tender.id, version=tender.version)
        task = InboxItem.objects.get(key=f"tender.{tender.id}.approved.{tender.version}")
        responsible = getattr(cast, publisher)
        assert (task.organisation_id, task.kind) == (responsible.org_id, publisher)
        if publisher == "purchaser":
            with pytest.raises(NotReady) as why:
                tendering.publish(actor=cast.agency, tender_id=tender.id)
            assert why.value.facts["issues"] == ["purchaser-publishes"]
        published[publisher] = tendering.publish(actor=responsible, tender_id=tender.id)

    for publisher, tender in published.items():
        rows = {
            title: value
            for section in Notice.objects.get(pk=tender.notice_id).sections
            if section["title"] == "Who makes what public"
            for title, value in section["rows"]
        }
        name = getattr(cast, publisher).org_name
        assert [
            rows[item] for item in ("Procurement notice", "Procurement documents", "Budget of the project")
        ] == [name] * 3
        assert rows["Contract"] == rows["Result of the acceptance"] == cast.purchaser.org_name
        page = client.get(reverse("portal:notice", args=[tender.notice_id])).content.decode()
        assert entrustment_of(tender.plan_id).terms_hash in page


def test_without_an_agency_the_purchaser_answers_for_every_item(cast: Any) -> None:
    tender = make.published(cast.purchaser)
    (section,) = (
        one
        for one in Notice.objects.get(pk=tender.notice_id).sections
        if one["title"] == "Who makes what public"
    )
    assert len(section["rows"]) == 10
    assert {value for _, value in section["rows"]} == {cast.purchaser.org_name}


@pytest.mark.parametrize(
    ("terms", "amount", "standard"),
    [
        ({}, "17140.00", "计价格〔2002〕1980号"),
        ({"factor": Decimal("0.8")}, "13712.00", "计价格〔2002〕1980号 × 0.8"),
        ({"fee": "fixed", "fee_amount": Yuan("9000")}, "9000.00", "委托代理协议约定的定额"),
        ({"fee": "none"}, "0.00", "不收取代理费用"),
    ],
)
def test_the_fee_is_what_the_agreement_says(
    cast: Any, terms: dict[str, Any], amount: str, standard: str
) -> None:
    draft = make.entrusted(
        cast.purchaser, make.draft(cast.purchaser), cast.agency, payer="purchaser", **terms
    )
    fee = fee_of(replace(draft, category="services"), Yuan("1267500"))
    assert fee is not None
    assert (fee["amount"], fee["standard"], fee["payer"]) == (amount, standard, "purchaser")
    assert fee_of(replace(draft, agency_id=None), Yuan("1267500")) is None
