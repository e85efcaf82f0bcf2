"""Who may take part is checked again in the review, at the award and at the contract; credit queries are evidence."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from bidding.models import OpenedBid
from contracting.models import Contract, Signature
from contracting.services import contracts
from core import clock
from core.audit.models import Entry
from core.canonical import digest
from evaluation.models import Award, Review
from evaluation.services import agenda, awards, eligibility, scoring
from evaluation.services.eligibility import NotAsked, NotEligible, SanctionStands
from evaluation.services.scoring import ReasonMissing
from parties.credit import CreditUnavailable, RecordedAnswers
from parties.models import CreditQuery, Evidence, Sanction
from parties.services import holders, standing
from parties.states import Mark
from tendering.models import Lot
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db


@pytest.fixture
def answers(settings: Any, tmp_path: Path) -> Any:
    """Record what the registers answer: `answers({credit code: register})`."""
    settings.CREDIT_ANSWERS_FILE = tmp_path / "answers.json"

    def write(entries: dict[str, str]) -> None:
        said = {code: [{"register": name, "text": "示例"}] for code, name in entries.items()}
        settings.CREDIT_ANSWERS_FILE.write_text(json.dumps({"recorded_on": "2026-03-01", "entries": said}))

    write({})
    return write


def ban(cast: Any, supplier: Any) -> None:
    standing.impose(
        actor=cast.supervisor,
        credit_code=supplier.credit_code,
        name="",
        kind="禁止参加政府采购活动",
        reason="提供虚假材料",
        citation="某财采〔2026〕1号",
        since=clock.now() - timedelta(days=1),
        until=None,
        mark=Mark.BAN,
    )


def qualification(made: Any) -> str:
    return next(row.id for row in made.tender.criteria if row.kind == "qualification")


def review(made: Any, number: int, **over: Any) -> Any:
    given = {"criterion": qualification(made), "passed": True, "reason": "", **over}
    return scoring.review(actor=made.host, panel_id=made.panel_id, bid_id=made.bids[number].pk, **given)


def test_the_review_begins_with_a_query_about_every_bidder_that_is_kept(
    cast: Any, at: Any, answers: Any
) -> None:
    answers({cast.supplier_b.credit_code: "taxes"})
    made = evaluate.reached(cast, at, "reviewing", ceiling=None)
    kept = {row.credit_code: row for row in CreditQuery.objects.all()}
    assert set(kept) == {row.credit_code for row in (cast.supplier_a, cast.supplier_b, cast.supplier_c)}
    hit = kept[cast.supplier_b.credit_code]
    assert (hit.purpose, hit.listed) == (f"tender.{made.tender.id}", ["taxes"])
    assert hit.answer_hash == digest(hit.answer).hex()
    assert hit.asked["registers"] == ["debtors", "procurement", "taxes"]
    assert hit.asked_at <= clock.now()
    entry = Entry.objects.get(subject=f"credit.{cast.supplier_b.credit_code}")
    assert (entry.facts["answer"], entry.facts["listed"]) == (hit.answer_hash, ["taxes"])

    review(made, 0)
    before = (Review.objects.count(), Entry.objects.count())
    with pytest.raises(NotEligible) as refused:
        review(made, 1)
    assert (refused.value.rule, refused.value.facts["finding"]) == ("G-04.listed_max", "listed")
    assert (Review.objects.count(), Entry.objects.count()) == before
    review(made, 1, passed=False, ground="not_qualified", reason="列入重大税收违法失信主体")


def test_the_page_shows_what_was_found_to_those_who_read_bids_and_the_answer_can_be_fetched(
    cast: Any, at: Any, answers: Any
) -> None:
    answers({cast.supplier_b.credit_code: "debtors"})
    made = evaluate.reached(cast, at, "reviewing", ceiling=None)
    page = (
        evaluate.client_of(cast.purchaser, accept_language="en")
        .get(f"/rooms/{made.panel_id}/eligibility/")
        .content.decode()
    )
    assert "财库〔2016〕125号" in page
    assert "general knowledge" in page
    row = CreditQuery.objects.get(credit_code=cast.supplier_b.credit_code)
    said = evaluate.client_of(cast.supervisor).get(f"/rooms/{made.panel_id}/eligibility/{row.pk}").json()
    assert (said["sha256"], digest(said["answer"]).hex()) == (row.answer_hash, row.answer_hash)
    assert evaluate.client_of(cast.supplier_a).get(f"/rooms/{made.panel_id}/eligibility/").status_code == 404
    asked = evaluate.client_of(cast.purchaser).post(f"/rooms/{made.panel_id}/eligibility/ask")
    assert (asked.status_code, CreditQuery.objects.count()) == (303, 6)
    assert (
        evaluate.client_of(cast.supervisor).post(f"/rooms/{made.panel_id}/eligibility/ask").status_code == 404
    )


def test_without_an_answer_the_reviewer_says_why_or_enters_the_query_by_hand(
    cast: Any, at: Any, settings: Any, tmp_path: Path
) -> None:
    settings.CREDIT_ANSWERS_FILE = tmp_path / "absent.json"
    with pytest.raises(CreditUnavailable):
        RecordedAnswers().ask(cast.supplier_a.credit_code, "")
    made = evaluate.reached(cast, at, "reviewing", ceiling=None)
    assert not CreditQuery.objects.exists()
    with pytest.raises(ReasonMissing):
        review(made, 0)
    assert not Review.objects.exists()
    review(made, 1, reason="系统不可用，已打电话核实")
    path, browser = f"/rooms/{made.panel_id}/eligibility/note", evaluate.client_of(cast.purchaser)
    data = {"credit_code": cast.supplier_a.credit_code, "remark": "信用中国网站"}
    assert browser.post(path, data).status_code == 422
    printout = SimpleUploadedFile("信用中国.pdf", b"%PDF-1.7 nothing found")
    assert browser.post(path, {**data, "file": printout}).status_code == 303
    row = CreditQuery.objects.get()
    assert (row.source, row.listed, row.answer["by_hand"]) == ("by hand", [], "信用中国网站")
    review(made, 0)
    fetched = browser.get(f"/rooms/{made.panel_id}/eligibility/{row.pk}")
    assert b"".join(fetched.streaming_content) == b"%PDF-1.7 nothing found"


def test_a_bidder_banned_after_it_passed_is_not_scored(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "reviewing", ceiling=None)
    made.review()
    ban(cast, cast.supplier_a)
    with pytest.raises(NotEligible):
        agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    assert made.panel.status == "reviewing"
    for row in made.tender.criteria:
        if row.kind == "qualification":
            review(
                made,
                0,
                criterion=row.id,
                passed=False,
                ground="not_qualified",
                reason="处于禁止参加政府采购活动期限内",
            )
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")


def test_nobody_is_awarded_without_a_query_nor_against_its_answer(cast: Any, at: Any, answers: Any) -> None:
    made = evaluate.reached(cast, at, "signed")
    CreditQuery.objects.all().delete()
    touched = made.decision(cast.purchaser)
    with pytest.raises(NotAsked):
        awards.decide(actor=cast.purchaser, tender_id=made.tender.id, credential=touched)
    answers({cast.supplier_a.credit_code: "procurement"})
    eligibility.ask_all(actor=cast.purchaser, tender=made.tender)
    with pytest.raises(SanctionStands) as refused:
        awards.decide(
            actor=cast.purchaser, tender_id=made.tender.id, credential=made.decision(cast.purchaser)
        )
    assert refused.value.rule == "G-04.listed_max"
    assert not Award.objects.exists()
    answers({})
    eligibility.ask_all(actor=cast.purchaser, tender=made.tender)
    assert made.decide()


def test_a_supplier_banned_after_the_award_signs_no_contract(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "decided")
    contract = Contract.objects.get()
    assert CreditQuery.objects.filter(purpose=f"contract.{contract.pk}").count() == 1
    touch = lambda: made.credential(  # noqa: E731
        cast.supplier_a.user_id, bytes.fromhex(contract.terms_hash), contracts.purpose_of(contract.pk)
    )
    ban(cast, cast.supplier_a)
    with pytest.raises(contracts.SupplierExcluded):
        contracts.sign(actor=cast.supplier_a, contract_id=contract.pk, credential=touch())
    assert not Signature.objects.exists()
    Sanction.objects.all().delete()
    contracts.sign(actor=cast.supplier_a, contract_id=contract.pk, credential=touch())
    assert Signature.objects.count() == 1


def test_in_a_lot_reserved_for_smes_a_large_maker_does_not_pass_and_a_size_unsaid_is_answered(
    cast: Any, at: Any
) -> None:
    made = evaluate.reached(cast, at, "reviewing")
    assert {row.bars for row in eligibility.standing_of(made.tender, made.bids[0].pk).findings} <= {False}
    Lot.objects.filter(tender_id=made.tender.id).update(reserved=True)
    for number, size in ((1, "small"), (2, "")):
        row = OpenedBid.objects.get(bid=made.bids[number])
        row.sheet["facts"]["size"] = size
        row.save()
    made.tender = tender_facts(made.tender.id)
    said = [
        [
            (row.code, row.rule, row.bars)
            for row in eligibility.standing_of(made.tender, bid.pk).findings
            if row.rule == "S-09"
        ]
        for bid in made.bids
    ]
    assert said == [[("not-sme", "S-09", True)], [], [("size-undeclared", "S-09", False)]]
    with pytest.raises(NotEligible):
        review(made, 0)
    with pytest.raises(ReasonMissing):
        review(made, 2)
    assert not Review.objects.exists()
    review(made, 1)
    assert Review.objects.count() == 1


@pytest.mark.requirement("S001-14")
def test_missing_evidence_is_answered_with_a_reason_and_links_bar_both(cast: Any, at: Any) -> None:
    """Without any evidence that it bears civil liability by itself, no reason makes a bidder qualified."""
    for supplier in (cast.supplier_a, cast.supplier_b):
        holders.name_responsible(actor=supplier, name="钱示例", number="33010219700101123X")
    Evidence.objects.filter(organisation_id=cast.supplier_c.org_id, condition="taxes").update(
        valid_until=date(2026, 2, 1)
    )
    made = evaluate.reached(cast, at, "reviewing", ceiling=None)
    for number, other in ((0, cast.supplier_b), (1, cast.supplier_a)):
        [found] = eligibility.standing_of(made.tender, made.bids[number].pk).barred
        assert (found.rule, found.facts["other"]) == ("L-02.linked_bidders_max", other.org_name)
        with pytest.raises(NotEligible):
            review(made, number)
    licence = Evidence.objects.filter(organisation_id=cast.supplier_c.org_id, condition="civil")
    kept = list(licence.values_list("added_at", flat=True))
    licence.update(added_at=clock.now())
    [missing] = eligibility.standing_of(made.tender, made.bids[2].pk).barred
    assert (missing.rule, missing.facts["condition"]) == (
        "L-01.conditions",
        "Able to bear civil liability by itself",
    )
    with pytest.raises(NotEligible):
        review(made, 2, reason="营业执照另行补交")
    assert not Review.objects.exists()
    licence.update(added_at=kept[0])
    [late] = eligibility.standing_of(made.tender, made.bids[2].pk).findings
    assert (late.code, late.facts["condition"]) == ("unproven", "Taxes and social security paid")
    with pytest.raises(ReasonMissing):
        review(made, 2)
    assert not Review.objects.exists()
    review(made, 2, reason="投标文件第 12 页附有最新完税证明")
    page = evaluate.client_of(cast.purchaser, accept_language="en").get(
        f"/rooms/{made.panel_id}/eligibility/"
    )
    text = page.content.decode()
    assert "L-02.linked_bidders_max" in text
    assert "《政府采购法实施条例》第十八条" in text
    row = Evidence.objects.filter(organisation_id=cast.supplier_a.org_id, stored_as="").first()
    address = f"/rooms/{made.panel_id}/evidence/{row.pk}"
    assert evaluate.client_of(cast.purchaser).get(address).status_code == 404
    paper = storages["default"].save("evidence/x.pdf", ContentFile(b"paper"))
    Evidence.objects.filter(pk=row.pk).update(stored_as=paper, name="证明.pdf")
    assert b"".join(evaluate.client_of(cast.purchaser).get(address).streaming_content) == b"paper"
    assert evaluate.client_of(cast.supplier_b).get(address).status_code == 404
