"""What became of a year's reservation for small and medium-sized enterprises (预留项目执行情况): read, added up, written.

Counted are signed contracts: of a reserved lot, or of any lot where the plan is reserved in another way.
Source: 财库〔2020〕46号第十八条 (rule S-02.report).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse

from contracting.facts import ContractFacts, Subcontract
from contracting.selectors import contracts_named
from core.errors import gettext_noop
from core.law.duties import duty
from core.law.sme import Size
from core.money import Yuan, rounded_half_up
from disclosure.states import NoticeType
from evaluation.models import Award, Report, SoleDeal
from parties.selectors import OrganisationFacts, organisations_by_id
from planning.notices import as_party
from planning.rules import Purchased
from planning.selectors import purchases_of
from planning.states import RESERVE_WORDS, Reserve
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

RULE = "S-02.report"
BOUGHT = (TenderStatus.AWARDED, TenderStatus.CONTRACTED)
Sizes = Mapping[str, tuple[str, Decimal]]
"""Bid -> its declared size, and the share of small and micro enterprises in its consortium."""


@dataclass(frozen=True)
class Line:
    """One reserved plan: what its signed contracts buy from SMEs, and of that from small and micro enterprises."""

    plan: Purchased
    bought: Yuan
    small_micro: Yuan
    contracts: tuple[ContractFacts, ...]


@dataclass(frozen=True)
class Executed:
    """One purchaser's fiscal year, added up."""

    year: int
    lines: tuple[Line, ...]

    @property
    def bought(self) -> Yuan:
        """All that was bought from SMEs."""
        return Yuan.total(line.bought for line in self.lines)

    @property
    def small_micro(self) -> Yuan:
        """Of it, from small and micro enterprises."""
        return Yuan.total(line.small_micro for line in self.lines)

    @property
    def percent(self) -> Decimal:
        """The share of small and micro enterprises in percent, to two places; zero where nothing was bought."""
        whole = self.bought
        return rounded_half_up(100 * self.small_micro.amount / whole.amount, 2) if whole.fen else Decimal(0)

    def as_facts(self) -> dict[str, Any]:
        """Give what programs read, and what tells whether the figures are still those of a notice."""
        return {
            "year": self.year,
            "bought": str(self.bought),
            "small_micro": str(self.small_micro),
            "projects": [
                {
                    "plan": str(line.plan.plan_id),
                    "title": line.plan.title,
                    "form": line.plan.form,
                    "reserved": str(line.plan.reserved),
                    "bought": str(line.bought),
                    "small_micro": str(line.small_micro),
                    "contracts": [row.contract_no for row in line.contracts],
                }
                for line in self.lines
            ],
        }


def of_smes(
    amount: Yuan, size: str, share: Decimal, subcontracts: Iterable[Subcontract] = ()
) -> tuple[Yuan, Yuan]:
    """Give what a contract buys from SMEs, and of it from small and micro enterprises.

    A large bidder counts with the share of the small and micro enterprises in its consortium and with what it subcontracts
    to SMEs, rounded down.
    """
    known = _size(size)
    given = [(_size(one.size), one.share) for one in subcontracts]
    small = min(Decimal(1), share + sum(part for one, part in given if one.is_small_or_micro))
    some = min(Decimal(1), share + sum(part for one, part in given if one.is_sme))
    return (
        amount if known.is_sme else amount.capped(some),
        amount if known.is_small_or_micro else amount.capped(small),
    )


def _size(said: str) -> Size:
    return Size(said) if said in set(Size) else Size.LARGE


def executed(org_id: UUID, year: int) -> Executed:
    """Add up a year; the queries do not depend on how many plans, tenders and contracts it has."""
    plans = [row for row in purchases_of(org_id, year) if row.form not in ("", Reserve.NONE)]
    wanted = {row.plan_id for row in plans}
    tenders = {row.id: row for row in tendering.tenders_of(org_id, statuses=BOUGHT) if row.plan_id in wanted}
    bought = {row[2]: row for row in _deals(tenders)}
    found: dict[UUID, list[tuple[ContractFacts, Yuan, Yuan]]] = {}
    for contract in contracts_named(bought):
        tender, lot, _, size, share = bought[contract.id]
        plan_id = tenders[tender].plan_id
        if contract.signed_at is None or (lot and not _reserved(tenders[tender], lot, plans)):
            continue
        found.setdefault(plan_id, []).append(
            (contract, *of_smes(contract.amount, size, share, contract.subcontracts))
        )
    return Executed(
        year,
        tuple(
            Line(
                plan,
                Yuan.total(row[1] for row in found.get(plan.plan_id, ())),
                Yuan.total(row[2] for row in found.get(plan.plan_id, ())),
                tuple(row[0] for row in found.get(plan.plan_id, ())),
            )
            for plan in plans
        ),
    )


