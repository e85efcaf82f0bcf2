"""The register of evaluation experts (评审专家): apply, be admitted, keep specialties and ties up to date."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse

from core import clock, regions
from core.audit.services import record
from core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState, gettext_noop
from parties.access import Actor
from parties.models import Employment, Expert, Membership, User
from parties.rules import credit_code_is_valid
from parties.selectors import in_force
from parties.services import inbox
from parties.states import CapacityStatus, Kind, Tie

ITEM_CODE = re.compile(r"[ABC]\d{2,10}")


def _specialties(given: Sequence[str]) -> list[str]:
    codes = sorted({code.strip().upper() for code in given if code.strip()})
    if not codes or any(not ITEM_CODE.fullmatch(code) for code in codes):
        raise Invalid(
            errors={"specialties": gettext_noop("Give item codes such as A02 or C0301, at least one.")}
        )
    return codes


@transaction.atomic
def apply(*, actor: Actor, region: str, title: str, specialties: Sequence[str]) -> uuid.UUID:
    """Ask to be admitted to the register; gives the entry. Whoever works at a supervisor's desk cannot be an expert.

    Raises Invalid, Conflict, Forbidden.   Source: 《政府采购评审专家管理办法》第六条, 第七条.
    """
    user = User.objects.select_for_update().get(pk=actor.require_user())
    codes = _specialties(specialties)
    try:
        place = regions.get(region)
    except regions.UnknownRegion as error:
        raise Invalid(errors={"region": gettext_noop("Choose the region.")}) from error
    if Expert.objects.filter(user=user).exists():
        raise Conflict(gettext_noop("You are already in the register."))
    _refuse_supervisors(user)
    row = Expert.objects.create(
        user=user,
        number=f"{place.code}{secrets.randbelow(10**8):08d}",
        title=title,
        region=place.code,
        specialties=codes,
        admitted_at=None,
    )
    record(actor=actor.label, verb="parties.apply_as_expert", subject=f"expert.{row.pk}", specialties=codes)
    return row.pk


def _refuse_supervisors(user: User) -> None:
    supervising = Membership.objects.filter(
        in_force(clock.now()),
        user=user,
        organisation__capacities__kind=Kind.SUPERVISOR,
        organisation__capacities__status=CapacityStatus.VERIFIED,
    )
    if supervising.exists():
        raise Forbidden(gettext_noop("Whoever supervises cannot evaluate."), rule="L-29")


@transaction.atomic
def save_profile(*, actor: Actor, title: str, specialties: Sequence[str], phone: str = "") -> None:
    """Change one's own title and specialties, and the telephone number by which one is called when drawn.

    Raises NotFound for people who are not in the register, Invalid.
    """
    row = _own(actor)
    row.title, row.specialties = title, _specialties(specialties)
    row.save(update_fields=["title", "specialties"])
    User.objects.filter(pk=row.user_id).update(phone=phone.strip())
    record(
        actor=actor.label, verb="parties.save_expert", subject=f"expert.{row.pk}", specialties=row.specialties
    )


def _own(actor: Actor) -> Expert:
    row = Expert.objects.select_for_update().filter(user_id=actor.require_user()).first()
    if row is None:
        raise NotFound()
    return row


@transaction.atomic
def declare_tie(
    *,
    actor: Actor,
    organisation_name: str,
    credit_code: str,
    tie: str,
    since: date,
    until: date | None = None,
) -> int:
    """Declare where one works or worked, directs, controls, or has kin: draws then avoid it. Gives the entry.

    Raises NotFound, Invalid.   Source: 《政府采购法实施条例》第九条.
    """
    row = _own(actor)
    errors = {}
    code = credit_code.strip().upper()
    if not credit_code_is_valid(code):
        errors["credit_code"] = gettext_noop(
            "This is no unified social credit code: 18 places, the last one checks the others."
        )
    if until is not None and until < since:
        errors["until"] = gettext_noop("The last day must not be before the first.")
    if tie not in set(Tie):
        errors["tie"] = gettext_noop("Choose what ties you to this organisation.")
    if errors:
        raise Invalid(errors=errors)
    entry = Employment.objects.create(
        expert=row, organisation_name=organisation_name, credit_code=code, tie=tie, since=since, until=until
    )
    record(
        actor=actor.label,
        verb="parties.declare_tie",
        subject=f"expert.{row.pk}",
        rule="L-29",
        credit_code=code,
        tie=tie,
    )
    return entry.pk


@transaction.atomic
def end_tie(*, actor: Actor, employment_id: int, until: date) -> None:
    """Give the last day of a tie. It is kept: draws look back. Raises NotFound, Invalid."""
    row = _own(actor)
    entry = Employment.objects.filter(pk=employment_id, expert=row).first()
    if entry is None:
        raise NotFound()
    if until < entry.since:
        raise Invalid(errors={"until": gettext_noop("The last day must not be before the first.")})
    entry.until = until
    entry.save(update_fields=["until"])
    record(
        actor=actor.label,
        verb="parties.end_tie",
        subject=f"expert.{row.pk}",
        rule="L-29",
        credit_code=entry.credit_code,
        until=until.isoformat(),
    )


@transaction.atomic
def decide(*, actor: Actor, expert_id: uuid.UUID, verb: str) -> None:
    """Admit an applicant, suspend an expert, or restore one: `verb` is `admit`, `suspend` or `restore`.

    By whoever supervises the expert's region. Raises Forbidden, WrongState.
    """
    row = Expert.objects.select_for_update().get(pk=expert_id)
    if not actor.supervises(row.region) or row.user_id == actor.user_id:
        raise Forbidden()
    now = clock.now()
    if verb == "admit" and row.admitted_at is None:
        _refuse_supervisors(row.user)
        row.admitted_at = now
    elif verb == "suspend" and row.admitted_at is not None and row.suspended_at is None:
        row.suspended_at = now
    elif verb == "restore" and row.suspended_at is not None:
        row.suspended_at = None
    else:
        raise WrongState(gettext_noop("This is not possible for this expert now."))
    row.save(update_fields=["admitted_at", "suspended_at"])
    record(actor=actor.label, verb=f"parties.{verb}_expert", subject=f"expert.{row.pk}")
    titles = {
        "admit": gettext_noop("You are admitted to the register of experts"),
        "suspend": gettext_noop("You are suspended as an expert"),
        "restore": gettext_noop("You are an active expert again"),
    }
    inbox.tell(
        key=f"expert.{row.pk}.{now.isoformat()}",
        user_id=row.user_id,
        title=titles[verb],
        why=gettext_noop("%(by)s decided about your entry in the register."),
        url=reverse("parties:expert"),
        by=actor.org_name or actor.name,
    )
