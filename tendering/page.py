"""What the working page of a tender shows: the next step, the to-do list, the timeline. Words only, no decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from contracting.selectors import agreement_of
from contracting.states import SELECTION_WORDS
from core.audit.selectors import entries_of
from core.enacted.words import rule_name, value_text
from core.errors import gettext_noop
from core.law.book import Law
from parties.access import Actor
from tendering.facts import ApplicationFacts, QuestionFacts, TenderFacts
from tendering.framework_rules import percent
from tendering.issues import Issue
from tendering.methods import method_of
from tendering.states import (
    APPLICATION_GLYPHS,
    APPLICATION_WORDS,
    QUALITY_GROUND_WORDS,
    QUESTION_GLYPHS,
    QUESTION_WORDS,
    QuestionStatus,
)
from tendering.states import TenderStatus as S

_FIX = {
    "basics": "tendering:edit",
    "admission": "tendering:admission",
    "lots": "tendering:lot_new",
    "criteria": "tendering:criterion_new",
    "documents": "tendering:document_new",
    "approvals": "tendering:approval",
    "sole": "tendering:sole",
    "emergency": "tendering:emergency",
    "framework": "tendering:framework",
    "competition": "tendering:competition",
    "supplement": "tendering:supplement",
    "ground": "tendering:ground",
    "terms": "tendering:term_new",
}
_EVALUATION_CODES = frozenset(
    {
        "price-weight-too-low",
        "two-envelopes-not-here",
        "evaluation-not-of-method",
        "deduction-out-of-range",
        "deduction-on-reserved",
        "deduction-without-law",
    }
)
_ACTS: dict[str, tuple[str, str]] = {
    "draft": (gettext_noop("Draft begun from the plan"), "draft"),
    "entrust": (gettext_noop("Agency entrusted"), "done"),
    "supplement": (gettext_noop("Made a supplementary call of an agreement in force"), "done"),
    "choose_agreement": (gettext_noop("Framework agreement chosen"), "done"),
    "submit_for_approval": (gettext_noop("Submitted to the purchaser for approval"), "waiting"),
    "explain_term": (gettext_noop("A term that may discriminate explained"), "done"),
    "compose_document": (gettext_noop("Document put together from the clause library"), "done"),
    "record_approval": (gettext_noop("Approval of the authority recorded"), "signed"),
    "approve": (gettext_noop("Approved by the purchaser"), "signed"),
    "publish": (gettext_noop("Notice published"), "done"),
    "call": (gettext_noop("Suppliers called to apply"), "done"),
    "fix_pool": (gettext_noop("Pool of qualified suppliers fixed"), "sealed"),
    "witness": (gettext_noop("Draw witnessed"), "signed"),
    "draw_suppliers": (gettext_noop("Suppliers drawn at random"), "done"),
    "announce": (gettext_noop("Single source announced"), "done"),
    "object": (gettext_noop("Objection received"), "waiting"),
    "answer_objection": (gettext_noop("Objection answered after supplementary review"), "done"),
    "negotiate": (gettext_noop("Negotiation begun"), "active"),
    "state_emergency": (gettext_noop("Emergency decision recorded"), "signed"),
    "begin": (gettext_noop("Emergency purchase begun"), "active"),
    "begin_rounds": (gettext_noop("Talks with the suppliers begun"), "active"),
    "change_term": (gettext_noop("A term of the document changed"), "done"),
    "call_finals": (gettext_noop("Final quotes called for"), "active"),
    "close_finals": (gettext_noop("Final quotes closed"), "sealed"),
    "amend": (gettext_noop("Amended"), "done"),
    "close": (gettext_noop("Bidding closed"), "sealed"),
    "mark_opened": (gettext_noop("Bids opened"), "opened"),
    "mark_evaluated": (gettext_noop("Evaluation report signed"), "signed"),
    "mark_awarded": (gettext_noop("Award announced"), "done"),
    "set_aside": (gettext_noop("Award set aside"), "failed"),
    "mark_contracted": (gettext_noop("Contract signed"), "signed"),
    "draft_again": (gettext_noop("Drafted again from an ended procedure"), "draft"),
    "procured_again": (gettext_noop("Procured again"), "next"),
    "hold": (gettext_noop("Suspended"), "held"),
    "lift": (gettext_noop("Suspension lifted"), "active"),
    "fail": (gettext_noop("Declared failed"), "failed"),
    "cancel": (gettext_noop("Cancelled"), "held"),
}


def todo(tender: TenderFacts, issues: list[Issue], actor: Actor) -> list[dict[str, Any]]:
    """Give the to-do list: sentence, where `actor` can mend it, why."""
    return [
        {
            "code": issue.code,
            "text": sentence(issue),
            "url": fix_url(tender, issue) if _may_mend(issue, actor.org_id == tender.purchaser_id) else "",
            "rule": {"citation": issue.citation, "certainty": issue.certainty, "id": issue.rule},
            "blocking": issue.blocking,
        }
        for issue in issues
    ]


def _may_mend(issue: Issue, owns: bool) -> bool:
    """Plans and approvals are the purchaser's alone; an agreement is its agency's too, once it is offered."""
    return (
        owns
        or issue.fix not in {"plan", "organisation", "requirement", "approvals", "entrustment", "reservation"}
        or bool(issue.facts.get("offered"))
    )


def checklist(tender: TenderFacts, law: Law) -> list[dict[str, Any]]:
    """Give what the law asks of the tender's method, rule by rule: name, value, citation, certainty."""
    method = method_of(tender.method)
    rows = [law.cite(rule) for rule in method.rules if law.has(rule)]
    return [
        {
            "id": rule.id,
            "name": rule_name(rule),
            "value": value_text(rule),
            "rule": {"citation": rule.citation, "certainty": str(rule.certainty), "id": rule.id},
        }
        for rule in rows
    ]


