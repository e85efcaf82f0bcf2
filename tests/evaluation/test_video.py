"""A room's video: who meets whom, what is recorded, and that nothing recorded can be changed unnoticed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.urls import reverse

from core import clock
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from evaluation.access import sitting_stream_to_view
from evaluation.models import Gap, Panel, Piece, Sitting
from evaluation.services import recording, seats, sitting
from evaluation.services.sitting import NotDeclared
from evaluation.states import MemberStatus, PanelStatus
from evaluation.video import chain
from realtime.models import Event
from storage.uploads import UploadTooLarge
from tests.evaluation.videoing import after, joined, send
from tests.factories import evaluation as evaluate
from tests.factories import parties as make


def names(peers: list[dict[str, Any]]) -> set[tuple[str, bool, bool]]:
    return {(row["sitting"], row["sends"], row["calls"]) for row in peers}


def test_members_meet_each_other_and_who_watches_is_met_by_nobody_but_them(
    cast: Any, at: Any, settings: Any
) -> None:
    made = evaluate.reached(cast, at, "scoring")
    one, two = made.actor(made.members[1]), made.actor(made.members[2])
    first, second, watching = (joined(who, made) for who in (one, two, cast.supervisor))
    a, b, c = (str(row.sitting.pk) for row in (first, second, watching))
    assert names(first.peers) == set()
    assert names(second.peers) == {(a, True, True)}
    assert names(watching.peers) == {(a, True, True), (b, True, True)}
    seen = sitting.stay(actor=one, panel_id=made.panel_id, sitting_id=first.sitting.pk)
    assert names(seen) == {(b, True, False), (c, False, False)}
    assert [row["name"] for row in seen if row["sitting"] == c] == [""]
    room = Event.objects.filter(stream=f"room.{made.panel_id}", type__startswith="video.")
    assert list(room.values_list("type", flat=True)) == ["video.joined", "video.joined"]
    record = Entry.objects.get(subject=f"room.{made.panel_id}", verb="watch_video")
    assert (record.actor, record.facts["role"]) == (cast.supervisor.label, "supervisor")
    assert first.media["ice"] == []

    facts = {"panel_id": made.panel_id, "kind": "offer", "body": {"sdp": "v=0"}}
    sitting.signal(actor=two, sitting_id=second.sitting.pk, to=first.sitting.pk, **facts)
    said = Event.objects.get(type="video.offer")
    assert (said.stream, said.data) == (f"sitting.{a}", {"sitting": b, "body": {"sdp": "v=0"}})
    sitting_stream_to_view(one, a)
    other = joined(make.desk("supervisor", "浙江省财政厅（示例）", "330000"), made)
    refused: list[tuple[type[Exception], Callable[[], Any]]] = [
        (NotFound, lambda: sitting_stream_to_view(two, a)),
        (NotFound, lambda: joined(cast.supplier_a, made)),
        (NotFound, lambda: joined(make.desk("supervisor", "济南市财政局（示例）", "370100"), made)),
        (Invalid, lambda: sitting.join(actor=one, panel_id=made.panel_id, mime="text/html")),
        (NotFound, lambda: sitting.signal(actor=one, sitting_id=second.sitting.pk, to=first.sitting.pk, **facts)),
        (Invalid, lambda: sitting.signal(
            actor=cast.supervisor, sitting_id=watching.sitting.pk, to=other.sitting.pk, **facts)),
        (Invalid, lambda: sitting.signal(
            actor=two, sitting_id=second.sitting.pk, to=first.sitting.pk, **{**facts, "kind": "over"})),
    ]  # fmt: skip
    for error, act in refused:
        with pytest.raises(error):
            act()
    assert Sitting.objects.count() == 4
    assert Event.objects.filter(stream__startswith="sitting.").count() == 1

    made.members[1].__class__.objects.filter(pk=first.sitting.member_id).update(status=MemberStatus.RECUSED)
    for act in (lambda: sitting_stream_to_view(one, a), lambda: send(one, first.sitting, 0)):
        with pytest.raises(NotFound):
            act()
    met = sitting.stay(actor=two, panel_id=made.panel_id, sitting_id=second.sitting.pk)
    assert a not in {row["sitting"] for row in met}


def test_only_who_has_declared_is_seen_and_only_this_page_may_use_a_camera(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "drawn")
    invited = made.actor(made.members[1])
    with pytest.raises(NotDeclared):
        joined(invited, made)
    assert not Sitting.objects.exists()
    client = evaluate.client_of(invited)
    page = client.get(reverse("evaluation:video", args=[made.panel_id]), headers={"accept-language": "en"})
    assert page["Permissions-Policy"] == "camera=(self), microphone=(self)"
    assert "Declare in the room first" in page.content.decode()
    room = client.get(reverse("evaluation:room", args=[made.panel_id]))
    assert room["Permissions-Policy"] == "camera=(), microphone=()"
    Panel.objects.filter(pk=made.panel_id).update(status=PanelStatus.SIGNED)
    with pytest.raises(WrongState):
        joined(cast.supervisor, made)
    assert not Sitting.objects.exists()


def test_a_recording_is_kept_in_its_chain(
    cast: Any, at: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VIDEO_MAX_BYTES_PER_SECOND = 20
    monkeypatch.setattr(recording, "HEAD_EVERY", 4)
    made = evaluate.reached(cast, at, "scoring")
    actor = made.actor(made.members[1])
    begun = joined(actor, made)
    row = begun.sitting
    head = begun.start
    for n in range(5):
        head = after(head, n, b"piece %d" % n)
        assert send(actor, row, n).head == head
    again = send(actor, row, 4, previous=Piece.objects.get(n=3).link)  # its answer was lost
    assert (again.pieces, again.quality) == (5, "good")
    logged = Entry.objects.get(subject=f"recording.{row.pk}")
    assert logged.facts == {"pieces": 4, "head": Piece.objects.get(n=3).link}

    refused: list[tuple[type[Exception], int, dict[str, Any]]] = [
        (recording.WrongPiece, 6, {}),
        (recording.WrongPiece, 5, {"previous": begun.start}),
        (recording.WrongPiece, 4, {"content": b"another"}),
        (Invalid, 5, {"content": b""}),
        (UploadTooLarge, 5, {"content": b"x" * 1300}),
    ]
    for error, n, over in refused:
        with pytest.raises(error):
            send(actor, row, n, **over)
    with pytest.raises(NotFound):
        send(made.actor(made.members[2]), row, 5)
    row.refresh_from_db()
    assert (row.pieces, row.head, Piece.objects.count()) == (5, head, 5)

    assert send(actor, row, 5, waiting=9).quality == "poor"
    sitting.leave(actor=actor, panel_id=made.panel_id, sitting_id=row.pk)
    with pytest.raises(NotFound):
        send(actor, row, 6)
    assert "6 pieces, whole" in check(made)


def check(made: Any) -> str:
    out = io.StringIO()
    try:
        call_command("check_recording", str(made.panel_id), stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error)
    return out.getvalue()


def _rewrite(row: Sitting) -> None:
    """Whoever holds the database makes the whole chain anew around a piece that they changed."""
    head = chain.start(row.panel_id, row.pk)
    for piece in Piece.objects.filter(sitting=row).order_by("n"):
        if piece.n == 2:
            piece.stored_as = storages["default"].save("recordings/forged", ContentFile(b"forged"))
        with storages["default"].open(piece.stored_as, "rb") as file:
            content = file.read()
        head = after(head, piece.n, content)
        piece.sha256, piece.link = hashlib.sha256(content).hexdigest(), head
        piece.save()
    Sitting.objects.filter(pk=row.pk).update(head=head)


def _shorten(row: Sitting) -> None:
    Piece.objects.filter(sitting=row, n__gte=3).delete()
    Sitting.objects.filter(pk=row.pk).update(pieces=3, head=Piece.objects.get(n=2).link)


def _tamper(row: Sitting) -> None:
    name = Piece.objects.get(sitting=row, n=2).stored_as
    _put(name, b"piecE 2")


def _put(name: str, content: bytes) -> None:
    storages["default"].delete(name)
    assert storages["default"].save(name, ContentFile(content)) == name


def test_what_is_changed_in_a_recording_is_found_and_named(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "scoring")
    actor = made.actor(made.members[1])
    row = joined(actor, made).sitting
    for n in range(4):
        send(actor, row, n)
    sitting.leave(actor=actor, panel_id=made.panel_id, sitting_id=row.pk)
    rows = list(Piece.objects.all())
    head = Sitting.objects.get(pk=row.pk).head
    faults: list[tuple[Callable[[Sitting], Any], str]] = [
        (_tamper, "piece 2 was changed in the store"),
        (lambda row: storages["default"].delete(Piece.objects.get(n=1).stored_as), "piece 1 is not in the store"),
        (lambda row: Piece.objects.filter(n=1).delete(), "piece 1 is gone"),
        (_shorten, "piece 3 is gone"),
        (_rewrite, "piece 3 is not the one that was recorded"),
        (lambda row: (Piece.objects.all().delete(), Sitting.objects.all().delete()), "the whole recording is gone"),
    ]  # fmt: skip
    assert "4 pieces, whole" in check(made)
    for change, said in faults:
        change(row)
        assert f"{said}\n1 recordings are not as they were made" in check(made)
        Piece.objects.all().delete()
        Sitting.objects.filter(pk=row.pk).delete()
        row.pieces, row.head, row.ended_at = 4, head, clock.now()
        row.save(force_insert=True)
        Piece.objects.bulk_create(rows)
        for piece in rows:
            _put(piece.stored_as, b"piece %d" % piece.n)
    assert "4 pieces, whole" in check(made)


def test_a_silent_recording_is_an_alarm_until_it_goes_on(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "scoring")
    one, two = made.actor(made.members[1]), made.actor(made.members[2])
    first, second = joined(one, made).sitting, joined(two, made).sitting
    begun = clock.now()
    send(one, first, 0)
    send(two, second, 0)
    assert recording.watch(panel_id=made.panel_id) == []

    at(begun + timedelta(seconds=8))
    send(two, second, 1, begins_ms=8000)
    at(begun + timedelta(seconds=12))
    raised = recording.watch(panel_id=made.panel_id)
    assert {gap.member_id for gap in raised} == {one.pk for one in made.members} - {second.member_id}
    assert recording.watch(panel_id=made.panel_id) == []  # one alarm for one silence
    kept = Entry.objects.get(subject=f"recording.{first.pk}")  # its pieces may have been the last
    assert kept.facts == {"pieces": 1, "head": Piece.objects.get(sitting=first).link}
    told = Event.objects.filter(stream=f"room.{made.panel_id}", type="video.gap")
    assert told.count() == len(raised)
    page = evaluate.client_of(cast.purchaser).get(
        reverse("evaluation:video", args=[made.panel_id]),
        {"part": "people"},
        headers={"accept-language": "en"},
    )
    assert page.content.decode().count("recording missing") == len(raised)

    send(one, first, 1)  # what the browser kept while its line was lost
    late = Gap.objects.get(member_id=first.member_id)
    assert (late.until is not None, late.arrived_late) == (True, True)
    at(begun + timedelta(seconds=60))
    recording.watch(panel_id=made.panel_id)
    send(two, second, 2, begins_ms=60_000)  # the machine slept: nothing was recorded
    missing = Gap.objects.get(member_id=second.member_id)
    assert (missing.until is not None, missing.arrived_late) == (True, False)
    kinds = [
        event.type for event in Event.objects.filter(stream=f"room.{made.panel_id}", type="video.resumed")
    ]
    assert len(kinds) == 2

    assert Gap.objects.filter(member_id=first.member_id, until=None).exists()
    seats.recuse(actor=one, panel_id=made.panel_id, reason="身体不适")
    assert not Gap.objects.filter(member_id=first.member_id, until=None).exists(), "nobody is called back"
    first.refresh_from_db()
    left = Entry.objects.filter(subject=f"recording.{first.pk}", verb="record").last()
    assert (first.ended_at is None, left.facts) == (False, {"pieces": 2, "head": first.head})

    Panel.objects.filter(pk=made.panel_id).update(status=PanelStatus.SIGNED)
    recording.watch(panel_id=made.panel_id)
    assert not Sitting.objects.filter(ended_at=None).exists()
    assert check(made).count("pieces, whole") == 2


def test_a_supervisor_replays_a_room_and_that_is_kept(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "scoring")
    actor = made.actor(made.members[1])
    row = joined(actor, made).sitting
    for n in range(3):
        send(actor, row, n, part=n // 2)
    address = reverse("evaluation:replay", args=[made.panel_id])
    watching = evaluate.client_of(cast.supervisor, **{"accept-language": "en"})
    text = watching.get(address).content.decode()
    assert "came to the video" in text
    assert "for S1" not in text  # what a member scores is nobody else's before the reveal

    begun = watching.post(f"{address}begin").json()["replay"]
    parts = [watching.get(f"{address}{begun}/{row.pk}/{n}") for n in range(3)]
    assert [one.status_code for one in parts] == [200, 200, 404]
    assert [b"".join(one.streaming_content) for one in parts[:2]] == [b"piece 0piece 1", b"piece 2"]
    assert parts[0]["Content-Type"] == row.mime
    stranger = evaluate.client_of(make.desk("supervisor", "浙江省财政厅（示例）", "330000"))
    assert (
        stranger.get(f"{address}{begun}/{row.pk}/0").status_code == 404
    )  # not without a replay of their own
    assert evaluate.client_of(made.host).get(address).status_code == 404
    kept = Entry.objects.get(subject=f"room.{made.panel_id}", verb="replay_video")
    assert (kept.actor, kept.facts["sitting"]) == (cast.supervisor.label, begun)
    assert cast.supervisor.label.split(" ")[0] in watching.get(address).content.decode()

    made.score_all()
    assert watching.get(address).content.decode().count("for S1") == 5 * 3


@pytest.mark.requirement("S004-18")
def test_the_wall_shows_every_live_room_of_the_region_with_its_alarms(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "scoring")
    page = reverse("evaluation:wall")
    watching = evaluate.client_of(cast.supervisor, **{"accept-language": "en"})
    assert "0 recorded" in watching.get(page).content.decode()
    begun = clock.now()
    actor = made.actor(made.members[1])
    send(actor, joined(actor, made).sitting, 0)
    assert "1 recorded" in watching.get(page, {"part": "grid"}).content.decode()
    at(begun + timedelta(seconds=12))
    recording.watch(panel_id=made.panel_id)
    text = watching.get(page).content.decode()
    assert "0 recorded" in text
    assert text.count("no recording from") == 5
    told = Event.objects.filter(stream__in=["wall.330100", "wall.330000"], type="room.changed")
    assert told.count() == 2 * (1 + 5)  # the province looks at its cities' rooms too
    province = evaluate.client_of(make.desk("supervisor", "浙江省财政厅（示例）", "330000"))
    assert made.tender.title in province.get(page).content.decode()
    elsewhere = evaluate.client_of(make.desk("supervisor", "济南市财政局（示例）", "370100"))
    assert made.tender.title not in elsewhere.get(page).content.decode()
