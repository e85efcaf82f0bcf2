"""Bid securities (投标保证金): named in the sealed bid, known at the opening, returned in time, kept only by law.

Nothing of a security is on the platform before the opening: whoever pays tells the platform in the sealed sheet alone,
so that neither the agency nor the operator learns from a payment who bids (ADR 24).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.models import BidSecurity, OpenedBid
from bidding.states import SECURITY_STEPS, BidStatus, SecurityForm, SecurityStatus
from contracting.selectors import contracts_of_process
from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.money import BadMoney, Yuan
from core.timers import services as timers
from core.transitions import follow
from parties.access import CLOCK, Actor
from parties.selectors import supervisor_of
from parties.services import inbox
from parties.states import Kind
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

OVERDUE, WATCH = "bidding.security_overdue", "bidding.securities"
WATCH_EVERY = timedelta(days=1)
LOSER, WINNER = "L-13.bond_refund_loser", "L-13.bond_refund_winner"
ENDED = frozenset({TenderStatus.FAILED, TenderStatus.CANCELLED})


class NoGround(Conflict):
    """The law names no ground, or the ground's fact is not on record, for keeping the security."""

    code = "no-ground-to-keep"
    title = gettext_noop("The security cannot be kept on this ground")


@transaction.atomic
def note_opened(tender: TenderFacts, *, actor: Actor) -> int:
    """Write down what each opened bid says of its security, in the lots that ask for one; gives how many were written."""
    made = 0
    rows = OpenedBid.objects.filter(
        bid__tender_id=tender.id,
        bid__status=BidStatus.OPENED,
        bid__envelope__in=("single", "technical"),
        bid__lot__in=list(tender.securities),
        bid__security=None,
    )
    for opened in rows.select_related("bid"):
        said = read(opened.sheet or {})
        asked = tender.securities[opened.bid.lot]
        row = BidSecurity.objects.create(bid=opened.bid, asked=asked.amount, **said)
        record(
            actor=actor.label,
            verb="note_security",
            subject=f"bid.{opened.bid_id}",
            rule="L-13.bid_bond_max_rate",
            status=str(row.status),
            amount=str(Yuan(row.amount)),
        )
        made += 1
    if made:
        timers.soon(verb=WATCH, subject=tender.source, after=WATCH_EVERY)
        _ask(tender, "check", gettext_noop("Check the bid securities of “%(tender)s”"))
    return made


def read(sheet: dict[str, Any]) -> dict[str, Any]:
    """Give the columns that say what a sealed sheet names as its security; what cannot be read counts as missing."""
    facts = sheet.get("facts", {})
    text = {
        name: str(facts.get(f"security_{name}", "")).strip()
        for name in ("form", "payer", "account", "reference")
    }
    try:
        amount = Yuan(str(facts.get("security_amount", "")).strip() or "0")
    except BadMoney:
        amount = Yuan(0)
    named = text["form"] in set(SecurityForm) and amount > Yuan(0) and bool(text["payer"])
    return {
        "status": SecurityStatus.DECLARED if named else SecurityStatus.MISSING,
        "amount": amount.amount,
        "form": text["form"][:12] if text["form"] in set(SecurityForm) else "",
        "payer": text["payer"],
        "account": text["account"][:64],
        "reference": text["reference"],
    }


@transaction.atomic
def check(*, actor: Actor, tender_id: uuid.UUID, security_id: int, received: bool) -> None:
    """Say whether the security is there, as named in the bid. By whoever runs the tender; raises NotFound, WrongState."""
    row = _locked(tender_id, security_id)
    step = follow(SECURITY_STEPS, row.status, "confirm" if received else "deny")
    row.status = SecurityStatus(step.target)
    row.checked_by, row.checked_at = actor.label, clock.now()
    row.save(update_fields=["status", "checked_by", "checked_at"])
    record(actor=actor.label, verb=f"security_{step.verb}", subject=f"bid.{row.bid_id}", rule=step.rule)
    waiting = BidSecurity.objects.filter(bid__tender_id=tender_id, status=SecurityStatus.DECLARED)
    if not waiting.exists():
        inbox.finish(f"tender.{tender_id}.security.check")
    tender = tendering.tender_facts(tender_id)
    if received and tender.status in ENDED:
        _run(tender, [row], clock.now(), LOSER, actor)


