"""A database edited by SQL in any sealed column is found, and the column is named (R3, R11, R12)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Model

from bidding import integrity
from bidding import keepers as platform
from bidding.models import (
    Bid,
    CloseList,
    Confirmation,
    OpenedBid,
    OpenedFile,
    Opening,
    OpeningRecord,
    Receipt,
    RecoveryKit,
    Resolution,
    Share,
    Ticket,
    WitnessStamp,
)
from bidding.sealing.accounts import verify_close
from bidding.services import closing, opening, receipts
from core.ledger import services as ledger
from core.ledger.models import Checkpoint, Cosignature, Entry, Node
from tendering.models import PolicyVersion
from tests.bidding.bidder import Bidder, sheet
from tests.bidding.test_open import submit_three
from tests.bidding.test_withdraw import withdrawal
from tests.factories import tendering as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

#: Columns that bind nobody: who wrote a row or was asked for a quote, and when, stands in the audit trail;
#: `stored_as` names bytes that are hashed.
UNSEALED = {
    Bid: {"id", "prepared_by", "created_at", "finals_asked_at"},
    Ticket: {"id", "actor", "decided_at"},
    Receipt: {"id", "created_at"},
    CloseList: {"id"},
    Opening: {"id", "gather_until", "began_at", "finished_at", "confirm_until"},
    Share: {"id", "code", "at"},
    OpenedBid: {"id", "opened_at"},
    Resolution: {"id"},
    Confirmation: {"id"},
    RecoveryKit: {"id"},
    OpeningRecord: {"id"},
    WitnessStamp: {"id"},
}
#: Tables that bind nobody, and why.
UNBOUND = {
    "FileText": "read from the opened file, to search it",
    "PageText": "read from the opened file, to search it",
    "OpenedFile": "compared file by file with what was sealed",
    "DraftKey": "what is written before anything is sealed binds nobody",
    "Draft": "not yet sealed",
    "DraftPerson": "not yet sealed",
    "DraftSection": "not yet sealed",
    "DraftPart": "not yet sealed",
    "Attempt": "refusals, told to the host; the audit trail and the tickets count",
    "SeenAmendment": "a bidder's own reading mark",
    "RehearsalPolicy": "no bid, never opened",
    "Rehearsal": "no bid, never opened",
    "Consortium": "its terms are those of the hash in the sealed sheet and of every signature, or it holds nothing",
    "ConsortiumMember": "its signature is verified over the terms whenever an opened bid names them",
    "BidSecurity": "written after the opening from the opened bid; what is decided of it is in the audit trail",
}
OTHER = "f" * 64
ANOTHER = object()
"""Stands in a list of edits for any other value that the column takes."""


@pytest.mark.parametrize("model", sorted(integrity.SEALED, key=lambda one: one.__name__))
def test_every_column_is_sealed_or_known_not_to_be(model: type[Model]) -> None:
    columns = {field.name for field in model._meta.concrete_fields}
    assert columns - integrity.SEALED[model] - UNSEALED[model] == set(), (
        "seal it in bidding/integrity.py, or say why not"
    )
    assert integrity.SEALED[model] <= columns


def test_every_table_is_sealed_or_known_to_bind_nobody() -> None:
    tables = {model.__name__ for model in apps.get_app_config("bidding").get_models()}
    assert tables - {model.__name__ for model in integrity.SEALED} == set(UNBOUND)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the test edits."""
    with transaction.atomic():
        place = transaction.savepoint()
        yield
        transaction.savepoint_rollback(place)


def edit(row: Model, column: str, value: Any) -> None:
    """Write one value past the application, as a database administrator would."""
    field = row._meta.get_field(column)
    written = field.get_db_prep_save(value, connection)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(
            f'UPDATE "{row._meta.db_table}" SET "{field.column}" = %s WHERE "{row._meta.pk.column}" = %s',
            [written, row._meta.pk.get_db_prep_save(row.pk, connection)],
        )
        assert cursor.rowcount == 1


def json_edit(value: Any) -> Any:
    """The same JSON with one value changed somewhere deep inside."""
    if isinstance(value, dict):
        name = sorted(value)[-1]
        return {**value, name: json_edit(value[name])}
    if isinstance(value, list) and value:
        return [*value[:-1], json_edit(value[-1])]
    if isinstance(value, str):
        return ("1" if value[:1] != "1" else "2") + value[1:]
    return (value or 0) + 1 if not isinstance(value, list) else [1]


