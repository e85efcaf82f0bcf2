"""Members review, score alone and submit; nobody learns another's scores before all are submitted."""

from __future__ import annotations

import json
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail

from core.audit.models import Entry
from core.errors import NotFound, WrongState
from evaluation import rules, selectors, verifying
from evaluation.models import Review, Score
from evaluation.services import agenda, scoring
from evaluation.states import PANEL_STEPS, SHEET_STEPS, PanelStatus, SheetStatus
from parties.models import InboxItem
from parties.tasks import send_waiting
from realtime.models import Event
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db
CANARY, REASON = "37.37", "唯有我知道的理由"


# --- review ---
def test_the_host_reviews_qualification_and_the_panel_conformity(cast, at):
    made = evaluate.reached(cast, at, "reviewing")
    ids = {row.kind: row.id for row in made.tender.criteria}
    member = made.actor(made.members[1])
    bid = made.bids[0].pk

    def review(actor: Any, criterion: str, passed: bool = True, reason: str = "", ground: str = "") -> Review:
        return scoring.review(
            actor=actor,
            panel_id=made.panel_id,
            bid_id=bid,
            criterion=criterion,
            passed=passed,
            reason=reason,
            ground=ground,
        )

    assert review(made.host, ids["qualification"]).passed
    assert review(member, ids["conformity"]).passed
    before = (Review.objects.count(), Entry.objects.count())
    for actor, criterion in (
        (member, ids["qualification"]),
        (cast.supplier_a, ids["conformity"]),
        (member, ids["subjective"]),
        (member, "Z9"),
    ):
        with pytest.raises(NotFound):
            review(actor, criterion)
    for words, ground in ((" ", "unsigned"), ("未签署", ""), ("未签署", "sum_error")):
        with pytest.raises(scoring.ReasonMissing):
            review(member, ids["conformity"], passed=False, reason=words, ground=ground)
    assert before == (Review.objects.count(), Entry.objects.count())
    found = review(member, ids["conformity"], passed=False, reason="未签署", ground="unsigned")
    assert not found.passed
    assert found.ground["citation"] == "财政部令第87号第六十三条"
    assert found.said == "投标文件未按招标文件要求签署、盖章：未签署"
    assert Review.objects.count() == 2


def test_scoring_opens_when_everything_is_reviewed(cast, at):
    made = evaluate.reached(cast, at, "reviewing")
    with pytest.raises(WrongState) as refused:
        agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    assert refused.value.facts["count"] == 3 * 3
    made.review()
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    assert InboxItem.objects.filter(key__startswith=f"room.{made.panel_id}.score.", done_at=None).count() == 5
    with pytest.raises(WrongState):
        scoring.review(
            actor=made.host,
            panel_id=made.panel_id,
            bid_id=made.bids[0].pk,
            criterion="Q1",
            passed=False,
            reason="晚了",
        )


# --- scores ---
@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("41.5", True), ("0", True), ("50", True), ("50.00", True), (" 41 ", True), ("50.01", False), ("-1", False),
        ("41.555", False), ("", False), ("1e1", False), ("NaN", False), ("٤", False), ("4,5", False),
    ],
)  # fmt: skip
def test_a_score_is_a_number_of_two_places_up_to_the_highest(cast, at, text, good):
    made = evaluate.reached(cast, at, "scoring")
    call = {
        "actor": made.actor(made.members[1]),
        "panel_id": made.panel_id,
        "bid_id": made.bids[0].pk,
        "criterion": "S1",
        "value": text,
    }
    before = Entry.objects.count()
    if good:
        row = scoring.save_score(**call)
        assert (row.value, Score.objects.count()) == (Decimal(text.strip()), 1)
    else:
        with pytest.raises(rules.BadScore):
            scoring.save_score(**call)
        assert (Score.objects.count(), Entry.objects.count()) == (0, before)


