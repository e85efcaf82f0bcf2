"""Publish a tender: the notice, the law it stands under, the sealing policy, the deadline's timer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from contracting.selectors import agreement_facts
from core import clock
from core.audit.services import record
from core.errors import Conflict, Forbidden, NotFound, Refused, WrongState, gettext_noop
from core.law.book import Law
from core.money import Yuan
from core.timers import services as timers
from core.transitions import follow
from disclosure.content import plain
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.services import inbox
from parties.states import Kind
from planning.selectors import alike, entrustment_of, law_now, plan_facts, requirement_of, responsible
from realtime.services import push
from tendering import emergencies, failed_lots, first_notices, invitation, notices, rules
from tendering.admission import is_anybody_invited
from tendering.facts import TenderFacts
from tendering.framework_rules import ends_at
from tendering.issues import Issue, Surroundings
from tendering.methods import Invites, method_of
from tendering.models import Tender
from tendering.selectors import facts_of, law_of, tender_facts
from tendering.services import policy
from tendering.states import TenderStatus
from tendering.supplement import first_call

CLOSE_TIMER = "bidding.close"


class NotReady(Refused):
    """Something stands between the draft and its publication; `issues` are the codes of the to-do list."""

    code = "not-ready"
    title = gettext_noop("The tender is not ready to be published")
    status = 422


class PurchaserApproves(Forbidden):
    """Only the purchaser approves what its agency has drafted."""

    code = "purchaser-approves"
    title = gettext_noop("Only the purchaser can approve this")


def _share_of(tender: TenderFacts, whole: Yuan) -> Yuan:
    """Give what of its plan a tender may spend: all of it, or the budgets of the failed lots that it takes up."""
    if not tender.part:
        return whole
    return failed_lots.taken_by(tender.id)


def readiness(tender: TenderFacts, actor: Actor, now: datetime) -> tuple[list[Issue], Law]:
    """Give what is still to do before `actor` may publish, and the law that says so."""
    level = tender.budget_level or organisation_facts(tender.purchaser_id).budget_level
    law = law_now(tender, level, now)
    plan = plan_facts(tender.plan_id)
    around = Surroundings(
        now=now,
        plan_amount=_share_of(tender, plan.amount),
        intention_at=plan.intention_at,
        intention_excused=bool(plan.intention_exemption),
        entrustment=entrustment_of(tender.plan_id) if tender.agency_id else None,
        plan=plan,
        alike=alike(plan),
        **_agreed(tender),
        requirement=requirement_of(plan.id),
        agency_asks=actor.org_id == tender.agency_id,
        wanted_due_at=tender.wanted_due_at,
        keepers=len(policy.configured_keepers()),
        keepers_needed=settings.KEEPERS_NEEDED,
        keepers_may_serve=policy.keepers_may_serve(),
        approved=tender.approved or actor.org_id == tender.purchaser_id,
    )
    return rules.issues_before_publish(tender, law, around), law


def _agreed(tender: TenderFacts) -> dict[str, Any]:
    """Give the agreement that a draft orders under or supplements, and the call that a supplementary one follows."""
    about = tender.competition or (tender.framework.supplement if tender.framework else None)
    if about is None:
        return {}
    agreement = agreement_facts(about.agreement_id)
    first = first_call(agreement) if tender.framework else None
    return {"agreement": agreement, "first_call": tender_facts(first) if first else None}


def begin_under_law(tender: Tender, actor: Actor, now: datetime) -> Law:
    """Pin the law of today to a locked draft that has nothing left to do; the caller saves. Raises NotReady."""
    issues, law = readiness(tender_facts(tender.pk), actor, now)
    stops = rules.blocking(issues)
    if stops:
        raise NotReady(
            gettext_noop("Before publishing: %(count)s things are still to do."),
            rule=stops[0].rule,
            count=len(stops),
            issues=[issue.code for issue in stops],
        )
    tender.budget_level = law.level or ""
    tender.law_as_of, tender.law_digest, tender.law_snapshot = law.as_of, law.digest, law.snapshot()
    tender.sandbox = settings.SANDBOX
    return law


def law_in_force(tender: TenderFacts) -> Law:
    """Give the law that the procedure was begun under, or today's where it never began."""
    if tender.law_as_of is not None:
        return law_of(tender.id)
    return law_now(tender, tender.budget_level, clock.now())


