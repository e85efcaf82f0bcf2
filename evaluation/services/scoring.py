"""Review the conditions, score each alone, submit: nobody's scores are seen before all are submitted."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Forbidden, Invalid, NotFound, Refused, WrongState, gettext_noop
from core.transitions import follow
from evaluation import blind, rules
from evaluation.models import Panel, Recheck, Review, Score, Sheet
from evaluation.selectors import (
    INVALID_RULE,
    RECHECK_RULE,
    cells_of,
    conditions,
    differing,
    grounds_of,
    readable_bids,
    sheet_digest,
    stored_ground,
)
from evaluation.services.eligibility import NotEligible, standing_of
from evaluation.services.panels import seat_of
from evaluation.services.reporting import ask_for_report
from evaluation.states import PANEL_STEPS, SHEET_STEPS, PanelStatus, RecheckStatus, SheetStatus
from parties.access import Actor
from parties.services import inbox
from realtime.services import push
from tendering import access as tenders
from tendering import point_rules
from tendering import selectors as tendering
from tendering.facts import CriterionFacts, TenderFacts


class SheetIncomplete(Invalid):
    """Cells are empty, or judgements outside the middle band lack their reason."""

    code = "sheet-incomplete"
    title = gettext_noop("Your score sheet is not complete")


class ScoredByRule(Refused):
    """Points of this criterion follow from a fact: members confirm the fact, or say what it is."""

    code = "scored-by-rule"
    title = gettext_noop("This criterion is scored by rule")


class SeatIsBlind(Forbidden):
    """Who sits on a panel that scores blind does not do what needs the bidders' names."""

    code = "seat-is-blind"
    title = gettext_noop("Members of this panel see codes instead of names")


class ReasonMissing(Refused):
    """A condition is not met, or a judgement is extreme, and nobody says why."""

    code = "reason-missing"
    title = gettext_noop("A reason is needed")
    status = 422


@transaction.atomic
def review(
    *,
    actor: Actor,
    panel_id: uuid.UUID,
    bid_id: uuid.UUID,
    criterion: str,
    passed: bool,
    reason: str = "",
    ground: str = "",
) -> Review:
    """Say whether a bid meets a condition. Qualification is the purchaser's or its agency's, conformity the panel's.

    May be changed until scoring begins; in rounds, of those who take part, until final quotes are called for. What is not
    met has a legal ground, a code of `selectors.grounds_of`, and words of one's own. Raises NotFound, WrongState, ReasonMissing.
    Source: 财政部令第87号第四十四条, 第五十条, 第六十三条.
    """
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    tender = tendering.tender_facts(panel.tender_id)
    condition = next((row for row in conditions(tender) if row.id == criterion), None)
    bid = next((row for row in readable_bids(tender.id) if row.bid_id == bid_id), None)
    if condition is None or bid is None:
        raise NotFound()
    seat = None
    if condition.kind == "qualification":
        tenders.tender_to_manage(actor, tender.id)
        _names_are_known(actor, panel)
    else:
        _, seat = seat_of(actor, panel_id)
    talking = panel.status == PanelStatus.TALKING and panel.talks.filter(supplier_id=bid.supplier_id).exists()
    if panel.status != PanelStatus.REVIEWING and not talking:
        raise WrongState(gettext_noop("Conditions are reviewed before scoring."))
    if not passed and not reason.strip():
        raise ReasonMissing(gettext_noop("Say which requirement is not met, and where in the bid."))
    found = next((one for one in grounds_of(tender) if one.code == ground), None)
    if not passed and found is None:
        raise ReasonMissing(gettext_noop("Choose from the list why the bid is invalid."), rule=INVALID_RULE)
    if passed and condition.kind == "qualification":
        _eligible(tender, condition, bid_id, reason)
    row, _ = Review.objects.update_or_create(
        panel=panel,
        bid_id=bid_id,
        criterion=criterion,
        defaults={
            "passed": passed,
            "reason": reason.strip()[:500],
            "ground": stored_ground(found) if found and not passed else {},
            "by": actor.label,
            "member": seat,
            "at": clock.now(),
        },
    )
    record(
        actor=actor.label,
        verb="review",
        subject=f"room.{panel.pk}",
        rule="T-08",
        bid=str(bid_id),
        criterion=criterion,
        passed=passed,
        reason=reason,
        ground=row.ground.get("code", ""),
    )
    push(f"room.{panel.pk}", "review.saved", bid=blind.public_id(panel, bid_id), criterion=criterion)
    return row


def _names_are_known(actor: Actor, panel: Panel) -> None:
    seat = panel.members.exclude(status="recused").filter(user_id=actor.require_user()).first()
    if blind.veiled(panel, seat):
        raise SeatIsBlind(
            gettext_noop("Somebody else of this desk, who does not sit on the panel, reviews qualification.")
        )


