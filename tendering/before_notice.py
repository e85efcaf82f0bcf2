"""What a procurement notice says of what came before it: the intention, the agreement with the agency."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from planning.facts import PlanFacts
from planning.selectors import entrustment_of, plan_facts
from planning.selectors import responsible as who_publishes
from planning.states import DISCLOSED, EXEMPTIONS, RESERVE_WORDS, SUPPORT_WORDS, Reserve, Side
from tendering.facts import TenderFacts


def intended(plan: PlanFacts) -> list[list[Any]]:
    """Give the rows on the intention to buy: when it was published, or why not in time."""
    rows: list[list[Any]] = []
    if plan.intention_at is not None:
        rows.append([gettext_noop("Intention to buy published"), plan.intention_at])
    if plan.intention_exemption:
        why = gettext_noop("Why no intention was published in time")
        rows += [
            [why, {"msg": EXEMPTIONS[plan.intention_exemption]}],
            [gettext_noop("Reason"), plan.intention_reason],
        ]
    return rows


def reservation(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the section on how the purchase is reserved for SMEs; none while nobody has decided.

    Source: 财库〔2020〕46号.
    """
    plan = plan_facts(tender.plan_id)
    if not plan.sme_form:
        return []
    rows: list[list[Any]] = [[gettext_noop("How it is reserved"), {"msg": RESERVE_WORDS[plan.sme_form]}]]
    if plan.sme_form == Reserve.NONE:
        rows.append([gettext_noop("Why it is not suitable"), plan.sme_reason])
    else:
        rows.append([gettext_noop("Reserved for SMEs"), plan.sme_amount])
        rows.append([gettext_noop("Of it for small and micro enterprises"), plan.small_micro_amount])
    lots = "、".join(lot.no for lot in tender.lots if lot.reserved)
    if lots:
        rows.append([gettext_noop("Lots for SMEs alone"), lots])
    return [{"title": gettext_noop("Small and medium-sized enterprises"), "rows": rows}]


def supported(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the section on how public money supports the service; none where no rule asks for it.

    Source: 《渝北区政府购买信息服务实施办法（试行）》第四条.
    """
    plan = plan_facts(tender.plan_id)
    if not plan.support:
        return []
    rows: list[list[Any]] = [
        [gettext_noop("How public money supports it"), {"msg": SUPPORT_WORDS[plan.support]}]
    ]
    if plan.project_total.fen:
        rows += [
            [gettext_noop("Total of the project"), plan.project_total],
            [gettext_noop("Subsidy"), plan.amount],
        ]
    return [{"title": gettext_noop("Public money"), "rows": rows}]


def responsible(tender: TenderFacts) -> dict[str, Any]:
    """Give the section that says who makes which item public, and under which agreement an agency acts.

    Source: 财库〔2017〕86号.
    """
    agreed = entrustment_of(tender.plan_id) if tender.agency_id else None
    names = {Side.PURCHASER: tender.purchaser_name, Side.AGENCY: tender.agency_name}
    rows: list[list[Any]] = [
        [DISCLOSED[item], names[Side(side)]] for item, side in who_publishes(agreed).items()
    ]
    if agreed is not None:
        rows.append([gettext_noop("Agreement with the agency (SHA-256)"), agreed.terms_hash])
    return {"title": gettext_noop("Who makes what public"), "rows": rows}