def _reserved(tender: TenderFacts, lot: str, plans: Iterable[Purchased]) -> bool:
    """Tell whether a lot counts: where some lots are reserved, only those do."""
    form = next(row.form for row in plans if row.plan_id == tender.plan_id)
    return form != Reserve.LOT or any(one.reserved for one in tender.lots if one.no == lot)


def _deals(tenders: Mapping[UUID, TenderFacts]) -> Iterator[tuple[UUID, str, UUID, str, Decimal]]:
    """Give (tender, lot, contract, size, share) of what was awarded; a single source has no lot and the register's size."""
    sizes: dict[UUID, Sizes] = {
        tender: _sizes(body)
        for tender, body in Report.objects.filter(panel__tender_id__in=tenders).values_list(
            "panel__tender_id", "body"
        )
    }
    awards = Award.objects.filter(panel__tender_id__in=tenders, void_at=None).select_related("panel")
    for row in awards:
        size, share = sizes.get(row.panel.tender_id, {}).get(str(row.bid_id), ("", Decimal(0)))
        if row.contract_id is not None:
            yield row.panel.tender_id, row.lot, row.contract_id, size, share
    deals = list(SoleDeal.objects.filter(tender_id__in=tenders))
    known = organisations_by_id({row.supplier_id for row in deals})
    for deal in deals:
        if deal.contract_id is not None:
            yield deal.tender_id, "", deal.contract_id, known[deal.supplier_id].size, Decimal(0)


def _sizes(body: Mapping[str, Any]) -> Sizes:
    return {
        bid["id"]: (bid["size"], Decimal(bid["consortium_small_share"]))
        for lot in body["lots"]
        for bid in lot["case"]["bids"]
    }


def source_of(org_id: UUID, year: int) -> str:
    """Give the name under which the notice of a year is found again."""
    return f"sme-year.{org_id}.{year}"


def notice(found: Executed, purchaser: OrganisationFacts) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for a year, the actor's and the corrected notice's apart."""
    return {
        "type": NoticeType.OTHER,
        "title": f"{purchaser.name}{found.year}年面向中小企业预留项目执行情况公告",
        "title_en": f"{purchaser.name_en or purchaser.name}: purchases reserved for SMEs, {found.year}",
        "region": purchaser.region,
        "source": source_of(purchaser.id, found.year),
        "purchaser": as_party(purchaser),
        "sections": [
            {
                "title": gettext_noop("Purchases reserved for SMEs"),
                "rows": [
                    [gettext_noop("Purchaser"), purchaser.name],
                    [gettext_noop("Fiscal year"), str(found.year)],
                    [gettext_noop("Bought from SMEs under the reservation"), found.bought],
                    [gettext_noop("Of it from small and micro enterprises"), found.small_micro],
                    [gettext_noop("Share of small and micro enterprises"), f"{found.percent} %"],
                    [gettext_noop("Legal basis"), duty(RULE).citation],
                ],
            },
            {
                "title": gettext_noop("Project by project"),
                "table": {
                    "head": [
                        gettext_noop("Project"),
                        gettext_noop("How it is reserved"),
                        gettext_noop("Reserved for SMEs"),
                        gettext_noop("Bought from SMEs under the reservation"),
                        gettext_noop("Of it from small and micro enterprises"),
                        gettext_noop("Contract"),
                    ],
                    "rows": [
                        [
                            line.plan.title,
                            {"msg": RESERVE_WORDS[line.plan.form]},
                            line.plan.reserved,
                            line.bought,
                            line.small_micro,
                            _contract(line),
                        ]
                        for line in found.lines
                    ],
                },
            },
        ],
        "facts": found.as_facts(),
    }


def _contract(line: Line) -> Any:
    """Give the link to the first contract's notice, or its number; what has none says so."""
    if not line.contracts:
        return {"msg": gettext_noop("No contract yet")}
    first, *more = line.contracts
    text = "、".join(row.contract_no for row in (first, *more))
    if first.notice_id is None:
        return text
    return {"href": reverse("portal:notice", args=[first.notice_id]), "text": text}
