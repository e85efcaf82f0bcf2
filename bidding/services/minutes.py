"""After the opening of a lot: each bidder confirms its line or objects, the host answers and signs the minutes.

Who says nothing within the time counts as having confirmed. Source: 财政部令第87号第四十二条; the length of the time is
the platform's rule X-02.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from bidding import access, notices, selectors
from bidding.facts import OpenedBidFacts
from bidding.models import Bid, Confirmation, Opening, OpeningRecord
from bidding.sealing.shape import write_instant
from bidding.services import recording
from bidding.states import OpeningStatus
from core import clock
from core.audit.services import record as record_act
from core.canonical import digest
from core.errors import Conflict, Invalid, Refused, WrongState, gettext_noop
from core.ledger import services as ledger
from core.timers import services as timers
from parties.access import Actor
from parties.services import inbox, signing
from parties.states import Kind
from realtime.services import push
from tendering import selectors as tenders
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

RULE = "X-02.opening_confirmation"
TIMER = "bidding.confirmed"
TEXT_AT_LEAST, TEXT_AT_MOST = 2, 2000


class TimeIsOver(Refused):
    """The time to confirm or object has ended; silence counts as confirmed."""

    code = "confirmation-over"
    title = gettext_noop("The time to confirm or object is over")


class AlreadySaid(Conflict):
    """The bidder has said its word about this line."""

    code = "already-said"
    title = gettext_noop("You have answered already")


class NotReady(Refused):
    """The minutes cannot be signed yet."""

    code = "minutes-not-ready"
    title = gettext_noop("The minutes cannot be signed yet")


def ask(tender: TenderFacts, opening: Opening) -> None:
    """Start the clock of a lot that was just opened: its bidders are asked to confirm or to object."""
    law = tenders.law_of(tender.id)
    if not law.has(RULE) or opening.finished_at is None:
        return  # published under packs that know no such time: nobody is asked, and nobody is late
    _run_clock(tender, opening, law.end_of(RULE, opening.finished_at).ends_at, None)


def ask_again(tender: TenderFacts, opening: Opening, bid_id: uuid.UUID) -> None:
    """Give the bidder whose bid was set aside its own time to object to that; the lot's clock begins anew."""
    law = tenders.law_of(tender.id)
    if law.has(RULE):
        _run_clock(tender, opening, law.end_of(RULE, clock.stamp()).ends_at, bid_id)


def _run_clock(tender: TenderFacts, opening: Opening, until: datetime, only: uuid.UUID | None) -> None:
    """Set until when a lot's bidders confirm or object, and ask them: all with a final line, or only one."""
    opening.confirm_until = until
    opening.save(update_fields=["confirm_until"])
    for line in _lines(opening):
        if line.held or only not in (None, line.bid_id):
            continue
        inbox.assign(
            key=f"opening.{tender.id}.confirm.{line.bid_id}",
            org_id=line.supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("Confirm your line of the opening of “%(tender)s”, or object"),
            why=gettext_noop("Who says nothing in time counts as having confirmed."),
            url=f"/opening/lines/{line.bid_id}/",
            due_at=until,
            rule=RULE,
            tender=tender.title,
        )
    timers.schedule(verb=TIMER, subject=str(tender.id), due_at=until)


def line_body(line: OpenedBidFacts, tender_id: uuid.UUID) -> dict[str, Any]:
    """Give the line of the opening that its bidder confirms by a signature."""
    return {
        "type": "mingcai/v1/opening-line",
        "tender": str(tender_id),
        "lot": line.lot,
        "envelope": line.envelope,
        "bid": str(line.bid_id),
        "supplier": line.supplier_name,
        "credit_code": line.credit_code,
        "record_hash": line.record_hash,
        "verdict": line.verdict,
        "code": line.code,
        "quote": str(line.quote) if line.quote is not None else None,
        "set_aside": line.set_aside,
    }


def purpose_of_line(bid_id: uuid.UUID) -> str:
    """Name the act by which a bidder confirms its line."""
    return f"opening-line.{bid_id}"


@transaction.atomic
def confirm(*, actor: Actor, bid_id: uuid.UUID, credential: Any) -> Confirmation:
    """Confirm one's own line by a signature; an objection made before is settled by it.

    Raises NotFound, WrongState, TimeIsOver, AlreadySaid, NotSigned.
    """
    bid, line, before = _to_say(actor, bid_id)
    fixed = digest(line_body(line, bid.tender_id))
    if before is not None and (before.word, before.line_hash) == (Confirmation.CONFIRMED, fixed.hex()):
        raise AlreadySaid(rule=RULE)
    signature = signing.finish(actor.require_user(), fixed, credential, purpose=purpose_of_line(bid_id))
    row = before or Confirmation(bid=bid)
    row.word, row.signature = Confirmation.CONFIRMED, dict(signature)
    return _said(actor, bid, row, fixed, "confirm_line")


