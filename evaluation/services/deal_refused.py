"""A single source with whom no contract comes about: the deal is set aside, and the purchaser negotiates again or ends it.

There is no next candidate: one supplier alone was asked. Source: 《政府采购法实施条例》第四十九条.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.urls import reverse

from contracting.selectors import contract_facts
from contracting.services import contracts
from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.money import Yuan
from core.transitions import follow
from disclosure import services as disclosure
from disclosure.selectors import notices
from disclosure.states import NoticeType
from evaluation import deal_notice
from evaluation.models import SoleDeal
from evaluation.services.deals import key_of
from evaluation.services.setting_aside import REFUSED
from evaluation.states import DEAL_STEPS, DealStatus
from parties.access import CLOCK, Actor
from parties.selectors import organisation_facts
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import access as tenders
from tendering import selectors as tendering
from tendering import services as tendering_services


def is_refused(deal: SoleDeal | None) -> bool:
    """Tell whether a side refuses the contract of a deal that still stands."""
    return (
        deal is not None
        and deal.status == DealStatus.DECIDED
        and deal.contract_id is not None
        and contract_facts(deal.contract_id).status == "void"
    )


@transaction.atomic
def refused(*, deal_id: uuid.UUID) -> bool:
    """Put before the purchaser that the contract is not concluded; called by the clock, may be repeated."""
    deal = SoleDeal.objects.select_for_update().filter(pk=deal_id).first()
    if deal is None:
        raise NotFound()
    if not is_refused(deal):
        return False
    tender = tendering.tender_facts(deal.tender_id)
    inbox.assign(
        key=key_of(deal, "refused"),
        org_id=tender.purchaser_id,
        kind=Kind.PURCHASER,
        title=gettext_noop("The contract for “%(tender)s” is refused: decide how it goes on"),
        why=gettext_noop(
            "Set the deal aside: then negotiate again with the same supplier, or end the procedure."
        ),
        url=reverse("evaluation:deal", args=[tender.id]),
        rule=REFUSED,
        tender=tender.title,
    )
    record(actor=CLOCK.label, verb="refused", subject=f"deal.{deal.pk}", rule=REFUSED)
    return True


@transaction.atomic
def set_aside(*, actor: Actor, tender_id: uuid.UUID, reason: str) -> SoleDeal:
    """Set aside the deal whose contract a side refuses, and publish that; negotiating can begin again.

    The record and its signatures are kept with the deal. Raises NotFound, WrongState (nobody refuses), Invalid without a
    reason.
    """
    now = clock.now()
    tender = tenders.tender_to_own(actor, tender_id)
    deal = SoleDeal.objects.select_for_update().filter(tender_id=tender_id).first()
    if deal is None:
        raise NotFound()
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    step = follow(DEAL_STEPS, deal.status, "set_aside")
    if not is_refused(deal):
        raise WrongState(gettext_noop("No side has refused the contract of this deal."), rule=REFUSED)

    supplier = organisation_facts(deal.supplier_id)
    disclosure.publish(
        actor=actor,
        corrects=notices.newest_id(tender.ocid, (NoticeType.AWARD, NoticeType.RESULT_CHANGE)),
        **deal_notice.void(tender, deal, supplier, reason.strip(), now),
    )
    deal.earlier = [
        *deal.earlier,
        {
            "digest": deal.digest,
            "amount": str(Yuan(deal.amount)),
            "signatures": deal.signatures,
            "decision": deal.decision,
            "decided_at": deal.decided_at.isoformat() if deal.decided_at else "",
            "contract": str(deal.contract_id),
            "set_aside_at": now.isoformat(),
            "reason": reason.strip(),
        },
    ]
    if deal.contract_id is not None:
        contracts.annul(actor=actor, contract_id=deal.contract_id, reason=reason)
    inbox.finish(key_of(deal, "refused"))
    deal.status, deal.round = DealStatus(step.target), deal.round + 1
    deal.signatures, deal.decision, deal.decided_at, deal.contract_id = {}, {}, None, None
    deal.save()
    tendering_services.set_aside(tender_id=tender_id, actor=actor, reason=reason.strip(), rule=REFUSED)
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"deal.{deal.pk}",
        rule=REFUSED,
        reason=reason.strip(),
        round=deal.round,
    )
    inbox.assign(
        key=key_of(deal, "again"),
        org_id=tender.purchaser_id,
        kind=Kind.PURCHASER,
        title=gettext_noop("Negotiate again for “%(tender)s”, or end the procedure"),
        why=gettext_noop("The deal with the single source was set aside."),
        url=reverse("evaluation:deal", args=[tender_id]),
        rule=REFUSED,
        tender=tender.title,
    )
    push(f"tender.{tender_id}", "deal.set_aside")
    return deal
