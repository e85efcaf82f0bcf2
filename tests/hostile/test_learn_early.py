"""Before the close nobody learns from a page, a count, a frame or the log who bids, or how many (R11)."""

from __future__ import annotations

import difflib
import json
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from bidding import timers as bidding_timers
from bidding.models import Bid
from bidding.services import receipts
from config import clockwork
from config.admin import ReadOnly
from config.routing import STREAMS
from config.timers import handlers
from core.ledger.models import Checkpoint
from core.ledger.models import Entry as LogEntry
from core.timers import services as timers
from disclosure.models import Notice
from parties.models import InboxItem, User
from realtime.models import Event
from tendering.services import amending
from tests.bidding.bidder import Bidder
from tests.bidding.test_withdraw import withdrawal
from tests.factories import parties as make
from tests.factories import tendering as tenders
from tests.hostile.ears import Ears
from tests.hostile.test_stamps import deliver, stamped

SECOND = re.compile(
    r"\d{2}:\d{2}:\d{2}(?:\.\d+)?|[0-9a-f]{32}|csrfmiddlewaretoken\S*\s\S*\s\S*|data-server-now\S*"
)


@pytest.fixture
def tender(keepers: Any, cast: Any, transactional_db: None) -> Any:
    """An open tender that the purchaser has entrusted to an agency."""
    return tenders.published(cast.purchaser, agency=cast.agency)


