"""Before submitting: a place for a bid, its bytes checked, its envelopes acknowledged by the keepers (R2)."""

from __future__ import annotations

import base64
import binascii
import logging
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from bidding.facts import Prepared
from bidding.keepers import Ack, ask_for_ack, keepers_of
from bidding.models import Bid, Ticket
from bidding.rules import acks_needed
from bidding.sealing.check import check_ciphertext, check_record
from bidding.sealing.context import AGE_HYBRID, CtxBase
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import Keeper, Policy, SealedPart, SealedRecord, h
from bidding.selectors import quoted
from bidding.services import finals, hostclock, reading
from bidding.states import BID_STEPS, BidStatus
from core.audit.services import record as record_act
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.transitions import follow
from parties.access import Actor
from storage import uploads
from tendering import access as tenders
from tendering.facts import TenderFacts
from tendering.methods import Quoting, method_of

log = logging.getLogger(__name__)
UNSENT_AT_MOST = 50


class NotSealed(Invalid):
    """The bytes are not a bid sealed for this tender; `reason` is the sealing core's code."""

    code = "not-sealed"
    title = gettext_noop("This file is not a bid sealed for this tender")


class TooManyUnsent(Refused):
    """The supplier has begun too many bids for this tender and sent none of them."""

    code = "too-many-unsent"
    title = gettext_noop("Too many bids were begun and not submitted")
    status = 429


class QuoteFinal(Conflict):
    """In a request for quotations there is one quote for each published version of the request."""

    code = "quote-final"
    title = gettext_noop("You have quoted already; a quote cannot be changed")


class AlreadySent(Conflict):
    """A ticket names this bid: what is sealed in it stays."""

    code = "already-sent"
    title = gettext_noop("This bid has been sent already")


class TooFewKeepers(Refused):
    """Fewer keepers than needed confirm that they can open their envelope."""

    code = "too-few-keepers"
    title = gettext_noop("Too few keepers confirmed the bid")
    status = 503


# code of the sealing core -> what the bidder is told; every code of FORMAT.md 5 stands here
REASONS: dict[str, str] = {
    "not-age": gettext_noop(
        "The file is not sealed: it is no age file. Seal it on the bid page or with the offline tool."
    ),
    "armored": gettext_noop("The sealed file is in text form; the binary form is needed."),
    "wrong-suite": gettext_noop("The file is sealed with another scheme than this tender's."),
    "two-recipients": gettext_noop(
        "The file is sealed to more than one recipient; somebody else could open it."
    ),
    "truncated": gettext_noop("The sealed file is incomplete. Upload it again."),
    "too-large": gettext_noop("The sealed file is larger than this tender allows."),
    "wrong-length": gettext_noop("The sealed file has another length than its record says."),
    "wrong-hash": gettext_noop("The sealed file is not the one its record names."),
    "wrong-tender": gettext_noop("The bid is sealed for another tender."),
    "wrong-lot": gettext_noop("The bid is sealed for another lot."),
    "wrong-envelope": gettext_noop("The bid is sealed for another envelope of this tender."),
    "wrong-bid": gettext_noop("The bid is sealed under another bid number."),
    "wrong-policy": gettext_noop("The tender was amended since this bid was sealed. Seal it again."),
    "wrong-keepers": gettext_noop("The bid is sealed for other keepers than this tender's."),
    "wrong-padding": gettext_noop("The sealed file is not padded as the format asks."),
    "sealed-again": gettext_noop(
        "This bid was sealed again meanwhile, in another tab or on another device. "
        "Sign what was sealed last, or seal it again here."
    ),
    "malformed": gettext_noop("The record of the sealed bid cannot be read."),
}


def refuse(error: SealingError) -> NotSealed:
    """Give the refusal that a bidder understands for an error of the sealing core."""
    refused = NotSealed(REASONS.get(error.code, REASONS["malformed"]), reason=error.code)
    return refused


