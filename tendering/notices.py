"""Payloads of the notices of a tender: procurement, amendment, failure, cancellation.

Fields of the procurement notice: 财政部令第87号第十三条 (rule T-01); of the others 财办库〔2020〕50号.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse

from core.errors import gettext_noop
from core.law.book import Law
from disclosure.states import CATEGORIES, METHODS, NoticeType
from parties.selectors import organisation_facts
from planning.notices import as_party
from planning.selectors import plan_facts
from tendering import competition_notice, framework_notice, rounds_notice
from tendering.before_notice import intended, reservation, responsible, supported
from tendering.conditions_notice import admitted, conditions
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.release import tender_release
from tendering.states import (
    BLIND_WORDS,
    BY_SCORE,
    EVALUATION_WORDS,
    KIND_WORDS,
    SCORED,
    SILENCE_WORDS,
    CriterionKind,
    EvaluationMethod,
)

Payload = dict[str, Any]


def procurement(tender: TenderFacts, law: Law, keepers: list[dict[str, Any]], needed: int) -> Payload:
    """Give the procurement notice. `tender` has its deadline; `keepers` with fingerprints, `needed` = k."""
    return {
        **common(tender),
        "type": method_of(tender.method).notice,
        "amount": tender.budget,
        "law_as_of": law.as_of,
        "due_at": tender.bids_due_at,
        "sections": notice_sections(tender, law, keepers, needed),
        "facts": _facts(tender, law, keepers, needed),
        "release": tender_release(tender, "active"),
        "tag": ["tenderUpdate" if tender.closed_circle and tender.competition is None else "tender"],
    }


def amendment(
    tender: TenderFacts,
    *,
    reason: str,
    changes: list[tuple[str, Any, Any]],
    affects: bool,
    material: bool,
    because: dict[str, Any] | None = None,
) -> Payload:
    """Give the correction notice: `changes` are (label, before, after). `tender` is as amended.

    `because` is a section with the facts behind a reason that is a message id. A `material` one tells those who have
    bid already what to do, and what their silence means.
    """
    rows = [[{"msg": label}, before, after] for label, before, after in changes]
    head = [gettext_noop("What changes"), gettext_noop("Before"), gettext_noop("After")]
    return {
        **common(tender),
        "type": NoticeType.AMENDMENT,
        "amount": tender.budget,
        "corrects": tender.notice_id,
        "law_as_of": tender.law_as_of,
        "due_at": tender.bids_due_at,
        "sections": [
            *mark(tender),
            {
                "title": gettext_noop("The procurement notice that is amended"),
                "rows": [
                    [gettext_noop("Project number"), tender.project_no],
                    [gettext_noop("Tender"), tender.title],
                    [gettext_noop("First published"), tender.published_at],
                ],
            },
            {"title": gettext_noop("Reason"), "text": {"msg": reason} if because else reason},
            *([because] if because else []),
            {"title": gettext_noop("Amendments"), "table": {"head": head, "rows": rows}},
            {
                "title": gettext_noop("Bids"),
                "rows": [
                    [gettext_noop("Bids are due"), tender.bids_due_at],
                    [gettext_noop("Opening"), tender.opens_at],
                    [gettext_noop("May affect bids"), {"msg": _YES if affects else _NO}],
                    *(_asked(tender) if material else []),
                ],
            },
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "reason": reason,
            "affects_bids": affects,
            "material": material,
            "changes": [{"label": label, "before": b, "after": a} for label, b, a in changes],
            "bids_due_at": tender.bids_due_at,
            "opens_at": tender.opens_at,
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, "active"),
        "tag": ["tenderAmendment"],
    }


def _asked(tender: TenderFacts) -> list[list[Any]]:
    todo = gettext_noop("Acknowledge this amendment with a signature before bids are due, or seal a new bid.")
    return [
        [gettext_noop("Who has submitted a bid already"), {"msg": todo}],
        [gettext_noop("Who does neither"), {"msg": SILENCE_WORDS[tender.silence]}],
    ]


def notice_sections(
    tender: TenderFacts, law: Law, keepers: list[dict[str, Any]], needed: int
) -> list[dict[str, Any]]:
    """Give the sections of the procurement notice, as the preview shows and the publication stores them."""
    return [
        *mark(tender),
        overview(tender),
        {"title": gettext_noop("Need"), "text": tender.need},
        *lots(tender),
        *framework_notice.sections(tender),
        *competition_notice.sections(tender),
        *admitted(tender),
        conditions(tender, CriterionKind.CONFORMITY, gettext_noop("Requirements that a valid bid meets")),
        _evaluation(tender),
        *rounds_notice.sections(tender),
        _documents(tender, law),
        _periods(tender, law),
        _sealing(tender, keepers, needed),
        {
            "title": gettext_noop("Delivery and payment"),
            "rows": [
                [gettext_noop("Delivery"), tender.delivery],
                *([[gettext_noop("Payment"), tender.payment]] if tender.payment else []),
                [
                    gettext_noop("Advance payment, before the acceptance"),
                    f"{tender.advance_percent.normalize():f}%",
                ],
            ],
        },
        *reservation(tender),
        *supported(tender),
        responsible(tender),
        contact(tender),
    ]


def common(tender: TenderFacts) -> Payload:
    return {
        "title": tender.title,
        "title_en": tender.title_en,
        "region": tender.region,
        "source": tender.source,
        "ocid": tender.ocid,
        "project_no": tender.project_no,
        "purchaser": as_party(organisation_facts(tender.purchaser_id)),
        "agency": as_party(organisation_facts(tender.agency_id)) if tender.agency_id else None,
        "category": tender.category,
        "method": tender.method,
    }


def _facts(tender: TenderFacts, law: Law, keepers: list[dict[str, Any]], needed: int) -> dict[str, Any]:
    return {
        "tender": str(tender.id),
        **({"follows": tender.previous.ocid} if tender.previous else {}),
        "budget": tender.budget,
        "ceiling": tender.ceiling,
        "bids_due_at": tender.bids_due_at,
        "opens_at": tender.opens_at,
        "documents_until": tender.documents_until,
        "evaluation_method": tender.evaluation_method,
        "price_weight": tender.price_weight,
        "price_formula": tender.price_formula,
        "deductions": tender.deductions,
        "ties": tender.ties,
        "lots": [
            {
                "no": lot.no,
                "title": lot.title,
                "budget": lot.budget,
                "ceiling": lot.ceiling,
                "items": [
                    {
                        "no": item.no,
                        "code": item.code,
                        "edition": item.edition,
                        "name": item.name,
                        "spec": item.spec,
                        "quantity": item.quantity,
                        "unit": item.unit,
                    }
                    for item in lot.items
                ],
            }
            for lot in tender.lots
        ],
        "criteria": [
            {"id": row.id, "name": row.name, "kind": row.kind, "max": row.max, "guide": row.guide}
            for row in tender.criteria
        ],
        "documents": [
            {"id": str(row.id), "name": row.name, "size": row.size, "sha256": row.sha256}
            for row in tender.documents
        ],
        "sealing": {
            "k": needed,
            "n": len(keepers),
            "gathering_seconds": tender.gathering_seconds,
            "silence": tender.silence,
            "envelopes": list(tender.envelopes),
            "keepers": keepers,
        },
        **framework_notice.facts(tender),
        **competition_notice.facts(tender),
        "law_digest": law.digest,
        "sandbox": tender.sandbox,
    }


_YES, _NO = gettext_noop("Yes"), gettext_noop("No")


def mark(tender: TenderFacts) -> list[dict[str, Any]]:
    if not tender.sandbox:
        return []
    text = gettext_noop("This is a demonstration: invented data, periods in seconds, no legal effect.")
    return [{"title": gettext_noop("Demonstration"), "text": {"msg": text}}]


def overview(tender: TenderFacts) -> dict[str, Any]:
    """Give the section that names the procurement."""
    plan = plan_facts(tender.plan_id)
    return {
        "title": gettext_noop("Tender"),
        "rows": [
            [gettext_noop("Project number"), tender.project_no],
            [gettext_noop("Tender"), {"zh": tender.title, "en": tender.title_en or tender.title}],
            [gettext_noop("Procurement method"), {"msg": METHODS[tender.method][1]}],
            [gettext_noop("Category"), {"msg": CATEGORIES[tender.category]}],
            [gettext_noop("Plan filing number"), plan.filing_no],
            *intended(plan),
            *_before(tender),
            [gettext_noop("Budget"), tender.budget],
            *([[gettext_noop("Ceiling price"), tender.ceiling]] if tender.ceiling is not None else []),
        ],
    }


def _before(tender: TenderFacts) -> list[list[Any]]:
    if tender.previous is None:
        return []
    text = f"{tender.previous.project_no} {tender.previous.title}"
    url = reverse("portal:project", args=[tender.previous.ocid])
    return [[gettext_noop("Procured again after"), {"href": url, "text": text}]]


def lots(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the sections of lots and of what is bought."""
    head = [
        gettext_noop("Lot"),
        gettext_noop("Item"),
        gettext_noop("Item of the catalogue"),
        gettext_noop("Specification"),
        gettext_noop("Quantity"),
    ]
    rows = [
        [
            lot.no,
            item.name,
            f"{item.code} {item.classification}",
            item.spec,
            f"{item.quantity.normalize():f} {item.unit}",
        ]
        for lot in tender.lots
        for item in lot.items
    ]
    lots = [[lot.no, lot.title, lot.budget, lot.ceiling or ""] for lot in tender.lots]
    lot_head = [
        gettext_noop("Lot"),
        gettext_noop("Title"),
        gettext_noop("Budget"),
        gettext_noop("Ceiling price"),
    ]
    return [
        {"title": gettext_noop("Lots"), "table": {"head": lot_head, "rows": lots}},
        {"title": gettext_noop("What is bought"), "table": {"head": head, "rows": rows}},
    ]