def deadlines(tender: TenderFacts, law: Law, now: datetime) -> dict[str, datetime]:
    """Give the times that a notice published now would name: bids due, opening, documents until.

    Bids are due when the purchaser wants, else as early as the law allows; they open at the same instant, and
    documents stay on offer until then. Raises UnknownYear.   Source: 财政部令第87号第三十九条.
    """
    method = method_of(tender.method)
    earliest = whole_seconds(rules.earliest_due(law, method.bid_time, now))
    due = tender.wanted_due_at or earliest
    if tender.closed_circle:  # the document is issued later than the draft was judged
        due = max(due, earliest)
    return {"bids_due_at": due, "opens_at": due, "documents_until": due}


def preview(tender: TenderFacts, actor: Actor) -> list[dict[str, Any]]:
    """Give the sections of the notice as it would be published now, in the form in which they are stored."""
    now = clock.now()
    _, law = readiness(tender, actor, now)
    method = method_of(tender.method)
    if tender.closed_circle and method.invites is not Invites.ENTRANTS:
        wanted = law.count("L-08.invited_min") if method.invites is Invites.DRAWN else 0
        draw = (
            first_notices.Draw(wanted, law.count("T-04.invite_pool_factor") * wanted, "—") if wanted else None
        )
        due_at = rules.earliest_due(law, first_notices.SUBMIT, now)
        payload = first_notices.prequalification(tender, law, due_at=due_at, draw=draw)
        first: list[dict[str, Any]] = plain(payload["sections"], typed=True)
        return first
    if method.invites is Invites.ANYTIME:
        if tender.framework is None:
            return []
        until = ends_at(now, tender.framework.months)
        open_call: list[dict[str, Any]] = plain(
            invitation.sections(tender, law, until=until, address=""), typed=True
        )
        return open_call
    if method.invites is Invites.NAMED:
        if tender.sole is None:
            return []
        if tender.emergency is not None:
            later: list[dict[str, Any]] = plain(emergencies.sections(tender), typed=True)
            return later
        payload = first_notices.single_source(tender, law, until=law.end_of(method.notice_time, now).ends_at)
        named: list[dict[str, Any]] = plain(payload["sections"], typed=True)
        return named
    row = Tender.objects.get(pk=tender.id)
    for name, value in deadlines(tender, law, now).items():
        setattr(row, name, value)
    sections = notices.notice_sections(facts_of(row), law, _keepers(), settings.KEEPERS_NEEDED)
    shown: list[dict[str, Any]] = plain(sections, typed=True)
    return shown


