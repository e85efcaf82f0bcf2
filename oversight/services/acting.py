"""What an upheld challenge or complaint does to the procedure: done at once, with the words that are published."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.errors import gettext_noop
from evaluation.selectors import awards_of
from evaluation.services import deal_refused, setting_aside
from oversight.states import Effect
from parties.access import Actor
from tendering import services as tendering
from tendering.facts import TenderFacts
from tendering.methods import method_of


@dataclass(frozen=True, slots=True)
class Upheld:
    """By what rule something was upheld, and what the procedure's notices say of it."""

    rule: str
    again: str
    void: str


CHALLENGE = Upheld(
    "Q-04",
    gettext_noop("A challenge was upheld: the procurement is to be run again."),
    gettext_noop("A challenge was upheld: the award is void."),
)
COMPLAINT = Upheld(
    "Q-09",
    gettext_noop("A complaint was upheld: the procurement is to be run again."),
    gettext_noop("A complaint was upheld: the award is void."),
)


def act(
    *, actor: Actor, tender: TenderFacts, effect: Effect, upheld: Upheld, lots: Collection[str] = ()
) -> None:
    """Do to the procedure what was found; rescission and damages are recorded and published, and done by others.

    In the caller's transaction, who has checked that the law leaves this effect at this stage. `lots`: only these are
    touched, the others stand with their awards and contracts; empty for the whole procedure.
    Source: 财政部令第94号第十六条、第三十一条、第三十二条.
    """
    again = effect == Effect.VOID_AGAIN and bool(lots)
    if effect in (Effect.VOID_NEXT, Effect.VOID_AGAIN):
        reason = upheld.again if again else upheld.void
        if tender.sole:
            deal_refused.void(actor=actor, tender_id=tender.id, reason=reason, rule=upheld.rule)
        else:
            setting_aside.set_aside(
                actor=actor, tender_id=tender.id, reason=reason, rule=upheld.rule, lots=lots, again=again
            )
    if again and awards_of(tender.id):
        return
    if effect == Effect.VOID_AGAIN or (effect == Effect.RUN_AGAIN and _can_fail(tender)):
        tendering.fail(tender_id=tender.id, actor=actor, reason=upheld.again, rule=upheld.rule)
    elif effect == Effect.RUN_AGAIN:
        tendering.cancel(tender_id=tender.id, actor=actor, reason=upheld.again, rule=upheld.rule)


def _can_fail(tender: TenderFacts) -> bool:
    """Tell whether a procedure stands where its method lets it fail; before, it is cancelled."""
    steps = method_of(tender.method).steps
    return any(step.verb == "fail" and tender.status in step.sources for step in steps)
