"""What the pages of evaluation show, and the same for programs: words and numbers only, no decisions.

Whoever is not a member gets no member's scores before the reveal; a member gets their own.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bidding.facts import OpenedBidFacts
from bidding.selectors import prices_stand
from core import clock
from core.canonical import digest
from core.errors import gettext_noop
from core.law.duties import duty
from core.money import Yuan
from evaluation import (
    blind,
    eligibility_page,
    page_calls,
    page_questions,
    page_reading,
    page_rechecks,
    page_rounds,
    page_sheets,
    page_video,
    prices,
    selectors,
)
from evaluation.corrections import OPENED
from evaluation.models import Member, Panel, Report
from evaluation.notices import FAILURES
from evaluation.services import setting_aside, technical
from evaluation.services.agenda import AWAY_AFTER_SECONDS
from evaluation.services.awards import purpose_of
from evaluation.services.panels import declaration, look_back_years
from evaluation.services.terms import fee_of
from evaluation.states import (
    AGENDA,
    AGENDA_APART,
    AGENDA_ROUNDS,
    CALL_GLYPHS,
    CALL_WORDS,
    FILLED_AT_WORK,
    PANEL_GLYPHS,
    PANEL_WORDS,
    REVEALED,
    MemberStatus,
    PanelStatus,
    SheetStatus,
)
from evaluation.video import sittings
from planning.forms import ReasonForm
from realtime.selectors import last_seq
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.supplement import agreements_made

EXCLUDED: dict[str, str] = {
    "not_compliant": gettext_noop("does not meet a condition"),
    "conflict": gettext_noop("conflict of interest"),
    "over_ceiling": gettext_noop("the quote is above the ceiling"),
    "over_unit_ceiling": gettext_noop("a unit price is above its ceiling, or missing"),
    "over_budget": gettext_noop("the quote is above the budget"),
    "abnormally_low_unproven": gettext_noop("the low quote was not explained"),
    "same_brand": gettext_noop("another bid of the same brand stands before it"),
}
WARNINGS: dict[str, str] = {
    "abnormally_low": gettext_noop("The quote is low enough that the bidder must be asked to explain it."),
    "objective_scores_differ": gettext_noop("The members differ on an objective criterion."),
    "points_not_by_rule": gettext_noop("Points do not follow from the stated fact by the rule."),
    "draw_needed": gettext_noop(
        "Bids are equal where not all of them can stand; the report draws between them."
    ),
}
DECLARES: tuple[str, ...] = (
    gettext_noop(
        "I have not worked for, directed or controlled any of these bidders within the last %(years)s years."
    ),
    gettext_noop("Nobody of my family is responsible at any of them."),
    gettext_noop("I judge alone, by the tender documents, and keep secret what I learn."),
    gettext_noop("I report anybody who tries to influence me."),
)


def stream(panel: Panel) -> str:
    """Give the name of the room's stream."""
    return f"room.{panel.pk}"


def signable(body: Any, purpose: str) -> dict[str, str]:
    """Give what a passkey signs: the hash of the canonical body, and the purpose."""
    return {"payload_hash": digest(body).hex(), "purpose": purpose}


def agenda(panel: Panel) -> list[dict[str, Any]]:
    """Give the agenda in one line, with where the panel stands."""
    steps = AGENDA_ROUNDS if panel.apart and panel.talks.exists() else AGENDA_APART if panel.apart else AGENDA
    order = [status for status, _word in steps]
    at = order.index(PanelStatus(panel.status)) if panel.status in order else len(order)
    return [{"word": _(word), "past": n < at, "now": n == at} for n, (_status, word) in enumerate(steps)]


