"""Who may bid (供应商资格): one pure decision with its reasons and citations. No database, no clock.

What is known of a supplier is a `Case`; `decide` gives what stands against its taking part, as `Finding`s. One that
`bars` leaves no choice; another must be looked at and answered by whoever reviews.
Source: 《政府采购法》第二十二条; 《政府采购法实施条例》第十七条 to 第十九条; 财库〔2016〕125号.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.errors import gettext_noop
from core.law.book import Law
from core.law.duties import duty
from core.law.sme import Size
from core.workdays import beijing_date, day_begins
from parties.states import EVIDENCE_WORDS, MAJOR, REGISTER_WORDS, Condition, Hold, Mark

CLEAN_YEARS = "L-01.clean_record_years"
CONDUCT_YEARS = "G-10.clean_conduct_years"
BAN = "L-01.bans_in_force_max"
CONDITIONS = "L-01.conditions"
LINKED = "L-02.linked_bidders_max"
PREPARERS = "L-02.preparers_max"
LISTED = "G-04.listed_max"
LARGE_FINE = "G-05.large_fine"
SECURITY, COLLUSION, DECLARATION = "T-21", "T-22", "S-09"
CONSORTIA, AGREEMENT = "L-04", "L-04.agreement"
SMES = frozenset(size for size in Size if size.is_sme)
DUTIES = frozenset({SECURITY, COLLUSION, DECLARATION, CONSORTIA, AGREEMENT})


@dataclass(frozen=True, slots=True)
class SanctionFacts:
    """A bad record as the register holds it, in force in the half-open period [since, until); `mark` says what it is."""

    credit_code: str
    name: str
    kind: str
    reason: str
    citation: str
    since: datetime
    until: datetime | None
    mark: str = Mark.BAN
    fine: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence for a condition; it proves on the days from `valid_from` to `valid_until`, both included."""

    condition: str
    valid_from: date
    valid_until: date | None

    def proves(self, day: date) -> bool:
        """Tell whether it is valid on `day`."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Link:
    """What ties a supplier to another bidder of the same contract item. `direct`: the law names it (L-02)."""

    other: str
    hold: str
    direct: bool


@dataclass(frozen=True)
class Case:
    """What is known of one supplier in one procedure.

    `day` is the day on which it takes part, the deadline for bids; `asked` are the conditions whose proof the documents
    ask for; `security` is `missing` or `declared` while the bid security is not there or not checked; `listed` the credit
    registers that name it, None while nobody has asked them. `also_in` are the other bids of the lot that it takes part in,
    by their suppliers; `consortium` is `unsigned` where a bid names an agreement that does not hold, `unwanted` where the
    documents take no consortia. `declared_size` is what a bid says about the maker's size in a lot that is reserved for
    small and medium-sized enterprises, None in any other.
    """

    day: date
    records: tuple[SanctionFacts, ...] = ()
    prepared: str = ""
    links: tuple[Link, ...] = ()
    listed: tuple[str, ...] | None = ()
    security: str = ""
    also_in: tuple[str, ...] = ()
    consortium: str = ""
    declared_size: str | None = None
    asked: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands against taking part: what, by which rule, where that is written and how sure that is.

    `member` names the partner of a consortium of whom it is found; empty: of the bidder itself.
    """

    code: str
    rule: str
    text: str
    citation: str
    certainty: str
    bars: bool
    facts: Mapping[str, str] = field(default_factory=dict)
    member: str = ""


def years_later(day: date, years: int) -> date:
    """Give the same day of a later year; after 29 February the first of March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def stands_until(row: SanctionFacts, law: Law) -> datetime | None:
    """Give the instant from which a record no longer stands against taking part; None: it has no end.

    A ban stands while it is in force, and whoever has served it may take part again. A grave violation stands for the
    years of a clean record from the day of the decision, or from its last day where it has a period: to the day, so that
    a record of 22 November 2023 no longer stands on 22 November 2026. A fine counts only when it is large.
    """
    if row.mark == Mark.FINE and row.fine is not None and law.has(LARGE_FINE):
        if row.fine < law.yuan(LARGE_FINE).amount:
            return row.since
    years = 0
    if row.mark in MAJOR:
        years = law.count(CLEAN_YEARS)
    elif row.mark == Mark.CONDUCT and law.has(CONDUCT_YEARS):
        years = law.count(CONDUCT_YEARS)
    if not years:
        return row.until
    last = beijing_date(row.until - timedelta(microseconds=1)) if row.until else beijing_date(row.since)
    return day_begins(years_later(last, years))


def stands(row: SanctionFacts, at: datetime, law: Law) -> bool:
    """Tell whether a record stands against taking part at an instant."""
    end = stands_until(row, law)
    return row.since <= at and (end is None or at < end)


def rule_of(row: SanctionFacts, law: Law) -> str:
    """Give the rule by which a record stands."""
    if row.mark in MAJOR:
        return CLEAN_YEARS
    return CONDUCT_YEARS if row.mark == Mark.CONDUCT and law.has(CONDUCT_YEARS) else BAN


def decide(case: Case, *, at: datetime, law: Law) -> tuple[Finding, ...]:
    """Give what stands against this supplier's taking part, the gravest first; empty: nothing does."""
    return (
        *_records(case.records, at, law),
        *_part(case, law),
        *_credit(case.listed, law),
        *_twice(case.also_in, law),
        *_linked(case.links, law),
        *_together(case.consortium, law),
        *_sized(case.declared_size, law),
        *_secured(case.security, law),
        *_proven(case, law),
    )


