"""Drawn experts are called without being told what for, and nobody sees who they are before their names are unsealed."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command

from config.timers import handlers
from core import clock
from core.audit.models import Entry
from core.audit.services import verify as audit_verifies
from core.errors import Invalid, WrongState
from core.law.current import law
from core.ledger import selectors as log_selectors
from core.ledger import services as ledger
from core.money import Yuan
from core.timers import services as timers
from core.timers.models import Timer
from evaluation import draws, lines, meetings, script
from evaluation.meetings import Meeting
from evaluation.models import Attempt, Call, Draw, Member, Panel, Score
from evaluation.services import agenda, calling, panels, scoring, seats
from evaluation.states import CallStatus, PanelStatus
from parties.models import InboxItem, User
from tests.evaluation.test_draw import copied
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.scenes import scene

pytestmark = pytest.mark.django_db
PLACE = "评审中心三楼第二评审室"
RECORDED = ["evaluation.lines.RecordedText", "evaluation.lines.RecordedVoice"]


def called(cast: Any, at: Any) -> evaluate.Evaluation:
    """A panel that meets tomorrow: four experts of seven are being called."""

    def build() -> evaluate.Evaluation:
        made = evaluate.opened(cast, at)
        User.objects.filter(expert__isnull=False).update(phone="13800000000")
        meeting = Meeting(clock.now() + timedelta(hours=20), PLACE, 4)
        made.panel_id = panels.draw(
            actor=made.host,
            tender_id=made.tender.id,
            representative_id=cast.purchaser.user_id,
            meeting=meeting,
        ).pk
        return made

    return scene(("called", cast.purchaser.user_id), build)


def experts(made: evaluate.Evaluation) -> list[Member]:
    return [one for one in made.members if one.kind == Member.EXPERT]


def tick() -> None:
    """Do what is due; the log's own acts are not of this test."""
    Timer.objects.filter(verb__startswith="ledger.").delete()
    while timers.run_due(handlers()):
        pass


def test_nobody_sees_who_was_drawn_and_no_call_says_what_for(cast, at, mailoutbox):
    made = called(cast, at)
    meeting, tender = made.panel, made.tender
    names = [one.name for one in experts(made)] + [one.expert.number for one in experts(made)]
    salt = made.panel.draw["salt"]
    assert meeting.names_at == meeting.begins_at, "no rule of this place opens the list earlier"
    room = f"/rooms/{made.panel_id}/"
    for who in (made.host, cast.supervisor):
        reader = evaluate.client_of(who)
        paths = [room, f"{room}room.json", f"{room}?part=people", f"{room}video/"]
        paths += (
            [f"/tenders/{tender.id}/panel/{end}" for end in ("", "?format=json")] if who is made.host else []
        )
        for path in paths:
            text = reader.get(path).content.decode()
            assert "E2" in text or "video" in path, path
            assert not [one for one in [*names, salt] if one in text], path
    for label in ("panel", "member", "draw", "call", "attempt"):
        assert not any(model._meta.label_lower == f"evaluation.{label}" for model in admin.site._registry)
    said = "".join(Entry.objects.filter(subject=f"room.{made.panel_id}").values_list("actor", flat=True))
    assert not [one for one in names if one in said]

    first, second = experts(made)[:2]
    browser = evaluate.client_of(made.actor(first))
    secrets = [
        tender.title,
        tender.project_no,
        cast.purchaser.org_name,
        cast.supplier_a.org_name,
        str(made.panel_id),
    ]
    page = f"/calls/{first.call.pk}/"
    texts = [browser.get(page).content.decode(), browser.get("/desk/").content.decode()]
    texts.append(json.dumps(browser.get(f"{page}?format=json").json(), ensure_ascii=False))
    texts += list(Attempt.objects.filter(call=first.call).values_list("text", flat=True))
    texts += [
        one.subject + one.body for one in mailoutbox if one.to == [User.objects.get(pk=first.user_id).email]
    ]
    assert PLACE in texts[0]
    assert "500.00" in texts[0], "four hours: 300 for the first two, 100 for each further one"
    assert len(texts) >= 5
    assert not [one for text in texts for one in secrets if one in text]
    assert browser.get(room).status_code == browser.get(f"/calls/{second.call.pk}/").status_code == 404
    with pytest.raises(WrongState):
        seats.replace(actor=made.host, panel_id=made.panel_id, member_id=first.pk, reason="换人")

    for one in experts(made):
        answer = evaluate.client_of(made.actor(one)).post(
            f"/calls/{one.call.pk}/answer", {"answer": "accept"}
        )
        assert answer.status_code == 303
    assert browser.get(room).status_code == 404
    at(meeting.begins_at + timedelta(minutes=1))
    tick()
    assert (
        InboxItem.objects.filter(key__startswith=f"room.{made.panel_id}.declare.", done_at=None).count() == 5
    )
    assert browser.get(room).status_code == 200
    text = evaluate.client_of(made.host).get(f"/tenders/{tender.id}/panel/").content.decode()
    assert not [one for one in names if one not in text]
    assert audit_verifies(f"room.{made.panel_id}") is None


