"""Bidders confirm their line of an opening or object, the host answers, and signs the minutes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bidding import selectors
from bidding.models import Confirmation, Opening, OpeningRecord
from bidding.services import minutes, recording
from core.audit.services import verify as audit_verifies
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, WrongState
from core.ledger import selectors as log
from core.timers import services as timers
from disclosure.models import Notice
from parties.access import CLOCK
from parties.models import InboxItem
from parties.services import signing
from tendering.selectors import law_of
from tests.bidding.people import Hand
from tests.factories.evaluation import SPRING, Evaluation, client_of, opened

At = Callable[[datetime], None]


@pytest.fixture
def asked(cast: Any, at: At) -> Evaluation:
    """A tender whose three bids are opened and whose bidders have just been asked."""
    at(SPRING)
    made = opened(cast, at)
    row = Opening.objects.get()
    row.finished_at = made.tender.opens_at + timedelta(minutes=1)
    row.save()
    minutes.ask(made.tender, row)
    recording.publish(made.tender, actor=CLOCK)
    return made


def line(made: Evaluation, number: int) -> dict[str, Any]:
    bid = made.bids[number]
    facts = next(one for one in selectors.lines(made.tender.id) if one.bid_id == bid.pk)
    return minutes.line_body(facts, made.tender.id)


def confirm(made: Evaluation, hand: Hand, number: int, **changed: Any) -> Confirmation:
    bid = made.bids[number]
    touched = hand.touch({**line(made, number), **changed}, minutes.purpose_of_line(bid.pk))
    return minutes.confirm(actor=hand.actor, bid_id=bid.pk, credential=touched)


def sign(made: Evaluation, hand: Hand) -> OpeningRecord:
    touched = hand.touch(minutes.compose(made.tender), minutes.purpose_of(made.tender.id))
    return minutes.sign(actor=hand.actor, tender_id=made.tender.id, credential=touched)


def task(made: Evaluation, name: str) -> bool:
    return InboxItem.objects.filter(key=f"opening.{made.tender.id}.{name}", done_at=None).exists()


def test_one_confirms_one_objects_one_is_silent_and_the_host_signs_what_all_of_them_said(
    cast: Any, asked: Evaluation, at: At
) -> None:
    a, b, _c = asked.bids
    until = Opening.objects.get().confirm_until
    rule = law_of(asked.tender.id).cite(minutes.RULE)
    assert until == law_of(asked.tender.id).end_of(minutes.RULE, Opening.objects.get().finished_at).ends_at
    assert "四十二" in rule.citation
    assert task(asked, f"confirm.{a.pk}")

    assert confirm(asked, Hand(cast.supplier_a), 0).word == "confirmed"
    assert not task(asked, f"confirm.{a.pk}")
    page = client_of(cast.supplier_b)
    assert "data-sign-hash" in page.get(f"/opening/lines/{b.pk}/").content.decode()
    said = page.post(
        f"/opening/lines/{b.pk}/", {"verb": "object", "text": "交货期应为 20 日，唱标为 30 日。"}
    )
    assert said.status_code == 302
    hall = Client().get(f"/opening/{asked.tender.id}/").content.decode()
    assert "交货期应为 20 日" in hall

    host = Hand(cast.purchaser)
    with pytest.raises(minutes.NotReady):
        sign(asked, host)
    at(until)
    assert timers.is_planned(verb=minutes.TIMER, subject=str(asked.tender.id))
    minutes.time_is_over(asked.tender.id)
    assert not task(asked, "minutes")  # the objection still waits for its answer
    with pytest.raises(minutes.NotReady):
        sign(asked, host)
    answered = client_of(cast.purchaser).post(
        f"/opening/lines/{b.pk}/", {"verb": "answer", "text": "经核对开标一览表，贵方填报为 30 日。"}
    )
    assert answered.status_code == 302
    assert task(asked, "minutes")
    assert Client().get(f"/opening/{asked.tender.id}/minutes/").status_code in (401, 302)
    draft = client_of(cast.purchaser).get(f"/opening/{asked.tender.id}/minutes/").content.decode()
    body = minutes.compose(asked.tender)
    assert f'data-sign-hash="{digest(body).hex()}"' in draft

    row = sign(asked, host)
    words = {bid["supplier"][:2]: bid["word"] for lot in row.body["lots"] for bid in lot["bids"]}
    assert words == {"甲方": "confirmed", "乙方": "objected", "丙方": "silent"}
    assert row.body == body
    assert signing.verify(row.signature, digest(row.body))
    entry = json.loads(log.entry(row.entry_index))
    assert entry == {
        "type": "mingcai/v1/minutes-entry",
        "tender": str(asked.tender.id),
        "sha256": row.digest,
    }
    notice = Notice.objects.get(pk=row.notice_id)
    assert notice.version == 2
    assert "经核对开标一览表" in str(notice.sections)
    shown = Client().get(f"/opening/{asked.tender.id}/minutes/").content.decode()
    assert row.digest[:8] in shown
    assert cast.purchaser.email not in shown
    with pytest.raises(minutes.NotReady):
        sign(asked, host)
    assert audit_verifies(f"opening.{asked.tender.id}") is None


def test_a_signature_over_another_line_confirms_nothing(cast: Any, asked: Evaluation) -> None:
    hand = Hand(cast.supplier_a)
    with pytest.raises(signing.NotSigned):
        confirm(asked, hand, 0, quote="1.00")
    with pytest.raises(NotFound):
        confirm(asked, hand, 1)
    assert not Confirmation.objects.exists()
    confirm(asked, hand, 0)
    with pytest.raises(minutes.AlreadySaid):
        confirm(asked, hand, 0)
    with pytest.raises(minutes.AlreadySaid):
        minutes.object_to(actor=cast.supplier_a, bid_id=asked.bids[0].pk, text="价格有误")
    assert Confirmation.objects.get().objection == ""


def test_the_end_of_the_time_is_late_and_the_instant_before_is_not(
    cast: Any, asked: Evaluation, at: At
) -> None:
    until = Opening.objects.get().confirm_until
    at(until)
    with pytest.raises(minutes.TimeIsOver):
        confirm(asked, Hand(cast.supplier_a), 0)
    with pytest.raises(minutes.TimeIsOver):
        minutes.object_to(actor=cast.supplier_b, bid_id=asked.bids[1].pk, text="价格有误")
    assert not Confirmation.objects.exists()
    at(until - timedelta(seconds=20))
    minutes.object_to(actor=cast.supplier_b, bid_id=asked.bids[1].pk, text="价格有误")
    assert Confirmation.objects.get().word == "objected"


def test_only_the_host_answers_and_once(cast: Any, asked: Evaluation) -> None:
    bid = asked.bids[1]
    with pytest.raises(WrongState):
        minutes.answer(actor=cast.purchaser, bid_id=bid.pk, text="没有疑义")
    with pytest.raises(Invalid):
        minutes.object_to(actor=cast.supplier_b, bid_id=bid.pk, text=" ")
    minutes.object_to(actor=cast.supplier_b, bid_id=bid.pk, text="价格有误")
    for other in (cast.supplier_b, cast.supplier_a, cast.supervisor, cast.agency):
        with pytest.raises(NotFound):
            minutes.answer(actor=other, bid_id=bid.pk, text="无误")
    assert Confirmation.objects.get().answer == ""
    minutes.answer(actor=cast.purchaser, bid_id=bid.pk, text="无误")
    with pytest.raises(Conflict):
        minutes.answer(actor=cast.purchaser, bid_id=bid.pk, text="再次答复")
    assert Confirmation.objects.get().answer == "无误"
    confirm(asked, Hand(cast.supplier_b), 1)  # an answered objection may be settled while the time runs
    assert Confirmation.objects.get().word == "confirmed"


def test_minutes_are_ready_at_once_when_everybody_has_confirmed(cast: Any, asked: Evaluation) -> None:
    for number, actor in enumerate((cast.supplier_a, cast.supplier_b)):
        confirm(asked, Hand(actor), number)
    host = Hand(cast.purchaser)
    with pytest.raises(minutes.NotReady):
        sign(asked, host)
    assert OpeningRecord.objects.get().signed_at is None
    confirm(asked, Hand(cast.supplier_c), 2)
    assert task(asked, "minutes")
    with pytest.raises(NotFound):
        sign(asked, Hand(cast.supplier_a))
    assert sign(asked, host).signed_for == cast.purchaser.org_name
    assert not task(asked, "minutes")


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_an_opening_asks_its_bidders_and_its_clock_counts_from_its_end(
    cast: Any, tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    from tests.bidding.test_resolve import open_up, submit, tasks

    ids = submit(tender, tmp_path, cast.supplier_a, cast.supplier_b, cast.supplier_c)
    assert open_up(tender, to_deadline)
    row = Opening.objects.get()
    assert row.confirm_until == law_of(tender.id).end_of(minutes.RULE, row.finished_at).ends_at
    assert f"opening.{tender.id}.confirm.{ids[0]}" in tasks(cast.supplier_a)
    to_deadline(tender, timedelta(days=1))
    minutes.time_is_over(tender.id)
    assert f"opening.{tender.id}.confirm.{ids[0]}" not in tasks(cast.supplier_a)
    assert f"opening.{tender.id}.minutes" in tasks(cast.purchaser)
    words = [bid["word"] for lot in minutes.compose(tender)["lots"] for bid in lot["bids"]]
    assert words == ["silent"] * 3
