"""Who may reach orders and their streams. Absent and forbidden look the same."""

from __future__ import annotations

from uuid import UUID

from core.errors import NotFound
from mall.facts import OrderFacts
from mall.offlist_facts import OffListFacts
from mall.selectors.offlist import off_list_facts
from mall.selectors.orders import order_facts
from parties.access import Actor
from parties.states import Kind


def order_to_view(actor: Actor, order_id: UUID) -> OrderFacts:
    """Give an order to its purchaser, its supplier and its region's supervisor; else NotFound, SignInFirst."""
    actor.require_user()
    order = order_facts(order_id)
    if actor.org_id not in (order.purchaser_id, order.supplier_id) and not actor.oversees(order.region):
        raise NotFound()
    return order


def side_of(actor: Actor, order: OrderFacts) -> str:
    """Give `purchaser` or `supplier` for whoever may act on an order, else an empty text."""
    if actor.org_id == order.purchaser_id and actor.acts_as(Kind.PURCHASER):
        return str(Kind.PURCHASER)
    if actor.org_id == order.supplier_id and actor.acts_as(Kind.SUPPLIER):
        return str(Kind.SUPPLIER)
    return ""


def order_of_side(actor: Actor, order_id: UUID, kind: Kind) -> OrderFacts:
    """Give an order to whoever may act on it as `kind`; else NotFound, SignInFirst."""
    order = order_to_view(actor, order_id)
    if side_of(actor, order) != kind:
        raise NotFound()
    return order


def purchaser_desk(actor: Actor) -> UUID:
    """Give the organisation for which this person may order; else NotFound, SignInFirst."""
    return actor.require_kind(Kind.PURCHASER)


def supplier_desk(actor: Actor) -> UUID:
    """Give the organisation for which this person may offer; else NotFound, SignInFirst."""
    return actor.require_kind(Kind.SUPPLIER)


def judges(actor: Actor, facts: OffListFacts) -> bool:
    """Tell whether this person reads all of a purchase off the list: its purchaser, the organiser, the supervisor."""
    return actor.org_id in (facts.purchaser_id, facts.organiser_id) or actor.oversees(facts.region)


def off_list_to_view(actor: Actor, purchase_id: UUID) -> OffListFacts:
    """Give a purchase off the list to whoever judges it, and to suppliers that were asked; else NotFound, SignInFirst."""
    actor.require_user()
    facts = off_list_facts(purchase_id)
    if not judges(actor, facts) and facts.answer_of(actor.org_id) is None:
        raise NotFound()
    return facts


def off_list_to_judge(actor: Actor, purchase_id: UUID) -> OffListFacts:
    """Give a purchase off the list with its evidence to whoever judges it; else NotFound, SignInFirst."""
    facts = off_list_to_view(actor, purchase_id)
    if not judges(actor, facts):
        raise NotFound()
    return facts


def stream_to_view(actor: Actor, key: str) -> None:
    """Let those who may see an order follow `order.<uuid>`; raises NotFound, SignInFirst."""
    try:
        order_id = UUID(key)
    except ValueError:
        raise NotFound() from None
    order_to_view(actor, order_id)
