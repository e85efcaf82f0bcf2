"""Seat the demonstration's people: organisations, experts, passkeys, authenticator apps; and write their accounts."""

from __future__ import annotations

import base64
import json
import os
import secrets
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings

from config.demo import cast
from config.demo.papers import NOTE, Paper
from config.softkey import SoftKey
from core import clock
from core.workdays import beijing_date
from parties import selectors
from parties.access import Actor, actor_for, person
from parties.rules import credit_code_with_check
from parties.services import experts, organisations, passkeys, people, qualification
from parties.states import Condition, Kind, Role, Tie

Accounts = dict[str, dict[str, Any]]
DOMAIN = "demo.example"


def seat_all(rng: Any) -> tuple[Accounts, dict[str, Actor]]:
    """Make everybody; gives the accounts as written to `demo-accounts.json`, and the actors by role."""
    accounts: Accounts = {}
    actors: dict[str, Actor] = {}
    password = f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(3)}"
    hashed = ""

    def account(role: str, name: str, organisation: str = "") -> Any:
        nonlocal hashed
        user = people.create(
            email=f"{role.replace('_', '-')}@{DOMAIN}", name=name, password=None if hashed else password
        )
        # One password for all invented people: hashed once, since hashing is slow on purpose.
        hashed = hashed or user.password
        if user.password != hashed:
            user.password = hashed
            user.save(update_fields=["password"])
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        TOTP.activate(user, secret)
        RecoveryCodes.activate(user)
        key = SoftKey(rp_id=settings.RP_ID, origin=settings.PASSKEY_ORIGINS[0])
        passkeys.add(user.pk, "Demonstration", key.create(passkeys.creation_options(user.pk)))
        accounts[role] = {
            "role": role,
            "name": name,
            "organisation": organisation,
            "email": user.email,
            "password": password,
            "totp_secret": secret,
            "passkey": json.loads(key.dump()),
        }
        return user

    operator = account("operator", "平台运维（示例）")
    operator.is_staff = operator.is_superuser = True
    operator.save(update_fields=["is_staff", "is_superuser"])
    actors["operator"] = actor_for(person(operator.pk))
    for number, office in enumerate(cast.OFFICES, start=1):
        user = account(office.role, office.person, office.name)
        organisations.register(
            actor=actor_for(user),
            credit_code=_credit_code(office, number),
            region=office.region,
            kinds=[office.kind],
            particulars=_particulars(office),
            demonstration=True,
        )
        actors[office.role] = _verified(user.pk, actors)
        if office.kind == Kind.SUPPLIER:
            _prove(actors[office.role])
        if office.colleague:
            role = f"{office.role}_colleague"
            colleague = account(role, office.colleague, office.name)
            org_id = actors[office.role].require_kind(office.kind)
            people.join(actor="operator", user_id=colleague.pk, org_id=org_id, role=Role.HANDLER)
            actors[role] = actor_for(person(colleague.pk))
    for number, name in enumerate(cast.EXPERT_NAMES, start=1):
        role = "expert" if number == 1 else f"expert_{number}"
        user = account(role, name)
        entry = {
            "actor": actor_for(user),
            "title": rng.choice(cast.EXPERT_TITLES),
            "specialties": cast.EXPERT_FIELDS[number % len(cast.EXPERT_FIELDS)],
        }
        region = rng.choice(["330100", "330200", "330300", "330400", "330600"])
        expert_id = experts.apply(region=region, **entry)
        experts.save_profile(phone=f"1390000{number:04d}", **entry)
        experts.decide(actor=actors["supervisor"], expert_id=expert_id, verb="admit")
        actors[role] = actor_for(person(user.pk))
    for role, employer in cast.TIES.items():
        firm = next(office for office in cast.OFFICES if office.role == employer)
        experts.declare_tie(
            actor=actors[role],
            organisation_name=firm.name,
            credit_code=actors[employer].credit_code,
            tie=Tie.EMPLOYEE,
            since=beijing_date(clock.now()) - timedelta(days=800),
        )
    return accounts, actors


def _prove(supplier: Actor) -> None:
    """Put the evidence of the six conditions into a supplier's register."""
    today = beijing_date(clock.now())
    for condition, title, issuer in cast.EVIDENCE:
        declared = condition == Condition.CLEAN
        qualification.add(
            actor=supplier,
            condition=condition,
            title=title,
            issuer=issuer,
            valid_from=today - timedelta(days=200),
            valid_until=None if declared else today + timedelta(days=500),
            statement="本单位在参加政府采购活动前三年内，在经营活动中没有重大违法记录。" if declared else "",
            file=None if declared else Paper(f"{title}.txt", f"{title}。{NOTE}".encode()),
        )


def _verified(user_id: uuid.UUID, actors: dict[str, Actor]) -> Actor:
    actor = actor_for(person(user_id))
    for row in selectors.capacities_to_decide():
        if row.organisation_id == actor.org_id:
            organisations.decide(actor=actors["operator"], capacity_id=row.pk, verb="verify")
    return actor_for(person(user_id))


def _particulars(office: cast.Office) -> dict[str, str]:
    return {
        "name": office.name,
        "name_en": office.name_en,
        "address": "示例路 1 号",
        "contact_name": office.person,
        "contact_phone": "0571-00000000",
        "legal_representative": office.person,
        "size": office.size,
        "industry": office.industry,
        "budget_level": office.level,
    }


def _credit_code(office: cast.Office, number: int) -> str:
    register = "12" if office.kind in {"purchaser", "supervisor"} else "91"
    return credit_code_with_check(f"{register}{office.region}DEM{number:06d}")


def write(accounts: Accounts, path: Path) -> None:
    """Write the accounts, readable by their owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(accounts, file, ensure_ascii=False, indent=1)
