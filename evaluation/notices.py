"""What the award notice (中标公告) says: composed here, published by the service."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from bidding.facts import ConsortiumFacts
from contracting.facts import Subcontract
from contracting.performers_notice import consortium_section, subcontract_section
from core.errors import gettext_noop
from core.law.duties import duty
from core.money import Yuan, in_words
from disclosure import ocds
from disclosure.states import NoticeType
from evaluation.models import Award, Report
from parties.selectors import OrganisationFacts, organisation_facts
from tendering.facts import TenderFacts


def award_notice(
    tender: TenderFacts,
    report: Report,
    awards: list[Award],
    suppliers: dict[Any, OrganisationFacts],
    experts: list[str],
    fee: dict[str, Any] | None,
    void: list[Award],
    *,
    letters: list[dict[str, Any]],
    consortia: Mapping[uuid.UUID, ConsortiumFacts],
    subcontracts: Mapping[uuid.UUID, Sequence[Subcontract]],
    by_silence: bool = False,
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish`. `fee` is the agency's, None without an agency.

    `consortia` are those that won, by bid: every member is named; `subcontracts` what winners subcontract, by bid.

    `letters` are the sections of the winners' declaration letters (`evaluation.letters`).

    With awards that were set aside (`void`) the notice changes the result published before.

    Source: 《政府采购法实施条例》第四十三条; 财政部令第87号第六十九条.
    """
    winners = [
        {
            "lot": award.lot,
            "name": suppliers[award.supplier_id].name,
            "credit_code": suppliers[award.supplier_id].credit_code,
            "address": suppliers[award.supplier_id].address or "—",
            "amount": str(Yuan(award.amount)),
            **together(consortia.get(award.bid_id)),
            **_subcontracted(subcontracts.get(award.bid_id, ())),
        }
        for award in awards
    ]
    sections: list[dict[str, Any]] = [
        {
            "title": gettext_noop("Winner"),
            "table": {
                "head": [
                    gettext_noop("Lot"),
                    gettext_noop("Supplier"),
                    gettext_noop("Address"),
                    gettext_noop("Amount"),
                    gettext_noop("In words"),
                ],
                "rows": [
                    [
                        row["lot"],
                        row["name"],
                        row["address"],
                        Yuan(row["amount"]),
                        in_words(Yuan(row["amount"])),
                    ]
                    for row in winners
                ],
            },
        },
        {
            "title": gettext_noop("Main items"),
            "table": {
                "head": [
                    gettext_noop("Name"),
                    gettext_noop("Specification"),
                    gettext_noop("Quantity"),
                    gettext_noop("Unit"),
                ],
                "rows": [
                    [item.name, item.spec, f"{item.quantity.normalize():f}", item.unit]
                    for lot in tender.lots
                    for item in lot.items
                ],
            },
        },
        {"title": gettext_noop("Evaluators"), "text": "、".join(experts)},
    ]
    for lot in report.body["lots"]:
        sections.append(_ranking(lot))
    sections += [consortium_section(one.members) for one in consortia.values()]
    sections += [subcontract_section(rows) for rows in subcontracts.values()]
    if by_silence:
        silent = duty("T-25")
        text = gettext_noop(
            "The purchaser has not decided in time: the first candidate counts as determined."
        )
        rows = [
            [gettext_noop("Determined by"), {"msg": text}],
            [gettext_noop("Legal basis"), silent.citation],
        ]
        sections.insert(0, {"title": gettext_noop("Determination of the winner"), "rows": rows})
    if void:
        sections.insert(0, _void(void, suppliers))
    sections += letters
    if fee is not None:
        sections.append(fee_section(fee))
    facts: dict[str, Any] = {
        "winners": winners,
        "experts": experts,
        "report": report.digest,
        "recompute": _recompute(report),
        "result": [{"lot": lot["lot"], **lot["result"]} for lot in report.body["lots"]],
    }
    if fee is not None:
        facts["agency_fee"] = fee
    return {
        "type": NoticeType.RESULT_CHANGE if void else NoticeType.AWARD,
        "sections": sections,
        "facts": facts,
        "release": _release(tender, report, awards, suppliers, void, consortia),
        "tag": ["awardUpdate" if void else "award"],
    }


def together(consortium: ConsortiumFacts | None) -> dict[str, Any]:
    """Give the members of a consortium, as data; nothing for a supplier that bids alone."""
    if consortium is None:
        return {}
    return {
        "consortium": {
            "agreement": consortium.terms_hash,
            "members": [
                {
                    "name": one.name,
                    "credit_code": one.credit_code,
                    "share": f"{one.share:f}",
                    "work": one.work,
                }
                for one in consortium.members
            ],
        }
    }


def _subcontracted(rows: Sequence[Subcontract]) -> dict[str, Any]:
    said = [
        {
            "name": one.name,
            "credit_code": one.credit_code,
            "size": one.size,
            "share": f"{one.share:f}",
            "work": one.work,
        }
        for one in rows
    ]
    return {"subcontracts": said} if said else {}