@transaction.atomic
def object_to(*, actor: Actor, bid_id: uuid.UUID, text: str) -> Confirmation:
    """Object to the opening or to one's line; the host is asked for an answer, and both are published.

    Raises NotFound, WrongState, TimeIsOver, AlreadySaid, Invalid without a text.
    """
    bid, line, before = _to_say(actor, bid_id)
    if before is not None:
        raise AlreadySaid(rule=RULE)
    row = Confirmation(bid=bid, word=Confirmation.OBJECTED, objection=_text(text))
    _said(actor, bid, row, digest(line_body(line, bid.tender_id)), "object_to_line")
    tender = tenders.tender_facts(bid.tender_id)
    inbox.assign(
        key=f"opening.{tender.id}.objection.{bid.pk}",
        **_host(tender),
        title=gettext_noop("Answer the objection of %(supplier)s to the opening of “%(tender)s”"),
        why=gettext_noop("Objections raised at the opening are answered at once; the minutes show both."),
        url=f"/opening/lines/{bid.pk}/",
        rule=RULE,
        tender=tender.title,
        supplier=line.supplier_name,
    )
    return row


@transaction.atomic
def answer(*, actor: Actor, bid_id: uuid.UUID, text: str) -> Confirmation:
    """Answer an objection, for the desk that runs the tender. Raises NotFound, WrongState, Conflict, Invalid."""
    bid = Bid.objects.select_for_update().get(pk=access.line_to_answer(actor, bid_id).pk)
    row = Confirmation.objects.filter(bid=bid).first()
    if row is None or not row.objection:
        raise WrongState(gettext_noop("Nobody has objected to this line."))
    if row.answer:
        raise Conflict(gettext_noop("This objection is answered already."))
    row.answer, row.answered_by, row.answered_at = _text(text), actor.label, clock.now()
    row.save()
    record_act(
        actor=actor.label,
        verb="answer_objection",
        subject=f"bid.{bid.pk}",
        rule=RULE,
        text=row.answer,
        at=write_instant(row.answered_at),
    )
    push(f"opening.{bid.tender_id}", "objection.answered", lot=bid.lot, bid=str(bid.pk))
    inbox.finish(f"opening.{bid.tender_id}.objection.{bid.pk}")
    tender = tenders.tender_facts(bid.tender_id)
    inbox.tell(
        key=f"opening.{tender.id}.answered.{bid.pk}",
        org_id=bid.supplier_id,
        kind=Kind.SUPPLIER,
        title=gettext_noop("Your objection to the opening of “%(tender)s” is answered"),
        url=f"/opening/lines/{bid.pk}/",
        rule=RULE,
        tender=tender.title,
    )
    ask_to_sign(tender)
    return row


@transaction.atomic
def time_is_over(tender_id: uuid.UUID) -> None:
    """The clock: say that the time of a lot has ended, and ask the host for the minutes when nothing is left to wait for."""
    tender = tenders.tender_facts(tender_id)
    now = clock.stamp()
    later = (
        Opening.objects.filter(tender_id=tender_id, confirm_until__gt=now).order_by("confirm_until").first()
    )
    if later is not None and later.confirm_until is not None:
        timers.schedule(verb=TIMER, subject=str(tender_id), due_at=later.confirm_until)
    for opening in Opening.objects.filter(tender_id=tender_id, confirm_until__lte=now):
        for line in _lines(opening):
            inbox.finish(f"opening.{tender_id}.confirm.{line.bid_id}")
    push(f"opening.{tender_id}", "confirmations.over")
    ask_to_sign(tender)