def people(panel: Panel) -> list[dict[str, Any]]:
    """Give the members along the top: who, where they stand, whether they are here. Numbers, never scores."""
    counts, cells = selectors.progress(panel), len(selectors.cells_of(panel))
    report = selectors.report_of(panel)
    signed = {row.member_id for row in report.signatures.all()} if report else set()
    lines = sittings.lines(panel)
    now = clock.now()
    found = []
    for member in selectors.members_of(panel):
        here = member.seen_at is not None and (now - member.seen_at).total_seconds() <= AWAY_AFTER_SECONDS
        row = {
            "member": str(member.pk),
            "seat": f"E{member.position}",
            "name": selectors.shown_name(panel, member),
            "kind": member.kind,
            "status": member.status,
            "call": call.status if (call := getattr(member, "call", None)) is not None else "",
            "present": here,
            "done": counts.get(member.pk, 0),
            "of": cells,
            "submitted": member.sheet.status == SheetStatus.SUBMITTED,
            "signed": member.pk in signed,
        }
        row["state"], row["glyph"] = _standing(panel, row)
        row["video"] = page_video.words(lines.get(member.pk)) if lines else None
        found.append(row)
    return found


def _standing(panel: Panel, row: dict[str, Any]) -> tuple[str, str]:
    if row["signed"]:
        return _("report signed"), "signed"
    if row["status"] == MemberStatus.INVITED:
        called = row["call"]
        return (_(CALL_WORDS[called]), CALL_GLYPHS[called]) if called else (_("invited"), "waiting")
    if panel.status == PanelStatus.DRAWN:
        return _("declared"), "signed"
    if panel.status == PanelStatus.REVIEWING:
        return _("reviewing"), "active"
    if panel.status in (PanelStatus.TALKING, PanelStatus.QUOTING):
        return _("in the talks"), "active"
    if row["submitted"]:
        return _("committed"), "sealed" if panel.status == PanelStatus.SCORING else "done"
    if panel.status == PanelStatus.SCORING:
        return _("scoring %(done)s of %(of)s") % row, "active"
    return _("left unfinished"), "held"


def room(
    panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool, reading: bool
) -> dict[str, Any]:
    """Give the context of the room for one person; `reading`: bids are shown whole, not only who bid what."""
    seen = blind.shown(panel, tender, member)
    bids = [one.bid for one in seen.values()]
    veiled = blind.veiled(panel, member)
    contradicting = prices.contradicting(tender, bids) if reading else frozenset()
    context: dict[str, Any] = {
        "panel": panel,
        "tender": tender,
        "me": member,
        "hosting": hosting,
        "reading": reading,
        "veiled": veiled,
        "word": _(PANEL_WORDS[panel.status]),
        "glyph": PANEL_GLYPHS[panel.status],
        "agenda": agenda(panel),
        "people": people(panel),
        "bids": [
            {
                "facts": bid,
                "adds_up": adds_up(bid),
                "contradicts": bid.bid_id in contradicting,
                "opened": Yuan.from_fen(bid.sheet[OPENED]) if OPENED in bid.sheet else None,
                "responses": page_reading.responses(one, tender) if reading else [],
                "shown": [file for file in bid.files if page_reading.shown(file)],
            }
            for one in seen.values()
            for bid in [one.bid]
        ],
        "library": page_reading.library(bids) if reading else [],
        "notes": page_reading.notes(member, seen) if reading else [],
        "stream": stream(panel),
        "after": last_seq(stream(panel)),
        "away_after": AWAY_AFTER_SECONDS,
        **page_calls.room(panel),
    }
    asked = page_questions.room(panel, tender, member, hosting=hosting) if reading else {}
    asked |= page_rechecks.room(panel, tender, member)
    return {**context, **asked, **work(panel, tender, member, hosting=hosting)}


def adds_up(bid: OpenedBidFacts) -> bool:
    """Tell whether the item prices of a bid, as it adds them, make its total."""
    return bid.quote is None or bid.quote.fen == sum(
        int(row["amount_fen"]) for row in bid.sheet.get("prices", [])
    )


