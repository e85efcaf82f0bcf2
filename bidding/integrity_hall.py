"""Compare what was said beside and after the opening – keepers' stamps, recovery kits, the supervisor's resolutions,
bidders' words, the minutes – with what was signed and logged, and with the audit trail, whose seals the log holds.

Who said something and when stands in the act that wrote the row; an act whose row is gone is named too.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from bidding.models import Bid, Confirmation, Opening, OpeningRecord, RecoveryKit, Resolution, WitnessStamp
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import SealingError
from bidding.sealing.kits import check_release
from bidding.sealing.objects import Policy
from bidding.sealing.shape import write_instant
from bidding.sealing.statements import Stamp, Statement
from bidding.selectors import AFTER_CLOSE
from core.audit.selectors import acts, entries_of
from core.canonical import digest
from core.errors import NotFound
from core.ledger.integrity import Finding, named, read_entry
from disclosure.selectors.notices import notice
from parties.services import signing
from tendering.selectors import tender_facts

SEALED = {
    Resolution: {"opening", "number", "decision", "body", "signature", "authority", "actor", "decided_at", "entry_index"},
    Confirmation: {"bid", "word", "objection", "signature", "line_hash", "said_by", "said_at", "answer", "answered_by",
                   "answered_at"},
    OpeningRecord: {"tender", "notice_id", "said", "body", "digest", "signature", "signed_by", "signed_for", "signed_at",
                    "entry_index"},
    RecoveryKit: {"bid", "sealed", "sha256", "handed_in_by", "handed_in_at", "entry_index", "release", "opened", "released_at"},
    WitnessStamp: {"tender", "lot", "envelope", "supplier", "record_hash", "keeper", "stamped_at", "statement",
                   "delivered_by", "delivered_at", "disputed"},
}  # fmt: skip
Differences = Iterator[tuple[str, str]]


def check(tender_id: uuid.UUID, logged: list[dict[str, Any]], keepers: dict[str, str]) -> Iterator[Finding]:
    """Give what does not agree in one tender's rows.

    `logged` are the entries of the log about it; `keepers` maps the keys of its keepers to their ids.
    """
    yield from _stamps(tender_id, keepers)
    yield from _resolutions(tender_id, logged)
    yield from _kits(tender_id, logged)
    yield from _confirmations(tender_id)
    yield from _record(tender_id)


def _differs(row: Any, said: dict[str, Any]) -> Differences:
    """Compare columns with what an act says of them; an act that says nothing of a column does not bind it."""
    for column, value in said.items():
        found = getattr(row, column)
        if hasattr(found, "tzinfo"):
            found = write_instant(found)
        if value is not None and found != value:
            yield column, "the audit trail says otherwise"


def _fixed(signature: Any) -> str:
    return digest(signature).hex() if signature else ""


def _stamps(tender_id: uuid.UUID, keepers: dict[str, str]) -> Iterator[Finding]:
    rows = {f"stamp.{row.pk}": row for row in WitnessStamp.objects.filter(tender_id=tender_id)}
    for act in acts("stamp", tender=str(tender_id)):
        row = rows.pop(act.subject, None)
        if row is None:
            yield Finding(
                "bidding_witnessstamp", act.subject, "tender", "it was delivered, and its row is gone"
            )
            continue
        said = {name: act.facts[name] for name in ("lot", "envelope", "record_hash", "keeper")}
        said |= {
            "supplier_id": uuid.UUID(act.facts["supplier"]),
            "delivered_by": act.actor,
            "delivered_at": act.facts["at"],
            "disputed": act.verb == "dispute",
        }
        found = named("bidding_witnessstamp", row.pk, _stamp(row, said, keepers))
        yield from {(one.row, one.column): one for one in found}.values()
    for subject in rows:
        yield Finding("bidding_witnessstamp", subject, "tender", "nobody delivered it for this tender")


def _stamp(row: WitnessStamp, said: dict[str, Any], keepers: dict[str, str]) -> Differences:
    for column, why in _differs(row, said):
        yield column.removesuffix("_id"), why
    try:
        statement = Statement.from_json(row.statement)
        statement.verify()
        stamp = Stamp.from_json(statement.body)
    except SealingError as error:
        yield "statement", str(error)
        return
    if keepers.get(statement.vkey) != stamp.keeper:
        yield "statement", "it is not by a keeper of this tender"
    if stamp.keeper != row.keeper:
        yield "keeper", f"{stamp.keeper} signed"
    if stamp.hash != row.record_hash:
        yield "record_hash", "another hash was stamped"
    if stamp.time != row.stamped_at:
        yield "stamped_at", f"{write_instant(stamp.time)} was signed"


def _resolutions(tender_id: uuid.UUID, entries: list[dict[str, Any]]) -> Iterator[Finding]:
    made = {act.facts["body"]: act for act in entries_of(f"opening.{tender_id}") if act.verb == "resolve"}
    logged = {
        digest(entry["resolution"]).hex(): entry
        for entry in entries
        if entry.get("type") == "mingcai/v1/held-resolution-entry"
    }
    numbers = set()
    openings = Opening.objects.filter(tender_id=tender_id).values("pk")
    ours = Q(opening_id__in=openings) | Q(body__tender=str(tender_id))
    for row in Resolution.objects.filter(ours):
        yield from named("bidding_resolution", row.pk, _resolution(row, logged, made))
        numbers.add(row.number)
    for entry in logged.values():
        if entry["resolution"]["number"] not in numbers:
            number = entry["resolution"]["number"]
            yield Finding(
                "bidding_resolution", f"{tender_id}#{number}", "number", "the log holds it, no row does"
            )


def _resolution(row: Resolution, logged: dict[str, Any], made: dict[str, Any]) -> Differences:
    there = read_entry(row.entry_index) or {}
    fixed = digest(row.body).hex()
    if "resolution" not in there or (there["resolution"] != row.body and fixed in logged):
        yield "entry_index", "the log holds no such resolution there"
        there = logged.get(fixed, {})
    if not there:
        return
    said = there["resolution"]
    if row.body != said:
        yield "body", "the log holds another"
    for column in ("number", "decision"):
        if getattr(row, column) != said[column]:
            yield column, f"the log says {said[column]}"
    opening = Opening.objects.filter(pk=row.opening_id).first()
    place = (str(opening.tender_id), opening.lot, opening.envelope) if opening is not None else None
    if place != (said["tender"], said["lot"], said["envelope"]):
        yield "opening", f"the log says lot {said['lot']} of {said['tender']}"
    if row.signature != there["signature"]:
        yield "signature", "the log holds another"
    if row.authority != there["authority"]:
        yield "authority", f"the log says {there['authority']}"
    if write_instant(row.decided_at) != there["at"]:
        yield "decided_at", f"the log says {there['at']}"
    act = made.get(digest(said).hex())
    if act is None or act.actor != row.actor:
        yield "actor", "the audit trail says otherwise"


def _kits(tender_id: uuid.UUID, entries: list[dict[str, Any]]) -> Iterator[Finding]:
    """Compare handed-in recovery kits with the log's newest entry of their bid, and their opening with the supervisor's word."""
    logged = {entry["record_hash"]: entry for entry in entries if entry.get("type") == "mingcai/v1/kit-entry"}
    here = Q(bid_id__in=Bid.objects.filter(tender_id=tender_id).values("pk"))
    for row in RecoveryKit.objects.filter(here).select_related("bid"):
        entry = logged.pop(row.bid.record_hash, None)
        if entry is None:
            yield Finding("bidding_recoverykit", str(row.pk), "bid", "the log knows no kit for this bid")
        else:
            yield from named("bidding_recoverykit", row.pk, _kit(row, entry))
    for record_hash in logged:
        yield Finding(
            "bidding_recoverykit", record_hash, "bid", "a kit for this record was handed in, and is gone"
        )


def _kit(row: RecoveryKit, entry: dict[str, Any]) -> Differences:
    if h(bytes(row.sealed)).hex() != entry["sealed"]:
        yield "sealed", "the log holds the hash of another"
    if row.sha256 != entry["sealed"]:
        yield "sha256", "the log says otherwise"
    if write_instant(row.handed_in_at) != entry["at"]:
        yield "handed_in_at", f"the log says {entry['at']}"
    if read_entry(row.entry_index) != entry:
        yield "entry_index", "the log holds something else there"
    taken, released = None, None
    for act in entries_of(f"bid.{row.bid_id}"):
        if act.verb == "hand_in_kit" and act.facts["sealed"] == entry["sealed"]:
            taken = act
        elif act.verb == "release_kit":
            released = act
    if taken is None or taken.actor != row.handed_in_by:
        yield "handed_in_by", "the audit trail says otherwise"
    if released is None:
        for column in ("release", "opened", "released_at"):
            if getattr(row, column) is not None:
                yield column, "the supervisor has released nothing"
        return
    yield from _release(row, entry, released)


def _release(row: RecoveryKit, entry: dict[str, Any], act: Any) -> Differences:
    try:
        policy = Policy.from_json(
            tender_facts(row.bid.tender_id).sealing["lots"][row.bid.lot][row.bid.envelope]["policy"]
        )
        said = check_release(policy, row.bid.record_hash, entry["sealed"], Statement.from_json(row.release))
    except SealingError as error:
        yield "release", str(error)
    else:
        if said.kit != act.facts["kit"]:
            yield "release", "the audit trail holds another"
    if row.opened is None or h(canonical(row.opened)).hex() != act.facts["kit"]:
        yield "opened", "the supervisor signed for another"
    if row.released_at is None:
        yield "released_at", "the kit was released"
    else:
        yield from _differs(row, {"released_at": act.facts.get("at")})


def _confirmations(tender_id: uuid.UUID) -> Iterator[Finding]:
    rows = {row.bid_id: row for row in Confirmation.objects.filter(bid__tender_id=tender_id)}
    for bid_id in Bid.objects.filter(tender_id=tender_id, status__in=AFTER_CLOSE).values_list(
        "pk", flat=True
    ):
        said, row = _words(bid_id), rows.pop(bid_id, None)
        if row is None and said:
            yield Finding("bidding_confirmation", str(bid_id), "bid", "what its bidder said is gone")
        elif row is not None and not said:
            yield Finding("bidding_confirmation", str(row.pk), "bid", "the bidder of this bid said nothing")
        elif row is not None:
            yield from named("bidding_confirmation", row.pk, _confirmation(row, said))
    for row in rows.values():
        yield Finding("bidding_confirmation", str(row.pk), "bid", "this bid was never opened")


def _words(bid_id: uuid.UUID) -> dict[str, Any]:
    """What the acts on one bid leave: its bidder's word and the host's answer; nothing when neither said anything."""
    said: dict[str, Any] = {}
    for act in entries_of(f"bid.{bid_id}"):
        facts = act.facts
        if act.verb in ("confirm_line", "object_to_line"):
            confirms = act.verb == "confirm_line"
            said = {"answer": "", "answered_by": "", **said} | {
                "word": Confirmation.CONFIRMED if confirms else Confirmation.OBJECTED,
                "line_hash": facts["line"],
                "objection": facts["objection"],
                "said_by": act.actor,
                "said_at": facts.get("at"),
                "signature": facts.get("signature"),
            }
        elif act.verb == "answer_objection":
            said |= {"answer": facts["text"], "answered_by": act.actor, "answered_at": facts.get("at")}
        elif act.verb == "again" and said.get("word") == Confirmation.CONFIRMED and not said["objection"]:
            said = {}  # its line says something else since
    return said


def _confirmation(row: Confirmation, said: dict[str, Any]) -> Differences:
    touched = said.pop("signature", None)
    yield from _differs(row, said)
    if touched is not None and _fixed(row.signature) != touched:
        yield "signature", "the audit trail holds another"
    elif row.word == Confirmation.CONFIRMED and not _signs(row.signature, said["line_hash"]):
        yield "signature", "it is not over this line"
    if row.answered_at is not None and "answered_at" not in said:
        yield "answered_at", "nobody has answered"


def _signs(signature: Any, hashed: str) -> bool:
    return bool(signature) and signing.verify(signature, bytes.fromhex(hashed))


def _record(tender_id: uuid.UUID) -> Iterator[Finding]:
    row = OpeningRecord.objects.filter(tender_id=tender_id).first()
    published, signed = None, None
    for act in entries_of(f"opening.{tender_id}"):
        if act.verb == "publish_record":
            published = act
        elif act.verb == "sign_minutes":
            signed = act
    if row is None:
        if published is not None:
            yield Finding("bidding_openingrecord", str(tender_id), "tender", "the opening record is gone")
        return
    if published is None:
        yield Finding(
            "bidding_openingrecord", str(row.pk), "tender", "no record of this opening was published"
        )
        return
    yield from named("bidding_openingrecord", row.pk, _publication(row, published))
    yield from named("bidding_openingrecord", row.pk, _minutes(row, signed))


def _publication(row: OpeningRecord, act: Any) -> Differences:
    if str(row.notice_id) != act.facts["notice"]:
        yield "notice_id", "the audit trail names another"
    if row.said != act.facts["said"]:
        yield "said", "the audit trail says otherwise"
    try:
        told = digest(notice(uuid.UUID(act.facts["notice"])).facts).hex()
    except NotFound:
        told = ""
    if told != act.facts["said"]:
        yield "notice_id", "the notice that was published says something else now, or is gone"


def _minutes(row: OpeningRecord, act: Any) -> Differences:
    if act is None:
        for column in ("body", "digest", "signature", "signed_by", "signed_for", "signed_at", "entry_index"):
            if getattr(row, column):
                yield column, "nobody has signed minutes"
        return
    facts = act.facts
    if row.digest != facts["digest"]:
        yield "digest", "the audit trail holds another"
    if row.body is None or digest(row.body).hex() != facts["digest"]:
        yield "body", "other minutes were signed"
    if not _signs(row.signature, facts["digest"]):
        yield "signature", "it is not over these minutes"
    elif facts.get("signature") not in (None, _fixed(row.signature)):
        yield "signature", "the audit trail holds another"
    if row.signed_at is None:
        yield "signed_at", "the minutes are signed"
    else:
        yield from _differs(row, {"signed_at": facts.get("at")})
    yield from _differs(row, {"signed_by": act.actor, "signed_for": facts.get("signed_for")})
    there = read_entry(row.entry_index) or {}
    wanted = {"type": "mingcai/v1/minutes-entry", "tender": str(row.tender_id), "sha256": facts["digest"]}
    if there != wanted:
        yield "entry_index", "the log does not hold the minutes there"
