"""Organisations, people and experts in the states that tests start from."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core import clock
from parties.access import Actor, actor_for
from parties.models import Capacity, Evidence, Expert, Membership, Organisation, User
from parties.rules import credit_code_with_check
from parties.services import people
from parties.states import CapacityStatus, Condition, Role

_serial = itertools.count(1)


def credit_code(region: str = "330100") -> str:
    """Give a fresh, well-formed credit code that belongs to nobody."""
    return credit_code_with_check(f"91{region}{f'MAD{next(_serial):06d}'}"[:17])


def organisation(name: str, region: str, *kinds: str, **over: Any) -> Organisation:
    org = Organisation.objects.create(
        name=name, credit_code=credit_code(region), region=region, demonstration=True, **over
    )
    for kind in kinds:
        Capacity.objects.create(
            organisation=org,
            kind=kind,
            status=CapacityStatus.VERIFIED,
            decided_by="operator",
            decided_at=clock.now(),
        )
    return org


def user(name: str, email: str | None = None) -> User:
    """Make a person with the password `correct horse battery` and a verified address."""
    address = email or f"person{next(_serial)}@example.org"
    return people.create(email=address, name=name, password="correct horse battery")


def operator() -> Actor:
    """Make somebody who operates the site: no organisation, `is_staff`."""
    person = user("运维人员")
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    person.refresh_from_db()
    return actor_for(person)


def member(org: Organisation, name: str, role: str = Role.ADMIN) -> Actor:
    person = user(name)
    membership = Membership.objects.create(
        user=person, organisation=org, role=role, since=clock.now() - timedelta(days=400)
    )
    return actor_for(person, str(membership.pk))


def desk(kind: str, name: str, region: str, role: str = Role.ADMIN, **over: Any) -> Actor:
    """A desk with one person; a supplier has declared the six conditions of taking part since long ago."""
    org = organisation(name, region, kind, **over)
    if kind == "supplier":
        evidence(org)
    return member(org, f"{name[:4]}经办", role)


def evidence(org: Organisation) -> None:
    """Put a declaration for each of the six conditions into an organisation's register."""
    Evidence.objects.bulk_create(
        Evidence(
            organisation=org,
            condition=condition,
            title="声明函",
            statement="符合条件",
            valid_from=date(2020, 1, 1),
            sha256=hashlib.sha256(f"{org.pk} {condition}".encode()).hexdigest(),
            added_by="test",
            added_at=datetime(2020, 1, 1, tzinfo=UTC),
        )
        for condition in Condition
    )


def expert(number: int, specialties: list[str] | None = None) -> Actor:
    person = user(f"专家{number}")
    Expert.objects.create(
        user=person,
        number=f"ZJ{number:04d}-{next(_serial)}",
        region="330000",
        specialties=specialties or ["A02", "C16"],
    )
    return actor_for(person)
