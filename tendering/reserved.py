"""Which lots of a tender are for small and medium-sized enterprises alone (预留份额)."""

from __future__ import annotations

from planning.selectors import plan_facts
from planning.states import Reserve
from tendering.facts import TenderFacts


def lots_for_smes(tender: TenderFacts) -> frozenset[str]:
    """Give the numbers of the lots in which only what SMEs make, build or serve is taken: all, some or none.

    The plan's decision cannot change once the notice is out.   Source: 财库〔2020〕46号第六条、第八条 (rules S-01, S-02).
    """
    if plan_facts(tender.plan_id).sme_form == Reserve.WHOLE:
        return frozenset(lot.no for lot in tender.lots)
    return frozenset(lot.no for lot in tender.lots if lot.reserved)