def framework(tender: TenderFacts) -> dict[str, Any] | None:
    """Give the terms of a framework in words; None for another method."""
    if not method_of(tender.method).admits:
        return None
    terms = tender.framework
    if terms is None:
        return {"terms": None}
    return {
        "terms": terms,
        "elimination": percent(terms.elimination),
        "selection": _(SELECTION_WORDS[terms.selection]),
        "ground": _(QUALITY_GROUND_WORDS[terms.quality_ground]) if terms.quality_ground else "",
        "supplement": terms.supplement,
    }


def application(row: ApplicationFacts) -> dict[str, Any]:
    """Give one application with its words."""
    return {"row": row, "word": _(APPLICATION_WORDS[row.status]), "glyph": APPLICATION_GLYPHS[row.status]}


def cited(law: Law, rule: str) -> dict[str, str]:
    """Give a rule as its chip is shown, with its value in words."""
    found = law.cite(rule)
    return {
        "id": found.id,
        "name": rule_name(found),
        "value": value_text(found),
        "citation": found.citation,
        "certainty": str(found.certainty),
    }


def sentence(issue: Issue) -> str:
    """Give what is to be done, in the reader's language."""
    facts = {name: _(value) if name == "name" else value for name, value in issue.facts.items()}
    return _(issue.message) % facts if facts else _(issue.message)


def fix_url(tender: TenderFacts, issue: Issue) -> str:
    """Give the page on which an issue can be mended; empty where nobody at this desk can."""
    if issue.code in _EVALUATION_CODES or issue.code == "scores-do-not-add-up":
        return reverse("tendering:evaluation", args=[tender.id])
    lot = issue.facts.get("lot")
    if issue.code == "lot-without-items":
        return reverse("tendering:item_new", args=[tender.id, lot])
    if lot:
        return reverse("tendering:lot", args=[tender.id, lot])
    if issue.fix == "criteria" and issue.facts.get("criterion"):
        return reverse("tendering:criterion", args=[tender.id, issue.facts["criterion"]])
    if issue.fix == "entrustment":
        return reverse("planning:entrustment", args=[tender.plan_id])
    if issue.fix == "reservation":
        return reverse("planning:reserve", args=[tender.plan_id])
    if issue.fix == "organisation":
        return reverse("parties:organisation_edit")
    if issue.fix == "requirement":
        return reverse("planning:requirement", args=[tender.plan_id])
    if issue.fix == "fairness":
        return reverse("tendering:fairness", args=[tender.id])
    if issue.fix == "plan":
        return reverse("planning:plan", args=[tender.plan_id])
    return reverse(_FIX[issue.fix], args=[tender.id]) if issue.fix in _FIX else ""


