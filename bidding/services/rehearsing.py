"""Rehearsals: the whole path of a bid, with the tender's own keepers, in a place of the log that opens to nobody.

A rehearsal is sealed under a policy of its own: it demands a result that is never logged, its opening lies years away, and
the next year's policy cancels it in the log. (Keepers acknowledge nothing under a cancelled one, so it cannot be cancelled
before.) Where a tender takes two envelopes, each is rehearsed by itself, under a policy of its own.

A rehearsal has no row among the bids, no ticket, no leaf in the log; when it is "submitted" its sealed bytes are deleted. The
policies of a year stand in the log before anybody rehearses: with a rehearsal it does not grow.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from bidding.facts import Prepared
from bidding.keepers import sign_statement
from bidding.models import Rehearsal, RehearsalPolicy
from bidding.sealing.context import CtxBase
from bidding.sealing.encoding import labelled
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Keeper, Policy, SealedRecord
from bidding.sealing.shape import write_instant
from bidding.services import preparing
from bidding.services.submitting import read_signed
from bidding.states import REHEARSAL_STEPS, RehearsalStatus
from core import clock
from core.audit.services import record as record_act
from core.errors import Conflict, NotFound, Refused, gettext_noop
from core.ledger import services as ledger
from core.ledger.key import log_signer
from core.transitions import follow
from parties.access import Actor
from storage import uploads
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

PREFIX = "mingcai/v1/"
LOT = "1"
UNSENT_AT_MOST = 20
REQUIRES = ("never",)


class NotOpen(Refused):
    """The tender takes no bids, so there is nothing to rehearse."""

    code = "not-open"
    title = gettext_noop("The tender does not accept bids now")


class TooMany(Refused):
    """Too many rehearsals were begun and not finished."""

    code = "too-many-rehearsals"
    title = gettext_noop("Too many rehearsals were begun")
    status = 429


class AlreadyRehearsed(Conflict):
    """The rehearsal is over: what was signed in it stays."""

    code = "already-rehearsed"
    title = gettext_noop("This rehearsal is over")


def begin(*, actor: Actor, tender_id: uuid.UUID, lot: str, envelope: str = "") -> uuid.UUID:
    """Begin a rehearsal for one envelope of a lot of an open tender; the first one where none is named.

    Raises NotFound, NotOpen, TooMany, and as `tender_to_bid` does.
    """
    tender = tenders.tender_to_bid(actor, tender_id)
    envelope = envelope or tender.envelopes[0]
    if tender.lot(lot) is None or envelope not in tender.envelopes:
        raise NotFound()
    if tender.status != TenderStatus.OPEN:
        raise NotOpen()
    supplier_id = actor.require_kind("supplier")
    unsent = Rehearsal.objects.filter(supplier_id=supplier_id).exclude(status=RehearsalStatus.SUBMITTED)
    if unsent.count() >= UNSENT_AT_MOST:
        raise TooMany(gettext_noop("Go on with one that you have begun."))
    with transaction.atomic():
        row = Rehearsal.objects.create(
            tender_id=tender.id,
            lot=lot,
            supplier_id=supplier_id,
            prepared_by=actor.label,
            policy=_policy(tender, envelope),
        )
        facts = {"lot": lot, "envelope": envelope}
        record_act(actor=actor.label, verb="begin", subject=f"rehearsal.{row.pk}", rule="sealing.R6", **facts)
    return row.pk


def make_ready() -> None:
    """Log this year's policy of rehearsals with the keepers of every open tender before anybody rehearses.

    Else the log would grow when the first one does, and tell that somebody prepares a bid (R11).
    """
    for tender, envelope in {
        (one.sealing["keeper_set_hash"], envelope): (one, envelope)
        for one in tendering.open_tenders()
        if one.sealing
        for envelope in one.envelopes
    }.values():
        with transaction.atomic():
            _policy(tender, envelope)


def _policy(tender: TenderFacts, envelope: str) -> RehearsalPolicy:
    """Give this year's policy of rehearsals of such an envelope with this tender's keepers; the year's first one logs it."""
    now = clock.now()
    set_hash = tender.sealing["keeper_set_hash"]
    this_year = f"rehearsal-{now.year}-"
    place = f"{this_year}{set_hash[:16]}" + (f"-{envelope}" if tender.two_envelopes else "")
    known = RehearsalPolicy.objects.filter(place=place).first()
    if known is not None:
        return known
    opens_at = datetime(now.year + 2, 1, 1, tzinfo=UTC)
    policy = Policy(
        log_origin=settings.LEDGER_ORIGIN,
        tender=place,
        lot=LOT,
        envelope=envelope,
        v=1,
        previous=None,
        notice_hash=labelled("rehearsal", place.encode()).hex(),
        notice_version=1,
        deadline_at=opens_at,
        open_at=opens_at,
        gather_seconds=1,
        k=tender.sealing["k"],
        n=tender.sealing["n"],
        keeper_set_hash=set_hash,
        requires=REQUIRES,
    )
    keepers = tender.sealing["keepers"]
    statement = sign_statement(policy.to_json(), log_signer(may_create=False))
    entry = ledger.append({"type": f"{PREFIX}policy-entry", "statement": statement, "keepers": keepers})
    over = RehearsalPolicy.objects.filter(keeper_set_hash=set_hash, cancel_index=None)
    for old in over.exclude(place__startswith=this_year):
        old.cancel_index = ledger.append(
            {
                "type": f"{PREFIX}cancel-entry",
                "log_origin": settings.LEDGER_ORIGIN,
                "tender": old.place,
                "lot": None,
                "at": write_instant(now),
            }
        )
        old.save(update_fields=["cancel_index"])
    transaction.on_commit(ledger.publish_checkpoint, robust=True)  # keepers believe checkpoints alone
    # Two who begin at once: the log's lock lets one go first, the other finds its row and its entry stands unused.
    row, _ = RehearsalPolicy.objects.get_or_create(
        place=place,
        defaults={
            "keeper_set_hash": set_hash,
            "policy": policy.to_json(),
            "keepers": keepers,
            "entry_index": entry,
        },
    )
    return row


