"""Reckon anew what was only provisional: periods of contracts that reach into a year announced since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting import rules
from contracting.models import Contract
from contracting.selectors import law_of
from contracting.states import ContractStatus
from core import regions
from core.audit.services import record
from core.errors import gettext_noop
from core.law.recounting import Calendars
from parties.services import inbox


@dataclass(frozen=True, slots=True)
class Recount:
    """One open period of a contract under two calendars.

    It was provisional under the first, so it moves to `after`; or it was not, and then `after` is `before`.
    """

    contract_id: UUID
    contract_no: str
    title: str
    rule: str
    before: datetime
    after: datetime
    provisional: bool


def open_periods(region: str | None, old: Calendars, new: Calendars) -> list[Recount]:
    """Give the periods of contracts in a region (None: everywhere) that a change of calendar touches or not."""
    return [found for row in _open(region) for found in _periods(row, old, new)]


def _open(region: str | None) -> list[Contract]:
    rows = Contract.objects.filter(published_at=None).exclude(status=ContractStatus.VOID)
    if region is not None:
        rows = rows.filter(region__startswith=regions.stem(region))
    return list(rows.order_by("sign_due_at", "pk"))


def _periods(row: Contract, old: Calendars, new: Calendars) -> Iterator[Recount]:
    law = law_of(row.pk)
    counted = (
        (rules.SIGN, row.letter_at if row.signed_at is None else None, row.sign_due_at),
        (rules.PUBLISH, row.signed_at, row.notice_due_at),
    )
    for rule, start, due in counted:
        if start is None or due is None:
            continue
        was = law.end_of(rule, start, binding=False, calendar=old(row.region))
        now = law.end_of(rule, start, binding=False, calendar=new(row.region))
        after = now.ends_at if was.provisional else due
        yield Recount(row.pk, row.contract_no, row.title, rule, due, after, was.provisional)


@transaction.atomic
def recount(*, actor_label: str, reason: str, region: str | None, old: Calendars, new: Calendars) -> int:
    """Move the provisional periods of contracts to where the announced days put them, and say so to both sides.

    Periods that were not provisional stay as they were fixed. Gives how many moved; a second call moves none.
    """
    moved = 0
    for found in open_periods(region, old, new):
        if found.after == found.before:
            continue
        row = Contract.objects.select_for_update().get(pk=found.contract_id)
        if found.rule == rules.SIGN:
            row.sign_due_at = found.after
        else:
            row.notice_due_at = found.after
        row.save(update_fields=["sign_due_at", "notice_due_at"])
        record(
            actor=actor_label,
            verb="recount_period",
            subject=f"contract.{row.pk}",
            rule=found.rule,
            before=found.before.isoformat(),
            after=found.after.isoformat(),
            reason=reason,
        )
        for org_id in (row.purchaser_id, row.supplier_id):
            inbox.tell(
                key=f"contract.{row.pk}.recount.{found.rule}.{found.after:%Y%m%d}.{org_id}",
                title=gettext_noop("A provisional period of “%(contract)s” is now fixed to another day"),
                url=reverse("contracting:contract", args=[row.pk]),
                org_id=org_id,
                why=gettext_noop("The working days of that year have been announced."),
                due_at=found.after,
                rule=found.rule,
                contract=row.title,
            )
        moved += 1
    return moved
