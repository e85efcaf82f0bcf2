"""Say in a draft which evidence bidders must have, and who prepared the project and so cannot bid for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.money import BadMoney, Yuan
from core.transitions import follow
from parties.access import Actor
from parties.rules import credit_code_is_valid
from parties.states import Condition
from planning.selectors import law_now
from tendering.facts import Preparer, TenderFacts
from tendering.methods import method_of
from tendering.models import Admission, Tender
from tendering.selectors import tender_facts
from tendering.states import Part

CONDITIONS = "L-01.conditions"
PREPARERS = "L-02.preparers_max"
SECURITY_CAP = "L-13.bid_bond_max_rate"


@transaction.atomic
def save(
    *,
    actor: Actor,
    tender_id: UUID,
    evidence_asked: Collection[str],
    preparers: Sequence[Preparer],
    securities: Mapping[str, str] | None = None,
    consortia: bool = False,
) -> TenderFacts:
    """Keep what a draft asks of its bidders; `securities` maps a lot to its bid security in yuan, empty: none.

    `consortia`: suppliers may bid together, where the method takes them at all.

    Raises NotFound, WrongState (published), Invalid (also for a security above the law's share of the lot's budget).

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
    if consortia and not method_of(tender.method).consortia:
        errors["consortia"] = gettext_noop("This method takes each supplier by itself.")
    asked = _securities(tender_facts(tender.pk), securities or {}, errors)
    if errors:
        raise Invalid(errors=errors)
    Admission.objects.update_or_create(
        tender=tender,
        defaults={
            "evidence_asked": [one for one in Condition if one in set(evidence_asked)],
            "consortia": consortia,
            "preparers": [
                {"credit_code": row.credit_code, "name": row.name.strip(), "part": row.part}
                for row in preparers
            ],
            "securities": {no: str(amount) for no, amount in asked.items()},
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
        consortia=consortia,
        preparers=[row.credit_code for row in preparers],
        securities={no: str(amount) for no, amount in asked.items()},
    )
    return tender_facts(tender.pk)


def _securities(tender: TenderFacts, given: Mapping[str, str], errors: dict[str, str]) -> dict[str, Yuan]:
    law, found = law_now(tender, tender.budget_level, clock.now()), {}
    for no, text in given.items():
        lot = tender.lot(no)
        if not text.strip() or lot is None:
            continue
        try:
            amount = Yuan(text.strip())
        except BadMoney:
            errors[f"security_{no}"] = gettext_noop("Give an amount in yuan, such as 1234.50.")
            continue
        if amount <= Yuan(0):
            errors[f"security_{no}"] = gettext_noop("Give an amount in yuan, such as 1234.50.")
        elif amount > law.cap(SECURITY_CAP, lot.budget):
            errors[f"security_{no}"] = gettext_noop(
                "It is above the share of the lot's budget that the law allows for a bid security."
            )
        found[no] = amount
    return found
