"""One procurement by tender, from the budget to the opened bids; then the room, the award and the contract."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bidding.selectors import lines
from bidding.services import minutes
from config.demo import bids, papers, rooms
from config.demo.province import Province
from config.demo.scripts import Reach, Script
from config.demo.timeline import YEAR
from core import clock
from core.canonical import digest
from core.law.current import law as current_law
from core.money import Yuan
from core.workdays import beijing_date
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.states import Kind
from planning import services as planning
from planning.services import entrusting
from planning.states import SCOPES
from tendering import rules
from tendering import services as tendering
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.selectors import tender_facts
from tendering.services import documents, drafting, publishing
from tendering.states import TenderStatus

PLANNED, INTENDED, DRAFTED = 42, 38, 7
"""How many days before its notice a procurement is planned, announced and drafted."""
AFTER_DEADLINE = timedelta(seconds=1)
HALF_AN_HOUR = timedelta(minutes=30)
CEILING = Decimal("0.98")


class OffScript(RuntimeError):
    """A procedure of the demonstration has not come as far as its script says."""


def procure(province: Province, script: Script) -> Iterator[datetime]:
    """Tell one procurement."""
    time, buyer = province.time, province.actors[script.purchaser]
    runner = province.actors[script.agency] if script.agency else buyer
    before = published_before(province, script)
    if not script.again:
        yield time.day(before + PLANNED, 10)
        plan_id = plan(buyer, script, time.ends_at - timedelta(days=before))
        province.plans[script.purchaser, script.item] = plan_id
        yield time.day(before + INTENDED, 15)
        planning.publish_intention(actor=buyer, plan_id=plan_id)
    if script.reach == Reach.INTENTION:
        return
    yield time.day(max(before + DRAFTED, 2), 14)
    tender = draft(province, buyer, script)
    if script.reach == Reach.DRAFT:
        return
    if script.agency:
        publishing.submit_for_approval(actor=runner, tender_id=tender.id)
        yield time.later(2, 10)
        tender = publishing.approve(actor=buyer, tender_id=tender.id, version=tender_facts(tender.id).version)
    yield time.day(before, 9, 30)
    tender = tendering.publish(actor=runner, tender_id=tender.id)
    province.witness()
    if script.amended:
        yield time.later(9, 16)
        tendering.amend(
            actor=runner,
            tender_id=tender.id,
            reason="采购需求有调整。",
            texts={"need": script.amended},
        )
        province.witness()
    if script.ends:
        yield time.later(6, 11)
        tendering.cancel(tender_id=tender.id, actor=buyer, reason=script.ends)
        return
    yield from _bidding(province, script, tender_facts(tender.id))
    if script.called:
        yield from rooms.call(province, script, tender_facts(tender.id), runner)
    if script.reach > Reach.OPENED:
        yield from rooms.evaluate(province, script, tender_facts(tender.id), runner)


def published_before(province: Province, script: Script) -> int:
    """Give how many days before the end a notice appears: as scripted, or so that bids were due by a day near the end.

    The law counts that period, and holidays stretch it.
    """
    if script.due is None:
        return script.published
    time, buyer = (
        province.time,
        organisation_facts(province.actors[script.purchaser].require_kind("purchaser")),
    )
    method = method_of(script.method)
    for before in range(script.due, YEAR.days):
        start = time.day(before)
        law = current_law(
            beijing_date(start), buyer.region, buyer.budget_level, script.category, script.method
        )
        if rules.earliest_due(law, method.bid_time, start) <= time.ends_at - timedelta(days=script.due):
            return before
    raise OffScript(f"no day in the year suits {script.title}")


def plan(buyer: Actor, script: Script, expected: datetime) -> uuid.UUID:
    """Enter a budget line and file a plan drawn from all of it."""
    amount = Yuan(script.budget)
    line = planning.create_budget_line(
        actor=buyer,
        org_id=buyer.require_kind("purchaser"),
        code=f"{beijing_date(clock.now()):%y%m%d}-{script.item.partition(':')[2]}",
        name=script.title,
        fiscal_year=beijing_date(clock.now()).year,
        amount=amount,
        category=script.category,
        item_key=script.item,
        funding=script.funding,
    )
    filed = planning.file_plan(
        actor=buyer,
        budget_line_id=line.id,
        title=script.title,
        title_en=script.title_en,
        need=script.need,
        item_key=script.item,
        amount=amount,
        expected_on=beijing_date(expected),
        quantity=script.quantity,
        unit=script.unit,
        method=script.method,
    )
    return filed.id


def draft(province: Province, buyer: Actor, script: Script) -> TenderFacts:
    """Draft the tender, complete but for what the script leaves out."""
    plan_id = province.plans[script.purchaser, script.item]
    tender = tendering.draft_from_plan(actor=buyer, plan_id=plan_id)
    budget = Yuan(script.budget)
    drafting.save_basics(
        actor=buyer,
        tender_id=tender.id,
        version=tender.version,
        title=script.title,
        title_en=script.title_en,
        need=script.need,
        delivery=script.delivery,
        payment="验收合格并收到发票后支付合同金额。",
        budget=budget,
        ceiling=_ceiling(budget) if not script.lots else None,
        wanted_due_at=_within_the_hour(province) if script.due_today else None,
    )
    if script.lots:
        rest = budget - Yuan.total(Yuan(lot.budget) for lot in script.lots)
        drafting.save_lot(
            actor=buyer, tender_id=tender.id, no="1", title=tender.title, budget=rest, ceiling=_ceiling(rest)
        )
    for lot in script.lots:
        own = Yuan(lot.budget)
        with_lot = drafting.save_lot(
            actor=buyer,
            tender_id=tender.id,
            title=lot.title,
            title_en=lot.title_en,
            budget=own,
            ceiling=_ceiling(own),
        )
        drafting.save_item(
            actor=buyer,
            tender_id=tender.id,
            lot_no=with_lot.lots[-1].no,
            item_key=lot.item,
            name=lot.name,
            spec=lot.spec,
            quantity=lot.quantity,
            unit=lot.unit,
        )
    for name, kind, points in script.criteria:
        drafting.save_criterion(
            actor=buyer,
            tender_id=tender.id,
            name=name,
            kind=kind,
            max=Decimal(points),
            guide=_GUIDES[kind],
        )
    if script.two_envelopes:
        now = tender_facts(tender.id)
        drafting.save_evaluation(
            actor=buyer,
            tender_id=tender.id,
            version=now.version,
            evaluation_method=now.evaluation_method,
            price_weight=now.price_weight,
            deductions=now.deductions,
            two_envelopes=True,
        )
    paper = province.print(
        script.title,
        f"采购人：{buyer.org_name}。预算金额：{script.budget} 元。",
        f"采购需求：{script.need}",
        f"交付：{script.delivery}",
        "评审办法、合同文本与投标文件格式以平台所载为准；投标文件在投标人自己的设备上密封。",
    )
    tender = documents.add_document(
        actor=buyer, tender_id=tender.id, file=papers.Paper("招标文件.pdf", paper())
    )
    if script.agency:
        agency = province.actors[script.agency]
        _agree(province, buyer, agency, tender)
        tender = drafting.entrust(actor=buyer, tender_id=tender.id, agency_id=agency.org_id)
    return tender


def _agree(province: Province, buyer: Actor, agency: Actor, tender: TenderFacts) -> None:
    """Have the agreement with the agency offered and signed by both sides."""
    agreed = entrusting.offer(
        actor=buyer,
        plan_id=tender.plan_id,
        agency_id=agency.require_kind(Kind.AGENCY),
        scope=list(SCOPES),
        authority="在委托范围内办理采购事宜；采购文件、公告和更正事项发布前须经采购人书面确认。",
        ends_on=beijing_date(clock.now()) + timedelta(days=365),
        factor=Decimal("0.8"),
    )
    for side in (buyer, agency):
        touched = province.touch(side, bytes.fromhex(agreed.terms_hash), entrusting.purpose_of(agreed.id))
        entrusting.sign(actor=side, plan_id=tender.plan_id, credential=touched)


_GUIDES = {
    "subjective": "优秀得满分的八成五以上，良好得六成以上，一般得四成以上；不提供不得分。",
    "objective": "每提供一份有效证明得五分，满分为止。",
}


def _within_the_hour(province: Province) -> datetime:
    """Give the first full quarter that leaves a reader of the finished demonstration half an hour."""
    quarter = 15 * 60
    return datetime.fromtimestamp(
        -(-(province.time.ends_at + HALF_AN_HOUR).timestamp() // quarter) * quarter, UTC
    )


def _ceiling(budget: Yuan) -> Yuan:
    return Yuan(int(budget.capped(CEILING).amount))


def _bidding(province: Province, script: Script, tender: TenderFacts) -> Iterator[datetime]:
    """Have the bids sealed, submitted one after the other, closed and opened; every hour counts from the deadline."""
    due = tender.bids_due_at
    if due is None:
        raise OffScript(f"{script.title} has no deadline")
    still_open = script.reach == Reach.OPEN
    start = clock.now() + timedelta(days=2) if still_open else due - timedelta(days=3)
    yield start
    sealing = [
        bids.begin(province, tender, offer.lot, offer, envelope)
        for offer in script.offers
        for envelope in tender.envelopes
    ]
    for number, bid in enumerate(sealing, start=1):
        yield start + timedelta(hours=7 * number, minutes=13 * number)
        bids.submit(province, bid)
    if still_open:
        return
    yield due + AFTER_DEADLINE
    yield due + 3 * AFTER_DEADLINE
    province.witness()
    status = tender_facts(tender.id).status
    few = len({offer.role for offer in script.offers}) < 3
    if status != (TenderStatus.FAILED if few else TenderStatus.OPENED):
        raise OffScript(f"{script.title} is {status}")
    if not few:
        yield due + timedelta(minutes=10)
        _confirm(province, tender)
        yield due + timedelta(minutes=12)
        _sign_minutes(province, tender)


def _confirm(province: Province, tender: TenderFacts) -> None:
    """Have every bidder confirm its line of the opening by a signature."""
    for line in lines(tender.id):
        actor = province.desk(line.supplier_id)
        touched = province.touch(
            actor, digest(minutes.line_body(line, tender.id)), minutes.purpose_of_line(line.bid_id)
        )
        minutes.confirm(actor=actor, bid_id=line.bid_id, credential=touched)


def _sign_minutes(province: Province, tender: TenderFacts) -> None:
    """Have the host of the opening sign its minutes."""
    host = province.desk(tender.host_id)
    touched = province.touch(
        host, digest(minutes.compose(tender_facts(tender.id))), minutes.purpose_of(tender.id)
    )
    minutes.sign(actor=host, tender_id=tender.id, credential=touched)