def _evaluation(tender: TenderFacts) -> dict[str, Any]:
    if tender.evaluation_method not in BY_SCORE:
        word = EVALUATION_WORDS[EvaluationMethod(tender.evaluation_method)]
        rows = [[gettext_noop("Evaluation method"), {"msg": word}], *_deductions(tender)]
        return {"title": gettext_noop("Evaluation"), "rows": rows}
    head = [
        gettext_noop("No."),
        gettext_noop("Criterion"),
        gettext_noop("Kind"),
        gettext_noop("Points"),
        gettext_noop("How points are given"),
    ]
    price = {"msg": gettext_noop("Lowest evaluated price ÷ evaluated price × points")}
    priced = ["P", {"msg": gettext_noop("Price")}, {"msg": _PRICE_KIND}, _points(tender.price_weight), price]
    rows = [
        *([] if tender.evaluation_method == EvaluationMethod.QUALITY_FIRST else [priced]),
        *[
            [row.id, row.name, {"msg": KIND_WORDS[CriterionKind(row.kind)]}, _points(row.max), row.guide]
            for row in tender.criteria
            if row.kind in SCORED
        ],
        *[["", {"msg": label}, {"msg": _PRICE_KIND}, "", value] for label, value in _deductions(tender)],
    ]
    return {"title": gettext_noop("Evaluation"), "table": {"head": head, "rows": rows}}


