"""Members declare and sign, leave when they are tied, and are replaced by another draw."""

from __future__ import annotations

from typing import Any

import pytest

from core.audit.models import Entry
from core.audit.services import verify as audit_verifies
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, WrongState
from evaluation.models import Member
from evaluation.services import agenda, awards, panels, seats
from evaluation.states import FILLED_IN, MEMBER_STEPS, PANEL_STEPS, MemberStatus, PanelStatus
from parties.models import Expert, InboxItem, Organisation
from parties.services import signing
from parties.services.signing import NotSigned
from realtime.models import Event
from tests.factories import evaluation as evaluate
from tests.factories import parties

pytestmark = pytest.mark.django_db


def test_a_member_signs_the_declaration_and_anybody_can_check_it(cast, at):
    made = evaluate.drawn(cast, at)
    member = made.declare(made.members[1])
    body = member.statement["body"]
    assert body["bidders"] == sorted(str(bid.supplier_id) for bid in made.bids)
    assert signing.verify(member.statement["signature"], digest(body))
    assert not signing.verify(member.statement["signature"], digest({**body, "bidders": []}))
    assert member.status == MemberStatus.DECLARED
    assert InboxItem.objects.get(key=f"room.{made.panel_id}.declare.{member.pk}").done_at is not None
    assert Event.objects.filter(stream=f"room.{made.panel_id}", type="member.declared").count() == 1
    with pytest.raises(WrongState):
        made.declare(member)


def test_a_declaration_signed_for_something_else_does_not_count(cast, at):
    made = evaluate.drawn(cast, at)
    member = made.members[1]
    wrong = made.credential(member.user_id, digest({"other": 1}), f"declaration.{member.pk}")
    before = (Entry.objects.count(), Event.objects.count())
    with pytest.raises(NotSigned):
        panels.declare(actor=made.actor(member), panel_id=made.panel_id, credential=wrong)
    member.refresh_from_db()
    assert (member.status, member.statement) == (MemberStatus.INVITED, None)
    assert before == (Entry.objects.count(), Event.objects.count())


