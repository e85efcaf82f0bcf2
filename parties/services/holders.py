"""Who stands behind an organisation: the person responsible for it, and who holds or manages it. Declared by itself."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date

from django.conf import settings
from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.workdays import beijing_date
from parties.access import Actor
from parties.models import Holder, Organisation
from parties.rules import credit_code_is_valid
from parties.states import Hold

RULE = "L-02.linked_bidders_max"
_IDENTITY = re.compile(r"[0-9A-Z]{5,30}")


class HeldAlready(Conflict):
    """This holder is entered already."""

    code = "held-already"
    title = gettext_noop("This holder is entered already")


def key_of(number: str) -> str:
    """Give what is stored for the number of an identity document: equal numbers give equal keys, no key gives a number.

    An HMAC under the site's secret, so that nobody who reads the table can try all numbers. Raises ValueError.
    """
    plain = re.sub(r"[\s-]", "", number).upper()
    if not _IDENTITY.fullmatch(plain):
        raise ValueError("no number of an identity document")
    return hmac.new(
        b"mingcai identity " + settings.SECRET_KEY.encode(), plain.encode(), hashlib.sha256
    ).hexdigest()


@transaction.atomic
def name_responsible(*, actor: Actor, name: str, number: str) -> None:
    """Say who is responsible for the organisation (单位负责人), known by the number of an identity document.

    The number is not stored, only its key. Raises NotFound, Invalid.   Source: 《政府采购法实施条例》第十八条.
    """
    org = Organisation.objects.select_for_update().get(pk=actor.require_admin())
    errors = {}
    if not name.strip():
        errors["name"] = gettext_noop("Enter the name.")
    try:
        key = key_of(number)
    except ValueError:
        errors["number"] = gettext_noop("Enter the number as it stands on the identity document.")
    if errors:
        raise Invalid(errors=errors)
    org.legal_representative, org.responsible_key = name.strip(), key
    org.save(update_fields=["legal_representative", "responsible_key"])
    record(
        actor=actor.label,
        verb="parties.name_responsible",
        subject=f"organisation.{org.pk}",
        rule=RULE,
        name=name.strip(),
    )


@transaction.atomic
def add(*, actor: Actor, hold: str, name: str, credit_code: str, number: str, since: date) -> Holder:
    """Enter who holds or manages the organisation: another one by its credit code, a person by an identity number.

    Raises NotFound, Invalid, HeldAlready.
    """
    org_id = actor.require_admin()
    Organisation.objects.select_for_update().get(pk=org_id)
    code = credit_code.strip().upper()
    errors, key = {}, code
    if hold not in {Hold.HOLDING, Hold.MANAGEMENT}:
        errors["hold"] = gettext_noop("Choose one of the relations.")
    if not name.strip():
        errors["name"] = gettext_noop("Enter the name.")
    if code and not credit_code_is_valid(code):
        errors["credit_code"] = gettext_noop(
            "This is no unified social credit code: 18 places, the last one checks the others."
        )
    if not code:
        try:
            key = key_of(number)
        except ValueError:
            errors["number"] = gettext_noop(
                "Enter the credit code of an organisation, or the identity number of a person."
            )
    if errors:
        raise Invalid(errors=errors)
    if Holder.objects.filter(organisation_id=org_id, hold=hold, key=key, until=None).exists():
        raise HeldAlready()
    row = Holder.objects.create(
        organisation_id=org_id, hold=hold, name=name.strip(), key=key, since=since, added_by=actor.label
    )
    record(
        actor=actor.label,
        verb="parties.add_holder",
        subject=f"organisation.{org_id}",
        rule=RULE,
        holder=name.strip(),
        hold=hold,
    )
    return row


@transaction.atomic
def end(*, actor: Actor, holder_id: int) -> None:
    """Say that a relation has ended, from today on; the entry stays. Raises NotFound."""
    org_id = actor.require_admin()
    row = Holder.objects.select_for_update().filter(pk=holder_id, organisation_id=org_id, until=None).first()
    if row is None:
        raise NotFound()
    row.until = max(beijing_date(clock.now()), row.since)
    row.save(update_fields=["until"])
    record(
        actor=actor.label,
        verb="parties.end_holder",
        subject=f"organisation.{org_id}",
        rule=RULE,
        holder=row.name,
    )
