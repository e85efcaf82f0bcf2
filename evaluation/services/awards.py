"""The award (定标): the purchaser decides in the order of candidates; everybody learns what is theirs to know."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.facts import OpenedBidFacts
from bidding.selectors import opened_bids
from bidding.services import securities
from contracting.facts import (
    Consortium,
    ConsortiumMember,
    ContractTerms,
    Subcontract,
    SubcontractLimit,
    TermItem,
)
from contracting.selectors import contract_facts
from contracting.services import contracts
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import NotFound, Refused, WrongState, gettext_noop
from core.ledger import services as ledger
from core.money import Yuan
from core.timers import services as timers
from core.transitions import follow
from disclosure import services as disclosure
from disclosure.selectors import notices as disclosure_notices
from disclosure.states import NoticeType
from evaluation import calloff_notice, letters, notices, prices, rules
from evaluation.models import Award, Panel, Report
from evaluation.selectors import (
    awards_of,
    decision_body,
    members_of,
    result_for,
    set_aside_of,
    undecided,
)
from evaluation.services import calloffs, eligibility
from evaluation.services.terms import contract_terms, fee_of
from evaluation.states import PANEL_STEPS, PanelStatus
from evaluation.subcontracts import NOTHING, SMES, favoured
from parties.access import CLOCK, Actor
from parties.selectors import organisation_facts, size_statements
from parties.services import inbox, signing
from planning.selectors import plan_facts
from realtime.services import push
from tendering import access as tenders
from tendering import selectors as tendering
from tendering import services as tendering_services
from tendering.facts import LotFacts, TenderFacts
from tendering.methods import method_of
from tendering.reserved import lots_for_smes

RESULTS = (NoticeType.AWARD, NoticeType.FRAMEWORK_DEAL, NoticeType.RESULT_CHANGE)
DEEMED_TIMER = "evaluation.deemed"
CONTRACTED_TIMER = "evaluation.contracted"


class NoCandidate(Refused):
    """No lot has a candidate: the procedure failed, there is nothing to award."""

    code = "no-candidate"
    title = gettext_noop("There is no candidate to award to")


class HasCandidate(Refused):
    """A lot has a candidate: the procedure has not failed."""

    code = "has-candidate"
    title = gettext_noop("There is a candidate to award to")


@transaction.atomic
def decide(*, actor: Actor, tender_id: uuid.UUID, credential: Any) -> list[Award]:
    """Award every lot that has a candidate, publish the award notice, form the contracts, tell every bidder.

    All of it or nothing; `credential` signs `selectors.decision_body`. Raises NotFound, WrongState, NoCandidate,
    SanctionStands, NotAsked, NotSigned.   Source: 《政府采购法实施条例》第四十三条; 财政部令第87号第六十八条, 第六十九条.
    """
    now = clock.now()
    panel, report = to_decide(actor, tender_id)
    step = follow(PANEL_STEPS, panel.status, "decide")
    first = undecided(report)
    if not first:
        raise NoCandidate(rule=method_of(tendering.tender_facts(tender_id).method).failed)
    eligibility.require_all(tendering.tender_facts(tender_id), first.values(), now)
    body = decision_body(panel, report)
    signature = signing.finish(actor.require_user(), digest(body), credential, purpose=purpose_of(tender_id))

    return award_first(
        actor=actor, panel=panel, report=report, signature=dict(signature), rule=step.rule, now=now
    )


def award_first(
    *, actor: Actor, panel: Panel, report: Report, signature: dict[str, Any], rule: str, now: datetime
) -> list[Award]:
    """Award the lots of a locked panel to whoever stands first, with all that follows; `rule` says by what right.

    Raises WrongState.
    """
    tender_id = panel.tender_id
    step = follow(PANEL_STEPS, panel.status, "decide")
    body, first = decision_body(panel, report), undecided(report)
    bids = {str(bid.bid_id): bid for bid in prices.judged(tender_id)}
    awards = [
        _award(panel, actor, lot, bids[bid_id], signature, now) for lot, bid_id in sorted(first.items())
    ]
    panel.status = step.target
    panel.save(update_fields=["status"])
    tender = tendering_services.mark_awarded(tender_id=tender_id, actor=actor)
    _publish(actor, tender, panel, report, awards_of(tender_id), by_silence=not signature)
    _fail_others(actor, tender, report)
    for award in awards:
        terms = _terms(actor, tender, award, bids[str(award.bid_id)], alone=len(tender.lots) == 1)
        award.contract_id = contracts.form(actor=actor, terms=terms, source=_source(award)).id
        award.save(update_fields=["contract_id"])
        calloffs.draw(actor, tender, award)
    lots = {award.lot for award in awards} if set_aside_of(tender_id) else {lot.no for lot in tender.lots}
    told = [bid for bid in opened_bids(tender_id) if bid.lot in lots]
    stand = {award.bid_id for award in awards_of(tender_id)}
    won = [bid for bid in bids.values() if bid.bid_id in stand]
    tell(tender, {one for bid in won for one in bid.party_ids}, told)
    securities.after_award(actor=actor, tender=tender, winners=stand, at=now)
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"room.{panel.pk}",
        rule=rule,
        awards=[{"lot": award.lot, "bid": str(award.bid_id)} for award in awards],
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    inbox.finish_all(f"tender.{tender_id}.award")
    timers.drop(verb=DEEMED_TIMER, subject=f"tender.{tender_id}")
    log(tender_id, body)
    return awards


@transaction.atomic
def declare_failure(*, actor: Actor, tender_id: uuid.UUID, credential: Any) -> None:
    """Declare the procedure failed (废标) because no lot has a candidate, or an award was set aside; tell every bidder.

    Raises NotFound, WrongState, HasCandidate, NotSigned.   Source: 《政府采购法》第三十六条; 财政部令第87号第四十三条.
    """
    panel, report = to_decide(actor, tender_id)
    step = follow(PANEL_STEPS, panel.status, "decide")
    if awards_of(tender_id) or (undecided(report) and not set_aside_of(tender_id)):
        raise HasCandidate()
    body = decision_body(panel, report, fails=True)
    signing.finish(actor.require_user(), digest(body), credential, purpose=purpose_of(tender_id))

    panel.status = step.target
    panel.save(update_fields=["status"])
    rule = method_of(tendering.tender_facts(tender_id).method).failed
    tender = tendering_services.fail(
        tender_id=tender_id,
        actor=actor,
        reason=gettext_noop("The award was set aside; the procurement is run again.")
        if set_aside_of(tender_id)
        else gettext_noop("Fewer bids than the law requires meet the conditions."),
        rule=rule,
    )
    tell(tender, set(), opened_bids(tender_id))
    securities.after_end(actor=actor, tender_id=tender_id)
    record(actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=rule, awards=[])
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    log(tender_id, body)


@transaction.atomic
def contracted(*, award_id: uuid.UUID) -> bool:
    """Mark the tender as contracted once the contracts of all its awards are signed; True when that was done.

    Called by the clock for each signed contract; may be repeated.   Source: 《政府采购法》第四十六条.
    """
    award = Award.objects.select_related("panel").filter(pk=award_id).first()
    if award is None:
        raise NotFound()
    panel = Panel.objects.select_for_update().get(pk=award.panel_id)
    tender = tendering.tender_facts(panel.tender_id)
    signed = []
    for row in awards_of(tender.id):
        at = contract_facts(row.contract_id).signed_at if row.contract_id else None
        signed.append(at)
        if at is not None:
            securities.after_contract(
                actor=CLOCK, tender=tender, supplier_id=row.supplier_id, lot=row.lot, at=at
            )
    if tender.status != "awarded" or not all(signed):
        return False
    tendering_services.mark_contracted(tender_id=tender.id, actor=CLOCK)
    for row in awards_of(tender.id):
        calloffs.publish_record(tender, row)
    record(actor=CLOCK.label, verb="contracted", subject=f"room.{panel.pk}", rule="L-20")
    return True


def purpose_of(tender_id: uuid.UUID) -> str:
    """Give the purpose under which the purchaser's passkey signs the decision."""
    return f"award.{tender_id}"


