"""Entry to a framework agreement (入围): the organiser admits those whom the report leaves, and the agreement is made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from bidding.facts import OpenedBidFacts
from bidding.selectors import opened_bids
from contracting.facts import AgreementFacts, EntrantTerms
from contracting.selectors import agreement_facts
from contracting.services import agreements
from contracting.states import EntrantStatus
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.transitions import follow
from evaluation import notices, prices, rules
from evaluation.models import Panel, Report
from evaluation.selectors import admitted, decision_body, members_of
from evaluation.services import awards, eligibility
from evaluation.states import PANEL_STEPS
from parties.access import CLOCK, Actor
from parties.services import inbox, signing
from realtime.services import push
from tendering import selectors as tendering
from tendering import services as tendering_services
from tendering.facts import LotFacts, TenderFacts
from tendering.framework_rules import agreement_terms
from tendering.methods import method_of
from tendering.supplement import agreements_made

ENTERED_TIMER = "evaluation.entered"


@transaction.atomic
def decide(*, actor: Actor, tender_id: uuid.UUID, credential: Any) -> list[AgreementFacts]:
    """Admit the suppliers of the report in its order, lot by lot: publish the entry notice, make the framework agreement.

    A lot without anybody to admit fails by itself, in public, as long as another one has somebody.

    Its term begins today and lasts as the call said; everybody admitted is asked to sign, and every bidder is told its own
    result. All of it or nothing; `credential` signs `selectors.decision_body`. Raises NotFound, WrongState, NoCandidate,
    SanctionStands, NotAsked, NotSigned.   Source: 财政部令第110号 (入围).
    """
    now = clock.now()
    panel, report = awards.to_decide(actor, tender_id)
    step = follow(PANEL_STEPS, panel.status, "decide")
    tender = tendering.tender_facts(tender_id)
    chosen = admitted(report)
    if not chosen:
        raise awards.NoCandidate(rule=method_of(tender.method).failed)
    eligibility.require_all(tender, chosen, now)
    body = decision_body(panel, report)
    signing.finish(actor.require_user(), digest(body), credential, purpose=awards.purpose_of(tender_id))

    panel.status = step.target
    panel.save(update_fields=["status"])
    tendering_services.mark_awarded(tender_id=tender_id, actor=actor)
    bids = {str(bid.bid_id): bid for bid in prices.judged(tender_id)}
    made = [
        _agree(actor, tender, lot, panel, report, bids, now)
        for lot in tender.lots
        if admitted(report, lot.no)
    ]
    _fail_others(actor, tender, report)
    awards.tell(tender, {bids[name].supplier_id for name in chosen}, opened_bids(tender_id))
    record(
        actor=actor.label,
        verb="admit",
        subject=f"room.{panel.pk}",
        rule=method_of(tender.method).failed,
        agreements=[str(row.id) for row in made],
        bids=chosen,
    )
    push(f"room.{panel.pk}", f"agenda.{step.target}")
    inbox.finish_all(f"tender.{tender_id}.award")
    awards.log(tender_id, body)
    return made


@transaction.atomic
def entered(*, tender_id: uuid.UUID) -> bool:
    """Mark the procedure as contracted once nobody's signature is awaited; the plan's money goes back to its line.

    The call estimated what would be ordered; every order is paid from the line of whoever orders. Called by the clock; may
    be repeated.
    """
    tender = tendering.tender_facts(tender_id)
    made = agreements_made(tender)
    if tender.status != "awarded" or not made or any(row.awaits_signatures for row in made):
        return False
    tendering_services.mark_contracted(tender_id=tender_id, actor=CLOCK)
    admitted_now = [
        row.supplier_name for one in made for row in one.entrants if row.status == EntrantStatus.ADMITTED
    ]
    record(
        actor=CLOCK.label,
        verb="contracted",
        subject=tender.source,
        rule="F-09",
        agreements=[str(row.id) for row in made],
        suppliers=admitted_now,
    )
    return True


def _fail_others(actor: Actor, tender: TenderFacts, report: Report) -> None:
    why = {lot["lot"]: lot["result"]["failed"] for lot in report.body["lots"]}
    reasons = {
        lot.no: notices.FAILURES[why.get(lot.no) or "too_few_qualified"]
        for lot in tender.lots
        if not admitted(report, lot.no)
    }
    rule = method_of(tender.method).failed
    tendering_services.fail_lots(tender_id=tender.id, actor=actor, reasons=reasons, rule=rule)


def _agree(
    actor: Actor,
    tender: TenderFacts,
    lot: LotFacts,
    panel: Panel,
    report: Report,
    bids: Mapping[str, OpenedBidFacts],
    now: datetime,
) -> AgreementFacts:
    more = tender.framework.supplement if tender.framework else None
    made = (
        agreement_facts(more.agreement_id)
        if more
        else agreements.create_agreement(
            actor=actor,
            **agreement_terms(tender, lot, now),
            when_signed=ENTERED_TIMER,
            law=tendering.law_of(tender.id),
        )
    )
    entrants = [
        EntrantTerms(
            supplier_id=bids[name].supplier_id,
            cap=made.cap,
            prices=rules.quoted_prices(bids[name]),
            rank=rank,
        )
        for rank, name in enumerate(admitted(report, lot.no), start=1)
    ]
    names = [one.name for one in members_of(panel)]
    call = {"ocid": tender.ocid, "project_no": tender.project_no} if more else {}
    if len(tender.lots) > 1:
        call = {"parent": tender.ocid}
    return agreements.admit(
        actor=actor,
        agreement_id=made.id,
        entrants=entrants,
        to_sign=True,
        awaited=tender.source if more else "",
        said={
            **notices.entry_said(report, names, lot.no),
            "call": call,
        },
    )
