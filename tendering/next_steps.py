"""What may lawfully follow a procedure that ended without an award: each step with its legal basis."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.law.duties import duty
from tendering.facts import PreviousFacts, TenderFacts
from tendering.methods import METHODS
from tendering.services.again import ENDED, may_follow
from tendering.states import TenderStatus


def after_the_end(tender: TenderFacts, follower: PreviousFacts | None) -> list[dict[str, Any]]:
    """Give the steps that the law leaves open, for the purchaser; none while the procedure runs.

    Which of the two cases of T-09 is given, the purchaser judges: the platform cannot know whether a document was
    unreasonable. Source: 《政府采购法》第三十六条、第三十七条; 财政部令第87号第四十三条.
    """
    if tender.status not in ENDED:
        return []
    if follower is not None:
        url = reverse("tendering:tender", args=[follower.id])
        text = _("It is procured again as %(project_no)s.") % {"project_no": follower.project_no}
        return [
            {"text": text, "rule": duty("L-14.again"), "url": url, "action": _("Go there"), "post": False}
        ]
    again = {
        "rule": duty("L-14.again"),
        "url": reverse("tendering:again", args=[tender.id]),
        "action": _("Procure again"),
        "post": True,
    }
    plan = {"url": reverse("planning:plan", args=[tender.plan_id]), "action": _("To the plan"), "post": False}
    if tender.status == TenderStatus.CANCELLED:
        return [
            {"text": _("The task has fallen away: withdraw the plan, and its money is free."), **plan},
            {
                **again,
                "text": _("The task exists again: a draft with all that stood in this procedure is begun."),
            },
        ]
    if tender.rounds:
        return [
            {
                **again,
                "text": _(
                    "Begin the procurement anew. Where the document or the procedure was unreasonable, put that right in the "
                    "draft first; lots, criteria, terms and documents are copied, plan and budget stay."
                ),
            },
            {
                "text": _("Or withdraw the plan and file it with another method that fits the need."),
                **plan,
            },
        ]
    return [
        {
            **again,
            "text": _(
                "Tender again. Where the document or the procedure was unreasonable, put that right in the draft first; "
                "lots, criteria and documents are copied, plan and budget stay."
            ),
        },
        *(
            {
                **again,
                "text": _(
                    "Where they were not, another method is possible: %(method)s. A draft with lots, conditions and documents is "
                    "begun; from the threshold on its publication waits for the finance department's approval."
                )
                % {"method": _(METHODS[code].name)},
                "rule": duty("T-09"),
                "action": _("Go on by %(method)s") % {"method": _(METHODS[code].name)},
                "method": code,
            }
            for code in may_follow(tender)
        ),
    ]