def to_decide(actor: Actor, tender_id: uuid.UUID) -> tuple[Panel, Report]:
    """Give the panel, locked, and its signed report to the purchaser who decides. Raises NotFound, WrongState."""
    tenders.tender_to_own(actor, tender_id)
    active = Panel.objects.select_for_update().filter(tender_id=tender_id)
    panel = active.exclude(status=PanelStatus.DISSOLVED).first()
    if panel is None:
        raise NotFound()
    follow(PANEL_STEPS, panel.status, "decide")
    return panel, Report.objects.get(panel=panel)


def _fail_others(actor: Actor, tender: TenderFacts, report: Report) -> None:
    """Say in public which lots have no award: the purchaser procures them again alone, or gives them up."""
    method = method_of(tender.method)
    have = {award.lot for award in awards_of(tender.id)}
    why = {lot["lot"]: lot["result"]["failed"] for lot in report.body["lots"]}
    reasons = {
        lot.no: notices.FAILURES[why.get(lot.no) or "fewer_than_three"]
        for lot in tender.lots
        if lot.no not in have and not method.admits
    }
    tendering_services.fail_lots(tender_id=tender.id, actor=actor, reasons=reasons, rule=method.least_bidders)


def _award(
    panel: Panel, actor: Actor, lot: str, bid: OpenedBidFacts, signature: dict[str, Any], now: datetime
) -> Award:
    if bid.quote is None:
        raise WrongState(gettext_noop("This bid has no quote."))
    return Award.objects.create(
        panel=panel,
        lot=lot,
        bid_id=bid.bid_id,
        supplier_id=bid.supplier_id,
        amount=bid.quote.amount,
        decided_by=actor.label,
        decided_at=now,
        signature=signature,
    )


