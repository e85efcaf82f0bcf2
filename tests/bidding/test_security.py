"""A bid security is named in the sealed bid alone; it goes back in time, and is kept only on the law's grounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bidding import desk
from bidding.models import BidSecurity, OpenedBid
from bidding.securities import securities_of
from bidding.services import securities
from bidding.services.securities import NoGround
from bidding.states import SECURITY_STEPS, SecurityStatus
from contracting.models import Contract
from contracting.services import contracts
from core import clock
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from core.money import Yuan
from core.timers.models import Timer
from core.transitions import follow
from evaluation.services import awards, eligibility
from parties.access import CLOCK
from parties.models import InboxItem
from tendering.models import Admission, Tender
from tendering.selectors import law_of, tender_facts
from tendering.services import admission
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
PAID = {"security_form": "transfer", "security_amount": "20000.00", "security_payer": "甲方示例科技有限公司"}


@pytest.fixture(autouse=True)
def spring(settings: Any, at: Any) -> Any:
    evaluate.begin_spring(settings, at)
    return at


def secured(cast: Any, at: Any, status: str = "", **over: Any) -> Any:
    """An evaluation whose lot asks for a security: two bids name theirs, the third does not."""
    made = evaluate.opened(cast, at)
    Admission.objects.filter(tender_id=made.tender.id).update(securities={"1": "20000.00"})
    made.tender = tender_facts(made.tender.id)
    for bid, account in zip(made.bids[:2], ("6222-1", over.get("second", "6222-2")), strict=True):
        row = OpenedBid.objects.get(bid=bid)
        row.sheet["facts"] |= {**PAID, "security_account": account, "security_reference": "HK-1"}
        row.save()
    securities.note_opened(made.tender, actor=CLOCK)
    return made


def ids(made: Any) -> list[int]:
    rows = {row.bid_id: row.id for row in securities_of(made.tender.id)}
    return [rows[bid.pk] for bid in made.bids]


def test_a_security_is_asked_for_within_the_laws_share_and_stands_in_the_bid_page(
    cast: Any, spring: Any, signed_in: Any
) -> None:
    draft = make.complete_draft(cast.purchaser)
    cap = Yuan(draft.lots[0].budget.amount / 50)
    form = {"evidence_asked": ["civil"], "security_1": str(Yuan(cap.amount) + Yuan("0.01"))}
    client, address = signed_in(cast.purchaser), f"/tenders/{draft.id}/admission/"
    wrong = client.post(address, form)
    assert wrong.status_code == 422
    assert form["security_1"] in wrong.content.decode()
    assert tender_facts(draft.id).securities == {}
    assert client.post(address, {**form, "security_1": str(cap)}).status_code == 303
    found = tender_facts(draft.id)
    assert found.securities == {"1": cap}
    assert desk.evidence(found, cast.supplier_a.org_id)[0]["condition"] == "civil"
    with pytest.raises(Invalid):
        admission.save(
            actor=cast.purchaser,
            tender_id=draft.id,
            evidence_asked=[],
            preparers=[],
            securities={"1": "cash"},
        )


def test_nothing_tells_of_a_security_before_the_opening(cast: Any, spring: Any, signed_in: Any) -> None:
    tender = make.published(cast.purchaser)
    Admission.objects.filter(tender_id=tender.id).update(securities={"1": "20000.00"})
    assert securities.note_opened(tender_facts(tender.id), actor=CLOCK) == 0
    page = signed_in(cast.purchaser).get(f"/tenders/{tender.id}/securities/").content.decode()
    assert not any(one.org_name in page for one in (cast.supplier_a, cast.supplier_b, cast.supplier_c))
    assert not BidSecurity.objects.exists()


def test_what_the_bids_say_is_known_at_the_opening_checked_and_looked_at_in_the_review(
    cast: Any, spring: Any
) -> None:
    made = secured(cast, spring, second="6222-1")
    said = {row.bid_id: row for row in securities_of(made.tender.id)}
    assert [said[bid.pk].status for bid in made.bids] == ["declared", "declared", "missing"]
    assert said[made.bids[0].pk].payer == "甲方示例科技有限公司"
    assert InboxItem.objects.filter(key=f"tender.{made.tender.id}.security.check", done_at=None).exists()
    first, second, third = ids(made)
    given = {"actor": cast.purchaser, "tender_id": made.tender.id}
    securities.check(**given, security_id=first, received=True)
    securities.check(**given, security_id=second, received=False)
    assert not InboxItem.objects.filter(key=f"tender.{made.tender.id}.security.check", done_at=None).exists()
    codes = [{row.code for row in eligibility.standing_of(made.tender, bid.pk).findings} for bid in made.bids]
    assert codes == [
        {"not-asked", "linked"},
        {"not-asked", "linked", "security-missing"},
        {"not-asked", "security-missing"},
    ]
    with pytest.raises(WrongState):
        securities.check(**given, security_id=first, received=False)
    with pytest.raises(NotFound):
        securities.check(**{**given, "tender_id": cast.purchaser.org_id}, security_id=third, received=True)


def test_losers_get_theirs_back_after_the_award_and_the_winner_after_the_contract(
    cast: Any, spring: Any, signed_in: Any
) -> None:
    made = secured(cast, spring)
    given = {"actor": cast.purchaser, "tender_id": made.tender.id}
    first, second, _third = ids(made)
    for row in (first, second):
        securities.check(**given, security_id=row, received=True)
    decided, law = clock.now(), law_of(made.tender.id)
    securities.after_award(actor=cast.purchaser, tender=made.tender, winners={made.bids[0].pk}, at=decided)
    winner, loser = BidSecurity.objects.get(pk=first), BidSecurity.objects.get(pk=second)
    assert winner.due_at is None
    due = law.end_of("L-13.bond_refund_loser", decided).ends_at
    assert (loser.due_at, loser.due_rule) == (due, "L-13.bond_refund_loser")
    task = InboxItem.objects.get(key=f"tender.{made.tender.id}.security.{second}")
    assert (task.due_at, task.organisation_id) == (due, cast.purchaser.org_id)
    assert Timer.objects.filter(verb=securities.OVERDUE, subject=str(second), due_at=due).exists()
    assert not securities.overdue(security_id=second)
    spring(due)
    assert securities.overdue(security_id=second)
    assert InboxItem.objects.get(key=f"security.{second}.overdue").organisation_id == cast.supervisor.org_id

    address = f"/tenders/{made.tender.id}/securities/"
    client = signed_in(cast.purchaser)
    client.post(f"{address}{second}/return", {"reference": " "})
    assert BidSecurity.objects.get(pk=second).status == SecurityStatus.HELD
    client.post(f"{address}{second}/return", {"reference": "HK-2"})
    row = {one.id: one for one in securities_of(made.tender.id)}[second]
    assert (row.status, row.settlement, row.late) == ("returned", "HK-2", True)
    assert Entry.objects.filter(verb="security_give_back").get().facts["late"] is True
    assert not InboxItem.objects.filter(pk=task.pk, done_at=None).exists()
    assert client.get(address).status_code == 200

    signed = clock.now()
    securities.after_contract(
        actor=CLOCK, tender=made.tender, supplier_id=cast.supplier_a.org_id, lot="1", at=signed
    )
    winner.refresh_from_db()
    assert winner.due_at == law.end_of("L-13.bond_refund_winner", signed).ends_at


def test_a_security_is_kept_only_on_a_ground_of_the_law_whose_fact_is_on_record(
    cast: Any, spring: Any
) -> None:
    made = secured(cast, spring)
    first, _second, third = ids(made)
    given = {"actor": cast.purchaser, "tender_id": made.tender.id, "security_id": first}
    securities.check(**given, received=True)
    before = Entry.objects.count()
    refusals = (
        ("L-13.bond_refund_loser", "不想退", NoGround),
        ("N-07.forfeit_false", "虚假材料", NoGround),
        ("L-13.forfeit_no_contract", "拒签合同", NoGround),
        ("L-13.forfeit_revoked", " ", Invalid),
    )
    for ground, reason, refusal in refusals:
        with pytest.raises(refusal):
            securities.keep(**given, ground=ground, reason=reason)
    with pytest.raises(WrongState):
        securities.keep(**{**given, "security_id": third}, ground="L-13.forfeit_revoked", reason="撤销投标")
    assert (Entry.objects.count(), BidSecurity.objects.get(pk=first).status) == (before, "held")
    securities.keep(**given, ground="L-13.forfeit_revoked", reason="投标截止后撤销投标文件")
    row = BidSecurity.objects.get(pk=first)
    assert (row.status, row.ground) == (SecurityStatus.KEPT, "L-13.forfeit_revoked")
    told = set(
        InboxItem.objects.filter(key__startswith=f"security.{first}.kept").values_list(
            "organisation_id", flat=True
        )
    )
    assert told == {cast.supplier_a.org_id, cast.supervisor.org_id}


def test_the_award_and_the_refused_contract_reach_the_securities(cast: Any, spring: Any) -> None:
    made = evaluate.reached(cast, spring, "signed", ceiling=None)
    Admission.objects.filter(tender_id=made.tender.id).update(securities={"1": "20000.00"})
    made.tender = tender_facts(made.tender.id)
    for bid in made.bids:
        OpenedBid.objects.filter(bid=bid).update(sheet=OpenedBid.objects.get(bid=bid).sheet | {"facts": PAID})
    securities.note_opened(made.tender, actor=CLOCK)
    given = {"actor": cast.purchaser, "tender_id": made.tender.id}
    for row in ids(made):
        securities.check(**given, security_id=row, received=True)
    made.tender = tender_facts(made.tender.id)
    body = made.decision(cast.purchaser)
    awards.decide(actor=cast.purchaser, tender_id=made.tender.id, credential=body)
    due = [bool(BidSecurity.objects.get(pk=row).due_at) for row in ids(made)]
    assert due == [False, True, True]
    contract = Contract.objects.get()
    contracts.void(actor=cast.supplier_a, contract_id=contract.pk, reason="无力履行")
    keep = {**given, "security_id": ids(made)[0]}
    securities.keep(**keep, ground="L-13.forfeit_no_contract", reason="无正当理由拒不签订合同")
    assert BidSecurity.objects.get(pk=ids(made)[0]).status == SecurityStatus.KEPT


def test_what_ended_without_an_award_gives_everything_back(cast: Any, spring: Any) -> None:
    made = secured(cast, spring)
    first = ids(made)[0]
    securities.check(actor=cast.purchaser, tender_id=made.tender.id, security_id=first, received=True)
    assert securities.watch(tender_id=made.tender.id)
    assert BidSecurity.objects.get(pk=first).due_at is None
    Tender.objects.filter(pk=made.tender.id).update(status="cancelled")
    spring(clock.now() + timedelta(days=1))
    assert securities.watch(tender_id=made.tender.id)
    assert BidSecurity.objects.get(pk=first).due_at is not None


def test_every_status_and_verb_of_a_security_is_allowed_once_or_refused() -> None:
    allowed = [(source, step.verb) for step in SECURITY_STEPS for source in step.sources]
    assert len(allowed) == len(set(allowed))
    for status in SecurityStatus:
        for verb in {step.verb for step in SECURITY_STEPS}:
            if (status, verb) in allowed:
                assert follow(SECURITY_STEPS, status, verb).target in SecurityStatus
            else:
                with pytest.raises(WrongState):
                    follow(SECURITY_STEPS, status, verb)
