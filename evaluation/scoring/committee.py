"""The evaluation panel's size and its share of experts, from the law of the procedure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from core.law.book import Law
from core.money import Yuan
from tendering.methods import PanelRules


@dataclass(frozen=True, slots=True)
class Committee:
    """The smallest lawful panel: members in all, an odd number, and experts among them; and the rule applied."""

    size: int
    experts: int
    rule: str


def committee_for(panel: PanelRules, law: Law, budget: Yuan, *, is_complex: bool = False) -> Committee:
    """Give the smallest lawful panel for a budget in yuan, by the rules that a method's record names.

    `is_complex`: technically complex, or of great social effect; it counts where the law names an amount of its own
    for larger panels. A negotiation's or quotation's team grows at the threshold for open tenders where the law of that
    place has one. Raises NoSuchRule. Source: 财政部令第87号第四十七条; 财政部令第74号第七条; 财库〔2014〕214号第十四条.
    """
    large = False
    if panel.large_from and law.has(panel.large_from):
        large = budget >= law.yuan(panel.large_from) or (is_complex and panel.size_large.startswith("T-"))
    rule = panel.size_large if large else panel.size
    size = law.count(rule)
    return Committee(size, experts_needed(law, size, panel.experts), rule)


def experts_needed(law: Law, size: int, rule_id: str = "T-10.expert_share") -> int:
    """Give how many of `size` members must be experts: the law's share, rounded up. Raises NoSuchRule."""
    share = Fraction(law.rate(rule_id)) * size
    return -(-share.numerator // share.denominator)


def is_lawful(
    panel: PanelRules, law: Law, budget: Yuan, members: int, experts: int, *, is_complex: bool = False
) -> bool:
    """Tell whether a panel is large enough, odd, and has enough experts for its size. Raises NoSuchRule."""
    least = committee_for(panel, law, budget, is_complex=is_complex)
    return (
        members >= least.size
        and members % 2 == 1
        and members >= experts >= experts_needed(law, members, panel.experts)
    )
