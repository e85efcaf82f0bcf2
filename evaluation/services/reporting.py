"""The report: inputs and results of every lot by `recompute`, signed by every member."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.clock import BEIJING
from core.draw import order_drawn
from core.errors import Conflict, Refused, gettext_noop
from core.ledger import services as ledger
from core.timers import services as timers
from core.transitions import follow
from evaluation import prices, questions, rechecks, talks
from evaluation.models import Panel, Report, ReportSignature
from evaluation.periods import DECISION
from evaluation.selectors import (
    candidates,
    compliance,
    lots_of,
    lots_to_score,
    members_of,
    readable_bids,
    revealed,
    reviews_of,
)
from evaluation.services import appraising, eligibility
from evaluation.services.awards import DEEMED_TIMER
from evaluation.services.panels import host_of, seat_of
from evaluation.states import PANEL_STEPS
from parties.access import Actor
from parties.services import inbox, signing
from realtime.services import push
from tendering import selectors as tendering
from tendering import services as tendering_services
from tendering.facts import TenderFacts


class SignedAlready(Conflict):
    """The member has signed the report."""

    code = "signed-already"
    title = gettext_noop("You have signed this report")


class ObjectiveScoresDiffer(Refused):
    """Members differ on a fact: one of them errs, and the report may not be made before that is corrected."""

    code = "objective-scores-differ"
    title = gettext_noop("Members differ on an objective criterion")


class RechecksOpen(Refused):
    """The panel is looking at scores again."""

    code = "rechecks-open"
    title = gettext_noop("Scores are being looked at again")


class PriceNotCorrected(Refused):
    """A price contradicts itself and is not corrected, or its bidder still has time to confirm the correction."""

    code = "price-not-corrected"
    title = gettext_noop("A price that contradicts itself is not corrected yet")


class LowQuoteUnexplained(Refused):
    """A quote is so low that the law wants it explained, and the panel has not found whether it is."""

    code = "low-quote-unexplained"
    title = gettext_noop("A very low quote is not judged yet")


@transaction.atomic
def make(*, actor: Actor, panel_id: uuid.UUID) -> Report:
    """Make the report from the record; every number comes from `recompute`.

    Where bids of one brand, or candidates, are equal, an order is drawn and published with its seed. Raises NotFound,
    WrongState, ObjectiveScoresDiffer, RechecksOpen, PriceNotCorrected, LowQuoteUnexplained.
    Source: 财政部令第87号第三十一条, 第五十八条, 第五十九条, 第六十条, 第六十四条, 第六十八条; 财库〔2026〕2号.
    """
    panel, tender = host_of(actor, panel_id)
    step = follow(PANEL_STEPS, panel.status, "report")
    members = members_of(panel)
    lots, draws = _ranked(panel, tender)
    body = {
        "type": "mingcai/v1/evaluation-report",
        "tender": str(tender.id),
        "project_no": tender.project_no,
        "panel": [{"seat": f"E{one.position}", "name": one.name, "kind": one.kind} for one in members],
        "sheets": {f"E{one.position}": one.sheet.digest for one in members},
        "reviews": [
            {
                "bid": str(row.bid_id),
                "criterion": row.criterion,
                "passed": row.passed,
                "reason": row.reason,
                **({"ground": row.ground} if row.ground else {}),
            }
            for _, row in sorted(reviews_of(panel).items(), key=lambda pair: (str(pair[0][0]), pair[0][1]))
        ],
        "reasons": [
            {
                "seat": f"E{row.sheet.member.position}",
                "bid": str(row.bid_id),
                "criterion": row.criterion,
                "reason": row.reason,
            }
            for row in revealed(panel)
            if row.reason
        ],
        "lots": lots,
        "draws": draws,
        **rechecks.for_report(panel),
        **({"questions": asked} if (asked := questions.for_report(panel)) else {}),
        **({"technical": panel.technical} if panel.apart else {}),
        **({"rounds": talks.for_report(panel)} if tender.rounds else {}),
        "made_at": clock.now().isoformat(),
        "law_as_of": str(tender.law_as_of),
        "law_digest": tender.law_digest,
    }
    report = Report.objects.create(panel=panel, body=body, digest=digest(body).hex(), made_at=clock.now())
    panel.status = step.target
    panel.save(update_fields=["status"])
    record(
        actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule, report=report.digest
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}", report=report.digest)
    inbox.finish(f"room.{panel.pk}.report")
    for member in members:
        inbox.assign(
            key=f"room.{panel.pk}.sign.{member.pk}",
            user_id=member.user_id,
            title=gettext_noop("Sign the evaluation report of “%(tender)s”"),
            why=gettext_noop("You are a member of its panel."),
            url=reverse("evaluation:report", args=[panel.pk]),
            tender=tender.title,
        )
    return report


def ask_for_report(panel: Panel, tender: TenderFacts) -> None:
    """Put the report before whoever runs the tender."""
    inbox.assign(
        key=f"room.{panel.pk}.report",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("Make the evaluation report of “%(tender)s”"),
        why=gettext_noop("Every sheet is submitted."),
        url=f"/rooms/{panel.pk}/",
        rule="L-16",
        tender=tender.title,
    )


def _ranked(panel: Panel, tender: TenderFacts) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Give each lot's inputs and result, drawing between equals where the first count leaves some."""
    lots = lots_of(panel, tender)
    if any(row["code"] == "objective_scores_differ" for lot in lots for row in lot["result"]["warnings"]):
        raise ObjectiveScoresDiffer(
            gettext_noop("Who erred corrects their own score in the room, with a reason."), rule="T-23"
        )
    if count := rechecks.open_ones(panel):
        raise RechecksOpen(
            gettext_noop("%(count)s scores are being looked at again in the room; they are settled first."),
            rule="T-23",
            count=count,
        )
    if count := _uncorrected(panel, tender):
        raise PriceNotCorrected(
            gettext_noop(
                "%(count)s prices contradict themselves. They are corrected in the room, and their bidders confirm or let the "
                "time pass."
            ),
            rule=prices.RULE,
            count=count,
        )
    low = {row["bid"] for lot in lots for row in lot["result"]["warnings"] if row["code"] == "abnormally_low"}
    if open_ones := questions.unsettled(panel, low):
        raise LowQuoteUnexplained(
            gettext_noop(
                "%(count)s bidders are asked in the room to explain their quotes, and the panel finds whether they have."
            ),
            rule="T-20",
            count=len(open_ones),
        )
    seeds = {lot["lot"]: secrets.token_hex(32) for lot in lots if _has_equals(lot["result"])}
    if not seeds:
        return lots, []
    orders = {
        lot["lot"]: order_drawn((bid["id"] for bid in lot["case"]["bids"]), seeds[lot["lot"]])
        for lot in lots
        if lot["lot"] in seeds
    }
    return lots_of(panel, tender, orders), [{"lot": lot, "seed": seed} for lot, seed in seeds.items()]


