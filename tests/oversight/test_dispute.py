"""Challenges and complaints: in time by the law, signed, seen by those concerned, decided with effect."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from contracting.selectors import contract_facts
from contracting.services import contracts
from core import clock
from core.audit.models import Entry
from core.canonical import digest
from core.errors import Invalid, NotFound, WrongState
from core.law import current
from core.ledger.models import Entry as LogEntry
from core.timers.models import Timer
from core.workdays import BEIJING
from disclosure.models import Notice
from evaluation import selectors as evaluation
from evaluation.services import deals
from oversight import dispute_rules as rules
from oversight import timers
from oversight.models import Challenge, Complaint
from oversight.selectors import disputes
from oversight.services import challenges, complaints, deciding
from oversight.states import Effect
from parties.access import CLOCK
from parties.models import InboxItem
from tendering.models import Hold
from tendering.selectors import holds_in_force, tender_facts
from tendering.services import holds, progress, sole
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
LETTER = {
    "contact": "杭州市示例路1号 张三 0571-00000000",
    "matter": "第一中标候选人的业绩证明与公示不符。",
    "request": "重新评审或者另行确定中标人。",
    "facts": "附件一：合同公告截图。",
    "basis": "财政部令第87号第六十四条。",
}


def sign(actor: Any, body: dict[str, Any], row: Any) -> Any:
    site = evaluate.Evaluation(tender=None, host=actor)  # type: ignore[arg-type]
    return site.credential(actor.user_id, digest(body), challenges.purpose_of(row))


def challenge(actor: Any, tender: Any, subject: str) -> Challenge:
    row = challenges.draft(actor=actor, tender_id=tender.id, subject=subject, **LETTER)
    return challenges.submit(
        actor=actor, challenge_id=row.pk, credential=sign(actor, challenges.letter(row), row)
    )


def complain(actor: Any, row: Challenge) -> Complaint:
    said = complaints.draft(actor=actor, challenge_id=row.pk, **LETTER)
    touched = sign(actor, complaints.letter(said), said)
    return complaints.submit(actor=actor, complaint_id=said.pk, credential=touched)


@pytest.fixture(autouse=True)
def spring(settings: Any, at: Any) -> None:
    evaluate.begin_spring(settings, at)


def beijing(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("subject", "acts", "known", "until"),
    [
        ("result", {"mark_awarded": beijing(2, 9)}, date(2026, 2, 10), date(2026, 2, 26)),
        ("documents", {"publish": beijing(2, 3)}, date(2026, 2, 10), date(2026, 2, 26)),
        (
            "documents",
            {"publish": beijing(1, 5), "amend": beijing(2, 3)},
            date(2026, 2, 10),
            date(2026, 2, 26),
        ),
        ("opening", {"publish": beijing(1, 5), "mark_opened": beijing(2, 10)}, None, date(2026, 2, 26)),
        ("result", {"publish": beijing(1, 5)}, None, None),
    ],
)
def test_who_should_have_known_when_and_may_challenge_until_when(
    subject: str, acts: dict[str, datetime], known: date | None, until: date | None
) -> None:
    law = current.law(date(2026, 1, 1), method="open_tender")
    window = rules.window(law, subject, acts, "T-02.tender_notice_period")
    assert (window.until.last_day if window else None) == until
    if known is not None and window is not None:
        assert window.known_on == known


def test_reply_and_complaint_follow_one_another_by_the_laws_examples() -> None:
    law = current.law(date(2026, 1, 1))
    assert rules.following(law, rules.REPLY, beijing(9, 29)).last_day == date(2026, 10, 14)
    reply = rules.following(law, rules.REPLY, beijing(9, 10))
    assert reply.last_day == date(2026, 9, 20)
    assert rules.following(law, rules.DECIDE, beijing(9, 21)).last_day == date(2026, 11, 9)
    end = law.end_of(rules.REPLY, date(2026, 9, 10))
    assert rules.following(law, rules.COMPLAIN, end).last_day == date(2026, 10, 16)


@pytest.mark.parametrize(
    ("status", "subject", "signed", "performed", "possible"),
    [
        ("open", "documents", False, False, {Effect.NONE, Effect.RUN_AGAIN}),
        ("evaluated", "evaluation", False, False, {Effect.NONE, Effect.RUN_AGAIN}),
        ("awarded", "result", False, False, {Effect.NONE, Effect.VOID_NEXT, Effect.VOID_AGAIN}),
        ("awarded", "documents", False, False, {Effect.NONE, Effect.VOID_AGAIN}),
        ("contracted", "result", True, False, {Effect.NONE, Effect.RESCIND}),
        ("contracted", "result", True, True, {Effect.NONE, Effect.DAMAGES}),
        ("failed", "result", False, False, {Effect.NONE}),
    ],
)
def test_what_a_decision_may_do_depends_on_the_stage(
    status: str, subject: str, signed: bool, performed: bool, possible: set[Effect]
) -> None:
    assert set(rules.effects(status, subject, signed=signed, performed=performed)) == possible
    alone = rules.effects(status, subject, signed=signed, performed=performed, compared=False)
    assert set(alone) == possible - {Effect.VOID_NEXT}, "one supplier alone was asked: nobody is next"


def test_a_result_is_challenged_complained_about_and_the_award_is_void(
    cast: Any, at: Any, signed_in: Any, client: Any
) -> None:
    made = evaluate.reached(cast, at, "decided")
    tender = made.tender
    row = challenge(cast.supplier_b, tender, "result")
    due = InboxItem.objects.get(key=f"challenge.{row.pk}.reply")
    assert (due.organisation_id, due.due_at) == (cast.purchaser.org_id, row.reply_due_at)
    page = reverse("oversight:challenge", args=[row.pk])
    for who in (cast.supplier_b, cast.purchaser, cast.supervisor):
        assert signed_in(who).get(page).status_code == 200
    for who in (cast.supplier_a, cast.supplier_c, cast.outsider, cast.agency, cast.experts[0]):
        assert signed_in(who).get(page).status_code == 404
    with pytest.raises(WrongState):
        complaints.draft(actor=cast.supplier_b, challenge_id=row.pk, **LETTER)

    answer = signed_in(cast.purchaser).post(
        reverse("oversight:challenge_do", args=[row.pk, "reply"]),
        {"outcome": "rejected", "reply": "业绩属实。"},
    )
    assert answer.status_code == 303
    said = complain(cast.supplier_b, row)
    complaint_page = reverse("oversight:complaint", args=[said.pk])
    assert signed_in(cast.purchaser).get(complaint_page).status_code == 404
    assert InboxItem.objects.get(key=f"complaint.{said.pk}.examine").organisation_id == cast.supervisor.org_id
    supervisor = signed_in(cast.supervisor)

    def do(verb: str, **data: str) -> int:
        answer = supervisor.post(reverse("oversight:complaint_do", args=[said.pk, verb]), data)
        status: int = answer.status_code
        return status

    assert do("accept") == 303
    assert do("suspend", reason="投诉处理期间暂停采购活动") == 303
    [held] = holds_in_force(tender.id)
    assert (held.until - clock.now()).days in range(29, 31)
    contract = contract_facts(evaluation.awards_of(tender.id)[0].contract_id)
    with pytest.raises(contracts.Suspended):
        contracts.sign(actor=cast.supplier_a, contract_id=contract.id, credential={})
    assert contract_facts(contract.id).signatures == ()
    base = Complaint.objects.get().decide_due_at
    assert base is not None
    assert do("stop_clock", why="业绩合同送鉴定") == 303
    assert Complaint.objects.get().decide_due_at is None
    assert do("decide", outcome="upheld", effect="void_next", findings="业绩合同系伪造。") == 422
    at(clock.now() + timedelta(days=7))
    supervisor = signed_in(cast.supervisor)
    assert do("restart_clock") == 303
    moved = Complaint.objects.get().decide_due_at
    assert moved is not None
    assert moved > base
    assert do("decide", outcome="rejected", effect="void_next", findings="业绩合同系伪造。") == 422
    assert do("decide", outcome="upheld", effect="run_again", findings="业绩合同系伪造。") == 422
    assert do("decide", outcome="upheld", effect="void_next", findings="业绩合同系伪造。") == 303

    said.refresh_from_db()
    assert (said.status, tender_facts(tender.id).status, holds_in_force(tender.id)) == (
        "decided",
        "evaluated",
        [],
    )
    [void] = evaluation.set_aside_of(tender.id)
    assert contract_facts(void.contract_id).status == "void"
    notice = Notice.objects.get(type="complaint_decision")
    assert notice.facts["effect"] == "void_next"
    client.logout()
    public = client.get(reverse("portal:notice", args=[notice.pk])).content.decode()
    assert "业绩合同系伪造。" in public
    assert LETTER["contact"] not in public
    assert client.get(complaint_page).status_code in (302, 401)
    made.decide()
    assert [row.supplier_id for row in evaluation.awards_of(tender.id)] == [cast.supplier_b.org_id]


def test_documents_are_challenged_by_any_supplier_and_a_complaint_ends_the_procedure(
    cast: Any, at: Any
) -> None:
    tender = make.published(cast.purchaser)
    row = challenge(cast.outsider, tender, "documents")
    assert row.reply_due_at is not None
    at(row.reply_due_at)
    said = complain(cast.outsider, row)
    received = said.decide_due_at
    deciding.ask_to_correct(actor=cast.supervisor, complaint_id=said.pk, note="请补充事实依据")
    at(clock.now() + timedelta(days=7))
    complaints.edit(actor=cast.outsider, complaint_id=said.pk, **{**LETTER, "facts": "附件二"})
    touched = sign(cast.outsider, complaints.letter(Complaint.objects.get()), said)
    complaints.submit(actor=cast.outsider, complaint_id=said.pk, credential=touched)
    assert received is not None
    assert disputes.decide_due(Complaint.objects.get()).ends_at > received  # type: ignore[union-attr]
    with pytest.raises(Invalid):
        deciding.ask_to_correct(actor=cast.supervisor, complaint_id=said.pk, note="再补")
    deciding.accept(actor=cast.supervisor, complaint_id=said.pk)
    complaints.answer(actor=cast.purchaser, complaint_id=said.pk, answer="条款系通用要求。")
    decided = deciding.decide(
        actor=cast.supervisor,
        complaint_id=said.pk,
        outcome="upheld",
        effect="run_again",
        findings="资格条件构成差别待遇。",
    )
    assert (decided.status, tender_facts(tender.id).status) == ("decided", "cancelled")
    assert Notice.objects.filter(type="cancellation").count() == 1


def test_what_is_too_late_too_early_unsigned_or_not_ones_own_leaves_nothing(
    cast: Any, at: Any, signed_in: Any
) -> None:
    tender = make.published(cast.purchaser)
    row = challenges.draft(actor=cast.supplier_a, tender_id=tender.id, subject="documents", **LETTER)
    before = (
        Challenge.objects.count(),
        Complaint.objects.count(),
        Entry.objects.count(),
        Notice.objects.count(),
    )
    for actor, subject, refusal in (
        (cast.supplier_a, "result", challenges.NotConcerned),
        (cast.purchaser, "documents", NotFound),
        (cast.supplier_a, "weather", Invalid),
    ):
        with pytest.raises(refusal):
            challenges.draft(actor=actor, tender_id=tender.id, subject=subject, **LETTER)
    for name in LETTER:
        with pytest.raises(Invalid):
            challenges.draft(
                actor=cast.supplier_a, tender_id=tender.id, subject="documents", **{**LETTER, name: " "}
            )
    with pytest.raises(challenges.signing.NotSigned):
        challenges.submit(actor=cast.supplier_a, challenge_id=row.pk, credential={})
    assert signed_in(cast.purchaser).get(reverse("oversight:challenge", args=[row.pk])).status_code == 404
    window = disputes.window_for(tender.id, "documents")
    assert window is not None
    at(window.until.ends_at)
    with pytest.raises(challenges.TooLate):
        challenges.submit(actor=cast.supplier_a, challenge_id=row.pk, credential={})
    with pytest.raises(challenges.TooLate):
        challenges.draft(actor=cast.supplier_a, tender_id=tender.id, subject="documents", **LETTER)
    counts = (
        Challenge.objects.count(),
        Complaint.objects.count(),
        Entry.objects.count(),
        Notice.objects.count(),
    )
    assert counts == before


def test_a_complaint_after_its_time_is_too_late(cast: Any, at: Any) -> None:
    tender = make.published(cast.purchaser)
    row = challenge(cast.supplier_a, tender, "documents")
    assert row.complaint_until is not None
    at(row.complaint_until - timedelta(minutes=1))
    draft = complaints.draft(actor=cast.supplier_a, challenge_id=row.pk, **LETTER)
    at(row.complaint_until)
    with pytest.raises(challenges.TooLate):
        complaints.submit(actor=cast.supplier_a, complaint_id=draft.pk, credential={})
    assert Complaint.objects.get().received_at is None


def test_nothing_is_awarded_while_it_is_suspended_and_the_clock_lifts_it(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "signed")
    longest = clock.now() + timedelta(days=32)
    with pytest.raises(Invalid):
        holds.hold(
            actor=cast.supervisor,
            tender_id=made.tender.id,
            source="complaint.x",
            reason="投诉",
            until=longest,
        )
    row = challenge(cast.supplier_b, made.tender, "evaluation")
    challenges.reply(actor=cast.purchaser, challenge_id=row.pk, outcome="rejected", reply="评审无误。")
    said = complain(cast.supplier_b, row)
    deciding.accept(actor=cast.supervisor, complaint_id=said.pk)
    deciding.suspend(actor=cast.supervisor, complaint_id=said.pk, reason="投诉处理期间暂停采购活动")
    with pytest.raises(WrongState):
        deciding.suspend(actor=cast.supervisor, complaint_id=said.pk, reason="再暂停")
    assert Notice.objects.filter(type="suspension").count() == 1
    with pytest.raises(holds.Held):
        made.decide()
    assert (made.panel.status, tender_facts(made.tender.id).status) == ("signed", "evaluated")
    timer = Timer.objects.get(verb="oversight.lift")
    at(timer.due_at)
    timers.lift(timer.subject)
    timers.lift(timer.subject)
    assert Hold.objects.get().lifted_by == CLOCK.label
    assert len(made.decide()) == 1


def dealt(cast: Any, at: Any) -> evaluate.Evaluation:
    """A price agreed with a single source, to which supplier B objected in vain, and decided."""
    draft = make.complete_draft(cast.purchaser, make.plan(cast.purchaser, method="single_source"))
    opinion = {"name": "王示例", "unit": "示例大学", "title": "教授", "opinion": "只能从该供应商处采购。"}
    sole.state_source(
        actor=cast.purchaser, tender_id=draft.id, supplier_id=str(cast.supplier_a.org_id),
        ground="only_supplier", reason="须与现有平台配套", opinions=[opinion],
    )  # fmt: skip
    tender = sole.announce(actor=cast.purchaser, tender_id=draft.id)
    sole.raise_objection(actor=cast.supplier_b, tender_id=draft.id, text="本公司也能提供同类终端。")
    at(tender.sole.objections_until)
    [objection] = tender_facts(draft.id).sole.objections
    sole.answer_objection(
        actor=cast.purchaser, tender_id=draft.id, objection_id=objection.id, upheld=False, review="不能接入。"
    )
    sole.negotiate(actor=cast.purchaser, tender_id=draft.id)
    deals.write(
        actor=cast.purchaser, tender_id=draft.id, held_on=clock.now().date(), place="会议室", staff="李示例",
        costs="成本构成", terms="经两轮协商", prices={"1-1": "4600.00"},
    )  # fmt: skip
    made = evaluate.Evaluation(tender, cast.purchaser)
    for actor in (cast.supplier_a, cast.purchaser):
        deal = deals.deal_of(draft.id)
        touched = made.credential(
            actor.user_id, bytes.fromhex(deal.digest), deals.purpose_of(draft.id, "deal")
        )
        deals.sign(actor=actor, tender_id=draft.id, credential=touched)
    body = digest(deals.decision_of(deals.deal_of(draft.id)))
    touched = made.credential(cast.purchaser.user_id, body, deals.purpose_of(draft.id, "deal-award"))
    deals.decide(actor=cast.purchaser, tender_id=draft.id, credential=touched)
    return made


def test_a_complaint_upheld_voids_a_deal_with_a_single_source_and_ends_it(
    cast: Any, at: Any, signed_in: Any
) -> None:
    tender = dealt(cast, at).tender
    contract = deals.deal_of(tender.id).contract_id
    page = reverse("tendering:sole_source", args=[tender.id])
    link = reverse("oversight:challenge_new", args=[tender.id])
    assert link in signed_in(cast.supplier_b).get(page).content.decode()
    assert link not in signed_in(cast.supplier_c).get(page).content.decode()
    assert signed_in(cast.supplier_c).get(link).status_code == 404, "it neither was asked nor objected"
    with pytest.raises(NotFound):
        challenge(cast.supplier_c, tender, "result")
    row = challenge(cast.supplier_b, tender, "result")
    challenges.reply(actor=cast.purchaser, challenge_id=row.pk, outcome="rejected", reply="协商属实。")
    said = complain(cast.supplier_b, row)
    deciding.accept(actor=cast.supervisor, complaint_id=said.pk)
    before = Entry.objects.count()
    with pytest.raises(Invalid) as refused:
        deciding.decide(
            actor=cast.supervisor,
            complaint_id=said.pk,
            outcome="upheld",
            effect="void_next",
            findings="不实。",
        )
    assert (set(refused.value.errors), Entry.objects.count()) == ({"effect"}, before)

    deciding.decide(
        actor=cast.supervisor, complaint_id=said.pk, outcome="upheld", effect="void_again", findings="不实。"
    )
    deal = deals.deal_of(tender.id)
    assert (deal.status, deal.contract_id, [one["rule"] for one in deal.earlier]) == (
        "recorded",
        None,
        ["Q-09"],
    )
    assert (tender_facts(tender.id).status, contract_facts(contract).status) == ("failed", "void")
    change = Notice.objects.get(type="result_change")
    assert change.corrects_id == Notice.objects.get(type="award").pk
    assert "第三十二条" in json.dumps(change.sections, ensure_ascii=False)
    assert "第四十九条" not in json.dumps(change.sections, ensure_ascii=False)
    assert Notice.objects.filter(type="failure").exists()
    told = InboxItem.objects.get(key__endswith=".void.2")
    assert told.organisation_id == cast.supplier_a.org_id


def test_a_suspended_opening_is_not_marked(cast: Any, at: Any) -> None:
    tender = make.published(cast.purchaser)
    holds.hold(actor=cast.supervisor, tender_id=tender.id, source="complaint.y", reason="投诉")
    at(tender.bids_due_at)
    progress.close(tender_id=tender.id, actor=CLOCK)
    with pytest.raises(holds.Held):
        progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    assert holds.lift(actor=cast.supervisor, tender_id=tender.id, source="complaint.y")
    assert not holds.lift(actor=cast.supervisor, tender_id=tender.id, source="complaint.y")
    progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    logged = [bytes(row.content) for row in LogEntry.objects.order_by("index")]
    assert [json.loads(row)["held"] for row in logged if b"hold-entry" in row] == [True, False]


def test_a_reply_that_upholds_a_challenge_voids_the_award_by_itself(
    cast: Any, at: Any, signed_in: Any
) -> None:
    made = evaluate.reached(cast, at, "decided")
    row = challenge(cast.supplier_b, made.tender, "result")
    address = reverse("oversight:challenge_do", args=[row.pk, "reply"])
    host = signed_in(cast.purchaser)
    wrong = (
        {"outcome": "rejected", "effect": "void_next", "reply": "业绩属实。"},
        {"outcome": "upheld", "effect": "rescind", "reply": "业绩不实。"},
        {"outcome": "upheld", "effect": "run_again", "reply": "业绩不实。"},
    )
    before = Entry.objects.count()
    for data in wrong:
        answer = host.post(address, data)
        assert answer.status_code == 422
        assert data["reply"] in answer.content.decode()
    row.refresh_from_db()
    assert (row.status, row.effect, Entry.objects.count()) == ("submitted", "", before)
    assert (
        host.post(address, {"outcome": "upheld", "effect": "void_next", "reply": "业绩不实。"}).status_code
        == 303
    )
    row.refresh_from_db()
    assert (row.status, row.effect, tender_facts(made.tender.id).status) == (
        "answered",
        "void_next",
        "evaluated",
    )
    [void] = evaluation.set_aside_of(made.tender.id)
    assert (void.void_rule, contract_facts(void.contract_id).status) == ("Q-04", "void")
    told = InboxItem.objects.get(key=f"challenge.{row.pk}.changed")
    assert told.organisation_id == cast.supervisor.org_id
    made.decide()
    assert [one.supplier_id for one in evaluation.awards_of(made.tender.id)] == [cast.supplier_b.org_id]


def test_a_reply_that_upholds_a_challenge_to_the_documents_ends_the_procedure(cast: Any, at: Any) -> None:
    made = evaluate.opened(cast, at)
    row = challenge(cast.supplier_b, made.tender, "opening")
    challenges.reply(
        actor=cast.purchaser,
        challenge_id=row.pk,
        outcome="upheld",
        reply="开标程序有误。",
        effect="run_again",
    )
    assert tender_facts(made.tender.id).status == "failed"
    assert not InboxItem.objects.filter(key=f"tender.{made.tender.id}.challenge.{row.pk}").exists()