def waits_for(tender: TenderFacts) -> str:
    """Say in one sentence why the minutes cannot be signed now; empty when they can."""
    openings = list(Opening.objects.filter(tender_id=tender.id))
    if not any(row.status == OpeningStatus.OPENED for row in openings):
        return gettext_noop("No lot has been opened yet.")
    if any(row.status in (OpeningStatus.GATHERING, OpeningStatus.OPENING) for row in openings):
        return gettext_noop("The opening is under way.")
    if selectors.held_bids(tender.id):
        return gettext_noop("Bids are held: the supervisor decides first.")
    if tender.two_envelopes and tender.status in (TenderStatus.CLOSED, TenderStatus.OPENED):
        if not any(row.envelope == "price" for row in openings):
            return gettext_noop("The price envelopes are still sealed; the minutes cover both openings.")
    if OpeningRecord.objects.filter(tender_id=tender.id).exclude(signed_at=None).exists():
        return gettext_noop("The minutes are signed.")
    words = words_of(tender.id)
    if any(word["word"] == Confirmation.OBJECTED and not word["answer"] for word in words.values()):
        return gettext_noop("An objection waits for its answer.")
    if any(word["word"] == "waiting" for word in words.values()):
        return gettext_noop("The time in which bidders confirm or object is running.")
    return ""


def compose(tender: TenderFacts) -> dict[str, Any]:
    """Give the minutes from the record: what is signed, and the same whenever it is composed.

    Source: 财政部令第87号第四十二条; 《电子招标投标办法》第三十二条.
    """
    words = words_of(tender.id)
    lots = []
    for opening in Opening.objects.filter(tender_id=tender.id).order_by("lot", "-envelope"):
        bids = []
        for line in _lines(opening):
            said = line_body(line, tender.id)
            bids.append(
                {name: said[name] for name in said if name not in ("type", "tender", "lot", "envelope")}
                | words[str(line.bid_id)]
            )
        lots.append(
            {
                "lot": opening.lot,
                "envelope": opening.envelope,
                "status": str(opening.status),
                "began_at": _instant(opening.began_at),
                "finished_at": _instant(opening.finished_at),
                "confirm_until": _instant(opening.confirm_until),
                "bids": bids,
            }
        )
    return {
        "type": "mingcai/v1/minutes",
        "tender": str(tender.id),
        "project_no": tender.project_no,
        "title": tender.title,
        "purchaser": tender.purchaser_name,
        "host": tender.agency_name or tender.purchaser_name,
        "opens_at": _instant(tender.opens_at),
        "lots": lots,
        "closes": [
            {name: row[name] for name in ("lot", "envelope", "root")} | {"entry": row["entry_index"]}
            for row in selectors.close_lists(tender.id)
        ],
        "resolutions": notices.resolution_lines(selectors.resolutions(tender.id)),
        "rule": RULE,
    }


def purpose_of(tender_id: uuid.UUID) -> str:
    """Name the act by which the host signs the minutes."""
    return f"minutes.{tender_id}"


@transaction.atomic
def sign(*, actor: Actor, tender_id: uuid.UUID, credential: Any) -> OpeningRecord:
    """Sign the minutes for the desk that runs the tender; they are published with the opening record and logged.

    Raises NotFound, NotReady, NotSigned; then nothing is kept.
    """
    tender = access.opening_to_host(actor, tender_id)
    list(Opening.objects.select_for_update().filter(tender_id=tender_id).order_by("pk"))
    row = OpeningRecord.objects.select_for_update().filter(tender_id=tender_id).first()
    why = waits_for(tender)
    if row is None or why:
        raise NotReady(why, rule=RULE)
    said = compose(tender)
    fixed = digest(said)
    signature = signing.finish(actor.require_user(), fixed, credential, purpose=purpose_of(tender_id))
    row.body, row.digest, row.signature = said, fixed.hex(), dict(signature)
    row.signed_by, row.signed_for, row.signed_at = actor.label, actor.org_name, clock.now()
    row.save()
    published = {
        **said,
        "sha256": row.digest,
        "signed_by": f"{actor.name}（{actor.org_name}）",
        "signed_at": write_instant(row.signed_at),
    }
    row.notice_id = recording.publish(tender, actor=actor, minutes=published)
    record_act(
        actor=actor.label,
        verb="sign_minutes",
        subject=f"opening.{tender_id}",
        rule=RULE,
        digest=row.digest,
        signature=digest(row.signature).hex(),
        signed_for=row.signed_for,
        at=write_instant(row.signed_at),
    )
    push(f"opening.{tender_id}", "minutes.signed")
    inbox.finish(f"opening.{tender_id}.minutes")
    row.entry_index = ledger.append(
        {"type": "mingcai/v1/minutes-entry", "tender": str(tender_id), "sha256": row.digest}
    )
    OpeningRecord.objects.filter(pk=row.pk).update(entry_index=row.entry_index)
    return row


