"""Drafts that a team shares, at their addresses: who is named reads and writes, nobody else learns that there is one."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import timedelta
from typing import Any

import pytest

from bidding import timers
from bidding.models import Draft, DraftKey, DraftPart, DraftPerson, DraftSection
from bidding.sealing.age import files
from bidding.sealing.age.recipients import parse_recipient
from config.timers import handlers
from core import clock
from core.audit.models import Entry
from core.audit.services import verify
from core.timers.services import run_due
from parties.access import CLOCK
from parties.models import InboxItem, Membership, Organisation
from storage.models import Upload
from tendering.services import progress
from tests.bidding.bidder import TUS
from tests.bidding.team import Member, encoded
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def tender(cast: Any) -> Any:
    return make.published(cast.purchaser)


@pytest.fixture
def team(cast: Any, tender: Any) -> tuple[Member, Member, str]:
    """Anna shares with Bo, who sees no price; both sections are under their first key."""
    org = Organisation.objects.get(pk=cast.supplier_a.org_id)
    anna, bo = (Member.of(parties.member(org, name, "handler")) for name in ("安娜", "小波"))
    for one in (anna, bo):
        assert one.make_key().status_code == 200
    draft = anna.share(tender)
    assert anna.name(draft, bo).status_code == 302
    assert anna.rekey(draft, "rest", anna, bo).status_code == 200
    assert anna.rekey(draft, "price", anna).status_code == 200
    return anna, bo, draft


def codes(*answers: Any) -> list[tuple[int, str]]:
    return [(one.status_code, one.json()["code"]) for one in answers]


def test_colleagues_write_side_by_side_and_nobody_overwrites_what_they_have_not_seen(team: Any) -> None:
    anna, bo, draft = team
    assert anna.write(draft, "terms", 0).json() == {"version": 1}
    assert bo.write(draft, "files", 0).json() == {"version": 1}
    mine = encoded(b"b" * 600)
    assert bo.write(draft, "terms", 1, content=mine).json() == {"version": 2}
    behind = anna.write(draft, "terms", 1)
    assert codes(behind) == [(409, "part-changed")]
    assert behind.json()["name"] == "小波"
    assert anna.read(draft, "terms").json() == {"version": 2, "content": mine}, "nothing was overwritten"
    state = anna.state(draft)["parts"]["terms"]
    assert (state["version"], state["by"]) == (2, "小波")
    page = anna.client.get(f"/drafts/{draft}/").content.decode()
    assert "小波" in page
    assert Entry.objects.filter(subject=f"draft.{draft}", verb="write-draft").count() == 3
    assert verify(f"draft.{draft}") is None


def test_who_is_not_named_for_the_price_gets_nothing_of_it(team: Any, tender: Any) -> None:
    anna, bo, draft = team
    upload = _upload(anna, draft)
    sealed = encoded(secrets.token_bytes(600))
    assert anna.write(draft, "price", 0, content=sealed).status_code == 200
    assert anna.write(draft, "price-files", 0, uploads=[upload]).status_code == 200
    state = bo.state(draft)
    assert set(state["sections"]) == {"rest"}
    assert not {"price", "price-files"} & set(state["writes"])
    assert sealed not in json.dumps(state)
    refused = [bo.read(draft, "price"), bo.write(draft, "price", 1)]
    assert [one.status_code for one in refused] == [404, 404]
    assert codes(bo.rekey(draft, "rest", bo)) == [(409, "key-outdated")], "nobody is shut out by a colleague"
    assert bo.client.get(f"/drafts/{draft}/files/{upload}").status_code == 404
    assert bo.write(draft, "files", 0, uploads=[upload]).status_code == 404, (
        "not through a part that Bo reads"
    )
    given = anna.client.get(f"/drafts/{draft}/files/{upload}")
    assert b"".join(given.streaming_content) == b"c" * 5000  # type: ignore[arg-type]
    envelope = DraftSection.objects.get(draft=draft, name="price").envelope
    bid = bo.client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})["Location"]
    page = bo.client.get(bid).content.decode()
    assert "data-price-row" not in page, "not even an empty price sheet"
    assert envelope not in page
    assert "data-price-row" in anna.client.get(bid).content.decode()
    assert anna.name(draft, bo, ("price",)).status_code == 422, "whoever writes the price sees it"
    assert DraftPerson.objects.get(user=bo.actor.user_id).writes == ["*"]
    assert anna.name(draft, bo, ("*",), price=True).status_code == 302
    assert set(bo.state(draft)["sections"]) == {"rest", "price"}


def _upload(member: Member, draft: str, data: bytes = b"c" * 5000) -> str:
    meta = "draft " + base64.b64encode(draft.encode()).decode()
    made = member.client.post(
        "/uploads/", HTTP_UPLOAD_LENGTH=str(len(data)), HTTP_UPLOAD_METADATA=meta, **TUS
    )
    assert made.status_code == 201, made.content
    kind = "application/offset+octet-stream"
    sent = member.client.patch(made["Location"], data, content_type=kind, HTTP_UPLOAD_OFFSET="0", **TUS)
    assert sent.status_code == 204
    return str(made["Location"].rstrip("/").split("/")[-1])


def test_a_part_is_written_only_by_those_who_are_named_for_it(team: Any) -> None:
    anna, bo, draft = team
    assert anna.name(draft, bo, ("files",)).status_code == 302
    assert bo.write(draft, "terms", 0).status_code == 403
    assert not DraftPart.objects.exists()
    assert bo.state(draft)["writes"] == ["files"]
    assert bo.write(draft, "files", 0).status_code == 200
    assert bo.read(draft, "files").status_code == 200
    for act in ("name", "hand-over", "delete"):
        assert bo.client.post(f"/drafts/{draft}/{act}", {"user": bo.id}).status_code == 404
    assert bo.client.post(f"/drafts/{draft}/remove", {"user": anna.id}).status_code == 404


def test_whoever_is_removed_gets_nothing_more_and_nothing_more_is_written_to_their_key(team: Any) -> None:
    anna, bo, draft = team
    upload = _upload(bo, draft)
    assert bo.write(draft, "files", 0, uploads=[upload]).status_code == 200
    assert anna.client.post(f"/drafts/{draft}/remove", {"user": bo.id}).status_code == 302
    gone = [
        bo.client.get(f"/drafts/{draft}/"),
        bo.client.get(f"/drafts/{draft}/state.json"),
        bo.read(draft, "files"),
        bo.client.get(f"/drafts/{draft}/files/{upload}"),
        bo.write(draft, "files", 1),
        bo.client.post(f"/drafts/{draft}/remove", {"user": bo.id}),
    ]
    assert [one.status_code for one in gone] == [404] * len(gone)
    assert codes(anna.write(draft, "files", 1)) == [(409, "key-outdated")], "not under a key that Bo holds"
    assert codes(anna.rekey(draft, "rest", anna, bo)) == [(409, "key-outdated")]
    wide = encoded(files.encrypt_bytes(b"{}", [parse_recipient(one.recipient) for one in (anna, bo)]))
    assert codes(anna.rekey(draft, "rest", anna, envelope=wide))[0][0] == 422, "one stanza for each reader"
    before = bytes(DraftPart.objects.get().content)
    assert codes(anna.rekey(draft, "rest", anna, parts={})) == [(409, "part-changed")]
    assert bytes(DraftPart.objects.get().content) == before
    assert anna.rekey(draft, "rest", anna).json() == {"generation": 2}
    assert bytes(DraftPart.objects.get().content) != before
    assert anna.write(draft, "files", 2, generation=2, uploads=[upload]).status_code == 200
    assert DraftSection.objects.get(draft=draft, name="rest").readers == {anna.id: anna.key_id}
    assert Entry.objects.filter(subject=f"draft.{draft}", verb="remove-from-draft").count() == 1


def test_a_colleague_who_leaves_the_desk_is_out_and_a_replaced_key_waits(team: Any) -> None:
    anna, bo, draft = team
    assert codes(bo.make_key()) == [(409, "key-exists")]
    assert bo.make_key(replace=True).status_code == 200
    assert codes(anna.write(draft, "terms", 0)) == [(409, "key-outdated")], (
        "the old key may be in wrong hands"
    )
    assert codes(bo.rekey(draft, "rest", bo))[0][0] == 403, (
        "a key that nobody has confirmed gives itself nothing"
    )
    assert anna.rekey(draft, "rest", anna, bo).status_code == 200
    assert bo.write(draft, "terms", 0, generation=2).status_code == 200
    Membership.objects.filter(user=bo.actor.user_id).update(until=clock.now())
    assert bo.client.get(f"/drafts/{draft}/state.json").status_code == 404
    assert [one["user"] for one in anna.state(draft)["people"]] == [anna.id]
    assert codes(anna.write(draft, "terms", 1, generation=2)) == [(409, "key-outdated")]
    assert "小波" in anna.client.get(f"/drafts/{draft}/").content.decode(), "named as gone"


def test_nobody_else_learns_that_there_is_a_draft(team: Any, cast: Any, tender: Any) -> None:
    anna, _, draft = team
    org = Organisation.objects.get(pk=cast.supplier_a.org_id)
    colleague = Member.of(parties.member(org, "旁人", "handler"))
    rival, purchaser = Member.of(cast.supplier_b), Member.of(cast.purchaser)
    for one in (colleague, rival, purchaser):
        for path in ("", "state.json", "parts/terms"):
            assert one.client.get(f"/drafts/{draft}/{path}").status_code == 404
    mine = colleague.client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})["Location"]
    page = colleague.client.get(mine).content.decode()
    assert draft not in page
    assert "Share with colleagues" in page or "与同事共享" in page
    shared = colleague.client.post(f"/tenders/{tender.id}/bid/share", {"lot": "1"})
    assert shared.status_code == 409
    assert "安娜" in shared.content.decode(), "told whom of the own desk to ask"
    assert rival.share(tender) != draft, "another supplier shares a draft of its own"
    admin = Member.of(cast.supplier_a)
    assert admin.client.get(f"/drafts/{draft}/").status_code == 200, "an administrator names people"
    assert admin.client.get(f"/drafts/{draft}/state.json").status_code == 404, "and reads nothing by that"
    assert (
        admin.client.post(f"/drafts/{draft}/name", {"user": admin.id, "everything": "on"}).status_code == 302
    )
    assert admin.state(draft)["sections"]["rest"]["readers"].keys().isdisjoint({admin.id})


@pytest.mark.parametrize(
    ("part", "over", "status"),
    [
        ("terms", {"content": "no base64!"}, 422),
        ("terms", {"content": encoded(b"x" * 200_000)}, 422),
        ("terms", {"content": encoded(b"short")}, 422),
        ("terms", {"base": -1}, 422),
        ("terms", {"base": True}, 422),
        ("terms", {"generation": 2}, 409),
        ("terms", {"uploads": ["not an id"]}, 422),
        ("terms", {"uploads": ["00000000-0000-0000-0000-000000000000"]}, 404),
        ("answer.nowhere", {}, 404),
    ],
)
def test_a_part_that_cannot_be_is_refused_and_leaves_nothing(
    team: Any, part: str, over: dict[str, Any], status: int
) -> None:
    anna, _, draft = team
    assert anna.write(draft, part, over.pop("base", 0), **over).status_code == status
    assert not DraftPart.objects.exists()


def test_a_draft_key_is_kept_only_wrapped(cast: Any) -> None:
    anna = Member.of(cast.supplier_a)
    plain = {"by": "passphrase", "age": encoded(anna.seed)}
    open_to_all = encoded(files.encrypt_bytes(anna.seed, [parse_recipient(_recipient())]))
    for wrapped in (
        [],
        [plain],
        [{"by": "passphrase", "age": open_to_all}],
        [{"by": "none", "age": ""}],
        "x",
    ):
        assert anna.make_key(wrapped=wrapped).status_code == 422
    assert anna.make_key(recipient="age1short").status_code == 422
    assert not DraftKey.objects.exists()
    assert anna.make_key().status_code == 200
    kept = anna.client.get("/drafts/key").json()["key"]
    assert kept["recipient"] == anna.recipient
    assert anna.seed.hex() not in json.dumps(kept)
    assert Member.of(cast.supplier_b).client.get("/drafts/key").json() == {"key": None}
    assert Member.of(cast.purchaser).client.get("/drafts/key").status_code == 404


def _recipient() -> str:
    from bidding.sealing.context import AGE_HYBRID, recipient_of

    return str(recipient_of(AGE_HYBRID, secrets.token_bytes(32)))


def test_files_go_with_their_part_and_everything_goes_with_the_draft(
    team: Any, tender: Any, django_capture_on_commit_callbacks: Any
) -> None:
    anna, bo, draft = team
    first, second = _upload(anna, draft), _upload(bo, draft)
    assert anna.write(draft, "files", 0, uploads=[first, second]).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert bo.write(draft, "files", 1, uploads=[second]).status_code == 200
    assert [str(row.pk) for row in Upload.objects.all()] == [second]
    other = Member.of(parties.member(Organisation.objects.get(pk=anna.actor.org_id), "旁人", "handler"))
    meta = "draft " + base64.b64encode(draft.encode()).decode()
    refused = other.client.post("/uploads/", HTTP_UPLOAD_LENGTH="5", HTTP_UPLOAD_METADATA=meta, **TUS)
    assert refused.status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        timers.confirmed(f"tender.{tender.id}")
    assert not Draft.objects.exists()
    assert not DraftPart.objects.exists()
    assert not Upload.objects.exists()
    assert Entry.objects.filter(subject=f"draft.{draft}", verb="delete-draft").count() == 1


def test_the_team_is_told_before_its_draft_of_a_cancelled_tender_is_deleted(
    team: Any, tender: Any, cast: Any, at: Any, django_capture_on_commit_callbacks: Any
) -> None:
    anna, bo, draft = team
    kept = _upload(anna, draft)
    assert anna.write(draft, "files", 0, uploads=[kept]).status_code == 200
    progress.cancel(tender_id=tender.id, actor=cast.purchaser, reason="采购任务取消")
    run_due(handlers())
    told = InboxItem.objects.filter(key__startswith=f"draft.{draft}.ending.")
    assert {item.user_id for item in told} == {anna.actor.user_id, bo.actor.user_id}
    due = told[0].due_at
    assert due is not None
    assert clock.now() + timedelta(days=13) < due <= clock.now() + timedelta(days=14)
    assert bo.client.get(told[0].url).status_code == 200
    timers.ended(str(tender.id))
    assert told[0].due_at == due, "said again, it is not put off"

    at(due - timedelta(minutes=1))
    run_due(handlers())
    assert anna.state(draft)["parts"]["files"]["version"] == 1, "it can be read until then"
    at(due)
    with django_capture_on_commit_callbacks(execute=True):
        run_due(handlers())
    assert not Draft.objects.exists()
    assert not Upload.objects.exists()
    assert not InboxItem.objects.filter(key__startswith=f"draft.{draft}.", done_at=None).exists()
    acts = Entry.objects.filter(subject=f"draft.{draft}").order_by("seq").values_list("verb", "actor")
    assert list(acts)[-2:] == [("announce-deletion", CLOCK.label), ("delete-draft", CLOCK.label)]


def test_an_owner_who_left_is_followed_by_another_whom_an_administrator_names(team: Any, cast: Any) -> None:
    anna, bo, draft = team
    assert anna.name(draft, bo, ("*",), price=True).status_code == 302
    assert anna.rekey(draft, "price", anna, bo).status_code == 200
    Membership.objects.filter(user=anna.actor.user_id).update(until=clock.now() - timedelta(days=1))
    admin = Member.of(cast.supplier_a)
    assert admin.client.post(f"/drafts/{draft}/hand-over", {"user": anna.id}).status_code == 422
    assert admin.client.post(f"/drafts/{draft}/hand-over", {"user": bo.id}).status_code == 302
    assert Draft.objects.get().owner_id == bo.actor.user_id
    assert bo.rekey(draft, "price", bo).status_code == 200
    assert bo.write(draft, "price", 0, generation=3).status_code == 200


def test_the_sections_fall_on_the_two_envelopes(cast: Any) -> None:
    tender = make.published(cast.purchaser, two_envelopes=True)
    anna = Member.of(cast.supplier_a)
    bo = Member.of(parties.member(Organisation.objects.get(pk=cast.supplier_a.org_id), "小波", "handler"))
    draft = anna.share(tender)
    assert anna.name(draft, bo).status_code == 302

    def page(member: Member, envelope: str) -> str:
        data = {"lot": "1", "envelope": envelope}
        where = member.client.post(f"/tenders/{tender.id}/bid/begin", data)["Location"]
        return member.client.get(where).content.decode()

    technical, price = page(bo, "technical"), page(bo, "price")
    assert 'data-part="terms"' in technical
    assert "data-price-row" not in technical + price
    assert "seal-needs" not in technical, "whoever reads all of an envelope may seal it"
    assert "seal-needs" in price
    both = page(anna, "price")
    assert "data-price-row" in both
    assert 'data-part="terms"' not in both
    assert "seal-needs" not in both
