"""Blind scoring: nothing that a member gets of the room tells whose a bid is before the technical result is logged."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

import pytest
from django.core.signing import b64_decode

from bidding.models import OpenedBid, OpenedFile
from core import clock
from core.audit.models import Entry
from evaluation import blind, selectors
from evaluation.models import Review, Score
from evaluation.services import agenda, panels, scoring, technical
from parties.models import Organisation
from realtime.models import Event
from storage.models import Scan
from tendering.models import Tender
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate
from tests.factories import parties as people
from tests.factories import tendering as make
from tests.scenes import scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    """A panel under codes, hosted by somebody without a seat; the first bid names its bidder in an answer and a file name."""

    def build() -> Any:
        made = evaluate.opened(cast, at, two_envelopes=True)
        Tender.objects.filter(pk=made.tender.id).update(blind="strict")
        made.tender = tender_facts(made.tender.id)
        made.host = people.member(Organisation.objects.get(pk=cast.purchaser.org_id), "李代办")
        drawn = panels.draw(
            actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
        )
        made.panel_id = drawn.pk
        row = OpenedBid.objects.get(bid=made.bids[0])
        name = f"{cast.supplier_a.org_name}-技术方案.pdf"
        said = f"{cast.supplier_a.org_name}（{cast.supplier_a.credit_code}）承诺四小时到场，见{name} 第2页"
        row.sheet["responses"] = [{"criterion": "S1", "response": said, "files": [name]}]
        row.save(update_fields=["sheet"])
        OpenedFile.objects.filter(bid=row).update(name=name)
        return made

    return scene(("blind", cast.purchaser.user_id), build)


def told(made: Any, member: Any) -> str:
    """Everything that a member's browser and programs get of the room, with the frames of its stream."""
    client, room = evaluate.client_of(made.actor(member)), f"/rooms/{made.panel_id}/"
    parts = []
    for path in (
        "",
        "?part=work",
        "?part=people",
        "room.json",
        "search?q=承诺",
        "search?q=承诺&format=json",
        "notes",
    ):
        answer = client.get(f"{room}{path}")
        assert answer.status_code == 200, path
        parts.append(answer.content.decode())
    file = OpenedFile.objects.get(bid__bid=made.bids[0])
    for path in (f"files/{file.pk}", f"files/{file.pk}/bytes"):
        answer = client.get(f"{room}{path}")
        parts.append(str(answer.headers))
        assert b"".join(answer.streaming_content), "read to its end, as a browser does"
    assert client.get(f"{room}eligibility/").status_code == 404
    parts += [json.dumps(row.data) for row in Event.objects.filter(stream=f"room.{made.panel_id}")]
    return re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), "\n".join(parts))


def tells(made: Any, cast: Any) -> list[str]:
    """What tells whose a bid is: names, credit codes, and what the public opening shows beside them."""
    suppliers = (cast.supplier_a, cast.supplier_b, cast.supplier_c)
    known = [text for one in suppliers for text in (one.org_name, one.credit_code, str(one.org_id))]
    for bid in made.bids:
        bid.refresh_from_db()
        known += [str(bid.pk), bid.record_hash]
    return known


def against_the_names(made: Any) -> None:
    """Give the codes the order against that of the bidders' names: a list by name is seen to be one."""
    panel = made.panel
    codes = sorted((row["code"] for row in panel.codes.values()), reverse=True)
    for bid, code in zip(selectors.readable_bids(made.tender.id), codes, strict=True):
        panel.codes[str(bid.bid_id)]["code"] = code
    panel.save(update_fields=["codes"])


def inside(token: str) -> bytes:
    """What a token in an address holds for whoever decodes it."""
    payload = token.split(":")[0]
    held = b64_decode(payload.lstrip(".").rstrip("=").encode())
    return zlib.decompress(held) if payload.startswith(".") else held


def form(made: Any, member: Any, bid: int, **said: str) -> dict[str, str]:
    alias = made.panel.codes[str(made.bids[bid].pk)]["alias"]
    return {"bid": alias, "criterion": "S1", **said}