@transaction.atomic
def submit_for_approval(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Ask the purchaser to approve the agency's draft as it stands. Raises WrongState, NotFound."""
    tender = lock(tender_id)
    follow(method_of(tender.method).steps, tender.status, "edit")
    record(
        actor=actor.label,
        verb="submit_for_approval",
        subject=f"tender.{tender.pk}",
        rule="S002-24",
        version=tender.version,
    )
    inbox.assign(
        key=f"tender.{tender.pk}.approve.{tender.version}",
        title=gettext_noop("Approve the draft of “%(tender)s”"),
        url=reverse("tendering:tender", args=[tender.pk]),
        org_id=tender.purchaser_id,
        kind=Kind.PURCHASER,
        why=gettext_noop("Your agency has finished it; you answer for what is published."),
        tender=tender.title,
    )
    return tender_facts(tender.pk)


@transaction.atomic
def approve(*, actor: Actor, tender_id: UUID, version: int) -> TenderFacts:
    """Approve version `version` of the agency's draft; any later change needs approval again.

    Raises WrongState, PurchaserApproves, Conflict (changed since it was read).   Source: 财库〔2017〕86号.
    """
    tender = lock(tender_id)
    follow(method_of(tender.method).steps, tender.status, "edit")
    if actor.org_id != tender.purchaser_id:
        raise PurchaserApproves(rule="S002-24")
    if tender.version != version:
        raise Conflict(
            gettext_noop("The draft was changed since you read it. Read it again before approving.")
        )

    tender.approved_version, tender.approved_by = version, actor.label
    tender.save(update_fields=["approved_version", "approved_by"])
    record(
        actor=actor.label,
        verb="approve",
        subject=f"tender.{tender.pk}",
        rule="S002-24",
        version=tender.version,
    )
    inbox.finish_all(f"tender.{tender.pk}.approve.")
    if tender.agency_id is not None:
        item = rules.first_item(tender_facts(tender.pk))
        by_agency = responsible(entrustment_of(tender.plan_id))[item] == Kind.AGENCY
        inbox.assign(
            key=f"tender.{tender.pk}.approved.{version}",
            title=gettext_noop("“%(tender)s” is approved and can be published"),
            url=reverse("tendering:tender", args=[tender.pk]),
            org_id=tender.agency_id if by_agency else tender.purchaser_id,
            kind=Kind.AGENCY if by_agency else Kind.PURCHASER,
            why=gettext_noop("The agreement says that you publish it."),
            tender=tender.title,
        )
    return tender_facts(tender.pk)


@transaction.atomic
def publish(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Publish the procurement notice (招标公告): from now on the law of today holds and bids are accepted.

    Pins the law, publishes the notice with its open data, appends the sealing policy of every lot to the log and
    schedules the close. Nothing of it happens when one of them is refused. Raises WrongState, NotFound, NotReady.
    Source: 《政府采购法》第三十五条; 财政部令第87号第十三条.
    """
    now = clock.now()
    tender = lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "publish")
    if facts_of(tender).prequalified and not is_anybody_invited(tender_id):
        raise WrongState(gettext_noop("Suppliers are prequalified first: publish the call for applications."))
    law = law_of(tender_id) if tender.law_as_of is not None else begin_under_law(tender, actor, now)

    for name, value in deadlines(tender_facts(tender_id), law, now).items():
        setattr(tender, name, value)
    tender.published_at = now
    notice = publish_notice(
        actor=actor, **notices.procurement(facts_of(tender), law, _keepers(), settings.KEEPERS_NEEDED)
    )
    tender.notice_id, tender.notice_hash, tender.notice_version = notice.id, notice.hash, notice.version
    tender.status = TenderStatus(step.target)
    tender.save()
    due_at = _due(tender)
    timers.schedule(verb=CLOSE_TIMER, subject=f"tender.{tender.pk}", due_at=due_at)
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        notice=str(notice.id),
        law_as_of=law.as_of.isoformat(),
        law_digest=law.digest,
        bids_due_at=policy.instant(due_at),
    )
    _tell_of_publication(tender)
    push(f"tender.{tender.pk}", "tender.published", notice=str(notice.id), bids_due_at=policy.instant(due_at))
    policy.append_versions(tender)
    return tender_facts(tender.pk)


def _tell_of_publication(tender: Tender) -> None:
    inbox.finish_all(f"tender.{tender.pk}.")
    desks = [(tender.purchaser_id, Kind.PURCHASER), (tender.agency_id, Kind.AGENCY)]
    for org_id, kind in desks:
        if org_id is not None:
            inbox.tell(
                key=f"tender.{tender.pk}.published.{kind}",
                title=gettext_noop("“%(tender)s” is published; bids open when the deadline has passed"),
                url=reverse("tendering:tender", args=[tender.pk]),
                org_id=org_id,
                kind=kind,
                due_at=tender.bids_due_at,
                tender=tender.title,
            )


def _keepers() -> list[dict[str, Any]]:
    """Give the keepers as the notice prints them: with what people compare."""
    return [
        {**keeper, "fingerprint": _grouped(policy.fingerprint(keeper).hex()[:20])}
        for keeper in policy.configured_keepers()
    ]


def _grouped(digits: str) -> str:
    return " ".join(digits[n : n + 4] for n in range(0, len(digits), 4))


def whole_seconds(instant: datetime) -> datetime:
    """Give the next whole second: periods of the sandbox end within one."""
    return instant if not instant.microsecond else instant.replace(microsecond=0) + timedelta(seconds=1)


def _due(tender: Tender) -> datetime:
    if tender.bids_due_at is None:
        raise ValueError("a published tender has a deadline")
    return tender.bids_due_at


def lock(tender_id: UUID) -> Tender:
    """Give a tender's row, locked until the end of the transaction. Raises NotFound."""
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    return tender