def _eligible(tender: TenderFacts, condition: CriterionFacts, bid_id: uuid.UUID, reason: str) -> None:
    """Refuse to pass a bidder who may not bid; what else was found is answered once, at the first condition."""
    found = standing_of(tender, bid_id)
    for row in found.barred:
        raise NotEligible(
            gettext_noop("See what was found about %(supplier)s, and say which condition is not met."),
            rule=row.rule,
            supplier=found.bid.supplier_name,
            finding=row.code,
        )
    first = next(row for row in tender.criteria if row.kind == "qualification")
    if found.findings and condition.id == first.id and not reason.strip():
        raise ReasonMissing(
            gettext_noop("Something was found about %(supplier)s. Say why it passes all the same."),
            supplier=found.bid.supplier_name,
            finding=found.findings[0].code,
        )


@transaction.atomic
def save_score(
    *,
    actor: Actor,
    panel_id: uuid.UUID,
    bid_id: uuid.UUID,
    criterion: str,
    value: str,
    reason: str | None = None,
) -> Score:
    """Keep one score of the actor's own sheet; saving the same again changes nothing.

    `reason` None keeps the reason given before. Raises NotFound, WrongState, BadScore. The stream tells the others how
    far the sheet is, never what it says.
    """
    panel, member = seat_of(actor, panel_id)
    sheet = Sheet.objects.select_for_update().get(member=member)
    if panel.status != PanelStatus.SCORING or sheet.status != SheetStatus.DRAFT:
        raise WrongState(gettext_noop("Your sheet is submitted, or scoring is not open."))
    cells = cells_of(panel)
    cell = next((row for row in cells if row.bid_id == bid_id and row.criterion.id == criterion), None)
    if cell is None:
        raise NotFound()
    if cell.criterion.rule is not None:
        raise ScoredByRule(gettext_noop("Confirm the fact that the bidder states, or say what it is."))
    points = rules.score(value, cell.criterion.max)
    kept: dict[str, object] = {"value": points, "saved_at": clock.now()}
    if reason is not None:
        kept["reason"] = reason.strip()[:500]
    row, _ = Score.objects.update_or_create(sheet=sheet, bid_id=bid_id, criterion=criterion, defaults=kept)
    done = sheet.scores.count()
    record(actor=actor.label, verb="score", subject=f"sheet.{sheet.pk}", bid=str(bid_id), criterion=criterion)
    push(f"room.{panel.pk}", "sheet.progress", member=str(member.pk), done=done, of=len(cells))
    return row


@transaction.atomic
def confirm_fact(
    *, actor: Actor, panel_id: uuid.UUID, bid_id: uuid.UUID, criterion: str, found: str = "", reason: str = ""
) -> Score:
    """Confirm, on the actor's own sheet, the fact that a bidder states, or say with a reason what it is.

    The rule gives the points; `found` empty: as stated. Raises NotFound, WrongState (also for a criterion without a rule),
    BadFact, ReasonMissing.
    Source: 财政部令第87号第五十五条, 第六十四条第三项.
    """
    panel, member = seat_of(actor, panel_id)
    sheet = Sheet.objects.select_for_update().get(member=member)
    if panel.status != PanelStatus.SCORING or sheet.status != SheetStatus.DRAFT:
        raise WrongState(gettext_noop("Your sheet is submitted, or scoring is not open."))
    points, other = _by_rule(panel, bid_id, criterion, found)
    if other and not reason.strip():
        raise ReasonMissing(gettext_noop("Say why the fact is another, and where the bid shows it."))
    kept = {
        "value": points,
        "found": other,
        "reason": reason.strip()[:500] if other else "",
        "saved_at": clock.now(),
    }
    row, _ = Score.objects.update_or_create(sheet=sheet, bid_id=bid_id, criterion=criterion, defaults=kept)
    record(
        actor=actor.label,
        verb="confirm_fact",
        subject=f"sheet.{sheet.pk}",
        bid=str(bid_id),
        criterion=criterion,
    )
    cells = len(cells_of(panel))
    push(f"room.{panel.pk}", "sheet.progress", member=str(member.pk), done=sheet.scores.count(), of=cells)
    return row


def _by_rule(panel: Panel, bid_id: uuid.UUID, criterion: str, found: str) -> tuple[Decimal, str]:
    """Give the points for a fact and the fact itself where it is another than stated. Raises NotFound, WrongState, BadFact."""
    place = (bid_id, criterion)
    cell = next((row for row in cells_of(panel) if (row.bid_id, row.criterion.id) == place), None)
    bid = next((row for row in readable_bids(panel.tender_id) if row.bid_id == bid_id), None)
    if cell is None or bid is None:
        raise NotFound()
    if cell.criterion.rule is None:
        raise WrongState(gettext_noop("This criterion is not scored by rule: give points."))
    said = rules.stated(cell.criterion, bid)
    fact = rules.fact_of(cell.criterion.rule, found) if found.strip() else said
    return point_rules.points(cell.criterion.rule, fact), fact if fact is not None and fact != said else ""