def test_no_page_frame_or_file_name_tells_a_member_whose_a_bid_is_before_the_result_is_logged(made, cast):
    for member in made.members:
        made.declare(member)
    early = evaluate.client_of(made.actor(made.members[1])).get(f"/rooms/{made.panel_id}/").content.decode()
    assert "四小时到场" not in early, "who bids is told for the declaration, and no bid is read"
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_review")
    against_the_names(made)
    codes = [row["code"] for row in made.panel.codes.values()]
    assert len(set(codes)) == 3
    known = tells(made, cast)

    def check(*seats: int) -> str:
        for member in [made.members[seat] for seat in seats]:
            got = told(made, member)
            assert [text for text in known if text in got] == []
            assert all(code in got for code in codes)
            room = evaluate.client_of(made.actor(member)).get(f"/rooms/{made.panel_id}/room.json").json()
            order = [row["bid"] for row in room["bids"]]
            for rows in (room["unreviewed"], room["cells"]):
                assert [bid for bid in order for row in rows if row["bid"] == bid] == [
                    row["bid"] for row in rows
                ], "no list is in the order of the names"
        return got

    got = check(0, 1)
    assert "■■■" in got
    assert f"{made.panel.codes[str(made.bids[0].pk)]['code']}: S1" in got, (
        "what names its bidder is shown to the panel"
    )
    assert got.index(min(codes)) < got.index(max(codes)), "in the order of the codes"
    with pytest.raises(scoring.SeatIsBlind):
        scoring.review(
            actor=cast.purchaser, panel_id=made.panel_id, bid_id=made.bids[0].pk, criterion="Q1", passed=True
        )
    condition, named = {"bid_id": made.bids[0].pk, "criterion": "Q1"}, f"{cast.supplier_a.org_name}未附证明"
    ground = selectors.grounds_of(made.tender)[0].code
    scoring.review(
        actor=made.host, panel_id=made.panel_id, **condition, passed=False, reason=named, ground=ground
    )
    assert "未附证明" in check(1)
    scoring.review(actor=made.host, panel_id=made.panel_id, **condition, passed=True, reason="已核对")
    made.review()
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    client = evaluate.client_of(made.actor(made.members[1]))
    sent = client.post(
        f"/rooms/{made.panel_id}/score", form(made, made.members[1], 0, value="41", reason="完整"),
        headers={"accept": "application/json"},
    )  # fmt: skip
    assert sent.status_code == 200
    assert Score.objects.get().bid_id == made.bids[0].pk
    assert str(made.bids[0].pk) not in sent.content.decode()
    by_name = {**form(made, made.members[1], 1, value="40"), "bid": str(made.bids[1].pk)}
    assert client.post(f"/rooms/{made.panel_id}/score", by_name).status_code == 404, (
        "a bid whose own id was published is not found under it"
    )
    early = client.post(f"/rooms/{made.panel_id}/submit", headers={"accept": "application/json"})
    assert (early.status_code, [text for text in known if text in early.content.decode()]) == (422, [])
    assert Score.objects.count() == 1
    made.score_all()
    check(1)
    work = client.get(f"/rooms/{made.panel_id}/?part=work").content.decode()
    assert list(dict.fromkeys(re.findall("|".join(codes), work))) == sorted(codes)
    names = [one.org_name for one in (cast.supplier_a, cast.supplier_b, cast.supplier_c)]
    hosts = evaluate.client_of(made.host).get(f"/rooms/{made.panel_id}/").content.decode()
    assert all(name in hosts for name in names)
    technical.log_result(actor=made.host, panel_id=made.panel_id)
    opened = Event.objects.get(stream=f"room.{made.panel_id}", type="codes.opened").data["codes"]
    assert (
        opened == {bid: row["code"] for bid, row in made.panel.codes.items()} == made.panel.technical["codes"]
    )
    assert Entry.objects.get(verb="open_codes").facts["codes"] == opened
    after = client.get(f"/rooms/{made.panel_id}/").content.decode()
    assert all(name in after for name in names)


def test_where_a_file_is_kept_and_the_desk_of_the_host_tell_a_member_nothing(made, cast, settings):
    made.begin_review()
    file = OpenedFile.objects.get(bid__bid=made.bids[0])
    room, own = f"/rooms/{made.panel_id}/files/{file.pk}", f"/bid-files/{file.pk}"
    assert b"".join(evaluate.client_of(made.host).get(own).streaming_content)
    sits = evaluate.client_of(cast.purchaser)
    assert sits.get(own).status_code == 404, "the representative works at this desk too"
    settings.FILES_URL = "http://files.test"
    kept = str(made.bids[0].pk).encode()
    assert kept not in inside(sits.get(room).headers["Location"].rsplit("/", 1)[1])
    Scan.objects.create(store="opened", stored_as=file.stored_as, word="found", found="Eicar", at=clock.now())
    warned = re.search(r"warned=([^\"&]+)", sits.get(room).content.decode())
    assert warned is not None
    assert kept not in inside(warned[1])
    assert sits.get(f"{room}?warned={warned[1]}").status_code == 302


def test_a_technical_part_that_shows_whose_it_is_is_invalid_where_the_documents_say_so(made, cast):
    made.begin_review()
    condition = next(row.id for row in made.tender.criteria if row.kind == "conformity")
    sent = form(
        made,
        made.members[1],
        0,
        criterion=condition,
        passed="0",
        ground="identity_shown",
        reason="S1 处写明名称",
    )
    client = evaluate.client_of(made.actor(made.members[1]))
    assert client.post(f"/rooms/{made.panel_id}/review", sent).status_code == 303
    row = Review.objects.get()
    assert (row.bid_id, row.ground["code"], row.passed) == (made.bids[0].pk, "identity_shown", False)
    Tender.objects.filter(pk=made.tender.id).update(blind="codes")
    assert "identity_shown" not in {one.code for one in selectors.grounds_of(tender_facts(made.tender.id))}
    assert blind.named(made.panel_id, made.bids[1].pk, made.host.user_id) == made.bids[1].pk, (
        "programs of the host name bids as they are"
    )


def test_the_draft_takes_blind_scoring_with_two_envelopes_only(cast):
    tender = make.draft(cast.purchaser)
    client, path = evaluate.client_of(cast.purchaser), f"/tenders/{tender.id}/evaluation/"
    sent = {
        "version": tender.version, "evaluation_method": "weighted_score", "price_weight": "30", "small_micro": "0.1",
        "consortium": "0.04", "domestic": "0.2", "stacking": "additive", "blind": "strict",
    }  # fmt: skip
    assert client.post(path, {**sent, "envelopes": "single"}).status_code == 422
    assert tender_facts(tender.id).blind == ""
    assert client.post(path, {**sent, "envelopes": "two"}).status_code == 303
    assert tender_facts(tender.id).blind == "strict"
    again = {**sent, "version": tender_facts(tender.id).version, "envelopes": "single", "blind": ""}
    assert client.post(path, again).status_code == 303
    assert tender_facts(tender.id).blind == ""
