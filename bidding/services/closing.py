"""Close: decide what is still open, then account for every ticket once and for all (R1, R3)."""

from __future__ import annotations

import uuid
from typing import Any

from bidding.keepers import close_root
from bidding.models import Bid, CloseList, Opening, Ticket
from bidding.sealing.objects import (
    Policy,
)
from bidding.sealing.shape import write_instant
from bidding.sealing.terms import SILENCE_WITHDRAWS, Acknowledging
from bidding.services import amendments, consortia, envelopes, finals, locks, recording, stamps
from bidding.services.resolving import GATHER
from bidding.services.submitting import decide
from bidding.states import BID_STEPS, BidStatus, OpeningStatus
from core.audit.services import record as record_act
from core.errors import Refused, gettext_noop
from core.ledger import services as ledger
from core.timers import services as timers
from core.transitions import follow
from parties.access import CLOCK
from realtime.services import push
from tendering import selectors as tenders
from tendering import services as tendering
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.services import rescuing
from tendering.states import TenderStatus


class BeforeDeadline(Refused):
    """Closing is possible from the deadline on."""

    code = "before-deadline"
    title = gettext_noop("The deadline for bids has not passed yet")


def close(*, tender_id: uuid.UUID) -> bool:
    """Close a tender at its deadline; gives False when it was closed before. Safe to repeat after any crash.

    Raises BeforeDeadline: periods are half-open, so the deadline itself is the first instant at which closing is
    possible; and an outage may have moved it, which is settled first. Source: 财政部令第87号第四十条.
    """
    tender = tenders.tender_facts(tender_id)
    if not tender.accepting or tender.due_at is None:
        return False
    if tender.status == TenderStatus.OPEN:
        rescuing.before_close(tender_id)
        tender = tenders.tender_facts(tender_id)
    if tender.due_at is None:
        return False
    with locks.closing(tender_id) as instant:
        if instant < tender.due_at:
            raise BeforeDeadline(rule="T-07", due=tender.due_at.isoformat())
    undecided = Ticket.objects.filter(tender_id=tender_id, decided_at=None).select_related("bid")
    for ticket in undecided.order_by("arrival", "pk"):
        decide(ticket)
    with locks.closing(tender_id) as instant:
        tender = tenders.tender_facts(tender_id)
        if not tender.accepting or tender.due_at is None:
            return False
        if instant < tender.due_at:  # amended meanwhile, or the clock was turned back: it closes later
            raise BeforeDeadline(rule="T-07", due=tender.due_at.isoformat())
        # The tender's row before the log's lock: whoever amends takes them in this order too.
        if tender.window != tender.envelopes and tender.window[0] == "price":
            _close_finals(tender, instant)
            return True
        tendering.close(tender_id=tender_id, actor=CLOCK)
        counts = {lot.no: _list_lot(tender, lot.no, instant) for lot in tender.lots}
        amendments.end_asking(tender_id)
        consortia.close(tender_id)
        envelopes.tell_incomplete(tender)
        push(f"opening.{tender_id}", "tender.closed", bids=counts)
        needed, _ = tenders.fewest_suppliers(tender)
        held = [lot for lot, count in counts.items() if count >= needed]
        for lot in set(counts) - set(held):
            Opening.objects.create(
                tender_id=tender_id,
                lot=lot,
                envelope=tender.window[0],
                status=OpeningStatus.NOT_HELD,
                gather_until=instant,
                finished_at=instant,
            )
            push(f"opening.{tender_id}", "lot.not_held", lot=lot, bids=counts[lot], needed=needed)
        record_act(actor=CLOCK.label, verb="close", subject=f"opening.{tender_id}", rule="T-07", bids=counts)
        if not held:
            tendering.fail(
                tender_id=tender_id,
                actor=CLOCK,
                reason=recording.TOO_FEW_SENT,
                rule=method_of(tender.method).failed,
            )
            recording.tell_bidders(tender, sorted(counts), recording.TOO_FEW_SENT)
            return True
        recording.fail_lots(tender, sorted(set(counts) - set(held)), recording.TOO_FEW_SENT)
        timers.schedule(verb=GATHER, subject=str(tender_id), due_at=tender.opens_at or instant)
    return True


def _close_finals(tender: TenderFacts, instant: Any) -> None:
    """Fix the lists of the final quotes; too few of them in every lot end the procedure, and nothing is opened.

    Source: 财政部令第74号第三十三条, 第三十七条; 财库〔2014〕214号第二十一条, 第三十四条.
    """
    counts = {lot.no: _list_lot(tender, lot.no, instant) for lot in tender.lots}
    tendering.close_finals(tender_id=tender.id, actor=CLOCK)
    push(f"opening.{tender.id}", "finals.closed", quotes=counts)
    record_act(
        actor=CLOCK.label, verb="close_finals", subject=f"opening.{tender.id}", rule="N-04", quotes=counts
    )
    needed, _ = tenders.fewest_suppliers(tender, valid=True)
    few = sorted(lot for lot, count in counts.items() if count < needed)
    if len(few) == len(counts):
        rule = method_of(tender.method).failed
        tendering.fail(tender_id=tender.id, actor=CLOCK, reason=recording.TOO_FEW_FINALS, rule=rule)
        recording.tell_bidders(tender, few, recording.TOO_FEW_FINALS)
        finals.over(tender.id)
        return
    recording.fail_lots(tender, few, recording.TOO_FEW_FINALS)
    finals.closed(tender)