@transaction.atomic
def submit_sheet(*, actor: Actor, panel_id: uuid.UUID) -> Sheet:
    """Submit the actor's sheet: from now on it is fixed; the last one reveals all. Raises SheetIncomplete, WrongState."""
    panel, member = seat_of(actor, panel_id)
    sheet = Sheet.objects.select_for_update().get(member=member)
    step = follow(SHEET_STEPS, sheet.status, "submit")
    if panel.status != PanelStatus.SCORING:
        raise WrongState(gettext_noop("Scoring is not open."))
    scores = {(row.bid_id, row.criterion): row for row in sheet.scores.all()}
    empty = [cell for cell in cells_of(panel) if (cell.bid_id, cell.criterion.id) not in scores]
    unexplained = [
        cell
        for cell in cells_of(panel)
        if (row := scores.get((cell.bid_id, cell.criterion.id))) is not None
        and not row.reason
        and rules.needs_reason(cell.criterion.kind, row.value, cell.criterion.max)
    ]
    if empty or unexplained:
        raise SheetIncomplete(
            gettext_noop(
                "%(empty)s cells are empty and %(unexplained)s judgements need a reason. Nothing was lost."
            ),
            empty=len(empty),
            unexplained=len(unexplained),
            cells=sorted(
                f"{blind.public_id(panel, cell.bid_id)}.{cell.criterion.id}"
                for cell in [*empty, *unexplained]
            ),
        )
    sheet.status, sheet.submitted_at = step.target, clock.now()
    sheet.digest = sheet_digest(sheet)
    sheet.save()
    record(actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule, sheet=sheet.digest)
    push(f"room.{panel.pk}", "sheet.submitted", member=str(member.pk))
    inbox.finish(f"room.{panel.pk}.score.{member.pk}")
    if (
        not Sheet.objects.filter(member__panel=panel, status=SheetStatus.DRAFT)
        .exclude(member__status="recused")
        .exists()
    ):
        _reveal(panel, actor)
    return sheet


@transaction.atomic
def correct(
    *, actor: Actor, panel_id: uuid.UUID, bid_id: uuid.UUID, criterion: str, value: str, reason: str
) -> Score:
    """Correct one's own score of an objective criterion on which members differ, before the report is made.

    The old value, the new one and the reason are recorded for good; `value` is the fact where the criterion is scored by
    rule, empty for the one that was stated. Raises NotFound (no such cell, or nobody differs there), WrongState, BadScore,
    BadFact, ReasonMissing.   Source: 财政部令第87号第六十四条第三项.
    """
    panel, member = seat_of(actor, panel_id)
    if panel.status != (PanelStatus.TECHNICAL if panel.apart else PanelStatus.SCORED):
        raise WrongState(gettext_noop("Scores are corrected after the reveal and before the report."))
    row = Score.objects.filter(sheet__member=member, bid_id=bid_id, criterion=criterion).first()
    if row is None or (bid_id, criterion) not in differing(panel):
        raise NotFound()
    if not reason.strip():
        raise ReasonMissing(gettext_noop("Say why the score is corrected."))
    judged = next(one.criterion for one in cells_of(panel) if one.criterion.id == criterion)
    before, other = row.value, ""
    if judged.rule is not None:
        points, other = _by_rule(panel, bid_id, criterion, value)
    else:
        points = rules.score(value, judged.max)
    grounds = grounds_of(tendering.tender_facts(panel.tender_id), RECHECK_RULE)
    ground = next(one for one in grounds if one.code == "objective_differs")

    row.value, row.found, row.reason, row.saved_at = points, other, reason.strip()[:500], clock.now()
    row.save(update_fields=["value", "found", "reason", "saved_at"])
    sheet = Sheet.objects.select_for_update().get(member=member)
    sheet.digest = sheet_digest(sheet)
    sheet.save(update_fields=["digest"])
    record(
        actor=actor.label,
        verb="correct_score",
        subject=f"room.{panel.pk}",
        rule="T-23",
        bid=str(bid_id),
        criterion=criterion,
        before=f"{before:.2f}",
        after=f"{points:.2f}",
        reason=row.reason,
        sheet=sheet.digest,
    )
    Recheck.objects.create(
        panel=panel,
        member=member,
        bid_id=bid_id,
        criterion=criterion,
        ground=stored_ground(ground),
        reason=row.reason,
        raised_by=member,
        status=RecheckStatus.SETTLED,
        before=before,
        after=points,
        answer=row.reason,
        settled_at=clock.now(),
    )
    where = blind.public_id(panel, bid_id)
    push(f"room.{panel.pk}", "score.corrected", member=str(member.pk), bid=where, criterion=criterion)
    return row


def _reveal(panel: Panel, actor: Actor) -> None:
    step = follow(PANEL_STEPS, panel.status, "reveal_technical" if panel.apart else "reveal")
    panel.status = step.target
    panel.save(update_fields=["status"])
    record(actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule)
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    tender = tendering.tender_facts(panel.tender_id)
    if not panel.apart:
        ask_for_report(panel, tender)
        return
    inbox.assign(
        key=f"room.{panel.pk}.technical",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("Log the technical result of “%(tender)s”, so that prices can be opened"),
        why=gettext_noop("Every sheet is submitted."),
        url=f"/rooms/{panel.pk}/",
        rule="sealing.R6",
        tender=tender.title,
    )