def _uncorrected(panel: Panel, tender: TenderFacts) -> int:
    """Count the bids in the race whose price is not settled (rule T-19)."""
    good, lots = compliance(panel, tender), lots_to_score(panel, tender)
    bids = [bid for bid in readable_bids(tender.id) if good[bid.bid_id] and bid.lot in lots]
    names = {bid.bid_id for bid in bids}
    return len(prices.contradicting(tender, bids) | (prices.waiting(panel) & names))


def _has_equals(result: dict[str, Any]) -> bool:
    ranks = [row["rank"] for row in result["ranking"]]
    return len(set(ranks)) < len(ranks) or any(row["code"] == "draw_needed" for row in result["warnings"])


@transaction.atomic
def sign(*, actor: Actor, panel_id: uuid.UUID, credential: Any, dissent: str = "") -> ReportSignature:
    """Sign the report with one touch; a dissent is kept beside the signature. The last signature completes it.

    Raises NotFound, WrongState, SignedAlready, NotSigned.   Source: 财政部令第87号第六十一条.
    """
    panel, member = seat_of(actor, panel_id)
    follow(PANEL_STEPS, panel.status, "sign_off")
    report = Report.objects.select_for_update().get(panel=panel)
    if report.signatures.filter(member=member).exists():
        raise SignedAlready()
    signature = signing.finish(
        actor.require_user(), bytes.fromhex(report.digest), credential, purpose=f"report.{report.pk}"
    )
    row = ReportSignature.objects.create(
        report=report, member=member, signature=dict(signature), dissent=dissent.strip(), at=clock.now()
    )
    record(
        actor=actor.label,
        verb="sign_report",
        subject=f"room.{panel.pk}",
        rule="L-16",
        report=report.digest,
        member=str(member.pk),
        dissent=row.dissent,
    )
    push(f"room.{panel.pk}", "report.signed", member=str(member.pk))
    inbox.finish(f"room.{panel.pk}.sign.{member.pk}")
    if report.signatures.count() == len(members_of(panel)):
        _complete(panel, report, actor)
    return row


def _complete(panel: Panel, report: Report, actor: Actor) -> None:
    step = follow(PANEL_STEPS, panel.status, "sign_off")
    panel.status = step.target
    panel.save(update_fields=["status"])
    tender = tendering_services.mark_evaluated(tender_id=panel.tender_id, actor=actor)
    law = tendering.law_of(tender.id)
    due = law.end_of(DECISION, clock.now().astimezone(BEIJING), binding=False)
    report.award_due_at = due.ends_at
    report.save(update_fields=["award_due_at"])
    timers.schedule(verb=DEEMED_TIMER, subject=f"tender.{tender.id}", due_at=due.ends_at)
    record(
        actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule, report=report.digest
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    inbox.assign(
        key=f"tender.{tender.id}.award",
        org_id=tender.purchaser_id,
        kind="purchaser",
        title=gettext_noop("Decide the award of “%(tender)s”")
        if candidates(report)
        else gettext_noop("“%(tender)s” has no candidate: declare its failure"),
        why=gettext_noop(
            "The evaluation report is signed; the purchaser decides in the order of candidates."
        ),
        url=reverse("evaluation:award", args=[tender.id]),
        due_at=due.ends_at,
        rule=DECISION,
        tender=tender.title,
    )
    appraising.ask(panel, tender, clock.now())
    eligibility.ask_about(actor=actor, tender=tender, names=candidates(report).values())
    ledger.append({"type": "mingcai/v1/report-entry", "tender": str(tender.id), "sha256": report.digest})
