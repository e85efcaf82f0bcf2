"""Every type of notice as a page lists it: official names and codes, who publishes it, what it must say, by when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from core import clock
from core.enacted.selectors import law
from core.law.titles import english_name
from core.workdays import beijing_date
from disclosure import rules
from disclosure.states import (
    LABELS,
    METHODS,
    SUPERVISOR_ONLY,
    WAYS,
    NoticeType,
    official_code,
    official_name,
)

BY_RULE: dict[NoticeType, tuple[str, ...]] = {
    NoticeType.INTENTION: ("D-01.intention_before",),
    NoticeType.TENDER_NOTICE: ("T-02.tender_notice_period", "D-03.nontender_notice_period"),
    NoticeType.PREQUALIFICATION: ("T-02.tender_notice_period", "L-12.prequal_submit_min"),
    NoticeType.SINGLE_SOURCE: ("L-18.single_source_notice_min",),
    NoticeType.AMENDMENT: ("L-11.amend_before_deadline",),
    NoticeType.AWARD: ("L-16.result_notice", "T-24.result_notice_period"),
    NoticeType.CONTRACT: ("L-20.contract_notice",),
    NoticeType.CONTRACT_CHANGE: ("L-20.contract_notice", "L-22.supplement_max_rate"),
    NoticeType.ACCEPTANCE: ("D-09.acceptance_notice",),
    NoticeType.FRAMEWORK_DEAL: ("F-12.deal_notice",),
    NoticeType.FRAMEWORK_SUMMARY: ("F-12.summary_notice",),
    NoticeType.COMPLAINT_DECISION: ("D-10.regulatory_notice",),
    NoticeType.INSPECTION_DECISION: ("D-10.regulatory_notice",),
    NoticeType.AGENCY_ASSESSMENT: ("D-10.regulatory_notice",),
    NoticeType.DISHONESTY_RECORD: ("D-10.regulatory_notice",),
}
"""The rules that say when a type is published, or how long it stands; those that no pack holds are left out."""


def listed() -> list[dict[str, Any]]:
    """Give all types in the order in which a procedure meets them."""
    values = _rules()
    return [
        {
            "type": str(kind),
            "label": gettext(LABELS[kind]),
            "names": _names(kind),
            "supervisor": kind in SUPERVISOR_ONLY,
            "fields": [gettext(message) for message in rules.asked(kind)],
            "rules": [values[name] for name in BY_RULE.get(kind, ()) if name in values],
        }
        for kind in NoticeType
    ]


def _names(kind: NoticeType) -> list[dict[str, str]]:
    """Give the official names of a type, each once: most have one, some one for each method."""
    found: dict[str, dict[str, str]] = {}
    for method in ("", *WAYS):
        name, code = official_name(kind, method), official_code(kind, method)
        found.setdefault(name, {"name": name, "code": code})
    return list(found.values())


def _rules() -> dict[str, dict[str, Any]]:
    """Give the values in force today: a rule that holds for one method or category only is found there."""
    today = beijing_date(clock.now())
    names = {name for rows in BY_RULE.values() for name in rows}
    found: dict[str, dict[str, Any]] = {}
    for method in (None, *METHODS):
        held = law(today, category="services", method=method, sandbox=settings.SANDBOX)
        for name in sorted(names - found.keys()):
            if held.has(name):
                rule = held.cite(name)
                found[name] = {
                    "id": rule.id,
                    "name": rule.name,
                    "name_en": english_name(rule.id),
                    "value": rule.value,
                    "unit": rule.unit,
                    "citation": rule.citation,
                    "certainty": str(rule.certainty),
                }
    return found
