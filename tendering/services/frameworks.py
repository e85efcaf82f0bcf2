"""Frameworks: the terms of a call (征集文件), and the invitation to an open one (开放式框架协议)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from contracting.selectors import agreement_of
from contracting.services import agreements
from contracting.states import Selection
from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.money import UnitPrice
from core.timers import services as timers
from core.transitions import follow
from disclosure.services import publish as publish_notice
from disclosure.states import Market
from parties.access import CLOCK, Actor
from parties.services import inbox
from realtime.services import push
from tendering.facts import TenderFacts
from tendering.framework_rules import agreement_terms
from tendering.invitation import invitation
from tendering.methods import method_of
from tendering.models import FrameworkCall, Item
from tendering.selectors import facts_of, tender_facts
from tendering.services import progress
from tendering.services.publishing import begin_under_law, lock
from tendering.states import QualityGround, TenderStatus

OVER_TIMER = "tendering.framework_over"
LONGEST_MONTHS = 60
LONGEST_ANSWER_HOURS = 30 * 24


@transaction.atomic
def state_terms(
    *,
    actor: Actor,
    tender_id: UUID,
    version: int,
    elimination: Decimal,
    months: int,
    selection: str,
    ceilings: Mapping[str, UnitPrice],
    quality_ground: str = "",
    answer_hours: int = 48,
    market: str = Market.E_MALL,
) -> TenderFacts:
    """Fix in the draft how many suppliers are eliminated (a share), the term, and how orders are given.

    `ceilings` maps "lot-item", such as "1-1", to the ceiling unit price (最高限制单价). Whether the terms are lawful the
    to-do list says. Raises NotFound (another method), WrongState, Conflict, Invalid.
    Source: 财政部令第110号第十三条, 第二十三条.
    """
    tender = lock(tender_id)
    method = method_of(tender.method)
    if not method.admits:
        raise NotFound()
    step = follow(method.steps, tender.status, "edit")
    if tender.version != version:
        raise Conflict(gettext_noop("Somebody else has changed this draft. Look at it again, then save."))
    errors = {}
    if not 0 <= elimination < 1:
        errors["elimination"] = gettext_noop("An elimination rate is at least 0 and below 100 percent.")
    if not 1 <= months <= LONGEST_MONTHS:
        errors["months"] = gettext_noop("Give the term in whole months.")
    if not 1 <= answer_hours <= LONGEST_ANSWER_HOURS:
        errors["answer_hours"] = gettext_noop("Give the hours within which an order is answered.")
    if selection not in list(Selection):
        errors["selection"] = gettext_noop("There is no such way to choose a supplier.")
    if market not in list(Market):
        errors["market"] = gettext_noop("There is no such market.")
    if quality_ground and quality_ground not in list(QualityGround):
        errors["quality_ground"] = gettext_noop("There is no such ground.")
    items = {
        f"{row.lot.no}-{row.no}": row for row in Item.objects.filter(lot__tender=tender).select_related("lot")
    }
    for name, price in ceilings.items():
        if name not in items or price.amount <= 0:
            errors[f"ceiling_{name}"] = gettext_noop("The price must be above zero.")
    if errors:
        raise Invalid(errors=errors)

    FrameworkCall.objects.update_or_create(
        tender=tender,
        defaults={
            "elimination": elimination,
            "months": months,
            "selection": selection,
            "quality_ground": quality_ground,
            "answer_hours": answer_hours,
            "market": market,
        },
    )
    for name, price in ceilings.items():
        items[name].ceiling = price.amount
    Item.objects.bulk_update(items.values(), ["ceiling"])
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="state_terms",
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        elimination=f"{elimination:f}",
        months=months,
        selection=selection,
        ceilings={name: str(price) for name, price in ceilings.items()},
    )
    return tender_facts(tender.pk)


@transaction.atomic
def invite(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Publish the invitation to an open framework: the agreement runs from now, and suppliers apply as long as it does.

    Raises WrongState, NotFound, NotReady.   Source: 财政部令第110号 (开放式框架协议).
    """
    now = clock.now()
    tender = lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "invite")
    law = begin_under_law(tender, actor, now)
    facts = tender_facts(tender_id)
    opened = agreement_terms(facts, facts.lots[0], now)
    over = opened["ends_at"]
    agreement = agreements.create_agreement(
        actor=actor,
        organiser_id=tender.purchaser_id,
        **opened,
        open_until=over,
        law=law,
    )
    address = f"{settings.PUBLIC_URL}{reverse('contracting:agreement', args=[agreement.id])}"
    tender.published_at = now
    notice = publish_notice(actor=actor, **invitation(facts_of(tender), law, until=over, address=address))
    tender.notice_id, tender.notice_hash, tender.notice_version = notice.id, notice.hash, notice.version
    tender.status = TenderStatus(step.target)
    tender.save()
    timers.schedule(verb=OVER_TIMER, subject=facts.source, due_at=over)
    record(
        actor=actor.label,
        verb=step.verb,
        subject=facts.source,
        rule=step.rule,
        notice=str(notice.id),
        agreement=str(agreement.id),
        until=over.isoformat(),
        law_digest=law.digest,
    )
    inbox.finish_all(f"tender.{tender.pk}.")
    push(facts.source, "tender.published", notice=str(notice.id))
    return tender_facts(tender_id)


@transaction.atomic
def over(*, tender_id: UUID) -> bool:
    """End an open framework at the end of its term; it has failed where no supplier ever entered. May be repeated."""
    tender = tender_facts(tender_id)
    agreement = agreement_of(tender.source)
    if tender.status != TenderStatus.APPLYING or agreement is None or clock.now() < agreement.ends_at:
        return False
    if agreement.entrants:
        progress.mark_contracted(tender_id=tender_id, actor=CLOCK)
    else:
        progress.fail(
            tender_id=tender_id,
            actor=CLOCK,
            reason=gettext_noop("No supplier has entered the framework during its term."),
            rule="F-05",
        )
    record(
        actor=CLOCK.label, verb="over", subject=tender.source, rule="F-05", entrants=len(agreement.entrants)
    )
    return True
