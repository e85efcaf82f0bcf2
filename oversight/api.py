"""The public API of the law: deadlines, rules, calendar."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Query, Router, Schema

from core import clock
from core.errors import Invalid, gettext_noop
from core.law.book import NATIONAL
from core.workdays import beijing_date
from oversight import pages
from oversight.forms import EARLIEST, LATEST
from oversight.selectors import periods, register
from oversight.selectors.periods import Answer

router = Router(tags=["law"])


class DayOut(Schema):
    """A day and why it did, or did not, count: workday, make_up, weekend, holiday."""

    date: str
    kind: str
    name: str
    document: str
    local: bool
    provisional: bool


class RuleOut(Schema):
    """A value of the law; `value` as the packs write it, `certainty` how it was checked."""

    id: str
    key: str
    name: str
    name_zh: str
    value: str
    unit: str
    operator: str
    roll: bool
    text: str
    jurisdiction: str
    level: list[str]
    category: list[str]
    method: list[str]
    since: str
    until: str | None
    citation: str
    certainty: str


class DeadlineOut(Schema):
    """Where a period ends. `due` is its last day or, `backward`, the day from which it leads to `start`."""

    start: str
    due: str
    count: int
    unit: str
    roll: bool
    backward: bool
    region: str
    provisional: bool
    unannounced_years: list[int]
    skipped: list[DayOut]
    made_up: list[DayOut]
    rule: RuleOut | None


class DeadlineQuery(Schema):
    """A rule's id (or full `key`), or a count and unit; `region` is a GB/T 2260 code, empty for the whole country."""

    start: date
    rule: str = ""
    count: int | None = None
    unit: str = "workday"
    roll: bool = False
    backward: bool = False
    region: str = ""


class RuleList(Schema):
    """The values in force on `on` at one place."""

    on: str
    region: str
    items: list[RuleOut]
    next: str | None


class VersionOut(RuleOut):
    """One version of a rule. `state` is past, now or coming; `enacted` says what published it in the web."""

    state: str
    changed: list[str]
    enacted: dict[str, str | int] | None


class RuleHistory(Schema):
    """Every version of a rule, by jurisdiction, the newest first."""

    id: str
    items: list[VersionOut]


class RuleQuery(Schema):
    """`on` defaults to today; the others to any, `region` to the whole country."""

    on: date | None = None
    region: str = ""
    level: str = ""
    category: str = ""
    method: str = ""
    certainty: str = ""
    q: str = ""


@router.get(
    "/rules", response=RuleList, url_name="law_rules", summary="Every statutory value in force on a day"
)
def rules(request: HttpRequest, query: Query[RuleQuery]) -> dict[str, object]:
    """Give the public register; `next` is always null, for it comes whole."""
    asked = query.dict()
    asked["on"] = query.on or beijing_date(clock.now())
    filters = register.Filters.of(**asked)
    return {
        "on": filters.on.isoformat(),
        "region": filters.region or NATIONAL,
        "items": [pages.plain_rule(rule) for rule in register.in_force(filters)],
        "next": None,
    }


@router.get(
    "/rules/{rule_id}", response=RuleHistory, url_name="law_rule", summary="Every version of one value"
)
def rule(request: HttpRequest, rule_id: str) -> dict[str, object]:
    """Give the history of a rule with what each version changed."""
    versions = register.history(rule_id, beijing_date(clock.now()))
    return {
        "id": rule_id,
        "items": [pages.plain_version(row) for rows in versions.values() for row in rows],
    }


@router.get(
    "/deadlines",
    response=DeadlineOut,
    url_name="law_deadline",
    summary="Where a statutory period ends, with every day passed over",
)
def deadline(request: HttpRequest, query: Query[DeadlineQuery]) -> dict[str, object]:
    """Reckon a period of the law as it stands on `start`, or a number of days of one's own; it binds nobody."""
    if not EARLIEST <= query.start <= LATEST:
        raise Invalid(errors={"start": gettext_noop("Choose a day between 2003 and 2100.")})
    region = periods.region_of(query.region)
    if query.rule:
        return _deadline(periods.answer_rule(query.rule, query.start, region))
    if query.count is None:
        raise Invalid(errors={"rule": gettext_noop("Choose a period, or give a number of days.")})
    return _deadline(
        periods.answer_count(query.start, query.count, query.unit, query.roll, query.backward, region)
    )


def _deadline(found: Answer) -> dict[str, object]:
    counted = found.reckoning
    return {
        "start": counted.start.isoformat(),
        "due": counted.due.isoformat(),
        "count": counted.count,
        "unit": counted.unit.value,
        "roll": counted.roll,
        "backward": counted.backward,
        "region": found.region,
        "provisional": counted.provisional,
        "unannounced_years": list(counted.unannounced),
        "skipped": [pages.plain_day(day) for day in counted.skipped],
        "made_up": [pages.plain_day(day) for day in counted.made_up],
        "rule": pages.plain_rule(found.rule) if found.rule else None,
    }


class CalendarOut(Schema):
    """The working days of a year. `document` is empty where the notice is not out: then all is a guess."""

    year: int
    region: str
    document: str
    provisional: bool
    working_days: int
    named: list[DayOut]
    years: list[int]


@router.get(
    "/working-days", response=CalendarOut, url_name="law_calendar", summary="The working days of a year"
)
def working_days(request: HttpRequest, year: int, region: str = "") -> dict[str, object]:
    """Give the days of a year that are not as their weekday says, with the notices that say so."""
    if not 2024 <= year <= 2100:
        raise Invalid(errors={"year": gettext_noop("Choose a year between 2024 and 2100.")})
    return pages.plain_calendar(year, periods.region_of(region))
