"""Organisations: registered once, verified per capacity, used everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse

from core import clock, regions
from core.audit.services import record
from core.errors import Conflict, Forbidden, Invalid, gettext_noop
from core.transitions import follow
from parties.access import Actor
from parties.models import Capacity, Membership, Organisation
from parties.rules import capacity_clash, credit_code_is_valid
from parties.services import inbox
from parties.states import CAPACITY_STEPS, CapacityStatus, Kind, Role

PARTICULARS = (
    "name",
    "name_en",
    "address",
    "contact_name",
    "contact_phone",
    "legal_representative",
    "size",
    "industry",
    "budget_level",
)


class AlreadyRegistered(Conflict):
    """One organisation, one registration."""

    code = "already-registered"
    title = gettext_noop("This organisation is already registered")


@transaction.atomic
def register(
    *,
    actor: Actor,
    credit_code: str,
    region: str,
    kinds: Collection[str],
    particulars: Mapping[str, str],
    evidence: Mapping[str, Any] | None = None,
    demonstration: bool = False,
) -> uuid.UUID:
    """Register an organisation, seat the person as its administrator and apply for its capacities; gives its id.

    Registered once, it takes part in every region and every procedure. `particulars`: see PARTICULARS.
    Raises Invalid (credit code, region, no or clashing capacities), AlreadyRegistered. Source:
    《政府采购法》第二十一条, 第二十二条.
    """
    user_id = actor.require_user()
    code = credit_code.strip().upper()
    _check(code, region, kinds)
    if Organisation.objects.filter(credit_code=code).exists():
        raise AlreadyRegistered(gettext_noop("Ask its administrator to invite you."))

    org = Organisation.objects.create(
        credit_code=code,
        region=regions.get(region).code,
        demonstration=demonstration,
        **{name: particulars.get(name, "") for name in PARTICULARS},
    )
    Membership.objects.create(user_id=user_id, organisation=org, role=Role.ADMIN, since=clock.now())
    record(
        actor=actor.label,
        verb="parties.register",
        subject=f"organisation.{org.pk}",
        credit_code=code,
        kinds=sorted(kinds),
    )
    for kind in sorted(kinds):
        _apply(actor, org, kind, evidence or {})
    return org.pk


def _check(code: str, region: str, kinds: Collection[str]) -> None:
    errors: dict[str, str] = {}
    if not credit_code_is_valid(code):
        errors["credit_code"] = gettext_noop(
            "This is no unified social credit code: 18 places, the last one checks the others."
        )
    try:
        regions.get(region)
    except regions.UnknownRegion:
        errors["region"] = gettext_noop("Choose the region.")
    if not kinds or any(kind not in set(Kind) for kind in kinds):
        errors["kinds"] = gettext_noop("Choose at least one capacity.")
    elif any(capacity_clash(kinds, kind) for kind in kinds):
        errors["kinds"] = gettext_noop("Whoever supervises cannot take part.")
    if errors:
        raise Invalid(errors=errors)


def _apply(actor: Actor, org: Organisation, kind: str, evidence: Mapping[str, Any]) -> Capacity:
    row = Capacity.objects.create(
        organisation=org,
        kind=kind,
        evidence=dict(evidence),
        applied_by=actor.label,
        applied_at=clock.now(),
    )
    record(
        actor=actor.label,
        verb="parties.apply",
        subject=f"organisation.{org.pk}",
        rule="parties.apply",
        kind=kind,
    )
    _ask_for_decision(row, org)
    return row


def _ask_for_decision(row: Capacity, org: Organisation) -> None:
    """Put the application into the inbox of the nearest supervisor; without one it waits for the operator's list."""
    for region in reversed(regions.path(org.region)):
        desk = (
            Capacity.objects.filter(
                kind=Kind.SUPERVISOR, status=CapacityStatus.VERIFIED, organisation__region=region.code
            )
            .exclude(organisation=org)
            .order_by("pk")
            .first()
        )
        if desk is not None and row.kind != Kind.SUPERVISOR:
            inbox.assign(
                key=f"capacity.{row.pk}",
                org_id=desk.organisation_id,
                kind=Kind.SUPERVISOR,
                title=gettext_noop("Verify %(name)s"),
                why=gettext_noop(
                    "The organisation registered in your region and cannot act before you decide."
                ),
                url=reverse("parties:capacity", args=[row.pk]),
                name=org.name,
            )
            return


