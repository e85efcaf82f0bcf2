"""What a call for framework suppliers (征集文件) must fix before it is published. Pure.

Rules F-03 (ceiling unit prices), F-05 (term), F-07 (price or quality first), F-08 (elimination). Source: 财政部令第110号.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from contracting.states import Selection
from core.errors import gettext_noop
from core.law.book import Law
from core.workdays import BEIJING, beijing_date
from tendering import supplement_rules
from tendering.facts import FrameworkFacts, LotFacts, TenderFacts
from tendering.issues import Issue, Surroundings, issue_of
from tendering.methods import Invites, method_of
from tendering.states import EvaluationMethod, QualityGround

TERM = "F-05.framework_term"
ELIMINATION, ELIMINATION_BY_QUALITY = "F-08.elimination_min", "F-08.elimination_min_quality"
SCHEME = "framework_scheme"
"""Kind of the approval that the scheme of a framework procurement rests on."""


def least_elimination(law: Law, evaluation_method: str, quality_ground: str) -> tuple[Decimal, str]:
    """Give the least share of the qualified suppliers that is eliminated, and its rule. Raises NoSuchRule."""
    by_quality = evaluation_method == EvaluationMethod.QUALITY_FIRST
    rule = (
        ELIMINATION_BY_QUALITY
        if by_quality and quality_ground == QualityGround.TEST_EQUIPMENT
        else ELIMINATION
    )
    least = Fraction(law.rate(rule))
    return Decimal(least.numerator) / Decimal(least.denominator), rule


def months_later(day: date, months: int) -> date:
    """Give the same day `months` later, or the last day of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=day.year + year, month=month + 1, day=last)
        except ValueError:
            continue
    raise ValueError(f"no such month: {day} + {months}")


def ends_at(begins: datetime, months: int) -> datetime:
    """Give the end of a term that begins now: the begin of the day so many months later, in Beijing."""
    return datetime.combine(months_later(beijing_date(begins), months), time(), BEIJING)


def agreement_terms(tender: TenderFacts, lot: LotFacts, begins: datetime) -> dict[str, Any]:
    """Give what the framework agreement of a lot takes from the tender that leads to it, from `begins` on.

    Of several lots each has an agreement of its own, named and numbered by its lot, with that lot's budget as cap.

    Raises ValueError without terms: a framework is published with them.
    """
    terms = tender.framework
    if terms is None:
        raise ValueError("a framework is published with its terms")
    alone = len(tender.lots) == 1
    return {
        "agreement_no": tender.project_no if alone else f"{tender.project_no}-{lot.no}",
        "title": tender.title if alone else f"{tender.title}（包{lot.no}：{lot.title}）",
        "title_en": tender.title_en if alone else "",
        "category": tender.category,
        "region": tender.region,
        "starts_at": begins,
        "ends_at": ends_at(begins, terms.months),
        "cap": tender.budget if alone else lot.budget,
        "items": [item.terms for item in lot.items],
        "ocid": tender.ocid if alone else "",
        "answer_hours": terms.answer_hours,
        "selection": terms.selection,
        "market": terms.market,
        "source": tender.source if alone else f"{tender.source}/{lot.no}",
    }


def call(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what is missing or unlawful in the terms of a framework; nothing for other methods."""
    if not method_of(tender.method).admits:
        return
    if len(tender.lots) > 1 and method_of(tender.method).invites is Invites.ANYTIME:
        yield issue_of(
            law,
            "one-lot-per-framework",
            gettext_noop("An open framework has one agreement: keep one lot, and call for the others apart."),
            "lots",
            "F-01",
        )
    for lot in tender.lots:
        for item in lot.items:
            if item.ceiling is None:
                yield issue_of(
                    law,
                    "no-ceiling-unit-price",
                    gettext_noop("Give “%(item)s” a ceiling unit price."),
                    "framework",
                    "F-03",
                    item=item.name,
                )
    anytime = method_of(tender.method).invites is Invites.ANYTIME
    if tender.framework is None:
        yield issue_of(
            law,
            "no-framework-terms",
            gettext_noop("Fix the term, and how orders are given.")
            if anytime
            else gettext_noop("Fix the elimination rate, the term, and how orders are given."),
            "framework",
            "F-04",
        )
    else:
        if tender.framework.supplement is None:
            yield from _term(tender.framework, law, around)
        else:
            yield from supplement_rules.supplement(tender, law, around)
        if not anytime:
            yield from _entry(tender, tender.framework, law)
    if anytime:
        yield issue_of(
            law,
            "open-is-the-exception",
            gettext_noop(
                "A closed framework is the rule; make sure that this one is a case in which an open one may be made."
            ),
            "basics",
            "F-02",
            blocking=False,
        )
    if SCHEME not in tender.approved_kinds:
        yield issue_of(
            law,
            "scheme-not-on-record",
            gettext_noop(
                "Record that the finance department has approved the scheme of this framework procurement, or that it is filed."
            ),
            "approvals",
            "F-01",
            blocking=False,
        )


def _entry(tender: TenderFacts, terms: FrameworkFacts, law: Law) -> Iterator[Issue]:
    least, rule = least_elimination(law, tender.evaluation_method, terms.quality_ground)
    if terms.elimination < least:
        yield issue_of(
            law,
            "elimination-too-low",
            gettext_noop("The elimination rate of %(given)s is below the %(least)s that the rule asks for."),
            "framework",
            rule,
            given=percent(terms.elimination),
            least=percent(least),
        )
    if tender.evaluation_method == EvaluationMethod.QUALITY_FIRST:
        if not terms.quality_ground:
            yield issue_of(
                law,
                "quality-first-without-ground",
                gettext_noop("Quality comes first only where the rule lets it: say why."),
                "framework",
                "F-07",
            )
        if terms.selection == Selection.COMPETITION:
            yield issue_of(
                law,
                "competition-by-quality",
                gettext_noop(
                    "A second competition is mainly for frameworks in which the price comes first: make sure that it fits here."
                ),
                "framework",
                "F-11",
                blocking=False,
            )
        if tender.price_weight != 0:
            yield issue_of(
                law,
                "quality-first-with-price",
                gettext_noop("Where quality comes first the price has no points: give it zero."),
                "criteria",
                "F-07",
            )


def _term(terms: FrameworkFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    today = beijing_date(around.now)
    if law.has(TERM) and months_later(today, terms.months) > _longest(law, today):
        yield issue_of(
            law,
            "framework-term-too-long",
            gettext_noop("A term of %(months)s months is longer than the rule allows."),
            "framework",
            TERM,
            months=terms.months,
        )


def _longest(law: Law, today: date) -> date:
    return beijing_date(law.end_of(TERM, today, binding=False).ends_at)


def percent(share: Decimal) -> str:
    """Write a share as people read it."""
    return f"{(share * 100).normalize():f}%"
