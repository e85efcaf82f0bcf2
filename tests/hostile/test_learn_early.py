"""Before the close nobody learns from a page, a count, a frame or the log who bids, or how many (R11)."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from bidding.services import receipts
from config import clockwork
from config.admin import ReadOnly
from core.ledger.models import Entry as LogEntry
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_nothing_that_others_can_read_changes_when_somebody_bids(
    bidders: list[Bidder], tender: Any, tmp_path: Path, cast: Any, signed_in: Callable[[Any], Client]
) -> None:
    public = Client()
    pages = ["/", "/notices/", f"/opening/{tender.id}/", f"/projects/{tender.ocid}/", "/api/v1/notices"]
    names = [actor.org_name for actor in (cast.supplier_a, cast.supplier_b)]

    def seen() -> dict[str, str]:
        found = {page: SECOND.sub("", public.get(page).content.decode()) for page in pages}
        found["purchaser"] = SECOND.sub(
            "", signed_in(cast.purchaser).get(f"/tenders/{tender.id}/").content.decode()
        )
        found["supervisor"] = SECOND.sub(
            "", signed_in(cast.supervisor).get(f"/tenders/{tender.id}/").content.decode()
        )
        found["events"] = str(list(Event.objects.values_list("stream", "type")))
        return found

    clockwork.checkpoint("log")
    before = seen()
    for number, bidder in enumerate(bidders[:2]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    after = seen()
    for page, text in before.items():
        assert list(difflib.unified_diff(text.split("\n"), after[page].split("\n"), n=0)) == [], page
    desk = signed_in(cast.purchaser).get("/desk").content.decode()
    assert not any(name in desk for name in names)
    metrics = public.get("/metrics")
    assert metrics.status_code == 200
    assert "django_http_requests_total_by_view" in metrics.content.decode()
    assert 'view="bidding:' not in metrics.content.decode().replace('view="bidding:opening"', "")
    assert 'method="PATCH"' not in metrics.content.decode()


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
