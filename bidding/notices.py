"""What the opening record (开标记录、开标一览表) says: composed here, published by the service."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from bidding.facts import OpenedBidFacts
from bidding.models import Resolution
from bidding.sealing.shape import write_instant
from core.clock import BEIJING
from core.errors import gettext_noop
from core.money import in_words
from disclosure import ocds
from disclosure.states import NoticeType
from parties.selectors import OrganisationFacts
from tendering.facts import TenderFacts
from tendering.methods import method_of

VERDICTS: dict[str, str] = {
    "opened": gettext_noop("opened"),
    "void_bidder": gettext_noop("void: the bid does not follow from its own record"),
    "void_limits": gettext_noop("void: over the limits of the format"),
    "fault_storage": gettext_noop("not readable: fault of the storage"),
    "fault_platform": gettext_noop("not readable: fault of the platform"),
    "fault_keeper": gettext_noop("not readable: fault of a keeper"),
    "waiting_keepers": gettext_noop("waiting for keepers"),
    "not_opened": gettext_noop("not opened: its technical part did not pass"),
}
SHEETS: dict[str, str] = {
    "single": gettext_noop("Opening sheet"),
    "technical": gettext_noop("Opening of the technical envelopes"),
    "price": gettext_noop("Opening of the price envelopes"),
}
VOID = frozenset({"void_bidder", "void_limits"})
ASIDE = gettext_noop("not opened; by the supervisor’s resolution the procedure goes on without it")
DECISIONS: dict[str, str] = {
    Resolution.AGAIN: gettext_noop("The keepers’ shares are gathered again"),
    Resolution.WITHOUT: gettext_noop("The procedure goes on without this bid"),
}
WORDS: dict[str, str] = {
    "confirmed": gettext_noop("confirmed and signed"),
    "objected": gettext_noop("objected"),
    "silent": gettext_noop("said nothing in time, which counts as confirmed"),
    "waiting": gettext_noop("has not answered yet"),
}


def resolution_lines(resolutions: Iterable[Resolution]) -> list[dict[str, Any]]:
    """Give the supervisor's resolutions as the opening record and the minutes hold them."""
    return [
        {
            "number": row.number,
            "lot": row.opening.lot,
            "decision": row.decision,
            "bids": row.body["bids"],
            "reason": row.body["reason"],
            "authority": row.authority,
            "at": write_instant(row.decided_at),
            "entry": row.entry_index,
        }
        for row in resolutions
    ]


