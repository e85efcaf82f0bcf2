"""Compare the rows of sealed bids with what was signed and logged: a value edited by SQL is named with its column.

Nothing is believed because it is in the database. Signatures of bidder, keepers and platform, commitments, hashes of stored bytes
and entries of the log say what must be there. `SEALED` lists the columns that this finds; the others rest on the audit
trail or say nothing that binds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import storages
from django.db.models import Model

from bidding import integrity_hall
from bidding.integrity_opened import reopened
from bidding.models import (
    Bid,
    CloseList,
    OpenedBid,
    Opening,
    OpeningRecord,
    Receipt,
    Share,
    Ticket,
    WitnessStamp,
)
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import SealingError
from bidding.sealing.keeperside import verify_share
from bidding.sealing.objects import (
    Acknowledgement,
    Keeper,
    SealedRecord,
    SignedRecord,
    Withdrawal,
    keeper_set_hash,
)
from bidding.sealing.plain import PlainShare
from bidding.sealing.shape import write_instant
from bidding.sealing.signatures import check_bidder
from bidding.sealing.statements import Ack, Statement, leaf_of
from bidding.sealing.statements import CloseList as SignedList
from bidding.sealing.statements import Receipt as SignedReceipt
from bidding.sealing.terms import SILENCE_WITHDRAWS
from bidding.states import BidStatus, OpeningStatus
from core.audit import services as audit
from core.errors import NotFound
from core.ledger import selectors as log
from core.ledger.integrity import Finding, named, read_entry
from core.ledger.integrity import check as check_log
from storage import uploads
from tendering import selectors as tenders

SEALED: dict[type[Model], set[str]] = {
    Bid: {"tender", "lot", "envelope", "supplier", "status", "sheet_upload", "files_upload", "record", "record_hash",
          "envelopes", "acks"},
    Ticket: {"tender", "lot", "envelope", "bid", "kind", "idempotency_key", "record_hash", "signed_record", "arrival",
             "newest_policy", "accepted", "code"},
    Receipt: {"ticket", "statement", "leaf", "leaf_index"},
    CloseList: {"tender", "lot", "envelope", "closed_at", "body", "root", "entry_index"},
    Opening: {"tender", "lot", "envelope", "status", "transcript"},
    Share: {"bid", "keeper", "index", "payload", "verified"},
    OpenedBid: {"bid", "verdict", "sheet", "quote", "seed_sheet"},
    **integrity_hall.SEALED,
}  # fmt: skip
KINDS = {
    SealedRecord: Ticket.SUBMIT,
    Withdrawal: Ticket.WITHDRAW,
    Acknowledgement: Ticket.ACKNOWLEDGE,
}
AT_ONCE = 200
"""For how many tenders the log is read at once: what it says about them is held in memory."""
LISTED = frozenset(BidStatus) - {
    BidStatus.PREPARING, BidStatus.CHECKED, BidStatus.SUPERSEDED, BidStatus.WITHDRAWN, BidStatus.REFUSED,
}  # fmt: skip


def check(tender_id: uuid.UUID | None = None) -> list[Finding]:
    """Give every row and column that does not agree, of one tender or of all; the log is always checked whole."""
    tables: tuple[type[Model], ...] = (Bid, Ticket, CloseList, Opening, WitnessStamp, OpeningRecord)
    every = {one for table in tables for one in table._default_manager.values_list("tender_id", flat=True)}
    ids = [tender_id] if tender_id else sorted(every)
    versions = {one: tenders.policy_versions(one) for one in ids}
    names = {
        keeper.verifier().name: keeper.vkey
        for rows in versions.values()
        for version in rows
        for keeper in _keepers(version)
    }
    found = list(check_log(names))
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        about = log.entries_about(some)
        for one in some:
            found += Tender(one, versions[one], about[str(one)]).check()
    return found + _acts()


def _acts() -> list[Finding]:
    """Compare the audit trail with its own chains, its seals, and the newest seal that the log holds."""
    found = [
        Finding("audit_entry", f"{subject}#{number}", "hash", "its chain is broken here")
        for subject in audit.subjects()
        if (number := audit.verify(subject)) is not None
    ]
    broken = audit.broken_seal()
    if broken is not None:
        found.append(Finding("audit_seal", str(broken), "hash", "the acts that it sealed are others now"))
    newest = log.newest_of_type("mingcai/v1/heads")
    if newest is not None and not audit.is_seal(str(newest[1].get("sha256"))):
        found.append(Finding("audit_seal", str(newest[0]), "hash", "the log holds a seal that is not here"))
    return found


class Tender:
    """The rows of one tender's sealed bids."""

    def __init__(
        self, tender_id: uuid.UUID, versions: list[dict[str, Any]], logged: list[dict[str, Any]]
    ) -> None:
        self.id = tender_id
        self.versions = versions
        self.logged = logged
        self.policies = {row["policy_hash"] for row in versions}
        lists = CloseList.objects.filter(tender_id=tender_id).values_list("body", flat=True)
        self.closed = bool(lists)
        self.silent = {
            entry["record_hash"]
            for body in lists
            for entry in body["entries"]
            if entry.get("code") == SILENCE_WITHDRAWS
        }

    def check(self) -> list[Finding]:
        """Give what does not agree."""
        found = [*self._policies(), *self._close_lists()]
        for receipt in Receipt.objects.filter(ticket__tender_id=self.id).select_related("ticket__bid"):
            found += named("bidding_receipt", receipt.pk, _receipt(receipt))
        for ticket in Ticket.objects.filter(tender_id=self.id):
            found += named("bidding_ticket", ticket.pk, self._ticket(ticket))
        for bid in Bid.objects.filter(tender_id=self.id).exclude(record=None):
            found += named("bidding_bid", bid.pk, self._bid(bid))
        for share in Share.objects.filter(bid__tender_id=self.id).select_related("bid"):
            found += named("bidding_share", share.pk, _share(share))
        for opening in Opening.objects.filter(tender_id=self.id):
            found += named("bidding_opening", opening.pk, self._opening(opening))
        for opened in OpenedBid.objects.filter(bid__tender_id=self.id).select_related("bid"):
            found += reopened(opened)
        keepers = {one.vkey: one.id for version in self.versions for one in _keepers(version)}
        return found + list(integrity_hall.check(self.id, self.logged, keepers))

    def _policies(self) -> Iterator[Finding]:
        for row in self.versions:
            name, table = f"{row['lot']} v{row['v']}", "tendering_policyversion"
            logged = read_entry(row["entry_index"])
            if logged is None or logged.get("type") != "mingcai/v1/policy-entry":
                yield Finding(table, name, "entry_index", "the log has no policy there")
                continue
            body = logged["statement"]["body"]
            if row["policy"] != body:
                elsewhere = any(
                    entry.get("statement", {}).get("body") == row["policy"]
                    for entry in log.entries_naming(row["tender"])
                )
                if elsewhere:
                    yield Finding(table, name, "entry_index", "the log holds this policy elsewhere")
                    continue
                yield Finding(table, name, "policy", "the log holds another")
            if row["keepers"] != logged["keepers"]:
                yield Finding(table, name, "keepers", "the log holds others")
            if row["policy_hash"] != h(canonical(body)).hex():
                yield Finding(table, name, "policy_hash", "it is not the hash of the logged policy")
            for column in ("tender", "lot", "envelope", "v"):
                if row[column] != body[column]:
                    yield Finding(table, name, column, f"the log says {body[column]}")

    def _close_lists(self) -> Iterator[Finding]:
        for row in CloseList.objects.filter(tender_id=self.id):
            yield from named("bidding_closelist", row.pk, self._close_list(row))

    def _close_list(self, row: CloseList) -> Iterator[tuple[str, str]]:
        logged = read_entry(row.entry_index)
        if logged is None or logged.get("type") != "mingcai/v1/close-entry":
            yield "entry_index", "the log has no close entry there"
            return
        if row.root != logged["root"]:
            yield "root", "the log holds another"
        try:
            signed = SignedList.from_json(row.body)
        except SealingError as error:
            yield "body", str(error)
            return
        if signed.root() != logged["root"] or signed.log_entry() != canonical(logged):
            yield "body", "it does not give the logged entry"
        if write_instant(row.closed_at) != logged["closed_at"]:
            yield "closed_at", f"the log says {logged['closed_at']}"
        for column, value in (("tender", str(row.tender_id)), ("lot", row.lot), ("envelope", row.envelope)):
            if value != logged[column]:
                yield column, f"the log says {logged[column]}"
        known = set(
            Ticket.objects.filter(tender_id=self.id, lot=row.lot, envelope=row.envelope).values_list(
                "record_hash", flat=True
            )
        )
        for entry in signed.entries:
            if entry.kind == "receipt" and entry.record_hash not in known:
                yield "body", f"no ticket is left of record {entry.record_hash[:16]}…"

    def _ticket(self, row: Ticket) -> Iterator[tuple[str, str]]:
        try:
            signed = SignedRecord.from_json(row.signed_record)
            check_bidder(signed)
        except SealingError as error:
            yield "signed_record", str(error)
            return
        record = signed.record
        if row.record_hash != record.hash:
            yield "record_hash", "it is not the hash of the signed record"
        if row.idempotency_key != record.idempotency_key:
            yield "idempotency_key", "another was signed"
        sealed = isinstance(record, SealedRecord)
        if row.kind != KINDS[type(record)]:
            yield "kind", "the signed record is of the other kind"
        at = record.ctx if isinstance(record, SealedRecord) else record
        yield from _place(row, at)
        if str(row.bid_id) != at.bid_id:
            yield "bid", f"{at.bid_id} was signed"
        if row.newest_policy not in self.policies:
            yield "newest_policy", "the log holds no such policy"
        receipt = Receipt.objects.filter(ticket=row).first()
        if row.decided_at is not None and bool(row.accepted) != (receipt is not None):
            yield "accepted", "there is a receipt" if receipt else "there is no receipt"
        if row.accepted and row.code:
            yield "code", "it was accepted"
        if receipt is not None:
            if receipt.statement["body"].get("signed_record") != row.signed_record:
                yield "signed_record", "the receipt holds another"
            said = receipt.statement["body"].get("arrival")
            if write_instant(row.arrival) != said:
                yield "arrival", f"the receipt says {said}"
            if isinstance(record, SealedRecord) and row.newest_policy != record.ctx.policy_hash:
                yield "newest_policy", "it was accepted under another"
        if self.closed and (sealed or (row.kind == Ticket.ACKNOWLEDGE and row.accepted)):
            yield from self._listed(row)

    def _listed(self, row: Ticket) -> Iterator[tuple[str, str]]:
        entries = [
            entry
            for listed in CloseList.objects.filter(tender_id=self.id)
            for entry in listed.body["entries"]
            if entry["kind"] == "receipt"
            and (entry["record_hash"] == row.record_hash or row.record_hash in entry.get("acknowledged", ()))
        ]
        if not entries:
            yield "record_hash", "the close list does not account for it"
            return
        if row.kind == Ticket.ACKNOWLEDGE:
            return
        entry = entries[0]
        silent = (
            entry.get("code") == SILENCE_WITHDRAWS
        )  # R6: it was accepted, and its bidder kept silent later
        if (entry["state"] == "refused" and not silent) == bool(row.accepted):
            yield "accepted", f"the close list says {entry['state']}"
        if entry["state"] == "refused" and not silent and entry["code"] != row.code:
            yield "code", f"the close list says {entry['code']}"
        if entry["arrival"] != write_instant(row.arrival):
            yield "arrival", f"the close list says {entry['arrival']}"

    def _bid(self, row: Bid) -> Iterator[tuple[str, str]]:
        try:
            record = SealedRecord.from_json(row.record)
        except SealingError as error:
            yield "record", str(error)
            return
        tickets = list(Ticket.objects.filter(bid=row, kind=Ticket.SUBMIT))
        signed = {h(canonical(ticket.signed_record["record"])).hex() for ticket in tickets}
        if signed and record.hash not in signed:
            yield "record", "another record was signed"
        if row.record_hash != record.hash:
            yield "record_hash", "it is not the hash of the record"
        yield from _place(row, record.ctx)
        if str(row.pk) != record.ctx.bid_id:
            yield "id", f"{record.ctx.bid_id} was signed"
        hashes = [_base64_hash(one) for one in row.envelopes]
        if hashes != list(record.envelope_hashes):
            yield "envelopes", "they are not those of the record"
        yield from self._acks(row, record)
        for column, part in (("sheet_upload", record.sheet), ("files_upload", record.files)):
            if _stored_hash(getattr(row, column)) != part.sha256:
                yield column, "its bytes are not those of the record, or are gone"
        yield from self._status(row, tickets)
        for name, owner in (("sheet_upload", row.sheet_upload), ("files_upload", row.files_upload)):
            if owner is not None and _owner(owner) not in ("", f"organisation.{row.supplier_id}"):
                yield "supplier", f"{name} is of another organisation"
                break

    def _acks(self, row: Bid, record: SealedRecord) -> Iterator[tuple[str, str]]:
        sets = (_keepers(version) for version in self.versions)
        keepers = next((one for one in sets if keeper_set_hash(one) == record.ctx.keeper_set_hash), [])
        try:
            for source in row.acks:
                statement = Statement.from_json(source)
                ack = Ack.from_json(statement.body)
                statement.verify(keepers[ack.i - 1].vkey)
                if (ack.record_hash, ack.keeper) != (record.hash, keepers[ack.i - 1].id):
                    raise SealingError("bad-ack", "for another record or by another keeper")
        except (SealingError, IndexError) as error:
            yield "acks", str(error)
        receipt = Receipt.objects.filter(ticket__bid=row, ticket__kind=Ticket.SUBMIT).first()
        if receipt is not None and receipt.statement["body"].get("acks") != row.acks:
            yield "acks", "the receipt names others"

    def _status(self, row: Bid, tickets: list[Ticket]) -> Iterator[tuple[str, str]]:
        accepted = any(ticket.accepted for ticket in tickets)
        withdrawn = Ticket.objects.filter(bid=row, kind=Ticket.WITHDRAW, accepted=True).exists()
        replaced = Ticket.objects.filter(
            tender_id=self.id, kind=Ticket.SUBMIT, accepted=True,
            signed_record__record__supersedes=row.record_hash,
        ).exists()  # fmt: skip
        if withdrawn:
            right = {BidStatus.WITHDRAWN}
        elif replaced:
            right = {BidStatus.SUPERSEDED}
        elif accepted and row.record_hash in self.silent:
            right = {BidStatus.REFUSED}
        elif accepted:
            right = set(LISTED)
        else:
            right = {BidStatus.PREPARING, BidStatus.CHECKED, BidStatus.REFUSED}
        if self.closed:
            right -= {BidStatus.SUBMITTED}
        elif accepted and not withdrawn and not replaced:
            right = {BidStatus.SUBMITTED}
        verdict = OpenedBid.objects.filter(bid=row).values_list("verdict", flat=True).first()
        if verdict is not None:
            opened = verdict.get("verdict") == "opened"
            right &= {BidStatus.OPENED} if opened else right - {BidStatus.OPENED}
        if row.status not in right:
            yield "status", f"its tickets and its opening say {', '.join(sorted(right))}"

    def _opening(self, row: Opening) -> Iterator[tuple[str, str]]:
        said = (row.transcript or {}).get("policy")
        if said is not None:
            for column, value in (
                ("tender", str(row.tender_id)),
                ("lot", row.lot),
                ("envelope", row.envelope),
            ):
                if value != said[column]:
                    yield column, f"its transcript says {said[column]}"
        elif not CloseList.objects.filter(
            tender_id=row.tender_id, lot=row.lot, envelope=row.envelope
        ).exists():
            yield "lot", "there is no close list of this lot and envelope"
        logged = self._transcripts(row.lot, row.envelope)
        if row.transcript is None:
            if logged:
                yield "transcript", "the log holds the hash of one"
        elif h(canonical(row.transcript)).hex() not in logged:
            yield "transcript", "the log does not hold its hash"
        elif (row.transcript["policy"]["lot"], row.transcript["policy"]["envelope"]) != (
            row.lot,
            row.envelope,
        ):
            yield "envelope", "its transcript is of another"
        if (row.status == OpeningStatus.OPENED) != bool(logged):
            yield "status", "the log holds a transcript" if logged else "the log holds no transcript"

    def _transcripts(self, lot: str, envelope: str) -> set[str]:
        wanted = {"type": "mingcai/v1/transcript-entry", "tender": str(self.id)}
        wanted |= {"lot": lot, "envelope": envelope}
        return {
            entry["sha256"] for entry in self.logged if wanted.items() <= entry.items() and "sha256" in entry
        }


