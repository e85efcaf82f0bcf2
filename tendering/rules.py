"""Rules of tendering: what must hold before a notice is published, and when bids may be due. Pure.

Numbers come from a frozen `Law`; this module names the rules and holds the arithmetic.
Rules without a number (lists, duties) are cited in `tendering.issues.CITATIONS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from decimal import Decimal

from core.errors import gettext_noop
from core.law.book import Deadline, Law
from core.law.rule import Range, Value
from core.money import BadMoney, Yuan, exact
from core.workdays import BEIJING, Unit, UnknownYear, beijing_date
from disclosure.states import NoticeType
from tendering import competition_rules, fair_rules, framework_rules, method_rules, need_rules, sme_rules
from tendering.facts import LotFacts, TenderFacts
from tendering.issues import Issue, Surroundings, issue_of
from tendering.methods import Invites, method_of

USUAL_HOUR = time(9, 30)
"""When bids are due on a day that the law, not the purchaser, has chosen."""

PERCENT = Decimal(100)
SMALL_MICRO = "S-03.sme_deduct"
CONSORTIUM = "S-04.sme_joint_deduct"
DOMESTIC = "S-11.domestic_deduct"
INTENTION = "D-01.intention_before"
INTENTION_ENFORCED = "D-01.intention_enforced"
"""Whether this place lets no notice follow without an intention in time: the national rule says "in principle"."""
DEDUCTIONS = {
    "small_micro": (SMALL_MICRO, gettext_noop("small and micro enterprises")),
    "consortium": (CONSORTIUM, gettext_noop("consortia with small and micro enterprises")),
    "domestic": (DOMESTIC, gettext_noop("domestic products")),
}
"""Member of a tender's deductions → its rule, and the message id of whom it favours."""


def earliest_due(law: Law, rule: str, start: datetime, at: time = USUAL_HOUR) -> datetime:
    """Give the first instant at which bids may be due when the period `rule` begins at `start`.

    A period of days leaves its last day to the deadline, whose hour is `at` in Beijing; one of seconds ends
    where it ends. Raises UnknownYear, NoSuchRule.
    """
    end = law.end_of(rule, start)
    if end.rule.unit in list(Unit):
        return datetime.combine(end.last_day, at, BEIJING)
    return end.ends_at


def leaves_enough_time(due_at: datetime, end: Deadline) -> bool:
    """Tell whether bids due at `due_at` leave the whole period: not before its last day, or its instant."""
    if end.rule.unit in list(Unit):
        return beijing_date(due_at) >= end.last_day
    return due_at >= end.ends_at


def due_after_amendment(law: Law, rule: str, amended_at: datetime, due_at: datetime) -> datetime:
    """Give when bids are due after an amendment that may affect them: as before, or as late as the law asks.

    The hour of the day stays. Never earlier than `due_at`. Raises UnknownYear.   Source:
    《实施条例》第三十一条.
    """
    end = law.end_of(rule, amended_at)
    if leaves_enough_time(due_at, end):
        return due_at
    return max(due_at, earliest_due(law, rule, amended_at, due_at.astimezone(BEIJING).time()))


PRICE_WORDS = ("报价", "价格", "最高限价", "开标一览表", "price", "quote")


def issues_before_publish(tender: TenderFacts, law: Law, around: Surroundings) -> list[Issue]:
    """Give everything that stands between a draft and its publication, in the order of the draft's parts.

    Shown as the to-do list of the tender and enforced on publication: one function for both.
    """
    found: list[Issue] = []
    for check in (
        _basics,
        _money,
        _time,
        method_rules.sole_source,
        method_rules.rounds,
        _lots,
        method_rules.approvals,
        method_rules.limit,
        method_rules.criteria,
        framework_rules.call,
        competition_rules.competition,
        method_rules.securities,
        _envelopes,
        _deductions,
        sme_rules.reservation,
        fair_rules.discrimination,
        need_rules.requirement,
        _documents,
        _people,
        _keepers,
        _intention,
    ):
        found.extend(check(tender, law, around))
    return found


def blocking(issues: Iterable[Issue]) -> list[Issue]:
    """Give the issues that stop publication."""
    return [issue for issue in issues if issue.blocking]