_PRICE_KIND = gettext_noop("Computed")
_DEDUCTION_LABELS = {
    "small_micro": gettext_noop("Deduction for small and micro enterprises"),
    "consortium": gettext_noop("Deduction for consortia with small and micro enterprises"),
    "domestic": gettext_noop("Deduction for domestic products"),
}


def _deductions(tender: TenderFacts) -> list[list[Any]]:
    return [
        [label, f"{(Decimal(tender.deductions[name]) * 100).normalize():f}%"]
        for name, label in _DEDUCTION_LABELS.items()
        if tender.deductions.get(name, "0") not in {"0", ""}
    ]


def _points(value: Any) -> str:
    return f"{value.normalize():f}"


def _documents(tender: TenderFacts, law: Law) -> dict[str, Any]:
    head = [gettext_noop("Document"), gettext_noop("Size"), "SHA-256"]
    rows = [
        [
            {"href": reverse("tendering:document", args=[tender.id, row.id]), "text": row.name},
            f"{row.size:,} B",
            row.sha256,
        ]
        for row in tender.documents
    ]
    if tender.closed_circle:
        text = gettext_noop("The documents go to the invited suppliers, free of charge.")
        return {"title": gettext_noop("Procurement documents"), "text": {"msg": text}}
    return {
        "title": gettext_noop("Procurement documents, free of charge"),
        "table": {"head": head, "rows": rows},
    }


