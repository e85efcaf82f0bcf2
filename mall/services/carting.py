"""Put things into the desk's cart and take them out again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from mall.models import CartLine, Offer
from mall.rules import MOST_LINES, MOST_UNITS
from parties.access import Actor


@transaction.atomic
def put(*, actor: Actor, offer_id: UUID, quantity: int, add: bool = False) -> None:
    """Set how many units of an offer stand in the cart of the actor's desk; `add` adds to what is there.

    Zero takes the line away. Whether it can be ordered is decided when it is ordered. Raises NotFound, Invalid.
    """
    org_id = actor.require_kind("purchaser")
    if not Offer.objects.filter(pk=offer_id, listed=True).exists() and quantity:
        raise NotFound()
    line = CartLine.objects.select_for_update().filter(organisation_id=org_id, offer_id=offer_id).first()
    wanted = quantity + (line.quantity if line and add else 0)
    if not 0 <= wanted <= MOST_UNITS:
        raise Invalid(errors={"quantity": gettext_noop("Give a whole number of units above zero.")})
    if line is None and wanted and CartLine.objects.filter(organisation_id=org_id).count() >= MOST_LINES:
        raise Invalid(errors={"quantity": gettext_noop("The cart is full: order or remove something first.")})

    if wanted == 0:
        CartLine.objects.filter(organisation_id=org_id, offer_id=offer_id).delete()
    else:
        CartLine.objects.update_or_create(
            organisation_id=org_id,
            offer_id=offer_id,
            defaults={"quantity": wanted, "added_by": actor.label},
        )
    record(
        actor=actor.label,
        verb="put_in_cart",
        subject=f"cart.{org_id}",
        offer=str(offer_id),
        quantity=wanted,
    )