def entry_said(report: Report, experts: list[str], only: str) -> dict[str, Any]:
    """Give what the entry notice of a lot says of the evaluation: who judged, its ranking, the inputs to compute it again."""
    lots = [lot for lot in report.body["lots"] if lot["lot"] == only]
    sections: list[dict[str, Any]] = [
        {"title": gettext_noop("Evaluators"), "text": "、".join(experts)},
        *(_ranking(lot) for lot in lots),
    ]
    facts: dict[str, Any] = {
        "experts": experts,
        "report": report.digest,
        "recompute": lots[0]["case"],
        "result": [{"lot": lot["lot"], **lot["result"]} for lot in lots],
    }
    return {"sections": sections, "facts": facts}


def fee_section(fee: dict[str, Any]) -> dict[str, Any]:
    """Give the section on the agency's fee: by what it is computed, how much it is, who pays."""
    rows: list[list[Any]] = [
        [gettext_noop("Standard"), fee["standard"]],
        [gettext_noop("Amount"), Yuan(fee["amount"])],
    ]
    if fee.get("paid_by"):
        rows.append([gettext_noop("Paid by"), {"msg": fee["paid_by"]}])
    return {"title": gettext_noop("Agency fee"), "rows": rows}


def _void(void: list[Award], suppliers: dict[Any, OrganisationFacts]) -> dict[str, Any]:
    head = [gettext_noop("Lot"), gettext_noop("Supplier"), gettext_noop("Set aside"), gettext_noop("Reason")]
    rows = [[row.lot, suppliers[row.supplier_id].name, row.void_at, {"msg": row.void_reason}] for row in void]
    return {"title": gettext_noop("Awards that do not stand"), "table": {"head": head, "rows": rows}}


def _recompute(report: Report) -> dict[str, Any]:
    cases: list[dict[str, Any]] = [lot["case"] for lot in report.body["lots"]]
    return cases[0] if len(cases) == 1 else {"lots": cases}


FAILURES: dict[str, str] = {
    "fewer_than_three": gettext_noop(
        "This lot failed: fewer bids than the law requires meet the conditions."
    ),
    "too_few_qualified": gettext_noop(
        "This call failed: fewer suppliers than the law requires meet the conditions within the ceiling prices."
    ),
    "all_over_budget": gettext_noop("This lot failed: every quote is above the budget."),
}


def _ranking(lot: dict[str, Any]) -> dict[str, Any]:
    title = gettext_noop("Ranking")
    failed = lot["result"]["failed"]
    if failed is not None:
        return {
            "title": title,
            "rows": [[gettext_noop("Lot"), lot["lot"]], [gettext_noop("Result"), {"msg": FAILURES[failed]}]],
        }
    return {
        "title": title,
        "table": {
            "head": [
                gettext_noop("Lot"),
                gettext_noop("Rank"),
                gettext_noop("Bidder"),
                gettext_noop("Evaluation price"),
                gettext_noop("Price score"),
                gettext_noop("Other score"),
                gettext_noop("Total"),
            ],
            "rows": [
                [
                    lot["lot"],
                    str(row["rank"]),
                    lot["names"][row["id"]],
                    Yuan(row["evaluation_price"]),
                    row["price_score"] or "—",
                    row["other_score"] or "—",
                    row["total"] or "—",
                ]
                for row in lot["result"]["ranking"]
            ],
        },
    }


def _release(
    tender: TenderFacts,
    report: Report,
    awards: list[Award],
    suppliers: dict[Any, OrganisationFacts],
    void: list[Award],
    consortia: Mapping[uuid.UUID, ConsortiumFacts],
) -> dict[str, Any]:
    partners = {
        bid_id: [organisation_facts(one.supplier_id) for one in consortium.partners]
        for bid_id, consortium in consortia.items()
    }
    ranks = {row["id"]: row["rank"] for lot in report.body["lots"] for row in lot["result"]["ranking"]}
    out = {row["id"] for lot in report.body["lots"] for row in lot["result"]["excluded"]}
    technical = report.body.get("technical", {"lots": []})
    out |= {row["bid"] for lot in technical["lots"] for row in lot["failed"]}
    winners = {award.supplier_id: suppliers[award.supplier_id] for award in awards}
    winners |= {org.id: org for rows in partners.values() for org in rows}
    return {
        "parties": [ocds.party(org, roles=["tenderer", "supplier"]) for org in winners.values()],
        "tender": {"id": tender.project_no, "status": "complete"},
        "bids": {
            "details": [
                {
                    "id": name,
                    "status": "disqualified" if name in out else "valid",
                    **({"rank": ranks[name]} if name in ranks else {}),
                }
                for name in sorted({*ranks, *out})
            ]
        },
        "awards": [
            ocds.award(
                str(award.pk),
                suppliers=[suppliers[award.supplier_id], *partners.get(award.bid_id, [])],
                amount=Yuan(award.amount),
                decided=award.decided_at,
                status="active" if award.void_at is None else "cancelled",
                title=tender.title,
                lot=award.lot,
                bids=[str(award.bid_id)],
                items=[
                    ocds.item(
                        f"{award.lot}-{item.no}",
                        description=item.name,
                        code=item.code,
                        class_name=item.classification,
                        quantity=item.quantity,
                        unit=item.unit,
                        lot=award.lot,
                    )
                    for item in _items(tender, award.lot)
                ],
            )
            for award in [*awards, *void]
        ],
    }


def _items(tender: TenderFacts, lot: str) -> Any:
    found = tender.lot(lot)
    return found.items if found else ()