@transaction.atomic
def begin(*, actor: Actor, tender_id: uuid.UUID, lot: str, envelope: str = "") -> Prepared:
    """Give a supplier a fresh bid number for one envelope of a lot (the first by default), and what its sealing is bound to.

    Raises NotFound, TooManyUnsent, QuoteFinal, and what `tenders.tender_to_bid` raises (closed, sanctioned, not a supplier).
    """
    tender = tenders.tender_to_bid(actor, tender_id)
    envelope = envelope or tender.window[0]
    if tender.lot(lot) is None or envelope not in tender.sealing.get("lots", {}).get(lot, {}):
        raise NotFound()
    supplier_id = actor.require_kind("supplier")
    finals.must_be_asked(tender, lot, envelope, supplier_id)
    one_quote = method_of(tender.method).quoting is Quoting.ONCE
    if one_quote and quoted(
        supplier_id, tender_id, lot, tender.sealing["lots"][lot][envelope]["policy_hash"]
    ):
        raise QuoteFinal(rule="N-03")
    unsent = Bid.objects.filter(
        tender_id=tender.id, supplier_id=supplier_id, status__in=[BidStatus.PREPARING, BidStatus.CHECKED]
    )
    if unsent.count() >= UNSENT_AT_MOST:
        raise TooManyUnsent(gettext_noop("Go on with one that you have begun."))
    bid = Bid.objects.create(
        tender_id=tender.id, lot=lot, envelope=envelope, supplier_id=supplier_id, prepared_by=actor.label
    )
    record_act(actor=actor.label, verb="begin", subject=f"bid.{bid.pk}", rule="sealing.R5", lot=lot)
    return Prepared(bid_id=bid.pk, ctx_base=offered(tender, bid).to_json())


def offered(tender: TenderFacts, bid: Bid) -> CtxBase:
    """Give the ctx that the platform offers for `bid`: what the record and every envelope must say."""
    newest = Policy.from_json(tender.sealing["lots"][bid.lot][bid.envelope]["policy"])
    return base_of(newest, bid.pk)


def base_of(newest: Policy, bid_id: uuid.UUID) -> CtxBase:
    """Give the ctx of a bid number under a policy."""
    return CtxBase(
        suite=AGE_HYBRID,
        log_origin=newest.log_origin,
        tender=newest.tender,
        lot=newest.lot,
        envelope=newest.envelope,
        bid_id=str(bid_id),
        notice_hash=newest.notice_hash,
        notice_version=newest.notice_version,
        policy_hash=newest.hash,
        open_at=newest.open_at,
        k=newest.k,
        n=newest.n,
        keeper_set_hash=newest.keeper_set_hash,
    )


def check(
    *,
    actor: Actor,
    bid_id: uuid.UUID,
    record: Any,
    envelopes: list[str],
    sheet_upload: uuid.UUID,
    files_upload: uuid.UUID,
) -> Prepared:
    """Check the sealed bytes and have the keepers confirm their envelopes; nothing is released (R2).

    Only after this can the bid be submitted. Raises NotSealed (with the core's code as `reason`), TooFewKeepers,
    ClockDisagrees, WrongState, AlreadySent, and UploadKept for an upload of another bid; then nothing is kept but the
    uploads.
    """
    bid = own(actor, bid_id)
    _not_sent(bid)
    tender = tenders.tender_to_bid(actor, bid.tender_id)
    follow(BID_STEPS, bid.status, "check")
    finals.must_be_asked(tender, bid.lot, bid.envelope, bid.supplier_id)
    owner = f"organisation.{bid.supplier_id}"
    sealed, packed = read_sealed(record, envelopes, offered(tender, bid))
    check_uploads(
        sealed, owner=owner, purpose=tender.source, sheet_upload=sheet_upload, files_upload=files_upload
    )
    hostclock.must_agree(tender.id)
    acks = ask_keepers(keepers_of(tender), sealed, packed)
    with transaction.atomic():
        row = Bid.objects.select_for_update().get(pk=bid.pk)
        _not_sent(row)
        step = follow(BID_STEPS, row.status, "check")
        for upload_id in (sheet_upload, files_upload):
            uploads.keep(upload_id=upload_id, owner=owner, kept_for=f"bid.{row.pk}")
        row.status = step.target
        row.record, row.record_hash = sealed.to_json(), sealed.hash
        row.envelopes = envelopes
        row.sheet_upload, row.files_upload = sheet_upload, files_upload
        row.acks = [ack.statement for ack in acks]
        row.save()
        record_act(actor=actor.label, verb=step.verb, subject=f"bid.{row.pk}", rule=step.rule, acks=len(acks))
    return Prepared(
        bid_id=row.pk, ctx_base={}, record_hash=row.record_hash, acks=len(acks), keepers=sealed.ctx.n
    )