def _finding(code: str, rule: str, text: str, law: Law, *, bars: bool, **facts: str) -> Finding:
    if rule in DUTIES:
        known = duty(rule)
        return Finding(code, rule, text, known.citation, str(known.certainty), bars, facts)
    # A procedure keeps the law it began under, which may not have had this one yet.
    cited = law.rules.get(rule)
    citation, certainty = (cited.citation, str(cited.certainty)) if cited else ("", "")
    return Finding(code, rule, text, citation, certainty, bars, facts)


def _records(rows: Iterable[SanctionFacts], at: datetime, law: Law) -> list[Finding]:
    return [
        _finding(
            f"record-{row.mark}",
            rule_of(row, law),
            gettext_noop("A bad record stands against it (%(decision)s), since %(since)s until %(until)s."),
            law,
            bars=True,
            decision=row.citation,
            since=str(beijing_date(row.since)),
            until=_last_day(stands_until(row, law)),
        )
        for row in rows
        if stands(row, at, law)
    ]


def _last_day(end: datetime | None) -> str:
    return str(beijing_date(end - timedelta(microseconds=1))) if end else "—"


def _part(case: Case, law: Law) -> list[Finding]:
    if not case.prepared or not law.has(PREPARERS):
        return []
    text = gettext_noop("It has prepared or supervises the project: %(part)s.")
    return [_finding("prepared", PREPARERS, text, law, bars=True, part=case.prepared)]


def _credit(listed: tuple[str, ...] | None, law: Law) -> list[Finding]:
    if not law.has(LISTED):
        return []
    if listed is None:
        text = gettext_noop("The credit registers have not been asked about it.")
        return [_finding("not-asked", LISTED, text, law, bars=False)]
    text = gettext_noop("The credit registers list it: %(register)s.")
    return [
        _finding("listed", LISTED, text, law, bars=True, register=REGISTER_WORDS.get(name, name))
        for name in listed
    ]


def _linked(links: Iterable[Link], law: Law) -> list[Finding]:
    words = {
        Hold.PERSON: gettext_noop("The same person is responsible for it and for %(other)s."),
        Hold.HOLDING: gettext_noop("It and %(other)s stand in a direct holding relation."),
        Hold.MANAGEMENT: gettext_noop("It and %(other)s stand in a management relation."),
        Hold.PARENT: gettext_noop("It and %(other)s are held or managed by the same one."),
        Hold.ACCOUNT: gettext_noop("Its bid security is paid from the same account as that of %(other)s."),
    }
    return [
        _finding(
            "linked",
            COLLUSION if row.hold == Hold.ACCOUNT else LINKED,
            words[Hold(row.hold)],
            law,
            bars=row.direct,
            other=row.other,
        )
        for row in links
    ]


def _twice(others: Iterable[str], law: Law) -> list[Finding]:
    text = gettext_noop("It takes part in this lot a second time, in the bid of %(other)s.")
    return [_finding("second-bid", CONSORTIA, text, law, bars=True, other=other) for other in others]


def _together(consortium: str, law: Law) -> list[Finding]:
    words = {
        "unsigned": (
            AGREEMENT,
            gettext_noop(
                "Its bid names a consortium agreement that its members had not all signed, or had ended."
            ),
        ),
        "unwanted": (CONSORTIA, gettext_noop("It bids as a consortium, which the documents do not take.")),
    }
    if consortium not in words:
        return []
    rule, text = words[consortium]
    return [_finding(f"consortium-{consortium}", rule, text, law, bars=False)]


def _sized(size: str | None, law: Law) -> list[Finding]:
    if size is None or size in SMES:
        return []
    if size == Size.LARGE:
        text = gettext_noop(
            "The lot is reserved for small and medium-sized enterprises; the bid declares a large one."
        )
        return [_finding("not-sme", DECLARATION, text, law, bars=True)]
    text = gettext_noop(
        "The lot is reserved for small and medium-sized enterprises; the bid declares no size."
    )
    return [_finding("size-undeclared", DECLARATION, text, law, bars=False)]


def _secured(security: str, law: Law) -> list[Finding]:
    words = {
        "missing": gettext_noop("The bid security that the documents ask for is not there."),
        "declared": gettext_noop("Whether its bid security is there has not been checked."),
    }
    if security not in words:
        return []
    return [_finding(f"security-{security}", SECURITY, words[security], law, bars=False)]


def _proven(case: Case, law: Law) -> list[Finding]:
    """Say which conditions are not proven. Who proves not even that it can bear civil liability is not qualified.

    Source: 《政府采购法》第二十二条第一款第一项; 《政府采购法实施条例》第十七条.
    """
    held = {proof.condition for proof in case.proofs if proof.proves(case.day)}
    late = {proof.condition for proof in case.proofs} - held
    found = []
    for name in case.asked:
        if name in held:
            continue
        text = (
            gettext_noop("Its evidence is not valid on the deadline for bids: %(condition)s.")
            if name in late
            else gettext_noop("There is no evidence: %(condition)s.")
        )
        word = EVIDENCE_WORDS[Condition(name)]
        bars = name == Condition.CIVIL and name not in late
        found.append(_finding("unproven", CONDITIONS, text, law, bars=bars, condition=word))
    return found
