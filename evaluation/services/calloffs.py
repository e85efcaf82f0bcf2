"""What an award of a second competition (二次竞价) takes from its framework agreement, and its public record."""

from __future__ import annotations

from typing import Any

from contracting.selectors import contract_facts
from contracting.services import caps
from core.audit.services import record
from core.errors import NotFound
from core.money import Yuan
from disclosure.services import record_transaction
from disclosure.states import Mode
from evaluation.models import Award
from parties.access import CLOCK, Actor
from parties.selectors import organisation_facts
from planning.notices import as_party
from tendering.competition_facts import CalledFacts, CompetitionFacts
from tendering.facts import TenderFacts

RULE = "D-14"


def draw(actor: Actor, tender: TenderFacts, award: Award) -> None:
    """Take the award's amount from the caps of the agreement and of the winner; nothing under other methods.

    In the caller's transaction. Raises NotInForce, OverCap.
    """
    if tender.competition is None:
        return
    caps.draw_cap(actor_label=actor.label, **_drawn(tender.competition, award))


def give_back(actor: Actor, tender: TenderFacts, award: Award) -> None:
    """Free what an award that was set aside had taken. In the caller's transaction."""
    if tender.competition is None:
        return
    caps.release_cap(actor_label=actor.label, **_drawn(tender.competition, award))


def publish_record(tender: TenderFacts, award: Award) -> None:
    """Publish the transaction record (成交记录) of a signed contract; nothing under other methods.

    Source: 财库〔2017〕86号第二条第（三）项.
    """
    about = tender.competition
    if about is None or award.contract_id is None:
        return
    contract = contract_facts(award.contract_id)
    made = record_transaction(
        actor=CLOCK,
        order_no=contract.contract_no,
        mode=Mode.SECOND_COMPETITION,
        market=about.market,
        purchaser=as_party(organisation_facts(tender.purchaser_id)),
        supplier=as_party(organisation_facts(award.supplier_id)),
        amount=contract.amount,
        items=[
            {
                "name": item.name,
                "category": item.category,
                "brand": item.brand or "—",
                "model": item.model or "—",
                "spec": item.spec,
                "quantity": item.quantity,
                "unit": item.unit,
                "unit_price": item.unit_price,
            }
            for item in contract.items
        ],
        agreement={"id": str(about.agreement_id), "no": about.agreement_no, "title": about.agreement_title},
        ordered_at=award.decided_at,
        source=f"award.{award.pk}",
        ocid=tender.ocid,
        framework_ocid=about.agreement_ocid,
        region=tender.region,
        released=True,
    )
    record(
        actor=CLOCK.label,
        verb="record_calloff",
        subject=tender.source,
        rule=RULE,
        transaction=str(made.id),
        contract=contract.contract_no,
    )


def _drawn(about: CompetitionFacts, award: Award) -> dict[str, Any]:
    return {
        "entrant_id": _called(about, award).entrant_id,
        "agreement_id": about.agreement_id,
        "amount": Yuan(award.amount),
        "source": f"award.{award.pk}",
    }


def _called(about: CompetitionFacts, award: Award) -> CalledFacts:
    found = about.called_one(award.supplier_id)
    if found is None:
        raise NotFound()
    return found
