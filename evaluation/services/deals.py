"""The price agreed with a single source: written down, signed by both sides, decided, contracted.

Source: 财政部令第74号第四十一条 (成交价格与质量商定), 第四十二条 (协商情况记录); both from general knowledge.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse

from contracting.facts import TermItem
from contracting.selectors import contract_facts
from contracting.services import contracts
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, WrongState, gettext_noop
from core.ledger import services as ledger
from core.money import BadMoney, UnitPrice, Yuan
from core.transitions import follow
from core.workdays import beijing_date
from disclosure import services as disclosure
from evaluation import access, deal_notice
from evaluation.eligibility import of_supplier
from evaluation.models import SoleDeal
from evaluation.services import eligibility
from evaluation.services.terms import contract_terms, fee_of
from evaluation.states import DEAL_STEPS, DealStatus
from parties.access import CLOCK, Actor
from parties.selectors import organisation_facts
from parties.services import inbox, signing
from parties.states import Kind
from realtime.services import push
from tendering import access as tenders
from tendering import selectors as tendering
from tendering import services as tendering_services
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

PURCHASER, SUPPLIER = "purchaser", "supplier"
CONTRACTED_TIMER = "evaluation.deal_contracted"


class SignedAlready(Conflict):
    """This side has signed the record."""

    code = "signed-already"
    title = gettext_noop("Your side has signed this record")


def deal_of(tender_id: uuid.UUID) -> SoleDeal | None:
    """Give the record of a tender's negotiation, or None before it is written."""
    return SoleDeal.objects.filter(tender_id=tender_id).select_related("supplier").first()


def key_of(deal: SoleDeal, what: str) -> str:
    """Give the key of an inbox item about a deal; each deal that follows one that was set aside asks anew."""
    return f"tender.{deal.tender_id}.{what}" + (f".{deal.round}" if deal.round > 1 else "")


def source_of(deal: SoleDeal) -> str:
    """Give what a deal's contract is born of; one that follows a refused contract has a contract of its own."""
    return f"deal.{deal.pk}" + (f".{deal.round}" if deal.round > 1 else "")


def body_of(deal: SoleDeal) -> dict[str, Any]:
    """Give what both sides sign."""
    return {
        "type": "mingcai/v1/sole-deal",
        "tender": str(deal.tender_id),
        "supplier": str(deal.supplier_id),
        "held_on": deal.held_on.isoformat(),
        "place": deal.place,
        "staff": deal.staff,
        "costs": deal.costs,
        "terms": deal.terms,
        "prices": deal.prices,
        "amount": str(Yuan(deal.amount)),
    }


def decision_of(deal: SoleDeal) -> dict[str, Any]:
    """Give what the purchaser signs to decide."""
    return {"type": "mingcai/v1/sole-decision", "tender": str(deal.tender_id), "deal": deal.digest}


def purpose_of(tender_id: uuid.UUID, act: str) -> str:
    """Give the purpose under which a passkey signs the record (`deal`) or the decision (`deal-award`)."""
    return f"{act}.{tender_id}"


