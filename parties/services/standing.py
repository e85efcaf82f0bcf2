"""Bad records in force (严重违法失信行为记录): who may not take part, since when and until when."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, WrongState, gettext_noop
from parties.access import Actor
from parties.models import Organisation, Sanction
from parties.rules import credit_code_is_valid
from parties.states import Mark


@transaction.atomic
def impose(
    *,
    actor: Actor,
    credit_code: str,
    name: str,
    kind: str,
    reason: str,
    citation: str,
    since: datetime,
    until: datetime | None,
    mark: str = Mark.BAN,
    fine: Decimal | None = None,
) -> int:
    """Enter a bad record, in force in the half-open period [since, until); gives the entry.

    By whoever supervises. The organisation need not be registered. `mark` says what it is, and so how long it stands
    against taking part; a fine has its amount in yuan. Raises NotFound for other people, Invalid.
    Source: 《政府采购法》第七十七条; 《政府采购法实施条例》第七十三条.
    """
    actor.require_supervision()
    code = credit_code.strip().upper()
    errors = {}
    if not credit_code_is_valid(code):
        errors["credit_code"] = gettext_noop(
            "This is no unified social credit code: 18 places, the last one checks the others."
        )
    if until is not None and until <= since:
        errors["until"] = gettext_noop("The last day must not be before the first.")
    if mark == Mark.FINE and not (fine and fine > 0):
        errors["fine"] = gettext_noop("Enter the amount of the fine.")
    if not reason.strip() or not citation.strip():
        errors["reason"] = gettext_noop("Say why, and by which decision.")
    if errors:
        raise Invalid(errors=errors)
    registered = Organisation.objects.filter(credit_code=code).values_list("name", flat=True).first()
    row = Sanction.objects.create(
        credit_code=code,
        name=registered or name,
        mark=Mark(mark),
        fine=fine if mark == Mark.FINE else None,
        kind=kind,
        reason=reason.strip(),
        citation=citation.strip(),
        since=since,
        until=until,
    )
    record(
        actor=actor.label,
        verb="parties.impose_sanction",
        subject=f"standing.{code}",
        mark=str(row.mark),
        kind=kind,
        citation=row.citation,
        since=since.isoformat(),
        until=until.isoformat() if until else "",
    )
    return row.pk


@transaction.atomic
def lift(*, actor: Actor, sanction_id: int, reason: str) -> None:
    """End a bad record now; the entry stays. Raises NotFound for other people, Invalid, WrongState."""
    actor.require_supervision()
    row = Sanction.objects.select_for_update().get(pk=sanction_id)
    now = clock.now()
    if row.until is not None and row.until <= now:
        raise WrongState(gettext_noop("This record is not in force any more."))
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    row.until = max(now, row.since)
    row.save(update_fields=["until"])
    record(
        actor=actor.label,
        verb="parties.lift_sanction",
        subject=f"standing.{row.credit_code}",
        reason=reason.strip(),
    )