def test_who_declines_or_is_silent_is_followed_by_the_next_of_the_committed_draw(
    cast, at, tmp_path, settings
):
    settings.CALL_LINES, settings.CALLS_FOLDER = RECORDED, tmp_path / "calls"
    made = called(cast, at)
    tick()
    one, two, three, four = experts(made)
    heard = json.loads((tmp_path / "calls" / f"{one.call.pk}.voice.json").read_text())
    assert (heard["number"], [key["key"] for key in heard["keys"]]) == (
        "13800000000",
        ["1", "2", "3", "4", "5", "9"],
    )
    assert made.tender.title not in json.dumps(heard, ensure_ascii=False)

    with pytest.raises(Invalid):
        seats.decline(actor=made.actor(one), call_id=one.call.pk, ground="other")
    path = f"/calls/{one.call.pk}/answer"
    browser = evaluate.client_of(made.actor(one))
    assert browser.post(path, {"answer": "decline", "ground": "health", "reason": "住院"}).status_code == 303
    call_command("press_key", str(two.call.pk), "voice", f"7{two.name}")
    (tmp_path / "calls" / f"{four.call.pk}.sms.key").write_bytes(b"\xff\x00")
    call_command("press_key", str(three.call.pk), "sms", "1")
    at(clock.now() + timedelta(seconds=20))
    tick()
    assert Call.objects.get(member=two).status == CallStatus.CALLING, "7 means nothing"
    text = evaluate.client_of(made.host).get(f"/tenders/{made.tender.id}/panel/").content.decode()
    assert two.name not in text, "what an expert wrote may say who it is"
    call_command("press_key", str(two.call.pk), "voice", "2")
    at(clock.now() + timedelta(seconds=20))
    tick()
    for newcomer in experts(made)[2:]:
        seats.accept(actor=made.actor(newcomer), call_id=newcomer.call.pk)
    at(made.panel.formed_at + timedelta(minutes=31))
    tick()
    found = {row.member_id: (row.status, row.channel, row.ground) for row in Call.objects.all()}
    assert [found[member.pk] for member in (one, two, three, four)] == [
        ("declined", "inbox", "health"),
        ("declined", "voice", "busy"),
        ("accepted", "sms", ""),
        ("lapsed", "clock", ""),
    ]
    outcomes = Attempt.objects.filter(call__member=two).values_list("channel", "outcome", "text")
    assert ("voice", "unclear", f"7{two.name}") in outcomes
    assert ("voice", "answered", "2") in outcomes
    panel = made.panel
    assert [len(turn["drawn"]) for turn in panel.draw["rounds"]] == [4, 1, 1, 1]
    assert [turn["freed"] for turn in panel.draw["rounds"][1:]] == [m.expert.number for m in (one, two, four)]
    assert len(experts(made)) == 4
    assert (
        "住院" not in evaluate.client_of(made.host).get(f"/tenders/{made.tender.id}/panel/").content.decode()
    )
    assert audit_verifies(f"room.{panel.pk}") is None

    ledger.publish_checkpoint()
    log, tender = copied(tmp_path), str(made.tender.id)
    call_command("check_draw", str(tmp_path), tender, "--key", ledger.log_vkey())
    turn = next(row for row in map(json.loads, log) if row.get("draw", {}).get("turn") == 2)
    at_ = next(n for n, row in enumerate(log) if json.loads(row) == turn)
    for freed in (None, "0" * 32, turn["draw"]["drawn"][0]):
        lied = [
            *log[:at_],
            json.dumps({**turn, "draw": {**turn["draw"], "freed": freed}}).encode(),
            *log[at_ + 1 :],
        ]
        assert f"entry {at_}: it fills the seat of nobody who was drawn and left" in draws.problems(
            lied, tender
        )


