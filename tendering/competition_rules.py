"""What a second competition (二次竞价) must keep to: its framework agreement's terms, items and prices. Pure.

Source: 财政部令第110号第三十二条、第三十三条 (rule F-11). That every entrant is called who has a price for
each item, and how long it has to answer, are rules of this platform (X-21).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracting.facts import AgreementFacts, EntrantFacts
from contracting.states import AgreementStatus, EntrantStatus, Selection
from core.errors import gettext_noop
from core.law.book import Law
from core.money import BadMoney, exact
from tendering.facts import TenderFacts
from tendering.issues import Issue, Surroundings, issue_of
from tendering.methods import Invites, method_of

RULE = "F-11"


def competing(agreement: AgreementFacts, wanted: Mapping[str, str]) -> list[EntrantFacts]:
    """Give the entrants that are called: all who may be called upon and have a price for every item wanted."""
    needed = set(wanted.values())
    return [
        row
        for row in agreement.entrants
        if row.status == EntrantStatus.ADMITTED and needed <= {price.item_no for price in row.prices}
    ]


def competition(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what keeps a second competition from being called; nothing for other methods."""
    if method_of(tender.method).invites is not Invites.ENTRANTS:
        return
    if len(tender.lots) > 1:
        said = gettext_noop(
            "One second competition makes one deal: keep one lot, and call for the others apart."
        )
        yield issue_of(law, "one-lot-per-competition", said, "lots", RULE)
    if any(
        not _is_zero(tender.deductions.get(name, "0")) for name in ("small_micro", "consortium", "domestic")
    ):
        said = gettext_noop("In a second competition the lowest quote wins: nothing is deducted from prices.")
        yield issue_of(law, "deduction-in-competition", said, "criteria", RULE)
    agreement = around.agreement
    if tender.competition is None or agreement is None:
        said = gettext_noop("Choose the framework agreement, and its item for each of yours.")
        yield issue_of(law, "no-agreement", said, "competition", RULE)
        return
    yield from _under(tender, agreement, law, around)


def _under(tender: TenderFacts, agreement: AgreementFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if agreement.selection != Selection.COMPETITION:
        said = gettext_noop("This framework agreement gives orders in another way.")
        yield issue_of(law, "agreement-other-way", said, "competition", RULE)
    running = agreement.status == AgreementStatus.ACTIVE and agreement.starts_at <= around.now
    if not running or (tender.wanted_due_at or around.now) >= agreement.ends_at:
        said = gettext_noop("The term of this framework agreement does not run then.")
        yield issue_of(law, "agreement-not-in-force", said, "competition", "F-05")
    wanted = tender.competition.items if tender.competition else {}
    known = {item.no: item for item in agreement.items}
    for lot in tender.lots:
        for item in lot.items:
            agreed = known.get(wanted.get(f"{lot.no}-{item.no}", ""))
            if agreed is None or agreed.unit != item.unit:
                said = gettext_noop(
                    "“%(item)s” is no item of the framework agreement: choose one in the same unit."
                )
                yield issue_of(law, "item-not-in-agreement", said, "competition", RULE, item=item.name)
    if tender.budget > agreement.available:
        said = gettext_noop("The framework agreement has %(left)s left, less than the budget.")
        yield issue_of(law, "above-agreement-cap", said, "basics", "F-05", left=str(agreement.available))
    found = len(competing(agreement, wanted))
    if not found:
        said = gettext_noop("No supplier of the framework agreement has a price for every item.")
        yield issue_of(law, "nobody-to-call", said, "competition", RULE)
    elif found == 1:
        said = gettext_noop(
            "Only one supplier of the framework agreement can be called: nobody competes with it."
        )
        yield issue_of(law, "one-to-call", said, "competition", RULE, blocking=False)


def _is_zero(share: str) -> bool:
    try:
        return exact(share) == 0
    except BadMoney:
        return False
