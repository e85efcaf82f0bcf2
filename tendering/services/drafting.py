"""Draft a tender: from a plan, and what may be changed until it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.money import BadMoney, Yuan, exact
from core.transitions import follow
from disclosure.services import new_ocid
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.services import inbox
from parties.states import Condition, Kind
from planning import catalogue
from planning import services as planning
from planning.selectors import entrustment_of, law_now, plan_facts
from planning.services.entrusting import NotAnAgency
from planning.states import EntrustmentStatus, Reserve
from tendering import point_rules, rules, sme_rules
from tendering.facts import TenderFacts
from tendering.method_rules import FULL_MARKS
from tendering.methods import RUN, Invites, Quoting, UnknownMethod, method_of
from tendering.models import Admission, Criterion, Item, Lot, Tender
from tendering.selectors import tender_facts
from tendering.states import SCORED, Blind, CriterionKind, EvaluationMethod, Silence

GATHERING_SECONDS = 60 if settings.SANDBOX else 1800
"""How long opening waits for keepers unless the purchaser says otherwise; fixed in the notice."""
TIES = ("lower_quote_then_parallel",)
STACKING = ("additive", "multiplicative")
_PREFIX = {
    CriterionKind.SUBJECTIVE: "S",
    CriterionKind.OBJECTIVE: "O",
    CriterionKind.QUALIFICATION: "Q",
    CriterionKind.CONFORMITY: "C",
}
_USUAL = (
    (
        CriterionKind.QUALIFICATION,
        "具备《政府采购法》第二十二条第一款规定的条件",
        "营业执照、财务与纳税社保证明、无重大违法记录声明",
    ),
    (CriterionKind.CONFORMITY, "投标报价不超过预算金额和最高限价", "开标一览表"),
    (CriterionKind.CONFORMITY, "投标文件按规定签署并密封", "平台核验签名与密封记录"),
)


@transaction.atomic
def draft_from_plan(*, actor: Actor, plan_id: UUID, another: str = "", part: bool = False) -> TenderFacts:
    """Begin a tender from a filed plan: title, need, item, amount are the plan's, weights the law's least.

    One running tender per plan, beside those that take up a `part` of it: lots that failed. `another` is a method instead
    of the plan's, after the planned one failed.
    Raises NotFound, WrongState (a plan that is not waiting), UnknownMethod.
    """
    now = clock.now()
    plan = plan_facts(plan_id)
    if plan.org_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    if another:
        plan = replace(plan, method=another)
    method = method_of(plan.method)
    if method.code not in RUN:
        raise UnknownMethod()
    purchaser = organisation_facts(plan.org_id)
    law = law_now(plan, purchaser.budget_level, now)
    before = Tender.objects.filter(plan_id=plan_id).count()
    agreed = entrustment_of(plan_id)
    whole = plan.sme_form == Reserve.WHOLE
    by_quote = method.invites is Invites.ENTRANTS

    bounds = method.weights(law)
    tender = Tender(
        ocid=new_ocid() if before else plan.ocid,
        project_no=f"{plan.filing_no}-{before + 1}" if before else plan.filing_no,
        title=plan.title,
        title_en=plan.title_en,
        part=part,
        purchaser_id=plan.org_id,
        agency_id=agreed.agency_id if agreed and agreed.status != EntrustmentStatus.ENDED else None,
        plan_id=plan.id,
        budget_line_id=plan.budget_line_id,
        method=plan.method,
        category=plan.category,
        region=plan.region,
        budget_level=purchaser.budget_level,
        budget=plan.amount.amount,
        need=plan.need,
        two_envelopes=method.quoting is Quoting.ROUNDS,
        evaluation_method=method.evaluation[0],
        price_weight=bounds[0] * FULL_MARKS if bounds else Decimal(0),
        price_formula=method.formulas[0] if method.formulas else "",
        deductions={
            "small_micro": "0" if whole or by_quote else rules.least_deduction(law, rules.SMALL_MICRO),
            "consortium": "0" if whole or by_quote else rules.least_deduction(law, rules.CONSORTIUM),
            "domestic": "0" if by_quote else rules.least_deduction(law, rules.DOMESTIC),
            "stacking": STACKING[0],
        },
        gathering_seconds=GATHERING_SECONDS,
        sandbox=settings.SANDBOX,
        created_by=actor.label,
        created_at=now,
    )
    if not part:
        planning.start_plan(actor_label=actor.label, plan_id=plan.id, source=f"tender.{tender.pk}")
    tender.save()
    Admission.objects.create(tender=tender, evidence_asked=list(Condition), consortia=method.consortia)
    lot = Lot.objects.create(
        tender=tender, no="1", title=plan.title, title_en=plan.title_en, budget=tender.budget
    )
    item = catalogue.get(plan.item_code, plan.item_edition)
    Item.objects.create(
        lot=lot,
        no="1",
        code=item.code,
        edition=item.edition,
        name=item.name,
        spec=plan.need,
        quantity=_quantity(plan.quantity or "1"),
        unit=plan.unit or "项",
    )
    for kind, name, guide in (*_USUAL, *([sme_rules.CONDITION] if whole else [])):
        if tender.two_envelopes and any(word in name for word in rules.PRICE_WORDS):
            continue  # the price is sealed while conditions are reviewed
        Criterion.objects.create(
            tender=tender, code=_next_code(tender, kind), name=name, kind=kind, guide=guide
        )
    record(actor=actor.label, verb="draft", subject=f"tender.{tender.pk}", plan=str(plan.id))
    inbox.assign(
        key=f"tender.{tender.pk}.publish",
        title=gettext_noop("Complete and publish “%(tender)s”"),
        url=reverse("tendering:tender", args=[tender.pk]),
        org_id=plan.org_id,
        kind=Kind.PURCHASER,
        why=gettext_noop("You have begun this tender from a plan."),
        tender=tender.title,
    )
    return tender_facts(tender.pk)


@transaction.atomic
def save_basics(
    *,
    actor: Actor,
    tender_id: UUID,
    version: int,
    title: str,
    need: str,
    delivery: str,
    budget: Yuan,
    ceiling: Yuan | None = None,
    title_en: str = "",
    payment: str = "",
    wanted_due_at: datetime | None = None,
    gathering_seconds: int | None = None,
    silence: str = Silence.KEEPS,
    advance_percent: Decimal | None = None,
) -> TenderFacts:
    """Change what the notice says of the whole tender; `wanted_due_at` None means as early as the law allows.

    `advance_percent` of a contract's amount can be paid before its performance is accepted; None means nothing.

    `silence` is what becomes of a bid whose bidder neither acknowledges a material amendment nor seals again. A bid
    stays valid unless law or documents say otherwise (财政部令第87号第六十三条), so it keeps the bid when nothing is said.

    `version` is the draft's as the writer saw it. Raises WrongState, Conflict (changed in the meantime), Invalid.
    """
    tender = _draft(tender_id, version)
    if wanted_due_at is not None and wanted_due_at <= clock.now():
        raise Invalid(errors={"wanted_due_at": gettext_noop("This time has passed already.")})
    if gathering_seconds is not None and not 1 <= gathering_seconds <= 7 * 86400:
        raise Invalid(errors={"gathering_seconds": gettext_noop("Between one second and seven days.")})

    if advance_percent is not None and not 0 <= advance_percent <= rules.PERCENT:
        raise Invalid(errors={"advance_percent": gettext_noop("Between 0 and 100 percent.")})
    if silence not in list(Silence):
        raise Invalid(errors={"silence": gettext_noop("Silence keeps the bid, or it withdraws it.")})

    tender.title, tender.title_en = title, title_en
    tender.need, tender.delivery, tender.payment = need, delivery, payment
    tender.advance_percent = advance_percent or Decimal(0)
    tender.budget = budget.amount
    tender.ceiling = ceiling.amount if ceiling is not None else None
    tender.wanted_due_at, tender.silence = wanted_due_at, silence
    if gathering_seconds is not None:
        tender.gathering_seconds = gathering_seconds
    return _saved(tender, actor, "save_basics", budget=str(budget))


@transaction.atomic
def save_evaluation(
    *,
    actor: Actor,
    tender_id: UUID,
    version: int,
    evaluation_method: str,
    price_weight: Decimal,
    deductions: Mapping[str, str],
    price_formula: str = "",
    ties: str = TIES[0],
    two_envelopes: bool | None = None,
    blind: str | None = None,
) -> TenderFacts:
    """Change how bids are compared; `price_weight` in points of 100, deductions as shares such as `"0.10"`.

    An empty `price_formula` leaves the method's. `two_envelopes`: technical part and price are sealed apart, the price
    opens for those that pass; `blind`, a word of `states.Blind` or empty; None leaves either.
    Whether they are lawful the to-do list says. Raises WrongState, Conflict, Invalid (no such method or number).
    """
    tender = _draft(tender_id, version)
    errors = {}
    if evaluation_method not in list(EvaluationMethod):
        errors["evaluation_method"] = gettext_noop("There is no such evaluation method.")
    if not 0 <= price_weight <= FULL_MARKS:
        errors["price_weight"] = gettext_noop("Points lie between 0 and 100.")
    if ties not in TIES or deductions.get("stacking", STACKING[0]) not in STACKING:
        errors["ties"] = gettext_noop("There is no such rule.")
    for name in ("small_micro", "consortium", "domestic"):
        if not _is_share(deductions.get(name, "0")):
            errors[name] = gettext_noop("Give a share between 0 and 1, such as 0.10.")
    method = method_of(tender.method)
    if two_envelopes and (method.quoting != Quoting.SEALED or method.one_envelope):
        errors["envelopes"] = gettext_noop(
            "Two envelopes are for tenders with one sealed price; this method takes prices in another way."
        )
    apart = tender.two_envelopes if two_envelopes is None else two_envelopes
    if blind and (blind not in list(Blind) or not apart or method.quoting is not Quoting.SEALED):
        errors["blind"] = gettext_noop("Blind scoring needs the price in an envelope of its own.")
    if errors:
        raise Invalid(errors=errors)

    tender.evaluation_method, tender.price_weight = evaluation_method, price_weight
    tender.price_formula, tender.ties = price_formula or tender.price_formula, ties
    if method_of(tender.method).quoting is Quoting.SEALED and two_envelopes is not None:
        tender.two_envelopes = two_envelopes
    tender.blind = (tender.blind if blind is None else blind) if apart else ""
    tender.deductions = {
        **{name: str(deductions.get(name, "0")) for name in ("small_micro", "consortium", "domestic")},
        "stacking": deductions.get("stacking", STACKING[0]),
    }
    return _saved(
        tender,
        actor,
        "save_evaluation",
        method=evaluation_method,
        price_weight=f"{price_weight:f}",
        two_envelopes=tender.two_envelopes,
        blind=tender.blind,
    )


@transaction.atomic
def save_lot(
    *,
    actor: Actor,
    tender_id: UUID,
    title: str,
    budget: Yuan,
    ceiling: Yuan | None = None,
    title_en: str = "",
    no: str = "",
    reserved: bool = False,
) -> TenderFacts:
    """Add a lot, or change lot `no`; `reserved` keeps it for small and medium-sized enterprises. Raises WrongState, NotFound."""
    tender = _draft(tender_id)
    lot = _lot(tender, no) if no else Lot(tender=tender, no=_next_no(tender.lots.all()))
    lot.title, lot.title_en, lot.budget = title, title_en, budget.amount
    lot.ceiling = ceiling.amount if ceiling is not None else None
    lot.reserved = reserved
    lot.save()
    return _saved(tender, actor, "save_lot", lot=lot.no)


@transaction.atomic
def remove_lot(*, actor: Actor, tender_id: UUID, no: str) -> TenderFacts:
    """Remove a lot with its items. Raises WrongState, NotFound."""
    tender = _draft(tender_id)
    _lot(tender, no).delete()
    return _saved(tender, actor, "remove_lot", lot=no)


@transaction.atomic
def save_item(
    *,
    actor: Actor,
    tender_id: UUID,
    lot_no: str,
    item_key: str,
    name: str,
    spec: str,
    quantity: str,
    unit: str,
    no: str = "",
) -> TenderFacts:
    """Add an item to a lot, or change item `no` of it; `item_key` is `edition:code` of the catalogue.

    Raises WrongState, NotFound, UnknownItemCode, Invalid.
    """
    tender = _draft(tender_id)
    lot = _lot(tender, lot_no)
    entry = catalogue.parse_key(item_key)
    if not name.strip() or not spec.strip() or not unit.strip():
        raise Invalid(errors={"spec": gettext_noop("Name, specification and unit are needed.")})
    item = _item(lot, no) if no else Item(lot=lot, no=_next_no(lot.items.all()))
    item.code, item.edition, item.name = entry.code, entry.edition, name
    item.spec, item.quantity, item.unit = spec, _quantity(quantity), unit
    item.save()
    return _saved(tender, actor, "save_item", lot=lot_no, item=item.no)


@transaction.atomic
def remove_item(*, actor: Actor, tender_id: UUID, lot_no: str, no: str) -> TenderFacts:
    """Remove an item of a lot. Raises WrongState, NotFound."""
    tender = _draft(tender_id)
    _item(_lot(tender, lot_no), no).delete()
    return _saved(tender, actor, "remove_item", lot=lot_no, item=no)


@transaction.atomic
def save_criterion(
    *,
    actor: Actor,
    tender_id: UUID,
    name: str,
    kind: str,
    max: Decimal = Decimal(0),
    guide: str = "",
    code: str = "",
) -> TenderFacts:
    """Add a criterion, or change the one called `code`. Raises WrongState, NotFound, Invalid."""
    tender = _draft(tender_id)
    if code and _criterion(tender, code).rule is not None:
        raise Conflict(
            gettext_noop("This criterion is scored by a rule: change the rule, or remove the criterion.")
        )
    if kind not in list(CriterionKind):
        raise Invalid(errors={"kind": gettext_noop("There is no such kind of criterion.")})
    if not name.strip():
        raise Invalid(errors={"name": gettext_noop("Give the criterion a name.")})
    if not 0 <= max <= FULL_MARKS:
        raise Invalid(errors={"max": gettext_noop("Points lie between 0 and 100.")})
    row = _criterion(tender, code) if code else Criterion(tender=tender, code=_next_code(tender, kind))
    row.name, row.kind, row.guide = name, kind, guide
    row.max = max if kind in SCORED else Decimal(0)
    row.save()
    return _saved(tender, actor, "save_criterion", criterion=row.code)


@transaction.atomic
def save_rule(*, actor: Actor, tender_id: UUID, name: str, code: str = "", **said: Any) -> TenderFacts:
    """Add an objective criterion whose points follow from a fact that bidders state, or set the rule of the one called `code`.

    `said`: as `point_rules.made` takes it. The highest score and the words of the document follow from the rule.
    Raises WrongState, NotFound, Invalid.   Source: 财政部令第87号第五十五条.
    """
    tender = _draft(tender_id)
    rule = point_rules.made(**said)
    kind = CriterionKind.OBJECTIVE
    row = (
        _criterion(tender, code)
        if code
        else Criterion(tender=tender, code=_next_code(tender, kind), kind=kind)
    )
    if row.kind != kind:
        raise NotFound()
    if not name.strip():
        raise Invalid(errors={"name": gettext_noop("Give the criterion a name.")})
    row.name, row.rule = name.strip(), rule
    row.max, row.guide = point_rules.highest(rule), point_rules.text(rule)
    row.save()
    return _saved(tender, actor, "save_rule", criterion=row.code, points=f"{row.max:f}")


@transaction.atomic
def remove_criterion(*, actor: Actor, tender_id: UUID, code: str) -> TenderFacts:
    """Remove a criterion. Raises WrongState, NotFound."""
    tender = _draft(tender_id)
    _criterion(tender, code).delete()
    return _saved(tender, actor, "remove_criterion", criterion=code)


@transaction.atomic
def entrust(*, actor: Actor, tender_id: UUID, agency_id: UUID | None) -> TenderFacts:
    """Entrust an agency with the procedure, or take it back (None). The purchaser approves what it publishes.

    It acts under an agreement that both sides sign (`planning.services.entrusting`); without one nothing is published.
    Raises WrongState, NotAnAgency.   Source: 《政府采购法》第十九条, 第二十条.
    """
    tender = _draft(tender_id)
    if agency_id is not None:
        agency = organisation_facts(agency_id)
        if Kind.AGENCY not in agency.kinds or agency.id == tender.purchaser_id:
            raise NotAnAgency(rule="L-31")
    tender.agency_id = agency_id
    facts = _saved(tender, actor, "entrust", agency=str(agency_id or ""))
    if agency_id is not None:
        inbox.assign(
            key=f"tender.{tender.pk}.entrusted.{agency_id}",
            title=gettext_noop("You are entrusted with “%(tender)s”"),
            url=reverse("tendering:tender", args=[tender.pk]),
            org_id=agency_id,
            kind=Kind.AGENCY,
            why=gettext_noop("%(purchaser)s has chosen you as its agency."),
            tender=tender.title,
            purchaser=facts.purchaser_name,
        )
    return facts


def _draft(tender_id: UUID, version: int | None = None) -> Tender:
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    if version is not None and tender.version != version:
        raise Conflict(gettext_noop("Somebody else has changed this draft. Look at it again, then save."))
    return tender


def _saved(tender: Tender, actor: Actor, verb: str, **facts: Any) -> TenderFacts:
    tender.version += 1
    tender.save()
    record(
        actor=actor.label,
        verb=verb,
        subject=f"tender.{tender.pk}",
        rule="T-01",
        version=tender.version,
        **facts,
    )
    return tender_facts(tender.pk)


def _lot(tender: Tender, no: str) -> Lot:
    lot = tender.lots.filter(no=no).first()
    if lot is None:
        raise NotFound()
    return lot


def _item(lot: Lot, no: str) -> Item:
    item = lot.items.filter(no=no).first()
    if item is None:
        raise NotFound()
    return item


def _criterion(tender: Tender, code: str) -> Criterion:
    row = tender.criteria.filter(code=code).first()
    if row is None:
        raise NotFound()
    return row


def _next_no(rows: Any) -> str:
    return str(max((int(row.no) for row in rows), default=0) + 1)


def _next_code(tender: Tender, kind: str) -> str:
    prefix = _PREFIX[CriterionKind(kind)]
    used = [row.code for row in tender.criteria.all() if row.code.startswith(prefix)]
    return f"{prefix}{max((int(code[1:]) for code in used), default=0) + 1}"


def _quantity(text: str) -> Decimal:
    try:
        number = exact(text)
    except BadMoney:
        number = Decimal(0)
    if number <= 0 or int(number.as_tuple().exponent) < -6:
        raise Invalid(
            errors={"quantity": gettext_noop("Give a quantity above zero, at most six decimal places.")}
        )
    return number


def _is_share(text: str) -> bool:
    try:
        return 0 <= exact(text) <= 1
    except BadMoney:
        return False
