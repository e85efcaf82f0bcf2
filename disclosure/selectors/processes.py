"""The public page of one procurement process, put together from its notices and its compiled release."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.errors import NotFound, gettext_noop
from core.money import BadMoney, Yuan
from disclosure.models import Notice, Transaction
from disclosure.selectors import notices, open_data, transactions
from disclosure.states import LABELS, NoticeType, official_name

T = NoticeType
GLYPHS = {
    T.OPENING_RECORD: "opened", T.AWARD: "signed", T.CONTRACT: "signed", T.CONTRACT_CHANGE: "signed", T.FAILURE: "failed",
    T.CANCELLATION: "failed", T.SUSPENSION: "held",
}  # fmt: skip


@dataclass(frozen=True)
class Process:
    """Everything public about one process; `compiled` is its OCDS compiled release."""

    ocid: str
    notices: list[Notice]
    compiled: dict[str, Any]
    order: Transaction | None = None
    orders: list[Transaction] = field(default_factory=list)

    def newest(self, *types: str) -> Notice | None:
        """Give the newest notice of one of `types`."""
        return next((n for n in reversed(self.notices) if n.type in types), None)

    @property
    def lead(self) -> Notice | None:
        """The notice that describes the process best: the newest of its announcement, else the first."""
        announced = self.newest(T.TENDER_NOTICE, T.FRAMEWORK_CALL, T.MALL_CALL, T.PREQUALIFICATION)
        return announced or (self.notices[0] if self.notices else None)

    @property
    def budget(self) -> Decimal | None:
        """The published budget, from the newest notice that names one before the award."""
        lead = self.lead
        return lead.amount if lead is not None else None

    @property
    def due_at(self) -> datetime | None:
        """The deadline now in force: that of the newest notice that sets one."""
        return next((n.due_at for n in reversed(self.notices) if n.due_at), None)


def process(ocid: str) -> Process:
    """Give the public process `ocid`, in at most four queries; raises NotFound if nothing of it is public."""
    found = notices.of_process(ocid)
    compiled = open_data.compiled_of(ocid) or {}
    order = transactions.of_process(ocid)
    if not found and order is None:
        raise NotFound()
    return Process(ocid, found, compiled, order, transactions.orders_under(ocid))


def timeline(it: Process, now: datetime) -> list[dict[str, Any]]:
    """Give the acts of a process in order: its notices, then the dates still to come."""
    acts: list[dict[str, Any]] = [
        {
            "at": n.published_at,
            "title": LABELS[NoticeType(n.type)],
            "who": n.publisher,
            "detail": official_name(n.type, n.method),
            "notice": n,
            "proof": n.hash,
            "kind": GLYPHS.get(NoticeType(n.type), ""),
            "state": "done",
        }
        for n in it.notices
    ]
    if it.order is not None:
        acts.append(
            {
                "at": it.order.ordered_at,
                "title": gettext_noop("Order placed"),
                "who": it.order.purchaser_name,
                "state": "done",
                "kind": "signed",
                "proof": it.order.hash,
            }
        )
    ended = it.newest(T.OPENING_RECORD, T.AWARD, T.FRAMEWORK_DEAL, T.FAILURE, T.MALL_FAILURE, T.CANCELLATION)
    if it.due_at and not ended:
        acts.append({"at": it.due_at, "title": gettext_noop("Bids close and are opened"),
                     "state": "next" if it.due_at > now else "now", "kind": "sealed"})  # fmt: skip
    return sorted(acts, key=lambda act: act["at"])


def earlier(it: Process) -> list[dict[str, Any]]:
    """Give the processes that failed before this one: `identifier` (their ocid) and `title`."""
    return [
        row
        for row in it.compiled.get("relatedProcesses") or []
        if "unsuccessfulProcess" in row.get("relationship", [])
    ]


def later(it: Process) -> list[Notice]:
    """Give the notices by which the purchaser procured again what this process did not bring about."""
    ended = it.newest(T.FAILURE, T.MALL_FAILURE, T.CANCELLATION)
    return notices.procured_again(ended) if ended is not None else []


def _first(row: dict[str, Any], *names: str) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "")), "")


def price_table(it: Process) -> list[dict[str, Any]]:
    """Give the opened prices by lot and price, from the opening record: `supplier`, `lot`, `price`, `proof`, `note`."""
    opening = it.newest(T.OPENING_RECORD)
    rows = []
    for bid in (opening.facts.get("bids") or []) if opening else []:
        price = _first(bid, "price", "quote", "amount")
        try:
            amount = Yuan(price) if price != "" else None
        except BadMoney:
            amount = None
        rows.append(
            {
                "supplier": _first(bid, "supplier", "supplier_name", "name"),
                "lot": str(_first(bid, "lot", "lot_no") or ""),
                "price": amount,
                "said": "" if amount is not None else price,
                "proof": _first(bid, "record_hash", "hash"),
                "note": _first(bid, "note", "reason"),
            }
        )
    return sorted(rows, key=lambda row: (row["lot"], row["price"] is None, row["price"] or Yuan(0)))


def winners(it: Process) -> list[dict[str, Any]]:
    """Give the winners of the newest award notice."""
    award = it.newest(T.AWARD, T.RESULT_CHANGE)
    rows = (award.facts.get("winners") or []) if award else []
    return [
        {
            "name": _first(w, "name", "supplier", "supplier_name"),
            "lot": str(_first(w, "lot", "lot_no") or ""),
            "amount": _first(w, "amount", "price"),
            "score": _first(w, "score", "total"),
            "address": w.get("address", ""),
        }
        for w in rows
    ]


def documents(it: Process) -> list[dict[str, Any]]:
    """Give the documents of every stage once each, but not the notices' own pages."""
    compiled = it.compiled
    found: list[dict[str, Any]] = []
    places = [
        compiled.get("planning"),
        compiled.get("tender"),
        *(compiled.get("awards") or []),
        *(compiled.get("contracts") or []),
    ]
    for place in places:
        found += [
            d for d in (place or {}).get("documents") or [] if not str(d.get("id", "")).startswith("notice-")
        ]
    return list({d.get("url", d.get("id")): d for d in found}.values())
