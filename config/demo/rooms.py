"""The room and what follows: the panel is drawn, declares, reviews, scores, reports; the purchaser awards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from config.demo import deals
from config.demo.province import Province
from config.demo.scripts import Reach, Script
from core import clock
from core.canonical import digest
from evaluation import rules
from evaluation.meetings import Meeting
from evaluation.selectors import Cell, cells_of, conditions, decision_body, members_of, readable_bids
from evaluation.services import agenda, awards, panels, reporting, scoring, seats
from parties.access import Actor
from tendering.facts import TenderFacts

if TYPE_CHECKING:
    from evaluation.models import Member, Panel

STEPS = {"subjective": Decimal("0.5"), "objective": Decimal(5)}
JUST_NOW = timedelta(minutes=25)
"""When the newest award was decided."""
CALLED = timedelta(minutes=50)
"""When the experts of the newest panel were called."""
SPREAD = 0.05
"""How far judges differ, as a share of the highest score."""
REASONS = {True: "方案针对性强，细节完整，明显优于其他投标人。", False: "方案笼统，关键环节缺少说明。"}


def evaluate(province: Province, script: Script, tender: TenderFacts, runner: Actor) -> Iterator[datetime]:
    """Tell the evaluation of an opened tender as far as its script goes."""
    yield province.time.later(2, 9)
    panel, seats = _seat(province, script, tender, runner)
    yield clock.now() + timedelta(minutes=50)
    _review(province, script, tender, runner, panel, seats)
    yield clock.now() + timedelta(minutes=35)
    unfinished = script.reach == Reach.SCORING
    for place, (member, judge) in enumerate(seats):
        if unfinished and place > len(seats) // 2:
            break
        cells = cells_of(panel)
        some = cells if not unfinished or place < len(seats) // 2 else cells[: len(cells) // 2]
        _score(province, script, panel, judge, member, some)
        if len(some) == len(cells):
            scoring.submit_sheet(actor=judge, panel_id=panel.pk)
            yield clock.now() + timedelta(minutes=9)
    if unfinished:
        return
    report = reporting.make(actor=runner, panel_id=panel.pk)
    for _, judge in seats:
        yield clock.now() + timedelta(minutes=4)
        signed = province.touch(judge, bytes.fromhex(report.digest), f"report.{report.pk}")
        reporting.sign(actor=judge, panel_id=panel.pk, credential=signed)
    if script.reach == Reach.EVALUATED:
        return
    today = script.reach == Reach.AWARDED
    yield province.time.ends_at - JUST_NOW if today else province.time.later(2, 15)
    buyer = province.actors[script.purchaser]
    panel.refresh_from_db()
    decided = province.touch(buyer, digest(decision_body(panel, report)), awards.purpose_of(tender.id))
    made = awards.decide(actor=buyer, tender_id=tender.id, credential=decided)
    if script.reach > Reach.AWARDED:
        yield from deals.fulfil(province, script, [award.contract_id for award in made if award.contract_id])


def call(province: Province, script: Script, tender: TenderFacts, runner: Actor) -> Iterator[datetime]:
    """Draw a panel that meets on the next working day: one expert declines and is followed by the next, the others come."""
    yield province.time.ends_at - CALLED
    panel = panels.draw(
        actor=runner,
        tender_id=tender.id,
        representative_id=province.colleague(script.purchaser).require_user(),
        meeting=Meeting(province.time.later(1, 9), "示例评审中心三楼第二评审室", 4),
    )
    yield clock.now() + timedelta(minutes=6)
    declining = next(one for one in members_of(panel) if one.expert_id is not None)
    seats.decline(actor=province.person(declining.user_id), call_id=declining.call.pk, ground="busy")
    yield clock.now() + timedelta(minutes=9)
    for member in members_of(panel):
        if member.expert_id is not None:
            seats.accept(actor=province.person(member.user_id), call_id=member.call.pk)


def _seat(
    province: Province, script: Script, tender: TenderFacts, runner: Actor
) -> tuple[Panel, list[tuple[Member, Actor]]]:
    """Draw the panel and have every member declare."""
    representative = province.colleague(script.purchaser)
    panel = panels.draw(actor=runner, tender_id=tender.id, representative_id=representative.require_user())
    seats = [(member, province.person(member.user_id)) for member in members_of(panel)]
    for member, judge in seats:
        body = panels.declaration(panel, member)
        declared = province.touch(judge, digest(body), f"declaration.{member.pk}")
        panels.declare(actor=judge, panel_id=panel.pk, credential=declared)
    return panel, seats


def _review(
    province: Province,
    script: Script,
    tender: TenderFacts,
    runner: Actor,
    panel: Panel,
    seats: list[tuple[Member, Actor]],
) -> None:
    """Review every condition: qualification by who runs the procedure, conformity by the panel."""
    agenda.advance(actor=runner, panel_id=panel.pk, verb="begin_review")
    for bid in readable_bids(tender.id):
        for row in conditions(tender):
            judge = runner if row.kind == "qualification" else seats[-1][1]
            scoring.review(
                actor=judge, panel_id=panel.pk, bid_id=bid.bid_id, criterion=row.id, passed=True, reason=""
            )
    agenda.advance(actor=runner, panel_id=panel.pk, verb="begin_scoring")
    panel.refresh_from_db()


def _score(
    province: Province, script: Script, panel: Panel, judge: Actor, member: Member, cells: list[Cell]
) -> None:
    """Fill a sheet: facts score alike with everybody, judgements differ a little, extremes have a reason."""
    quality = _qualities(province, script, panel)
    for cell in cells:
        highest, share = cell.criterion.max, quality[cell.bid_id]
        if cell.criterion.kind == "subjective":
            share = min(1.0, max(0.0, share + province.rng.uniform(-SPREAD, SPREAD)))
        step = STEPS[cell.criterion.kind]
        value = (highest * Decimal(share) / step).quantize(Decimal(1), ROUND_HALF_UP) * step
        extreme = rules.needs_reason(cell.criterion.kind, value, highest)
        scoring.save_score(
            actor=judge,
            panel_id=panel.pk,
            bid_id=cell.bid_id,
            criterion=cell.criterion.id,
            value=f"{value:f}",
            reason=REASONS[share > 0.5] if extreme else "",
        )


def _qualities(province: Province, script: Script, panel: Panel) -> dict[uuid.UUID, float]:
    by_supplier = {(province.actors[offer.role].org_id, offer.lot): offer.quality for offer in script.offers}
    return {bid.bid_id: by_supplier[bid.supplier_id, bid.lot] for bid in readable_bids(panel.tender_id)}
