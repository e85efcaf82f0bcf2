"""Talks: each supplier hears its own and nothing else, all are heard equally often, and only listed terms change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bidding.services import finals
from config.routing import Streams
from core import clock
from core.errors import Invalid, NotFound, WrongState
from core.transitions import follow
from evaluation import talks, verifying
from evaluation.models import Response, Round, Said, Talk, TermChange
from evaluation.services import agenda, awards, changes, panels, rounds, scoring, seats, talking
from evaluation.states import CHANGE_STEPS, ROUND_STEPS, TALK_STEPS, ChangeStatus, RoundStatus, TalkStatus
from parties.models import InboxItem
from realtime.models import Event
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate
from tests.factories import rounds as make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
JSON = {"accept": "application/json"}


@pytest.fixture
def made(cast: Any, at: Any, settings: Any) -> evaluate.Evaluation:
    """Talks with three suppliers, nobody heard yet."""
    evaluate.begin_spring(settings, at)
    return make.talking_with(cast, at)


def expert(made: evaluate.Evaluation) -> Any:
    return made.actor(made.members[1])


def propose(made: evaluate.Evaluation, term: int = 1, text: str = "不低于 32 GB") -> TermChange:
    return changes.propose(
        actor=expert(made), panel_id=made.panel_id, term=term, text=text, reason="谈判表明可以提高"
    )


def confirm(made: evaluate.Evaluation, change: TermChange, until: Any = None) -> TermChange:
    until = until or clock.now() + HOUR
    return changes.confirm(actor=made.host, panel_id=made.panel_id, change_id=change.pk, respond_until=until)


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [(TALK_STEPS, TalkStatus), (ROUND_STEPS, RoundStatus), (CHANGE_STEPS, ChangeStatus)],
)
def test_every_status_and_verb_of_the_talks_is_allowed_once_or_refused(steps: Any, statuses: Any) -> None:
    allowed = [(source, step.verb) for step in steps for source in step.sources]
    assert len(allowed) == len(set(allowed))
    for status in statuses:
        for verb in {step.verb for step in steps}:
            if (status, verb) in allowed:
                assert follow(steps, status, verb).target in statuses
            else:
                with pytest.raises(WrongState):
                    follow(steps, status, verb)


def test_nothing_of_one_suppliers_talks_reaches_another(made: evaluate.Evaluation, cast: Any) -> None:
    own = {actor: make.talk_of(made, actor) for actor in (cast.supplier_a, cast.supplier_b)}
    page = f"/tenders/{made.tender.id}/talk/"
    b = evaluate.client_of(cast.supplier_b)
    streams = {f"tender.{made.tender.id}", talks.stream(own[cast.supplier_b])}
    before = (b.get(page, headers=JSON).json(), Event.objects.filter(stream__in=streams).count())
    told = InboxItem.objects.filter(organisation_id=cast.supplier_b.org_id).count()

    make.hear(made, cast.supplier_a)
    assert Event.objects.filter(stream=talks.stream(own[cast.supplier_a])).count() == 5
    after = (b.get(page, headers=JSON).json(), Event.objects.filter(stream__in=streams).count())
    assert after == before
    assert InboxItem.objects.filter(organisation_id=cast.supplier_b.org_id).count() == told

    shown = b.get(page).content.decode()
    for hidden in (cast.supplier_a.org_name, cast.supplier_c.org_name, *(one.name for one in made.members)):
        assert hidden not in shown
    team = f"/rooms/{made.panel_id}/talks/{own[cast.supplier_a].pk}/"
    for path in (team, f"/rooms/{made.panel_id}/", f"/opening/{made.tender.id}/"):
        assert b.get(path).status_code == 404, path
    door = Streams.doors["talk"]
    door(cast.supplier_a, str(own[cast.supplier_a].pk))
    door(expert(made), str(own[cast.supplier_a].pk))
    door(cast.supervisor, str(own[cast.supplier_a].pk))
    for actor in (cast.supplier_b, cast.outsider, cast.agency):
        with pytest.raises(NotFound):
            door(actor, str(own[cast.supplier_a].pk))
    with pytest.raises(NotFound):
        Streams.doors["opening"](cast.supplier_b, str(made.tender.id))
    assert evaluate.client_of(cast.outsider).get(page).status_code == 404


def test_all_are_heard_equally_often_one_at_a_time_and_minutes_are_signed_by_both(
    made: evaluate.Evaluation, cast: Any
) -> None:
    a, b, c = cast.supplier_a, cast.supplier_b, cast.supplier_c
    due = clock.now() + 9 * HOUR

    def ask_for_finals() -> None:
        rounds.call_finals(actor=made.host, panel_id=made.panel_id, due_at=due)

    make.call(made, a)
    for other in (a, b):
        with pytest.raises(WrongState):
            make.call(made, other)
    first = make.write(made, a)
    talk = make.talk_of(made, a)
    make.sign(made, a, talk, talks.SUPPLIER)
    rewritten = make.write(made, a, "更正：双方另说明了交货周期。")
    assert (rewritten.signatures, rewritten.digest != first.digest) == ({}, True)
    make.sign(made, expert(made), talk, talks.TEAM)
    with pytest.raises(talking.SignedAlready):
        make.sign(made, made.actor(made.members[2]), talk, talks.TEAM)
    with pytest.raises(WrongState):
        ask_for_finals()
    with pytest.raises(NotFound):  # only the representative goes on without a signature
        talking.give_up(actor=expert(made), panel_id=made.panel_id, talk_id=talk.pk, reason="未签署")
    with pytest.raises(Invalid):
        talking.give_up(actor=made.host, panel_id=made.panel_id, talk_id=talk.pk, reason=" ")
    talking.give_up(actor=made.host, panel_id=made.panel_id, talk_id=talk.pk, reason="供应商拒绝签署")
    with pytest.raises(WrongState):  # nobody is a round ahead
        make.call(made, a)
    with pytest.raises(WrongState):  # two have not been heard
        ask_for_finals()
    for actor in (b, c):
        make.hear(made, actor)
    with pytest.raises(WrongState):
        talking.say(actor=b, talk=make.talk_of(made, b), side=talks.SUPPLIER, text="还有一点补充")
    with pytest.raises(Invalid):
        rounds.call_finals(actor=made.host, panel_id=made.panel_id, due_at=clock.now() - HOUR)
    assert (make.panel_of(made).status, make.asked(made)) == ("talking", set())
    with pytest.raises(NotFound):
        rounds.call_finals(actor=expert(made), panel_id=made.panel_id, due_at=due)

    ask_for_finals()
    assert make.asked(made) == {a.org_id, b.org_id, c.org_id}
    said = Event.objects.filter(type="finals.called")
    assert {event.stream for event in said} == {talks.stream(one) for one in Talk.objects.all()}
    with pytest.raises(WrongState):
        agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    with pytest.raises(WrongState):
        agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="成员失联")


def test_only_a_listed_term_changes_by_the_representative_and_all_are_told_at_once(
    made: evaluate.Evaluation, cast: Any
) -> None:
    terms = tender_facts(made.tender.id).terms
    with pytest.raises(changes.NotChangeable):
        propose(made, term=3)
    with pytest.raises(Invalid):
        propose(made, text=terms[0].text)
    with pytest.raises(NotFound):
        changes.propose(actor=cast.supplier_a, panel_id=made.panel_id, term=1, text="16 GB", reason="便宜")
    dropped = propose(made, text="不低于 64 GB")
    changes.drop(actor=expert(made), panel_id=made.panel_id, change_id=dropped.pk)
    change = propose(made)
    with pytest.raises(changes.RepresentativeConfirms):
        changes.confirm(
            actor=expert(made), panel_id=made.panel_id, change_id=change.pk, respond_until=clock.now() + HOUR
        )
    with pytest.raises(Invalid):
        confirm(made, change, clock.now() - HOUR)
    with pytest.raises(WrongState):
        confirm(made, dropped)
    assert tender_facts(made.tender.id).terms == terms
    assert not Event.objects.filter(type="document.changed").exists()

    for actor in (cast.supplier_a, cast.supplier_b, cast.supplier_c):
        make.hear(made, actor)
    with pytest.raises(WrongState):  # a proposal waits
        rounds.call_finals(actor=made.host, panel_id=made.panel_id, due_at=clock.now() + 9 * HOUR)
    leaver = tender_facts(made.tender.id)
    talking.leave(actor=cast.supplier_c, tender=leaver, reason="产能不足")
    confirm(made, change)
    held = tender_facts(made.tender.id)
    assert [term.text for term in held.terms] == ["不低于 32 GB", terms[1].text]
    assert (held.need, held.delivery, held.payment) == (leaver.need, leaver.delivery, leaver.payment)
    told = Event.objects.filter(type="document.changed")
    staying = {talks.stream(make.talk_of(made, actor)) for actor in (cast.supplier_a, cast.supplier_b)}
    assert {event.stream for event in told} == staying
    tasks = InboxItem.objects.filter(key__contains=f".change.{change.pk}")
    assert {task.organisation_id for task in tasks} == {cast.supplier_a.org_id, cast.supplier_b.org_id}
    assert len({task.due_at for task in tasks}) == 1


def test_a_response_is_due_within_its_time_and_equal_is_late(
    made: evaluate.Evaluation, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = confirm(made, propose(made))
    said = {"tender_id": made.tender.id, "change_id": change.pk}

    def respond(actor: Any, moment: Any, text: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(clock, "stamp", lambda: moment)
            changes.respond(actor=actor, text=text, **said)

    tick = timedelta(microseconds=1)
    respond(cast.supplier_a, change.respond_until - tick, "升级为 32 GB")
    for late in (change.respond_until, change.respond_until + tick):
        with pytest.raises(changes.ResponseLate):
            respond(cast.supplier_b, late, "升级为 32 GB")
    with pytest.raises(Invalid):
        respond(cast.supplier_b, change.respond_until - tick, " ")
    with pytest.raises(NotFound):
        respond(cast.outsider, change.respond_until - tick, "我也来")
    assert [row.talk.supplier_id for row in Response.objects.all()] == [cast.supplier_a.org_id]
    team = evaluate.client_of(made.host).get(f"/rooms/{made.panel_id}/").content.decode()
    assert "升级为 32 GB" in team
    other = evaluate.client_of(cast.supplier_b).get(f"/tenders/{made.tender.id}/talk/").content.decode()
    assert "不低于 32 GB" in other
    assert "升级为 32 GB" not in other


def test_too_few_that_stay_end_the_procedure_by_the_methods_own_rule(
    made: evaluate.Evaluation, cast: Any
) -> None:
    with pytest.raises(WrongState):  # enough are there: talk with them
        agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    make.hear(made, cast.supplier_a)
    tender = tender_facts(made.tender.id)
    with pytest.raises(Invalid):
        talking.leave(actor=cast.supplier_b, tender=tender, reason="")
    talking.leave(actor=cast.supplier_b, tender=tender, reason="无法满足要求")
    with pytest.raises(WrongState):
        talking.leave(actor=cast.supplier_b, tender=tender, reason="再退一次")
    assert InboxItem.objects.filter(organisation_id=tender.purchaser_id, key__contains=".left.").count() == 1
    make.hear(made, cast.supplier_c)
    with pytest.raises(WrongState):
        rounds.call_finals(actor=made.host, panel_id=made.panel_id, due_at=clock.now() + HOUR)
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    made.score_all()
    report = made.report()
    assert report.body["lots"][0]["result"]["failed"] == "fewer_than_three"
    assert [row["left"] for row in report.body["rounds"]["talks"]].count("无法满足要求") == 1
    assert verifying.flaws(made.panel, report) == []
    heard = Round.objects.filter(talk__supplier_id=cast.supplier_a.org_id).get()
    Said.objects.filter(round=heard).update(text="没有这样说过")
    assert verifying.flaws(made.panel, report) == [f"minutes.{heard.talk_id}.1"]
    Round.objects.filter(pk=heard.pk).update(signatures={})
    assert verifying.flaws(made.panel, report) == [f"minutes.{heard.talk_id}.1", "rounds"]
    made.sign_all()
    awards.declare_failure(actor=made.host, tender_id=tender.id, credential=made.decision(made.host))
    assert tender_facts(tender.id).status == "failed"
    assert not InboxItem.objects.filter(key__contains=".talk.", is_task=True, done_at=None).exists()
    page = evaluate.client_of(made.host).get(f"/tenders/{tender.id}/").content.decode()
    assert f"/tenders/{tender.id}/again/" in page


def test_who_leaves_or_fails_during_the_talks_is_not_asked_and_gives_no_final_quote(
    cast: Any, at: Any, settings: Any
) -> None:
    evaluate.begin_spring(settings, at)
    said = {"method": "consultation", "ground": "research"}
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider]
    made = make.talking_with(cast, at, suppliers, failing=1, **said)
    out = evaluate.client_of(cast.outsider)
    told = out.get(f"/tenders/{made.tender.id}/talk/").content.decode()
    assert "报价文件未按要求签署" in told
    assert "data-stream" not in told
    assert cast.supplier_a.org_name not in told
    assert InboxItem.objects.filter(organisation_id=cast.outsider.org_id, key__contains=".out.").count() == 1
    condition = next(row.id for row in made.tender.criteria if row.kind == "conformity")
    judged = {
        "actor": expert(made),
        "panel_id": made.panel_id,
        "criterion": condition,
        "reason": "谈判表明不满足",
    }
    with pytest.raises(
        WrongState
    ):  # whoever failed the review takes no part: nothing is found of it any more
        scoring.review(bid_id=made.bids[3].pk, passed=True, **judged)
    scoring.review(bid_id=made.bids[2].pk, passed=False, ground="not_responsive", **judged)
    tender = make.called_for_finals(made, suppliers[:3])
    assert make.asked(made) == {cast.supplier_a.org_id, cast.supplier_b.org_id}, "two may go on for research"
    for refused in (cast.supplier_c, cast.outsider):
        answer = evaluate.client_of(refused).post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})
        assert answer.status_code == 404
    talking.leave(actor=cast.supplier_b, tender=tender, reason="价格无法再降")
    assert finals.asked_lots(tender.id, cast.supplier_b.org_id) == set()
    answer = evaluate.client_of(cast.supplier_b).post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})
    assert answer.status_code == 404


def test_talks_begin_only_with_enough_that_passed(cast: Any, at: Any, settings: Any) -> None:
    evaluate.begin_spring(settings, at)
    made = make.reviewing(cast, at, [cast.supplier_a, cast.supplier_b, cast.supplier_c])
    with pytest.raises(WrongState):  # not reviewed yet
        rounds.begin(actor=made.host, panel_id=made.panel_id)
    made.review([made.bids[0].pk])
    with pytest.raises(WrongState):
        rounds.begin(actor=made.host, panel_id=made.panel_id)
    assert (Talk.objects.count(), Round.objects.count(), make.panel_of(made).status) == (0, 0, "reviewing")
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    made.score_all()
    assert made.report().body["lots"][0]["result"]["failed"] == "fewer_than_three"


def test_talks_wait_until_a_seat_that_became_free_is_filled(cast: Any, at: Any, settings: Any) -> None:
    evaluate.begin_spring(settings, at)
    made = make.reviewing(cast, at, [cast.supplier_a, cast.supplier_b, cast.supplier_c])
    made.review()
    newcomer = seats.recuse(actor=made.actor(made.members[2]), panel_id=made.panel_id, reason="身体不适")
    with pytest.raises(panels.PanelIncomplete):
        rounds.begin(actor=made.host, panel_id=made.panel_id)
    assert (Talk.objects.count(), made.panel.status) == (0, "reviewing")
    made.declare(newcomer)
    assert rounds.begin(actor=made.host, panel_id=made.panel_id).status == "talking"