def timeline(tender: TenderFacts, now: datetime) -> list[dict[str, Any]]:
    """Give the dated acts of a tender, and after them what its calendar still holds."""
    notice = elsewhere("portal:notice", tender.notice_id) if tender.notice_id else ""
    done = [
        {
            "at": entry.at,
            "who": entry.actor,
            "title": _(_ACTS[entry.verb][0]),
            "kind": _ACTS[entry.verb][1],
            "proof": entry.hash,
            "url": notice if entry.verb in {"publish", "amend"} else "",
            "state": "done",
        }
        for entry in entries_of(tender.source)
        if entry.verb in _ACTS
    ]
    ahead: list[dict[str, Any]] = []
    if tender.status == S.OPEN and tender.bids_due_at:
        state = "now" if now < tender.bids_due_at else "next"
        ahead = [
            {"at": tender.bids_due_at, "title": _("Bids are due"), "state": state},
            {"at": tender.opens_at, "title": _("Opening"), "state": "next", "kind": "sealed"},
        ]
    elif tender.status == S.QUOTING:
        ahead = [
            {
                "at": tender.finals_due_at,
                "title": _("Final quotes are due"),
                "state": "next",
                "kind": "sealed",
            }
        ]
    elif tender.status == S.CLOSED:
        ahead = [{"at": tender.opens_at, "title": _("Opening"), "state": "now", "kind": "sealed"}]
    return [*done, *ahead]


_PURCHASERS = frozenset({"evaluation:award", "contracting:list"})
"""Steps that are the purchaser's alone: an agency reads what happens and gets no button."""


def next_step(tender: TenderFacts, issues: list[Issue], actor: Actor) -> dict[str, Any]:
    """Give the one sentence and the one button at the top of the page."""
    if tender.status == S.DRAFT:
        return _draft_step(tender, issues, actor)
    agreement = agreement_of(tender.source) if tender.status == S.APPLYING else None
    if agreement is not None:
        return {
            "text": _("Suppliers apply as long as the framework runs; each application is decided in time."),
            "action": _("To the framework agreement"),
            "url": reverse("contracting:agreement", args=[agreement.id]),
        }
    later: dict[str, tuple[str, str, str]] = {
        S.APPLYING: (
            _("Suppliers apply; everybody who qualifies is invited and gets the document.")
            if tender.prequalified
            else _("Suppliers apply to be invited; then their applications are reviewed and drawn from."),
            _("To the applications"),
            "tendering:applications",
        ),
        S.ANNOUNCED: (
            _("The notice stands; objections are answered before the negotiation begins."),
            _("To the single source"),
            "tendering:sole_source",
        ),
        S.NEGOTIATING: (
            _("Write down what was negotiated; both sides sign it."),
            _("To the agreed price"),
            "evaluation:deal",
        ),
        S.QUOTING: (
            _(
                "Final quotes are sealed in the suppliers’ browsers; nobody can read them before they are opened together."
            ),
            _("To the panel"),
            "evaluation:panel",
        ),
        S.QUOTED: (
            _("The final quotes are closed. The team finishes its judgement, then they are opened together."),
            _("To the panel"),
            "evaluation:panel",
        ),
        S.DRAWN: (
            _("The suppliers are drawn. Issue the document to them."),
            _("To the applications"),
            "tendering:applications",
        ),
        S.CLOSED: (
            _("The opening has its own hall; it goes on by itself."),
            _("To the opening"),
            "bidding:opening",
        ),
        S.OPENED: (_("Convene the panel that evaluates the bids."), _("To the panel"), "evaluation:panel"),
        S.EVALUATED: (
            _("Admit the suppliers that the report leaves.")
            if method_of(tender.method).admits
            else _("Determine the winner from the report."),
            _("To the award"),
            "evaluation:award",
        ),
        S.AWARDED: (
            _("The framework agreement is signed with each admitted supplier."),
            _("To the entry"),
            "evaluation:award",
        )
        if method_of(tender.method).admits
        else (_("Sign the contract with the winner."), _("To the contracts"), "contracting:list"),
    }
    if tender.rounds:
        later[S.NEGOTIATING] = (
            _(
                "The team talks with each supplier in turn; when all have been heard, it calls for final quotes."
            ),
            _("To the panel"),
            "evaluation:panel",
        )
    if tender.status == S.OPEN:
        accepted = {
            "text": _("Bids are accepted. Nobody can read them before the opening."),
            "due": tender.bids_due_at,
        }
        if actor.org_id != tender.purchaser_id:
            return accepted
        return {
            **accepted,
            "url": reverse("tendering:amend", args=[tender.id]),
            "action": _("Amend the tender"),
        }
    if tender.status in later:
        text, action, name = later[tender.status]
        if name in _PURCHASERS and actor.org_id != tender.purchaser_id:
            return {"text": text}
        args = [] if name == "contracting:list" else [tender.id]
        return {"text": text, "action": action, "url": elsewhere(name, *args)}
    if tender.status in (S.FAILED, S.CANCELLED):
        return {"text": _("The procedure has ended without an award; below stands what the law lets follow.")}
    return {"text": _("Everything is signed.")}


