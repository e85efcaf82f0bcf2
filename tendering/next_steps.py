"""What may lawfully follow a procedure that ended without an award: each step with its legal basis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.law.duties import duty
from core.money import Yuan
from tendering.facts import PreviousFacts, TenderFacts
from tendering.methods import METHODS
from tendering.models import FailedLot
from tendering.services.again import ENDED, may_follow
from tendering.states import TenderStatus


def for_lots(
    tender: TenderFacts, rows: Sequence[FailedLot], follower: PreviousFacts | None
) -> list[dict[str, Any]]:
    """Give the steps that the law leaves open for lots that failed by themselves; `rows` are all that did.

    Source: 《政府采购法》第三十七条; 财政部令第87号第四十三条.
    """
    waiting = [row for row in rows if row.taken_by_id is None and row.given_up_at is None]
    found = []
    if follower is not None and any(row.taken_by_id == follower.id for row in rows):
        found.append(_followed(follower))
    if not waiting:
        return found
    named = {
        "lots": "、".join(row.no for row in waiting),
        "budget": str(Yuan.total(Yuan(row.budget) for row in waiting)),
    }
    again = {"rule": duty("L-14.again"), "url": reverse("tendering:again", args=[tender.id]), "post": True}
    found.append(
        {
            **again,
            "text": _(
                "Lot %(lots)s failed: procure it again alone, with its budget of %(budget)s, in a draft of its own that is "
                "linked to this procedure and stands under the same plan."
            )
            % named,
            "action": _("Procure again"),
        }
    )
    found += [
        {
            **again,
            "text": _(
                "Where document and procedure were not unreasonable, another method is possible: %(method)s."
            )
            % {"method": _(METHODS[code].name)},
            "rule": duty("T-09"),
            "action": _("Go on by %(method)s") % {"method": _(METHODS[code].name)},
            "method": code,
        }
        for code in may_follow(tender, lots=True)
    ]
    found.append(
        {
            "text": _("The task has fallen away: give the lot up, and its money is free."),
            "rule": duty("L-14.again"),
            "url": reverse("tendering:give_up_lots", args=[tender.id]),
            "action": _("Give it up"),
            "post": False,
        }
    )
    return found


def _followed(follower: PreviousFacts) -> dict[str, Any]:
    url = reverse("tendering:tender", args=[follower.id])
    text = _("It is procured again as %(project_no)s.") % {"project_no": follower.project_no}
    return {"text": text, "rule": duty("L-14.again"), "url": url, "action": _("Go there"), "post": False}


def after_the_end(tender: TenderFacts, follower: PreviousFacts | None) -> list[dict[str, Any]]:
    """Give the steps that the law leaves open, for the purchaser; none while the procedure runs.

    Which of the two cases of T-09 is given, the purchaser judges: the platform cannot know whether a document was
    unreasonable. Source: 《政府采购法》第三十六条、第三十七条; 财政部令第87号第四十三条.
    """
    if tender.status not in ENDED:
        return []
    if follower is not None:
        return [_followed(follower)]
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
