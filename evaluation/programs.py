"""The pages of evaluation for programs, as JSON: what to do, what to sign, and one's own scores alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from core.money import Yuan
from evaluation import blind, page_calls, selectors, talks, verifying
from evaluation.models import Member, Panel, Report, Score
from evaluation.page import people, report_sign, signable, stream
from evaluation.page_sheets import unexplained
from evaluation.services.panels import declaration
from evaluation.states import MemberStatus
from realtime.selectors import last_seq
from tendering.facts import TenderFacts


def saved(score: Score) -> dict[str, Any]:
    """Give the answer to a saved score: how far the sheet is, and what is still missing in this cell."""
    panel = score.sheet.member.panel
    cells = selectors.cells_of(panel)
    here = (score.bid_id, score.criterion)
    criterion = next(one.criterion for one in cells if (one.bid_id, one.criterion.id) == here)
    missing = unexplained(criterion.kind, score, criterion.max)
    return {
        "saved": True,
        "bid": blind.public_id(panel, score.bid_id) if blind.closed(panel) else str(score.bid_id),
        "criterion": score.criterion,
        "value": f"{score.value:.2f}",
        "needs_reason": missing,
        "hint": _("Say why: the score is far from the middle.") if missing else "",
        "done": score.sheet.scores.count(),
        "of": len(cells),
    }


def room_json(
    panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool, reading: bool
) -> dict[str, Any]:
    """Give the room to a program: state, people, what one may do and sign, and one's own scores alone.

    Without `reading` a bid is what the opening published: its bidder and its quote.
    """
    own = selectors.own_scores(member.sheet) if member is not None else {}
    shown = blind.shown(panel, tender, member)
    seen = {bid_id: one.bid for bid_id, one in shown.items()}
    found: dict[str, Any] = {
        "panel": str(panel.pk),
        "tender": str(panel.tender_id),
        "status": panel.status,
        "hosting": hosting,
        "members": [
            {k: v for k, v in row.items() if k not in {"state", "glyph", "video"}} for row in people(panel)
        ],
        "you": None,
        "stream": stream(panel),
        "after": last_seq(stream(panel)),
        "bids": [
            {
                "bid": str(bid.bid_id),
                "lot": bid.lot,
                "supplier": bid.supplier_name,
                "quote": str(bid.quote) if bid.quote is not None else None,
                "sheet": bid.sheet if reading else None,
                "files": [
                    {
                        "id": str(file.id),
                        "name": file.name,
                        "sha256": file.sha256,
                        "scan": file.scan,
                        "found": file.found,
                    }
                    for file in bid.files
                ]
                if reading
                else [],
            }
            for bid in seen.values()
        ],
        "conditions": [
            {"criterion": row.id, "kind": row.kind, "name": row.name} for row in selectors.conditions(tender)
        ],
        "grounds": [{"code": one.code, "name": one.name} for one in selectors.grounds_of(tender)],
        "unreviewed": [
            {"bid": str(seen[bid].bid_id), "criterion": criterion}
            for bid, criterion in blind.in_order(selectors.unreviewed(panel), shown, lambda row: row[0])
        ],
        "cells": [
            _cell_json(cell, seen[cell.bid_id].bid_id, own.get((cell.bid_id, cell.criterion.id)))
            for cell in blind.in_order(selectors.cells_of(panel), shown, lambda row: row.bid_id)
        ],
        "urls": urls(panel),
        "talks": [
            {"supplier": talk.supplier.name, "url": reverse("evaluation:talk", args=[panel.pk, talk.pk])}
            for talk in (talks.of(panel) if reading else [])
        ],
        "changes": [
            {"change": row.pk, "term": row.term, "status": row.status}
            for row in (talks.changes_of(panel) if reading else [])
        ],
    }
    if member is not None:
        found["you"] = {
            "member": str(member.pk),
            "seat": f"E{member.position}",
            "kind": member.kind,
            "status": member.status,
            "sheet": member.sheet.status,
            "sign": signable(declaration(panel, member), f"declaration.{member.pk}")
            if member.status == MemberStatus.INVITED
            else None,
        }
    return found


def _cell_json(cell: selectors.Cell, bid_id: UUID, score: Any) -> dict[str, Any]:
    return {
        "bid": str(bid_id),
        "lot": cell.lot,
        "criterion": cell.criterion.id,
        "kind": cell.criterion.kind,
        "max": f"{cell.criterion.max:f}",
        "rule": cell.criterion.rule,
        "found": score.found if score is not None else "",
        "value": f"{score.value:f}" if score is not None else None,
        "reason": score.reason if score is not None else "",
        "needs_reason": unexplained(cell.criterion.kind, score, cell.criterion.max),
    }


def urls(panel: Panel) -> dict[str, str]:
    """Give the addresses of the room's acts."""
    verbs = (
        "present declare recuse advance review score submit correct make_report report sign_report".split()
    )
    return {verb: reverse(f"evaluation:{verb}", args=[panel.pk]) for verb in verbs}


def report_json(panel: Panel, report: Report) -> dict[str, Any]:
    """Give the report to a program: inputs, results, signatures, and whether all of it fits together."""
    return {
        "panel": str(panel.pk),
        "status": panel.status,
        **report_sign(report),
        "digest": report.digest,
        "body": report.body,
        "signatures": [
            {
                "seat": f"E{row.member.position}",
                "name": row.member.name,
                "at": row.at.isoformat(),
                "dissent": row.dissent,
                "signature": row.signature,
            }
            for row in report.signatures.all()
        ],
        "award_due_at": report.award_due_at.isoformat() if report.award_due_at else None,
        "flaws": verifying.flaws(panel, report),
    }


def panel_json(context: dict[str, Any]) -> dict[str, Any]:
    """Give the host's page to a program."""
    panel, wanted = context["panel"], context["wanted"]
    return {
        "tender": str(context["tender"].id),
        "panel": str(panel.pk) if panel else None,
        "status": panel.status if panel else None,
        "size": wanted.size if wanted else None,
        "experts": wanted.experts if wanted else None,
        "rule": wanted.rule if wanted else None,
        "pool": len(context["pool"]),
        "representatives": [
            {"user": str(row.user_id), "name": row.name} for row in context["representatives"]
        ],
        "draw": context["draw"],
        "hash": context["hash"],
        "room": reverse("evaluation:room", args=[panel.pk]) if panel else None,
        "begins_at": panel.begins_at.isoformat() if panel else None,
        "sealed": context["meeting"]["sealed"] if panel else None,
        "names_at": panel.names_at.isoformat() if panel and panel.names_at else None,
        "calls": page_calls.evidence_json(context["calls"]),
    }


def award_json(tender_id: UUID, context: dict[str, Any]) -> dict[str, Any]:
    """Give the award page to a program."""
    panel = context["panel"]
    due = context.get("due_at")
    return {
        "tender": str(tender_id),
        "panel": str(panel.pk) if panel is not None else None,
        "status": panel.status if panel is not None else None,
        "ready": context.get("ready", False),
        "candidates": context.get("first", {}),
        "agreement": str(context["agreement"].id) if context.get("agreement") else None,
        "due_at": due.isoformat() if due else None,
        **(context.get("sign") or {}),
        "awards": [
            {
                "id": str(row.pk),
                "lot": row.lot,
                "bid": str(row.bid_id),
                "supplier": row.supplier.name,
                "amount": str(Yuan(row.amount)),
                "contract": str(row.contract_id) if row.contract_id else None,
            }
            for row in context.get("awards", [])
        ],
    }
