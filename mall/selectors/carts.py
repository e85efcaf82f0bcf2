"""Reads of a desk's cart."""

from __future__ import annotations

import uuid
from collections import defaultdict

from contracting.selectors import agreements
from mall.facts import CartGroup, CartLineFacts
from mall.models import CartLine
from mall.selectors.catalogue import offer_row, products_in_order


def cart_of(org_id: uuid.UUID) -> list[CartGroup]:
    """Give the cart of a desk, one group per order to place, in the order in which they were begun."""
    rows = list(
        CartLine.objects.filter(organisation_id=org_id).select_related(
            "offer__entrant__agreement", "offer__entrant__supplier", "offer__agreed__item"
        )
    )
    products = {row.id: row for row in products_in_order({row.offer.product_id for row in rows})}
    lines: defaultdict[uuid.UUID, list[CartLineFacts]] = defaultdict(list)
    entrants = {}
    for row in rows:
        entrants[row.offer.entrant_id] = row.offer.entrant
        lines[row.offer.entrant_id].append(
            CartLineFacts(offer_row(row.offer), products[row.offer.product_id], row.quantity)
        )
    known = {row.id: row for row in agreements()} if rows else {}
    groups = []
    for entrant_id, own in lines.items():
        agreement = known[entrants[entrant_id].agreement_id]
        entrant = agreement.entrant_of(entrants[entrant_id].supplier_id)
        if entrant is None:
            continue
        groups.append(
            CartGroup(
                entrant_id=entrant_id,
                agreement_id=agreement.id,
                agreement_no=agreement.agreement_no,
                agreement_title=agreement.title,
                supplier_id=entrant.supplier_id,
                supplier_name=entrant.supplier_name,
                entrant_left=entrant.available,
                agreement_left=agreement.available,
                lines=tuple(own),
            )
        )
    return groups


def units_in_cart(org_id: uuid.UUID) -> int:
    """Give how many lines stand in the cart of a desk."""
    return CartLine.objects.filter(organisation_id=org_id).count()
