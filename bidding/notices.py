"""What the opening record (开标记录、开标一览表) says: composed here, published by the service."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from bidding.facts import OpenedBidFacts
from core.clock import BEIJING
from core.errors import gettext_noop
from core.money import in_words
from disclosure import ocds
from disclosure.states import NoticeType
from parties.selectors import OrganisationFacts
from tendering.facts import TenderFacts

VERDICTS: dict[str, str] = {
    "opened": gettext_noop("opened"),
    "void_bidder": gettext_noop("void: the bid does not follow from its own record"),
    "void_limits": gettext_noop("void: over the limits of the format"),
    "fault_storage": gettext_noop("not readable: fault of the storage"),
    "fault_platform": gettext_noop("not readable: fault of the platform"),
    "fault_keeper": gettext_noop("not readable: fault of a keeper"),
    "waiting_keepers": gettext_noop("waiting for keepers"),
}
VOID = frozenset({"void_bidder", "void_limits"})


def opening_record(
    tender: TenderFacts,
    bids: list[OpenedBidFacts],
    suppliers: dict[Any, OrganisationFacts],
    closes: list[dict[str, Any]],
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for the opening of all lots."""
    sections: list[dict[str, Any]] = [
        {
            "title": gettext_noop("Opening"),
            "rows": [
                [gettext_noop("Project number"), tender.project_no],
                [gettext_noop("Opening time"), tender.opens_at],
                [gettext_noop("Place"), {"msg": gettext_noop("Online; anyone may follow the opening hall")}],
                [
                    gettext_noop("Opening hall"),
                    {"href": reverse("bidding:opening", args=[tender.id]), "text": tender.project_no},
                ],
            ],
        }
    ]
    for lot in tender.lots:
        rows = [
            [
                bid.supplier_name,
                bid.quote if bid.quote is not None else "—",
                in_words(bid.quote) if bid.quote is not None else "—",
                str(bid.sheet.get("delivery_days") or "—"),
                {"msg": VERDICTS.get(bid.verdict, bid.verdict)},
            ]
            for bid in bids
            if bid.lot == lot.no
        ]
        if rows:
            sections.append(
                {
                    "title": gettext_noop("Opening sheet"),
                    "table": {
                        "head": [
                            gettext_noop("Bidder"),
                            gettext_noop("Quote"),
                            gettext_noop("In words"),
                            gettext_noop("Delivery (days)"),
                            gettext_noop("Verdict"),
                        ],
                        "rows": rows,
                    },
                }
            )
    facts = {
        "bids": [
            {
                "bid_id": str(bid.bid_id),
                "lot": bid.lot,
                "supplier": bid.supplier_name,
                "credit_code": bid.credit_code,
                "quote": str(bid.quote) if bid.quote is not None else None,
                "verdict": bid.verdict,
                "code": bid.code,
                "record_hash": bid.record_hash,
            }
            for bid in bids
        ],
        "close_roots": [
            {"lot": close["lot"], "root": close["root"], "entry": close["entry_index"]} for close in closes
        ],
        "transcripts": [
            {"lot": lot.no, "url": reverse("bidding:transcript", args=[tender.id, lot.no])}
            for lot in tender.lots
            if lot.no in {bid.lot for bid in bids}
        ],
    }
    return {
        "type": NoticeType.OPENING_RECORD,
        "sections": sections,
        "facts": facts,
        "release": _release(tender, bids, suppliers),
        "tag": ["tenderUpdate"],
    }


def _release(
    tender: TenderFacts, bids: list[OpenedBidFacts], suppliers: dict[Any, OrganisationFacts]
) -> dict[str, Any]:
    opened_at = tender.opens_at
    assert opened_at is not None  # noqa: S101 - a tender that was opened has an opening time
    tenderers = {bid.supplier_id: suppliers[bid.supplier_id] for bid in bids}
    return {
        "parties": [ocds.party(org, roles=["tenderer"]) for org in tenderers.values()],
        "tender": {
            "id": tender.project_no,
            "bidOpening": {
                "date": ocds.instant(opened_at.astimezone(BEIJING)),
                "description": "Online opening of sealed bids",
            },
            "tenderers": [ocds.reference(org) for org in tenderers.values()],
            "numberOfTenderers": len(tenderers),
        },
        "bids": {
            "details": [
                ocds.bid_details(
                    str(bid.bid_id),
                    tenderers=[suppliers[bid.supplier_id]],
                    amount=bid.quote,
                    submitted=bid.opened_at,
                    status="disqualified" if bid.verdict in VOID else "pending",
                    lot=bid.lot,
                )
                for bid in bids
            ],
            "statistics": [{"id": "bids", "measure": "bids", "value": len(bids)}],
        },
    }