def own(actor: Actor, rehearsal_id: uuid.UUID) -> Rehearsal:
    """Give the rehearsal if it is the actor's organisation's, else NotFound."""
    supplier_id = actor.require_kind("supplier")
    row = Rehearsal.objects.select_related("policy").filter(pk=rehearsal_id, supplier_id=supplier_id).first()
    if row is None:
        raise NotFound()
    return row


def offered(row: Rehearsal) -> CtxBase:
    """Give what a rehearsal is sealed for."""
    return preparing.base_of(Policy.from_json(row.policy.policy), row.pk)


def check(
    *,
    actor: Actor,
    rehearsal_id: uuid.UUID,
    record: Any,
    envelopes: list[str],
    sheet_upload: uuid.UUID,
    files_upload: uuid.UUID,
) -> Prepared:
    """Check the sealed bytes and have the keepers confirm, as for a bid. Raises as `preparing.check` does."""
    row = own(actor, rehearsal_id)
    _not_over(row)
    sealed, packed = preparing.read_sealed(record, envelopes, offered(row))
    tender = tenders.tender_to_bid(actor, row.tender_id)
    owner = f"organisation.{row.supplier_id}"
    preparing.check_uploads(
        sealed, owner=owner, purpose=tender.source, sheet_upload=sheet_upload, files_upload=files_upload
    )
    acks = preparing.ask_keepers([Keeper.from_json(one) for one in row.policy.keepers], sealed, packed)
    with transaction.atomic():
        row = Rehearsal.objects.select_for_update().get(pk=row.pk)
        _not_over(row)
        step = follow(REHEARSAL_STEPS, row.status, "check")
        row.status = step.target
        row.record, row.record_hash = sealed.to_json(), sealed.hash
        row.acks = [ack.statement for ack in acks]
        row.sheet_upload, row.files_upload = sheet_upload, files_upload
        row.save()
        record_act(
            actor=actor.label, verb=step.verb, subject=f"rehearsal.{row.pk}", rule=step.rule, acks=len(acks)
        )
    return Prepared(
        bid_id=row.pk, ctx_base={}, record_hash=row.record_hash, acks=len(acks), keepers=sealed.ctx.n
    )


def _not_over(row: Rehearsal) -> None:
    if row.status == RehearsalStatus.SUBMITTED:
        raise AlreadyRehearsed(gettext_noop("Begin another one to rehearse again."))


def submit(*, actor: Actor, rehearsal_id: uuid.UUID, signed: Any) -> Rehearsal:
    """Take the signed record as a bid's would be taken, say so in a signed statement that is no receipt of a bid.

    Calling it again with the same record gives the same. The sealed bytes are deleted. Raises NotSealed, Invalid for a
    bad signature, WrongState, AlreadyRehearsed.
    """
    row = own(actor, rehearsal_id)
    given, _ = read_signed(actor, signed, SealedRecord)
    with transaction.atomic():
        row = Rehearsal.objects.select_for_update().select_related("policy").get(pk=row.pk)
        if row.status == RehearsalStatus.SUBMITTED and row.record_hash == given.record.hash:
            return row
        _not_over(row)
        step = follow(REHEARSAL_STEPS, row.status, "submit")
        if row.record_hash != given.record.hash:
            raise preparing.refuse(SealingError("sealed-again"))
        row.arrival = clock.stamp()
        row.status = step.target
        row.signed_record = given.to_json()
        row.statement = sign_statement(
            {
                "type": f"{PREFIX}rehearsal",
                "log_origin": settings.LEDGER_ORIGIN,
                "record_hash": row.record_hash,
                "arrival": write_instant(row.arrival),
                "keepers": row.policy.keepers,
                "acks": row.acks,
                "policy": row.policy.policy,
            },
            log_signer(may_create=False),
        )
        row.save()
        record_act(
            actor=actor.label,
            verb=step.verb,
            subject=f"rehearsal.{row.pk}",
            rule=step.rule,
            record_hash=row.record_hash,
        )
    for upload_id in {row.sheet_upload, row.files_upload}:
        if upload_id is not None:
            with suppress(NotFound, uploads.UploadKept):
                uploads.drop(upload_id=upload_id, owner=f"organisation.{row.supplier_id}")
    return row