def test_a_pool_that_runs_dry_leaves_the_lawful_ways_alone(cast, at):
    made = called(cast, at)
    for _ in range(4):
        member = experts(made)[0]
        gone = seats.decline(actor=made.actor(member), call_id=member.call.pk, ground="away")
    assert (gone, len(experts(made))) == (None, 3)
    task = InboxItem.objects.get(key=f"room.{made.panel_id}.short")
    assert (task.organisation_id, task.due_at) == (cast.purchaser.org_id, made.panel.begins_at)
    host = evaluate.client_of(made.host, accept="application/json")
    fresh = [parties.expert(n) for n in (11, 12)]
    before = (Draw.objects.count(), Member.objects.count())
    refused = host.post(f"/rooms/{made.panel_id}/draw-more")
    assert (refused.status_code, refused.json()["code"], refused.json()["needed"]) == (
        409,
        "too-few-experts",
        3,
    )
    assert before == (Draw.objects.count(), Member.objects.count())
    fresh.append(parties.expert(13))
    assert host.post(f"/rooms/{made.panel_id}/draw-more").status_code == 303
    newcomer = experts(made)[-1]
    assert newcomer.user_id in {one.user_id for one in fresh}
    assert newcomer.call.status == CallStatus.CALLING
    task.refresh_from_db()
    assert task.done_at is not None
    with pytest.raises(WrongState):
        seats.draw_more(actor=made.host, panel_id=made.panel_id)
    ledger.publish_checkpoint()
    entries = [bytes(row) for _, row, _ in log_selectors.entries(0, log_selectors.newest_checkpoint().size)]
    assert draws.problems(entries, str(made.tender.id)) == []
    assert not any(one.expert.number.encode() in b"".join(entries) for one in experts(made))


@pytest.mark.requirement("S003-27")
def test_the_project_is_evaluated_by_who_was_called_and_came(cast, at, tmp_path, settings):
    """Drawn by specialty with avoidance, called with a script, accepted and declined by key, redrawn, sealed, unsealed."""
    settings.CALL_LINES, settings.CALLS_FOLDER = RECORDED, tmp_path / "calls"
    cast.experts.append(parties.expert(8, ["B05"]))
    evaluate.tie(cast.experts[0], cast.supplier_b)
    made = evaluate.opened(cast, at)
    User.objects.filter(expert__isnull=False).update(phone="13800000000")
    begins = clock.now() + timedelta(hours=20)
    made.panel_id = panels.draw(
        actor=made.host,
        tender_id=made.tender.id,
        representative_id=cast.purchaser.user_id,
        meeting=Meeting(begins, PLACE, 3),
    ).pk
    assert len(made.panel.draw["rounds"][0]["pool"]) == 6
    tick()
    leaving, *staying = experts(made)
    lines.press(leaving.call.pk, "voice", "2")
    for member in staying:
        lines.press(member.call.pk, "voice", "1")
    at(clock.now() + timedelta(seconds=20))
    tick()
    newcomer = experts(made)[-1]
    assert newcomer.pk not in {leaving.pk, *(one.pk for one in staying)}
    lines.press(newcomer.call.pk, "sms", "1")
    at(clock.now() + timedelta(seconds=20))
    tick()
    host = evaluate.client_of(made.host)
    page = f"/tenders/{made.tender.id}/panel/"
    assert host.get(f"{page}?format=json").json()["sealed"] is True
    at(begins)
    tick()
    assert all(one.name in host.get(page).content.decode() for one in experts(made))
    made.begin_review()
    assert made.panel.status == PanelStatus.REVIEWING