def different(row: Model, column: str) -> Any:
    """Another value that the column takes."""
    field, value = row._meta.get_field(column), getattr(row, row._meta.get_field(column).attname)  # type: ignore[union-attr]
    kind = field.get_internal_type()  # type: ignore[union-attr]
    if column == "status":
        return "refused" if isinstance(row, Bid) else "not_held"
    if column in ("kind", "envelope", "word", "decision"):
        others = {"submit": "withdraw", "withdraw": "submit", "confirmed": "objected", "again": "without"}
        return others.get(value, "price")
    if column == "verified":
        return not value
    if field.is_relation:  # type: ignore[union-attr]
        others = field.related_model.objects.exclude(pk=value)  # type: ignore[union-attr]
        if column in (
            "bid",
            "ticket",
        ):  # a constraint keeps two shares, openings or receipts of one bid apart
            others = others.exclude(pk__in=type(row)._default_manager.values(column))
        numbered = isinstance(value, int)
        return others.order_by("pk").values_list("pk", flat=True).first() or (
            value + 1 if numbered else uuid.uuid4()
        )
    if kind == "JSONField":
        return json_edit(value)
    if kind in ("DateTimeField",):
        return value + timedelta(seconds=1)
    if kind == "BooleanField":
        return not value
    if kind == "UUIDField":
        return uuid.uuid4()
    if kind == "BinaryField":
        return bytes([bytes(value)[0] ^ 1]) + bytes(value)[1:]
    if kind in ("CharField", "TextField"):
        return (OTHER if len(value) == 64 else ("1" if value[:1] != "1" else "2") + value[1:]) or "x"
    return value + 1


def cast_name(transcript: Any) -> str:
    """The name of the first bidder, which only the page has."""
    bid_id = transcript["bids"][0]["signed_record"]["record"]["ctx"]["bid_id"]
    return str(Bid.objects.get(pk=bid_id).supplier.name)