def opening_record(
    tender: TenderFacts,
    bids: list[OpenedBidFacts],
    suppliers: dict[Any, OrganisationFacts],
    closes: list[dict[str, Any]],
    *,
    resolutions: list[Resolution],
    minutes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for the opening of all lots.

    `minutes` are the signed ones (`services.minutes`), with what each bidder said.
    """
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
        for envelope in tender.envelopes:
            rows = [bid for bid in bids if (bid.lot, bid.envelope) == (lot.no, envelope)]
            if rows:
                sections.append({"title": SHEETS[envelope], "table": _table(rows, envelope)})
    if resolutions:
        sections.append(_decided(resolutions, {bid.bid_id: bid.supplier_name for bid in bids}))
    if minutes is not None:
        sections += _said(minutes)
    facts: dict[str, Any] = {
        "bids": [
            {
                "bid_id": str(bid.bid_id),
                "lot": bid.lot,
                "envelope": bid.envelope,
                "supplier": bid.supplier_name,
                "credit_code": bid.credit_code,
                "quote": str(bid.quote) if bid.quote is not None else None,
                "verdict": bid.verdict,
                "code": bid.code,
                "record_hash": bid.record_hash,
                "set_aside": bid.set_aside,
            }
            for bid in bids
        ],
        "close_roots": [
            {name: close[name] for name in ("lot", "envelope", "root")} | {"entry": close["entry_index"]}
            for close in closes
        ],
        "transcripts": [
            {"lot": lot, "envelope": envelope, "url": transcript_address(tender.id, lot, envelope)}
            for lot, envelope in dict.fromkeys((bid.lot, bid.envelope) for bid in bids)
        ],
        "resolutions": resolution_lines(resolutions),
        "minutes": minutes,
    }
    return {
        "type": NoticeType.OPENING_RECORD,
        "sections": sections,
        "facts": facts,
        "release": _release(tender, bids, suppliers),
        "tag": ["tenderUpdate"],
    }


def transcript_address(tender_id: uuid.UUID, lot: str, envelope: str) -> str:
    """Give the address of the transcript of one envelope of a lot."""
    address = reverse("bidding:transcript", args=[tender_id, lot])
    return f"{address}?envelope=price" if envelope == "price" else address


def _table(bids: list[OpenedBidFacts], envelope: str) -> dict[str, Any]:
    """Give the opening sheet of one envelope: a technical one has no prices, a price says nothing of the delivery."""
    columns: list[tuple[str, Any]] = [
        (gettext_noop("Bidder"), lambda bid: bid.supplier_name),
        (gettext_noop("Quote"), lambda bid: bid.quote if bid.quote is not None else "—"),
        (gettext_noop("In words"), lambda bid: in_words(bid.quote) if bid.quote is not None else "—"),
        (gettext_noop("Delivery (days)"), lambda bid: str(bid.sheet.get("delivery_days") or "—")),
        (
            gettext_noop("Verdict"),
            lambda bid: {"msg": ASIDE if bid.set_aside else VERDICTS.get(bid.verdict, bid.verdict)},
        ),
    ]
    left_out = {"technical": (1, 2), "price": (3,)}.get(envelope, ())
    shown = [column for place, column in enumerate(columns) if place not in left_out]
    return {"head": [head for head, _ in shown], "rows": [[cell(bid) for _, cell in shown] for bid in bids]}


def _decided(resolutions: list[Resolution], names: dict[uuid.UUID, str]) -> dict[str, Any]:
    """Give the section of what the supervisor decided about held bids."""
    head = [
        gettext_noop("Decided"),
        gettext_noop("Supervisor"),
        gettext_noop("Bidder"),
        gettext_noop("Decision"),
        gettext_noop("Reason"),
    ]
    rows = [
        [
            row.decided_at,
            row.authority,
            "、".join(names.get(uuid.UUID(bid), bid) for bid in row.body["bids"]),
            {"msg": DECISIONS[row.decision]},
            row.body["reason"],
        ]
        for row in resolutions
    ]
    return {
        "title": gettext_noop("Resolutions of the supervisor"),
        "table": {"head": head, "rows": rows},
    }


def _said(minutes: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the sections of the signed minutes: what each bidder said of its line, and who signed."""
    bids = [bid for lot in minutes["lots"] for bid in lot["bids"]]
    head = [
        gettext_noop("Bidder"),
        gettext_noop("Its word"),
        gettext_noop("Objection"),
        gettext_noop("Answer"),
    ]
    rows = [
        [bid["supplier"], {"msg": WORDS[bid["word"]]}, bid["objection"] or "—", bid["answer"] or "—"]
        for bid in bids
    ]
    signed = [
        [gettext_noop("Opened by"), minutes["host"]],
        [gettext_noop("Recorded and signed by"), minutes["signed_by"]],
        [gettext_noop("Signed"), datetime.fromisoformat(minutes["signed_at"])],
        [gettext_noop("Hash of the minutes"), minutes["sha256"]],
    ]
    return [
        {"title": gettext_noop("Confirmations and objections"), "table": {"head": head, "rows": rows}},
        {"title": gettext_noop("Minutes of the opening"), "rows": signed},
    ]


def lot_failure(tender: TenderFacts, lot: str, reason: str, citation: str, at: datetime) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for one lot that failed (废标) while others go on."""
    found = tender.lot(lot)
    rows = [
        [gettext_noop("Project number"), tender.project_no],
        [gettext_noop("Lot"), f"{lot} {found.title if found else ''}".strip()],
        [gettext_noop("Reason"), {"msg": reason}],
        [gettext_noop("Legal basis"), citation],
        [gettext_noop("Ended"), at],
    ]
    lots = [{"id": lot, "status": "unsuccessful"}]
    return {
        "type": NoticeType.FAILURE,
        "amount": found.budget if found else None,
        "sections": [{"title": gettext_noop("This lot has failed; the other lots go on"), "rows": rows}],
        "facts": {
            "tender": str(tender.id),
            "lot": lot,
            "reason": reason,
            "rule": method_of(tender.method).failed,
            "ended_at": at,
            "sandbox": tender.sandbox,
        },
        "release": {"tender": {"id": tender.project_no, "lots": lots}},
        "tag": ["tenderUpdate"],
    }


def _release(
    tender: TenderFacts,
    bids: list[OpenedBidFacts],
    suppliers: dict[Any, OrganisationFacts],
) -> dict[str, Any]:
    opened_at = tender.opens_at
    assert opened_at is not None  # noqa: S101 - a tender that was opened has an opening time
    tenderers = {bid.supplier_id: suppliers[bid.supplier_id] for bid in bids}
    quotes = {(bid.lot, bid.supplier_id): bid.quote for bid in bids if bid.quote is not None}
    whole = [bid for bid in bids if bid.envelope != "price"]
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
                    amount=quotes.get((bid.lot, bid.supplier_id)),
                    submitted=bid.opened_at,
                    status="disqualified"
                    if bid.verdict in VOID
                    else "withdrawn"
                    if bid.set_aside
                    else "pending",
                    lot=bid.lot,
                )
                for bid in whole
            ],
            "statistics": [{"id": "bids", "measure": "bids", "value": len(whole)}],
        },
    }