def _source(award: Award) -> str:
    return f"award.{award.pk}"


def log(tender_id: uuid.UUID, body: dict[str, Any]) -> None:
    """Append the digest of a decision to the transparency log."""
    ledger.append({"type": "mingcai/v1/award-entry", "tender": str(tender_id), "sha256": digest(body).hex()})


def _publish(
    actor: Actor,
    tender: TenderFacts,
    panel: Panel,
    report: Report,
    awards: list[Award],
    *,
    by_silence: bool,
) -> None:
    suppliers = {award.supplier_id: organisation_facts(award.supplier_id) for award in awards}
    agency = organisation_facts(tender.agency_id) if tender.agency_id else None
    total = Yuan.total(Yuan(award.amount) for award in awards)
    fee = fee_of(tender, total)
    names = [one.name for one in members_of(panel)]
    void = set_aside_of(tender.id)
    suppliers |= {award.supplier_id: organisation_facts(award.supplier_id) for award in void}
    bids = {bid.bid_id: bid for bid in prices.judged(tender.id)}
    consortia = {
        award.bid_id: consortium
        for award in awards
        if (consortium := bids[award.bid_id].consortium) is not None
    }
    winners = [suppliers[award.supplier_id] for award in awards]
    winners += [organisation_facts(one.supplier_id) for row in consortia.values() for one in row.partners]
    said = notices.award_notice(
        tender,
        report,
        awards,
        suppliers,
        names,
        fee,
        void,
        letters=letters.sections(
            tender, plan_facts(tender.plan_id), winners, size_statements(one.id for one in winners)
        ),
        consortia=consortia,
        subcontracts={award.bid_id: rows for award in awards if (rows := _subcontracts(bids[award.bid_id]))},
        by_silence=by_silence,
    )
    if tender.competition is not None:
        bought = [
            item
            for award in awards
            if (lot := tender.lot(award.lot)) is not None
            for item in _items(lot, bids[award.bid_id], Yuan(award.amount))
        ]
        said = calloff_notice.deal(tender.competition, bought, said)
    word = "成交" if method_of(tender.method).deal else "中标"
    disclosure.publish(
        actor=actor,
        title=f"{tender.title}{f'{word}结果变更' if void else word}公告",
        corrects=disclosure_notices.newest_id(tender.ocid, RESULTS) if void else None,
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


def _terms(
    actor: Actor, tender: TenderFacts, award: Award, bid: OpenedBidFacts, *, alone: bool
) -> ContractTerms:
    """Freeze the contract's terms from tender and bid: the contract's amount is the quote."""
    lot = tender.lot(award.lot)
    if lot is None:
        raise NotFound()
    named = "" if lot.title == tender.title else f"：{lot.title}"
    return contract_terms(
        actor,
        tender,
        contract_no=_contract_no(tender, award),
        title=tender.title if alone else f"{tender.title}（包{lot.no}{named}）",
        award_id=str(award.pk),
        supplier_id=award.supplier_id,
        amount=Yuan(award.amount),
        items=_items(lot, bid, Yuan(award.amount)),
        letter_at=award.decided_at,
        when_signed=CONTRACTED_TIMER,
        consortium=_consortium(bid),
        subcontracts=_subcontracts(bid),
        subcontract_limit=_limit(bid, tender),
    )


def _consortium(bid: OpenedBidFacts) -> Consortium | None:
    """Give who is party to the contract besides the lead, as the contract names them."""
    if bid.consortium is None:
        return None
    members = tuple(
        ConsortiumMember(one.supplier_id, one.name, one.credit_code, one.share, one.work)
        for one in bid.consortium.members
    )
    return Consortium(bid.consortium.terms_hash, members)


def _subcontracts(bid: OpenedBidFacts) -> list[Subcontract]:
    """Give what the bid subcontracts, as the contract names it; a line that says no share was answered in the review."""
    return [
        Subcontract(row.name, row.credit_code, row.size, row.share, row.work)
        for row in bid.subcontracts
        if row.share is not None
    ]


def _limit(bid: OpenedBidFacts, tender: TenderFacts) -> SubcontractLimit | None:
    """Give how far the documents permit subcontracts of the bid's lot, and the size that a favoured bidder won under."""
    permitted = tender.subcontracting.get(bid.lot)
    if permitted is None:
        return None
    favours = favoured(bid, tender, reserved=bid.lot in lots_for_smes(tender))
    sme = NOTHING if bid.size in SMES else permitted.sme
    return SubcontractLimit(permitted.most, permitted.work, sme, bid.size if favours else "")


def _contract_no(tender: TenderFacts, award: Award) -> str:
    """Give the number of the contract; after an award of the lot was set aside, with the number of the attempt."""
    before = sum(row.lot == award.lot for row in set_aside_of(tender.id))
    return f"{tender.project_no}-HT{award.lot}" + (f"-{before + 1}" if before else "")


def _items(lot: LotFacts, bid: OpenedBidFacts, total: Yuan) -> tuple[TermItem, ...]:
    quoted = rules.quoted_prices(bid)
    facts = bid.sheet.get("facts", {})
    unit_prices = rules.unit_prices(total, [(item.quantity, quoted.get(item.no)) for item in lot.items])
    return tuple(
        TermItem(
            no=item.no,
            lot=lot.no,
            name=item.name,
            category=item.code,
            brand=str(facts.get("brand", "")),
            model=str(facts.get("model", "")),
            spec=item.spec or item.name,
            quantity=item.quantity,
            unit=item.unit,
            unit_price=price,
        )
        for item, price in zip(lot.items, unit_prices, strict=True)
    )


def tell(tender: TenderFacts, winners: set[uuid.UUID], bids: list[OpenedBidFacts]) -> None:
    """Send the award letter to each winner, and to every other bidder its own rank and score; anew with each decision.

    Of a consortium every member is told: all of them bid, and all are party to the contract.
    Source: 《政府采购法》第二十四条, 第四十三条.
    """
    before = len({award.void_at for award in set_aside_of(tender.id)})
    for supplier_id in {one for bid in bids for one in bid.party_ids}:
        won = supplier_id in winners
        places = _places(result_for(supplier_id, tender.id))
        inbox.tell(
            key=f"tender.{tender.id}.result.{supplier_id}" + (f".{before + 1}" if before else ""),
            org_id=supplier_id,
            kind="supplier",
            title=gettext_noop("Award letter: “%(tender)s”")
            if won
            else gettext_noop("Result of “%(tender)s”: your score and rank"),
            why=gettext_noop("Lot: rank (score or price), of your own bids: %(places)s") if places else "",
            url=reverse("evaluation:result", args=[tender.id]),
            rule="T-24",
            tender=tender.title,
            places=places,
        )


def _places(rows: list[dict[str, Any]]) -> str:
    """Give a bidder's rank and score of each lot, where it was ranked; why it was not stands on the page."""
    said = [
        f"{row['lot']}: {row['place']['rank']} ({row['place']['total'] or row['place']['evaluation_price']})"
        for row in rows
        if row["place"]
    ]
    return "; ".join(said)