@transaction.atomic
def write(
    *,
    actor: Actor,
    tender_id: uuid.UUID,
    held_on: date,
    place: str,
    staff: str,
    costs: str,
    terms: str,
    prices: Mapping[str, str],
) -> SoleDeal:
    """Write down what was negotiated, in place of what was written before; `prices` maps "lot-item" to a unit price.

    What one side has signed is void when the record changes. Raises NotFound, WrongState, Invalid (above budget or
    ceiling, a price missing, a later day).
    """
    tender = tenders.tender_to_manage(actor, tender_id)
    if tender.sole is None or tender.status != TenderStatus.NEGOTIATING:
        raise WrongState(gettext_noop("A price is negotiated while the procedure is at that step."))
    deal = SoleDeal.objects.select_for_update().filter(tender_id=tender_id).first()
    follow(DEAL_STEPS, deal.status if deal else DealStatus.RECORDED, "record")
    rows, amount, errors = _priced(tender, prices)
    if held_on > beijing_date(clock.now()):
        errors["held_on"] = gettext_noop("This day has not come yet.")
    for name, text in (("place", place), ("staff", staff), ("costs", costs), ("terms", terms)):
        if not text.strip():
            errors[name] = gettext_noop("This cannot be left empty.")
    if errors:
        raise Invalid(errors=errors)

    deal = deal or SoleDeal(tender_id=tender_id, supplier_id=tender.sole.supplier_id)
    deal.held_on, deal.place, deal.staff = held_on, place.strip(), staff.strip()
    deal.costs, deal.terms = costs.strip(), terms.strip()
    deal.prices, deal.amount, deal.signatures = rows, amount.amount, {}
    inbox.finish(key_of(deal, "again"))
    deal.recorded_by, deal.recorded_at = actor.label, clock.now()
    deal.digest = digest(body_of(deal)).hex()
    deal.save()
    record(
        actor=actor.label,
        verb="record_deal",
        subject=f"deal.{deal.pk}",
        rule="N-09",
        amount=str(amount),
        digest=deal.digest,
    )
    for org_id, kind in ((tender.sole.supplier_id, Kind.SUPPLIER), (tender.purchaser_id, Kind.PURCHASER)):
        inbox.assign(
            key=key_of(deal, f"deal.{kind}"),
            title=gettext_noop("Sign the record of the negotiation for “%(tender)s”"),
            url=reverse("evaluation:deal", args=[tender_id]),
            org_id=org_id,
            kind=kind,
            tender=tender.title,
        )
    return deal


def _priced(
    tender: TenderFacts, prices: Mapping[str, str]
) -> tuple[list[dict[str, str]], Yuan, dict[str, str]]:
    rows, total, errors = [], Yuan(0), {}
    for lot in tender.lots:
        lot_total = Yuan(0)
        for item in lot.items:
            key = f"{lot.no}-{item.no}"
            try:
                price = UnitPrice(prices.get(key, ""))
            except BadMoney:
                errors[f"price_{key}"] = gettext_noop("Give an amount in yuan, such as 1234.50.")
                continue
            rows.append({"lot": lot.no, "item": item.no, "unit_price": str(price)})
            lot_total += price.times(item.quantity)
        if lot_total > (lot.ceiling or lot.budget):
            errors[f"price_{lot.no}-{lot.items[0].no}"] = gettext_noop(
                "The price is above the budget or ceiling."
            )
        total += lot_total
    if not errors and total > (tender.ceiling or tender.budget):
        errors["terms"] = gettext_noop("The price is above the budget or ceiling.")
    return rows, total, errors


@transaction.atomic
def sign(*, actor: Actor, tender_id: uuid.UUID, credential: Any) -> SoleDeal:
    """Sign the record for one's side, purchaser or supplier; the second signature completes it.

    Raises NotFound, WrongState, SignedAlready, NotSigned.
    """
    tender = access.deal_to_read(actor, tender_id)
    deal = SoleDeal.objects.select_for_update().filter(tender_id=tender_id).first()
    if deal is None:
        raise WrongState(gettext_noop("The record is not written yet."))
    step = follow(DEAL_STEPS, deal.status, "sign_off")
    side = SUPPLIER if actor.org_id == deal.supplier_id else PURCHASER
    if side == PURCHASER and actor.org_id != tender.purchaser_id:
        raise NotFound()
    if side in deal.signatures:
        raise SignedAlready()
    signature = signing.finish(
        actor.require_user(), bytes.fromhex(deal.digest), credential, purpose=purpose_of(tender_id, "deal")
    )
    deal.signatures = {**deal.signatures, side: {"by": actor.label, "signature": dict(signature)}}
    complete = {PURCHASER, SUPPLIER} <= set(deal.signatures)
    if complete:
        deal.status = DealStatus(step.target)
    deal.save(update_fields=["signatures", "status"])
    record(
        actor=actor.label,
        verb="sign_deal",
        subject=f"deal.{deal.pk}",
        rule=step.rule,
        side=side,
        digest=deal.digest,
    )
    inbox.finish(key_of(deal, f"deal.{side}"))
    push(f"tender.{tender_id}", "deal.signed", side=side)
    if complete:
        eligibility.ask_supplier(actor=actor, tender=tender)
        tendering_services.mark_evaluated(tender_id=tender_id, actor=actor)
        inbox.assign(
            key=key_of(deal, "award"),
            org_id=tender.purchaser_id,
            kind=Kind.PURCHASER,
            title=gettext_noop("Decide the award of “%(tender)s”"),
            why=gettext_noop("Both sides have signed the record of the negotiation."),
            url=reverse("evaluation:deal", args=[tender_id]),
            rule="L-16",
            tender=tender.title,
        )
        ledger.append({"type": "mingcai/v1/deal-entry", "tender": str(tender_id), "sha256": deal.digest})
    return deal


