"""Emergency purchase: state what it rests on, begin at once, publish afterwards.

No notice comes before; the price is agreed and recorded as with a single source (evaluation), and the deal notice says all.
Source: 财库〔2026〕12号 (rule G-08); 《政府采购法》第八十五条.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, Refused, gettext_noop
from core.transitions import follow
from core.workdays import beijing_date
from parties.access import Actor
from parties.selectors import organisation_facts, standing
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from storage.papers import Upload, keep
from tendering.emergencies import MIN, RULE
from tendering.facts import TenderFacts
from tendering.methods import EMERGENCY, method_of
from tendering.models import Emergency, SoleSource, Tender
from tendering.selectors import tender_facts
from tendering.services.publishing import begin_under_law, lock
from tendering.states import Ground, TenderStatus


class NotInEmergency(Refused):
    """Today is not among the days for which the authority has decided, or the rule is not in force."""

    code = "not-in-emergency"
    title = gettext_noop("There is no emergency purchase today")


@transaction.atomic
def state(
    *,
    actor: Actor,
    tender_id: UUID,
    event: str,
    authority: str,
    number: str,
    decided_on: date,
    begins_on: date,
    ends_on: date,
    file: Upload | None,
    supplier_id: str,
    reason: str,
    asked: Sequence[tuple[str, str]],
) -> TenderFacts:
    """State in the draft the emergency decision with its document, the supplier that is chosen, and who else was asked.

    `asked` are (name, what it answered): competition comes first, and `reason` says why this supplier, or why nobody else.
    `file` may be left out once a decision is on record. Raises WrongState, NotFound, Invalid.
    """
    tender = lock(tender_id)
    if tender.method != EMERGENCY.code:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    before = Emergency.objects.filter(tender=tender).first()
    errors = _errors(tender, event, authority, number, decided_on, begins_on, ends_on, supplier_id, reason)
    if file is None and before is None:
        errors["file"] = gettext_noop("Add the decision as a file.")
    for n, (name, said) in enumerate(asked, start=1):
        if not name.strip() or not said.strip():
            errors[f"asked_{n}"] = gettext_noop("Give the supplier and what it answered.")
    if errors:
        raise Invalid(errors=errors)

    row = before or Emergency(tender=tender)
    if file is not None:
        for name, value in keep(f"emergencies/{tender.pk}", file).items():
            setattr(row, name, value)
    row.event, row.authority, row.number = event.strip(), authority.strip(), number.strip()
    row.decided_on, row.begins_on, row.ends_on = decided_on, begins_on, ends_on
    row.asked = [{"name": name.strip(), "said": said.strip()} for name, said in asked]
    row.stated_by, row.stated_at = actor.label, clock.now()
    row.save()
    SoleSource.objects.update_or_create(
        tender=tender,
        defaults={
            "supplier_id": UUID(supplier_id),
            "ground": Ground.EMERGENCY,
            "reason": reason.strip(),
            "opinions": [],
        },
    )
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="state_emergency",
        subject=f"tender.{tender.pk}",
        rule=RULE,
        authority=row.authority,
        number=row.number,
        begins_on=begins_on.isoformat(),
        ends_on=ends_on.isoformat(),
        sha256=row.sha256,
        asked=len(asked),
    )
    return tender_facts(tender.pk)


def _errors(
    tender: Tender,
    event: str,
    authority: str,
    number: str,
    decided_on: date,
    begins_on: date,
    ends_on: date,
    supplier_id: str,
    reason: str,
) -> dict[str, str]:
    errors = {
        name: gettext_noop("This cannot be left empty.")
        for name, text in (("event", event), ("authority", authority), ("number", number), ("reason", reason))
        if not text.strip()
    }
    if decided_on > beijing_date(clock.now()):
        errors["decided_on"] = gettext_noop("A decision of a later day is none yet.")
    if ends_on < begins_on:
        errors["ends_on"] = gettext_noop("The last day is not before the first.")
    supplier = organisation_facts(UUID(supplier_id))
    if Kind.SUPPLIER not in supplier.kinds or supplier.id in (tender.purchaser_id, tender.agency_id):
        errors["supplier_id"] = gettext_noop("Choose a registered supplier.")
    elif standing(supplier.credit_code, clock.now()):
        errors["supplier_id"] = gettext_noop("A sanction in force excludes this supplier")
    return errors


@transaction.atomic
def begin(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Begin the purchase at once, on a day for which the emergency is decided: the law of today holds, nothing is published.

    Raises NotFound, WrongState, NotReady, NotInEmergency.
    """
    now = clock.now()
    tender = lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "begin")
    row = Emergency.objects.filter(tender=tender).first()
    law = begin_under_law(tender, actor, now)
    today = beijing_date(now)
    if not law.has(MIN):
        raise NotInEmergency(
            gettext_noop("The rule for emergency purchases is not in force today."), rule=RULE
        )
    if row is None or not row.begins_on <= today <= row.ends_on:
        raise NotInEmergency(
            gettext_noop("The decision covers other days: record one that covers today."), rule=RULE
        )
    tender.status = TenderStatus(step.target)
    tender.save()
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        law_digest=law.digest,
        number=row.number,
    )
    inbox.finish_all(f"tender.{tender.pk}.")
    inbox.assign(
        key=f"tender.{tender.pk}.negotiate",
        title=gettext_noop("Write down what was agreed for “%(tender)s”"),
        url=reverse("evaluation:deal", args=[tender.pk]),
        org_id=tender.host_id,
        kind=tender.host_kind,
        rule=RULE,
        tender=tender.title,
    )
    push(f"tender.{tender.pk}", "tender.negotiating")
    return tender_facts(tender.pk)
