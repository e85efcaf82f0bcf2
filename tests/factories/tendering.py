"""Budgets, plans and tenders in the states that tests start from: every one is reached by calling services."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from config.softkey import SoftKey
from core import clock
from core.ledger.note import Signer
from core.money import Yuan
from core.workdays import beijing_date
from parties.access import CLOCK, Actor
from parties.services import passkeys, signing
from planning import services as planning
from planning.facts import BudgetFacts, EntrustmentFacts, PlanFacts
from planning.services import entrusting
from planning.states import SCOPES
from tendering import services as tendering
from tendering.facts import TenderFacts
from tendering.selectors import tender_facts
from tendering.services import documents, drafting, progress, publishing
from tendering.states import BY_SCORE
from tests.scenes import scene

_serial = itertools.count(1)
LAPTOPS = "2022:A02010108"


def keepers(count: int = 3) -> list[dict[str, Any]]:
    """Write a keepers file with real keys, whose secrets nobody keeps; enough to publish, not to open."""
    from bidding.sealing.age.recipients import HybridIdentity

    rows = [
        {
            "id": f"K{n}",
            "recipient": str(HybridIdentity(bytes([n]) * 32).recipient()),
            "vkey": Signer(f"keeper-{n}.example", bytes([100 + n]) * 32).verifier.vkey,
            "url": f"http://127.0.0.1:{8100 + n}",
            "key_version": 1,
        }
        for n in range(1, count + 1)
    ]
    settings.KEEPERS_FILE.parent.mkdir(parents=True, exist_ok=True)
    settings.KEEPERS_FILE.write_text(json.dumps(rows))
    return rows


def budget_line(
    actor: Actor, amount: str = "1200000.00", category: str = "goods", **over: Any
) -> BudgetFacts:
    facts = {
        "code": f"B{next(_serial):05d}",
        "name": "教学设备购置",
        "fiscal_year": beijing_date(clock.now()).year,
    }
    return planning.create_budget_line(
        actor=actor, org_id=actor.org_id, category=category, amount=Yuan(amount), **{**facts, **over}
    )


def plan(actor: Actor, amount: str = "1200000.00", line: BudgetFacts | None = None, **over: Any) -> PlanFacts:
    line = line or budget_line(actor, amount)
    facts: dict[str, Any] = {
        "title": "教学用笔记本电脑采购",
        "title_en": "Laptops for teaching",
        "need": "教学用笔记本电脑 200 台，三年上门保修。",
        "item_key": LAPTOPS,
        "quantity": "200",
        "unit": "台",
        "expected_on": beijing_date(clock.now()) + timedelta(days=45),
    }
    return planning.file_plan(actor=actor, budget_line_id=line.id, amount=Yuan(amount), **{**facts, **over})


def draft(actor: Actor, filed: PlanFacts | None = None) -> TenderFacts:
    """A draft as it comes out of a plan: much is still to do."""
    return tendering.draft_from_plan(actor=actor, plan_id=(filed or plan(actor)).id)


def complete_draft(
    actor: Actor, filed: PlanFacts | None = None, two_envelopes: bool = False, **basics: Any
) -> TenderFacts:
    """A draft with nothing left to do: keepers, delivery, scored criteria, a document."""
    if filed or basics:
        return _complete_draft(actor, filed, two_envelopes, **basics)
    return scene(
        ("complete draft", actor, two_envelopes), lambda: _complete_draft(actor, None, two_envelopes)
    )


def _complete_draft(actor: Actor, filed: PlanFacts | None, two_envelopes: bool, **basics: Any) -> TenderFacts:
    if not settings.KEEPERS_FILE.exists():
        keepers()
    tender = draft(actor, filed)
    given = {
        "title": tender.title,
        "title_en": tender.title_en,
        "need": tender.need,
        "delivery": "合同签订后 30 日内送达学校并安装调试。",
        "payment": "验收合格后支付。",
        "budget": tender.budget,
        "ceiling": Yuan(tender.budget.amount - 50000),
        **basics,
    }
    drafting.save_basics(actor=actor, tender_id=tender.id, version=tender.version, **given)
    scored = (("技术方案", "subjective", 50), ("售后服务", "objective", 20))
    for name, kind, points in scored if tender.evaluation_method in BY_SCORE else ():
        drafting.save_criterion(
            actor=actor,
            tender_id=tender.id,
            name=name,
            kind=kind,
            max=Decimal(points),
            guide="满足全部要求得满分，每缺一项扣 5 分。",
        )
    if two_envelopes:
        now = tender_facts(tender.id)
        drafting.save_evaluation(
            actor=actor,
            tender_id=tender.id,
            version=now.version,
            evaluation_method=now.evaluation_method,
            price_weight=now.price_weight,
            deductions=now.deductions,
            two_envelopes=True,
        )
    return documents.add_document(
        actor=actor, tender_id=tender.id, file=SimpleUploadedFile("招标文件.pdf", b"%PDF-1.7 example")
    )


def published(
    actor: Actor, filed: PlanFacts | None = None, agency: Actor | None = None, **basics: Any
) -> TenderFacts:
    """A tender that accepts bids, sealed to keepers that count as independent whatever the settings say.

    Entrusted to `agency`, if one is given: the purchaser approves what it drafted.
    """
    if filed or basics:
        return _published(actor, filed, agency, **basics)
    return scene(("published", actor, agency), lambda: _published(actor, None, agency))


def _published(actor: Actor, filed: PlanFacts | None, agency: Actor | None, **basics: Any) -> TenderFacts:
    tender = complete_draft(actor, filed, **basics)
    if agency is not None:
        drafted = entrusted(actor, tender, agency)
        publishing.approve(actor=actor, tender_id=tender.id, version=drafted.version)
    with override_settings(INDEPENDENT_KEEPERS=True, KEEPERS_NEEDED=2):
        return tendering.publish(actor=actor, tender_id=tender.id)


def entrusted(actor: Actor, tender: TenderFacts, agency: Actor, **terms: Any) -> TenderFacts:
    """A draft whose agency acts under an agreement that both sides have signed, each with a passkey."""
    said: dict[str, Any] = {
        "scope": list(SCOPES),
        "authority": "按委托范围办理，重大事项书面报采购人同意。",
        "ends_on": beijing_date(clock.now()) + timedelta(days=365),
        **terms,
    }
    agreed = entrusting.offer(actor=actor, plan_id=tender.plan_id, agency_id=agency.org_id, **said)
    for side in (actor, agency):
        sign_entrustment(side, agreed)
    return drafting.entrust(actor=actor, tender_id=tender.id, agency_id=agency.org_id)


def sign_entrustment(side: Actor, agreed: EntrustmentFacts) -> EntrustmentFacts:
    """Sign an agreement for a side, as a browser would: challenge, touch, verb."""
    key = SoftKey(settings.RP_ID, settings.PASSKEY_ORIGINS[0])
    passkeys.add(side.user_id, "test", key.create(passkeys.creation_options(side.user_id)))
    options = signing.begin(side.user_id, bytes.fromhex(agreed.terms_hash), entrusting.purpose_of(agreed.id))
    return entrusting.sign(actor=side, plan_id=agreed.plan_id, credential=key.get(options))


REACH = {
    "closed": (progress.close,),
    "opened": (progress.close, progress.mark_opened),
    "evaluated": (progress.close, progress.mark_opened, progress.mark_evaluated),
    "awarded": (progress.close, progress.mark_opened, progress.mark_evaluated, progress.mark_awarded),
    "contracted": (
        progress.close,
        progress.mark_opened,
        progress.mark_evaluated,
        progress.mark_awarded,
        progress.mark_contracted,
    ),
}


def tender(actor: Actor, status: str, at: Any = None) -> TenderFacts:
    """A tender in any state; `at` moves the clock past the deadline, which later states need."""
    if status == "draft":
        return complete_draft(actor)
    begun = published(actor)
    if status == "cancelled":
        return progress.cancel(tender_id=begun.id, actor=actor, reason="采购任务取消")
    if status == "failed":
        at(begun.bids_due_at)
        progress.close(tender_id=begun.id, actor=CLOCK)
        return progress.fail(tender_id=begun.id, actor=CLOCK, reason="有效投标不足三家")
    if status in REACH:
        at(begun.bids_due_at)
        for verb in REACH[status]:
            verb(tender_id=begun.id, actor=CLOCK)
    return tender_facts(begun.id)