def test_a_panel_member_who_also_works_for_a_bidder_is_refused_and_nothing_is_written(cast, at):
    """The tie came into the register after the draw: neither declaring nor being seated is possible."""
    made = evaluate.drawn(cast, at)
    member = next(one for one in made.members if one.kind == Member.EXPERT)
    evaluate.tie(made.actor(member), cast.supplier_a)
    touched = made.credential(
        member.user_id, digest(panels.declaration(made.panel, member)), f"declaration.{member.pk}"
    )
    before = (Entry.objects.count(), Event.objects.count())
    with pytest.raises(panels.ConflictOfInterest) as refused:
        panels.declare(actor=made.actor(member), panel_id=made.panel_id, credential=touched)
    assert (refused.value.code, refused.value.status) == ("conflict-of-interest", 409)
    assert "甲方" in refused.value.facts["ties"]
    member.refresh_from_db()
    assert member.status == MemberStatus.INVITED
    assert before == (Entry.objects.count(), Event.objects.count())
    browser = evaluate.client_of(made.actor(member))
    answer = browser.post(
        f"/rooms/{made.panel_id}/declare", {"credential": "{}"}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict-of-interest")


def test_who_leaves_is_replaced_by_another_draw_and_sees_the_room_no_more(cast, at):
    made = evaluate.drawn(cast, at)
    leaving = made.members[1]
    actor = made.actor(leaving)
    browser = evaluate.client_of(actor)
    assert browser.get(f"/rooms/{made.panel_id}/").status_code == 200
    answer = browser.post(f"/rooms/{made.panel_id}/recuse", {"reason": "配偶在投标人任职"})
    assert answer.status_code == 303
    members = made.members
    assert (len(members), leaving.pk in {one.pk for one in members}) == (made.panel.size, False)
    rounds = made.panel.draw["rounds"]
    assert len(rounds) == 2
    assert Expert.objects.get(user_id=leaving.user_id).number in rounds[1]["struck"]
    newcomer = next(one for one in members if one.position == made.panel.size + 1)
    assert rounds[1]["drawn"] == [newcomer.expert.number]
    assert browser.get(f"/rooms/{made.panel_id}/").status_code == 404
    assert audit_verifies(f"room.{made.panel_id}") is None


def test_leaving_needs_a_reason(cast, at):
    made = evaluate.drawn(cast, at)
    member = made.members[1]
    with pytest.raises(Invalid):
        seats.recuse(actor=made.actor(member), panel_id=made.panel_id, reason=" ")
    assert len(made.members) == made.panel.size


def test_a_seat_that_no_draw_can_fill_is_filled_by_hand_ties_checked(cast, at):
    for expert in cast.experts[4:]:
        evaluate.tie(expert, cast.supplier_a)
    made = evaluate.drawn(cast, at)
    representative = made.members[0]
    with pytest.raises(WrongState):
        seats.seat_expert(
            actor=made.host,
            panel_id=made.panel_id,
            expert_id=Expert.objects.get(user_id=_other(cast).user_id).pk,
            approval="财政局〔2026〕3号",
        )
    expert = next(one for one in made.members if one.kind == Member.EXPERT)
    assert (
        seats.replace(actor=made.host, panel_id=made.panel_id, member_id=expert.pk, reason="未到场") is None
    )
    tied = Expert.objects.get(user_id=cast.experts[5].user_id)
    with pytest.raises(panels.ConflictOfInterest):
        seats.seat_expert(actor=made.host, panel_id=made.panel_id, expert_id=tied.pk, approval="同意")
    with pytest.raises(Conflict):
        seats.seat_expert(
            actor=made.host, panel_id=made.panel_id, expert_id=expert.expert_id, approval="同意"
        )
    fresh = Expert.objects.get(user_id=parties.expert(9, ["B05"]).user_id)
    host = evaluate.client_of(made.host, accept="application/json")
    path = f"/rooms/{made.panel_id}/seat"
    assert host.post(path, {"expert": "nobody"}).status_code == 404
    approved = {"expert": fresh.number, "approval": "杭州市教育局 2026-03-01 同意"}
    Expert.objects.filter(pk=fresh.pk).update(suspended_at=made.panel.formed_at)
    assert host.post(path, approved).status_code == 404
    Expert.objects.filter(pk=fresh.pk).update(suspended_at=None)
    refused = host.post(path, {"expert": fresh.number})
    assert (refused.status_code, len(made.members)) == (422, 4)
    assert host.post(path, approved).status_code == 303
    assert Member.objects.get(expert=fresh).approval == approved["approval"]
    assert seats.recuse(actor=cast.purchaser, panel_id=made.panel_id, reason="出差") is None
    with pytest.raises(Conflict):
        seats.seat_representative(actor=made.host, panel_id=made.panel_id, user_id=representative.user_id)
    colleague = parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "同事")
    browser = evaluate.client_of(cast.purchaser)
    answer = browser.post(f"/rooms/{made.panel_id}/seat", {"representative": str(colleague.user_id)})
    assert answer.status_code == 303
    assert sorted(one.kind for one in made.members) == ["expert"] * 4 + ["representative"]


def _other(cast: Any) -> Any:
    return parties.expert(10, ["B04"])


def test_work_begins_when_all_have_declared_and_only_by_the_host(cast, at):
    made = evaluate.drawn(cast, at)
    for member in made.members[:-1]:
        made.declare(member)
    with pytest.raises(WrongState):
        agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_review")
    made.declare(made.members[-1])
    assert InboxItem.objects.get(key=f"room.{made.panel_id}.begin").done_at is None
    with pytest.raises(NotFound):
        agenda.advance(actor=made.actor(made.members[1]), panel_id=made.panel_id, verb="begin_review")
    assert made.panel.status == PanelStatus.DRAWN
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_review")
    assert made.panel.status == PanelStatus.REVIEWING
    assert InboxItem.objects.get(key=f"room.{made.panel_id}.begin").done_at is not None


