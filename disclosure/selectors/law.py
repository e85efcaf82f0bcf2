"""Which rules a process page cites, as of the day on which its law was fixed."""

from __future__ import annotations

from typing import Any

from core.clock import BEIJING
from core.enacted import selectors as enacted
from core.errors import Refused, gettext_noop
from disclosure.models import Notice
from disclosure.states import SANDBOX_MARK

CITED = {
    "L-09.bid_min_days": gettext_noop("Time to prepare bids, at least"),
    "L-18.single_source_notice_min": gettext_noop("Single-source notice stands, at least"),
    "D-03.nontender_notice_period": gettext_noop("Notice stands"),
    "T-02.tender_notice_period": gettext_noop("Notice stands"),
    "L-14.min_bidders": gettext_noop("Valid bids needed, at least"),
    "L-16.result_notice": gettext_noop("Result published within"),
    "N-12.result_notice": gettext_noop("Result published within"),
    "T-24.result_notice_period": gettext_noop("Award notice stands"),
    "L-20.contract_notice": gettext_noop("Contract published within"),
}
"""Rule ids and how a page names them; those that do not hold for the method in question are left out."""
CERTAINTIES = (
    gettext_noop("full text"),
    gettext_noop("article text"),
    gettext_noop("source document"),
    gettext_noop("secondary source"),
    gettext_noop("general knowledge"),
    gettext_noop("uncertain"),
    gettext_noop("platform rule"),
    gettext_noop("demonstration"),
)
"""How a value was checked, for translation."""
UNITS = {
    "day": gettext_noop("days"),
    "workday": gettext_noop("working days"),
    "minute": gettext_noop("minutes"),
    "second": gettext_noop("seconds"),
    "count": "",
}


def chips(lead: Notice) -> list[dict[str, Any]]:
    """Give the rules that hold for a notice's method, region and category: name, value, unit, citation, certainty.

    A process of the sandbox shows the sandbox's periods, every other one the law's, wherever it is read.
    """
    as_of = lead.law_as_of or lead.published_at.astimezone(BEIJING).date()
    try:
        law = enacted.law(
            as_of,
            lead.region,
            None,
            lead.category or None,
            lead.method or None,
            sandbox=SANDBOX_MARK in lead.ocid,
        )
    except (Refused, ValueError):
        return []
    rules = [law.cite(name) for name in CITED if law.has(name)]
    return [
        {
            "rule_id": rule.id,
            "name": CITED[rule.id],
            "value": str(rule.value),
            "unit": UNITS.get(rule.unit, rule.unit),
            "citation": rule.citation,
            "certainty": str(rule.certainty),
        }
        for rule in rules
    ]