def test_a_member_lost_in_mid_work_is_replaced_and_what_it_found_is_void(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    lost, other = made.members[1], made.members[2]
    made.score(lost, {"S1": "37.37", "O1": "18"})
    made.submit(lost)
    made.score(other, {"S1": "41.00", "O1": "18"})
    made.submit(other)
    host = evaluate.client_of(made.host)
    path = f"/rooms/{made.panel_id}/replace"
    ask = {"member": str(lost.pk), "ground": "line", "reason": "远程线路中断，电话不通"}
    assert (
        host.post(path, {**ask, "ground": "dislike"}, headers={"accept": "application/json"}).status_code
        == 422
    )
    assert host.post(path, ask).status_code == 303
    newcomer = made.members[-1]
    assert newcomer.call.status == CallStatus.CALLING
    record = Entry.objects.filter(subject=f"room.{made.panel_id}", verb="recuse").get()
    assert (record.rule, record.facts["why"]) == ("T-11", "line")
    void = {(row["bid"], row["criterion"]) for row in record.facts["void"]["reviews"]}
    assert {bid for bid, _ in void} == {str(bid.pk) for bid in made.bids}
    assert made.panel.status == PanelStatus.REVIEWING, "its conditions are reviewed anew"
    bid = made.bids[0].pk
    conformity = next(row.id for row in made.tender.criteria if row.kind == "conformity")
    act = {"panel_id": made.panel_id, "bid_id": bid, "criterion": conformity, "passed": True}
    with pytest.raises(panels.PanelIncomplete):
        scoring.review(actor=made.actor(other), **act)
    with pytest.raises(WrongState):
        agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    assert evaluate.client_of(made.actor(lost)).get(f"/rooms/{made.panel_id}/").status_code == 404
    text = evaluate.client_of(made.actor(newcomer)).get(f"/rooms/{made.panel_id}/").content.decode()
    assert "data-sign" in text, "whoever comes in declares first"
    made.declare(newcomer)
    assert Call.objects.get(member=newcomer).status == CallStatus.ACCEPTED

    made.review()
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    other.sheet.refresh_from_db()
    assert other.sheet.status == "submitted", "the cells are those of before"
    for member in made.members:
        if member.pk != other.pk:
            made.score(member, {"S1": "40.00", "O1": "18"})
            made.submit(member)
    assert made.panel.status == PanelStatus.SCORED
    assert "37.37" not in host.get(f"/rooms/{made.panel_id}/").content.decode()
    made.report()
    body = made.panel.report.body
    assert lost.name not in json.dumps(body, ensure_ascii=False)
    text = host.get(f"/rooms/{made.panel_id}/report/").content.decode()
    assert "300.00" in text
    assert Score.objects.filter(sheet__member=lost).exists(), "kept, and counted no more"


class _Gateway(BaseHTTPRequestHandler):
    """A gateway for text messages that answers `1` to what it took."""

    def _say(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(500 if self.server.broken else 200)
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, self.headers["Authorization"], body))
        self._say({"id": f"id-{body['reference']}"})

    def do_GET(self) -> None:
        self._say({"answers": [{"id": "id-r", "text": " 1 "}, {"id": "id-other", "text": "2"}, "?"]})

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def gateway(settings: Any) -> Any:
    server: Any = HTTPServer(("127.0.0.1", 0), _Gateway)
    server.got, server.broken = [], False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN = f"http://127.0.0.1:{server.server_port}/", "t"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_text_gateway_takes_messages_and_is_asked_for_answers(gateway):
    line = lines.HttpText()
    job = script.job("r", "139", SAYS, "zh-hans")
    assert line.place(job) == "id-r"
    assert gateway.got == [("/messages", "Bearer t", {"reference": "r", "to": "139", "text": job.text})]
    assert line.answers({"id-r", "id-x"}) == {"id-r": "1"}
    gateway.broken = True
    for act in (
        lambda: line.place(job),
        lambda: line.answers({"id-r"}),
    ):
        with pytest.raises(lines.LineDown):
            act()