def work(panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool) -> dict[str, Any]:
    """Give what there is to do at this point of the agenda."""
    invited = member is not None and member.status == MemberStatus.INVITED
    if panel.status == PanelStatus.DRAWN or (invited and panel.status in FILLED_AT_WORK):
        return {
            "declares": [_(line) % {"years": look_back_years(tender)} for line in DECLARES],
            "sign": signable(declaration(panel, member), f"declaration.{member.pk}")
            if member is not None and invited
            else None,
            "undeclared": sum(1 for row in people(panel) if row["status"] != MemberStatus.DECLARED)
            + panel.size
            - len(selectors.members_of(panel)),
        }
    if panel.status == PanelStatus.REVIEWING:
        return {
            "conditions": conditions(panel, tender, member, hosting=hosting),
            "grounds": grounds(tender),
            "standings": [] if blind.veiled(panel, member) else eligibility_page.rows(tender),
            "betrayed": _betrayed(panel, tender, member),
            "talk_next": tender.rounds and bool(selectors.lots_to_score(panel, tender)),
            "unreviewed": len(selectors.unreviewed(panel)),
        }
    if panel.status in (PanelStatus.TALKING, PanelStatus.QUOTING):
        return {
            **page_rounds.room(panel, tender, member, hosting=hosting),
            "conditions": conditions(panel, tender, member, hosting=hosting),
            "grounds": grounds(tender),
        }
    if panel.status == PanelStatus.SCORING:
        return {"sheets": page_sheets.grid(panel, tender, member), "committed": committed(member)}
    if panel.status in (PanelStatus.TECHNICAL, PanelStatus.PRICING):
        return {"technical": technical_lots(panel, tender, member), "prices_stand": prices_stand(tender.id)}
    if panel.status in REVEALED:
        return {
            "lots": lots(selectors.lots_of(panel, tender, _drawn(panel)), tender, panel),
            "revealed": True,
        }
    return {}


def technical_lots(panel: Panel, tender: TenderFacts, member: Member | None) -> list[dict[str, Any]]:
    """Give the technical part of every lot: who passed, who did not and why, every score; no price and no rank."""
    said = panel.technical or technical.report(panel, tender)
    shown = blind.shown(panel, tender, member)
    seen = {str(bid_id): one.bid for bid_id, one in shown.items()}
    bids = [one.real for one in shown.values()] if blind.veiled(panel, member) else []
    scores, differ = selectors.all_scores(panel), selectors.differing(panel)
    seats = [f"E{member.position}" for member in selectors.members_of(panel)]
    cells = blind.in_order(selectors.cells_of(panel), shown, lambda cell: cell.bid_id)
    return [
        {
            "lot": lot["lot"],
            "enough": lot["enough"],
            "seats": seats,
            "passed": [seen[bid].party_name for bid in blind.in_order(lot["passed"], shown, uuid.UUID)],
            "failed": [
                {
                    **row,
                    "supplier": seen[row["bid"]].party_name,
                    "reasons": blind.clean("；".join(row["reasons"]), bids),
                }
                for row in blind.in_order(lot["failed"], shown, lambda row: uuid.UUID(row["bid"]))
            ],
            "scores": [
                {
                    "bid": str(seen[str(cell.bid_id)].bid_id),
                    "supplier": seen[str(cell.bid_id)].party_name,
                    "criterion": cell.criterion.name,
                    "criterion_id": cell.criterion.id,
                    "max": cell.criterion.max,
                    "rule": cell.criterion.rule,
                    "values": [
                        scores.get(seat, {}).get(cell.bid_id, {}).get(cell.criterion.id, "") for seat in seats
                    ],
                    "differs": (cell.bid_id, cell.criterion.id) in differ,
                }
                for cell in cells
                if cell.lot == lot["lot"]
            ],
        }
        for lot in said["lots"]
        if lot["passed"] or lot["failed"]
    ]


