"""A deal with a single source that does not stand: a side refuses its contract, or a challenge or complaint is upheld.

There is no next candidate: one supplier alone was asked.
Source: 《政府采购法实施条例》第四十九条; 财政部令第94号第十六条、第三十二条.
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
from tendering.facts import TenderFacts


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
    tender = tenders.tender_to_own(actor, tender_id)
    deal = _locked(tender_id)
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    follow(DEAL_STEPS, deal.status, "set_aside")
    if not is_refused(deal):
        raise WrongState(gettext_noop("No side has refused the contract of this deal."), rule=REFUSED)

    _undo(actor, tender, deal, reason.strip(), REFUSED)
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
    return deal


@transaction.atomic
def void(*, actor: Actor, tender_id: uuid.UUID, reason: str, rule: str) -> SoleDeal:
    """Void a deal whose contract is not signed, because a challenge or a complaint was upheld; that is published.

    `reason` is a message id. The caller has checked that `actor` may, and decides how the procedure goes on: it stands as
    negotiating. Raises NotFound (no deal is decided), WrongState (signed).   Source: 财政部令第94号第十六条、第三十二条.
    """
    deal = _locked(tender_id)
    follow(DEAL_STEPS, deal.status, "set_aside")
    if deal.contract_id is not None and contract_facts(deal.contract_id).signed_at is not None:
        raise WrongState(gettext_noop("The contract of this deal is signed."), rule=rule)
    _undo(actor, tendering.tender_facts(tender_id), deal, reason, rule)
    return deal


def _locked(tender_id: uuid.UUID) -> SoleDeal:
    deal = SoleDeal.objects.select_for_update().filter(tender_id=tender_id).first()
    if deal is None:
        raise NotFound()
    return deal


def _undo(actor: Actor, tender: TenderFacts, deal: SoleDeal, reason: str, rule: str) -> None:
    """Take the deal back in public: what was signed is kept with it, its contract is not concluded."""
    now = clock.now()
    step = follow(DEAL_STEPS, deal.status, "set_aside")
    supplier = organisation_facts(deal.supplier_id)
    disclosure.publish(
        actor=actor,
        corrects=notices.newest_id(tender.ocid, (NoticeType.AWARD, NoticeType.RESULT_CHANGE)),
        **deal_notice.void(tender, deal, supplier, reason, now, rule),
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
            "reason": reason,
            "rule": rule,
        },
    ]
    if deal.contract_id is not None:
        contracts.annul(actor=actor, contract_id=deal.contract_id, reason=reason)
    inbox.finish(key_of(deal, "refused"))
    deal.status, deal.round = DealStatus(step.target), deal.round + 1
    deal.signatures, deal.decision, deal.decided_at, deal.contract_id = {}, {}, None, None
    deal.save()
    tendering_services.set_aside(tender_id=tender.id, actor=actor, reason=reason, rule=rule)
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"deal.{deal.pk}",
        rule=rule,
        reason=reason,
        round=deal.round,
    )
    inbox.tell(
        key=key_of(deal, "void"),
        org_id=deal.supplier_id,
        kind=Kind.SUPPLIER,
        title=gettext_noop("The deal about “%(tender)s” is set aside"),
        why=gettext_noop("Its contract is not concluded; the reason is published."),
        url=reverse("evaluation:deal", args=[tender.id]),
        rule=rule,
        tender=tender.title,
    )
    push(f"tender.{tender.id}", "deal.set_aside")
