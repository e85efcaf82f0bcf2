"""What a notice says of the conditions of bids and bidders: the tender's own, the law's six with their evidence, who is out."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from core.law.duties import duty
from parties.states import EVIDENCE_WORDS
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.states import PART_WORDS, CriterionKind


def conditions(tender: TenderFacts, kind: CriterionKind, title: str) -> dict[str, Any]:
    """Give the section of the conditions of one kind, titled `title`."""
    head = [gettext_noop("No."), gettext_noop("Requirement"), gettext_noop("Proof")]
    rows = [[row.id, row.name, row.guide] for row in tender.criteria if row.kind == kind]
    return {"title": title, "table": {"head": head, "rows": rows}}


def admitted(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the sections that say who may bid. Source: 《政府采购法》第二十二条; 《实施条例》第十七条, 第十八条."""
    found = [conditions(tender, CriterionKind.QUALIFICATION, gettext_noop("Qualifications of bidders"))]
    if tender.evidence_asked:
        found.append(
            {
                "title": gettext_noop("Evidence of eligibility that must be valid on the deadline"),
                "rows": [
                    [str(number), {"msg": EVIDENCE_WORDS[name]}]
                    for number, name in enumerate(tender.evidence_asked, start=1)
                ],
            }
        )
    if method_of(tender.method).consortia:
        found.append(_consortia(tender.consortia))
    if method_of(tender.method).subcontracts:
        found.append(_subcontracting(tender))
    if tender.preparers:
        found.append(
            {
                "title": gettext_noop("Who prepared or supervises the project and cannot bid for it"),
                "rows": [[row.name, {"msg": PART_WORDS[row.part]}] for row in tender.preparers],
            }
        )
    if tender.securities:
        rows: list[list[Any]] = [
            [lot.no, tender.securities[lot.no]] for lot in tender.lots if lot.no in tender.securities
        ]
        found.append(
            {
                "title": gettext_noop(
                    "Bid security, by transfer, draft or guarantee, named in the sealed bid"
                ),
                "table": {"head": [gettext_noop("Lot"), gettext_noop("Amount")], "rows": rows},
            }
        )
    return found


def _consortia(accepted: bool) -> dict[str, Any]:
    """Give the section that says whether consortia may bid. Source: 《政府采购法》第二十四条; 《实施条例》第二十二条."""
    said = (
        gettext_noop(
            "Accepted. Every member meets the conditions of bidders, signs the agreement on shares and work, and bids for "
            "the lot once only; the members sign the contract together and are jointly liable."
        )
        if accepted
        else gettext_noop("Not accepted: every supplier bids by itself.")
    )
    return {
        "title": gettext_noop("Consortia"),
        "rows": [
            [gettext_noop("Consortia"), {"msg": said}],
            [gettext_noop("Legal basis"), duty("L-04.agreement").citation],
        ],
    }


def _subcontracting(tender: TenderFacts) -> dict[str, Any]:
    """Give the section that says what may be subcontracted. Source: 《政府采购法》第四十八条; 财库〔2020〕46号第八条, 第九条."""
    title = gettext_noop("Subcontracting")
    basis = [gettext_noop("Legal basis"), duty("L-36").citation]
    if not tender.subcontracting:
        none = gettext_noop("Not permitted: the winner performs the contract by itself.")
        return {"title": title, "rows": [[title, {"msg": none}], basis]}
    head = [
        gettext_noop("Lot"),
        gettext_noop("At most, in percent of the contract"),
        gettext_noop("Which work"),
        gettext_noop("At least to SMEs, in percent of the contract"),
    ]
    rows = [
        [no, row.percent, row.work, row.sme_percent if row.sme else "—"]
        for no, row in sorted(tender.subcontracting.items())
    ]
    said = gettext_noop(
        "The bid names who takes on what, and its share. The winner answers for all of it; what is subcontracted is not "
        "passed on, and whoever won as a small or medium-sized enterprise subcontracts to no larger one."
    )
    return {
        "title": title,
        "table": {"head": head, "rows": rows},
        "rows": [[gettext_noop("Subcontracting"), {"msg": said}], basis],
    }