@pytest.fixture
def operating(db: Any) -> Client:
    """The operator, signed in."""
    client = Client()
    client.force_login(
        User.objects.get(pk=make.operator().user_id), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def enter(actor: Any) -> Client:
    """Give a browser in which `actor` is signed in, at the desk it has."""
    client = Client()
    client.force_login(
        User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend"
    )
    if actor.membership_id is not None:
        session = client.session
        session["desk"] = str(actor.membership_id)
        session.save()
    return client


# Their own bids, what changes with every request, and what only a demonstration has.
NOT_ASKED = re.compile(
    r"metrics|/demo/|/accounts/|/recover|/i18n/|readyz|sign|/static/|\.xlsx|reauthenticate"
)


def addresses(**known: str) -> list[str]:
    """Every address that needs nothing but what everybody knows of a published tender."""
    found: set[str] = set()

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route)
                continue
            filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: known.get(match[1], "\0"), route)
            if not re.search(r"[\0(?^$\\]", filled):
                found.add("/" + filled)

    walk(get_resolver().url_patterns, "")
    return sorted(path for path in found if not NOT_ASKED.search(path))


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_nothing_that_others_can_read_changes_when_somebody_bids(
    bidders: list[Bidder], tender: Any, tmp_path: Path, cast: Any, operating: Client
) -> None:
    amending.amend(actor=cast.purchaser, tender_id=tender.id, reason="澄清", texts={"payment": "验收后付款。"},
                   affects_bids=False)  # fmt: skip
    notice = Notice.objects.filter(source=tender.source).latest("position")
    known = {"tender_id": str(tender.id), "ocid": tender.ocid, "notice_id": str(notice.pk), "lot": "1"}
    paths = addresses(**known)
    assert {
        f"/opening/{tender.id}/",
        f"/projects/{tender.ocid}/",
        "/api/v1/notices",
        "/admin/audit/entry/",
    } <= set(paths)
    people = {
        "public": Client(),
        "purchaser": enter(cast.purchaser),
        "agency": enter(cast.agency),
        "supervisor": enter(cast.supervisor),
        "rival": bidders[2].client,
        "expert": enter(cast.experts[0]),
        "operator": operating,
    }

    def read(who: str, path: str) -> tuple[int, str]:
        answer = people[who].get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        return answer.status_code, SECOND.sub("", body.decode(errors="replace"))

    def effort(who: str, path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            people[who].get(path)
        return len(queries)

    bidding_timers.batch("log")
    clockwork.checkpoint("log")
    every = {
        (who, path): read(who, path)
        for who in people
        for path in paths
        if who == "operator" or not path.startswith("/admin")
    }
    before = {place: text for place, (status, text) in every.items() if status == 200}
    assert all(sum(who == other for other, _ in before) > 10 for who in people)
    public = ["/", "/notices/", f"/opening/{tender.id}/", f"/projects/{tender.ocid}/", "/log/checkpoint"]
    desks = ["/", f"/opening/{tender.id}/", f"/opening/{tender.id}/attempts/", f"/tenders/{tender.id}/"]
    watched = [("public", path) for path in public]
    watched += [(who, path) for who in ("purchaser", "agency", "supervisor") for path in desks]
    assert all(place in before for place in watched)
    work = [effort(*place) for place in watched]
    events, checkpoints = list(Event.objects.values_list("stream", "type")), Checkpoint.objects.count()
    for number, bidder in enumerate(bidders[:2]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    shared = bidders[0].client.post(f"/tenders/{tender.id}/bid/share", {"lot": "1"})  # one shares a draft
    assert shared.status_code == 302
    failed = bidders[3].post(f"/bids/{bidders[3].begin(tender)}/submit", {})  # and one tries in vain
    assert failed.status_code >= 400
    assert deliver(bidders[3], tender, stamped(tender, secrets.token_bytes(32), 1)).status_code == 200
    for bidder in bidders[:2]:
        assert bidder.client.post(f"/tenders/{tender.id}/amendments/1/seen", {}).status_code < 400
        assert bidder.client.post(f"/tenders/{tender.id}/rehearse", {"lot": "1"}).status_code < 400
    changed = {}
    for place, text in before.items():
        now = read(*place)[1]
        if now != text:
            changed[place] = list(difflib.unified_diff(text.split("\n"), now.split("\n"), n=0))[:12]
    assert not changed, "\n".join(f"{place}: {lines}" for place, lines in changed.items())
    assert [effort(*place) for place in watched] == work  # nor do they take longer, the more there are
    assert list(Event.objects.values_list("stream", "type")) == events  # frames are events, and nothing else
    assert Checkpoint.objects.count() == checkpoints  # no bid makes the log publish
    metrics = people["public"].get("/metrics")
    assert metrics.status_code == 200
    assert "django_http_requests_total_by_view" in metrics.content.decode()
    for telling in ('method="PATCH"', "\nprocess_", "\npython_gc"):
        assert telling not in metrics.content.decode()


@pytest.fixture
def ears() -> Iterator[Ears]:
    """People at their sockets."""
    listening = Ears()
    yield listening
    listening.close()


def tick() -> None:
    """Let the clock process do all that is due now."""
    while timers.run_due(handlers()):
        pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_a_tender_with_three_bidders_sends_and_shows_what_one_with_none_does_until_it_closes(
    bidders: list[Bidder],
    tender: Any,
    tmp_path: Path,
    cast: Any,
    operating: Client,
    ears: Ears,
    to_deadline: Any,
) -> None:
    """Live frames on every stream, the desks' pages and their messages; the same tender twice, bids in one of them."""
    alone = tenders.published(cast.purchaser, agency=cast.agency)
    hosts = {"purchaser": enter(cast.purchaser), "agency": enter(cast.agency)}
    people = {**hosts, "supervisor": enter(cast.supervisor), "public": Client(), "rival": bidders[3].client}
    people |= {"expert": enter(cast.experts[0]), "operator": operating}
    kinds = [f"{kind}.{one.id}" for one in (tender, alone) for kind in STREAMS if kind != "market"]
    ears.follow(people, [*kinds, "market.notices", "market.transactions"])

    names = re.compile("|".join(f"{one.id}|{one.ocid}" for one in (tender, alone)))
    made = re.compile(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{64}|\b[0-9a-f]{12,16}\b|[0-9a-f]{4}–[0-9a-f]{4}"
        r"|\bB\d{5}\b|\b330100-2026-\d{5}\b|\d{2}:\d{2}|>[^<]*</time>"
    )

    def plain(text: str) -> str:
        return made.sub("", names.sub("", SECOND.sub("", text)))

    def said(who: str, one: Any) -> list[tuple[str, str, str]]:
        return [
            (stream.split(".")[0], frame["type"], plain(json.dumps(frame.get("data", frame.get("problem")))))
            for stream in kinds
            if str(one.id) in stream
            for frame in ears.heard[who, stream]
        ]

    def messages(actor: Any, one: Any) -> list[tuple[str, str]]:
        mine = InboxItem.objects.filter(organisation_id=actor.org_id, key__contains=str(one.id))
        return sorted((plain(item.key), plain(str(item.title))) for item in mine)

    ears.listen()
    assert all(said(who, tender) == said(who, alone) for who in people)
    with_words = {who for who in people if any(frame[1] == "tender.published" for frame in said(who, tender))}
    assert with_words == set(people)
    rooms = {frame[1] for who in people for frame in said(who, tender) if frame[0] == "room"}
    assert rooms == {"error"}  # nobody has a room before the opening, its host neither
    common = {place: len(frames) for place, frames in ears.heard.items() if place[1].startswith("market")}

    for number, bidder in enumerate(bidders[:3]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    bid = Bid.objects.get(supplier_id=bidders[2].actor.org_id)
    taken_back = withdrawal(bidders[2], str(bid.pk), bid.record_hash)
    assert bidders[2].post(f"/bids/{bid.pk}/withdraw", taken_back).status_code == 200
    assert bidders[3].post(f"/bids/{bidders[3].begin(tender)}/submit", {}).status_code >= 400
    tick()
    ears.listen()
    assert {place: len(ears.heard[place]) for place in common} == common

    for one in (tender, alone):  # everybody is told of an amendment, bidders in their own inbox
        amending.amend(actor=cast.purchaser, tender_id=one.id, reason="澄清", texts={"payment": "验收后付款。"},
                       affects_bids=False)  # fmt: skip
    assert bidders[0].post(f"/tenders/{tender.id}/amendments/1/seen", {}).status_code < 400
    for before in (timedelta(minutes=31), timedelta(minutes=29), timedelta(seconds=50)):
        to_deadline(tender, -before)
        tick()
    ears.listen()
    for who in people:
        assert said(who, tender) == said(who, alone), who
    for actor in (cast.purchaser, cast.agency, cast.supervisor):
        assert messages(actor, tender) == messages(actor, alone)
    for who in (*hosts, "supervisor"):
        ours = addresses(tender_id=str(tender.id), lot="1")
        for path in (path for path in ours if str(tender.id) in path):
            other = path.replace(str(tender.id), str(alone.id))
            with_bids, without = people[who].get(path), people[who].get(other)
            assert with_bids.status_code == without.status_code, path
            texts = [plain(answer.content.decode()).split("\n") for answer in (without, with_bids)]
            assert texts[0] == texts[1], (who, path, list(difflib.unified_diff(*texts, n=0))[:12])

    to_deadline(tender, timedelta(seconds=1))
    tick()
    ears.listen()
    for who in people:  # the same ears hear the difference once there is one to tell
        closed = {
            one.id: [f[2] for f in said(who, one) if f[:2] == ("opening", "tender.closed")]
            for one in (tender, alone)
        }
        assert closed == {tender.id: ['{"bids": {"1": 2}}'], alone.id: ['{"bids": {"1": 0}}']}, who


def test_no_request_that_only_bidders_make_is_counted() -> None:
    """Every address of bidding is either a bidder's, and left out of the metrics, or open to those who do not bid."""
    from bidding import urls
    from config.metrics import BIDDERS

    open_to_all = {
        "opening", "transcript", "file", "minutes", "line", "resolve", "attempts", "disputes", "verify",
        "verify_saved", "transcript_page", "securities", "security_check", "security_return", "security_keep",
    }  # fmt: skip
    for pattern in urls.urlpatterns:
        path = "/" + re.sub(r"<[^>]+>", "x", str(pattern.pattern))
        assert (BIDDERS.match(path) is None) == (pattern.name in open_to_all), (pattern.name, path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_the_public_log_grows_by_the_same_whether_or_not_somebody_bids(
    bidders: list[Bidder], tender: Any, tmp_path: Path
) -> None:
    def growth() -> list[dict[str, Any]]:
        size = LogEntry.objects.count()
        receipts.post_batch()
        clockwork.checkpoint("log")
        entries = [json.loads(bytes(row.content)) for row in LogEntry.objects.order_by("index")[size:]]
        return [{**entry, **{name: 64 for name in ("h", "sha256") if name in entry}} for entry in entries]

    growth()
    quiet = growth()
    for number, bidder in enumerate(bidders[:2]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    assert growth() == quiet


def test_the_console_changes_nothing_and_shows_no_bid_panel_or_second_factor(operating: Client) -> None:
    shown = {model._meta.label_lower for model in admin.site._registry}
    assert all(isinstance(console, ReadOnly) for console in admin.site._registry.values())
    for closed in (
        "bidding.bid",
        "bidding.ticket",
        "bidding.receipt",
        "bidding.share",
        "bidding.consortium",
        "bidding.draft",
        "bidding.draftkey",
        "bidding.draftpart",
        "storage.upload",
        "parties.inboxitem",
        "evaluation.member",
        "evaluation.score",
        "mfa.authenticator",
        "usersessions.usersession",
    ):
        assert closed not in shown
        assert operating.get(f"/admin/{closed.replace('.', '/')}/").status_code == 404
    assert operating.get("/admin/tendering/tender/").status_code == 200


def test_the_consoles_audit_trail_leaves_out_bids(operating: Client) -> None:
    from core.audit.services import record

    record(actor="某投标人 <bidder@example.org>", verb="submit", subject="bid.1")
    seen = record(actor="采购人 <buyer@example.org>", verb="publish", subject="tender.1")
    hidden = record(actor="某投标人 <bidder@example.org>", verb="receipt", subject="bid.2")
    record(actor="某投标人 <bidder@example.org>", verb="share-draft", subject="draft.1")
    record(actor="某投标人 <bidder@example.org>", verb="store-draft-key", subject="draftkey.1")
    page = operating.get("/admin/audit/entry/").content.decode()
    assert "buyer@example.org" in page
    assert "bidder@example.org" not in page

    def shown(act: Any, address: str) -> str:
        return operating.get(f"/admin/audit/entry/{quote(address)}/change/", follow=True).content.decode()

    there = shown(seen, f"{seen.subject}#{seen.seq}")
    assert "buyer@example.org" in there
    assert f'href="/admin/audit/entry/{quote(f"{seen.subject}#{seen.seq}")}/change/"' in page
    # The table's own numbers are nobody's address: gaps between them would tell how much is hidden.
    for act in (seen, hidden):
        for text in (page, there):
            assert f"/admin/audit/entry/{act.pk}/" not in text
        assert (
            f"{act.subject}#{act.seq}" not in shown(act, str(act.pk)).split("<title>")[1].split("</title>")[0]
        )
    for subject in ("bid.2", "stamp.2", "rehearsal.2", "seen.2.3", "draft.2", "consortium.2"):
        act = record(actor="某投标人 <bidder@example.org>", verb="x", subject=subject)
        assert "bidder@" not in shown(act, f"{act.subject}#{act.seq}")


def test_the_console_is_entered_only_through_the_sign_in_that_asks_for_the_second_factor(db: Any) -> None:
    operator = make.operator()
    client = Client()
    answer = client.post(
        "/admin/login/", {"username": operator.email, "password": "correct horse battery", "next": "/admin/"}
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session
