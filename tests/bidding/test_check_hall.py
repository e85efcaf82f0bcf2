"""Stamps, resolutions, bidders' words and minutes edited or deleted by SQL are found, and the column is named (R3, R4)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection

from bidding import integrity, integrity_hall, selectors
from bidding.models import Bid, Confirmation, Opening, OpeningRecord, Resolution, WitnessStamp
from bidding.sealing.objects import Keeper
from bidding.services import minutes, opening
from core.ledger import selectors as log
from disclosure.models import Notice
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder
from tests.bidding.people import Hand
from tests.bidding.test_check_sealing import ANOTHER, different, edit, undone
from tests.bidding.test_resolve import decide, lose, open_up, submit
from tests.factories import tendering as make
from tests.hostile.test_stamps import deliver, stamped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def told(cast: Any, tender: Any, tmp_path: Path, to_deadline: Any) -> Any:
    """An opening in which everybody said something: a stamp accounted for and one disputed, a bid held and gathered again,
    one bidder that confirms and one that objects, signed minutes.
    """
    make.published(cast.purchaser)  # another tender, to which a row could be moved
    ids = submit(tender, tmp_path, cast.supplier_a, cast.supplier_b, cast.supplier_c)
    stamper, kept_back = Bidder.of(cast.outsider), stamped(tender, secrets.token_bytes(32), 1)
    assert deliver(stamper, tender, stamped(tender, secrets.token_bytes(32), 1)).status_code == 200
    name, content = lose(ids[1])
    assert open_up(tender, to_deadline)
    assert deliver(stamper, tender, kept_back).json()["body"]["standing"] == "disputed"
    storages["sealed"].save(name, ContentFile(content))
    decide(Hand(cast.supervisor), tender, "again")
    assert opening.gather(tender_id=tender.id)

    line = next(one for one in selectors.lines(tender.id) if str(one.bid_id) == ids[0])
    hand = Hand(cast.supplier_a)
    touched = hand.touch(minutes.line_body(line, tender.id), minutes.purpose_of_line(line.bid_id))
    minutes.confirm(actor=cast.supplier_a, bid_id=line.bid_id, credential=touched)
    second = Bid.objects.get(pk=ids[1]).pk
    minutes.object_to(actor=cast.supplier_b, bid_id=second, text="交货期应为 20 日，唱标为 30 日。")
    minutes.answer(actor=cast.purchaser, bid_id=second, text="经核对开标一览表，贵方填报为 30 日。")
    to_deadline(tender, Opening.objects.get().confirm_until - tender.bids_due_at)
    found, host = tender_facts(tender.id), Hand(cast.purchaser)
    signed = host.touch(minutes.compose(found), minutes.purpose_of(tender.id))
    minutes.sign(actor=cast.purchaser, tender_id=tender.id, credential=signed)
    return tender


def delete(row: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM "{row._meta.db_table}" WHERE "{row._meta.pk.column}" = %s',
            [row._meta.pk.get_db_prep_save(row.pk, connection)],
        )
        assert cursor.rowcount == 1


def test_each_word_of_an_opening_edited_or_deleted_by_sql_is_named(told: Any) -> None:
    assert integrity.check() == []
    keepers = {one.vkey: one.id for one in map(Keeper.from_json, tender_facts(told.id).sealing["keepers"])}

    def named() -> set[tuple[str, str]]:
        logged = log.entries_about([told.id])[str(told.id)]
        return {(one.table, one.column) for one in integrity_hall.check(told.id, logged, keepers)}

    confirmed, objected = (Confirmation.objects.get(word=word) for word in ("confirmed", "objected"))
    stamp, disputed = (WitnessStamp.objects.get(disputed=known) for known in (False, True))
    resolution, record = Resolution.objects.get(), OpeningRecord.objects.get()
    edits: list[tuple[Any, str, Any]] = [
        (row, column, ANOTHER)
        for row in (resolution, confirmed, record, stamp)
        for column in sorted(integrity_hall.SEALED[type(row)])
        if getattr(row, column) is not None
    ]
    later = told.bids_due_at + timedelta(days=9)
    edits += [(objected, column, ANOTHER) for column in ("objection", "answer", "answered_by", "answered_at")]
    edits += [
        (objected, "word", "confirmed"),
        (objected, "answer", ""),
        (confirmed, "answered_at", later),
        (confirmed, "signature", {**confirmed.signature, "at": "2026-01-01T00:00:00+00:00"}),
        (confirmed, "signature", None),
        (record, "signature", {**record.signature, "at": "2026-01-01T00:00:00+00:00"}),
        (record, "signed_at", None),
        (record, "entry_index", None),
        (disputed, "disputed", False),
        (disputed, "delivered_at", told.bids_due_at - timedelta(hours=1)),
    ]
    unnoticed = []
    for row, column, value in edits:
        with undone():
            edit(row, column, different(row, column) if value is ANOTHER else value)
            found = named()
            if (row._meta.db_table, column) not in found:
                unnoticed.append((row._meta.db_table, column, value, sorted(found)))
    assert not unnoticed, "\n".join(map(str, unnoticed))

    for row, column in (
        (resolution, "number"), (confirmed, "bid"), (objected, "bid"), (record, "tender"), (stamp, "tender"),
    ):  # fmt: skip
        with undone():
            delete(row)
            assert named() == {(row._meta.db_table, column)}
    notice = Notice.objects.get(pk=record.notice_id)
    with undone(), connection.cursor() as cursor:
        on = " ON disclosure_notice" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER disclosure_notice_fixed{on}")
        edit(notice, "facts", {**notice.facts, "resolutions": []})
        assert named() == {("bidding_openingrecord", "notice_id")}
    assert named() == set(), "every edit was taken back"

    with undone():
        edit(resolution, "authority", "某某财政局")
        with pytest.raises(CommandError, match="1 values do not agree"):
            call_command("check_sealing", stdout=StringIO())
