"""The technical result of a tender with two envelopes: fixed and logged by the host before a price can be opened.

What the panel found and scored is committed with the entry: its report's hash stands in the log, with a salt, and the
report becomes part of the evaluation report. From then on neither a finding nor a score can change.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.db import transaction

from bidding.selectors import prices_stand
from bidding.services import envelopes
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import WrongState, gettext_noop
from core.transitions import follow
from evaluation import rechecks
from evaluation.models import Panel
from evaluation.selectors import differing, lots_to_score, members_of, readable_bids, reviews_of
from evaluation.services.panels import host_of
from evaluation.services.reporting import ObjectiveScoresDiffer, ask_for_report
from evaluation.states import PANEL_STEPS
from parties.access import Actor
from parties.services import inbox
from realtime.services import push
from tendering.facts import TenderFacts


@transaction.atomic
def log_result(*, actor: Actor, panel_id: uuid.UUID) -> Panel:
    """Log which bids passed the technical part; keepers then release the prices of those and of no other.

    A lot with fewer passed bids than the law requires has failed: no price of it is opened. Raises NotFound, WrongState,
    ObjectiveScoresDiffer, ResultLogged.   Source: 财政部令第87号第四十四条, 第六十四条.
    """
    panel, tender = host_of(actor, panel_id)
    step = follow(PANEL_STEPS, panel.status, "log_result")
    if differing(panel):
        raise ObjectiveScoresDiffer(
            gettext_noop("Who erred corrects their own score in the room, with a reason."), rule="T-23"
        )
    if count := rechecks.open_ones(panel):
        raise WrongState(
            gettext_noop("%(count)s scores are being looked at again in the room; they are settled first."),
            rule="T-23",
            count=count,
        )
    panel.technical = said = report(panel, tender)
    panel.status = step.target
    panel.save(update_fields=["technical", "status"])
    fixed = digest(said).hex()
    record(actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule, report=fixed)
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    if panel.codes:
        record(
            actor=actor.label,
            verb="open_codes",
            subject=f"room.{panel.pk}",
            rule=step.rule,
            codes=said["codes"],
        )
        push(f"room.{panel.pk}", "codes.opened", codes=said["codes"])
    inbox.finish(f"room.{panel.pk}.technical")
    envelopes.conclude(
        actor=actor,
        tender_id=tender.id,
        passed={row["lot"]: {uuid.UUID(bid) for bid in row["passed"]} for row in said["lots"]},
        document_hash=fixed,
    )
    return panel


def report(panel: Panel, tender: TenderFacts) -> dict[str, Any]:
    """Give the technical report as its hash is logged: who passed, who did not and why, the digest of every sheet."""
    reviews = reviews_of(panel)
    enough = lots_to_score(panel, tender)
    failed = {bid for (bid, _), row in reviews.items() if not row.passed}
    lots = []
    for lot in tender.lots:
        bids = [bid for bid in readable_bids(tender.id) if bid.lot == lot.no]
        lots.append(
            {
                "lot": lot.no,
                "enough": lot.no in enough,
                "passed": [str(bid.bid_id) for bid in bids if bid.bid_id not in failed and lot.no in enough],
                "failed": [
                    {
                        "bid": str(bid.bid_id),
                        "supplier": bid.supplier_name,
                        "reasons": sorted(
                            row.said
                            for (one, _), row in reviews.items()
                            if one == bid.bid_id and not row.passed
                        ),
                    }
                    for bid in bids
                    if bid.bid_id in failed or lot.no not in enough
                ],
            }
        )
    return {
        "type": "mingcai/v1/technical-report",
        "tender": str(tender.id),
        "project_no": tender.project_no,
        "salt": secrets.token_hex(32),
        "lots": lots,
        "sheets": {f"E{one.position}": one.sheet.digest for one in members_of(panel)},
        **({"codes": {bid: row["code"] for bid, row in panel.codes.items()}} if panel.codes else {}),
        "made_at": clock.now().isoformat(),
    }


@transaction.atomic
def show_prices(*, actor: Actor, panel_id: uuid.UUID) -> Panel:
    """Go on to the ranking once the prices are opened, or stay shut. Raises NotFound, WrongState."""
    panel, tender = host_of(actor, panel_id)
    step = follow(PANEL_STEPS, panel.status, "show_prices")
    if not prices_stand(tender.id):
        raise WrongState(
            gettext_noop("The opening of the prices is not over; the hall shows where it stands."),
            rule="sealing.R6",
        )
    panel.status = step.target
    panel.save(update_fields=["status"])
    record(actor=actor.label, verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule)
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    inbox.finish(f"tender.{tender.id}.prices")
    ask_for_report(panel, tender)
    return panel