@transaction.atomic
def after_award(*, actor: Actor, tender: TenderFacts, winners: Collection[uuid.UUID], at: datetime) -> None:
    """Start the time in which the securities of those who did not win go back; `winners` are bids.

    Source: 《政府采购法实施条例》第三十三条.
    """
    rows = BidSecurity.objects.select_for_update().filter(bid__tender_id=tender.id, settled_at=None)
    _run(tender, [row for row in rows if row.bid_id not in winners], at, LOSER, actor)


@transaction.atomic
def after_contract(
    *, actor: Actor, tender: TenderFacts, supplier_id: uuid.UUID, lot: str, at: datetime
) -> None:
    """Start the time in which the winner's security goes back, now that the contract is signed."""
    rows = BidSecurity.objects.select_for_update().filter(
        bid__tender_id=tender.id, bid__supplier_id=supplier_id, bid__lot=lot, settled_at=None
    )
    _run(tender, list(rows), at, WINNER, actor)


@transaction.atomic
def after_end(*, actor: Actor, tender_id: uuid.UUID) -> None:
    """Start the return of every security of a procedure that ended without an award."""
    tender = tendering.tender_facts(tender_id)
    rows = BidSecurity.objects.select_for_update().filter(bid__tender_id=tender_id, settled_at=None)
    _run(tender, list(rows), clock.now(), LOSER, actor)


def _run(tender: TenderFacts, rows: list[BidSecurity], at: datetime, rule: str, actor: Actor) -> None:
    law = tendering.law_of(tender.id)
    for row in rows:
        if row.status not in (SecurityStatus.HELD, SecurityStatus.DECLARED) or row.due_at is not None:
            continue
        row.due_at, row.due_rule = law.end_of(rule, at, binding=False).ends_at, rule
        row.save(update_fields=["due_at", "due_rule"])
        timers.schedule(verb=OVERDUE, subject=str(row.pk), due_at=row.due_at)
        record(
            actor=actor.label,
            verb="security_due",
            subject=f"bid.{row.bid_id}",
            rule=rule,
            due=row.due_at.isoformat(),
        )
        _ask(
            tender,
            str(row.pk),
            gettext_noop("Return the bid security of %(supplier)s for “%(tender)s”"),
            due_at=row.due_at,
            rule=rule,
            supplier=row.bid.supplier.name,
        )


@transaction.atomic
def give_back(*, actor: Actor, tender_id: uuid.UUID, security_id: int, reference: str) -> None:
    """Record that the security went back, with the payment's reference. Late counts as late. Raises WrongState, Invalid."""
    row = _locked(tender_id, security_id)
    step = follow(SECURITY_STEPS, row.status, "give_back")
    if not reference.strip():
        raise Invalid(
            errors={
                "reference": gettext_noop("Give the reference of the payment, or how it was handed back.")
            }
        )
    now = clock.now()
    _settle(row, actor, SecurityStatus(step.target), reference.strip(), now)
    record(
        actor=actor.label,
        verb="security_give_back",
        subject=f"bid.{row.bid_id}",
        rule=row.due_rule or step.rule,
        late=row.due_at is not None and now >= row.due_at,
        reference=reference.strip(),
    )
    inbox.tell(
        key=f"security.{row.pk}.returned",
        org_id=row.bid.supplier_id,
        kind=Kind.SUPPLIER,
        title=gettext_noop("Your bid security for “%(tender)s” was returned"),
        url=reverse("bidding:bid", args=[tender_id]),
        rule=row.due_rule or LOSER,
        tender=tendering.tender_facts(tender_id).title,
    )