def committed(member: Member | None) -> bool:
    """Tell whether a member's sheet is submitted."""
    return member is not None and member.sheet.status == SheetStatus.SUBMITTED


def _drawn(panel: Panel) -> dict[str, list[str]]:
    report = selectors.report_of(panel)
    rows = report.body["lots"] if report else []
    return {row["lot"]: row["case"]["draw"] for row in rows if "draw" in row["case"]}


def conditions(
    panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool
) -> list[dict[str, Any]]:
    """Give every condition of every bid: what was found, and whether this person may say so."""
    reviews = selectors.reviews_of(panel)
    seen = blind.shown(panel, tender, member)
    cites = {bid_id: page_reading.cited(one) for bid_id, one in seen.items()}
    by_host = hosting and not blind.veiled(panel, member)
    if blind.veiled(panel, member):
        for review in reviews.values():
            review.reason = blind.clean(review.reason, [one.real for one in seen.values()])
    return [
        {
            "criterion": row,
            "by_host": row.kind == "qualification",
            "mine": by_host if row.kind == "qualification" else member is not None,
            "cells": [
                {
                    "bid": one.bid,
                    "review": reviews.get((bid_id, row.id)),
                    "cites": cites[bid_id].get(row.id, []),
                }
                for bid_id, one in seen.items()
            ],
        }
        for row in selectors.conditions(tender)
    ]


def _betrayed(panel: Panel, tender: TenderFacts, member: Member | None) -> list[dict[str, str]]:
    """Give, in blind scoring, the technical parts that name their bidder, and where."""
    if not blind.veiled(panel, member):
        return []
    found = [
        (one.bid.party_name, blind.betrayals(one)) for one in blind.shown(panel, tender, member).values()
    ]
    return [{"code": code, "places": "、".join(places)} for code, places in found if places]


def grounds(tender: TenderFacts, rule: str = selectors.INVALID_RULE) -> list[dict[str, str]]:
    """Give a list of lawful grounds to choose from, in the reader's language."""
    language = get_language() or ""
    return [
        {"code": one.code, "words": one.words(language), "citation": one.citation}
        for one in selectors.grounds_of(tender, rule)
    ]


def lots(rows: list[dict[str, Any]], tender: TenderFacts, panel: Panel) -> list[dict[str, Any]]:
    """Give results as tables: every score by evaluator, the ranking, who is out and why, warnings."""
    names, ruled = (
        {row.id: row.name for row in tender.criteria},
        {row.id: row.rule for row in tender.criteria},
    )
    seats = [f"E{member.position}" for member in selectors.members_of(panel)]
    found = []
    for row in rows:
        differ = {
            (one["bid"], one["criterion"])
            for one in row["result"]["warnings"]
            if one["code"] == "objective_scores_differ"
        }
        scores = [
            {
                "bid": bid["id"],
                "supplier": row["names"][bid["id"]],
                "criterion": names[criterion["id"]],
                "criterion_id": criterion["id"],
                "max": criterion["max"],
                "rule": ruled[criterion["id"]],
                "values": [bid["scores"].get(seat, {}).get(criterion["id"], "") for seat in seats],
                "differs": (bid["id"], criterion["id"]) in differ,
            }
            for bid in row["case"]["bids"]
            if bid["scores"]
            for criterion in row["case"]["criteria"]
        ]
        ranking = [
            {
                **place,
                "supplier": row["names"][place["id"]],
                "evaluation_price": Yuan(place["evaluation_price"]),
                "admitted": place["id"] in row["result"].get("admitted", ()),
            }
            for place in row["result"]["ranking"]
        ]
        found.append(
            {
                "lot": row["lot"],
                "seats": seats,
                "scores": scores,
                "ranking": ranking,
                "failed": _(FAILURES[row["result"]["failed"]]) if row["result"]["failed"] else "",
                "admits": "admitted" in row["result"],
                "excluded": [
                    {"supplier": row["names"][one["id"]], "reason": _(EXCLUDED[one["reason"]])}
                    for one in row["result"]["excluded"]
                ],
                "warnings": [
                    {
                        "text": _(WARNINGS[one["code"]]),
                        "about": ", ".join(row["names"][name] for name in one.get("bids", [one.get("bid")])),
                    }
                    for one in row["result"]["warnings"]
                ],
            }
        )
    return found