@transaction.atomic
def apply_for(*, actor: Actor, kind: str, evidence: Mapping[str, Any] | None = None) -> int:
    """Apply for another capacity, or again for one that was refused; gives the capacity. Raises Invalid, WrongState."""
    org = Organisation.objects.select_for_update().get(pk=actor.require_admin())
    held = list(org.capacities.exclude(status=CapacityStatus.REFUSED).values_list("kind", flat=True))
    if kind not in set(Kind):
        raise Invalid(errors={"kind": gettext_noop("Choose at least one capacity.")})
    if capacity_clash(held, kind):
        raise Invalid(
            rule=capacity_clash(held, kind),
            errors={"kind": gettext_noop("Whoever supervises cannot take part.")},
        )
    row = Capacity.objects.filter(organisation=org, kind=kind).first()
    if row is None:
        return _apply(actor, org, kind, evidence or {}).pk
    step = follow(CAPACITY_STEPS, row.status, "apply_again")
    row.status = step.target
    row.applied_by, row.applied_at, row.reason = actor.label, clock.now(), ""
    row.evidence = dict(evidence or row.evidence)
    row.save(update_fields=["status", "applied_by", "applied_at", "reason", "evidence"])
    record(
        actor=actor.label,
        verb="parties.apply_again",
        subject=f"organisation.{org.pk}",
        rule=step.rule,
        kind=kind,
    )
    _ask_for_decision(row, org)
    return row.pk


@transaction.atomic
def decide(*, actor: Actor, capacity_id: int, verb: str, reason: str = "") -> None:
    """Verify, refuse or suspend a capacity; `reason` is owed to whoever does not get what they applied for.

    By the supervisor of the organisation's region or the operator, never for one's own organisation; a
    supervisor's capacity is verified by the operator. Raises Forbidden, Invalid, WrongState.
    """
    row = Capacity.objects.select_for_update().get(pk=capacity_id)
    org = Organisation.objects.select_for_update().get(pk=row.organisation_id)
    step = follow(CAPACITY_STEPS, row.status, verb)
    by_operator = row.kind == Kind.SUPERVISOR
    if not actor.supervises(org.region) or org.pk == actor.org_id or (by_operator and not actor.operator):
        raise Forbidden(rule=step.rule)
    if step.target == CapacityStatus.APPLIED:
        raise Forbidden(rule=step.rule)
    if step.target != CapacityStatus.VERIFIED and not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})

    row.status = step.target
    row.reason = reason.strip()
    row.decided_by, row.decided_at = actor.label, clock.now()
    row.save(update_fields=["status", "reason", "decided_by", "decided_at"])

    record(
        actor=actor.label,
        verb=f"parties.{verb}",
        subject=f"organisation.{org.pk}",
        rule=step.rule,
        kind=row.kind,
        reason=row.reason,
    )
    inbox.finish(f"capacity.{row.pk}")
    titles = {
        CapacityStatus.VERIFIED: gettext_noop("%(name)s is verified and can act everywhere"),
        CapacityStatus.REFUSED: gettext_noop("The application of %(name)s was refused: %(reason)s"),
        CapacityStatus.SUSPENDED: gettext_noop("%(name)s is suspended: %(reason)s"),
    }
    inbox.tell(
        key=f"capacity-decided.{row.pk}.{row.decided_at.isoformat()}",
        org_id=org.pk,
        title=titles[CapacityStatus(row.status)],
        why=gettext_noop("%(by)s decided about your registration."),
        url=reverse("parties:organisation"),
        name=org.name,
        reason=row.reason,
        by=actor.org_name or actor.name,
    )


@transaction.atomic
def save_particulars(*, actor: Actor, particulars: Mapping[str, str]) -> None:
    """Correct name, address, contact and the like; code and region are fixed. Raises NotFound for other people."""
    org = Organisation.objects.select_for_update().get(pk=actor.require_admin())
    changed = {
        name: particulars[name]
        for name in PARTICULARS
        if name in particulars and particulars[name] != getattr(org, name)
    }
    if not changed:
        return
    for name, value in changed.items():
        setattr(org, name, value)
    org.save(update_fields=list(changed))
    record(
        actor=actor.label,
        verb="parties.save_particulars",
        subject=f"organisation.{org.pk}",
        new=changed,
    )