@transaction.atomic
def keep(*, actor: Actor, tender_id: uuid.UUID, security_id: int, ground: str, reason: str) -> None:
    """Keep the security, on a ground that the law of the procedure names; the bidder and the supervisor are told why.

    A refused contract must be on record as such. Raises NoGround, WrongState, Invalid.
    """
    row = _locked(tender_id, security_id)
    step = follow(SECURITY_STEPS, row.status, "keep")
    tender = tendering.tender_facts(tender_id)
    if ground not in grounds(tender):
        raise NoGround(rule=step.rule)
    if ground.endswith("no_contract") and not _refused(tender, row):
        raise NoGround(
            gettext_noop("There is no contract on record that this bidder refused to sign."), rule=ground
        )
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    row.ground = ground
    _settle(row, actor, SecurityStatus(step.target), reason.strip(), clock.now())
    record(
        actor=actor.label,
        verb="security_keep",
        subject=f"bid.{row.bid_id}",
        rule=ground,
        reason=reason.strip(),
    )
    desks = [(row.bid.supplier_id, Kind.SUPPLIER), (supervisor_of(tender.region), Kind.SUPERVISOR)]
    for org_id, kind in desks:
        if org_id is not None:
            inbox.tell(
                key=f"security.{row.pk}.kept.{kind}",
                org_id=org_id,
                kind=kind,
                title=gettext_noop("The bid security of %(supplier)s for “%(tender)s” is not returned"),
                why=reason.strip(),
                url=reverse("bidding:bid", args=[tender_id])
                if kind == Kind.SUPPLIER
                else reverse("tendering:tender", args=[tender_id]),
                rule=ground,
                tender=tender.title,
                supplier=row.bid.supplier.name,
            )


def grounds(tender: TenderFacts) -> list[str]:
    """Give the rules by which a security may be kept in this procedure."""
    law = tendering.law_of(tender.id)
    return sorted(name for name in law.rules if ".forfeit_" in name)


def _refused(tender: TenderFacts, row: BidSecurity) -> bool:
    return any(
        one.supplier_id == row.bid.supplier_id and one.status == "void"
        for one in contracts_of_process(tender.ocid)
    )


def overdue(*, security_id: int) -> bool:
    """Tell the supervisor of a security that did not go back in time; True when it was told."""
    row = BidSecurity.objects.select_related("bid").filter(pk=security_id, settled_at=None).first()
    if row is None or row.due_at is None or clock.now() < row.due_at:
        return False
    tender = tendering.tender_facts(row.bid.tender_id)
    desk = supervisor_of(tender.region)
    if desk is None:
        return False
    inbox.tell(
        key=f"security.{row.pk}.overdue",
        org_id=desk,
        kind=Kind.SUPERVISOR,
        title=gettext_noop("The bid security of %(supplier)s for “%(tender)s” was not returned in time"),
        url=reverse("tendering:tender", args=[tender.id]),
        rule=row.due_rule,
        supplier=row.bid.supplier.name,
        tender=tender.title,
    )
    return True


@transaction.atomic
def watch(*, tender_id: uuid.UUID) -> bool:
    """Start the return where the procedure has ended meanwhile; come back each day while any security is unsettled."""
    rows = BidSecurity.objects.filter(bid__tender_id=tender_id, settled_at=None)
    unsettled = rows.exclude(status=SecurityStatus.MISSING).exists()
    if unsettled and tendering.tender_facts(tender_id).status in ENDED:
        after_end(actor=CLOCK, tender_id=tender_id)
    if unsettled:
        timers.soon(verb=WATCH, subject=f"tender.{tender_id}", after=WATCH_EVERY)
    return unsettled


def _settle(row: BidSecurity, actor: Actor, status: SecurityStatus, words: str, now: datetime) -> None:
    row.status, row.settlement, row.settled_by, row.settled_at = status, words[:300], actor.label, now
    row.save()
    timers.drop(verb=OVERDUE, subject=str(row.pk))
    inbox.finish(f"tender.{row.bid.tender_id}.security.{row.pk}")


def _ask(tender: TenderFacts, what: str, title: str, **rest: Any) -> None:
    inbox.assign(
        key=f"tender.{tender.id}.security.{what}",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=title,
        url=reverse("bidding:securities", args=[tender.id]),
        tender=tender.title,
        **{"rule": "L-13.bid_bond_max_rate", **rest},
    )


def _locked(tender_id: uuid.UUID, security_id: int) -> BidSecurity:
    rows = BidSecurity.objects.select_for_update(of=("self",)).select_related("bid__supplier")
    row = rows.filter(pk=security_id, bid__tender_id=tender_id).first()
    if row is None:
        raise NotFound()
    return row
