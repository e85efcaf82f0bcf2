"""Deadline rescue: measured outages, which deadlines they move and to when; nobody's word, nothing reopened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bidding.services import closing
from core import clock
from core.audit.models import Entry
from core.enacted import selectors as enacted
from core.law.current import law
from core.ledger import services as ledger
from core.ledger.models import Cosignature
from core.ledger.note import COSIGNATURE_V1, Note, Signer
from core.timers.models import Timer
from core.uptime import services as heart
from core.uptime.models import Outage, Span
from core.uptime.rules import Beat, Since, goes_on, read
from core.uptime.selectors import OutageFacts
from core.workdays import Special, beijing_date
from disclosure.models import Notice
from tendering import rescue_rules as rules
from tendering.models import Extension, PolicyVersion
from tendering.selectors import tender_facts
from tendering.services import rescuing
from tests.factories import tendering as make
from tests.factories.evaluation import SPRING, client_of

At = Callable[[datetime], None]
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Beijing
LAW = law(NOON.date(), category="goods", method="open_tender")


def beat(seconds: float, host: float | None = None, *away: str) -> Beat:
    """One heartbeat, in seconds after NOON by the platform's clock and by the host's."""
    return Beat(
        NOON + timedelta(seconds=seconds),
        NOON + timedelta(seconds=seconds if host is None else host),
        frozenset(away),
    )


def outage(
    minutes: float, *, ends: float | None = 0, parts: tuple[str, ...] = ("platform",), **over: Any
) -> Any:
    """An outage of so many minutes that ended `ends` minutes after NOON, or lasts."""
    facts = {
        "id": None,
        "began_at": NOON + timedelta(minutes=(ends or 0) - minutes),
        "ended_at": None if ends is None else NOON + timedelta(minutes=ends),
        "seconds": int(minutes * 60),
        "parts": parts,
        "disputed": False,
        "entry_index": 1,
    }
    return OutageFacts(**{**facts, **over})


@pytest.mark.parametrize(
    ("since", "now", "said"),
    [
        ((beat(0), beat(100)), beat(110), []),
        ((beat(0), beat(100)), beat(700), [(100, 700, 600, ("platform",))]),
        ((beat(0), beat(100)), beat(86400, 110), []),  # a test clock was moved: nothing was away
        ((beat(0), beat(100)), beat(86400, 160), [(100, 86400, 60, ("platform",))]),
        ((beat(0, None, "site"), beat(20, None, "site")), beat(25), []),  # shorter than patience
        ((beat(0, None, "site"), beat(600, None, "site")), beat(610), [(0, 610, 610, ("site",))]),
        (
            (beat(0, None, "site"), beat(600, None, "site")),
            beat(610, None, "keepers"),
            [(0, None, 610, ("site", "keepers"))],
        ),
        (
            (beat(0, None, "site"), beat(600, None, "site")),
            beat(900),
            [(0, 600, 600, ("site",)), (600, 900, 300, ("platform",))],
        ),
    ],
)
def test_a_heartbeat_tells_what_was_away_since_the_last(since: Any, now: Beat, said: Any) -> None:
    span = Since(*since)
    found = [
        (
            (one.began_at - NOON).total_seconds(),
            (one.ended_at - NOON).total_seconds() if one.ended_at else None,
            one.seconds,
            one.parts,
        )
        for one in read(span, now)
    ]
    assert found == said
    assert read(None, now) == []
    assert goes_on(span, beat(110)) == (not span.last.away and span.last.at == beat(100).at)


@pytest.mark.parametrize(
    ("found", "due", "moved"),
    [
        (outage(10), 60, True),
        (outage(9.9), 60, False),  # too short
        (outage(10), 4 * 60, False),  # ended before the reach began: half-open
        (outage(10), 4 * 60 - 1, True),
        (outage(10), -5, True),  # over the deadline
        (outage(10), -10, False),  # began at the deadline
        (outage(10, disputed=True), 60, False),
        (outage(20, ends=None, parts=("site",)), 30, True),  # it lasts, and the deadline is near
        (outage(20, ends=None, parts=("site",)), 31, False),
        (outage(1, ends=None, parts=("site",)), 30, False),
        (outage(1, ends=None, parts=("keepers",)), 30, True),  # R2: too few keepers
    ],
)
def test_which_deadlines_an_outage_moves(found: OutageFacts, due: int, moved: bool) -> None:
    due_at, since = NOON + timedelta(minutes=due), NOON - timedelta(days=20)
    assert rules.affected(LAW, found, since, due_at, NOON) is moved
    assert not rules.affected(LAW, found, found.ended_at or NOON, due_at, NOON), "over before the notice"
    shortly = (found.ended_at or NOON) - timedelta(seconds=30)
    at_once = moved and found.parts == ("keepers",)
    assert rules.affected(LAW, found, shortly, due_at, NOON) is at_once, (
        "half a minute of it after the notice"
    )
    older = law(datetime(2025, 6, 1, tzinfo=UTC).date(), category="goods", method="open_tender")
    assert not rules.affected(older, found, since, due_at, NOON), "begun before there was the rule"


@pytest.mark.parametrize(
    ("due", "ends", "said"),
    [
        ("2026-03-04 14:30", "2026-03-04 12:00", "2026-03-05 14:30"),
        ("2026-03-04 11:55", "2026-03-05 12:00", "2026-03-06 11:55"),
        ("2026-02-13 17:00", "2026-02-13 16:00", "2026-02-14 17:00"),  # a Saturday that is made up
        ("2026-02-14 17:00", "2026-02-14 16:00", "2026-02-24 17:00"),  # over the Spring Festival
        (
            "2026-12-31 10:00",
            "2026-12-31 09:00",
            "2027-01-04 10:00",
        ),  # a year that is not announced does not stop it
    ],
)
def test_the_new_deadline_keeps_its_hour_and_counts_working_days(due: str, ends: str, said: str) -> None:
    def beijing(text: str) -> datetime:
        return datetime.fromisoformat(f"{text}:00+08:00")

    one = outage(30, began_at=beijing(ends) - timedelta(minutes=30), ended_at=beijing(ends))
    assert rules.wanted(LAW, one, beijing(due), beijing(ends)) == beijing(said)


def test_deadlines_are_spread_over_slots_and_nobody_gets_less_time() -> None:
    slot = timedelta(minutes=10)
    rows = [rules.Affected(f"{n:02}", NOON, NOON, slot, 3) for n in range(8)]
    given = rules.spread(reversed(rows), {NOON: 2})
    assert [given[row.key] - NOON for row in rows] == [slot * n for n in (0, 1, 1, 1, 2, 2, 2, 3)]
    assert given == rules.spread(rows, {NOON: 2}), "the order in which they come does not matter"


@pytest.fixture
def tender(cast: Any, at: At, db: None) -> Any:
    """A tender that takes bids."""
    at(SPRING)
    return make.published(cast.purchaser)


def beats(now: datetime, *ago: float, away: tuple[str, ...] = ()) -> None:
    """Let the heart beat so many seconds before `now`, which the clock of the test shows, by both clocks."""
    host = clock.now() - clock.offset()
    for seconds in ago:
        lag = timedelta(seconds=seconds)
        heart.beat(away, at=now - lag, host_at=host - lag)


def test_an_outage_over_the_deadline_moves_it_before_anything_is_closed(tender: Any, at: At) -> None:
    before = tender.bids_due_at
    back = before + timedelta(minutes=3)
    at(back)
    beats(back, 3610, 3600)
    with pytest.raises(closing.BeforeDeadline):
        closing.close(tender_id=tender.id)

    row = Outage.objects.get()
    assert row.parts == ["platform"]
    assert row.seconds // 60 == 60
    assert row.began_at == back - timedelta(hours=1)
    moved = Extension.objects.get()
    now = tender_facts(tender.id)
    assert (now.status, now.bids_due_at, now.opens_at) == ("open", moved.after, moved.after)
    assert moved.after - before >= timedelta(days=1)
    assert moved.after.time() == before.time()
    chain = PolicyVersion.objects.filter(tender_id=tender.id).order_by("v")
    assert [policy.v for policy in chain] == [1, 2]
    assert chain[1].policy["previous"] == chain[0].policy_hash
    assert datetime.fromisoformat(chain[1].policy["open_at"]) == moved.after
    assert chain[1].policy["acknowledge"] == chain[0].policy["acknowledge"], "bids that are in stay valid"
    assert Timer.objects.get(verb="bidding.close", done_at=None).due_at == moved.after
    notice = Notice.objects.get(pk=moved.amendment.notice_id)
    assert (notice.type, notice.corrects_id) == ("amendment", tender.notice_id)
    assert "/outages/" in str(notice.sections)
    assert "顺延后的截止时间" in str(notice.sections)
    assert rescuing.rescue() == [], "an outage moves a deadline once"

    at(moved.after)
    beats(moved.after, 10)
    assert closing.close(tender_id=tender.id)
    assert tender_facts(tender.id).status != "open"
    assert Extension.objects.count() == 1


def test_where_periods_are_seconds_an_outage_moves_a_deadline_once_too(
    cast: Any, at: At, db: None, settings: Any
) -> None:
    settings.SANDBOX = True
    at(SPRING)
    tender = make.published(cast.purchaser, wanted_due_at=None)
    back = tender.bids_due_at + timedelta(seconds=90)
    at(back)
    beats(back, 100)
    assert rescuing.rescue() == []
    heart.catch_up()
    assert rescuing.rescue() == [tender.id]
    moved = Extension.objects.get()
    assert timedelta(seconds=30) <= moved.after - back < timedelta(seconds=35)
    assert rescuing.rescue() == []
    assert tender_facts(tender.id).bids_due_at == moved.after


def test_a_closed_list_is_never_reopened_and_a_well_platform_moves_nothing(tender: Any, at: At) -> None:
    due = tender.bids_due_at
    at(due)
    beats(due, 620, 600, 580)
    Span.objects.update(last_at=due, last_host_at=clock.now() - clock.offset())  # beats up to now
    assert closing.close(tender_id=tender.id)
    acts = Entry.objects.count()
    at(due + timedelta(minutes=40))
    Span.objects.update(last_host_at=clock.now() - clock.offset() - timedelta(minutes=40))
    rescuing.before_close(tender.id)
    assert Outage.objects.get().began_at == due
    assert not Extension.objects.exists()
    assert Entry.objects.count() == acts + 1, "the outage alone"


def test_a_silence_in_which_a_keeper_cosigned_moves_nothing(tender: Any, at: At) -> None:
    back = tender.bids_due_at + timedelta(minutes=3)
    at(back)
    beats(back, 3600)
    checkpoint = ledger.current_checkpoint()
    signer = Signer("keeper.example", bytes(32), COSIGNATURE_V1)
    said = signer.cosign(Note.parse(checkpoint.note).text, int((back - timedelta(minutes=20)).timestamp()))
    Cosignature.objects.create(
        checkpoint=checkpoint, witness="keeper.example", line=said.line, timestamp=said.timestamp
    )
    assert closing.close(tender_id=tender.id)
    assert Outage.objects.get().witnessed["within"][0]["witnesses"] == {"keeper.example": said.timestamp}
    assert not Extension.objects.exists()


def test_too_few_keepers_move_a_near_deadline_before_it_passes(
    tender: Any, at: At, cast: Any, client: Any
) -> None:
    due = tender.bids_due_at
    now = due - timedelta(minutes=28)
    at(now)
    beats(now, 80, 60, 40, 20, away=("keepers",))
    assert rescuing.rescue() == [tender.id]
    moved = Extension.objects.get()
    assert moved.before == due
    assert moved.after > due
    row = Outage.objects.get()
    assert (row.ended_at, row.parts, row.entry_index) == (None, ["keepers"], None)
    beats(now, 0)
    row.refresh_from_db()
    assert row.ended_at == now
    assert row.entry_index is not None
    assert rescuing.rescue() == []

    page = client.get("/outages/", headers={"accept-language": "en"})
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))
    assert "keepers: fewer answered than a bid needs" in shown
    assert tender.title in shown
    assert "240 minutes" in shown
    known = enacted.calendar("330100")
    guessed, day = replace(known, documents={}), beijing_date(moved.after)
    storm = known.with_local([Special("停工令（虚构）", day, day, False, "台风")])
    how: dict[str, Any] = {"actor_label": "clock", "reason": "test", "region": "330100"}
    assert rescuing.recount_rescued(**how, old=lambda _: known, new=lambda _: storm) == 0, "certain: it stays"
    assert rescuing.recount_rescued(**how, old=lambda _: storm, new=lambda _: known) == 0, "never earlier"
    assert rescuing.recount_rescued(**how, old=lambda _: guessed, new=lambda _: storm) == 1
    assert rescuing.recount_rescued(**how, old=lambda _: guessed, new=lambda _: storm) == 0
    later = tender_facts(tender.id).bids_due_at
    assert later is not None
    assert (later > moved.after, later.time()) == (True, moved.after.time())
    assert Notice.objects.filter(ocid=tender.ocid, type="amendment").count() == 2
    working = client_of(cast.purchaser).get(f"/tenders/{tender.id}/", headers={"accept-language": "en"})
    assert "was away shortly before the deadline" in working.content.decode()
