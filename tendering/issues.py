"""What stands between a draft and its publication: the shape of one issue, and what a draft is judged against. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracting.facts import AgreementFacts
from core.law.book import Law
from core.money import Yuan
from planning.facts import EntrustmentFacts, PlanFacts, RequirementFacts
from tendering.facts import TenderFacts

CITATIONS = {
    "L-06": "《政府采购法》第二十七条、《政府采购法实施条例》第二十三条",
    "L-07": "《政府采购法实施条例》第二十八条",
    "L-14": "《政府采购法》第三十六条",
    "F-01": "财政部令第110号",
    "F-02": "财政部令第110号",
    "F-03": "财政部令第110号第十三条",
    "F-04": "财政部令第110号第十四条、第二十三条",
    "F-07": "财政部令第110号第二十五条",
    "F-11": "财政部令第110号第三十二条至第三十四条",
    "N-05": "财政部令第74号第三十六条、第四十九条",
    "N-04": "财政部令第74号第二十七条、第三十三条",
    "N-06": "财政部令第74号第三十二条",
    "N-13": "财政部令第74号第二十七条",
    "C-01": "财库〔2014〕214号第三条",
    "C-05": "财库〔2014〕214号第二十一条、财库〔2015〕124号",
    "N-09": "财政部令第74号第三十八条",
    "N-10": "财政部令第74号第四十条",
    "N-11": "财政部令第74号第五十条",
    "G-08": "财库〔2026〕12号",
    "L-15": "《政府采购法实施条例》第三十条",
    "L-31": "《政府采购法》第六十一条",
    "L-32": "《政府采购法实施条例》第二十九条",
    "L-35": "《政府采购法实施条例》第十五条",
    "L-34": "《政府采购法》第二十条、《政府采购法实施条例》第十六条",
    "L-01": "《政府采购法》第二十二条",
    "L-02": "《政府采购法实施条例》第十八条",
    "T-01": "财政部令第87号第十三条",
    "T-03": "财政部令第87号第十八条",
    "T-07": "财政部令第87号第三十九条至第四十一条",
    "T-12": "财政部令第87号第五十五条",
    "T-21": "财政部令第87号第六十三条",
    "S-09": "财库〔2020〕46号",
    "S002-11": "财库〔2017〕86号",
    "S002-24": "财库〔2017〕86号",
    "R2": "平台规则",
    "X-20": "平台规则",
    "X-21": "平台规则",
    "G-01": "政府购买服务管理办法（财政部令第102号）第十条",
    "G-06": "财库〔2019〕69号",
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to do before publication.

    `code` is stable; `message` is a message id with places for `facts`; `fix` names the part of the draft that mends it
    (`basics`, `ground`, `terms`, `lots`, `criteria`, `framework`, `competition`, `documents`, `approvals`, `approval`, `plan`,
    `requirement`, `entrustment`, `reservation`, `fairness`, `organisation`, `operator`); `rule` and `citation` say
    why. What is not `blocking` is advice.
    """

    code: str
    message: str
    fix: str
    rule: str
    citation: str = ""
    certainty: str = ""
    blocking: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a draft is judged against beside the law."""

    now: datetime
    plan_amount: Yuan
    intention_at: datetime | None
    wanted_due_at: datetime | None
    keepers: int
    keepers_needed: int
    keepers_may_serve: bool
    approved: bool
    intention_excused: bool = False
    entrustment: EntrustmentFacts | None = None
    agency_asks: bool = False
    plan: PlanFacts | None = None
    alike: tuple[Yuan, ...] = ()
    requirement: RequirementFacts | None = None
    agreement: AgreementFacts | None = None
    first_call: TenderFacts | None = None


def issue_of(
    law: Law, code: str, message: str, fix: str, rule: str, *, blocking: bool = True, **facts: Any
) -> Issue:
    """Give one issue with the citation and certainty of its rule, where the law has a value for it."""
    if law.has(rule):
        cited = law.cite(rule)
        return Issue(code, message, fix, rule, cited.citation, str(cited.certainty), blocking, facts)
    return Issue(code, message, fix, rule, CITATIONS.get(rule, ""), "", blocking, facts)