@transaction.atomic
def decide(*, actor: Actor, tender_id: uuid.UUID, credential: Any) -> SoleDeal:
    """Decide: the deal notice (成交公告) is published, the contract formed, the supplier told. All of it or nothing.

    Raises NotFound, WrongState, SanctionStands, NotAsked, NotSigned.   Source: 《实施条例》第四十三条.
    """
    now = clock.now()
    tender = tenders.tender_to_own(actor, tender_id)
    deal = SoleDeal.objects.select_for_update().filter(tender_id=tender_id).first()
    if deal is None:
        raise NotFound()
    step = follow(DEAL_STEPS, deal.status, "decide")
    supplier = organisation_facts(deal.supplier_id)
    eligibility.require(of_supplier(tender, supplier, now), supplier.name)
    body = decision_of(deal)
    signature = signing.finish(
        actor.require_user(), digest(body), credential, purpose=purpose_of(tender_id, "deal-award")
    )

    deal.status, deal.decided_at, deal.decision = DealStatus(step.target), now, dict(signature)
    tender = tendering_services.mark_awarded(tender_id=tender_id, actor=actor)
    disclosure.publish(
        actor=actor, **deal_notice.notice(tender, deal, supplier, fee_of(tender, Yuan(deal.amount)), now)
    )
    terms = contract_terms(
        actor,
        tender,
        contract_no=f"{tender.project_no}-HT{deal.round}",
        title=tender.title,
        award_id=deal.award_id,
        supplier_id=deal.supplier_id,
        amount=Yuan(deal.amount),
        items=_items(tender, deal),
        letter_at=now,
        when_signed=CONTRACTED_TIMER,
    )
    deal.contract_id = contracts.form(actor=actor, terms=terms, source=source_of(deal)).id
    deal.save()
    record(
        actor=actor.label,
        verb="decide_deal",
        subject=f"deal.{deal.pk}",
        rule=step.rule,
        amount=str(Yuan(deal.amount)),
    )
    inbox.finish(key_of(deal, "award"))
    inbox.tell(
        key=key_of(deal, f"result.{deal.supplier_id}"),
        org_id=deal.supplier_id,
        kind=Kind.SUPPLIER,
        title=gettext_noop("Award letter: “%(tender)s”"),
        url=reverse("evaluation:deal", args=[tender_id]),
        rule="L-16",
        tender=tender.title,
    )
    ledger.append({"type": "mingcai/v1/award-entry", "tender": str(tender_id), "sha256": digest(body).hex()})
    return deal


@transaction.atomic
def contracted(*, deal_id: uuid.UUID) -> bool:
    """Mark the tender as contracted once the contract is signed; True when that was done. May be repeated."""
    deal = SoleDeal.objects.select_for_update().filter(pk=deal_id).first()
    if deal is None:
        raise NotFound()
    tender = tendering.tender_facts(deal.tender_id)
    signed = deal.contract_id is not None and contract_facts(deal.contract_id).signed_at
    if tender.status != TenderStatus.AWARDED or not signed:
        return False
    tendering_services.mark_contracted(tender_id=tender.id, actor=CLOCK)
    record(actor=CLOCK.label, verb="contracted", subject=f"deal.{deal.pk}", rule="L-20")
    return True


def _items(tender: TenderFacts, deal: SoleDeal) -> list[TermItem]:
    prices = {(row["lot"], row["item"]): UnitPrice(row["unit_price"]) for row in deal.prices}
    return [
        TermItem(
            no=item.no if len(tender.lots) == 1 else f"{lot.no}-{item.no}",
            lot=lot.no,
            name=item.name,
            category=item.code,
            brand="",
            model="",
            spec=item.spec or item.name,
            quantity=Decimal(item.quantity),
            unit=item.unit,
            unit_price=prices[lot.no, item.no],
        )
        for lot in tender.lots
        for item in lot.items
    ]