def read_sealed(record: Any, envelopes: list[str], base: CtxBase) -> tuple[SealedRecord, list[bytes]]:
    """Read a record and its envelopes, sealed for what `base` says. Raises NotSealed."""
    try:
        sealed = SealedRecord.from_json(record)
        check_record(sealed, base)
        packed = [base64.b64decode(text, validate=True) for text in envelopes]
        if [h(item).hex() for item in packed] != list(sealed.envelope_hashes):
            raise Malformed("the envelopes are not those of the record")
    except SealingError as error:
        raise refuse(error) from error
    except (binascii.Error, ValueError, TypeError) as error:
        raise refuse(Malformed(str(error))) from error
    return sealed, packed


def check_uploads(
    sealed: SealedRecord, *, owner: str, purpose: str, sheet_upload: uuid.UUID, files_upload: uuid.UUID
) -> None:
    """Check that both uploads hold the bytes that the record names, in the form that opens. Raises NotSealed, NotFound."""
    for part, upload_id in ((sealed.sheet, sheet_upload), (sealed.files, files_upload)):
        facts = uploads.find(upload_id, owner)
        if facts.purpose != purpose or not facts.complete:
            raise refuse(SealingError("truncated"))
        if facts.sha256 != part.sha256 or facts.length != part.length:
            raise refuse(SealingError("wrong-hash"))
        _check_bytes(facts, sealed.ctx.suite, part)


def _not_sent(bid: Bid) -> None:
    if Ticket.objects.filter(bid=bid, kind=Ticket.SUBMIT).exists():
        raise AlreadySent(
            gettext_noop("Submit it once more to learn its outcome. To change it, seal another bid.")
        )


def own(actor: Actor, bid_id: uuid.UUID) -> Bid:
    """Give the bid if it is the actor's organisation's, else NotFound."""
    for bid in reading.own(bid_id, actor.require_kind("supplier")):
        return bid
    raise NotFound()


def _check_bytes(facts: uploads.UploadFacts, suite: str, part: SealedPart) -> None:
    with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        path = uploads.copy_to(facts, Path(folder) / "sealed.age")
        try:
            check_ciphertext(path, suite, settings.UPLOAD_MAX_BYTES, padded=part.padded)
        except SealingError as error:
            raise refuse(error) from error


def _scratch() -> Path:
    folder = Path(settings.UPLOADS_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def ask_keepers(keepers: list[Keeper], sealed: SealedRecord, packed: list[bytes]) -> list[Ack]:
    """Ask all keepers side by side; raises TooFewKeepers with each one's reason when fewer than needed confirm."""

    with ThreadPoolExecutor(max_workers=len(keepers)) as pool:
        answers = list(
            pool.map(
                lambda pair: ask_for_ack(pair[1], sealed, packed[pair[0]], pair[0] + 1), enumerate(keepers)
            )
        )
    acks = [answer for answer in answers if isinstance(answer, Ack)]
    needed = acks_needed(sealed.ctx.k, sealed.ctx.n)
    if len(acks) < needed:
        reasons = {
            keeper.id: str(answer)
            for keeper, answer in zip(keepers, answers, strict=True)
            if not isinstance(answer, Ack)
        }
        raise TooFewKeepers(
            gettext_noop(
                "%(acks)s of %(keepers)s keepers confirmed; %(needed)s are needed. Nothing was submitted; try again."
            ),
            acks=len(acks),
            keepers=len(keepers),
            needed=needed,
            reasons=reasons,
        )
    return acks
