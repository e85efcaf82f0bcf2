"""The evaluation panel's size and its share of experts, from the law of the procedure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from core.law.book import Law
from core.money import Yuan


@dataclass(frozen=True, slots=True)
class Committee:
    """The smallest lawful panel: members in all, an odd number, and experts among them; and the rule applied."""

    size: int
    experts: int
    rule: str


def committee_for(law: Law, budget: Yuan, *, is_complex: bool = False) -> Committee:
    """Give the smallest lawful panel for a budget in yuan.

    `is_complex`: technically complex, or of great social effect. A tender's panel grows at a budget the law
    names, a negotiation's or inquiry's at the threshold for open tenders where the law of that place has
    one. Raises NoSuchRule for a method without panel. Source: 财政部令第87号第四十七条;
    财政部令第74号第七条; 财库〔2014〕214号第十四条.
    """
    if law.has("T-10.committee_min"):
        large = is_complex or budget >= law.yuan("T-10.committee_large_budget")
        rule, share = ("T-10.committee_min_large" if large else "T-10.committee_min"), "T-10.expert_share"
    elif law.has("N-01.team_min"):
        threshold = "G-06.open_tender_threshold"
        large = law.has(threshold) and budget >= law.yuan(threshold)
        rule, share = ("N-01.team_min_large" if large else "N-01.team_min"), "N-01.expert_share"
    else:
        rule, share = "C-10.team_min", "C-10.expert_share"
    size = law.count(rule)
    return Committee(size, experts_needed(law, size, share), rule)


def experts_needed(law: Law, size: int, rule_id: str = "T-10.expert_share") -> int:
    """Give how many of `size` members must be experts: the law's share, rounded up. Raises NoSuchRule."""
    share = Fraction(law.rate(rule_id)) * size
    return -(-share.numerator // share.denominator)


def is_lawful(law: Law, budget: Yuan, members: int, experts: int, *, is_complex: bool = False) -> bool:
    """Tell whether a panel is large enough, odd, and has enough experts for its size. Raises NoSuchRule."""
    least = committee_for(law, budget, is_complex=is_complex)
    share = least.rule.split(".")[0] + ".expert_share"
    return (
        members >= least.size
        and members % 2 == 1
        and members >= experts >= experts_needed(law, members, share)
    )
