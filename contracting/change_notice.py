"""The notice of a change of a contract (合同变更公告): what a supplement adds, beside the contract as it was.

Source: 《政府采购法》第四十九条; 《政府采购法实施条例》第五十条.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from contracting.facts import ContractFacts
from contracting.notices import contract_notice, contract_release
from core.errors import gettext_noop
from core.law.rule import Rule
from core.money import Yuan
from disclosure import ocds
from disclosure.states import NoticeType


def change_notice(
    supplement: ContractFacts,
    original: ContractFacts,
    earlier: Iterable[ContractFacts],
    *,
    cap: Yuan,
    rule: Rule,
    published_at: datetime,
) -> dict[str, Any]:
    """Give the notice of a signed supplement; `earlier` are those concluded before it, `cap` what all may come to."""
    said = contract_notice(supplement, published_at=published_at)
    added = Yuan.total(row.amount for row in (*earlier, supplement))
    before = original.amount + added - supplement.amount
    rows: list[list[Any]] = [
        [gettext_noop("Original contract"), f"{original.contract_no} {original.title}"],
        [
            gettext_noop("Content of the change"),
            {"msg": gettext_noop("More of the same items at the same unit prices")},
        ],
        [gettext_noop("Amount of the original contract"), original.amount],
        [gettext_noop("Amount before this change"), before],
        [gettext_noop("This change adds"), supplement.amount],
        [gettext_noop("Amount with this change"), original.amount + added],
        [gettext_noop("All changes together"), added],
        [gettext_noop("All changes may come to"), cap],
        [gettext_noop("Legal basis"), rule.citation],
    ]
    release = contract_release(supplement)
    first = contract_release(original)
    amendment = ocds.amendment(
        supplement.contract_no,
        at=supplement.signed_at or published_at,
        rationale=rule.citation,
        description=supplement.title,
    )
    return {
        **said,
        "type": NoticeType.CONTRACT_CHANGE,
        "sections": [{"title": gettext_noop("Contract change"), "rows": rows}, *said["sections"]],
        "facts": {
            **said["facts"],
            "original_no": original.contract_no,
            "amount_before": before,
            "amount_after": original.amount + added,
            "added": added,
            "cap": cap,
        },
        "release": {
            **release,
            "contracts": [*release["contracts"], {**first["contracts"][0], "amendments": [amendment]}],
        },
        "tag": ["contractAmendment"],
    }
