"""Whole procedures in one process, from the budget line to the last payment: by a purchaser alone, and by its agency.

How bids are sealed and opened is tested in tests/bidding; here they are what an opening leaves behind.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bidding.models import Bid, CloseList, Resolution
from bidding.services import resolving
from bidding.states import BidStatus
from contracting.facts import ContractFacts
from contracting.selectors import contract_facts
from contracting.services import contracts, performance
from core import clock
from core.canonical import digest
from core.money import Yuan
from disclosure.models import Notice
from evaluation import selectors
from evaluation.models import Award, Member
from evaluation.services import awards, panels
from parties.access import CLOCK
from parties.models import InboxItem, Organisation
from planning.facts import PlanFacts
from planning.selectors import budget_facts, plan_facts
from planning.states import PlanStatus
from tendering import services as tendering
from tendering.facts import TenderFacts
from tendering.selectors import law_of, tender_facts
from tendering.services import drafting, progress, publishing
from tests.factories import bidding as bids
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
SERVICES = "2022:C1602"


@pytest.fixture(autouse=True)
def started(settings: Any, at: Any) -> None:
    evaluate.begin_spring(settings, at)


def planned(purchaser: Any, amount: str, category: str) -> PlanFacts:
    """A filed plan for 200 laptops or for 200 pieces of system integration."""
    line = make.budget_line(purchaser, amount, category=category)
    item = make.LAPTOPS if category == "goods" else SERVICES
    return make.plan(purchaser, amount, line, item_key=item)


def drafted(purchaser: Any, filed: PlanFacts) -> TenderFacts:
    """A complete draft in which the price counts 30 points, whatever its kind."""
    tender = make.complete_draft(purchaser, filed)
    return drafting.save_evaluation(
        actor=purchaser,
        tender_id=tender.id,
        version=tender.version,
        evaluation_method="weighted_score",
        price_weight=Decimal(30),
        deductions=tender.deductions,
    )


def closed(tender: TenderFacts, host: Any, suppliers: list[Any], prices: list[str], at: Any) -> Any:
    """The tender after its deadline, with one bid of each supplier that could be read."""
    at(tender.bids_due_at + timedelta(minutes=1))
    rows = [bids.opened_bid(tender, who, price) for who, price in zip(suppliers, prices, strict=True)]
    progress.close(tender_id=tender.id, actor=CLOCK)
    return evaluate.Evaluation(tender_facts(tender.id), host, rows)


def finish_opening(made: Any) -> None:
    """Nothing is held any more: the opening is over."""
    progress.mark_opened(tender_id=made.tender.id, actor=CLOCK)
    made.tender = tender_facts(made.tender.id)


def opened(tender: TenderFacts, host: Any, suppliers: list[Any], prices: list[str], at: Any) -> Any:
    """The tender after its opening, with one readable bid of each supplier."""
    made = closed(tender, host, suppliers, prices, at)
    finish_opening(made)
    return made


def evaluated(made: Any, representative: Any) -> None:
    """The panel drawn by the host, its sheets submitted, its report signed by all."""
    made.panel_id = panels.draw(
        actor=made.host, tender_id=made.tender.id, representative_id=representative.user_id
    ).pk
    made.begin_scoring()
    made.score_all()
    made.report()
    made.sign_all()


def performed(made: Any, contract: ContractFacts, supplier: Any) -> ContractFacts:
    """The contract signed by both sides, delivered, accepted by somebody who did not sign it, and paid."""
    desk = Organisation.objects.get(pk=contract.purchaser_id)
    signer, acceptor = parties.member(desk, "法定代表人"), parties.member(desk, "验收人")
    for actor in (supplier, signer):
        touched = made.credential(
            actor.user_id, bytes.fromhex(contract.terms_hash), contracts.purpose_of(contract.id)
        )
        contracts.sign(actor=actor, contract_id=contract.id, credential=touched)
    performance.deliver(actor=supplier, contract_id=contract.id, note="全部交付")
    performance.accept(actor=acceptor, contract_id=contract.id, result="passed", opinion="逐项查验合格")
    return performance.pay(
        actor=acceptor, contract_id=contract.id, amount=contract.amount, reference="ZF-2026-1"
    )


@pytest.mark.requirement("S003-22", "S004-22", "S004-30")
@pytest.mark.parametrize("category", ["goods", "services"])
def test_a_purchaser_alone_runs_a_small_open_tender_from_its_budget_to_the_last_payment(
    cast: Any, at: Any, client: Any, category: str
) -> None:
    purchaser = parties.desk("purchaser", "扬州示例学校", "321000")
    filed = planned(purchaser, "200000.00", category)
    tender = tendering.publish(actor=purchaser, tender_id=drafted(purchaser, filed).id)
    assert (tender.category, tender.agency_id) == (category, None)
    law = law_of(tender.id)
    assert tender.budget < law.yuan("G-06.scattered_limit"), "below the threshold of its region"

    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    made = opened(tender, purchaser, suppliers, ["600.00", "640.00", "680.00"], at)
    evaluated(made, purchaser)
    case = selectors.report_of(made.panel).body["lots"][0]["case"]
    scored = [row for row in made.tender.criteria if row.kind in {"subjective", "objective"}]
    assert Yuan(case["budget"]) == filed.amount
    assert Decimal(case["price"]["weight"]) == tender.price_weight
    assert [(row["id"], Decimal(row["max"])) for row in case["criteria"]] == [
        (row.id, row.max) for row in scored
    ]
    assert {cell.criterion for cell in selectors.cells_of(made.panel)} == set(scored)

    [award] = made.decide()
    contract = performed(made, contract_facts(award.contract_id), cast.supplier_a)
    assert (contract.status, contract.agency_id, contract.amount) == ("completed", None, Yuan("120000.00"))
    assert awards.contracted(award_id=award.pk)
    line = budget_facts(filed.budget_line_id)
    assert (line.spent, line.committed, line.reserved) == (contract.amount, Yuan(0), Yuan(0))
    assert line.available == filed.amount - contract.amount
    assert plan_facts(filed.id).status == PlanStatus.DONE
    said = Notice.objects.filter(ocid=filed.ocid).order_by("position")
    assert [row.type for row in said] == ["tender_notice", "award", "contract", "acceptance", "other"]
    assert {row.publisher for row in said} == {purchaser.org_name}
    assert all(row.agency == {} for row in said)


@pytest.mark.requirement("S001-71", "S002-02", "S004-19")
def test_an_entrusted_agency_drafts_publishes_and_evaluates_and_the_purchaser_decides(
    cast: Any, at: Any, client: Any
) -> None:
    tender = drafted(cast.purchaser, planned(cast.purchaser, "1200000.00", "goods"))
    make.entrusted(cast.purchaser, tender, cast.agency)
    drafting.save_lot(actor=cast.agency, tender_id=tender.id, no="1", title="教学电脑", budget=tender.budget)
    asked = publishing.submit_for_approval(actor=cast.agency, tender_id=tender.id)
    publishing.approve(actor=cast.purchaser, tender_id=tender.id, version=asked.version)
    tender = tendering.publish(actor=cast.agency, tender_id=tender.id)

    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    made = opened(tender, cast.agency, suppliers, ["4500.00", "4700.00", "4900.00"], at)
    evaluated(made, cast.purchaser)
    panel = made.panel
    assert panel.formed_by == cast.agency.label
    assert made.members[0].kind == Member.REPRESENTATIVE
    assert InboxItem.objects.get(key=f"tender.{tender.id}.award").organisation_id == cast.purchaser.org_id
    [award] = made.decide(cast.purchaser)
    assert Award.objects.get().pk == award.pk
    notice = Notice.objects.get(type="award")
    assert notice.agency["name"] == cast.agency.org_name
    assert notice.facts["agency_fee"]["amount"] == "13500.00"

    record = client.get(f"/open-data/ocds/records/{tender.ocid}").json()["records"][0]["compiledRelease"]
    [document] = [row for row in record["tender"]["documents"] if row["documentType"] == "biddingDocuments"]
    assert record["awards"][0]["status"] == "active"
    page = client.get(f"/projects/{tender.ocid}/").content.decode()
    assert document["url"] in page
    path = document["url"][document["url"].index("/tenders/") :]
    answer = client.get(path)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 example"
    assert answer["ETag"] == f'"{tender.documents[0].sha256}"'


REASON = "两名保管方失联超过八日，其余份额不足，经核实无法恢复。"


def waits(actor: Any, key: str) -> InboxItem:
    """The task in somebody's inbox, as their desk shows it."""
    item = InboxItem.objects.get(key=key)
    assert item.is_task
    assert item.done_at is None
    assert item.url in evaluate.client_of(actor).get("/desk").content.decode(), key
    return item


