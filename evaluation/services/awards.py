"""The award (定标): the purchaser decides in the order of candidates; everybody learns what is theirs to know."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.selectors import opened_bids
from contracting.facts import ContractTerms, TermsItem
from contracting.services import contracts
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Invalid, NotFound, Refused, WrongState, gettext_noop
from core.law.fees import agency_fee
from core.ledger import services as ledger
from core.money import UnitPrice, Yuan
from core.transitions import follow
from disclosure import services as disclosure
from evaluation import notices
from evaluation.models import Award, Panel, Report
from evaluation.selectors import members_of, panel_of
from evaluation.states import PANEL_STEPS, PanelStatus
from parties.access import Actor
from parties.selectors import organisation_facts, standing
from parties.services import inbox, signing
from realtime.services import push
from tendering import access as tenders
from tendering import services as tendering_services
from tendering.facts import TenderFacts

FEE_STANDARD = "计价格〔2002〕1980号"


class NoCandidate(Refused):
    """No lot has a candidate: the procedure failed, there is nothing to award."""

    code = "no-candidate"
    title = gettext_noop("There is no candidate to award to")


class OutOfOrder(Invalid):
    """Awards follow the order of candidates."""

    code = "out-of-order"
    title = gettext_noop("Awards follow the order of candidates")


def candidates(report: Report) -> dict[str, list[str]]:
    """Give, for each lot, the bids that stand first (several when their rank is parallel)."""
    return {
        lot["lot"]: [row["id"] for row in lot["result"]["ranking"] if row["rank"] == 1]
        for lot in report.body["lots"]
        if lot["result"]["failed"] is None and lot["result"]["ranking"]
    }


def decision_body(panel: Panel, report: Report, choices: dict[str, str]) -> dict[str, Any]:
    """Give what the purchaser signs: which bid is awarded each lot, by which report."""
    return {
        "type": "mingcai/v1/award-decision",
        "tender": str(panel.tender_id),
        "report": report.digest,
        "awards": [{"lot": lot, "bid": bid} for lot, bid in sorted(choices.items())],
    }


@transaction.atomic
def decide(
    *, actor: Actor, tender_id: uuid.UUID, choices: dict[str, str] | None, credential: Any
) -> list[Award]:
    """Award every lot that has a candidate, publish the award notice, form the contracts, tell every bidder.

    `choices` maps lots to bids and is needed only where candidates stand parallel. All of it or nothing. Raises NotFound,
    WrongState, NoCandidate, OutOfOrder, NotSigned, and refuses a winner against whom a sanction stands.
    Source: 《政府采购法实施条例》第四十三条; 财政部令第87号第六十八条, 第六十九条.
    """
    tender = tenders.tender_to_own(actor, tender_id)
    panel = (
        Panel.objects.select_for_update()
        .filter(tender_id=tender_id)
        .exclude(status=PanelStatus.DISSOLVED)
        .first()
    )
    if panel is None:
        raise NotFound()
    step = follow(PANEL_STEPS, panel.status, "decide")
    report = Report.objects.get(panel=panel)
    first = candidates(report)
    if not first:
        raise NoCandidate()
    chosen = {lot: (choices or {}).get(lot) or bids[0] for lot, bids in first.items()}
    for lot, bid in chosen.items():
        if bid not in first[lot]:
            raise OutOfOrder(
                gettext_noop("The bid chosen for lot %(lot)s is not its first candidate."), lot=lot
            )
    signature = signing.finish(
        actor.require_user(),
        digest(decision_body(panel, report, chosen)),
        credential,
        purpose=f"award.{tender_id}",
    )
    now = clock.now()
    bids = {str(bid.bid_id): bid for bid in opened_bids(tender_id)}
    awards = []
    for lot, bid_id in sorted(chosen.items()):
        bid = bids[bid_id]
        if standing(bid.credit_code, now):
            raise WrongState(
                gettext_noop("A sanction stands against %(supplier)s."), supplier=bid.supplier_name
            )
        if bid.quote is None:
            raise NoCandidate()
        awards.append(
            Award.objects.create(
                panel=panel,
                lot=lot,
                bid_id=bid.bid_id,
                supplier_id=bid.supplier_id,
                amount=bid.quote.amount,
                decided_by=actor.label,
                decided_at=now,
                signature=dict(signature),
            )
        )
    panel.status = step.target
    panel.save(update_fields=["status"])
    tender = tendering_services.mark_awarded(tender_id=tender_id, actor=actor)
    _publish(actor, tender, panel, report, awards)
    for award in awards:
        contract = contracts.form(
            actor=actor, terms=_terms(tender, award, bids[str(award.bid_id)]), source=tender.source
        )
        award.contract_id = contract.id
        award.save(update_fields=["contract_id"])
    _tell(tender, awards, list(bids.values()))
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule=step.rule,
        awards=[{"lot": award.lot, "bid": str(award.bid_id)} for award in awards],
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    inbox.finish(f"tender.{tender_id}.award")
    ledger.append(
        {
            "type": "mingcai/v1/award-entry",
            "tender": str(tender_id),
            "sha256": digest(decision_body(panel, report, chosen)).hex(),
        }
    )
    return awards


def _publish(actor: Actor, tender: TenderFacts, panel: Panel, report: Report, awards: list[Award]) -> None:
    suppliers = {award.supplier_id: organisation_facts(award.supplier_id) for award in awards}
    agency = organisation_facts(tender.agency_id) if tender.agency_id else None
    total = sum((Yuan(award.amount) for award in awards), Yuan(0))
    fee = {"standard": FEE_STANDARD, "amount": str(agency_fee(total, tender.category))} if agency else None
    names = [one.name for one in members_of(panel)]
    said = notices.award_notice(tender, report, awards, suppliers, names, fee)
    disclosure.publish(
        actor=actor,
        title=f"{tender.title}中标公告",
        title_en=f"Award: {tender.title_en}" if tender.title_en else "",
        region=tender.region,
        source=tender.source,
        ocid=tender.ocid,
        project_no=tender.project_no,
        purchaser=asdict(organisation_facts(tender.purchaser_id)),
        agency=asdict(agency) if agency else None,
        category=tender.category,
        method=tender.method,
        amount=total,
        law_as_of=tender.law_as_of,
        **said,
    )


def _terms(tender: TenderFacts, award: Award, bid: Any) -> ContractTerms:
    """Freeze the contract's terms from tender and bid: contract price = quote."""
    lot = tender.lot(award.lot)
    prices = {row["item"]: row for row in bid.sheet.get("prices", [])}
    facts = bid.sheet.get("facts", {})
    return ContractTerms(
        title=f"{tender.title} · {lot.title if lot else award.lot}",
        title_en=tender.title_en,
        ocid=tender.ocid,
        project_no=tender.project_no,
        award_id=str(award.pk),
        lot=award.lot,
        purchaser_id=tender.purchaser_id,
        supplier_id=award.supplier_id,
        amount=Yuan(award.amount),
        items=tuple(
            TermsItem(
                no=item.no,
                name=item.name,
                category=item.code,
                brand=str(facts.get("brand", "")),
                model=str(facts.get("model", "")),
                spec=item.spec,
                quantity=item.quantity,
                unit=item.unit,
                unit_price=UnitPrice(prices[item.no]["unit_price"]) if item.no in prices else UnitPrice("0"),
            )
            for item in (lot.items if lot else ())
        ),
        delivery=tender.delivery,
        payment=tender.payment,
        awarded_at=award.decided_at,
        budget_line_id=tender.budget_line_id,
        plan_id=tender.plan_id,
        region=tender.region,
        category=tender.category,
        method=tender.method,
    )


def _tell(tender: TenderFacts, awards: list[Award], bids: list[Any]) -> None:
    """Send the award letter to each winner, and to every other bidder its own score and rank."""
    winners = {award.supplier_id for award in awards}
    for supplier_id in {bid.supplier_id for bid in bids}:
        won = supplier_id in winners
        inbox.tell(
            key=f"tender.{tender.id}.result.{supplier_id}",
            org_id=supplier_id,
            kind="supplier",
            title=gettext_noop("Award letter: “%(tender)s”")
            if won
            else gettext_noop("Result of “%(tender)s”: your score and rank"),
            url=reverse("evaluation:result", args=[tender.id]),
            rule="T-24",
            tender=tender.title,
        )


def current(tender_id: uuid.UUID) -> tuple[Panel, Report] | None:
    """Give the panel and report of a tender that waits for its award, or None."""
    panel = panel_of(tender_id)
    if panel is None or not hasattr(panel, "report"):
        return None
    return panel, panel.report
