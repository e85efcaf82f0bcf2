"""A restricted tender (邀请招标): called, applied for, drawn before witnesses, invited, then as an open tender."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bidding.services import closing, opening
from core.ledger.selectors import entries_naming
from disclosure.models import Notice
from evaluation.services import awards
from parties.models import InboxItem, Organisation
from tendering.selectors import applications_of, call_of, law_of, tender_facts
from tests.bidding.bidder import Bidder
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.journeys.conftest import awarded_and_signed, complete, evaluated, from_budget_to_draft
from tests.journeys.journal import Journal, Person

pytestmark = pytest.mark.django_db(transaction=True)


def apply(person: Person, tender: Any, expect: int = 303) -> None:
    person.post(
        f"/tenders/{tender.id}/apply/", "applies to be invited", expect=expect, statement="符合全部资格要求。",
        file=SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 " + person.name.encode()),
    )  # fmt: skip


def called(journal: Journal, buyer: Person) -> Any:
    """A restricted tender that takes applications."""
    tender = from_budget_to_draft(buyer, "restricted_tender", "1000000.00", "教学电脑邀请招标")
    complete(buyer, tender, "招标文件")
    for name, kind, points in (("技术方案", "subjective", 50), ("售后服务", "objective", 20)):
        buyer.post(
            f"/tenders/{tender.id}/criteria/new/", f"adds the criterion {name}", name=name, kind=kind,
            max=str(points), guide="满足全部要求得满分，每缺一项扣 5 分。",
        )  # fmt: skip
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes the prequalification notice")
    return tender_facts(tender.id)


def applicants(journal: Journal, cast: Any, count: int) -> list[Person]:
    known = [cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider]
    more = [parties.desk("supplier", f"第{n}示例有限公司", "330100") for n in range(5, 8)]
    return [journal.person(f"applicant {n}", one) for n, one in enumerate((known + more)[:count], start=1)]


def reviewed(host: Person, tender: Any, refused: str = "") -> None:
    for row in applications_of(tender.id):
        verb = "refuse" if row.supplier_name == refused else "qualify"
        reason = "缺少纳税证明" if verb == "refuse" else ""
        host.post(
            f"/tenders/{tender.id}/applications/{row.id}/", f"reviews an application: {verb}", verb=verb,
            reason=reason,
        )  # fmt: skip


def test_three_are_drawn_from_six_and_only_they_see_the_document_and_bid(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    journal = journey("restricted_tender", "Restricted tender (邀请招标)")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = called(journal, buyer)
    call, law = call_of(tender.id), law_of(tender.id)
    assert tender.status == "applying"
    assert call.due_at == law.end_of("L-12.prequal_submit_min", law_start(tender)).ends_at - timedelta(
        hours=14, minutes=30
    )
    assert Notice.objects.get(type="prequalification").facts["commitment"] == call.commitment
    [committed] = [row for row in entries_naming(str(tender.id)) if "commitment" in row["type"]]
    assert committed["sha256"] == call.commitment
    people = applicants(journal, cast, 7)
    for person in people:
        apply(person, tender)
    assert buyer.client.post(f"/tenders/{tender.id}/applications/pool").status_code == 409, "too early"

    at(call.due_at)
    apply(people[0], tender, expect=422)
    reviewed(buyer, tender, refused=people[6].actor.org_name)
    buyer.post(f"/tenders/{tender.id}/applications/pool", "fixes the pool; its hash goes to the log")
    colleague = journal.person(
        "second witness", parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "监督人员")
    )
    page = f"/tenders/{tender.id}/applications/"
    for witness in (buyer, colleague):
        sign = witness.json(page)["sign"]
        witness.touch(f"{page}witness", sign, "witnesses the draw with the passkey")
    drawn = call_of(tender.id).draw
    assert tender_facts(tender.id).status == "drawn"
    assert hashlib.sha256(drawn["seed"].encode()).hexdigest() == call.commitment
    mixed = hashlib.sha256(f"{drawn['seed']}:{drawn['root']}".encode()).hexdigest()
    assert drawn["pool"] == sorted(person.actor.credit_code for person in people[:6])
    again = sorted(drawn["pool"], key=lambda code: hashlib.sha256(f"{mixed}:{code}".encode()).hexdigest())
    assert drawn["drawn"] == again[:3]
    buyer.post(f"/tenders/{tender.id}/publish/", "issues the document to the suppliers drawn")

    tender = tender_facts(tender.id)
    document = f"/tenders/{tender.id}/documents/{tender.documents[0].id}/"
    invited = [person for person in people if person.actor.credit_code in drawn["drawn"]]
    others = [person for person in people if person not in invited]
    for n, person in enumerate(invited, start=1):
        person.name = f"invited {n}"
        item = InboxItem.objects.get(organisation_id=person.actor.org_id, key__startswith="application.")
        assert item.url == f"/tenders/{tender.id}/bid/"
        assert person.client.get(document).status_code == 200
    others[0].name = "not drawn"
    others[0].sees_nothing(document, "does not see the document")
    others[0].sees_nothing(f"/tenders/{tender.id}/bid/", "cannot bid")
    assert others[0].client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"}).status_code == 404
    assert buyer.client.get("/").status_code == 200
    notice = Notice.objects.get(pk=tender.notice_id)
    assert tender.documents[0].name not in str(notice.sections)
    assert not any(person.actor.org_name in str(notice.sections) + str(notice.facts) for person in people)
    journal.follow([others[0]], [f"tender.{tender.id}"])

    for n, (person, price) in enumerate(zip(invited, ["4500.00", "4400.00", "4600.00"], strict=True)):
        assert Bidder.of(person.actor).submit(tender, tmp_path / f"{n}", price).status_code == 200
        journal.write(person.name, "seals a bid and submits it", "POST /bids/…/submit", 200)
    assert not Notice.objects.filter(type="qualified").exists()
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    told = {row["credit_code"]: row for row in Notice.objects.get(type="qualified").facts["suppliers"]}
    assert set(told) == {person.actor.credit_code for person in people}
    assert [code for code, row in told.items() if not row["qualified"]] == [people[6].actor.credit_code]
    assert {code for code, row in told.items() if row["invited"]} == set(drawn["drawn"])
    at(tender.bids_due_at + timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    journal.clock("bids are closed and opened", "bidding.close, bidding.gather")
    evaluated(journal, buyer, cast.experts, tender.id, size=5)
    award = evaluate_award(buyer, tender)
    winner = next(one for one in invited if str(one.actor.org_id) == award)
    contract = awarded_and_signed(journal, buyer, winner, tender.id)
    assert awards.contracted(award_id=contract.source.removeprefix("award."))
    assert tender_facts(tender.id).status == "contracted"
    assert others[0].client.get(document).status_code == 200, "with the award the documents are anybody's"
    journal.finish()


def law_start(tender: Any) -> Any:
    from tendering.models import Prequalification

    return Prequalification.objects.get(tender_id=tender.id).called_at


def evaluate_award(buyer: Person, tender: Any) -> str:
    """Whose bid stands first."""
    from bidding.models import Bid
    from evaluation import selectors

    panel = selectors.panel_of(tender.id)
    [bid] = selectors.candidates(selectors.report_of(panel)).values()
    return str(Bid.objects.get(pk=bid).supplier_id)


def test_five_qualified_are_too_few_to_draw_three_and_the_procedure_can_end(
    journey: Any, cast: Any, at: Any
) -> None:
    journal = journey("restricted_tender", "")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = called(journal, buyer)
    for person in applicants(journal, cast, 5):
        apply(person, tender)
    at(call_of(tender.id).due_at)
    early = buyer.client.post(f"/tenders/{tender.id}/applications/pool")
    assert early.status_code == 409, "nobody is reviewed"
    reviewed(buyer, tender)
    assert buyer.client.post(f"/tenders/{tender.id}/applications/pool").status_code == 409
    assert call_of(tender.id).pool_index is None
    stranger = evaluate.client_of(cast.supervisor)
    assert stranger.post(f"/tenders/{tender.id}/applications/pool").status_code == 404
    buyer.post(f"/tenders/{tender.id}/cancel/", "cancels", reason="合格供应商不足")
    assert tender_facts(tender.id).status == "cancelled"
    assert Notice.objects.filter(type="cancellation").exists()