@pytest.fixture
def opened(cast: Any, tender: Any, tmp_path: Path, to_deadline: Any) -> Any:
    """A tender opened with every kind of row: replaced, withdrawn, refused and opened bids, with attachments and a batch."""
    make.published(cast.purchaser)  # another tender, to which a row could be moved
    answers = submit_three(cast, tender, tmp_path)
    a, d = Bidder.of(cast.supplier_a), Bidder.of(cast.outsider)
    attachment = tmp_path / "技术方案.pdf"
    attachment.write_bytes(b"%PDF-1.7\n" * 100)
    again = a.begin(tender)
    sealed = a.seal(again, tmp_path / "again", sheet(tender, "4300.00"), [(attachment.name, attachment)],
                    supersedes=answers[0]["record_hash"])  # fmt: skip
    assert a.post(f"/bids/{again}/submit", a.request(tender, again, sealed)).status_code == 200
    taken = d.submit(tender, tmp_path / "taken").json()
    bid = Receipt.objects.get(pk=taken["receipt"]).ticket.bid
    back = withdrawal(d, str(bid.pk), bid.record_hash)
    assert d.post(f"/bids/{bid.pk}/withdraw", back).status_code == 200
    second = a.begin(tender)
    refused = a.seal(second, tmp_path / "refused", sheet(tender, "4200.00"))
    assert (
        a.post(f"/bids/{second}/submit", a.request(tender, second, refused)).json()["reason"]
        == "already-submitted"
    )
    for _ in range(3):
        receipts.post_batch()
    ledger.publish_checkpoint()
    platform.witnessed_checkpoint(platform.keepers_of(tender))
    to_deadline(tender)
    closing.close(tender_id=tender.id)
    to_deadline(tender, timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    while Entry.objects.count() <= 256:
        ledger.append({"type": "mingcai/v1/filler", "sha256": OTHER})
    ledger.publish_checkpoint()
    return tender


def checked(row: Model, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Check all rows; the log is read whole and bids are opened again only for rows of these, the audit trail for none."""
    with monkeypatch.context() as patched:
        patched.setattr(integrity, "_acts", list)
        if row._meta.app_label != "ledger":
            patched.setattr(integrity, "check_log", lambda witnesses: [])
        if not isinstance(row, OpenedBid | OpenedFile):
            patched.setattr(integrity, "reopened", lambda opened: [])
        return integrity.check()


def test_each_sealed_column_edited_by_sql_is_named(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert integrity.check() == []
    said = StringIO()
    call_command("check_sealing", "--json", stdout=said)
    assert json.loads(said.getvalue()) == {"ok": True, "findings": []}

    effective = Bid.objects.get(
        record_hash=Ticket.objects.get(signed_record__record__has_key="supersedes", kind="submit").record_hash
    )
    rows: dict[type[Model], Model] = {
        Bid: effective,
        Ticket: effective.tickets.get(kind="submit"),
        Receipt: Receipt.objects.get(ticket__bid=effective),
        CloseList: CloseList.objects.get(),
        Opening: Opening.objects.get(),
        Share: Share.objects.filter(bid=effective, verified=True).first(),
        OpenedBid: effective.opened,
    }  # type: ignore[dict-item]
    edits = [(rows[model], column, ANOTHER) for model in rows for column in sorted(integrity.SEALED[model])]
    edits += [
        (effective.opened.files.get(), column, ANOTHER) for column in ("name", "size", "sha256", "stored_as")
    ]
    edits += [(Entry.objects.get(pk=3), column, ANOTHER) for column in ("content", "leaf_hash")]
    edits += [(Node.objects.get(), column, ANOTHER) for column in ("level", "index", "hash")]
    edits += [
        (Checkpoint.objects.order_by("-size").first(), column, ANOTHER) for column in ("size", "root", "note")
    ]
    edits += [(Cosignature.objects.first(), column, ANOTHER) for column in ("witness", "line", "timestamp")]
    policy = PolicyVersion.objects.get(tender_id=opened.id)
    edits += [
        (policy, column, ANOTHER)
        for column in ("lot", "envelope", "v", "policy", "policy_hash", "keepers", "entry_index")
    ]
    withdrawn, refused = Ticket.objects.get(kind="withdraw"), Ticket.objects.get(code="already-submitted")
    edits += [
        (withdrawn, "accepted", False),
        (withdrawn, "arrival", ANOTHER),
        (refused, "code", "late"),
        (refused, "accepted", True),
    ]
    edits += [(withdrawn.bid, "status", "submitted"), (refused.bid, "status", "submitted")]

    unnoticed = []
    for row, column, value in edits:
        with undone():
            edit(row, column, different(row, column) if value is ANOTHER else value)
            found = checked(row, monkeypatch)
            named = {(finding.table, finding.column) for finding in found}
            if (row._meta.db_table, column) not in named:
                unnoticed.append((row._meta.db_table, column, value, sorted(map(str, found))[:3]))
    assert not unnoticed, "\n".join(map(str, unnoticed))
    assert integrity.check() == [], "every edit was taken back"


def test_published_proofs_hold_and_lost_rows_are_found(opened: Any, client: Any) -> None:
    published = client.get(f"/opening/{opened.id}/1/transcript.json").json()
    files = [receipts.receipt_file(one) for one in Receipt.objects.order_by("pk")]
    assert len(files) == 6
    entries = [bytes(one) for one in Entry.objects.order_by("index").values_list("content", flat=True)]
    report = verify_close(published, files, entries, platform_vkey=ledger.log_vkey())
    assert (
        sorted(one.state for one in report.accounts) == ["effective"] * 3 + ["superseded"] + ["withdrawn"] * 2
    )
    assert report.transcript_index is not None
    page = client.get(
        f"/opening/{opened.id}/1/transcript/", headers={"accept-language": "en"}
    ).content.decode()
    for text in (report.root, cast_name(published), "Replay it in this browser", "860,000.00"):
        assert text in page
    assert client.get(f"/opening/{opened.id}/9/transcript/").status_code == 404

    with undone():
        edit(CloseList.objects.get(), "entry_index", 0)
        with pytest.raises(CommandError, match="do not agree"):
            call_command("check_sealing", "--tender", str(opened.id), stdout=StringIO())
    last = Entry.objects.order_by("-index").first()
    with undone(), connection.cursor() as cursor:
        cursor.execute('DELETE FROM ledger_entry WHERE "index" = %s', [last.index])
        assert {(one.table, one.column) for one in integrity.check()} == {("ledger_entry", "index")}
    with undone(), connection.cursor() as cursor:
        ticket = Ticket.objects.get(code="already-submitted")
        Ticket.objects.filter(pk=ticket.pk).delete()
        assert ("bidding_closelist", "body") in {(one.table, one.column) for one in integrity.check()}