def _to_say(actor: Actor, bid_id: uuid.UUID) -> tuple[Bid, OpenedBidFacts, Confirmation | None]:
    bid = Bid.objects.select_for_update().get(pk=access.own_line(actor, bid_id).pk)
    opening = Opening.objects.filter(tender_id=bid.tender_id, lot=bid.lot, envelope=bid.envelope).first()
    line = next((one for one in _lines(opening) if one.bid_id == bid.pk), None) if opening else None
    if opening is None or opening.status != OpeningStatus.OPENED or line is None or line.held:
        raise WrongState(gettext_noop("Your line is not opened yet."))
    if opening.confirm_until is None or clock.stamp() >= opening.confirm_until:
        raise TimeIsOver(
            gettext_noop(
                "It counts as confirmed. A question or a complaint is still possible in its own time."
            ),
            rule=RULE,
        )
    return bid, line, Confirmation.objects.filter(bid=bid).first()


def _said(actor: Actor, bid: Bid, row: Confirmation, fixed: bytes, verb: str) -> Confirmation:
    row.line_hash, row.said_by, row.said_at = fixed.hex(), actor.label, clock.now()
    row.save()
    record_act(
        actor=actor.label,
        verb=verb,
        subject=f"bid.{bid.pk}",
        rule=RULE,
        line=row.line_hash,
        objection=row.objection,
        signature=digest(row.signature).hex() if row.signature else "",
        at=write_instant(row.said_at),
    )
    push(f"opening.{bid.tender_id}", f"line.{row.word}", lot=bid.lot, bid=str(bid.pk))
    inbox.finish(f"opening.{bid.tender_id}.confirm.{bid.pk}")
    ask_to_sign(tenders.tender_facts(bid.tender_id))
    return row


def _text(text: str) -> str:
    text = text.strip()
    if not TEXT_AT_LEAST <= len(text) <= TEXT_AT_MOST:
        raise Invalid(
            gettext_noop("Write %(least)s to %(most)s characters: they are published with the minutes."),
            least=TEXT_AT_LEAST,
            most=TEXT_AT_MOST,
        )
    return text


def ask_to_sign(tender: TenderFacts) -> None:
    """Put the minutes before the host, once nothing is left to wait for."""
    if waits_for(tender):
        return
    inbox.assign(
        key=f"opening.{tender.id}.minutes",
        **_host(tender),
        title=gettext_noop("Sign the minutes of the opening of “%(tender)s”"),
        why=gettext_noop("Every bidder has answered, or its time is over."),
        url=f"/opening/{tender.id}/minutes/",
        rule=RULE,
        tender=tender.title,
    )


def _host(tender: TenderFacts) -> dict[str, Any]:
    if tender.agency_id is not None:
        return {"org_id": tender.agency_id, "kind": Kind.AGENCY}
    return {"org_id": tender.purchaser_id, "kind": Kind.PURCHASER}


def _lines(opening: Opening) -> list[OpenedBidFacts]:
    where = (opening.lot, opening.envelope)
    return [line for line in selectors.lines(opening.tender_id) if (line.lot, line.envelope) == where]


def words_of(tender_id: uuid.UUID) -> dict[str, dict[str, Any]]:
    """Give what each bidder said of its line, by bid: confirmed, objected, silent, or waiting while the time runs."""
    rows = {row.bid_id: row for row in Confirmation.objects.filter(bid__tender_id=tender_id)}
    openings = Opening.objects.filter(tender_id=tender_id)
    until = {(row.lot, row.envelope): row.confirm_until for row in openings}
    now, found = clock.stamp(), {}
    for line in selectors.lines(tender_id):
        row, ends = rows.get(line.bid_id), until.get((line.lot, line.envelope))
        current = row is not None and (
            row.word == Confirmation.OBJECTED or row.line_hash == digest(line_body(line, tender_id)).hex()
        )
        word = row.word if row is not None and current else ""
        found[str(line.bid_id)] = {
            "word": word or ("waiting" if line.held or (ends is not None and now < ends) else "silent"),
            "said_by": named(row.said_by) if row is not None and current else "",
            "said_at": _instant(row.said_at) if row is not None and current else None,
            "objection": row.objection if row is not None else "",
            "answer": row.answer if row is not None else "",
            "answered_by": named(row.answered_by) if row is not None else "",
            "answered_at": _instant(row.answered_at) if row is not None else None,
        }
    return found


def named(label: str) -> str:
    """Give the name and the desk of a record's actor, without the address."""
    return re.sub(r"\s*<[^<>]*>", "", label)


def _instant(value: Any) -> str | None:
    return write_instant(value) if value is not None else None