def held(tender: TenderFacts, supplier: Any, at: Any) -> Bid:
    """A bid that its opening could not read, put before the supervisor."""
    at(tender.bids_due_at + timedelta(minutes=1))
    bid = Bid.objects.create(
        tender_id=tender.id,
        lot="1",
        supplier_id=supplier.org_id,
        prepared_by=supplier.label,
        status=BidStatus.WAITING,
        record_hash="ab" * 32,
    )
    CloseList.objects.create(
        tender_id=tender.id, lot="1", closed_at=clock.now(), body={}, root="cd" * 32, entry_index=0
    )
    return bid


@pytest.mark.requirement("S003-60")
def test_five_parties_find_their_part_of_one_project_in_their_inboxes(cast: Any, at: Any) -> None:
    tender = drafted(cast.purchaser, planned(cast.purchaser, "1200000.00", "goods"))
    make.entrusted(cast.purchaser, tender, cast.agency)
    done = [waits(cast.agency, f"tender.{tender.id}.entrusted.{cast.agency.org_id}")]
    asked = publishing.submit_for_approval(actor=cast.agency, tender_id=tender.id)
    done.append(waits(cast.purchaser, f"tender.{tender.id}.approve.{asked.version}"))
    publishing.approve(actor=cast.purchaser, tender_id=tender.id, version=asked.version)
    tender = tendering.publish(actor=cast.agency, tender_id=tender.id)

    unread = held(tender, cast.outsider, at)
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    made = closed(tender, cast.agency, suppliers, ["4500.00", "4700.00", "4900.00"], at)
    resolving.ask(made.tender, [unread])
    done.append(waits(cast.supervisor, f"tender.{tender.id}.held.1"))
    said = resolving.body(made.tender, "1", Resolution.WITHOUT, REASON, unread.pk)
    touched = made.credential(cast.supervisor.user_id, digest(said), resolving.purpose_of(tender.id))
    resolving.resolve(
        actor=cast.supervisor, tender_id=tender.id, lot="1", decision=Resolution.WITHOUT,
        reason=REASON, bid_id=unread.pk, credential=touched,
    )  # fmt: skip
    finish_opening(made)

    made.panel_id = panels.draw(
        actor=cast.agency, tender_id=tender.id, representative_id=cast.purchaser.user_id
    ).pk
    expert = next(one for one in made.members if one.kind == Member.EXPERT)
    done.append(waits(made.actor(expert), f"room.{made.panel_id}.declare.{expert.pk}"))
    made.begin_scoring()
    made.score_all()
    made.report()
    made.sign_all()
    done.append(waits(cast.purchaser, f"tender.{tender.id}.award"))
    [award] = made.decide(cast.purchaser)
    contract = contract_facts(award.contract_id)
    [task] = InboxItem.objects.filter(
        key__startswith=f"contract.{contract.id}.sign.", organisation_id=cast.supplier_a.org_id
    )
    done.append(waits(cast.supplier_a, task.key))
    assert performed(made, contract, cast.supplier_a).status == "completed"
    for item in done:
        item.refresh_from_db()
        assert item.done_at is not None, item.key
