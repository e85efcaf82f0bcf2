"""A lot that fails while others are awarded: said in public, then procured again alone (`again`), or given up.

Source: 《政府采购法》第三十六条、第三十七条.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from tendering import end_notices
from tendering.facts import TenderFacts
from tendering.failed_lots import waiting_of
from tendering.issues import CITATIONS
from tendering.models import FailedLot, Tender
from tendering.selectors import facts_of, law_of, tender_facts
from tendering.services.plan_money import settle

RULE, AGAIN = "L-14.min_bidders", "L-14.again"


@transaction.atomic
def fail_lots(
    *,
    tender_id: UUID,
    actor: Actor,
    reasons: Mapping[str, str],
    rule: str,
    awards: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Say in public that these lots failed while the procedure goes on with the others; `reasons` are message ids by lot.

    Their budgets stay reserved. Lots that failed before are left out; the caller has decided that they fail. `awards` is
    what open data says of awards that this ends. Raises NotFound.
    """
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    now, known = clock.now(), set(FailedLot.objects.filter(tender=tender).values_list("no", flat=True))
    lots = [lot for lot in tender.lots.all() if lot.no in reasons and lot.no not in known]
    if not lots:
        return
    rows = [
        FailedLot(tender=tender, no=lot.no, budget=lot.budget, reason=reasons[lot.no], failed_at=now)
        for lot in lots
    ]
    FailedLot.objects.bulk_create(rows)
    law = law_of(tender_id)
    citation = law.cite(rule).citation if law.has(rule) else CITATIONS.get(rule, "")
    facts = facts_of(tender)
    failed = {row.no: row.reason for row in rows}
    said = end_notices.lots_failed(facts, failed, rule=rule, citation=citation, at=now)
    if awards:
        said["release"] = {**said["release"], "awards": list(awards)}
    notice = publish_notice(actor=actor, **said)
    record(
        actor=actor.label,
        verb="fail_lots",
        subject=f"tender.{tender.pk}",
        rule=rule,
        lots=failed,
        notice=str(notice.id),
    )
    inbox.assign(
        key=_key(tender_id),
        title=gettext_noop("Lots of “%(tender)s” failed: procure them again, or give them up"),
        url=reverse("tendering:tender", args=[tender_id]),
        org_id=tender.purchaser_id,
        kind=Kind.PURCHASER,
        why=gettext_noop("Their budget stays reserved until then."),
        rule=AGAIN,
        tender=tender.title,
    )


@transaction.atomic
def give_up(*, actor: Actor, tender_id: UUID, reason: str) -> TenderFacts:
    """Give up the failed lots that wait, because their task has fallen away: their money goes back to the budget.

    Raises NotFound, WrongState (none waits), Invalid without a reason.   Source: 《政府采购法》第三十七条.
    """
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None or tender.purchaser_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    rows = list(waiting_of(tender_id).select_for_update())
    if not rows:
        raise WrongState(gettext_noop("No failed lot of this procedure waits."), rule=AGAIN)
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    now = clock.now()
    for row in rows:
        row.given_up_at, row.given_up_reason = now, reason.strip()
        row.save(update_fields=["given_up_at", "given_up_reason"])
    record(
        actor=actor.label,
        verb="give_up_lots",
        subject=f"tender.{tender.pk}",
        rule=AGAIN,
        lots=[row.no for row in rows],
        reason=reason.strip(),
    )
    settle(actor_label=actor.label, plan_id=tender.plan_id, source=f"tender.{tender.pk}")
    inbox.finish(_key(tender_id))
    return tender_facts(tender_id)


def leave_lots(*, actor: Actor, tender: Tender, reason: str) -> bool:
    """Keep the lots of a procedure that ends as failed ones, where it takes up or has left behind lots of its plan.

    Gives False for a procedure that stands for its whole plan: the plan is then open again.
    """
    known = set(FailedLot.objects.filter(tender=tender).values_list("no", flat=True))
    if not (tender.part or known):
        return False
    FailedLot.objects.bulk_create(
        FailedLot(tender=tender, no=lot.no, budget=lot.budget, reason=reason, failed_at=clock.now())
        for lot in tender.lots.all()
        if lot.no not in known
    )
    record(
        actor=actor.label,
        verb="leave_lots",
        subject=f"tender.{tender.pk}",
        rule=AGAIN,
        lots=sorted(lot.no for lot in tender.lots.all() if lot.no not in known),
    )
    return True


def _key(tender_id: UUID) -> str:
    return f"tender.{tender_id}.lots"
