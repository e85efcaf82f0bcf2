"""Publish: the law pinned, the notice public with its open data, the policy logged, the close scheduled."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bidding.keeper.entries import PolicyEntry, read_place
from bidding.keeper.entries import read_entry as read_log_entry
from core import clock
from core.audit.models import Entry
from core.audit.services import verify
from core.errors import Conflict, NotFound, WrongState
from core.ledger import selectors as ledger
from core.ledger.key import log_signer
from core.money import Yuan
from core.timers.models import Timer
from core.workdays import BEIJING, beijing_date
from disclosure.models import Notice, Record, Release
from disclosure.services import NoticeIncomplete
from parties.models import InboxItem, Organisation
from planning.services import publish_intention
from realtime.models import Event
from tendering import services as tendering
from tendering.models import PolicyVersion, Tender
from tendering.selectors import LawChanged, law_of, open_tenders, policy_chain, tender_facts
from tendering.services import drafting, publishing
from tendering.services.publishing import NotReady, PurchaserApproves
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


def traces() -> tuple[int, ...]:
    counted = (Entry, Notice, Release, Timer, PolicyVersion, Event, InboxItem)
    return (*(model.objects.count() for model in counted), ledger.size())


def test_a_published_tender_accepts_bids_until_the_earliest_lawful_deadline(cast: Any, at: Any) -> None:
    at(TODAY)
    tender = make.published(cast.purchaser)
    assert tender.status == "open"
    due = datetime(2026, 9, 21, 9, 30, tzinfo=BEIJING)
    assert (tender.bids_due_at, tender.opens_at, tender.documents_until) == (due, due, due)
    assert [row.id for row in open_tenders()] == [tender.id]
    timer = Timer.objects.get(verb="bidding.close")
    assert (timer.subject, timer.due_at, timer.done_at) == (tender.source, due, None)


@pytest.mark.requirement("S002-01")
@pytest.mark.requirement("S002-03")
def test_the_notice_says_what_the_order_demands(cast: Any) -> None:
    tender = make.published(cast.purchaser)
    notice = Notice.objects.get(pk=tender.notice_id)
    assert (notice.hash, notice.type, notice.project_no) == (
        tender.notice_hash,
        "tender_notice",
        tender.project_no,
    )
    assert Yuan(notice.amount) == tender.budget
    assert notice.due_at == tender.bids_due_at
    said = json.dumps(notice.sections, ensure_ascii=False)
    for needed in (
        tender.title, tender.need, tender.delivery, str(tender.budget), str(tender.ceiling), "A02010108",
        cast.purchaser.org_name, "政府采购法》第二十二条", tender.documents[0].name, tender.documents[0].sha256,
    ):  # fmt: skip
        assert needed in said, needed
    assert notice.facts["sealing"]["k"] == 2
    assert len(notice.facts["sealing"]["keepers"]) == 3


@pytest.mark.requirement("S002-03")
def test_without_a_budget_nothing_is_published_and_nothing_is_left_behind(cast: Any) -> None:
    tender = make.complete_draft(cast.purchaser)
    good = tender.budget
    for budget, refused in ((Yuan(0), True), (good, False)):
        now = tender_facts(tender.id)
        drafting.save_basics(
            actor=cast.purchaser, tender_id=tender.id, version=now.version, title=now.title, need=now.need,
            delivery=now.delivery, budget=budget,
        )  # fmt: skip
        if not refused:
            assert tendering.publish(actor=cast.purchaser, tender_id=tender.id).status == "open"
            continue
        before = traces()
        with pytest.raises(NotReady) as why:
            tendering.publish(actor=cast.purchaser, tender_id=tender.id)
        assert "no-budget" in why.value.facts["issues"]
        assert traces() == before
        assert tender_facts(tender.id).status == "draft"


@pytest.mark.requirement("S000-17")
def test_a_purchase_of_services_is_announced_by_its_publication_and_in_no_other_way(
    cast: Any, client: Any
) -> None:
    line = make.budget_line(cast.purchaser, "1200000.00", category="services")
    tender = make.complete_draft(
        cast.purchaser, make.plan(cast.purchaser, "1200000.00", line, item_key="2022:C1602")
    )
    drafting.save_evaluation(
        actor=cast.purchaser, tender_id=tender.id, version=tender.version,
        evaluation_method="weighted_score", price_weight=Decimal(30), deductions=tender.deductions,
    )  # fmt: skip
    name = cast.purchaser.org_name
    Organisation.objects.filter(pk=cast.purchaser.org_id).update(name="")  # a notice names its purchaser
    before = traces()
    with pytest.raises(NoticeIncomplete):
        tendering.publish(actor=cast.purchaser, tender_id=tender.id)
    assert traces() == before
    assert tender_facts(tender.id).status == "draft"
    assert open_tenders() == []

    Organisation.objects.filter(pk=cast.purchaser.org_id).update(name=name)
    done = tendering.publish(actor=cast.purchaser, tender_id=tender.id)
    assert (done.status, done.category) == ("open", "services")
    [found] = client.get("/api/v1/notices", {"category": "services"}).json()["items"]
    assert (found["id"], found["ocid"]) == (str(done.notice_id), done.ocid)


def test_plan_intention_and_tender_are_one_process_in_open_data(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    publish_intention(actor=cast.purchaser, plan_id=plan.id)
    tender = make.published(cast.purchaser, plan)
    assert tender.ocid == plan.ocid
    compiled = json.loads(Record.objects.get(pk=plan.ocid).compiled)
    assert compiled["tender"]["status"] == "active"
    assert compiled["planning"]["budget"]["amount"]["currency"] == "CNY"
    assert compiled["tender"]["lots"][0]["id"] == "1"
    assert [row.tag for row in Release.objects.filter(ocid=plan.ocid).order_by("seq")] == [
        ["planning"],
        ["tender"],
    ]


def test_the_law_of_the_day_of_the_notice_is_kept(cast: Any, at: Any, monkeypatch: Any) -> None:
    at(TODAY)
    tender = make.published(cast.purchaser)
    law = law_of(tender.id)
    assert law.as_of == beijing_date(TODAY) == tender.law_as_of
    assert law.digest == tender.law_digest
    assert law.count("L-14.min_bidders") == 3
    Tender.objects.filter(pk=tender.id).update(law_snapshot="[]")
    with pytest.raises(LawChanged):
        law_of(tender.id)


def test_a_draft_stands_under_no_law_yet(cast: Any) -> None:
    with pytest.raises(NotFound):
        law_of(make.draft(cast.purchaser).id)


def test_a_keeper_accepts_the_logged_policy(cast: Any, settings: Any) -> None:
    tender = make.published(cast.purchaser)
    lot = tender.sealing["lots"]["1"]["single"]
    row = PolicyVersion.objects.get()
    entry = read_log_entry(ledger.entry(row.entry_index), settings.LEDGER_ORIGIN)
    assert isinstance(entry, PolicyEntry)
    place = read_place(
        [entry], str(tender.id), "1", "single",
        signers=[log_signer(may_create=False).verifier.vkey], supervisors=[],
    )  # fmt: skip
    (logged,) = place.policies
    assert logged.signed
    assert logged.policy is not None
    assert logged.policy.hash == lot["policy_hash"] == tender.sealing["policy_hash"]
    assert logged.policy.open_at == tender.opens_at
    assert logged.policy.notice_hash == tender.notice_hash
    assert (logged.policy.k, logged.policy.n) == (2, 3)
    assert logged.policy.gather_seconds == tender.gathering_seconds


def test_every_lot_has_its_own_policy_chain(cast: Any) -> None:
    tender = make.complete_draft(cast.purchaser)
    who = {"actor": cast.purchaser, "tender_id": tender.id}
    half = Yuan("600000.00")
    drafting.save_lot(**who, no="1", title="第一包", budget=half)
    drafting.save_lot(**who, title="第二包", budget=half)
    drafting.save_item(
        **who, lot_no="2", item_key=make.LAPTOPS, name="电脑", spec="14 英寸", quantity="10", unit="台"
    )
    now = tendering.publish(**who)
    assert set(now.sealing["lots"]) == {"1", "2"}
    assert [policy["lot"] for policy in policy_chain(tender.id, "2")] == ["2"]
    hashes = [now.sealing["lots"][no]["single"]["policy_hash"] for no in ("1", "2")]
    assert hashes[0] != hashes[1]


def test_two_envelopes_have_two_chains_and_the_price_waits_for_the_technical_result(
    cast: Any, settings: Any
) -> None:
    draft = make.complete_draft(cast.purchaser)
    single = tender_facts(draft.id)
    assert single.envelopes == ("single",)
    choose = {
        "actor": cast.purchaser,
        "tender_id": draft.id,
        "evaluation_method": draft.evaluation_method,
        "price_weight": draft.price_weight,
        "deductions": draft.deductions,
    }
    drafting.save_evaluation(**choose, version=single.version, two_envelopes=True)
    kept = drafting.save_evaluation(**choose, version=tender_facts(draft.id).version)
    assert kept.envelopes == ("technical", "price")
    advice = [
        issue for issue in publishing.readiness(kept, cast.purchaser, clock.now())[0] if not issue.blocking
    ]
    about = {issue.facts["criterion"] for issue in advice if issue.code == "condition-about-price"}
    assert about == {row.id for row in kept.criteria if row.name == "投标报价不超过预算金额和最高限价"}
    assert about
    now = tendering.publish(actor=cast.purchaser, tender_id=draft.id)
    with pytest.raises(WrongState):
        drafting.save_evaluation(**choose, version=now.version, two_envelopes=False)
    assert set(now.sealing["lots"]["1"]) == {"technical", "price"}
    assert now.sealing["policy_hash"] == now.sealing["lots"]["1"]["technical"]["policy_hash"]
    entries = [
        read_log_entry(ledger.entry(row.entry_index), settings.LEDGER_ORIGIN)
        for row in PolicyVersion.objects.all()
    ]
    signers = [log_signer(may_create=False).verifier.vkey]
    for envelope, requires in (("technical", ()), ("price", ("technical_result",))):
        place = read_place(entries, str(now.id), "1", envelope, signers=signers, supervisors=[])
        (logged,) = place.policies
        assert logged.signed
        assert logged.policy is not None
        assert (logged.policy.v, logged.policy.requires) == (1, requires)
    notice = Notice.objects.get(pk=now.notice_id)
    assert notice.facts["sealing"]["envelopes"] == ["technical", "price"]


def test_publishing_is_recorded_pushed_and_told(cast: Any, commits: Any) -> None:
    with commits():
        tender = make.published(cast.purchaser)
    assert verify(tender.source) is None
    assert Event.objects.filter(stream=tender.source, type="tender.published").count() == 1
    assert not InboxItem.objects.filter(
        organisation_id=cast.purchaser.org_id, is_task=True, done_at=None
    ).exists()
    assert InboxItem.objects.filter(organisation_id=cast.purchaser.org_id, is_task=False).exists()


def test_a_second_publication_is_refused_and_changes_nothing(cast: Any) -> None:
    tender = make.published(cast.purchaser)
    before = traces()
    with pytest.raises(WrongState):
        tendering.publish(actor=cast.purchaser, tender_id=tender.id)
    assert traces() == before
    assert tender_facts(tender.id) == tender


def test_when_the_log_cannot_be_written_nothing_is_published(cast: Any, settings: Any) -> None:
    tender = make.complete_draft(cast.purchaser)
    settings.LEDGER_KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
    settings.LEDGER_KEY_FILE.write_text("no key")
    before = traces()
    with pytest.raises(ValueError, match="hexadecimal"):
        tendering.publish(actor=cast.purchaser, tender_id=tender.id)
    assert traces() == before
    assert tender_facts(tender.id).published_at is None


@pytest.mark.parametrize(
    ("independent", "demonstration", "serves"), [(False, False, False), (False, True, True)]
)
def test_real_bids_are_not_sealed_to_keepers_of_this_machine(
    cast: Any, settings: Any, independent: bool, demonstration: bool, serves: bool
) -> None:
    settings.INDEPENDENT_KEEPERS, settings.DEMONSTRATION = independent, demonstration
    tender = make.complete_draft(cast.purchaser)
    if serves:
        assert tendering.publish(actor=cast.purchaser, tender_id=tender.id).status == "open"
        return
    with pytest.raises(NotReady) as why:
        tendering.publish(actor=cast.purchaser, tender_id=tender.id)
    assert why.value.facts["issues"] == ["keepers-not-independent"]


@pytest.mark.requirement("S002-24")
def test_an_agency_publishes_only_what_the_purchaser_has_approved(cast: Any) -> None:
    tender = make.complete_draft(cast.purchaser)
    make.entrusted(cast.purchaser, tender, cast.agency)
    with pytest.raises(NotReady) as why:
        tendering.publish(actor=cast.agency, tender_id=tender.id)
    assert why.value.facts["issues"] == ["not-approved"]

    asked = publishing.submit_for_approval(actor=cast.agency, tender_id=tender.id)
    with pytest.raises(PurchaserApproves):
        publishing.approve(actor=cast.agency, tender_id=tender.id, version=asked.version)
    publishing.approve(actor=cast.purchaser, tender_id=tender.id, version=asked.version)
    changed = drafting.save_lot(
        actor=cast.agency, tender_id=tender.id, no="1", title="改名", budget=tender.budget
    )
    with pytest.raises(NotReady):
        tendering.publish(actor=cast.agency, tender_id=tender.id)
    with pytest.raises(Conflict):
        publishing.approve(actor=cast.purchaser, tender_id=tender.id, version=asked.version)

    publishing.approve(actor=cast.purchaser, tender_id=tender.id, version=changed.version)
    done = tendering.publish(actor=cast.agency, tender_id=tender.id)
    assert (done.status, Notice.objects.get().agency["name"]) == ("open", cast.agency.org_name)


@pytest.mark.requirement("S003-64")
def test_in_the_sandbox_periods_are_seconds_and_everything_is_marked(cast: Any, settings: Any) -> None:
    settings.SANDBOX = settings.DEMONSTRATION = True
    tender = make.published(cast.purchaser)
    assert tender.sandbox
    assert tender.bids_due_at is not None
    assert timedelta(seconds=19) < tender.bids_due_at - clock.now() <= timedelta(seconds=21)
    assert tender.bids_due_at.microsecond == 0
    assert "sandbox" in tender.ocid
    notice = Notice.objects.get(pk=tender.notice_id)
    assert notice.facts["sandbox"] is True
    assert notice.sections[0]["title"] == "Demonstration"
    assert law_of(tender.id).cite("L-09.bid_min_days").unit == "second"


@pytest.mark.parametrize(("seconds", "fits"), [(60, True), (10, False)])
def test_in_the_sandbox_a_chosen_deadline_is_not_earlier_than_the_law(
    cast: Any, settings: Any, seconds: int, fits: bool
) -> None:
    settings.SANDBOX = settings.DEMONSTRATION = True
    wanted = clock.now() + timedelta(seconds=seconds)
    tender = make.complete_draft(cast.purchaser, wanted_due_at=wanted)
    if fits:
        assert tendering.publish(actor=cast.purchaser, tender_id=tender.id).bids_due_at == wanted
        return
    with pytest.raises(NotReady) as why:
        tendering.publish(actor=cast.purchaser, tender_id=tender.id)
    assert why.value.facts["issues"] == ["bid-time-too-short"]


def test_the_preview_is_what_gets_published(cast: Any, at: Any) -> None:
    at(TODAY)
    draft = make.complete_draft(cast.purchaser)
    preview = publishing.preview(draft, cast.purchaser)
    tendering.publish(actor=cast.purchaser, tender_id=draft.id)
    assert Notice.objects.get().sections == preview
    assert tender_facts(draft.id).status == "open"
