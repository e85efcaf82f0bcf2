"""Reads of parties: frozen facts for other packages, and lists for the pages of this one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from core import clock, regions
from core.enacted import selectors as enacted
from core.errors import NotFound
from core.law.book import Law
from core.money import Yuan
from core.workdays import beijing_date
from parties import eligibility
from parties.eligibility import SanctionFacts
from parties.models import (
    Capacity,
    CreditQuery,
    Employment,
    Expert,
    Invitation,
    Membership,
    Organisation,
    Sanction,
    SizeStatement,
    User,
)
from parties.states import CapacityStatus, Kind


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """What documents and other packages say about an organisation; `kinds` are its verified capacities."""

    id: uuid.UUID
    name: str
    name_en: str
    credit_code: str
    region: str
    size: str
    address: str
    contact_name: str
    contact_phone: str
    legal_representative: str
    demonstration: bool
    budget_level: str = ""
    industry: str = ""
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ExpertFacts:
    """An expert of the register; `specialties` are item codes (品目), any length."""

    id: uuid.UUID
    user_id: uuid.UUID
    name: str
    number: str
    title: str
    region: str
    specialties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person at a desk now; `deputy_for` names whom they stand in for."""

    user_id: uuid.UUID
    name: str
    email: str
    role: str
    since: datetime
    until: datetime | None
    membership_id: uuid.UUID
    deputy_for: str = ""


def in_force(moment: datetime) -> Q:
    """Give the condition that a half-open period [since, until) contains `moment`."""
    return Q(since__lte=moment) & (Q(until=None) | Q(until__gt=moment))


# --- organisations ------------------------------------------------------------------------------------------
def _organisation(row: Organisation) -> OrganisationFacts:
    return OrganisationFacts(
        id=row.pk,
        name=row.name,
        name_en=row.name_en,
        credit_code=row.credit_code,
        region=row.region,
        size=row.size,
        address=row.address,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        legal_representative=row.legal_representative,
        demonstration=row.demonstration,
        budget_level=row.budget_level,
        industry=row.industry,
        kinds=frozenset(c.kind for c in row.capacities.all() if c.status == CapacityStatus.VERIFIED),
    )


def organisation_facts(id: uuid.UUID) -> OrganisationFacts:
    """Give one organisation, or raise NotFound."""
    row = Organisation.objects.prefetch_related("capacities").filter(pk=id).first()
    if row is None:
        raise NotFound()
    return _organisation(row)


def organisations_by_id(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, OrganisationFacts]:
    """Give several organisations in two queries; ids that nobody has are left out."""
    rows = Organisation.objects.prefetch_related("capacities").filter(pk__in=set(ids))
    return {row.pk: _organisation(row) for row in rows}


def organisations_by_credit_code(codes: Collection[str]) -> dict[str, OrganisationFacts]:
    """Give the registered organisations with these codes, by code; codes that nobody registered are left out."""
    rows = Organisation.objects.prefetch_related("capacities").filter(credit_code__in=list(codes))
    return {row.credit_code: _organisation(row) for row in rows}


def organisation_by_credit_code(credit_code: str) -> OrganisationFacts | None:
    """Give the registered organisation with this code, or None when nobody has registered it."""
    row = Organisation.objects.prefetch_related("capacities").filter(credit_code=credit_code).first()
    return _organisation(row) if row else None


def supervisor_of(region: str) -> uuid.UUID | None:
    """Give the nearest organisation that supervises `region`: its own, else of a region above it; None without one."""
    for place in reversed(regions.path(region)):
        desk = (
            Capacity.objects.filter(
                kind=Kind.SUPERVISOR, status=CapacityStatus.VERIFIED, organisation__region=place.code
            )
            .order_by("pk")
            .values_list("organisation_id", flat=True)
            .first()
        )
        if desk is not None:
            return desk
    return None


def organisations(*, kind: str = "", q: str = "", limit: int = 200) -> list[OrganisationFacts]:
    """List organisations by name; `kind`: only those verified in it; `q`: part of a name or of a code."""
    rows = Organisation.objects.prefetch_related("capacities").order_by("name")
    if kind:
        rows = rows.filter(capacities__kind=kind, capacities__status=CapacityStatus.VERIFIED)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(name_en__icontains=q) | Q(credit_code__istartswith=q))
    return [_organisation(row) for row in rows[:limit]]


