"""Set an award aside (中标结果无效, 拒签): the next candidate can then be determined, or the procurement run again."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction
from django.urls import reverse

from contracting.selectors import contract_facts
from contracting.services import contracts
from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.timers import services as timers
from core.transitions import follow
from evaluation.models import Award, Panel, Report
from evaluation.selectors import awards_of, undecided
from evaluation.services import calloffs
from evaluation.services.awards import CONTRACTED_TIMER
from evaluation.states import PANEL_STEPS, PanelStatus
from parties.access import CLOCK, Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import selectors as tendering
from tendering import services as tendering_services
from tendering.facts import TenderFacts

REFUSED = "L-23"


@transaction.atomic
def set_aside(
    *,
    actor: Actor,
    tender_id: uuid.UUID,
    reason: str,
    rule: str = REFUSED,
    lots: Collection[str] = (),
    again: bool = False,
) -> list[Award]:
    """Set aside every award of a tender whose contract is not signed; those that a side refused, under L-23.

    Contracts that wait for signatures are not concluded. The tender stands as evaluated again: the purchaser determines
    the next candidate in order, or, where there is none or by its own choice, declares the failure and runs it again.
    Where other lots keep their awards and this one has nobody left, the tender stays awarded, without this lot; so too
    where `again`: these lots are procured again, whoever is left. `lots` limits all this to some lots, empty to none.
    Raises NotFound, WrongState (nothing to set aside), Invalid without a reason.
    Source: 《政府采购法实施条例》第四十九条; 财政部令第94号第三十二条.
    """
    now = clock.now()
    panel = Panel.objects.select_for_update().filter(tender_id=tender_id, status=PanelStatus.DECIDED).first()
    if panel is None:
        raise NotFound()
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    step = follow(PANEL_STEPS, panel.status, "set_aside")
    rows = [
        row
        for row in Award.objects.filter(panel=panel, void_at=None)
        if (row.lot in lots or not lots) and _open(row, rule)
    ]
    if not rows:
        raise WrongState(gettext_noop("No award of this tender can be set aside."), rule=rule)

    for row in rows:
        row.void_at, row.void_reason, row.void_rule = now, reason.strip(), rule
        row.save(update_fields=["void_at", "void_reason", "void_rule"])
        if row.contract_id is not None:
            contracts.annul(actor=actor, contract_id=row.contract_id, reason=reason)
        calloffs.give_back(actor, tendering.tender_facts(tender_id), row)
    report = Report.objects.get(panel=panel)
    tender = tendering.tender_facts(tender_id)
    standing = awards_of(tender_id)
    if not standing or (undecided(report) and not again):
        panel.status = PanelStatus(step.target)
        panel.save(update_fields=["status"])
        tender = tendering_services.set_aside(tender_id=tender_id, actor=actor, reason=reason, rule=rule)
    else:
        gone = gettext_noop("The award was set aside, and nobody is left for this lot.")
        tendering_services.fail_lots(
            tender_id=tender_id,
            actor=actor,
            reasons={row.lot: reason.strip() if again else gone for row in rows},
            rule=rule,
            awards=[{"id": str(row.pk), "status": "cancelled"} for row in rows],
        )
        # Where every contract that is left is signed already, no signature comes any more that would finish the tender.
        timers.soon(verb=CONTRACTED_TIMER, subject=f"award.{standing[0].pk}")
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule=rule,
        reason=reason.strip(),
        awards=[{"lot": row.lot, "bid": str(row.bid_id)} for row in rows],
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    for row in rows:
        inbox.finish(f"tender.{tender_id}.refused.{row.pk}")
    _ask(tender, report, rule)
    return rows


@transaction.atomic
def refused(*, award_id: uuid.UUID) -> bool:
    """Put before the purchaser that the contract of an award is not concluded; called by the clock, may be repeated."""
    award = Award.objects.filter(pk=award_id, void_at=None).select_related("panel").first()
    if award is None or award.contract_id is None or contract_facts(award.contract_id).status != "void":
        return False
    tender = tendering.tender_facts(award.panel.tender_id)
    inbox.assign(
        key=f"tender.{tender.id}.refused.{award.pk}",
        org_id=tender.purchaser_id,
        kind=Kind.PURCHASER,
        title=gettext_noop("The contract for “%(tender)s” is refused: decide how it goes on"),
        why=gettext_noop("Determine the next candidate in order, or run the procurement again."),
        url=reverse("evaluation:award", args=[tender.id]),
        rule=REFUSED,
        tender=tender.title,
    )
    record(actor=CLOCK.label, verb="refused", subject=f"room.{award.panel_id}", rule=REFUSED, lot=award.lot)
    return True


def any_refused(tender_id: uuid.UUID) -> bool:
    """Tell whether a side has refused the contract of an award that still stands."""
    return any(_open(row, REFUSED) for row in awards_of(tender_id))


def _open(row: Award, rule: str) -> bool:
    """Tell whether an award can be set aside: under L-23 its contract was refused, otherwise it is only unsigned."""
    if row.contract_id is None:
        return rule != REFUSED
    contract = contract_facts(row.contract_id)
    return contract.status == "void" or (rule != REFUSED and contract.signed_at is None)


def _ask(tender: TenderFacts, report: Report, rule: str) -> None:
    inbox.assign(
        key=f"tender.{tender.id}.award.again.{clock.now().timestamp()}",
        org_id=tender.purchaser_id,
        kind=Kind.PURCHASER,
        title=gettext_noop("Determine the next candidate of “%(tender)s”, or run it again")
        if undecided(report)
        else gettext_noop("Nobody is left for a lot of “%(tender)s”: procure it again"),
        why=gettext_noop("The award was set aside."),
        url=reverse("evaluation:award", args=[tender.id]),
        rule=rule,
        tender=tender.title,
    )
