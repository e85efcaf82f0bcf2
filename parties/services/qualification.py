"""Evidence of the six conditions (资格证明材料): held once in the register, used in every bid."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from parties.access import Actor
from parties.models import Evidence
from parties.states import Condition, Kind
from storage.papers import Upload, keep

RULE = "L-01.conditions"


@transaction.atomic
def add(
    *,
    actor: Actor,
    condition: str,
    title: str,
    valid_from: date,
    valid_until: date | None = None,
    issuer: str = "",
    statement: str = "",
    file: Upload | None = None,
) -> Evidence:
    """Put a piece of evidence into the supplier's register: a document, or for a clean record a signed declaration.

    Raises NotFound for other desks, Invalid.   Source: 《政府采购法实施条例》第十七条.
    """
    org_id = actor.require_kind(Kind.SUPPLIER)
    errors = {}
    if condition not in set(Condition):
        errors["condition"] = gettext_noop("Choose one of the conditions.")
    if not title.strip():
        errors["title"] = gettext_noop("Say what it is.")
    if valid_until is not None and valid_until < valid_from:
        errors["valid_until"] = gettext_noop("The last day must not be before the first.")
    if file is None and not statement.strip():
        errors["file"] = gettext_noop("Attach the document, or write the declaration.")
    if errors:
        raise Invalid(errors=errors)
    stored = keep(f"evidence/{org_id}", file) if file is not None else {}
    row = Evidence.objects.create(
        organisation_id=org_id,
        condition=Condition(condition),
        title=title.strip(),
        issuer=issuer.strip(),
        statement=statement.strip(),
        valid_from=valid_from,
        valid_until=valid_until,
        name=stored.get("name", ""),
        stored_as=stored.get("stored_as", ""),
        sha256=stored.get("sha256") or hashlib.sha256(statement.strip().encode()).hexdigest(),
        added_by=actor.label,
        added_at=clock.now(),
    )
    record(
        actor=actor.label,
        verb="parties.add_evidence",
        subject=f"organisation.{org_id}",
        rule=RULE,
        evidence=str(row.pk),
        condition=condition,
        sha256=row.sha256,
    )
    return row


@transaction.atomic
def withdraw(*, actor: Actor, evidence_id: uuid.UUID) -> None:
    """Withdraw a piece of evidence: later bids do not rest on it. Raises NotFound, WrongState."""
    org_id = actor.require_kind(Kind.SUPPLIER)
    row = Evidence.objects.select_for_update().filter(pk=evidence_id, organisation_id=org_id).first()
    if row is None:
        raise NotFound()
    if row.withdrawn_at is not None:
        raise WrongState(gettext_noop("It is withdrawn already."))
    row.withdrawn_at, row.withdrawn_by = clock.now(), actor.label
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(
        actor=actor.label,
        verb="parties.withdraw_evidence",
        subject=f"organisation.{org_id}",
        rule=RULE,
        evidence=str(row.pk),
    )
