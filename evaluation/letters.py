"""The declaration letters of winners that a rule for small and medium-sized enterprises favoured (中小企业声明函).

Published with the result.   Source: 财库〔2020〕46号第十一条, 附件.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.errors import gettext_noop
from core.law.sme import Size, industries
from core.money import Yuan, exact
from parties.selectors import OrganisationFacts, SizeFacts
from planning.facts import PlanFacts
from planning.states import Reserve
from tendering.facts import TenderFacts

_SIZES = {Size.MEDIUM: "中型企业", Size.SMALL: "小型企业", Size.MICRO: "微型企业"}
_CATEGORIES = {
    "goods": "提供的货物全部由符合政策要求的中小企业制造",
    "works": "工程的施工单位全部为符合政策要求的中小企业",
    "services": "服务全部由符合政策要求的中小企业承接",
}


def rests_on_size(tender: TenderFacts, plan: PlanFacts) -> bool:
    """Tell whether bids of small and medium-sized enterprises were favoured: reserved for them, or by a deduction."""
    reserved = plan.sme_form not in ("", Reserve.NONE)
    return reserved or any(
        exact(tender.deductions.get(name, "0")) > 0 for name in ("small_micro", "consortium")
    )


def sections(
    tender: TenderFacts, plan: PlanFacts, winners: Iterable[OrganisationFacts], declared: dict[Any, SizeFacts]
) -> list[dict[str, Any]]:
    """Give one section for each winner that is no large enterprise; one without a declaration is said to have none."""
    if not rests_on_size(tender, plan):
        return []
    found = []
    for winner in {one.id: one for one in winners}.values():
        if not winner.size or winner.size == Size.LARGE:
            continue
        said = declared.get(winner.id)
        none = gettext_noop("The supplier has no declaration on record.")
        found.append(
            {
                "title": gettext_noop("Declaration letter of a small or medium-sized enterprise"),
                "rows": [
                    [gettext_noop("Supplier"), winner.name],
                    [gettext_noop("Letter"), letter(tender, winner, said) if said else {"msg": none}],
                ],
            }
        )
    return found


def letter(tender: TenderFacts, winner: OrganisationFacts, said: SizeFacts) -> str:
    """Give the text of the letter in the form of the rule's annex, with the declared measures."""
    measures = [f"从业人员 {said.staff} 人"] if said.staff is not None else []
    measures += [f"营业收入为 {_wan(said.revenue)} 万元"] if said.revenue is not None else []
    measures += [f"资产总额为 {_wan(said.assets)} 万元"] if said.assets is not None else []
    return (
        "本公司郑重声明，根据《政府采购促进中小企业发展管理办法》（财库〔2020〕46号）的规定，本公司参加"
        f"{tender.purchaser_name}的{tender.title}采购活动，{_CATEGORIES[tender.category]}。"
        f"本公司属于{industries()[said.industry]}，{'，'.join(measures)}，属于{_SIZES.get(Size(said.size), '大型企业')}。"
        "以上企业，不属于大企业的分支机构，不存在控股股东为大企业的情形，也不存在与大企业的负责人为同一人的情形。"
        f"本企业对上述声明内容的真实性负责。如有虚假，将依法承担相应责任。{winner.name}，{said.made_at:%Y-%m-%d}"
    )


def _wan(amount: Yuan) -> str:
    return f"{(amount.amount / 10_000).normalize():f}"