def reviews(report: Report, tender: TenderFacts) -> list[dict[str, Any]]:
    """Give what was found about each condition, with names."""
    conditions_by_id = {row.id: row for row in tender.criteria}
    names = {name: who for lot in report.body["lots"] for name, who in lot["names"].items()}
    return [
        {
            **row,
            "supplier": names.get(row["bid"], row["bid"]),
            "condition": conditions_by_id[row["criterion"]],
        }
        for row in report.body["reviews"]
    ]


def reasons(report: Report, tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the reasons that members gave for scores, with names."""
    criteria = {row.id: row.name for row in tender.criteria}
    names = {name: who for lot in report.body["lots"] for name, who in lot["names"].items()}
    return [
        {**row, "supplier": names.get(row["bid"], row["bid"]), "criterion": criteria[row["criterion"]]}
        for row in report.body["reasons"]
    ]


def results(rows: list[dict[str, Any]], tender: TenderFacts) -> list[dict[str, Any]]:
    """Give one bidder's result per lot, with words."""
    criteria = {row.id: row.name for row in tender.criteria}
    return [
        {
            **row,
            "excluded": _(EXCLUDED[row["excluded"]]) if row["excluded"] else "",
            "failed": _(FAILURES[row["failed"]]) if row["failed"] else "",
            "criteria": [{**one, "name": criteria[one["id"]]} for one in row["criteria"]],
            "remarks": [{**one, "name": criteria[one["criterion"]]} for one in row["remarks"]],
            "lot_facts": tender.lot(row["lot"]),
        }
        for row in rows
    ]


def award(tender: TenderFacts, panel: Panel | None, report: Report | None) -> dict[str, Any]:
    """Give the context of the award page: candidates in order, what is signed, by when."""
    context: dict[str, Any] = {"tender": tender, "panel": panel, "report": report}
    if panel is None or report is None:
        return context
    first = selectors.undecided(report)
    law = tendering.law_of(tender.id)
    awarded = selectors.awards_of(tender.id)
    context |= {
        "lots": lots(report.body["lots"], tender, panel),
        "ready": panel.status == PanelStatus.SIGNED,
        "first": first,
        "sign": signable(selectors.decision_body(panel, report), purpose_of(tender.id)),
        "due_at": report.award_due_at,
        "rule": law.cite("L-16.award_decision"),
        "awards": awarded,
        "fee": fee_of(tender, Yuan.total(Yuan(row.amount) for row in awarded)) if awarded else None,
        "admits": method_of(tender.method).admits,
        "admitted": _admitted(report),
        "agreements": agreements_made(tender),
        "void": selectors.set_aside_of(tender.id),
        "refused": panel.status == PanelStatus.DECIDED and setting_aside.any_refused(tender.id),
        "refusal_rule": duty("L-23"),
        "silence_rule": duty("T-25"),
        "in_time": not method_of(tender.method).admits
        and report.award_due_at is not None
        and clock.now() < report.award_due_at,
        "set_aside_form": ReasonForm(),
        "sign_failure": signable(selectors.decision_body(panel, report, fails=True), purpose_of(tender.id)),
    }
    return context


def _admitted(report: Report) -> list[str]:
    names = {name: who for lot in report.body["lots"] for name, who in lot["names"].items()}
    return [names[name] for name in selectors.admitted(report)]


def report_sign(report: Report) -> dict[str, str]:
    """Give what a member signs under the report: its own digest."""
    return {"payload_hash": report.digest, "purpose": f"report.{report.pk}"}