def test_a_line_that_is_down_is_tried_again_and_each_try_is_kept(cast, at, gateway, settings):
    settings.CALL_LINES = ["evaluation.lines.HttpText"]
    gateway.broken = True
    made = called(cast, at)
    call = experts(made)[0].call
    with pytest.raises(lines.LineDown):
        calling.place(call.pk)
    gateway.broken = False
    calling.place(call.pk)
    calling.place(call.pk)
    kept = call.attempts.filter(channel="sms").values_list("outcome", "reference")
    assert list(kept) == [("failed", ""), ("placed", f"id-{call.pk}.sms")]
    nobody = experts(made)[1]
    User.objects.filter(pk=nobody.user_id).update(phone="")
    calling.place(nobody.call.pk)
    calling.place(nobody.call.pk)
    kept = nobody.call.attempts.filter(channel="sms").values_list("outcome", "text")
    assert list(kept) == [("failed", "no telephone number")]


SAYS = {
    "begins_at": "2026-03-03T01:00:00+00:00",
    "answer_by": "2026-03-02T02:00:00+00:00",
    "region": "浙江省杭州市",
    "place": "",
    "hours": 3,
    "fee_fen": None,
}


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("1", ("accept", "")),
        (" 2。", ("decline", "busy")),
        ("12", None),
        ("9", None),
        ("", None),
        ("一", None),
    ],
)
def test_only_the_keys_of_the_script_mean_something(said, means):
    assert script.meaning(said) == means


def test_the_law_says_when_names_open_how_early_one_draws_and_what_is_paid():
    """苏财规〔2017〕39号; 财库〔2016〕198号; the worked example of the fee: 3.5 hours are 500 yuan."""
    jiangsu, zhejiang = (law(date(2026, 3, 2), region=place) for place in ("320100", "330100"))
    begins = datetime(2026, 3, 6, 1, tzinfo=UTC)
    assert meetings.names_open_at(jiangsu, begins) == begins - timedelta(minutes=30)
    assert meetings.names_open_at(zhejiang, begins) == begins
    first = datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert meetings.is_early(zhejiang, begins, first) is None
    assert meetings.is_early(zhejiang, begins, first - timedelta(seconds=1)).id == "E-03.expert_draw_before"
    paid = [meetings.fee(zhejiang, hours * 3600) for hours in (0.5, 2, 2.01, 3.5)]
    assert paid == [Yuan(300), Yuan(300), Yuan(400), Yuan(500)]
    assert meetings.answer_by(zhejiang, begins - timedelta(minutes=10), begins) == begins
    assert meetings.answer_by(zhejiang, begins, begins) == begins + timedelta(minutes=30)


def test_a_sitting_that_cannot_be_is_refused_beside_what_was_entered(cast, at):
    made = evaluate.opened(cast, at)
    browser = evaluate.client_of(cast.purchaser)
    page = f"/tenders/{made.tender.id}/panel/"
    entered = {"representative": str(cast.purchaser.user_id), "place": PLACE, "hours": "3"}
    for begins, field in (("2026-02-01T09:00", "begins_at"), ("2027-02-01T09:00", "early")):
        answer = browser.post(page, {**entered, "begins_at": begins})
        assert answer.status_code == 200
        assert list(answer.context["form"].errors) == [field]
        assert PLACE in answer.content.decode()
        refused = browser.post(page, {**entered, "begins_at": begins}, headers={"accept": "application/json"})
        assert (refused.status_code, list(refused.json()["errors"])) == (422, [field])
    assert Panel.objects.count() == Draw.objects.count() == 0
    early = {**entered, "begins_at": "2027-02-01T09:00", "early": "专家须提前审阅图纸"}
    assert browser.post(page, early).status_code == 303
    record = Entry.objects.get(subject__startswith="room.", verb="draw")
    assert record.facts["early"] == early["early"]