def _receipt(row: Receipt) -> Iterator[tuple[str, str]]:
    from core.ledger.services import log_vkey

    try:
        statement = Statement.from_json(row.statement)
        statement.verify(log_vkey())
        body = SignedReceipt.from_json(statement.body)
    except SealingError as error:
        yield "statement", str(error)
        return
    if body.record_hash != row.ticket.record_hash:
        yield "ticket", "the receipt is for another record"
    leaf = leaf_of(body.leaf_hash)
    if bytes(row.leaf) != leaf:
        yield "leaf", "it is not the leaf of the statement"
    if row.leaf_index is not None:
        try:
            logged = log.entry(row.leaf_index)
        except NotFound:
            logged = b""
        if logged != leaf:
            yield "leaf_index", "the log holds another entry there"


def _share(row: Share) -> Iterator[tuple[str, str]]:
    if row.bid.record is None:
        return
    try:
        record = SealedRecord.from_json(row.bid.record)
        if row.payload is None:
            if row.verified:
                yield "verified", "there is no share"
            return
        share = PlainShare.from_json(row.payload)
    except SealingError as error:
        yield "payload", str(error)
        return
    if share.ctx != record.ctx:
        yield "bid", "the share was sealed for another bid"
        return
    if share.i != row.index:
        yield "index", f"the share is number {share.i}"
    if share.keeper != row.keeper:
        yield "keeper", f"the share is of {share.keeper}"
    try:
        verify_share(record, share)
        good = True
    except SealingError as error:
        good = False
        if row.verified:
            yield "payload", str(error)
    if good and not row.verified:
        yield "verified", "the share fits its commitment"


def _keepers(version: dict[str, Any]) -> list[Keeper]:
    try:
        return [Keeper.from_json(row) for row in version["keepers"]]
    except SealingError:
        return []  # named where the policies are compared with the log


def _place(row: Any, at: Any) -> Iterator[tuple[str, str]]:
    for column, value in (("tender", str(row.tender_id)), ("lot", row.lot), ("envelope", row.envelope)):
        if value != getattr(at, column):
            yield column, f"{getattr(at, column)} was signed"


def _base64_hash(text: object) -> str:
    try:
        return h(base64.b64decode(str(text), validate=True)).hex()
    except binascii.Error:
        return ""


def _owner(upload_id: uuid.UUID) -> str:
    try:
        return uploads.facts_of(upload_id).owner
    except NotFound:
        return ""


def _stored_hash(upload_id: uuid.UUID | None) -> str:
    if upload_id is None:
        return ""
    try:
        facts = uploads.facts_of(upload_id)
        with storages[facts.store].open(facts.stored_as, "rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except (NotFound, OSError, KeyError, ValueError):
        return ""