_THE_PURCHASERS = frozenset({"not-approved", "purchaser-publishes"})


def _draft_step(tender: TenderFacts, issues: list[Issue], actor: Actor) -> dict[str, Any]:
    stops = [issue for issue in issues if issue.blocking]
    others = [issue for issue in stops if issue.code not in _THE_PURCHASERS]
    if others:
        sentence = _("Before publishing: %(count)s things are still to do.") % {"count": len(stops)}
        url = fix_url(tender, others[0]) if _may_mend(others[0], actor.org_id == tender.purchaser_id) else ""
        return {"text": sentence, "action": _("Do the first") if url else "", "url": url}
    if actor.org_id == tender.purchaser_id and tender.agency_id and not tender.approved:
        return {
            "text": _("Read the notice and approve the agency's draft."),
            "action": _("Read the notice"),
            "url": reverse("tendering:preview", args=[tender.id]),
        }
    if stops and all(issue.code == "purchaser-publishes" for issue in stops):
        return {"text": _("The draft is approved. By the agreement the purchaser publishes it.")}
    if stops:
        return {
            "text": _("The draft is complete. The purchaser has to approve it."),
            "action": _("Ask for approval"),
            "url": reverse("tendering:submit", args=[tender.id]),
            "method": "post",
        }
    return {
        "text": _("Everything is there. Read the notice as it will be published."),
        "action": _("Read and publish"),
        "url": reverse("tendering:preview", args=[tender.id]),
    }


def elsewhere(name: str, *args: object) -> str:
    """Give an address of a package above this one; empty where it is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def question(row: QuestionFacts, now: datetime) -> dict[str, Any]:
    """Give what a page says of one question; who asked is in it, for the templates of who runs the tender."""
    names = ("id", "no", "text", "asked_at", "due_at", "answered_at", "about_documents", "supplier_name")
    answered = row.status == QuestionStatus.ANSWERED
    return {
        **{name: getattr(row, name) for name in names},
        "word": _(QUESTION_WORDS[row.status]),
        "glyph": QUESTION_GLYPHS[row.status],
        "late": not answered and row.due_at is not None and now >= row.due_at,
        "private_answer": row.answer if answered and row.no is None else "",
    }


def next_question(tender: TenderFacts, asked: list[QuestionFacts]) -> dict[str, Any] | None:
    """Give the question to be answered next, or None."""
    waiting = [row for row in asked if row.status != QuestionStatus.ANSWERED]
    if not waiting:
        return None
    url = reverse("tendering:answer", args=[tender.id, waiting[0].id])
    text = _("Questions wait for an answer: %(count)s.") % {"count": len(waiting)}
    return {"text": text, "action": _("Answer the first"), "url": url, "due": waiting[0].due_at}
