"""Open tender with prequalification (资格预审): suppliers apply, everybody who qualifies is invited, nobody is drawn.

Source: 《政府采购法实施条例》第二十一条; 财政部令第87号第十三条, 第十六条, 第四十三条.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Refused, WrongState, gettext_noop
from core.transitions import follow
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import first_notices, rules
from tendering.facts import ApplicationFacts, TenderFacts
from tendering.methods import method_of
from tendering.models import Application, Prequalification, Tender
from tendering.selectors import applications_of, call_of, facts_of, law_of, tender_facts
from tendering.services import applicants, progress, rescuing
from tendering.services.holds import refuse_if_held
from tendering.services.publishing import begin_under_law, lock, publish, whole_seconds
from tendering.states import APPLICATION_STEPS, ApplicationStatus, TenderStatus

SUBMIT, LEAST = "L-12.prequal_submit_min", "L-14.min_bidders"


class TooFewQualified(Refused):
    """Fewer suppliers qualified than may bid: the tender is begun anew."""

    code = "too-few-qualified"
    title = gettext_noop("Too few suppliers are qualified")


class EnoughQualified(Refused):
    """The procedure has not failed: enough suppliers qualified, or applications are not reviewed yet."""

    code = "enough-qualified"
    title = gettext_noop("This call has not failed")


@transaction.atomic
def call(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Publish the prequalification notice of an open tender: the law of today holds, and every supplier may apply.

    Applications are taken for the law's working days from the notice. Raises WrongState, NotFound, NotReady.
    """
    now = clock.now()
    tender = lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "call")
    if not facts_of(tender).prequalified:
        raise WrongState(gettext_noop("This draft does not ask for a prequalification."))
    law = begin_under_law(tender, actor, now)
    due_at = whole_seconds(rules.earliest_due(law, SUBMIT, now))
    facts = facts_of(tender)
    notice = publish_notice(actor=actor, **first_notices.prequalification(facts, law, due_at=due_at))
    tender.notice_id, tender.notice_hash, tender.notice_version = notice.id, notice.hash, notice.version
    tender.status = TenderStatus(step.target)
    tender.save()
    Prequalification.objects.create(
        tender=tender, wanted=0, called_at=now, due_at=due_at, notice_id=notice.id, seed="", commitment=""
    )
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        notice=str(notice.id),
        law_digest=law.digest,
        due=due_at.isoformat(),
    )
    inbox.finish_all(f"tender.{tender.pk}.")
    inbox.assign(
        key=f"tender.{tender.pk}.review",
        title=gettext_noop("Review the applications for “%(tender)s”"),
        url=reverse("tendering:applications", args=[tender.pk]),
        org_id=tender.host_id,
        kind=tender.host_kind,
        due_at=due_at,
        rule=SUBMIT,
        tender=tender.title,
    )
    push(f"tender.{tender.pk}", "tender.called", notice=str(notice.id))
    return tender_facts(tender.pk)


@transaction.atomic
def issue(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Issue the document to everybody who qualified (投标邀请书), and tell the others why they are not invited.

    Bids are due no earlier than the law's time from now on. Raises NotFound, WrongState (applications not reviewed, or
    still taken), ApplicantBarred, TooFewQualified, Held, and what `publishing.publish` raises.
    """
    tender = lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "publish")
    refuse_if_held(tender_id)
    qualified = _reviewed(tender)
    applicants.none_barred(tender_id)
    least = law_of(tender_id).count(LEAST)
    if len(qualified) < least:
        raise TooFewQualified(
            gettext_noop("%(needed)s qualified suppliers are needed; there are %(found)s: tender again."),
            rule=LEAST,
            needed=least,
            found=len(qualified),
        )
    for row in Application.objects.select_for_update().filter(pk__in=[one.id for one in qualified]):
        row.status = ApplicationStatus(follow(APPLICATION_STEPS, row.status, "invite").target)
        row.save(update_fields=["status"])
    record(
        actor=actor.label,
        verb="invite_qualified",
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        invited=sorted(one.credit_code for one in qualified),
    )
    issued = publish(actor=actor, tender_id=tender_id)
    tell_applicants(issued)
    return issued


def fail_call(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Declare an open tender failed for which too few suppliers qualified; it is tendered again.

    What an outage took from the time for applications is given back first. Raises NotFound, WrongState, EnoughQualified.
    Source: 《政府采购法》第三十六条、第三十七条.
    """
    rescuing.before_close(tender_id)
    return _fail(actor, tender_id)


@transaction.atomic
def _fail(actor: Actor, tender_id: UUID) -> TenderFacts:
    tender = lock(tender_id)
    follow(method_of(tender.method).steps, tender.status, "fail")
    if len(_reviewed(tender)) >= law_of(tender_id).count(LEAST):
        raise EnoughQualified(rule=LEAST)
    reason = gettext_noop("Fewer suppliers than the law requires passed the prequalification.")
    ended = progress.fail(tender_id=tender_id, actor=actor, reason=reason)
    for row in applications_of(tender_id):
        inbox.tell(
            key=f"application.{row.id}.answer",
            org_id=row.supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("“%(tender)s” has failed: too few suppliers qualified"),
            why=row.reason,
            url=reverse("tendering:apply", args=[tender_id]),
            rule=LEAST,
            tender=ended.title,
        )
    return ended


def tell_applicants(tender: TenderFacts) -> None:
    """Tell every applicant whether it is invited to bid, and why not."""
    for row in applications_of(tender.id):
        invited = row.status == ApplicationStatus.INVITED
        inbox.tell(
            key=f"application.{row.id}.answer",
            org_id=row.supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("You are invited to bid for “%(tender)s”")
            if invited
            else gettext_noop("You were not drawn, or are not qualified, for “%(tender)s”"),
            why=row.reason,
            url=f"/tenders/{tender.id}/bid/" if invited else reverse("tendering:apply", args=[tender.id]),
            due_at=tender.bids_due_at if invited else None,
            rule="L-12" if tender.prequalified else "L-08",
            tender=tender.title,
        )


def _reviewed(tender: Tender) -> list[ApplicationFacts]:
    """Give those who qualified, once the time is over and every application is reviewed. Raises WrongState."""
    called, rows = call_of(tender.pk), applications_of(tender.pk)
    over = called is not None and clock.stamp() >= called.due_at and tender.status == TenderStatus.APPLYING
    if not over or any(row.status == ApplicationStatus.APPLIED for row in rows):
        raise WrongState(gettext_noop("Review every application first."))
    return [row for row in rows if row.status == ApplicationStatus.QUALIFIED]