def test_saving_a_score_again_replaces_it_and_keeps_its_reason(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    browser = evaluate.client_of(made.actor(made.members[1]), accept="application/json")
    path = f"/rooms/{made.panel_id}/score"
    cell = {"bid": str(made.bids[0].pk), "criterion": "S1"}
    first = browser.post(path, {**cell, "value": "12.5", "reason": REASON}).json()
    assert (first["saved"], first["done"], first["of"], first["needs_reason"]) == (True, 1, 6, False)
    again = browser.post(path, {**cell, "value": "12.5"}).json()
    assert again == first
    assert browser.post(path, {**cell, "value": "49"}).json()["value"] == "49.00"
    row = Score.objects.get()
    assert (row.value, row.reason) == (Decimal("49.00"), REASON)
    bare = browser.post(path, {"bid": str(made.bids[1].pk), "criterion": "S1", "value": "49"}).json()
    assert (bare["needs_reason"], bool(bare["hint"])) == (True, True)
    wrong = browser.post(path, {**cell, "value": "51"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad-score")
    for bad in ({"bid": "x"}, {"bid": str(uuid.uuid4())}, {"criterion": "Q1"}):
        assert browser.post(path, {**cell, "value": "1", **bad}).status_code == 404
    form = evaluate.client_of(made.actor(made.members[1])).post(path, {**cell, "value": "48"})
    assert form.status_code == 303


def surfaces(made: Any) -> list[str]:
    room = f"/rooms/{made.panel_id}/"
    tender = f"/tenders/{made.tender.id}/"
    return [
        room, f"{room}?part=people", f"{room}?part=work", f"{room}room.json", f"{room}?format=json", f"{room}report/",
        f"{room}report/?format=json", f"{room}report.pdf", f"{tender}panel/", f"{tender}panel/?format=json",
        f"{tender}award/", f"{tender}award/?format=json", f"{tender}result/", tender, "/desk", "/",
        f"/projects/{made.tender.ocid}/", f"/open-data/ocds/records/{made.tender.ocid}",
    ]  # fmt: skip


def timeless(text: str) -> str:
    """The text without instants: the seconds of one may read like a score."""
    return re.sub(r"\d\d:\d\d:\d\d(\.\d+)?", "", text)


def leaks(made: Any, actors: list[Any]) -> list[str]:
    found = []
    for actor in actors:
        browser = evaluate.client_of(actor)
        for path in surfaces(made):
            answer = browser.get(path)
            text = (answer.getvalue() if answer.streaming else answer.content).decode("utf-8", "replace")
            found += [f"{actor.name} {path}" for secret in (CANARY, REASON) if secret in timeless(text)]
    stored = [json.dumps(row, default=str, ensure_ascii=False) for row in Event.objects.values()]
    stored += [json.dumps(row, default=str, ensure_ascii=False) for row in InboxItem.objects.values()]
    stored += [json.dumps(row, default=str, ensure_ascii=False) for row in Entry.objects.values()]
    send_waiting()
    stored += [f"{message.subject} {message.body}" for message in mail.outbox]
    return found + [row for row in stored for secret in (CANARY, REASON) if secret in timeless(row)]


@pytest.mark.requirement("S004-31")
def test_nobody_learns_a_score_before_all_are_submitted(cast, at, commits):
    """Pages, fragments, JSON, stream frames, inbox, mail and the audit trail hold neither a value nor a reason."""
    made = evaluate.reached(cast, at, "scoring")
    secretive, *others = made.members[1:]
    with commits():
        for cell in selectors.cells_of(made.panel):
            scoring.save_score(
                actor=made.actor(secretive),
                panel_id=made.panel_id,
                bid_id=cell.bid_id,
                criterion=cell.criterion.id,
                value=CANARY if cell.criterion.id == "S1" else "18",
                reason=REASON if cell.criterion.id == "S1" else None,
            )
    watching = [made.actor(one) for one in others] + [
        made.host, cast.agency, cast.supervisor, cast.supplier_a, cast.outsider,
    ]  # fmt: skip
    assert leaks(made, watching) == []
    own = evaluate.client_of(made.actor(secretive))
    assert CANARY in own.get(f"/rooms/{made.panel_id}/").content.decode()
    assert [row["value"] for row in own.get(f"/rooms/{made.panel_id}/room.json").json()["cells"]][0] == CANARY

    with commits():
        made.submit(secretive)
    for one in [made.members[0], *others[:-1]]:
        made.score(one, {"S1": "41", "O1": "18"})
        with commits():
            made.submit(one)
    assert made.panel.status == PanelStatus.SCORING
    assert leaks(made, watching) == []
    assert selectors.all_scores(made.panel) == {}

    made.score(others[-1], {"S1": "41", "O1": "18"})
    made.submit(others[-1])
    assert made.panel.status == PanelStatus.SCORED
    inside = [one for one in watching if one not in (cast.agency, cast.supplier_a, cast.outsider)]
    for actor in inside:
        assert CANARY in evaluate.client_of(actor).get(f"/rooms/{made.panel_id}/").content.decode()
    task = InboxItem.objects.get(key=f"room.{made.panel_id}.report")
    assert (task.organisation_id, task.done_at) == (cast.purchaser.org_id, None)


def test_others_see_how_far_a_sheet_is_and_nothing_else(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    one = made.members[1]
    scoring.save_score(
        actor=made.actor(one),
        panel_id=made.panel_id,
        bid_id=made.bids[0].pk,
        criterion="O1",
        value="18",
    )
    event = Event.objects.get(type="sheet.progress")
    assert event.data == {"member": str(one.pk), "done": 1, "of": 6}
    seen = evaluate.client_of(made.host).get(f"/rooms/{made.panel_id}/room.json").json()
    row = next(row for row in seen["members"] if row["member"] == str(one.pk))
    assert (row["done"], row["of"], row["submitted"]) == (1, 6, False)
    assert seen["you"]["member"] != str(one.pk)
    assert {cell["value"] for cell in seen["cells"]} == {None}


def test_an_incomplete_sheet_is_not_submitted(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    one = made.members[1]
    made.score(one, {"S1": "41", "O1": "18"})
    cell = Score.objects.filter(sheet__member=one, criterion="S1").first()
    missing = Score.objects.filter(sheet__member=one, criterion="O1").first()
    Score.objects.filter(pk=cell.pk).update(value=Decimal("5"), reason="")
    Score.objects.filter(pk=missing.pk).delete()
    before = (Entry.objects.count(), Event.objects.count())
    with pytest.raises(scoring.SheetIncomplete) as refused:
        made.submit(one)
    assert (refused.value.code, refused.value.status) == ("sheet-incomplete", 422)
    assert sorted(refused.value.facts["cells"]) == sorted([f"{missing.bid_id}.O1", f"{cell.bid_id}.S1"])
    one.sheet.refresh_from_db()
    assert (one.sheet.status, one.sheet.digest) == (SheetStatus.DRAFT, "")
    assert before == (Entry.objects.count(), Event.objects.count())
    browser = evaluate.client_of(made.actor(one))
    assert browser.post(f"/rooms/{made.panel_id}/submit").status_code == 303
    answer = browser.post(f"/rooms/{made.panel_id}/submit", headers={"accept": "application/json"})
    assert answer.json()["code"] == "sheet-incomplete"


def test_a_submitted_sheet_is_fixed(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    one = made.members[1]
    made.score(one, {"S1": "41", "O1": "18"})
    sheet = made.submit(one)
    assert sheet.digest == selectors.sheet_digest(sheet)
    with pytest.raises(WrongState):
        made.score(one, {"S1": "42", "O1": "18"})
    with pytest.raises(WrongState):
        made.submit(one)
    assert set(Score.objects.filter(criterion="S1").values_list("value", flat=True)) == {Decimal("41.00")}


@pytest.mark.parametrize("status", [s for s in PanelStatus if s != PanelStatus.SCORING])
def test_scores_are_given_while_scoring_is_open_and_at_no_other_time(cast, at, status):
    made = evaluate.reached(cast, at, status)
    one = made.members[1]
    before = list(Score.objects.order_by("pk").values_list("value", flat=True))
    with pytest.raises(WrongState):
        scoring.save_score(
            actor=made.actor(one),
            panel_id=made.panel_id,
            bid_id=made.bids[0].pk,
            criterion="O1",
            value="1",
        )
    with pytest.raises(WrongState):
        made.submit(one)
    assert before == list(Score.objects.order_by("pk").values_list("value", flat=True))


def test_the_table_of_sheets_and_the_one_source_of_the_reveal():
    assert [(step.verb, step.sources, step.target) for step in SHEET_STEPS] == [
        ("submit", frozenset({SheetStatus.DRAFT}), SheetStatus.SUBMITTED),
        ("give_back", frozenset({SheetStatus.SUBMITTED}), SheetStatus.DRAFT),
    ]
    assert [step.sources for step in PANEL_STEPS if step.verb == "reveal"] == [
        frozenset({PanelStatus.SCORING})
    ]


def test_outsiders_and_bidders_find_no_room(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    for actor in (cast.supplier_a, cast.outsider, cast.agency):
        browser = evaluate.client_of(actor)
        for path in ("", "room.json", "report/"):
            assert browser.get(f"/rooms/{made.panel_id}/{path}").status_code == 404
        for verb in ("present", "declare", "recuse", "advance", "review", "score", "submit", "report"):
            assert browser.post(f"/rooms/{made.panel_id}/{verb}", {"verb": "begin_review"}).status_code == 404


def test_attachments_are_downloads_for_those_in_the_room(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    inside = evaluate.client_of(made.actor(made.members[1]))
    row = inside.get(f"/rooms/{made.panel_id}/room.json").json()["bids"][0]["files"][0]
    path = f"/rooms/{made.panel_id}/files/{row['id']}"
    answer = inside.get(path)
    assert answer.getvalue().decode().startswith("技术方案")
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        "application/octet-stream",
        "nosniff",
    )
    assert evaluate.client_of(cast.supplier_a).get(path).status_code == 404
    other = evaluate.drawn(cast, at)
    strange = evaluate.client_of(cast.purchaser).get(f"/rooms/{other.panel_id}/files/{row['id']}")
    assert strange.status_code == 404


def test_members_who_differ_on_a_fact_correct_it_on_the_record(cast, at):
    """Source: 财政部令第87号第六十四条."""
    made = evaluate.reached(cast, at, "scoring")
    for member in made.members:
        made.score(member, {"S1": "41", "O1": "15" if member.position == 2 else "18"})
        made.submit(member)
    from evaluation.services import reporting

    with pytest.raises(reporting.ObjectiveScoresDiffer):
        made.report()
    erring, other = made.members[1], made.members[2]
    browser = evaluate.client_of(made.actor(erring))
    assert browser.get(f"/rooms/{made.panel_id}/?part=work").content.decode().count("/correct") == 3
    call = {"panel_id": made.panel_id, "criterion": "O1", "value": "18"}
    with pytest.raises(scoring.ReasonMissing):
        scoring.correct(actor=made.actor(erring), bid_id=made.bids[0].pk, reason=" ", **call)
    with pytest.raises(NotFound):
        scoring.correct(
            actor=made.actor(other), bid_id=made.bids[0].pk, reason="x", **{**call, "criterion": "S1"}
        )
    for bid in made.bids:
        scoring.correct(actor=made.actor(erring), bid_id=bid.pk, reason="漏看售后网点证明", **call)
    entry = Entry.objects.filter(verb="correct_score").first()
    assert (entry.facts["before"], entry.facts["after"]) == ("15.00", "18.00")
    assert verifying.flaws(made.panel, made.report()) == []
