"""A member whose passkey fails is let into their room by two people of the host's side, for a few hours, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core import clock
from core.audit.models import Entry
from core.errors import NotFound, WrongState
from evaluation import assists
from evaluation.assisted_session import check_stream
from evaluation.models import AssistedSignIn
from evaluation.services import assisting, seats
from parties.models import InboxItem, Organisation, User
from tests.factories import evaluation as evaluate
from tests.factories import parties as people

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    return evaluate.reached(cast, at, "scoring")


@pytest.fixture
def helpers(cast: Any) -> list[Any]:
    """Two people of the host's desk without a seat."""
    desk = Organisation.objects.get(pk=cast.purchaser.org_id)
    return [people.member(desk, name) for name in ("李代办", "王经办")]


def ask(made: Any, member: int = 1) -> tuple[Client, str]:
    """The member's own browser asks; give it with the code that it shows."""
    browser, user = Client(), User.objects.get(pk=made.members[member].user_id)
    assert browser.post("/let-in/", {"email": user.email}).status_code == 303
    return browser, browser.session["assist_asked"]["code"]


def confirm(made: Any, actor: Any, code: str, **over: Any) -> int:
    row = AssistedSignIn.objects.first()
    sent = {"request": str(row.pk), "code": code, "checked": "1", **over}
    return (
        evaluate.client_of(actor)
        .post(f"/rooms/{made.panel_id}/let-in/confirm", sent, headers={"accept": "application/json"})
        .status_code
    )


def test_two_people_let_a_member_into_the_room_and_nowhere_else_for_a_few_hours(made, helpers, cast, at):
    first, second = helpers
    browser, code = ask(made)
    task = InboxItem.objects.get(key__contains=".assist.", is_task=True)
    assert (task.organisation_id, task.due_at) == (
        cast.purchaser.org_id,
        AssistedSignIn.objects.get().expires_at,
    )
    assert code in browser.get("/let-in/wait/").content.decode()
    page = evaluate.client_of(first).get(f"/rooms/{made.panel_id}/let-in/").content.decode()
    assert made.members[1].name in page
    assert code not in page
    assert confirm(made, first, code) == 303
    assert confirm(made, first, code) == 409, "the second pair of eyes is somebody else's"
    browser.post("/let-in/wait/")
    assert browser.get("/desk").status_code != 200, "one person is not enough"
    assert confirm(made, second, code) == 303
    answer = browser.post("/let-in/wait/")
    room = f"/rooms/{made.panel_id}/"
    assert answer.headers["Location"] == room
    cell = {"bid": str(made.bids[0].pk), "criterion": "S1", "value": "41.37", "reason": "完整"}
    assert browser.post(f"{room}score", cell, headers={"accept": "application/json"}).status_code == 200
    for path in ("/desk", "/organisation", "/accounts/2fa/", f"/tenders/{made.tender.id}/"):
        assert browser.get(path).headers["Location"] == room
    check_stream(browser.session, f"room.{made.panel_id}")
    for stream in (f"sitting.{made.panel_id}", f"tender.{made.tender.id}", f"room.{made.tender.id}"):
        with pytest.raises(NotFound):
            check_stream(browser.session, stream)
    entry = Entry.objects.get(verb="assisted_sign_in")
    assert entry.facts["by"] == [first.label, second.label]
    assert InboxItem.objects.filter(key__endswith=".used", user_id=made.members[1].user_id).exists()
    for helper in helpers:
        assert "41.37" not in evaluate.client_of(helper).get(f"{room}?part=work").content.decode()
    with pytest.raises(WrongState):
        again()
    at(clock.now() + assists.SESSION_LASTS + timedelta(seconds=1))
    assert browser.get(room).headers["Location"].startswith("/accounts/login")


def again() -> None:
    """The same request opens nothing a second time."""
    row = AssistedSignIn.objects.get()
    AssistedSignIn.objects.filter(pk=row.pk).update(secret_hash=assisting._hash("known"))
    assisting.use(request_id=row.pk, secret="known")


def test_who_may_not_confirm_does_not_and_wrong_codes_stop_the_request(made, helpers, cast):
    _browser, code = ask(made)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert confirm(made, cast.purchaser, code) == 404, "the representative sits on the panel"
    assert confirm(made, made.actor(made.members[2]), code) == 404
    assert confirm(made, cast.supplier_a, code) == 404
    assert confirm(made, helpers[0], code, checked="0") == 422
    assert AssistedSignIn.objects.get().first_by_id is None
    for _ in range(assists.MOST_WRONG):
        assert confirm(made, helpers[0], wrong) == 422
    assert Entry.objects.filter(verb="wrong_code").count() == assists.MOST_WRONG
    assert confirm(made, helpers[0], code) == 409
    assert AssistedSignIn.objects.get().first_by_id is None


def test_a_request_of_nobody_looks_the_same_and_one_that_is_late_opens_nothing(made, helpers, cast, at):
    stranger = Client()
    assert stranger.post("/let-in/", {"email": "nobody@example.org"}).status_code == 303
    assert stranger.session["assist_asked"]["code"] in stranger.get("/let-in/wait/").content.decode()
    assert not AssistedSignIn.objects.exists()
    assert Client().get("/let-in/wait/").headers["Location"] == "/let-in/"
    browser, code = ask(made)
    for helper in helpers:
        confirm(made, helper, code)
    with pytest.raises(NotFound):
        assisting.use(request_id=AssistedSignIn.objects.get().pk, secret="guessed")
    at(clock.now() + assists.LASTS)
    browser.post("/let-in/wait/")
    assert AssistedSignIn.objects.get().used_at is None


def test_who_was_replaced_after_the_confirmations_is_not_let_in(made, helpers):
    browser, code = ask(made)
    for helper in helpers:
        assert confirm(made, helper, code) == 303
    lost = made.members[1]
    seats.replace(
        actor=made.host, panel_id=made.panel_id, member_id=lost.pk, reason="联系不上", ground="line"
    )
    browser.post("/let-in/wait/")
    assert "_auth_user_id" not in browser.session
    assert AssistedSignIn.objects.get().used_at is None
    assert not Entry.objects.filter(verb="assisted_sign_in").exists()