def _periods(tender: TenderFacts, law: Law) -> dict[str, Any]:
    method = method_of(tender.method)
    rows: list[list[Any]] = [
        [gettext_noop("Documents are on offer until"), tender.documents_until],
        [gettext_noop("Bids are due"), tender.bids_due_at],
        [gettext_noop("Opening"), tender.opens_at],
        [
            gettext_noop("Where"),
            {"href": f"/tenders/{tender.id}/bid/", "text": f"{settings.PUBLIC_URL}/tenders/{tender.id}/bid/"},
        ],
        [
            gettext_noop("Questions about the documents"),
            {
                "href": reverse("tendering:questions", args=[tender.id]),
                "text": f"{settings.PUBLIC_URL}{reverse('tendering:questions', args=[tender.id])}",
            },
        ],
        [
            gettext_noop("Legal basis"),
            "；".join(
                dict.fromkeys(law.cite(r).citation for r in (method.bid_time, method.document_time) if r)
            ),
        ],
    ]
    return {"title": gettext_noop("Times"), "rows": [row for row in rows if row[1] is not None]}


def _sealing(tender: TenderFacts, keepers: list[dict[str, Any]], needed: int) -> dict[str, Any]:
    text = gettext_noop("Bids are sealed to independent keepers and cannot be read before the opening.")
    apart = gettext_noop(
        "In two: the technical part and the price, each sealed and submitted by itself. The price is opened only for bids that "
        "pass the technical evaluation; the others are never opened."
    )
    if tender.rounds:
        apart = gettext_noop(
            "In two: the first response, without any price, and after the talks the final quote, each sealed by itself. The "
            "final quotes are opened together, and only of responses that meet the document as it then stands."
        )
    rows: list[list[Any]] = [
        [gettext_noop("How bids are kept"), {"msg": text}],
        *([[gettext_noop("Envelopes"), {"msg": apart}]] if tender.two_envelopes else []),
        *([[gettext_noop("Technical part"), {"msg": BLIND_WORDS[tender.blind]}]] if tender.blind else []),
        [gettext_noop("Keepers needed to open"), f"{needed} / {len(keepers)}"],
        [gettext_noop("Seconds of waiting for the keepers"), str(tender.gathering_seconds)],
        [
            gettext_noop("If a bidder is silent about an amendment that changes the documents"),
            {"msg": SILENCE_WORDS[tender.silence]},
        ],
        *[[keeper.get("name") or keeper["id"], keeper["fingerprint"]] for keeper in keepers],
    ]
    return {"title": gettext_noop("Sealing"), "rows": rows}


def contact(tender: TenderFacts) -> dict[str, Any]:
    rows: list[list[Any]] = []
    roles = [(gettext_noop("Purchaser"), tender.purchaser_id), (gettext_noop("Agency"), tender.agency_id)]
    for label, org_id in roles:
        if org_id is None:
            continue
        org = organisation_facts(org_id)
        rows.append([label, org.name])
        rows += [
            [name, value]
            for name, value in (
                (gettext_noop("Address"), org.address),
                (gettext_noop("Contact"), " ".join(filter(None, (org.contact_name, org.contact_phone)))),
            )
            if value
        ]
    return {"title": gettext_noop("Contact"), "rows": rows}
