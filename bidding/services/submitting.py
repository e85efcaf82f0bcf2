"""Submit, replace and withdraw: two commits, a ticket and its decision (R1, R7).

The first commit stores what arrived and when, and decides nothing; the second decides, and may be repeated after a
crash by whoever comes first, the retry or the closing. Nothing stamped in time can be lost.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError

from bidding import keepers, signing
from bidding.facts import Outcome
from bidding.models import Bid, Receipt, Ticket
from bidding.rules import decision
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.objects import Acknowledgement, SealedRecord, SignedRecord, Withdrawal
from bidding.sealing.revocation import RevocationUnknown
from bidding.sealing.signatures import CMS
from bidding.selectors import quoted
from bidding.services import hostclock, locks, reading, receipts
from bidding.services.preparing import own, refuse
from bidding.states import BID_STEPS, BidStatus
from core import clock
from core.audit.services import Act, End, asked_end, record_all
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.transitions import follow
from core.writes import Insert, Update, held_back
from parties.access import Actor
from parties.services import inbox
from tendering import selectors as tenders
from tendering.facts import BidTerms


class TooLate(Refused):
    """The deadline has passed: equal is late."""

    code = "late"
    title = gettext_noop("The deadline for bids has passed")


class NotAccepted(Refused):
    """The ticket was decided against, for another reason than time."""

    code = "not-accepted"
    title = gettext_noop("The bid was not accepted")


class KeyUsed(Conflict):
    """The idempotency key has been used for another record."""

    code = "key-used"
    title = gettext_noop("This submission number was used for another bid")


WHY: dict[str, str] = {
    "late": gettext_noop(
        "It arrived at %(arrival)s; bids were due before %(deadline)s. Nothing was submitted."
    ),
    "keepers-late": gettext_noop(
        "Too few keepers had confirmed it before the deadline. Nothing was submitted."
    ),
    "amended": gettext_noop("The tender was amended meanwhile. Read the amendment, then sign or seal again."),
    "already-submitted": gettext_noop(
        "You have already submitted a bid for this lot. Replace it or withdraw it first."
    ),
    "quote-final": gettext_noop(
        "You have quoted already. In a request for quotations there is one quote, and it cannot be changed."
    ),
    "replaces-another": gettext_noop("The bid that this one replaces is not the one submitted now."),
    "nothing-to-withdraw": gettext_noop("There is no submitted bid to withdraw."),
    "nothing-to-acknowledge": gettext_noop(
        "This bid is not the one that is submitted now; there is nothing to acknowledge for it."
    ),
    "not-open": gettext_noop("The tender does not accept bids now."),
    "exchanged": gettext_noop("Another bid was sealed in its place meanwhile. Submit what is sealed now."),
}


BAD_SIGNATURE = gettext_noop("The signature on the bid is not valid. Sign it again with your passkey.")
BAD_CERTIFICATE = gettext_noop(
    "The signature by certificate is not valid here: it must be a detached CMS signature of the file saved from this page, "
    "by a valid certificate of your own organisation, not revoked, from an authority that this platform lists. "
    "Nothing was submitted."
)

REVOCATION_UNKNOWN = gettext_noop(
    "Whether your certificate was revoked cannot be told now: the platform has no current revocation list of its authority. "
    "Nothing was submitted. Tell the operator, or sign with a passkey."
)


_STORE = Insert(Ticket)
_SETTLE = Update(Ticket, "decided_at", "accepted", "code", null="decided_at")
_MOVE = Update(Bid, "status")


def submit(*, actor: Actor, bid_id: uuid.UUID, signed: Any, bid: Bid | None = None) -> Outcome:
    """Submit the checked bid: store the ticket, then decide it, and give the receipt's id.

    Calling it again with the same signed record gives the same outcome. `bid` is its row, where `own` has just given
    it. Raises TooLate, NotAccepted (the ticket is kept as evidence), KeyUsed, NotSealed, WrongState, ClockDisagrees.
    """
    bid = bid or own(actor, bid_id)
    signed_record, key = read_signed(actor, signed, SealedRecord)
    if bid.record_hash != signed_record.record.hash:
        raise refuse(SealingError("sealed-again", "the signed record is not the one that was checked"))
    if bid.status == BidStatus.PREPARING:
        follow(BID_STEPS, bid.status, "submit")
    return arrive(actor, bid, Ticket.SUBMIT, signed_record, key)


def withdraw(*, actor: Actor, bid_id: uuid.UUID, signed: Any) -> Outcome:
    """Withdraw a submitted bid by a signed record; its bytes stay, unopened (R7). Raises as `submit` does."""
    bid = own(actor, bid_id)
    signed_record, key = read_signed(actor, signed, Withdrawal)
    withdrawal = signed_record.record
    assert isinstance(withdrawal, Withdrawal)  # noqa: S101 - asked for above
    if bid.record is None:
        raise NotFound()
    ctx = SealedRecord.from_json(bid.record).ctx
    named = (withdrawal.log_origin, withdrawal.tender, withdrawal.lot, withdrawal.envelope, withdrawal.bid_id)
    if (
        named != (ctx.log_origin, ctx.tender, ctx.lot, ctx.envelope, str(bid.pk))
        or withdrawal.supersedes != bid.record_hash
    ):
        raise refuse(Malformed("the withdrawal is for another bid"))
    return arrive(actor, bid, Ticket.WITHDRAW, signed_record, key)


def read_signed(
    actor: Actor, signed: Any, kind: type[SealedRecord | Withdrawal | Acknowledgement]
) -> tuple[SignedRecord, bytes]:
    """Read a record of that kind, signed by the actor, and the key that signed (DER).

    Raises Invalid for a bad signature, NotSealed.
    """
    try:
        found = SignedRecord.from_json(signed)
        if not isinstance(found.record, kind):
            raise Malformed("another kind of record was expected")
    except SealingError as error:
        raise refuse(error) from error
    try:
        return found, signing.verify(actor, found)
    except RevocationUnknown as error:
        raise Invalid(REVOCATION_UNKNOWN, reason=error.code) from error
    except BadSignature as error:
        said = BAD_CERTIFICATE if found.signature.get("scheme") == CMS else BAD_SIGNATURE
        raise Invalid(said, reason=error.code) from error


def arrive(actor: Actor, bid: Bid, kind: str, signed: SignedRecord, key: bytes | None = None) -> Outcome:
    """Store the ticket of what the bidder signed with `key`, then decide it. Raises as `submit` does."""
    try:
        hostclock.must_agree(bid.tender_id)
        ticket = _ticket(actor, bid, kind, signed)
    except (hostclock.ClockDisagrees, IntegrityError):  # what has arrived before is answered all the same
        sent = Ticket.objects.select_related("bid").filter(
            tender_id=bid.tender_id, bid=bid, idempotency_key=signed.record.idempotency_key
        )
        before = sent.first()
        if before is None:
            raise
        ticket = before
    if ticket.record_hash != signed.record.hash or ticket.kind != kind:
        raise KeyUsed(gettext_noop("Begin the submission again; what is submitted already stays as it is."))
    outcome = decide(ticket, key)
    if not outcome.accepted:
        deadline = tenders.bid_terms(bid.tender_id).due_at(bid.envelope)
        raised = TooLate if outcome.code == "late" else NotAccepted
        raise raised(
            WHY.get(outcome.code, ""),
            reason=outcome.code,
            arrival=outcome.arrival.isoformat(),
            deadline=deadline.isoformat() if deadline else "",
        )
    return outcome


def _ticket(actor: Actor, bid: Bid, kind: str, signed: SignedRecord) -> Ticket:
    """The first commit. Raises IntegrityError when the idempotency key has arrived before."""
    asked = (
        reading.sealed_now(bid.pk),
        tenders.asked_policy(bid.tender_id, bid.lot, bid.envelope),
    )
    with locks.arriving(bid.tender_id, bid.supplier_id, *asked) as (arrival, (sealed, newest_policy)):
        if sealed != bid.record_hash:
            raise refuse(SealingError("sealed-again"))
        ticket = Ticket(
            tender_id=bid.tender_id,
            lot=bid.lot,
            envelope=bid.envelope,
            bid=bid,
            kind=kind,
            idempotency_key=signed.record.idempotency_key,
            record_hash=signed.record.hash,
            signed_record=signed.to_json(),
            actor=actor.label,
            arrival=arrival,
            newest_policy=newest_policy,
        )
        _STORE(ticket)
        return ticket


def decide(of: Ticket, key: bytes | None = None) -> Outcome:
    """The second commit: decide one ticket, once; whoever comes second gets the first one's decision.

    Of the ticket given only what never changes is believed. `key` as in `receipts.issue`.
    """
    asked = (
        reading.left_up_to(of),
        reading.beside(of.bid),
        tenders.asked_terms(of.tender_id),
        asked_end(f"bid.{of.bid_id}"),
    )
    with locks.deciding(of.tender_id, of.bid.supplier_id, *asked) as ((*earlier, ticket), bids, tender, end):
        if ticket.decided_at is not None:
            receipt = Receipt.objects.filter(ticket=ticket).values_list("pk", flat=True).first()
        else:
            with held_back():
                for one in earlier:
                    _decide(one, bids, tender)
                receipt = _decide(ticket, bids, tender, key, None if earlier else end)
        return Outcome(
            ticket.pk, bool(ticket.accepted), ticket.code, ticket.arrival, ticket.record_hash, receipt
        )


def _decide(
    ticket: Ticket,
    bids: dict[uuid.UUID, Bid],
    tender: BidTerms,
    key: bytes | None = None,
    end: End | None = None,
) -> uuid.UUID | None:
    """Give every ticket a decision, whatever became of its bid meanwhile: one that raised would stop the closing.

    `end` of its bid's audit chain, if known. Gives the receipt's id when there is one.
    """
    bid = bids[ticket.bid_id]
    deadline = tender.due_at(bid.envelope)
    if deadline is None or tender.published_at is None:
        _settle(ticket, "not-open")
        return None
    if not tender.accepts(bid.envelope) and ticket.arrival < deadline:
        _settle(ticket, "not-open")
        return None
    if ticket.kind == Ticket.SUBMIT and (
        bid.status != BidStatus.CHECKED or bid.record_hash != ticket.record_hash
    ):
        _settle(ticket, "exchanged")
        return None
    current = next((row for row in bids.values() if row.status == BidStatus.SUBMITTED), None)
    if ticket.kind == Ticket.WITHDRAW:
        code = "late" if ticket.arrival >= deadline else ""
        if not code and (current is None or current.pk != bid.pk):
            code = "nothing-to-withdraw"
        _settle(ticket, code)
        if code:
            return None
        return receipts.issue(ticket, bid, tender, by=_move(bid, "withdraw", ticket), key=key).pk
    if ticket.kind == Ticket.ACKNOWLEDGE:
        return _acknowledge(ticket, bid, current, tender, key)
    sealed: dict[str, Any] = bid.record or {}
    ctx, supersedes = sealed["ctx"], sealed.get("supersedes")
    code = decision(
        arrival=ticket.arrival,
        deadline=deadline,
        acks_in_time=keepers.in_time(bid.acks, ctx["k"], deadline),
        policy_is_newest=ctx["policy_hash"] == ticket.newest_policy,
    )
    if (
        not code
        and tender.one_quote
        and quoted(bid.supplier_id, bid.tender_id, bid.lot, ticket.newest_policy)
    ):
        code = "quote-final"
    if not code and current is not None and supersedes is None:
        code = "already-submitted"
    if not code and supersedes is not None and (current is None or current.record_hash != supersedes):
        code = "replaces-another"
    _settle(ticket, code)
    if code:
        _record(bid, ticket, _move(bid, "refuse", ticket))
        return None
    if current is not None:
        _record(current, ticket, _move(current, "replace", ticket))
    receipt = receipts.issue(ticket, bid, tender, by=_move(bid, "submit", ticket), key=key, after=end)
    inbox.tell(
        key=f"receipt.{receipt.pk}",
        org_id=bid.supplier_id,
        kind="supplier",
        title=_received(bid, tender),
        url=f"/receipts/{receipt.pk}/",
        tender=tender.title,
        lot=bid.lot,
    )
    return receipt.pk


def _acknowledge(
    ticket: Ticket, bid: Bid, current: Bid | None, tender: BidTerms, key: bytes | None
) -> uuid.UUID | None:
    said = Acknowledgement.from_json(ticket.signed_record["record"])
    deadline = tender.due_at(bid.envelope)
    code = "late" if deadline is None or ticket.arrival >= deadline else ""
    if not code and (current is None or current.record_hash != said.record_hash):
        code = "nothing-to-acknowledge"
    if not code and said.policy_hash != ticket.newest_policy:
        code = "amended"
    _settle(ticket, code)
    if code:
        return None
    facts = {"record_hash": ticket.record_hash, "notice_version": said.notice_version}
    receipt = receipts.issue(ticket, bid, tender, by=Act("acknowledge", "sealing.R6", facts), key=key)
    inbox.finish_all(f"bid.{bid.pk}.amended.")
    return receipt.pk


FINAL = gettext_noop("Your final quote for “%(tender)s”, lot %(lot)s, is submitted")


def _received(bid: Bid, tender: BidTerms) -> str:
    """Give what the bidder is told: of two envelopes the first one alone is no bid."""
    whole = gettext_noop("Your bid for “%(tender)s”, lot %(lot)s, is submitted")
    if tender.rounds:
        return FINAL if bid.envelope == "price" else whole
    others = set(tender.sealing["lots"][bid.lot]) - {bid.envelope}
    sent = Bid.objects.filter(
        tender_id=bid.tender_id, lot=bid.lot, supplier_id=bid.supplier_id, status=BidStatus.SUBMITTED
    )
    if not others or sent.filter(envelope__in=others).exists():
        return whole
    if bid.envelope == "technical":
        return gettext_noop(
            "Received: technical envelope for “%(tender)s”, lot %(lot)s. NOT submitted without the price"
        )
    return gettext_noop(
        "Received: price envelope for “%(tender)s”, lot %(lot)s. NOT submitted without the technical part"
    )


def _settle(ticket: Ticket, code: str) -> None:
    ticket.decided_at, ticket.accepted, ticket.code = clock.now(), not code, code
    _SETTLE(ticket)


def _move(bid: Bid, verb: str, ticket: Ticket) -> Act:
    """Move the bid and give the act, which its caller records."""
    step = follow(BID_STEPS, bid.status, verb)
    bid.status = step.target
    _MOVE(bid)
    if verb in ("replace", "withdraw"):
        inbox.finish_all(f"bid.{bid.pk}.amended.")
    facts = {"record_hash": ticket.record_hash, "arrival": ticket.arrival.isoformat(), "code": ticket.code}
    return Act(step.verb, step.rule, facts)


def _record(bid: Bid, ticket: Ticket, act: Act) -> None:
    record_all(actor=ticket.actor, subject=f"bid.{bid.pk}", acts=[act])
