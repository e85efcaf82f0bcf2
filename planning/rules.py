"""Rules of planning: purchases that are split, who may run one, what a year reserves for SMEs. Pure.

Numbers come from a frozen `Law`; this module names the rules and holds the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Any
from uuid import UUID

from core.errors import gettext_noop
from core.law.book import Law
from core.law.negative import Barred, barred
from core.law.rule import Certainty
from core.money import Yuan
from planning.catalogue import name_of
from planning.facts import PlanFacts, RequirementFacts
from planning.states import ModePaper, Reserve

FULL_RESERVE = "S-01.sme_full_reserve"
RESERVE_RATE = "S-02.sme_reserve_rate"
SMALL_MICRO_SHARE = "S-02.sme_small_micro_share"
OPEN_TENDER, SCATTERED = "G-06.open_tender_threshold", "G-06.scattered_limit"
RESEARCH_FROM, RESEARCH_MIN = "G-11.research_from", "G-11.research_subjects_min"
SUBSIDY = "G-10.subsidy_max"
OTHER_MODE = "G-10.other_mode_papers"
UNBUDGETED = ((ModePaper.EXECUTIVE, "G-10.exec_meeting"), (ModePaper.COMMITTEE, "G-10.party_committee"))
"""Decisions that a purchase outside the budget needs, in their order, and the rule with the amount from which on."""
GROUPS = ("goods", "services", "works")


@dataclass(frozen=True, slots=True)
class Purchased:
    """What one plan counts for: its budget, how it is reserved (empty: undecided), and how much of it for whom."""

    plan_id: UUID
    title: str
    category: str
    amount: Yuan
    form: str
    reserved: Yuan
    small_micro: Yuan


@dataclass(frozen=True, slots=True)
class Group:
    """One category of a year above the limit up to which purchases are reserved as a whole.

    `suitable` is the budget that counts, `needed` what has to be reserved of it, `needed_small` of that for small and
    micro enterprises; both rounded up to the fen, since they are least amounts.
    """

    category: str
    rate: Fraction
    share: Fraction
    suitable: Yuan
    needed: Yuan
    needed_small: Yuan
    reserved: Yuan
    small_micro: Yuan

    @property
    def met(self) -> bool:
        """Tell whether enough is reserved, for both kinds."""
        return self.reserved >= self.needed and self.small_micro >= self.needed_small


@dataclass(frozen=True, slots=True)
class Year:
    """A purchaser's reservation of one fiscal year.

    `groups` are the purchases above the limit, by category; `small` those up to it, which are reserved as a whole, and
    `open_small` those of them that are not; `undecided` nobody has decided on; `unsuitable` do not count.
    """

    groups: tuple[Group, ...]
    small: tuple[Purchased, ...]
    open_small: tuple[Purchased, ...]
    undecided: tuple[Purchased, ...]
    unsuitable: tuple[Purchased, ...]

    @property
    def met(self) -> bool:
        """Tell whether the year keeps what the rule asks of every category."""
        return all(group.met for group in self.groups) and not self.open_small


def reserved_as_a_whole(law: Law, amount: Yuan) -> bool:
    """Tell whether a suitable purchase of this size is reserved for SMEs as a whole: up to the limit, inclusive.

    Source: 财库〔2020〕46号第七条 (rule S-01).
    """
    return law.has(FULL_RESERVE) and amount <= law.yuan(FULL_RESERVE)


def year_of(purchases: Iterable[Purchased], law_for: Callable[[str], Law]) -> Year:
    """Add up a year; `law_for` gives the law of a category. What is not decided yet counts as suitable.

    Source: 财库〔2020〕46号第七条, 第八条 (rules S-01, S-02).
    """
    rows = list(purchases)
    counted = [row for row in rows if row.form != Reserve.NONE]
    small = [row for row in counted if reserved_as_a_whole(law_for(row.category), row.amount)]
    large = [row for row in counted if row not in small]
    groups = [
        _group(category, [row for row in large if row.category == category], law_for(category))
        for category in GROUPS
    ]
    return Year(
        groups=tuple(group for group in groups if group.suitable.fen),
        small=tuple(small),
        open_small=tuple(row for row in small if row.form != Reserve.WHOLE),
        undecided=tuple(row for row in rows if not row.form),
        unsuitable=tuple(row for row in rows if row.form == Reserve.NONE),
    )


def _group(category: str, rows: list[Purchased], law: Law) -> Group:
    suitable = Yuan.total(row.amount for row in rows)
    rate = Fraction(law.rate(RESERVE_RATE)) if law.has(RESERVE_RATE) else Fraction(0)
    share = Fraction(law.rate(SMALL_MICRO_SHARE)) if law.has(SMALL_MICRO_SHARE) else Fraction(0)
    return Group(
        category=category,
        rate=rate,
        share=share,
        suitable=suitable,
        needed=_at_least(suitable, rate),
        needed_small=_at_least(suitable, rate * share),
        reserved=Yuan.total(row.reserved for row in rows),
        small_micro=Yuan.total(row.small_micro for row in rows),
    )


def _at_least(amount: Yuan, rate: Fraction) -> Yuan:
    return Yuan.from_fen(ceil(amount.fen * rate))


def research_needed(law: Law, plan: PlanFacts) -> bool:
    """Tell whether the market has to be asked: from the rule's amount on, and for services to the public.

    Source: 财库〔2021〕22号第十一条 (rule G-11).
    """
    return plan.public_service or (law.has(RESEARCH_FROM) and plan.amount >= law.yuan(RESEARCH_FROM))


def researched(law: Law, requirement: RequirementFacts | None) -> bool:
    """Tell whether a requirement is written and as many sources were asked as the rule says (generally three)."""
    return (
        requirement is not None
        and law.has(RESEARCH_MIN)
        and len(requirement.asked) >= law.count(RESEARCH_MIN)
    )


def subsidised(law: Law, amount: Yuan, total: Yuan) -> bool:
    """Tell whether a subsidy keeps within its share of a partly commercial project, which is rounded down to the fen.

    Source: 《渝北区政府购买信息服务实施办法（试行）》第四条 (rule G-10).
    """
    return amount <= law.cap(SUBSIDY, total)


def papers_needed(law: Law, plan: PlanFacts) -> tuple[tuple[str, str], ...]:
    """Give the papers without which a purchase in another mode does not start, with the rule of each, in their order.

    Source: 《渝北区政府购买信息服务实施办法（试行）》 (rule G-10).
    """
    outside = UNBUDGETED if plan.unbudgeted else ()
    decided = [(kind, rule) for kind, rule in outside if law.has(rule) and plan.amount >= law.yuan(rule)]
    return (*decided, (ModePaper.APPROVAL, OTHER_MODE))


def wrong_with_paper(
    *,
    number: str,
    authority: str,
    decided_on: date,
    today: date,
    kind: str,
    kinds: Collection[str],
    meeting: date | None,
) -> dict[str, str]:
    """Name what is wrong with an approval on paper, by field; `kinds` are those there are.

    `meeting`: the day of the executive meeting's decision, None while it is not recorded: the committee decides after it.
    Source: 《政府采购法》第二十七条; 《渝北区政府购买信息服务实施办法（试行）》 (rule G-10).
    """
    errors = {}
    if kind not in kinds:
        errors["kind"] = gettext_noop("There is no such kind of approval.")
    if not number.strip():
        errors["number"] = gettext_noop("Give the number of the approval.")
    if not authority.strip():
        errors["authority"] = gettext_noop("Say which authority has approved.")
    if decided_on > today:
        errors["decided_on"] = gettext_noop("An approval of a later day is none yet.")
    if kind == ModePaper.COMMITTEE and (meeting is None or decided_on < meeting):
        errors["kind"] = gettext_noop(
            "The executive meeting decides first: record its decision, of the same day or an earlier one."
        )
    return errors


def on_negative_list(text: str, guide: Mapping[str, Any]) -> tuple[Barred, str] | None:
    """Give what points to the negative list, and the word or item code: an entry that a place's catalogue bars, or words.

    `guide` is what a plan keeps of the guiding catalogue.   Source: 财政部令第102号第十条 (rule G-01).
    """
    if guide.get("barred"):
        kind = Barred(0, guide["content"], (), guide["document"], Certainty.SOURCE_DOCUMENT)
        return kind, guide["item"] or guide["code"]
    return barred(text)


def listed_service(plan: PlanFacts) -> tuple[Barred, str] | None:
    """Give what in a plan that is not filed as a public service points to the negative list; None for nothing.

    Title, need and the item's name in the catalogue of a service are read; an item code that the place bars counts in
    every category.
    """
    if plan.public_service or (plan.category != "services" and not plan.guide.get("barred")):
        return None
    return on_negative_list(
        f"{plan.title} {plan.need} {name_of(plan.item_code, plan.item_edition)}", plan.guide
    )


def split(law: Law, amounts: Sequence[Yuan]) -> Yuan | None:
    """Give what several purchases without open tender add up to, where that is above the open-tender threshold.

    `amounts` buy the same item from the same project of one fiscal year. None for one purchase, up to the threshold,
    and where the threshold is not known.   Source: 《政府采购法实施条例》第二十八条 (rule L-07).
    """
    total = Yuan.total(amounts)
    if len(amounts) < 2 or not law.has(OPEN_TENDER) or total <= law.yuan(OPEN_TENDER):
        return None
    return total


class Road(StrEnum):
    """How a purchase of some amount is organised; unknown where no threshold is known."""

    OWN = "own"
    SCATTERED = "scattered"
    OPEN = "open"
    UNKNOWN = "unknown"


def road(law: Law, amount: Yuan) -> Road:
    """Tell the road of an amount: the purchaser's own below the limit, open tender from its threshold on (both inclusive).

    Source: 《政府采购法》第二条, 第二十七条 (rule G-06).
    """
    if law.has(OPEN_TENDER) and amount >= law.yuan(OPEN_TENDER):
        return Road.OPEN
    if not law.has(SCATTERED):
        return Road.UNKNOWN
    return Road.SCATTERED if amount >= law.yuan(SCATTERED) else Road.OWN