def people_of(org_id: uuid.UUID) -> list[PersonFacts]:
    """List who works at the desk now."""
    rows = (
        Membership.objects.filter(in_force(clock.now()), organisation_id=org_id, user__is_active=True)
        .select_related("user", "deputy_for__user")
        .order_by("since", "pk")
    )
    return [
        PersonFacts(
            user_id=row.user_id,
            name=row.user.name,
            email=row.user.email,
            role=row.role,
            since=row.since,
            until=row.until,
            membership_id=row.pk,
            deputy_for=row.deputy_for.user.name if row.deputy_for else "",
        )
        for row in rows
    ]


def desks_of(user_id: uuid.UUID) -> list[Membership]:
    """List the open memberships of a person, oldest first."""
    return list(
        Membership.objects.filter(in_force(clock.now()), user_id=user_id)
        .select_related("organisation")
        .order_by("since", "pk")
    )


def capacities_to_decide() -> QuerySet[Capacity]:
    """List the capacities that wait for a decision, oldest first."""
    rows = Capacity.objects.filter(status=CapacityStatus.APPLIED).select_related("organisation")
    return rows.order_by("applied_at", "pk")


# --- experts ------------------------------------------------------------------------------------------------
def _expert(row: Expert) -> ExpertFacts:
    return ExpertFacts(
        id=row.pk,
        user_id=row.user_id,
        name=row.user.name,
        number=row.number,
        title=row.title,
        region=row.region,
        specialties=tuple(row.specialties),
    )


def expert_facts(id: uuid.UUID) -> ExpertFacts:
    """Give one expert, suspended or not, or raise NotFound."""
    row = Expert.objects.select_related("user").filter(pk=id).first()
    if row is None:
        raise NotFound()
    return _expert(row)


def experts_for(
    specialty: str, avoid_credit_codes: Collection[str] = (), *, since: date | None = None
) -> list[ExpertFacts]:
    """List, by number, the experts of item code `specialty` who are tied to none of those organisations.

    A specialty fits when it stands above or below the code asked for in the catalogue. Ties that ended
    before `since` do not count (give the start of the law's look-back); without `since` every tie ever
    counts. Works and worked at, directs, controls, kin: all are ties, and so is a desk held now. Source:
    《政府采购法实施条例》第九条.
    """
    now = clock.now()
    rows = Expert.objects.filter(suspended_at=None, admitted_at__lte=now, user__is_active=True)
    tied = _tied(avoid_credit_codes, since)
    return [
        _expert(row)
        for row in rows.select_related("user").order_by("number")
        if row.pk not in tied and _fits(row.specialties, specialty)
    ]


def _fits(specialties: Iterable[str], asked: str) -> bool:
    return not asked or any(asked.startswith(own) or own.startswith(asked) for own in specialties if own)


def _employments(credit_codes: Collection[str], since: date | None) -> QuerySet[Employment]:
    rows = Employment.objects.filter(credit_code__in=list(credit_codes))
    if since is not None:
        rows = rows.filter(Q(until=None) | Q(until__gte=since))
    return rows


def _tied(credit_codes: Collection[str], since: date | None) -> set[uuid.UUID]:
    desks = Membership.objects.filter(
        in_force(clock.now()), organisation__credit_code__in=list(credit_codes)
    ).values_list("user__expert__pk", flat=True)
    return {pk for pk in desks if pk} | set(
        _employments(credit_codes, since).values_list("expert_id", flat=True)
    )


def ties_between(expert_id: uuid.UUID, credit_codes: Collection[str], since: date) -> list[str]:
    """Say what ties the expert to organisations with these codes since that day; none: empty."""
    found = [
        f"{row.tie}: {row.organisation_name} ({row.credit_code})"
        for row in _employments(credit_codes, since).filter(expert_id=expert_id).order_by("pk")
    ]
    desks = Membership.objects.filter(
        in_force(clock.now()), user__expert__pk=expert_id, organisation__credit_code__in=list(credit_codes)
    ).select_related("organisation")
    return found + [f"desk: {row.organisation.name} ({row.organisation.credit_code})" for row in desks]


