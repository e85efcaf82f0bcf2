"""Amend a published tender: before and after, time enough, never earlier, the policy's next version."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bidding.keeper.entries import read_entry as read_log_entry
from bidding.keeper.entries import read_place
from core import clock
from core.audit.models import Entry
from core.errors import Invalid, WrongState
from core.ledger import selectors as ledger
from core.ledger.key import log_signer
from core.timers.models import Timer
from core.workdays import BEIJING
from disclosure.models import Notice, Record
from tendering import services as tendering
from tendering.models import Amendment, Document, PolicyVersion
from tendering.selectors import policy_chain, tender_facts
from tendering.services.amending import DeadlinePassed, EarlierDeadline
from tendering.services.publishing import PurchaserApproves
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
DUE = datetime(2026, 9, 21, 9, 30, tzinfo=BEIJING)


@pytest.fixture
def tender(cast: Any, at: Any) -> Any:
    at(TODAY)
    return make.published(cast.purchaser)


def amend(cast: Any, tender: Any, **change: Any) -> Any:
    given = {"reason": "需求调整", "texts": {"delivery": "合同签订后 45 日内送达。"}}
    return tendering.amend(actor=cast.purchaser, tender_id=tender.id, **{**given, **change})


def traces() -> tuple[int, ...]:
    return (*(m.objects.count() for m in (Entry, Notice, Amendment, PolicyVersion, Document)), ledger.size())


@pytest.mark.requirement("S002-05")
def test_an_amendment_says_what_was_and_what_is_and_names_the_notice_it_corrects(
    cast: Any, tender: Any
) -> None:
    now = amend(cast, tender)
    notice = Notice.objects.get(pk=now.notice_id)
    assert (notice.type, notice.corrects_id, notice.version) == ("amendment", tender.notice_id, 2)
    assert notice.facts["changes"] == [
        {"label": "Delivery", "before": tender.delivery, "after": "合同签订后 45 日内送达。"}
    ]
    assert (now.delivery, now.notice_version, now.notice_hash) == ("合同签订后 45 日内送达。", 2, notice.hash)
    (row,) = now.amendments
    assert row.changes == (("Delivery", tender.delivery, "合同签订后 45 日内送达。"),)
    compiled = json.loads(Record.objects.get(pk=tender.ocid).compiled)
    assert len(compiled["tender"]["amendments"]) == 1


@pytest.mark.parametrize(("days", "extended"), [(5, DUE), (6, datetime(2026, 9, 22, 9, 30, tzinfo=BEIJING))])
def test_the_deadline_moves_when_less_than_fifteen_days_are_left(
    cast: Any, tender: Any, at: Any, days: int, extended: datetime
) -> None:
    assert tender.bids_due_at == DUE
    at(TODAY + timedelta(days=days))
    now = amend(cast, tender)
    assert (now.bids_due_at, now.opens_at, now.documents_until) == (extended, extended, extended)
    assert Timer.objects.get(verb="bidding.close", done_at=None).due_at == extended
    changed = [label for label, _, _ in now.amendments[0].changes]
    assert ("Bids are due" in changed) is (extended != DUE)


def test_what_cannot_affect_bids_moves_no_deadline(cast: Any, tender: Any, at: Any) -> None:
    at(DUE - timedelta(days=1))
    assert amend(cast, tender, affects_bids=False).bids_due_at == DUE


def test_more_time_can_be_given_and_never_less(cast: Any, tender: Any) -> None:
    later = DUE + timedelta(days=3)
    assert amend(cast, tender, texts={}, new_due_at=later).bids_due_at == later
    before = traces()
    with pytest.raises(EarlierDeadline):
        amend(cast, tender, new_due_at=later - timedelta(seconds=1))
    assert traces() == before
    assert tender_facts(tender.id).bids_due_at == later


@pytest.mark.parametrize(("late", "possible"), [(timedelta(seconds=-30), True), (timedelta(0), False)])
def test_a_passed_deadline_is_never_reopened(
    cast: Any, tender: Any, at: Any, late: timedelta, possible: bool
) -> None:
    at(DUE + late)
    before = traces()
    if possible:
        assert amend(cast, tender).bids_due_at > DUE
        return
    with pytest.raises(DeadlinePassed):
        amend(cast, tender)
    assert traces() == before


@pytest.mark.parametrize(
    "nothing", [{"texts": {}}, {"texts": {"need": ""}}, {"reason": " "}, {"texts": {"title": "改名"}}]
)
def test_an_amendment_changes_something_and_says_why(cast: Any, tender: Any, nothing: dict[str, Any]) -> None:
    before = traces()
    with pytest.raises(Invalid):
        amend(cast, tender, **nothing)
    assert traces() == before


def test_a_document_that_is_added_is_published_with_its_hash(cast: Any, tender: Any) -> None:
    now = amend(cast, tender, texts={}, file=SimpleUploadedFile("澄清.pdf", b"%PDF clarification"))
    assert [row.name for row in now.documents] == ["招标文件.pdf", "澄清.pdf"]
    assert now.documents[1].sha256 in json.dumps(Notice.objects.get(pk=now.notice_id).sections)


def test_the_policy_chain_goes_on_without_a_gap_and_a_keeper_follows_it(
    cast: Any, tender: Any, at: Any, settings: Any
) -> None:
    at(TODAY + timedelta(days=10))
    amend(cast, tender)
    now = amend(cast, tender, texts={"payment": "分期支付。"})
    chain = policy_chain(tender.id, "1")
    assert [policy["v"] for policy in chain] == [1, 2, 3]
    assert [policy["notice_version"] for policy in chain] == [1, 2, 3]
    entries = [
        read_log_entry(ledger.entry(row.entry_index), settings.LEDGER_ORIGIN)
        for row in PolicyVersion.objects.order_by("v")
    ]
    place = read_place(
        [entry for entry in entries if entry is not None],
        str(tender.id),
        "1",
        "single",
        signers=[log_signer(may_create=False).verifier.vkey],
        supervisors=[],
    )
    assert [logged.signed for logged in place.policies] == [True, True, True]
    assert now.sealing["policy_v"] == 3
    assert now.sealing["lots"]["1"]["single"]["policy"]["open_at"] == chain[-1]["open_at"]


def test_keepers_of_a_tender_stay_the_same_when_the_installation_gets_others(cast: Any, tender: Any) -> None:
    make.keepers(5)
    now = amend(cast, tender)
    assert (now.sealing["n"], now.sealing["keeper_set_hash"]) == (3, tender.sealing["keeper_set_hash"])


@pytest.mark.requirement("S002-24")
def test_an_agency_cannot_publish_an_amendment_that_the_purchaser_has_not_made(cast: Any) -> None:
    draft = make.complete_draft(cast.purchaser)
    make.entrusted(cast.purchaser, draft, cast.agency)
    tender = tendering.publish(actor=cast.purchaser, tender_id=draft.id)
    before = traces()
    with pytest.raises(PurchaserApproves):
        tendering.amend(actor=cast.agency, tender_id=tender.id, reason="改", texts={"need": "改"})
    assert traces() == before
    assert amend(cast, tender).notice_version == 2


def test_a_draft_is_edited_not_amended(cast: Any) -> None:
    draft = make.complete_draft(cast.purchaser)
    with pytest.raises(WrongState):
        amend(cast, draft)
    assert clock.now() > TODAY