def test_a_dissolved_panel_is_void_and_another_one_can_be_drawn(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    made.score(made.members[1], {"S1": "37.37", "O1": "18"})
    with pytest.raises(Invalid):
        agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="")
    agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="两名成员失联")
    assert made.panel.status == PanelStatus.DISSOLVED
    assert not InboxItem.objects.filter(key__startswith=f"room.{made.panel_id}.", done_at=None).exists()
    for actor in (made.host, made.actor(made.members[2])):
        browser = evaluate.client_of(actor)
        for path in ("", "room.json", "?part=work"):
            assert "37.37" not in browser.get(f"/rooms/{made.panel_id}/{path}").content.decode()
    task = InboxItem.objects.get(key=f"tender.{made.tender.id}.panel.{made.panel_id}")
    assert task.done_at is None
    second = panels.draw(actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id)
    task.refresh_from_db()
    assert (second.pk != made.panel_id, task.done_at is not None) == (True, True)


@pytest.mark.parametrize("status", list(MemberStatus))
@pytest.mark.parametrize("verb", ["declare", "recuse"])
def test_every_state_of_a_member_allows_its_verbs_and_no_others(cast, at, status, verb):
    made = evaluate.drawn(cast, at)
    member = made.members[1]
    if status == MemberStatus.DECLARED:
        made.declare(member)
    if status == MemberStatus.RECUSED:
        seats.recuse(actor=made.actor(member), panel_id=made.panel_id, reason="回避")
    allowed = any(step.verb == verb and status in step.sources for step in MEMBER_STEPS)

    def act() -> None:
        if verb == "declare":
            made.declare(member)
        else:
            seats.recuse(actor=made.actor(member), panel_id=made.panel_id, reason="回避")

    if allowed:
        act()
    else:
        with pytest.raises(NotFound if status == MemberStatus.RECUSED else WrongState):
            act()
    member.refresh_from_db()
    target = next(step.target for step in MEMBER_STEPS if step.verb == verb) if allowed else status
    assert member.status == target


def _lose(made: Any) -> None:
    """Once the others' findings are seen, nobody comes in any more; who sits there and has declared is not replaced."""
    seats.replace(
        actor=made.host,
        panel_id=made.panel_id,
        member_id=Member.objects.filter(panel=made.panel_id)[1].pk,
        reason="病",
    )


VERBS = {
    "begin_review": lambda made: agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_review"),
    "begin_scoring": lambda made: agenda.advance(
        actor=made.host, panel_id=made.panel_id, verb="begin_scoring"
    ),
    "report": lambda made: made.report(),
    "decide": lambda made: awards.decide(actor=made.host, tender_id=made.tender.id, credential={}),
    "dissolve": lambda made: agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="失联"),
}


@pytest.mark.parametrize("status", list(PanelStatus))
def test_every_state_of_a_panel_allows_its_verbs_and_no_others(cast, at, status):
    """`reveal` and `sign_off` follow by themselves from the last sheet and the last signature."""
    made = evaluate.reached(cast, at, status)
    for verb, act in VERBS.items():
        if any(step.verb == verb and status in step.sources for step in PANEL_STEPS):
            continue
        before = (Entry.objects.count(), Event.objects.count())
        with pytest.raises(NotFound if (verb, status) == ("decide", "dissolved") else WrongState):
            act(made)
        assert (made.panel.status, before) == (status, (Entry.objects.count(), Event.objects.count())), verb
    if status not in FILLED_IN:
        with pytest.raises(WrongState):
            _lose(made)
        assert not made.panel.members.filter(status=MemberStatus.RECUSED).exists()
