"""Second competition (二次竞价): choose the framework agreement in the draft, call its suppliers with the notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from contracting.selectors import agreement_facts
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.transitions import follow
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.services import inbox
from parties.states import Kind
from tendering.competition import to_choose_from
from tendering.competition_rules import RULE, competing
from tendering.facts import TenderFacts
from tendering.methods import Invites, method_of
from tendering.models import Competition, Item
from tendering.selectors import tender_facts
from tendering.services.publishing import lock, publish


@transaction.atomic
def choose(
    *, actor: Actor, tender_id: UUID, version: int, agreement_id: UUID, items: Mapping[str, str]
) -> TenderFacts:
    """Choose the framework agreement in the draft; `items` maps each item, such as "1-1", to the agreement's number.

    The agreement's ceilings become those of the items. Raises NotFound (another method), WrongState, Conflict, Invalid.
    Source: 财政部令第110号第三十三条.
    """
    tender = lock(tender_id)
    method = method_of(tender.method)
    if method.invites is not Invites.ENTRANTS:
        raise NotFound()
    step = follow(method.steps, tender.status, "edit")
    if tender.version != version:
        raise Conflict(gettext_noop("Somebody else has changed this draft. Look at it again, then save."))
    agreement = next((row for row in to_choose_from(tender.category) if row.id == agreement_id), None)
    if agreement is None:
        raise Invalid(
            errors={
                "agreement": gettext_noop("Choose a framework agreement in force that orders in this way.")
            }
        )
    agreed = {item.no: item for item in agreement.items}
    rows = {
        f"{row.lot.no}-{row.no}": row for row in Item.objects.filter(lot__tender=tender).select_related("lot")
    }
    errors = {}
    for key, row in rows.items():
        one = agreed.get(items.get(key, ""))
        if one is None:
            errors[f"item_{key}"] = gettext_noop("Choose an item of this framework agreement.")
        elif one.unit != row.unit:
            errors[f"item_{key}"] = gettext_noop("This item is counted in another unit in the agreement.")
    if errors:
        raise Invalid(errors=errors)

    chosen = {key: items[key] for key in rows}
    Competition.objects.update_or_create(
        tender=tender, defaults={"agreement_id": agreement.id, "items": chosen, "called": []}
    )
    for key, row in rows.items():
        row.ceiling = agreed[chosen[key]].ceiling.amount
    Item.objects.bulk_update(rows.values(), ["ceiling"])
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="choose_agreement",
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        agreement=agreement.agreement_no,
        items=chosen,
    )
    return tender_facts(tender.pk)


@transaction.atomic
def call(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Publish the call, and ask every entrant that has a price for each item; its own prices cap what it may quote.

    Whom the call reaches, and at which prices, is frozen with it. Raises WrongState, NotFound, NotReady.
    Source: 财政部令第110号第三十三条.
    """
    lock(tender_id)
    row = Competition.objects.select_for_update().filter(tender_id=tender_id).first()
    called: list[dict[str, Any]] = []
    if row is not None:
        for one in competing(agreement_facts(row.agreement_id), row.items):
            agreed = {price.item_no: str(price.price) for price in one.prices}
            called.append(
                {
                    "supplier": str(one.supplier_id),
                    "entrant": str(one.id),
                    "name": one.supplier_name,
                    "credit_code": organisation_facts(one.supplier_id).credit_code,
                    "prices": {key: agreed[no] for key, no in row.items.items()},
                }
            )
        row.called = called
        row.save(update_fields=["called"])
    tender = publish(actor=actor, tender_id=tender_id)
    record(
        actor=actor.label,
        verb="call_entrants",
        subject=tender.source,
        rule=RULE,
        suppliers=[one["credit_code"] for one in called],
    )
    for asked in called:
        inbox.tell(
            key=f"tender.{tender.id}.called.{asked['supplier']}",
            org_id=UUID(asked["supplier"]),
            kind=Kind.SUPPLIER,
            title=gettext_noop("Second competition: quote for “%(tender)s”"),
            why=gettext_noop(
                "You have entered the framework agreement; the lowest sealed quote wins the order."
            ),
            url=f"/tenders/{tender.id}/bid/",
            due_at=tender.bids_due_at,
            rule=RULE,
            tender=tender.title,
        )
    return tender
