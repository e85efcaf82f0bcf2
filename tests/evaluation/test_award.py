"""The purchaser decides in the order of candidates; the result is public, and each bidder learns its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bidding.models import OpenedBid
from contracting.models import Contract
from contracting.selectors import contract_facts
from contracting.services import contracts
from core import clock
from core.audit.models import Entry
from core.canonical import digest
from core.errors import NotFound, WrongState
from core.ledger.models import Entry as LogEntry
from core.timers.models import Timer
from disclosure.models import Notice
from evaluation import selectors
from evaluation.models import Award
from evaluation.scoring.recompute import recompute
from evaluation.services import awards
from evaluation.services.eligibility import SanctionStands
from parties.models import InboxItem, Organisation, Sanction
from parties.services import signing
from tendering.selectors import law_of, tender_facts
from tests.factories import evaluation as evaluate
from tests.factories import parties

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).resolve().parents[3] / "shared" / "ocds" / "validate.sh"


def counts() -> tuple[int, ...]:
    models: tuple[Any, ...] = (Award, Contract, Notice, Entry, LogEntry, InboxItem)
    return tuple(model.objects.count() for model in models)


def test_the_purchaser_awards_and_everything_follows_at_once(cast, at):
    made = evaluate.reached(cast, at, "signed")
    [award] = made.decide()
    assert (award.bid_id, str(award.amount), award.supplier_id) == (
        made.bids[0].pk,
        "900000.00",
        cast.supplier_a.org_id,
    )
    assert signing.verify(
        award.signature, digest(selectors.decision_body(made.panel, selectors.report_of(made.panel)))
    )
    assert (made.panel.status, tender_facts(made.tender.id).status) == ("decided", "awarded")
    contract = contract_facts(award.contract_id)
    assert (str(contract.amount), contract.source, contract.status) == (
        "900000.00",
        f"award.{award.pk}",
        "formed",
    )
    notice = Notice.objects.get(type="award")
    assert notice.facts["winners"][0]["credit_code"] == cast.supplier_a.credit_code
    assert notice.facts["experts"] == [one.name for one in made.members]
    assert recompute(notice.facts["recompute"])["ranking"][0]["id"] == str(award.bid_id)
    public = Client().get(f"/notices/{notice.pk}/recompute/").content.decode()
    given = json.loads(public.split('<script id="award" type="application/json">')[1].split("</script>")[0])
    assert given["results"] == [recompute(one) for one in given["cases"]]
    assert given["names"][str(award.bid_id)] == cast.supplier_a.org_name
    items = InboxItem.objects.filter(key__startswith=f"tender.{made.tender.id}.result.")
    said = {item.organisation_id: item.facts["places"] for item in items}
    ranking = selectors.report_of(made.panel).body["lots"][0]["result"]["ranking"]
    own = {bid.supplier_id: str(bid.bid_id) for bid in selectors.readable_bids(made.tender.id)}
    assert said == {
        org: next(f"1: {row['rank']} ({row['total']})" for row in ranking if row["id"] == bid)
        for org, bid in own.items()
    }, "each bidder is told its own rank and score, and nobody else's"
    letters = {
        item.organisation_id: item.title
        for item in InboxItem.objects.filter(key__startswith=f"tender.{made.tender.id}.result.")
    }
    assert len(letters) == 3
    assert [org for org, title in letters.items() if title.startswith("Award letter")] == [
        cast.supplier_a.org_id
    ]
    assert InboxItem.objects.get(key=f"tender.{made.tender.id}.award").done_at is not None
    with pytest.raises(WrongState):
        made.decide()
    assert Award.objects.count() == 1


@pytest.mark.parametrize("who", ["nobody", "supplier", "expert", "supervisor", "another purchaser"])
def test_only_the_purchaser_decides(cast, at, who):
    made = evaluate.reached(cast, at, "signed")
    actor = {
        "nobody": None,
        "supplier": cast.supplier_a,
        "expert": made.actor(made.members[1]),
        "supervisor": cast.supervisor,
        "another purchaser": parties.desk("purchaser", "另一采购人", "330100"),
    }[who]
    before = counts()
    if actor is not None:
        with pytest.raises(NotFound):
            awards.decide(actor=actor, tender_id=made.tender.id, credential={})
    path = f"/tenders/{made.tender.id}/award/"
    from django.test import Client

    browser = evaluate.client_of(actor) if actor else Client()
    for answer in (browser.get(path, headers={"accept": "application/json"}), browser.post(path)):
        assert answer.status_code in ({401, 302} if actor is None else {404})
    assert counts() == before


def test_a_signature_for_another_decision_awards_nothing(cast, at):
    made = evaluate.reached(cast, at, "signed")
    before = counts()
    wrong = made.credential(cast.purchaser.user_id, digest({"awards": []}), awards.purpose_of(made.tender.id))
    before = counts()
    with pytest.raises(signing.NotSigned):
        awards.decide(actor=cast.purchaser, tender_id=made.tender.id, credential=wrong)
    assert (counts(), made.panel.status) == (before, "signed")


def test_a_candidate_against_whom_a_sanction_stands_is_not_awarded(cast, at):
    made = evaluate.reached(cast, at, "signed")
    Sanction.objects.create(
        credit_code=cast.supplier_a.credit_code,
        name="甲方",
        kind="ban",
        since=clock.now() - timedelta(days=1),
    )
    touched = made.decision(cast.purchaser)
    before = counts()
    with pytest.raises(SanctionStands) as refused:
        awards.decide(actor=cast.purchaser, tender_id=made.tender.id, credential=touched)
    assert refused.value.code == "sanction-stands"
    assert (counts(), made.panel.status) == (before, "signed")


def test_the_decision_is_due_within_the_working_days_of_the_law(cast, at):
    made = evaluate.reached(cast, at, "signed")
    report = selectors.report_of(made.panel)
    due = law_of(made.tender.id).end_of("L-16.award_decision", clock.now())
    assert report.award_due_at == due.ends_at
    page = evaluate.client_of(cast.purchaser).get(f"/tenders/{made.tender.id}/award/").content.decode()
    assert due.rule.citation in page


def test_the_purchaser_decides_on_the_page_with_one_touch(cast, at):
    made = evaluate.reached(cast, at, "signed")
    browser = evaluate.client_of(cast.purchaser)
    path = f"/tenders/{made.tender.id}/award/"
    said = browser.get(path, headers={"accept": "application/json"}).json()
    assert (said["ready"], said["candidates"]) == (True, {"1": str(made.bids[0].pk)})
    page = browser.get(path).content.decode()
    assert f'data-sign-hash="{said["payload_hash"]}"' in page
    touched = made.credential(cast.purchaser.user_id, bytes.fromhex(said["payload_hash"]), said["purpose"])
    assert browser.post(path, {"credential": json.dumps(touched)}).status_code == 303
    after = browser.get(path, {"format": "json"}).json()
    assert (after["ready"], after["awards"][0]["amount"]) == (False, "900000.00")
    assert after["awards"][0]["contract"] in browser.get(path).content.decode()


def test_each_bidder_reads_its_own_result_and_nothing_of_the_others(cast, at):
    """Source: 财政部令第87号第六十九条."""
    made = evaluate.reached(cast, at, "scoring")
    made.score_all(S1_0="44.44", S1_1="33.33", S1_2="22.22")
    made.report()
    path = f"/tenders/{made.tender.id}/result/"
    waiting = evaluate.client_of(cast.supplier_b).get(path).content.decode()
    assert "33.33" not in waiting
    made.sign_all()
    made.decide()
    suppliers = (cast.supplier_a, cast.supplier_b, cast.supplier_c)
    pages = [evaluate.client_of(one).get(path).content.decode() for one in suppliers]
    own = ("44.44", "33.33", "22.22")
    quotes = ("900,000.00", "940,000.00", "980,000.00")
    for n, page in enumerate(pages):
        assert [value in page for value in own] == [n == m for m in range(3)]
        assert [value in page for value in quotes] == [n == m for m in range(3)]
        assert all(other.org_name not in page for m, other in enumerate(suppliers) if m != n)
    letter = f"/contracts/{Award.objects.get().contract_id}/"
    assert [letter in page for page in pages] == [True, False, False]
    assert evaluate.client_of(cast.outsider).get(path).status_code == 404


def test_a_disqualified_bidder_is_told_why(cast, at):
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider]
    made = evaluate.drawn(cast, at, prices=("4500.00", "4600.00", "4900.00", "4400.00"), suppliers=suppliers)
    made.begin_scoring(failing=[made.bids[3].pk])
    made.score_all()
    made.report()
    made.sign_all()
    made.decide()
    path = f"/tenders/{made.tender.id}/result/"
    assert "报价文件未按要求签署" in evaluate.client_of(cast.outsider).get(path).content.decode()
    assert "报价文件未按要求签署" not in evaluate.client_of(cast.supplier_a).get(path).content.decode()


def test_without_a_candidate_the_purchaser_declares_the_failure(cast, at):
    made = evaluate.drawn(cast, at)
    made.begin_scoring(failing=[made.bids[0].pk])
    for member in made.members:
        made.submit(member)
    made.report()
    made.sign_all()
    with pytest.raises(awards.NoCandidate):
        awards.decide(actor=cast.purchaser, tender_id=made.tender.id, credential={})
    assert Award.objects.count() == 0
    browser = evaluate.client_of(cast.purchaser)
    path = f"/tenders/{made.tender.id}/award/"
    touched = made.decision(cast.purchaser)
    sent = browser.post(path, {"credential": json.dumps(touched), "verb": "fail"})
    assert sent.status_code == 303
    assert (made.panel.status, tender_facts(made.tender.id).status) == ("decided", "failed")
    assert Notice.objects.filter(type="failure").count() == 1
    own = evaluate.client_of(cast.supplier_a).get(f"/tenders/{made.tender.id}/result/").content.decode()
    assert "报价文件未按要求签署" in own


def test_with_a_candidate_no_failure_is_declared(cast, at):
    made = evaluate.reached(cast, at, "signed")
    before = counts()
    with pytest.raises(awards.HasCandidate):
        awards.declare_failure(actor=cast.purchaser, tender_id=made.tender.id, credential={})
    assert (counts(), tender_facts(made.tender.id).status) == (before, "evaluated")


def test_a_total_that_item_prices_do_not_make_becomes_the_contract_amount(cast, at):
    made = evaluate.reached(cast, at, "signed")
    row = OpenedBid.objects.get(bid=made.bids[0])
    row.sheet["prices"][0]["unit_price"] = "4600.00"
    row.save()
    [award] = made.decide()
    contract = contract_facts(award.contract_id)
    assert (str(contract.amount), str(contract.items[0].unit_price)) == ("900000.00", "4500.00")


def test_the_tender_is_contracted_when_its_contract_is_signed_by_both(cast, at):
    made = evaluate.reached(cast, at, "signed")
    [award] = made.decide()
    assert not awards.contracted(award_id=award.pk)
    contract = contract_facts(award.contract_id)
    signer = parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "法定代表人")
    for actor in (cast.supplier_a, signer):
        touched = made.credential(
            actor.user_id, bytes.fromhex(contract.terms_hash), contracts.purpose_of(contract.id)
        )
        contracts.sign(actor=actor, contract_id=contract.id, credential=touched)
    timer = Timer.objects.get(verb="evaluation.contracted")
    from config.timers import handlers

    handlers()[timer.verb](timer.subject)
    assert tender_facts(made.tender.id).status == "contracted"
    assert not awards.contracted(award_id=award.pk)


@pytest.mark.skipif(not SHARED.exists(), reason=f"the OCDS validator {SHARED} is not here")
def test_the_award_release_is_valid_ocds(cast, at, client, tmp_path):
    made = evaluate.reached(cast, at, "decided")
    record = client.get(f"/open-data/ocds/records/{made.tender.ocid}")
    (tmp_path / "record.json").write_bytes(record.getvalue())
    done = subprocess.run(
        [str(SHARED), str(tmp_path / "record.json"), "--ext", "all", "--local"],
        env={**os.environ, "OCDS_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    compiled = json.loads(record.getvalue())["records"][0]["compiledRelease"]
    assert compiled["awards"][0]["value"]["amount"] == 900000.0
    assert {row["status"] for row in compiled["bids"]["details"]} == {"valid"}
