"""What the pages say about who may take part: findings in words, and the credit queries."""

from __future__ import annotations

from typing import Any

from core import clock
from core.workdays import beijing_date
from evaluation import eligibility
from evaluation.models import Panel
from evaluation.selectors import readable_bids
from evaluation.states import PanelStatus
from parties import credit
from parties.eligibility_words import said
from parties.forms import CreditNoteForm
from tendering.facts import TenderFacts


def rows(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give every bidder whose bid was opened: what was found, in words, and the credit query."""
    day = beijing_date(tender.bids_due_at or clock.now())
    return [
        {
            "bid": row.bid,
            "findings": [{"finding": one, "said": said(one)} for one in row.findings],
            "said": [said(one) for one in row.findings],
            "barred": bool(row.barred),
            "query": row.query,
            "evidence": [
                {
                    "facts": one,
                    "valid": one.proof.proves(day),
                    "named": f"{one.condition}:{one.sha256}" in row.bid.sheet.get("facts", {}).values(),
                }
                for one in row.evidence
            ],
        }
        for row in eligibility.standings(tender, readable_bids(tender.id), clock.now()).values()
    ]


def suppliers(tender: TenderFacts) -> dict[str, str]:
    """Give the names of all who take part by opened bids, by credit code."""
    return eligibility.names_of(readable_bids(tender.id))


def context(panel: Panel, tender: TenderFacts, form: Any, *, hosting: bool) -> dict[str, Any]:
    """Give the context of the page; the host asks, or enters by hand, until the award is decided."""
    found = rows(tender)
    asks = hosting and panel.status not in (PanelStatus.DECIDED, PanelStatus.DISSOLVED)
    return {
        "panel": panel,
        "tender": tender,
        "rows": found,
        "queries": eligibility.queries(tender),
        "asks": asks,
        "line": credit.source() is not None,
        "form": form or CreditNoteForm(suppliers=suppliers(tender)),
    }
