"""Before the close nobody learns from a page, a count, a frame or the log who bids, or how many (R11)."""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from bidding.services import receipts
from config import clockwork
from config.admin import ReadOnly
from core.ledger.models import Checkpoint
from core.ledger.models import Entry as LogEntry
from disclosure.models import Notice
from parties.models import User
from realtime.models import Event
from tests.bidding.bidder import Bidder
from tests.factories import parties as make

SECOND = re.compile(
    r"\d{2}:\d{2}:\d{2}(?:\.\d+)?|[0-9a-f]{32}|csrfmiddlewaretoken\S*\s\S*\s\S*|data-server-now\S*"
)


@pytest.fixture
def operating(db: Any) -> Client:
    """The operator, signed in."""
    client = Client()
    client.force_login(
        User.objects.get(pk=make.operator().user_id), backend="django.contrib.auth.backends.ModelBackend"
    )
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
    def enter(actor: Any) -> Client:
        client = Client()
        client.force_login(
            User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend"
        )
        if actor.membership_id is not None:
            session = client.session
            session["desk"] = str(actor.membership_id)
            session.save()
        return client

    notice = Notice.objects.get(source=tender.source)
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
        "supervisor": enter(cast.supervisor),
        "rival": bidders[2].client,
        "expert": enter(cast.experts[0]),
        "operator": operating,
    }

    def read(who: str, path: str) -> tuple[int, str]:
        answer = people[who].get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        return answer.status_code, SECOND.sub("", body.decode(errors="replace"))

    def effort(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            people["public"].get(path)
        return len(queries)

    clockwork.checkpoint("log")
    every = {
        (who, path): read(who, path)
        for who in people
        for path in paths
        if who == "operator" or not path.startswith("/admin")
    }
    before = {place: text for place, (status, text) in every.items() if status == 200}
    assert all(sum(who == other for other, _ in before) > 10 for who in people)
    watched = ["/", "/notices/", f"/opening/{tender.id}/", f"/projects/{tender.ocid}/", "/log/checkpoint"]
    work = [effort(path) for path in watched]
    events, checkpoints = list(Event.objects.values_list("stream", "type")), Checkpoint.objects.count()
    for number, bidder in enumerate(bidders[:2]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    failed = bidders[3].post(f"/bids/{bidders[3].begin(tender)}/submit", {})  # and one tries in vain
    assert failed.status_code >= 400
    changed = {}
    for place, text in before.items():
        now = read(*place)[1]
        if now != text:
            changed[place] = list(difflib.unified_diff(text.split("\n"), now.split("\n"), n=0))[:12]
    assert not changed, "\n".join(f"{place}: {lines}" for place, lines in changed.items())
    assert [effort(path) for path in watched] == work  # nor do they take longer, the more there are
    assert list(Event.objects.values_list("stream", "type")) == events  # frames are events, and nothing else
    assert Checkpoint.objects.count() == checkpoints  # no bid makes the log publish
    metrics = people["public"].get("/metrics")
    assert metrics.status_code == 200
    assert "django_http_requests_total_by_view" in metrics.content.decode()
    assert 'method="PATCH"' not in metrics.content.decode()


def test_no_request_that_only_bidders_make_is_counted() -> None:
    """Every address of bidding is either a bidder's, and left out of the metrics, or open to those who do not bid."""
    from bidding import urls
    from config.metrics import BIDDERS

    open_to_all = {
        "opening", "transcript", "file", "minutes", "line", "resolve", "attempts", "disputes", "verify",
        "verify_saved", "transcript_page",
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
    page = operating.get("/admin/audit/entry/").content.decode()
    assert "buyer@example.org" in page
    assert "bidder@example.org" not in page
    assert operating.get(f"/admin/audit/entry/{seen.pk}/change/").status_code == 200
    assert (
        "bidder@"
        not in operating.get(f"/admin/audit/entry/{hidden.pk}/change/", follow=True).content.decode()
    )


def test_the_console_is_entered_only_through_the_sign_in_that_asks_for_the_second_factor(db: Any) -> None:
    operator = make.operator()
    client = Client()
    answer = client.post(
        "/admin/login/", {"username": operator.email, "password": "correct horse battery", "next": "/admin/"}
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session
