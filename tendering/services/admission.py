"""Say in a draft which evidence bidders must have, who cannot bid, and what may be done together or subcontracted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.money import BadMoney, Yuan, share_of_percent
from core.transitions import follow
from parties.access import Actor
from parties.rules import credit_code_is_valid
from parties.states import Condition
from planning.selectors import law_now
from tendering.facts import Preparer, Subcontracting, TenderFacts
from tendering.methods import method_of
from tendering.models import Admission, Tender
from tendering.selectors import tender_facts
from tendering.states import Part

CONDITIONS = "L-01.conditions"
PREPARERS = "L-02.preparers_max"
SECURITY_CAP = "L-13.bid_bond_max_rate"
WORK_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Permitted:
    """What the form says of subcontracting a lot, as typed: shares in percent, and the work; an empty share permits none."""

    percent: str = ""
    work: str = ""
    sme_percent: str = ""


@transaction.atomic
def save(
    *,
    actor: Actor,
    tender_id: UUID,
    evidence_asked: Collection[str],
    preparers: Sequence[Preparer],
    securities: Mapping[str, str] | None = None,
    consortia: bool = False,
    prequalified: bool = False,
    subcontracting: Mapping[str, Permitted] | None = None,
) -> TenderFacts:
    """Keep what a draft asks of its bidders; `securities` maps a lot to its bid security in yuan, empty: none.

    `consortia`: suppliers may bid together, where the method takes them at all. `prequalified`: they apply and qualify
    before the document is issued. `subcontracting` maps a lot to how far it
    may be subcontracted: never as a whole, and only for work that is named.

    Raises NotFound, WrongState (published), Invalid (also for a security above the law's share of the lot's budget).

    Source: 《政府采购法》第二十二条, 第四十八条; 《实施条例》第十七条, 第十八条.
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
    if prequalified and not method_of(tender.method).prequalifies:
        errors["prequalified"] = gettext_noop("Only an open tender asks for this.")
    found = tender_facts(tender.pk)
    asked = _securities(found, securities or {}, errors)
    permitted = _permitted(found, subcontracting or {}, errors)
    if errors:
        raise Invalid(errors=errors)
    Admission.objects.update_or_create(
        tender=tender,
        defaults={
            "evidence_asked": [one for one in Condition if one in set(evidence_asked)],
            "consortia": consortia,
            "prequalified": prequalified,
            "preparers": [
                {"credit_code": row.credit_code, "name": row.name.strip(), "part": row.part}
                for row in preparers
            ],
            "securities": {no: str(amount) for no, amount in asked.items()},
            "subcontracting": permitted,
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
        prequalified=prequalified,
        preparers=[row.credit_code for row in preparers],
        securities={no: str(amount) for no, amount in asked.items()},
        subcontracting=permitted,
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


def _permitted(
    tender: TenderFacts, given: Mapping[str, Permitted], errors: dict[str, str]
) -> dict[str, dict[str, str]]:
    found = {}
    for no, row in given.items():
        if tender.lot(no) is None or not any((row.percent, row.work, row.sme_percent)):
            continue
        if not method_of(tender.method).subcontracts:
            errors[f"subcontract_{no}"] = gettext_noop("This method has nothing that is subcontracted.")
            continue
        most = share_of_percent(row.percent)
        sme = share_of_percent(row.sme_percent) if row.sme_percent.strip() else Decimal(0)
        if most is None:
            errors[f"subcontract_{no}"] = gettext_noop(
                "Give a share above 0 and below 100, such as 35 or 12.5."
            )
        if sme is None or (most is not None and sme > most):
            errors[f"subcontract_sme_{no}"] = gettext_noop("Give a share, at most what may be subcontracted.")
        if not row.work.strip() or len(row.work) > WORK_AT_MOST:
            errors[f"subcontract_work_{no}"] = gettext_noop(
                "Say which work, other than the main and the critical, may be subcontracted."
            )
        if most is not None and sme is not None:
            said = Subcontracting(most, row.work.strip(), sme)
            found[no] = {"most": f"{said.most:f}", "work": said.work, "sme": f"{said.sme:f}"}
    return found