def _list_lot(tender: TenderFacts, lot: str, instant: Any) -> int:
    """Fix the close lists of one lot and log their roots; gives the number of bids that are effective in every envelope."""
    return len(
        set.intersection(*(_list_envelope(tender, lot, envelope, instant) for envelope in tender.window))
    )


def _list_envelope(tender: TenderFacts, lot: str, envelope: str, instant: Any) -> set[uuid.UUID]:
    """Fix one close list; gives the suppliers whose bids are effective."""
    tickets = (
        Ticket.objects.filter(tender_id=tender.id, lot=lot, envelope=envelope)
        .select_related("bid")
        .order_by("arrival", "pk")
    )
    withdrawn_by = {
        ticket.bid_id: ticket.record_hash
        for ticket in tickets
        if ticket.kind == Ticket.WITHDRAW and ticket.accepted
    }
    acknowledged: dict[Any, list[dict[str, Any]]] = {}
    for ticket in tickets:
        if ticket.kind == Ticket.ACKNOWLEDGE and ticket.accepted:
            said = ticket.signed_record["record"]
            of = {"hash": ticket.record_hash, "version": said["notice_version"]}
            acknowledged.setdefault(said["record_hash"], []).append(of)
    replaced_by = {
        ticket.signed_record["record"]["supersedes"]: ticket.record_hash
        for ticket in tickets
        if ticket.accepted
        and ticket.signed_record["record"].get("supersedes")
        and ticket.kind == Ticket.SUBMIT
    }
    policy = tender.sealing["lots"][lot][envelope]
    rule = Policy.from_json(policy["policy"]).acknowledge
    entries = [
        _entry(ticket, withdrawn_by, replaced_by, acknowledged.get(ticket.record_hash, []), rule)
        for ticket in tickets
        if ticket.kind == Ticket.SUBMIT
    ]
    listed = {entry[name] for entry in entries for name in ("record_hash", "by") if name in entry}
    entries += stamps.entries_of(tender.id, lot, envelope, listed, list(tickets))
    entries.sort(key=lambda entry: (entry["arrival"], entry["record_hash"], entry["kind"]))
    body = {
        "type": "mingcai/v1/close",
        "log_origin": policy["policy"]["log_origin"],
        "tender": policy["policy"]["tender"],
        "lot": lot,
        "envelope": envelope,
        "policy_hash": policy["policy_hash"],
        "deadline_at": policy["policy"]["deadline_at"],
        "closed_at": write_instant(instant),
        "entries": entries,
    }
    root = close_root(entries).hex()
    index = ledger.append(
        {
            "type": "mingcai/v1/close-entry",
            **{
                name: body[name]
                for name in ("log_origin", "tender", "lot", "envelope", "policy_hash", "closed_at")
            },
            "root": root,
            "size": len(entries),
        }
    )
    CloseList.objects.create(
        tender_id=tender.id,
        lot=lot,
        envelope=envelope,
        closed_at=instant,
        body=body,
        root=root,
        entry_index=index,
    )
    effective = Bid.objects.select_for_update().filter(
        tender_id=tender.id, lot=lot, envelope=envelope, status=BidStatus.SUBMITTED
    )
    suppliers = set()
    silent = {entry["bid_id"] for entry in entries if entry.get("code") == SILENCE_WITHDRAWS}
    for bid in effective.order_by("pk"):
        if str(bid.pk) in silent:
            amendments.lapse(bid, tender)
            continue
        step = follow(BID_STEPS, bid.status, "list")
        bid.status = step.target
        bid.save(update_fields=["status"])
        record_act(actor=CLOCK.label, verb=step.verb, subject=f"bid.{bid.pk}", rule=step.rule, root=root)
        suppliers.add(bid.supplier_id)
    return suppliers


def _entry(
    ticket: Ticket,
    withdrawn_by: dict[Any, str],
    replaced_by: dict[str, str],
    acknowledged: list[dict[str, Any]],
    rule: Acknowledging | None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": "receipt",
        "record_hash": ticket.record_hash,
        "bid_id": str(ticket.bid_id),
        "arrival": write_instant(ticket.arrival),
    }
    if not ticket.accepted:
        return {**entry, "state": "refused", "code": ticket.code}
    if acknowledged:
        entry["acknowledged"] = [one["hash"] for one in acknowledged]
    if ticket.bid_id in withdrawn_by:
        return {**entry, "state": "withdrawn", "by": withdrawn_by[ticket.bid_id]}
    if ticket.record_hash in replaced_by:
        return {**entry, "state": "superseded", "by": replaced_by[ticket.record_hash]}
    if rule is None:
        return {**entry, "state": "effective"}
    sealed_under = ticket.signed_record["record"]["ctx"]["notice_version"]
    state, code = rule.standing(sealed_under, [one["version"] for one in acknowledged])
    return {**entry, "state": state, **({"code": code} if code else {})}
