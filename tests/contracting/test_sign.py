"""Both sides sign the same frozen terms; the contract is public within the legal period."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from contracting.models import Contract, Signature
from contracting.selectors import contract_facts
from contracting.services import contracts
from contracting.services.contracts import (
    AlreadyPublished,
    AlreadySigned,
    OtherTerms,
    PostsNotSeparated,
    TermsIncomplete,
)
from contracting.states import CONTRACT_STEPS, ContractStatus
from core.audit.models import Entry
from core.canonical import digest
from core.errors import Invalid, NotFound, WrongState
from core.money import UnitPrice, Yuan
from core.timers.models import Timer
from disclosure.models import Notice, Record, Release
from parties import assertion
from parties.models import InboxItem
from parties.services import signing
from parties.services.signing import NotSigned
from planning.selectors import budget_facts, reservation_of
from planning.services import entrusting
from tests.factories import mall as make
from tests.factories import tendering

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).parents[2] / ".." / "shared"


def traces() -> tuple[int, ...]:
    acts = Entry.objects.filter(subject__startswith="contract.").count()
    return acts, *(m.objects.count() for m in (Contract, Signature, Notice, InboxItem, Release))


def test_a_contract_freezes_its_terms_and_asks_both_sides(deal: Any) -> None:
    contract = deal.contract
    assert contract.status == ContractStatus.FORMED
    assert digest(contract.terms).hex() == contract.terms_hash
    assert contract.amount == Yuan("950000")
    assert contract.sign_due_at == datetime(2026, 4, 1, 16, tzinfo=UTC)
    asked = InboxItem.objects.filter(key__startswith=f"contract.{contract.id}.sign.")
    assert {row.organisation_id for row in asked} == {deal.buyer.org_id, deal.supplier.org_id}
    assert {row.due_at for row in asked} == {contract.sign_due_at}


def test_the_same_award_gives_one_contract(deal: Any) -> None:
    before = traces()
    assert contracts.form(actor=deal.cast.agency, terms=deal.terms, source="award.example") == deal.contract
    dearer = replace(deal.terms.items[0], unit_price=UnitPrice("19000.02"))
    other = replace(deal.terms, items=(dearer,), amount=Yuan("950001"))
    with pytest.raises(OtherTerms):
        contracts.form(actor=deal.cast.agency, terms=other, source="award.example")
    assert traces() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": Yuan("950000.01")}, "amount"),
        ({"items": ()}, "items"),
        ({"title": " "}, "title"),
        ({"award_id": ""}, "award_id"),
        ({"supplier_id": "purchaser"}, "supplier_id"),
    ],
)
def test_terms_that_are_no_contract_are_refused(deal: Any, wrong: dict[str, Any], field: str) -> None:
    if wrong.get("supplier_id"):
        wrong = {"supplier_id": deal.buyer.org_id}
    before = traces()
    with pytest.raises(TermsIncomplete) as refused:
        contracts.form(actor=deal.cast.agency, terms=replace(deal.terms, **wrong), source="award.other")
    assert field in refused.value.errors
    assert traces() == before


def test_an_item_says_what_it_is(deal: Any) -> None:
    vague = replace(deal.terms.items[0], spec=" ", quantity=Decimal(50))
    with pytest.raises(TermsIncomplete):
        contracts.form(
            actor=deal.cast.agency, terms=replace(deal.terms, items=(vague,)), source="award.other"
        )


@pytest.mark.requirement("S002-08")
def test_with_both_signatures_the_contract_is_concluded_public_and_paid_for(deal: Any, signs: Any) -> None:
    once = signs(deal.supplier, deal.contract)
    assert (once.status, once.signed_at, Notice.objects.count()) == (ContractStatus.FORMED, None, 0)
    done = signs(deal.buyer, deal.contract)
    assert done.status == ContractStatus.SIGNED
    assert not done.signed_late
    notice = Notice.objects.get()
    assert (notice.type, notice.pk) == ("contract", done.notice_id)
    assert notice.facts["contract_no"] == done.contract_no
    assert notice.facts["supplier"] == deal.supplier.org_name
    assert notice.facts["signed_on"] == "2026-03-02"
    assert notice.facts["late"] is False
    assert notice.facts["items"][0]["unit_price"] == "19000.00"
    assert done.notice_due_at == datetime(2026, 3, 4, 16, tzinfo=UTC)
    held = reservation_of("plan.00000000-0000-4000-8000-000000000001")
    assert (str(held.reserved), str(held.committed)) == ("50000.00", "950000.00")
    for row in done.signatures:
        assert signing.verify(row.signature, bytes.fromhex(done.terms_hash))
        assert not assertion.verify(row.signature, bytes(32))
    body = json.loads(Release.objects.get().body)
    assert body["tag"] == ["contract"]
    assert body["contracts"][0]["awardID"] == "1"
    assert body["contracts"][0]["value"] == {"amount": 950000.00, "currency": "CNY"}


def test_the_release_of_a_contract_validates_to_its_last_payment(
    deal: Any, signs: Any, tmp_path: Path
) -> None:
    from contracting.services import performance

    validator = SHARED / "ocds" / "validate.sh"
    if not validator.exists():
        pytest.skip("the OCDS validator stands beside the repository only where it was put there")
    signs(deal.supplier, deal.contract)
    signs(deal.buyer, deal.contract)
    id = deal.contract.id
    performance.deliver(actor=deal.supplier, contract_id=id, note="50台")
    performance.accept(actor=deal.buyer, contract_id=id, result="passed", opinion="合格")
    performance.pay(actor=deal.buyer, contract_id=id, amount=Yuan("950000"), reference="ZF-1")
    bodies = [row.body for row in Release.objects.all()] + [row.compiled for row in Record.objects.all()]
    for number, body in enumerate(bodies):
        (tmp_path / f"{number}.json").write_text(body)
    ran = subprocess.run(
        [str(validator), str(tmp_path), "--local"],
        capture_output=True,
        text=True,
        check=False,
        env={"OCDS_PYTHON": sys.executable, **os.environ},
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]


@pytest.mark.requirement("S002-08")
def test_where_the_supplier_signs_last_the_purchaser_is_asked_to_publish(
    deal: Any, signs: Any, at: Any
) -> None:
    signs(deal.buyer, deal.contract)
    done = signs(deal.supplier, deal.contract)
    assert done.notice_id is None
    asked = InboxItem.objects.get(key=f"contract.{done.id}.publish")
    assert (asked.organisation_id, asked.due_at) == (deal.buyer.org_id, done.notice_due_at)
    with pytest.raises(NotFound):
        contracts.publish(actor=deal.supplier, contract_id=done.id)
    at(done.notice_due_at - timedelta(seconds=5))
    public = contracts.publish(actor=deal.buyer, contract_id=done.id)
    assert not public.published_late
    with pytest.raises(AlreadyPublished):
        contracts.publish(actor=deal.buyer, contract_id=done.id)
    assert Notice.objects.count() == 1


@pytest.mark.requirement("S002-08")
def test_a_notice_after_the_legal_period_is_marked_late(deal: Any, signs: Any, at: Any) -> None:
    signs(deal.buyer, deal.contract)
    done = signs(deal.supplier, deal.contract)
    at(done.notice_due_at)
    public = contracts.publish(actor=deal.buyer, contract_id=done.id)
    assert public.published_late
    notice = Notice.objects.get()
    assert notice.facts["late"] is True
    assert "Late" in json.dumps(notice.sections)


def test_signing_after_its_period_counts_and_is_marked_late(deal: Any, signs: Any, at: Any) -> None:
    at(deal.contract.sign_due_at)
    signs(deal.supplier, deal.contract)
    assert signs(deal.buyer, deal.contract).signed_late
    assert Notice.objects.get().facts["signed_late"] is True


def test_nobody_signs_twice_or_for_another(deal: Any, signs: Any) -> None:
    signs(deal.supplier, deal.contract)
    before = traces()
    with pytest.raises(AlreadySigned):
        signs(deal.supplier, deal.contract)
    for stranger in (deal.cast.supplier_b, deal.cast.agency, deal.cast.supervisor):
        with pytest.raises(NotFound):
            signs(stranger, deal.contract)
    assert traces() == before


def test_a_signature_over_other_terms_is_refused(deal: Any, key_of: Any) -> None:
    key = key_of(deal.supplier)
    options = signing.begin(deal.supplier.user_id, bytes(32), contracts.purpose_of(deal.contract.id))
    before = traces()
    with pytest.raises(NotSigned):
        contracts.sign(actor=deal.supplier, contract_id=deal.contract.id, credential=key.get(options))
    assert traces() == before


def test_who_ran_the_procurement_does_not_sign_where_others_can(cast: Any, signs: Any, at: Any) -> None:
    from tests.contracting.conftest import LETTER

    at(LETTER)
    terms = make.terms(cast.purchaser, cast.supplier_a, letter_at=LETTER, handler_id=cast.purchaser.user_id)
    contract = contracts.form(actor=cast.purchaser, terms=terms, source="award.handled")
    other = make.colleague(cast.purchaser)
    before = traces()
    with pytest.raises(PostsNotSeparated):
        signs(cast.purchaser, contract)
    assert traces() == before
    assert signs(other, contract).signature_of("purchaser").user_id == other.user_id


def test_where_the_desk_has_one_person_that_person_signs(cast: Any, signs: Any, at: Any) -> None:
    from tests.contracting.conftest import LETTER

    at(LETTER)
    terms = make.terms(cast.purchaser, cast.supplier_a, letter_at=LETTER, handler_id=cast.purchaser.user_id)
    contract = contracts.form(actor=cast.purchaser, terms=terms, source="award.handled")
    assert signs(cast.purchaser, contract).signature_of("purchaser") is not None


def test_when_signed_the_package_above_is_told_by_its_timer(cast: Any, signs: Any, at: Any) -> None:
    from tests.contracting.conftest import LETTER

    at(LETTER)
    terms = make.terms(cast.purchaser, cast.supplier_a, letter_at=LETTER, when_signed="example.contracted")
    contract = contracts.form(actor=cast.purchaser, terms=terms, source="award.told")
    signs(cast.supplier_a, contract)
    assert not Timer.objects.filter(verb="example.contracted").exists()
    signs(cast.purchaser, contract)
    assert Timer.objects.get(verb="example.contracted").subject == "award.told"


def test_a_side_that_refuses_to_sign_says_why(deal: Any, signs: Any) -> None:
    before = traces()
    with pytest.raises(Invalid):
        contracts.void(actor=deal.supplier, contract_id=deal.contract.id, reason=" ")
    assert traces() == before
    voided = contracts.void(actor=deal.supplier, contract_id=deal.contract.id, reason="无法供货")
    assert voided.status == ContractStatus.VOID
    assert budget_facts(deal.line.id).reserved == Yuan("1000000")
    with pytest.raises(WrongState):
        signs(deal.buyer, deal.contract)


def test_every_step_of_the_table_leads_somewhere_once() -> None:
    pairs = [(source, step.verb) for step in CONTRACT_STEPS for source in step.sources]
    assert len(pairs) == len(set(pairs))
    assert {step.target for step in CONTRACT_STEPS} == set(ContractStatus)


def test_a_contract_reads_back_as_it_was_formed(deal: Any) -> None:
    assert contract_facts(deal.contract.id).items == deal.terms.items


@pytest.mark.requirement("S002-11")
def test_an_agency_publishes_the_contract_where_its_agreement_says_so(
    cast: Any, deal: Any, signs: Any, signed_in: Any
) -> None:
    plan = tendering.plan(cast.purchaser)
    agreed = entrusting.offer(
        actor=cast.purchaser, plan_id=plan.id, agency_id=cast.agency.org_id, scope=["notices"],
        authority="按委托范围办理", ends_on=date(2027, 3, 1), publishers={"notice": "purchaser", "contract": "agency"},
    )  # fmt: skip
    for side in (cast.purchaser, cast.agency):
        tendering.sign_entrustment(side, agreed)
    terms = replace(
        deal.terms,
        contract_no="HT-AGENCY",
        budget_line_id=plan.budget_line_id,
        budget_source=f"plan.{plan.id}",
    )
    made = contracts.form(actor=cast.agency, terms=terms, source="award.agency")
    signs(cast.supplier_a, made)
    signed = signs(cast.purchaser, made)
    assert (signed.status, signed.notice_id) == (ContractStatus.SIGNED, None)
    task = InboxItem.objects.get(key=f"contract.{made.id}.publish")
    assert (task.organisation_id, task.kind, task.due_at) == (
        cast.agency.org_id,
        "agency",
        signed.notice_due_at,
    )
    before = traces()
    with pytest.raises(NotFound):
        contracts.publish(actor=cast.supplier_a, contract_id=made.id)
    with pytest.raises(NotFound):
        contracts.publish(actor=cast.agency, contract_id=deal.contract.id)
    assert traces() == before
    office = signed_in(cast.agency)
    address = reverse("contracting:publish", args=[made.id])
    assert address in office.get(reverse("contracting:contract", args=[made.id])).content.decode()
    assert office.post(address).status_code == 303
    notice = Notice.objects.get(pk=contract_facts(made.id).notice_id)
    assert (notice.type, notice.publisher) == ("contract", cast.agency.org_name)