# --- standing -----------------------------------------------------------------------------------------------
def records_of(credit_codes: Collection[str]) -> dict[str, list[SanctionFacts]]:
    """List every bad record of these organisations by code, whether it still stands or not, in one query."""
    found: dict[str, list[SanctionFacts]] = {code: [] for code in credit_codes}
    for row in Sanction.objects.filter(credit_code__in=list(credit_codes)).order_by("since", "pk"):
        found[row.credit_code].append(
            SanctionFacts(
                row.credit_code,
                row.name,
                row.kind,
                row.reason,
                row.citation,
                row.since,
                row.until,
                row.mark,
                row.fine,
            )
        )
    return found


def standing(
    credit_code: str, at: datetime | None = None, law: Callable[[], Law] | None = None
) -> list[SanctionFacts]:
    """List the bad records that stand against taking part at that instant (now); empty: nothing does.

    By what `law` gives, else the law of that day for no region in particular; see `eligibility.stands_until`.
    """
    moment = at or clock.now()
    rows = records_of([credit_code])[credit_code]
    if not rows:
        return []
    book = law() if law else enacted.law(beijing_date(moment))
    return [row for row in rows if eligibility.stands(row, moment, book)]


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """One credit query: whom, when, what the registers answered and the hash of that answer."""

    id: uuid.UUID
    credit_code: str
    name: str
    purpose: str
    source: str
    asked_at: datetime
    asked_by: str
    listed: tuple[str, ...]
    answer: dict[str, Any]
    answer_hash: str
    file_name: str
    stored_as: str


def credit_queries(purpose: str) -> list[CreditFacts]:
    """List the credit queries made for one purpose, such as `tender.<uuid>`, oldest first."""
    return [
        CreditFacts(
            id=row.pk,
            credit_code=row.credit_code,
            name=row.name,
            purpose=row.purpose,
            source=row.source,
            asked_at=row.asked_at,
            asked_by=row.asked_by,
            listed=tuple(row.listed),
            answer=row.answer,
            answer_hash=row.answer_hash,
            file_name=row.file_name,
            stored_as=row.stored_as,
        )
        for row in CreditQuery.objects.filter(purpose=purpose)
    ]


def newest_answers(purpose: str) -> dict[str, CreditFacts]:
    """Give the newest query for a purpose by credit code."""
    return {row.credit_code: row for row in credit_queries(purpose)}


def user_named(email: str) -> User | None:
    """Give the active user with this address, or None."""
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()


# --- lists for this package's pages -------------------------------------------------------------------------
def open_invitations(org_id: uuid.UUID) -> list[Invitation]:
    """List the invitations to a desk that can still be accepted, newest first."""
    rows = Invitation.objects.filter(
        organisation_id=org_id, accepted_at=None, withdrawn_at=None, expires_at__gt=clock.now()
    )
    return list(rows.order_by("-expires_at"))


def expert_entry(user_id: uuid.UUID) -> Expert | None:
    """Give a person's own entry in the register, admitted or not."""
    return Expert.objects.filter(user_id=user_id).first()


def reach_of(user_id: uuid.UUID) -> tuple[str, str]:
    """Give the telephone number by which a person is called, empty without one, and the language to speak."""
    phone, language = User.objects.values_list("phone", "language").get(pk=user_id)
    return phone, language


def expert_entries() -> QuerySet[Expert]:
    """List the register: who waits for admission first, then by number."""
    return Expert.objects.select_related("user").order_by(F("admitted_at").asc(nulls_first=True), "number")


def sanction_entries(limit: int = 500) -> list[Sanction]:
    """List bad records, the newest first."""
    return list(Sanction.objects.order_by("-since", "-pk")[:limit])


@dataclass(frozen=True, slots=True)
class SizeFacts:
    """What an enterprise declared about its size; `industry` is a code of `core.law.sme`."""

    industry: str
    staff: int | None
    revenue: Yuan | None
    assets: Yuan | None
    size: str
    made_at: datetime


def size_facts(row: SizeStatement) -> SizeFacts:
    """Give one declaration as facts."""
    return SizeFacts(
        industry=row.industry,
        staff=row.staff,
        revenue=Yuan.from_fen(row.revenue_fen) if row.revenue_fen is not None else None,
        assets=Yuan.from_fen(row.assets_fen) if row.assets_fen is not None else None,
        size=row.size,
        made_at=row.made_at,
    )


def size_statements(org_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, SizeFacts]:
    """Give the newest declaration of size of each organisation that has one."""
    rows = SizeStatement.objects.filter(organisation_id__in=list(org_ids)).order_by("made_at", "pk")
    return {row.organisation_id: size_facts(row) for row in rows}
