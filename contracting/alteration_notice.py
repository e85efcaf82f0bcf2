"""The notice of a change of a contract that changes no money (合同变更公告): what changes, why, and that the amount stays.

Source: 《政府采购法》第五十条; 《政府采购法实施条例》第五十条.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from contracting.alteration_facts import AlterationFacts
from contracting.facts import ContractFacts
from contracting.notices import contract_notice, contract_release
from contracting.states import GROUND_WORDS
from core.errors import gettext_noop
from core.law.duties import Duty
from core.money import Yuan
from core.workdays import beijing_date
from disclosure import ocds
from disclosure.states import NoticeType

PARTS: dict[str, str] = {
    "delivery": gettext_noop("Delivery"),
    "ends_on": gettext_noop("Ends"),
    "specs": gettext_noop("Specification"),
    "subcontracts": gettext_noop("Subcontracts, for which the supplier answers"),
}


def number_of(contract: ContractFacts, no: int) -> str:
    """Give the number of a change: that of the contract with BG (变更) and its place."""
    return f"{contract.contract_no}-BG{no}"


def parts(contract: ContractFacts, alteration: AlterationFacts) -> list[tuple[str, str, str, str]]:
    """Give what changes, part by part: (message id, item or nothing, before, after); texts as they were agreed."""
    found = []
    for name, label in PARTS.items():
        if name not in alteration.after:
            continue
        was, now = alteration.before[name], alteration.after[name]
        if name == "specs":
            found += [(label, contract.items[int(no)].name, was[no], text) for no, text in now.items()]
        elif name == "subcontracts":
            found.append((label, "", _subcontracts(was), _subcontracts(now)))
        else:
            found.append((label, "", was or "", now))
    return found


def _subcontracts(rows: list[dict[str, str]]) -> str:
    return "；".join(
        f"{row['name']}（{row['credit_code']}，{(Decimal(row['share']) * 100).normalize():f}%）{row['work']}"
        for row in rows
    )


def alteration_notice(
    contract: ContractFacts,
    alteration: AlterationFacts,
    *,
    amount: Yuan,
    basis: Duty,
    agreed_at: datetime,
) -> dict[str, Any]:
    """Give the notice; `contract` is as it stands with the change, `amount` with its signed supplements."""
    said = contract_notice(contract, published_at=agreed_at)
    number, signed_on = number_of(contract, alteration.no), beijing_date(agreed_at)
    changed = [
        [{"msg": label} if not item else item, was or "—", now or "—"]
        for label, item, was, now in parts(contract, alteration)
    ]
    rows: list[list[Any]] = [
        [gettext_noop("Original contract"), f"{contract.contract_no} {contract.title}"],
        [gettext_noop("Number of the change"), number],
        [gettext_noop("Ground"), {"msg": GROUND_WORDS[alteration.ground]}],
        [gettext_noop("Reason"), alteration.reason],
        [gettext_noop("Amount, which stays as it is"), amount],
        [gettext_noop("Agreed by both sides on"), signed_on],
        [gettext_noop("SHA-256 of the signed terms"), alteration.terms_hash],
        [gettext_noop("Legal basis"), basis.citation],
    ]
    head = [gettext_noop("Parts that change"), gettext_noop("As it was"), gettext_noop("As it is now")]
    release = contract_release(contract)
    amendment = ocds.amendment(
        number, at=agreed_at, rationale=alteration.reason, description=GROUND_WORDS[alteration.ground]
    )
    (own,) = release["contracts"]
    return {
        **said,
        "type": NoticeType.CONTRACT_CHANGE,
        "source": f"alteration.{alteration.id}",
        "sections": [
            {"title": gettext_noop("Contract change"), "rows": rows},
            {"title": gettext_noop("Parts that change"), "table": {"head": head, "rows": changed}},
            *said["sections"],
        ],
        "facts": {
            **said["facts"],
            "contract_no": number,
            "original_no": contract.contract_no,
            "signed_on": signed_on,
            "amount_before": amount,
            "amount_after": amount,
            "ground": alteration.ground,
            "reason": alteration.reason,
            "before": alteration.before,
            "after": alteration.after,
            "terms_hash": alteration.terms_hash,
            "late": False,
        },
        "release": {**release, "contracts": [{**own, "amendments": [amendment]}]},
        "tag": ["contractAmendment"],
    }
