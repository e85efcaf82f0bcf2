"""Say in a draft which evidence bidders must have, and who prepared the project and so cannot bid for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction

from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.transitions import follow
from parties.access import Actor
from parties.rules import credit_code_is_valid
from parties.states import Condition
from tendering.facts import Preparer, TenderFacts
from tendering.methods import method_of
from tendering.models import Admission, Tender
from tendering.selectors import tender_facts
from tendering.states import Part

CONDITIONS = "L-01.conditions"
PREPARERS = "L-02.preparers_max"


@transaction.atomic
def save(
    *, actor: Actor, tender_id: UUID, evidence_asked: Collection[str], preparers: Sequence[Preparer]
) -> TenderFacts:
    """Keep what a draft asks of its bidders. Raises NotFound, WrongState (published), Invalid.

    Source: 《政府采购法》第二十二条; 《实施条例》第十七条, 第十八条.
    """
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    errors = {}
    if any(one not in set(Condition) for one in evidence_asked):
        errors["evidence_asked"] = gettext_noop("Choose conditions from the list.")
    for number, row in enumerate(preparers, start=1):
        if not credit_code_is_valid(row.credit_code):
            errors[f"credit_code_{number}"] = gettext_noop(
                "This is no unified social credit code: 18 places, the last one checks the others."
            )
        if not row.name.strip() or row.part not in set(Part):
            errors[f"name_{number}"] = gettext_noop("Enter the name and what it did.")
    if errors:
        raise Invalid(errors=errors)
    Admission.objects.update_or_create(
        tender=tender,
        defaults={
            "evidence_asked": [one for one in Condition if one in set(evidence_asked)],
            "preparers": [
                {"credit_code": row.credit_code, "name": row.name.strip(), "part": row.part}
                for row in preparers
            ],
        },
    )
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="save_admission",
        subject=f"tender.{tender.pk}",
        rule=CONDITIONS,
        evidence_asked=sorted(evidence_asked),
        preparers=[row.credit_code for row in preparers],
    )
    return tender_facts(tender.pk)
