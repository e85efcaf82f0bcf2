"""The people of a desk: invited, given roles and deputies, handing over, leaving."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from core.audit.models import Entry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from parties.access import actor_for
from parties.models import InboxItem, Membership, User
from parties.services import inbox, people
from parties.states import Role
from tests.factories import parties as make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


def seat(actor: Any) -> Membership:
    return Membership.objects.get(user_id=actor.user_id, deputy_for=None)


@pytest.fixture
def handler(cast: Any) -> Any:
    """A colleague of the purchaser, without the administrator's role."""
    person = make.user("经办人")
    since = NOON - timedelta(days=30)
    people.join(actor="test", user_id=person.pk, org_id=cast.purchaser.org_id, role=Role.HANDLER, since=since)
    return actor_for(person)


@pytest.mark.parametrize("case", ["good", "other address", "withdrawn", "late", "twice", "forged"])
def test_an_invitation_seats_the_invited_person_once(cast: Any, at: Any, commits: Any, case: str) -> None:
    at(NOON)
    guest = actor_for(make.user("客人", "guest@example.org"))
    with commits():
        token = people.invite(actor=cast.purchaser, email="Guest@Example.org", role=Role.APPROVER)
    assert mail.outbox[-1].to == ["guest@example.org"]
    assert f"/invitations/{token}" in mail.outbox[-1].body
    if case == "withdrawn":
        people.withdraw_invitation(actor=cast.purchaser, invitation_id=people.invitation_by(token).pk)
    if case == "late":
        at(NOON + timedelta(days=14, seconds=1))
    if case == "other address":
        guest = actor_for(make.user("别人", "else@example.org"))
    if case == "forged":
        token = token[:-2] + ("aa" if token[-2:] != "aa" else "bb")
    if case in {"good", "twice"}:
        people.accept(actor=guest, token=token)
        assert actor_for(User.objects.get(pk=guest.user_id)).role == Role.APPROVER
    before = (Membership.objects.count(), Entry.objects.count())
    if case != "good":
        with pytest.raises(Forbidden if case == "other address" else NotFound):
            people.accept(actor=guest, token=token)
    assert (Membership.objects.count(), Entry.objects.count()) == before


def test_a_second_invitation_replaces_the_first_and_colleagues_need_none(cast: Any, handler: Any) -> None:
    first = people.invite(actor=cast.purchaser, email="guest@example.org", role=Role.VIEWER)
    people.invite(actor=cast.purchaser, email="guest@example.org", role=Role.HANDLER)
    with pytest.raises(NotFound):
        people.invitation_by(first)
    with pytest.raises(Conflict):
        people.invite(actor=cast.purchaser, email=handler.email, role=Role.VIEWER)


def test_an_expert_takes_no_seat_at_a_supervisor_s_desk(cast: Any) -> None:
    expert = cast.experts[0]
    token = people.invite(actor=cast.supervisor, email=expert.email, role=Role.HANDLER)
    with pytest.raises(Forbidden):
        people.accept(actor=expert, token=token)
    assert not Membership.objects.filter(user_id=expert.user_id).exists()


def test_only_administrators_invite_and_give_roles(cast: Any, handler: Any) -> None:
    for actor in (handler, cast.supplier_a):
        with pytest.raises(NotFound):
            people.set_role(actor=actor, membership_id=seat(cast.purchaser).pk, role=Role.VIEWER)
    with pytest.raises(NotFound):
        people.invite(actor=handler, email="x@example.org", role=Role.VIEWER)
    people.set_role(actor=cast.purchaser, membership_id=seat(handler).pk, role=Role.VIEWER)
    assert not actor_for(User.objects.get(pk=handler.user_id)).acts_as("purchaser")


def test_a_desk_keeps_an_administrator(cast: Any, handler: Any) -> None:
    own = seat(cast.purchaser).pk
    for act in (
        lambda: people.set_role(actor=cast.purchaser, membership_id=own, role=Role.HANDLER),
        lambda: people.leave(actor=cast.purchaser, membership_id=own, to_id=seat(handler).pk),
    ):
        with pytest.raises(people.LastAdministrator):
            act()
    people.set_role(actor=cast.purchaser, membership_id=seat(handler).pk, role=Role.ADMIN)
    people.leave(actor=cast.purchaser, membership_id=own)
    assert actor_for(User.objects.get(pk=cast.purchaser.user_id)).org_id is None


def test_a_deputy_acts_for_the_days_named_and_records_name_both(cast: Any, handler: Any, at: Any) -> None:
    at(NOON)
    begin, end = NOON + timedelta(days=1), NOON + timedelta(days=3)
    deputy_seat = people.name_deputy(
        actor=cast.purchaser,
        membership_id=seat(cast.purchaser).pk,
        deputy_id=seat(handler).pk,
        since=begin,
        until=end,
    )
    person = User.objects.get(pk=handler.user_id)
    for moment, role in [
        (begin - timedelta(seconds=2), Role.HANDLER),
        (begin + timedelta(seconds=1), Role.ADMIN),
        (end - timedelta(seconds=2), Role.ADMIN),
        (end + timedelta(seconds=1), Role.HANDLER),
    ]:
        at(moment)
        assert actor_for(person, str(deputy_seat)).role == role
    at(begin + timedelta(hours=1))
    assert actor_for(person, str(deputy_seat)).label.endswith(f" for {cast.purchaser.name}")