def _envelopes(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """In two envelopes a condition is judged before prices are known: one about the price cannot be judged then."""
    conditions = [row for row in tender.criteria if row.kind in {"qualification", "conformity"}]
    for row in conditions if tender.two_envelopes else []:
        if any(word in f"{row.name} {row.guide}".lower() for word in PRICE_WORDS):
            yield issue_of(
                law,
                "condition-about-price",
                gettext_noop(
                    "“%(criterion)s” speaks of the price, which is sealed while conditions are reviewed. Reword or remove it: "
                    "bids above the budget or the ceiling are excluded by the computation."
                ),
                "criteria",
                "R2",
                blocking=False,
                criterion=row.id,
            )


def _basics(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if not tender.title.strip():
        yield issue_of(law, "no-title", gettext_noop("Give the tender a title."), "basics", "T-01")
    if not tender.need.strip():
        yield issue_of(law, "no-need", gettext_noop("Say what is needed."), "basics", "T-01")
    if not tender.delivery.strip():
        yield issue_of(
            law, "no-delivery", gettext_noop("Say when and where it is to be delivered."), "basics", "T-01"
        )


def _money(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if tender.budget.fen <= 0:
        yield issue_of(law, "no-budget", gettext_noop("The notice must state the budget."), "basics", "L-15")
    if tender.budget > around.plan_amount:
        yield issue_of(
            law,
            "budget-over-plan",
            gettext_noop("The budget of %(budget)s is above the %(plan)s of the plan."),
            "basics",
            "L-32",
            budget=str(tender.budget),
            plan=str(around.plan_amount),
        )
    if tender.ceiling is not None and tender.ceiling > tender.budget:
        yield issue_of(
            law,
            "ceiling-over-budget",
            gettext_noop("The ceiling price of %(ceiling)s is above the budget of %(budget)s."),
            "basics",
            "T-01",
            ceiling=str(tender.ceiling),
            budget=str(tender.budget),
        )


def _time(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    method = method_of(tender.method)
    try:
        if not method.bid_time:
            if method.notice_time:
                law.end_of(method.notice_time, around.now)
            return
        bids = law.end_of(method.bid_time, around.now)
        documents = law.end_of(method.document_time, around.now) if method.document_time else None
        notice = law.end_of(method.notice_time, around.now) if method.notice_time else None
        due = around.wanted_due_at or earliest_due(law, method.bid_time, around.now)
    except UnknownYear as unknown:
        yield issue_of(
            law,
            "calendar-unknown",
            gettext_noop(
                "The working days of %(year)s have not been announced; no binding date can be computed."
            ),
            "operator",
            method.bid_time or method.notice_time,
            year=unknown.year,
        )
        return
    if not leaves_enough_time(due, bids):
        yield issue_of(
            law,
            "bid-time-too-short",
            gettext_noop("Bids are due on %(due)s; the law asks for %(least)s at the earliest."),
            "basics",
            method.bid_time,
            due=_said(due),
            least=_said(earliest_due(law, method.bid_time, around.now)),
        )
    for code, message, end, rule in (
        (
            "document-time-too-short",
            gettext_noop("Documents must be on offer until %(least)s, after bids are due."),
            documents,
            method.document_time,
        ),
        (
            "notice-time-too-short",
            gettext_noop("The notice must stand until %(least)s, after bids are due."),
            notice,
            method.notice_time,
        ),
    ):
        if end is not None and not leaves_enough_time(due, end):
            yield issue_of(law, code, message, "basics", rule, least=_said(end.ends_at))


def _lots(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if not tender.lots:
        yield issue_of(law, "no-lots", gettext_noop("Add at least one lot."), "lots", "T-01")
        return
    total = Yuan.total(lot.budget for lot in tender.lots)
    if total != tender.budget:
        yield issue_of(
            law,
            "lots-do-not-add-up",
            gettext_noop("The lots add up to %(total)s, the budget is %(budget)s."),
            "lots",
            "L-15",
            total=str(total),
            budget=str(tender.budget),
        )
    for lot in tender.lots:
        yield from _lot(lot, law)


def _lot(lot: LotFacts, law: Law) -> Iterator[Issue]:
    if not lot.items:
        yield issue_of(
            law, "lot-without-items", gettext_noop("Lot %(lot)s has no items."), "lots", "T-01", lot=lot.no
        )
    if lot.budget.fen <= 0:
        yield issue_of(
            law, "lot-without-budget", gettext_noop("Lot %(lot)s has no budget."), "lots", "L-15", lot=lot.no
        )
    if lot.ceiling is not None and lot.ceiling > lot.budget:
        yield issue_of(
            law,
            "lot-ceiling-over-budget",
            gettext_noop("The ceiling price of lot %(lot)s is above its budget."),
            "lots",
            "T-01",
            lot=lot.no,
        )


def _deductions(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if method_of(tender.method).invites is Invites.ENTRANTS:
        return  # the lowest quote wins: `competition_rules`
    for name, (rule, noun) in DEDUCTIONS.items():
        given = tender.deductions.get(name, "0")
        try:
            rate = exact(given)
        except BadMoney:
            rate = Decimal(-1)
        if sme_rules.without_deduction(name, around):
            if rate != 0:
                yield sme_rules.deduction_on_reserved(law, noun)
        elif not law.has(rule):
            if rate != 0:
                yield issue_of(
                    law,
                    "deduction-without-law",
                    gettext_noop("The law of that day knows no such deduction (%(name)s)."),
                    "criteria",
                    rule,
                    name=noun,
                )
        elif not _allows(law.value(rule), rate):
            yield issue_of(
                law,
                "deduction-out-of-range",
                gettext_noop(
                    "The deduction of %(given)s (%(name)s) is outside what the law allows: %(range)s."
                ),
                "criteria",
                rule,
                name=noun,
                given=given,
                range=str(law.value(rule)),
            )


def _allows(value: Value, rate: Decimal) -> bool:
    return rate in value if isinstance(value, Range) else rate == value


def least_deduction(law: Law, rule: str) -> str:
    """Give the lowest deduction that the law allows, as a decimal string; "0" where it knows none."""
    if not law.has(rule):
        return "0"
    value = law.value(rule)
    return f"{value.low if isinstance(value, Range) else value}"


def _documents(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if not tender.documents and method_of(tender.method).bid_time:
        yield issue_of(
            law, "no-document", gettext_noop("Upload the procurement document."), "documents", "T-03"
        )


def _people(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if tender.agency_id is not None and tender.agency_id == tender.purchaser_id:
        yield issue_of(
            law,
            "agency-is-purchaser",
            gettext_noop("The purchaser cannot be its own agency."),
            "approval",
            "L-31",
        )
    yield from _entrusted(tender, law, around)
    if not around.approved:
        yield issue_of(
            law,
            "not-approved",
            gettext_noop("The purchaser has not yet approved this version of the agency's draft."),
            "approval",
            "S002-24",
        )


def first_item(tender: TenderFacts) -> str:
    """Give what the first notice of a procedure is, of the items that an agreement names."""
    return "single_source" if method_of(tender.method).first_notice == NoticeType.SINGLE_SOURCE else "notice"


def _entrusted(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """An agency acts under an agreement that both sides have signed, for as long as it holds (rule L-34)."""
    if tender.agency_id is None or tender.agency_id == tender.purchaser_id:
        return
    agreed = around.entrustment
    if agreed is None or agreed.agency_id != tender.agency_id or agreed.status != "signed":
        yield issue_of(
            law,
            "no-entrustment",
            gettext_noop("Purchaser and agency have not both signed an agreement on this purchase."),
            "entrustment",
            "L-34",
            offered=agreed is not None,
        )
    elif not agreed.holds_on(beijing_date(around.now)):
        yield issue_of(
            law,
            "entrustment-over",
            gettext_noop("The agreement with the agency held until %(day)s: agree on a new one."),
            "entrustment",
            "L-34",
            day=agreed.ends_on.isoformat(),
        )
    elif around.agency_asks and agreed.publishers.get(first_item(tender)) != "agency":
        yield issue_of(
            law,
            "purchaser-publishes",
            gettext_noop("By the agreement the purchaser publishes this notice itself."),
            "approval",
            "S002-11",
        )


def _keepers(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if not method_of(tender.method).bid_time:
        return  # nothing is sealed
    if not 2 <= around.keepers_needed < around.keepers:
        yield issue_of(
            law,
            "too-few-keepers",
            gettext_noop("Bids cannot be sealed: %(keepers)s keepers are set up and %(needed)s must answer."),
            "operator",
            "R2",
            keepers=around.keepers,
            needed=around.keepers_needed,
        )
    elif not around.keepers_may_serve:
        yield issue_of(
            law,
            "keepers-not-independent",
            gettext_noop(
                "The keepers are not independent of this platform; only demonstrations may use them."
            ),
            "operator",
            "R2",
        )


def _intention(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if around.intention_excused:
        return
    enforced = law.has(INTENTION_ENFORCED) and law.count(INTENTION_ENFORCED) == 1
    if around.intention_at is None:
        yield issue_of(
            law,
            "no-intention",
            gettext_noop(
                "The intention to buy has not been published: publish it, or say why none is needed."
            ),
            "plan",
            INTENTION,
            blocking=enforced,
        )
    elif law.has(INTENTION):
        reach = law.back_from(INTENTION, around.now, binding=False)
        if around.intention_at >= reach.ends_at:
            yield issue_of(
                law,
                "intention-too-late",
                gettext_noop(
                    "The intention to buy was published on %(at)s, later than the rule asks for: wait, or say why."
                ),
                "plan",
                INTENTION,
                blocking=enforced,
                at=_said(around.intention_at),
            )


def _said(instant: datetime) -> str:
    """Write an instant as notices do: Beijing time, to the minute; to the second where seconds count."""
    civil = instant.astimezone(BEIJING)
    return civil.strftime("%Y-%m-%d %H:%M:%S" if civil.second else "%Y-%m-%d %H:%M")
