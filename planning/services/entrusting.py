"""Entrust an agency with one purchase (委托代理协议): terms offered by the purchaser, signed by both sides, ended.

Source: 《政府采购法》第十九条, 第二十条; 《政府采购法实施条例》第十六条.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Forbidden, Invalid, NotFound, gettext_noop
from core.money import Yuan
from core.transitions import follow
from core.workdays import beijing_date
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.services import inbox, signing
from parties.states import Kind
from planning.facts import EntrustmentFacts
from planning.models import Entrustment, EntrustmentSignature, Plan
from planning.selectors import announced, entrustment_row, plan_row
from planning.states import (
    ENTRUSTED,
    ENTRUSTMENT_STEPS,
    PAYERS,
    SCOPES,
    TERMINAL,
    EntrustmentStatus,
    Fee,
    Side,
)

RULE = "L-34"
USUAL = {"notice": Side.AGENCY.value, "single_source": Side.AGENCY.value, "contract": Side.PURCHASER.value}
"""Who publishes what where the agreement is offered without saying it."""
MOST_FACTOR = Decimal(2)
"""No fee is agreed above twice the scale: more is a slip of the pen."""


class NotAnAgency(Forbidden):
    """The organisation is not a verified agency, or is the purchaser itself."""

    code = "not-an-agency"
    title = gettext_noop("This organisation cannot be entrusted")


class SignedAlready(Conflict):
    """This side has signed."""

    code = "already-signed"
    title = gettext_noop("Your side has signed this agreement already")


@transaction.atomic
def offer(
    *,
    actor: Actor,
    plan_id: UUID,
    agency_id: UUID,
    scope: Collection[str],
    authority: str,
    ends_on: date,
    fee: str = Fee.SCALE,
    factor: Decimal = Decimal(1),
    fee_amount: Yuan | None = None,
    payer: str = "winner",
    publishers: Mapping[str, str] | None = None,
) -> EntrustmentFacts:
    """Offer an agency the terms of an agreement on a plan, in place of what was agreed before; both sides are to sign.

    `factor` multiplies the scale's fee, `fee_amount` is the agreed one where `fee` is fixed; `publishers` names the side
    that publishes each item of `states.ENTRUSTED`; without it the agency publishes notices, the purchaser contracts.
    Raises NotFound, Conflict (announced, or the plan has ended), NotAnAgency, Invalid.   Source: 财库〔2017〕86号.
    """
    now = clock.now()
    plan = _lock_plan(plan_id)
    if plan.organisation_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    if plan.status in TERMINAL or announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))
    purchaser, agency = organisation_facts(plan.organisation_id), organisation_facts(agency_id)
    if Kind.AGENCY not in agency.kinds or agency.id == purchaser.id:
        raise NotAnAgency(rule=RULE)
    sides = {**USUAL, **(publishers or {})}
    errors = _faults(scope, authority, ends_on, beijing_date(now), fee, factor, fee_amount, payer, sides)
    if errors:
        raise Invalid(errors=errors)

    for old in Entrustment.objects.filter(plan=plan).exclude(status=EntrustmentStatus.ENDED):
        _end(old, actor, gettext_noop("Other terms were offered."))
    row = Entrustment(
        plan=plan,
        purchaser_id=purchaser.id,
        agency_id=agency.id,
        scope=[name for name in SCOPES if name in scope],
        authority=authority.strip(),
        ends_on=ends_on,
        fee=fee,
        factor=factor if fee == Fee.SCALE else Decimal(1),
        fee_fen=fee_amount.fen if fee == Fee.FIXED and fee_amount is not None else 0,
        payer=payer,
        publishers=sides,
        offered_by=actor.label,
        offered_at=now,
    )
    filed = plan_row(plan)
    row.terms = {
        "agreement": str(row.pk),
        "plan": filed.filing_no,
        "title": filed.title,
        "purchaser": {"name": purchaser.name, "credit_code": purchaser.credit_code},
        "agency": {"name": agency.name, "credit_code": agency.credit_code},
        "scope": row.scope,
        "authority": row.authority,
        "ends_on": ends_on.isoformat(),
        "fee": {
            "kind": str(fee),
            "factor": f"{row.factor.normalize():f}",
            "amount": str(Yuan.from_fen(row.fee_fen)),
            "payer": payer,
        },
        "publishers": sides,
    }
    row.terms_hash = digest(row.terms).hex()
    row.save()
    record(
        actor=actor.label,
        verb="offer_entrustment",
        subject=filed.source,
        rule=RULE,
        agency=agency.name,
        terms_hash=row.terms_hash,
    )
    for side, org_id in ((Side.AGENCY, agency.id), (Side.PURCHASER, purchaser.id)):
        inbox.assign(
            key=f"entrustment.{row.pk}.sign.{side}",
            title=gettext_noop("Sign the agreement on “%(plan)s”"),
            url=reverse("planning:entrustment", args=[plan.pk]),
            org_id=org_id,
            kind=side.value,
            why=gettext_noop("%(purchaser)s entrusts %(agency)s; it holds once both have signed."),
            rule=RULE,
            plan=filed.title,
            purchaser=purchaser.name,
            agency=agency.name,
        )
    return entrustment_row(row)


@transaction.atomic
def sign(*, actor: Actor, plan_id: UUID, credential: Mapping[str, Any] | str) -> EntrustmentFacts:
    """Sign the running agreement of a plan for one's side with a passkey, over the hash of its terms.

    The second signature concludes it. Raises NotFound (no side of this person), WrongState, SignedAlready, NotSigned.
    """
    now = clock.now()
    _lock_plan(plan_id)
    row = _running(plan_id)
    side = side_of(actor, entrustment_row(row))
    if side is None or actor.user_id is None:
        raise NotFound()
    step = follow(ENTRUSTMENT_STEPS, row.status, "sign")
    before = {one.side for one in row.signatures.all()}
    if side in before:
        raise SignedAlready(rule=RULE)
    signed = signing.sign_terms(actor, row.terms_hash, credential, purpose=purpose_of(row.pk))

    EntrustmentSignature.objects.create(entrustment=row, side=side, at=now, **signed)
    if before:
        step = follow(ENTRUSTMENT_STEPS, row.status, "conclude")
        row.signed_at = now
    row.status = EntrustmentStatus(step.target)
    row.save(update_fields=["status", "signed_at"])
    record(
        actor=actor.label,
        verb=f"{step.verb}_entrustment",
        subject=f"plan.{row.plan_id}",
        rule=RULE,
        side=str(side),
        terms_hash=row.terms_hash,
    )
    inbox.finish(f"entrustment.{row.pk}.sign.{side}")
    return entrustment_row(_fresh(row.pk))


@transaction.atomic
def end(*, actor: Actor, plan_id: UUID, reason: str) -> EntrustmentFacts:
    """End the running agreement of a plan, by its purchaser and before the procurement is announced.

    Raises NotFound, WrongState, Conflict (announced), Invalid without a reason.
    """
    plan = _lock_plan(plan_id)
    if plan.organisation_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    row = _running(plan_id)
    if announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    _end(row, actor, reason.strip())
    return entrustment_row(_fresh(row.pk))


def purpose_of(entrustment_id: UUID) -> str:
    """Give the purpose for which an agreement is signed."""
    return f"entrustment.{entrustment_id}"


def side_of(actor: Actor, entrustment: EntrustmentFacts) -> Side | None:
    """Give the side that this desk is of, or None."""
    sides = ((Side.PURCHASER, entrustment.purchaser_id), (Side.AGENCY, entrustment.agency_id))
    return next(
        (side for side, org_id in sides if actor.org_id == org_id and actor.acts_as(Kind(side.value))), None
    )


def _end(row: Entrustment, actor: Actor, reason: str) -> None:
    step = follow(ENTRUSTMENT_STEPS, row.status, "end")
    row.status, row.ended_at, row.ended_reason = EntrustmentStatus(step.target), clock.now(), reason
    row.save(update_fields=["status", "ended_at", "ended_reason"])
    record(actor=actor.label, verb="end_entrustment", subject=f"plan.{row.plan_id}", rule=RULE, reason=reason)
    inbox.finish_all(f"entrustment.{row.pk}.")


def _faults(
    scope: Collection[str],
    authority: str,
    ends_on: date,
    today: date,
    fee: str,
    factor: Decimal,
    fee_amount: Yuan | None,
    payer: str,
    sides: Mapping[str, str],
) -> dict[str, str]:
    """Name what an agreement must say and does not: matters, authority, term, fee and who pays it."""
    found = {}
    if not scope or not set(scope) <= set(SCOPES):
        found["scope"] = gettext_noop("Choose what the agency is entrusted with.")
    if not authority.strip():
        found["authority"] = gettext_noop("Say how far the agency may act on its own.")
    if ends_on < today:
        found["ends_on"] = gettext_noop("The term must not be over already.")
    if fee not in list(Fee):
        found["fee"] = gettext_noop("Say how the agency is paid.")
    if fee == Fee.SCALE and not 0 < factor <= MOST_FACTOR:
        found["factor"] = gettext_noop("Give a factor above 0 and at most 2; 1 is the scale itself.")
    if fee == Fee.FIXED and (fee_amount is None or fee_amount.fen <= 0):
        found["fee_amount"] = gettext_noop("Give the agreed amount.")
    if payer not in PAYERS:
        found["payer"] = gettext_noop("Say who pays the agency.")
    for item in {*sides, *ENTRUSTED}:
        if item not in ENTRUSTED or sides.get(item) not in list(Side):
            found[f"publisher_{item}"] = gettext_noop("Say which side publishes this.")
    return found


def _running(plan_id: UUID) -> Entrustment:
    rows = Entrustment.objects.select_for_update(of=("self",)).select_related("purchaser", "agency")
    row = rows.filter(plan_id=plan_id).exclude(status=EntrustmentStatus.ENDED).first()
    if row is None:
        raise NotFound()
    return row


def _fresh(entrustment_id: UUID) -> Entrustment:
    return Entrustment.objects.select_related("purchaser", "agency").get(pk=entrustment_id)


def _lock_plan(plan_id: UUID) -> Plan:
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound()
    return plan