@pytest.mark.parametrize("wrong", ["oneself", "backwards", "stranger"])
def test_a_deputy_is_a_colleague_and_the_days_make_sense(cast: Any, handler: Any, wrong: str) -> None:
    from core import clock

    now = clock.now()
    given = {"deputy_id": seat(handler).pk, "since": now, "until": now + timedelta(days=2)}
    if wrong == "oneself":
        given["deputy_id"] = seat(cast.purchaser).pk
    if wrong == "backwards":
        given["until"] = now - timedelta(days=1)
    if wrong == "stranger":
        given["deputy_id"] = seat(cast.supplier_a).pk
    before = Membership.objects.count()
    with pytest.raises(NotFound if wrong == "stranger" else Invalid):
        people.name_deputy(actor=cast.purchaser, membership_id=seat(cast.purchaser).pk, **given)
    assert Membership.objects.count() == before


def taken(handler: Any, number: int) -> InboxItem:
    item = inbox.assign(key=f"t.{number}", org_id=handler.org_id, kind="purchaser", title="x", url="/desk")
    inbox.take(actor=handler, item_id=item.pk)
    return item


def test_what_was_taken_on_goes_to_the_colleague_at_hand_over_and_leaving(cast: Any, handler: Any) -> None:
    first, second = taken(handler, 1), taken(handler, 2)
    InboxItem.objects.filter(pk=second.pk).update(done_at=NOON)
    assert people.hand_over(actor=handler, membership_id=seat(handler).pk, to_id=seat(cast.purchaser).pk) == 1
    first.refresh_from_db()
    assert first.holder_id == cast.purchaser.user_id

    third = taken(handler, 3)
    with pytest.raises(Invalid):
        people.leave(actor=handler, membership_id=seat(handler).pk)
    assert actor_for(User.objects.get(pk=handler.user_id)).org_id is not None
    people.leave(actor=handler, membership_id=seat(handler).pk, to_id=seat(cast.purchaser).pk)
    third.refresh_from_db()
    assert third.holder_id == cast.purchaser.user_id
    assert actor_for(User.objects.get(pk=handler.user_id)).org_id is None


def test_whoever_left_sees_nothing_of_the_desk_at_their_next_click(
    cast: Any, handler: Any, signed_in: Any
) -> None:
    client = signed_in(handler)
    inbox.assign(key="secret", org_id=handler.org_id, title="机密事项", url="/desk")
    assert "机密事项" in client.get("/desk").content.decode()
    people.leave(actor=cast.purchaser, membership_id=seat(handler).pk)
    assert "机密事项" not in client.get("/desk").content.decode()
    assert client.get("/organisation").status_code == 404


def test_a_person_with_two_desks_chooses_where_to_work(cast: Any, signed_in: Any) -> None:
    person = cast.purchaser
    other = people.join(actor="test", user_id=person.user_id, org_id=cast.agency.org_id, role=Role.HANDLER)
    client = signed_in(person)
    assert client.get("/organisation").content.decode().count(person.org_name) >= 1
    answer = client.post("/desk/switch", {"desk": str(other), "next": "//evil.example/"})
    assert answer["Location"] == "/desk"
    assert cast.agency.org_name in client.get("/organisation").content.decode()
    refused = client.post("/desk/switch", {"desk": str(seat(cast.supplier_a).pk)})
    assert refused.status_code == 404
    assert cast.agency.org_name in client.get("/organisation").content.decode()


def test_the_pages_carry_out_every_act_of_a_desk(cast: Any, handler: Any, signed_in: Any) -> None:
    client = signed_in(cast.purchaser)
    client.post("/organisation/people/invite", {"email": "new@example.org", "role": "viewer"})
    page = client.get("/organisation/people").content.decode()
    assert "new@example.org" in page
    found = re.search(r"/organisation/invitations/[0-9a-f-]+/withdraw", page)
    assert found
    client.post(found.group(0))
    assert "new@example.org" not in client.get("/organisation/people").content.decode()
    path = f"/organisation/people/{seat(handler).pk}"
    assert client.post(path, {"act": "role", "role-role": "approver"}).status_code in {302, 303}
    assert seat(handler).role == Role.APPROVER
    deputy = {"act": "deputy", "deputy-deputy": str(seat(cast.purchaser).pk), "deputy-first": "2099-01-05"}
    assert client.post(path, {**deputy, "deputy-last": "2099-01-09"}).status_code in {302, 303}
    assert client.post(path, {**deputy, "deputy-last": "2099-01-01"}).status_code == 422
    assert client.post(path, {"act": "leave", "leave-to": ""}).status_code in {302, 303}
    assert actor_for(User.objects.get(pk=handler.user_id)).org_id is None
