"""What stands before a draft's notice about its requirement: research, comments, the negative list. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import gettext_noop
from core.law.book import Law
from planning.rules import RESEARCH_FROM, RESEARCH_MIN, listed_service, research_needed, researched
from tendering.facts import TenderFacts
from tendering.issues import Issue, Surroundings, issue_of


def requirement(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what is missing of market research (advice: the rule says generally) and of the public's comments.

    Advice too: what points to the negative list of public services in a service that is not filed as one.
    Source: 《政府采购法实施条例》第十五条 (rule L-35); 财库〔2021〕22号 (rule G-11); 财政部令第102号 (rule G-01).
    """
    plan = around.plan
    if plan is None:
        return
    if research_needed(law, plan) and not researched(law, around.requirement):
        yield issue_of(
            law,
            "no-research",
            gettext_noop(
                "Ask the market about the requirement, %(least)s sources at the least, and write it down."
            ),
            "requirement",
            RESEARCH_FROM if law.has(RESEARCH_FROM) else RESEARCH_MIN,
            blocking=False,
            least=law.count(RESEARCH_MIN) if law.has(RESEARCH_MIN) else 1,
        )
    listed = listed_service(plan)
    if listed is not None:
        yield issue_of(
            law,
            "negative-list",
            gettext_noop(
                "“%(word)s” points to the negative list of public services: %(kind)s. It may be bought for the purchaser's "
                "own needs only."
            ),
            "plan",
            "G-01",
            blocking=False,
            word=listed[1],
            kind=listed[0].kind,
        )
    if not plan.public_service:
        return
    if around.requirement is None or around.requirement.comments_until is None:
        yield issue_of(
            law,
            "public-not-asked",
            gettext_noop("It is a service to the public: publish its requirement for comment first."),
            "requirement",
            "L-35",
        )
    elif around.now < around.requirement.comments_until:
        yield issue_of(
            law,
            "public-still-asked",
            gettext_noop("The public comments on the requirement until %(until)s."),
            "requirement",
            "L-35",
            until=around.requirement.comments_until.isoformat(timespec="minutes"),
        )
