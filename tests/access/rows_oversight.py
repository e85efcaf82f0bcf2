"""Addresses of oversight: the law is public; only the regulator of a place changes its values and days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import clock
from core.workdays import beijing_date
from oversight.models import Challenge, Complaint
from oversight.services import announcing, challenges, changes, complaints
from tests.access.matrix import SIGNED_IN, Row
from tests.factories import tendering as make

REGULATOR = {"supervisor"}
REGULATORS = {"supervisor", "outsider_supervisor"}
"""Each at the list of its own place."""


def _draft(cast: Any) -> dict[str, Any]:
    content = {
        "rule_id": "L-26.inquiry_reply",
        "value": "2",
        "since": (beijing_date(clock.now()) + timedelta(days=30)).isoformat(),
        "citation": "示例",
        "certainty": "full text",
    }
    return {"change_id": changes.draft_value(actor=cast.supervisor, content=content, reason="示例").pk}


def _submitted(cast: Any) -> dict[str, Any]:
    made = _draft(cast)
    changes.submit(actor=cast.supervisor, change_id=made["change_id"], version=1)
    return made


LETTER = dict.fromkeys(("contact", "matter", "request", "facts", "basis"), "示例")


def _tender(cast: Any) -> dict[str, Any]:
    return {"tender_id": make.published(cast.purchaser).id}


def _challenge(cast: Any) -> dict[str, Any]:
    drafted = _drafted(cast)
    times = dict.fromkeys(("submitted_at", "replied_at"), clock.now())
    later = dict.fromkeys(("reply_due_at", "complaint_until"), clock.now() + timedelta(days=30))
    Challenge.objects.filter(pk=drafted["challenge_id"]).update(status="answered", **times, **later)
    return drafted


def _drafted(cast: Any) -> dict[str, Any]:
    tender = make.published(cast.purchaser)
    row = challenges.draft(actor=cast.supplier_a, tender_id=tender.id, subject="documents", **LETTER)
    return {"challenge_id": row.pk}


def _complaint(cast: Any) -> dict[str, Any]:
    made = complaints.draft(actor=cast.supplier_a, **_challenge(cast), **LETTER)
    times = dict.fromkeys(("submitted_at", "received_at", "accepted_at"), clock.now())
    Complaint.objects.filter(pk=made.pk).update(status="accepted", **times)
    return {"complaint_id": made.pk}


def _complaint_draft(cast: Any) -> dict[str, Any]:
    return {"complaint_id": complaints.draft(actor=cast.supplier_a, **_challenge(cast), **LETTER).pk}


def _reply(cast: Any) -> dict[str, Any]:
    return {**_challenge(cast), "verb": "reply"}


def _decide(cast: Any) -> dict[str, Any]:
    return {**_complaint(cast), "verb": "decide"}


def _announcement(cast: Any) -> dict[str, Any]:
    said = {
        "title": "监督检查处理结果",
        "concerned": "某中学",
        "number": "1号",
        "matter": "经查。",
        "basis": "《政府采购法》",
        "outcome": "责令改正。",
        "completed_on": beijing_date(clock.now()),
    }
    row = announcing.draft(actor=cast.supervisor, kind="inspection_decision", content=said)
    return {"announcement_id": row.pk}


def _submit(cast: Any) -> dict[str, Any]:
    return {**_announcement(cast), "verb": "submit"}


AUTHOR = {"supplier"}
CONCERNED = {"supplier", "purchaser", "supervisor"}
FORM = {409, 422}
ROWS = [
    Row("oversight:disputes", allowed=SIGNED_IN),
    Row("oversight:challenge_new", _tender, allowed={"supplier", "outsider_supplier"}),
    Row("oversight:challenge", _challenge, allowed=CONCERNED),
    Row("oversight:challenge", _drafted, allowed=AUTHOR),
    Row("oversight:challenge_edit", _drafted, allowed=AUTHOR),
    Row("oversight:challenge_submit", _drafted, allowed=AUTHOR, method="post", accepts=FORM),
    Row("oversight:challenge_do", _reply, allowed={"purchaser"}, method="post", accepts=FORM),
    Row("oversight:complaint_new", _challenge, allowed=AUTHOR),
    Row("oversight:complaint", _complaint, allowed=CONCERNED),
    Row("oversight:complaint", _complaint_draft, allowed=AUTHOR),
    Row("oversight:complaint_edit", _complaint_draft, allowed=AUTHOR),
    Row("oversight:complaint_submit", _complaint_draft, allowed=AUTHOR, method="post", accepts=FORM),
    Row("oversight:complaint_do", _decide, allowed={"supervisor"}, method="post", accepts=FORM),
    Row("oversight:calculator"),
    Row("oversight:calendar"),
    Row("oversight:rules"),
    Row("oversight:rule", {"rule_id": "L-09.bid_min_days"}),
    Row("api:law_rules", path="/api/v1/rules?category=goods"),
    Row("api:law_rule", path="/api/v1/rules/L-09.bid_min_days"),
    Row("api:law_deadline", path="/api/v1/deadlines?start=2026-09-28&rule=L-26.inquiry_reply"),
    Row("api:law_calendar", path="/api/v1/working-days?year=2026"),
    Row("oversight:announcements", allowed=REGULATORS),
    Row("oversight:announcement_new", {"kind": "other"}, allowed=REGULATORS),
    Row("oversight:announcement_new", {"kind": "other"}, allowed=REGULATORS, method="post", accepts={422}),
    Row("oversight:announcement", _announcement, allowed=REGULATOR),
    Row("oversight:announcement_edit", _announcement, allowed=REGULATOR),
    Row("oversight:announcement_edit", _announcement, allowed=REGULATOR, method="post", accepts={422}),
    Row("oversight:announcement_do", _submit, allowed=REGULATOR, method="post", data={"version": 1}),
    Row("oversight:changes", allowed=REGULATORS),
    Row("oversight:value_new", allowed=REGULATORS),
    Row("oversight:value_new", allowed=REGULATORS, method="post"),
    Row("oversight:days_new", allowed=REGULATORS),
    Row("oversight:days_new", allowed=REGULATORS, method="post", accepts={422}),
    Row("oversight:guide"),
    Row("oversight:guide_new", allowed=REGULATORS),
    Row("oversight:guide_new", allowed=REGULATORS, method="post", accepts={422}),
    Row("oversight:change", _draft, allowed=REGULATOR),
    Row("oversight:edit", _draft, allowed=REGULATOR),
    Row("oversight:edit", _draft, allowed=REGULATOR, method="post", accepts={422}),
    Row("oversight:submit", _draft, allowed=REGULATOR, method="post", data={"version": 1}),
    Row("oversight:withdraw", _draft, allowed=REGULATOR, method="post"),
    Row("oversight:send_back", _submitted, allowed=REGULATOR, method="post", accepts={422}),
    Row(
        "oversight:approve", _submitted, allowed=REGULATOR, method="post", data={"version": 1}, accepts={403}
    ),
]
