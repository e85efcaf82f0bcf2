"""Single source (单一来源): state the supplier and why, announce it, hear objections, then negotiate.

Source: 《政府采购法》第三十一条, 第三十九条; 《实施条例》第三十八条; 财政部令第74号第三十八条至第四十条.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, Refused, WrongState, gettext_noop
from core.transitions import follow
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.selectors import organisation_facts, standing
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import first_notices
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.models import Objection, SoleSource, Tender
from tendering.selectors import facts_of, law_of, tender_facts
from tendering.services import progress
from tendering.services.holds import refuse_if_held
from tendering.services.publishing import begin_under_law, lock
from tendering.states import Ground, TenderStatus

NOTICE = "L-18.single_source_notice_min"
REVIEW = "N-10.objection_review"
PARTS = ("name", "unit", "title", "opinion")
UPHELD = gettext_noop("An objection to the single source was upheld; another method is to be used.")


class NoticeStands(Refused):
    """Before the notice has stood for its time nothing is negotiated, and objections are not yet answered."""

    code = "notice-stands"
    title = gettext_noop("The notice has not stood for its time yet")


class NoticeOver(Refused):
    """Objections are taken while the notice stands."""

    code = "notice-over"
    title = gettext_noop("The time for objections has ended")


@transaction.atomic
def state_source(
    *,
    actor: Actor,
    tender_id: UUID,
    supplier_id: str,
    ground: str,
    reason: str,
    opinions: Sequence[Mapping[str, str]],
) -> TenderFacts:
    """State in the draft the one supplier, the ground, the reason, and what professionals say (name, unit, title, opinion).

    Raises WrongState, NotFound, Invalid (no verified supplier, a sanction in force, an opinion without its author).
    """
    tender = _sole_tender(tender_id)
    follow(method_of(tender.method).steps, tender.status, "edit")
    errors = {}
    supplier = organisation_facts(UUID(supplier_id))
    if Kind.SUPPLIER not in supplier.kinds or supplier.id in (tender.purchaser_id, tender.agency_id):
        errors["supplier_id"] = gettext_noop("Choose a registered supplier.")
    elif standing(supplier.credit_code, clock.now()):
        errors["supplier_id"] = gettext_noop("A sanction in force excludes this supplier")
    if ground not in list(Ground):
        errors["ground"] = gettext_noop("There is no such ground.")
    if not reason.strip():
        errors["reason"] = gettext_noop("Say why.")
    rows = [{name: row.get(name, "").strip() for name in PARTS} for row in opinions]
    for n, row in enumerate(rows, start=1):
        for name in PARTS:
            if not row[name]:
                errors[f"{name}_{n}"] = gettext_noop(
                    "An opinion needs the name, unit and title of who gives it."
                )
    if errors:
        raise Invalid(errors=errors)

    SoleSource.objects.update_or_create(
        tender=tender,
        defaults={
            "supplier_id": supplier.id,
            "ground": ground,
            "reason": reason.strip(),
            "opinions": rows,
        },
    )
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="state_source",
        subject=f"tender.{tender.pk}",
        rule="N-09",
        supplier=supplier.name,
        ground=ground,
        opinions=len(rows),
    )
    return tender_facts(tender.pk)


@transaction.atomic
def announce(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Publish the single-source notice (单一来源公示); the law of today holds, and anybody may object while it stands.

    Raises WrongState, NotFound, NotReady.
    """
    now = clock.now()
    tender = _sole_tender(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "announce")
    law = begin_under_law(tender, actor, now)
    source = SoleSource.objects.select_for_update().get(tender=tender)
    stands = law.end_of(NOTICE, now)
    source.objections_until = stands.ends_at
    source.review_due_at = law.end_of(
        REVIEW, stands.ends_at if stands.rule.unit == "second" else stands.last_day
    ).ends_at
    source.save(update_fields=["objections_until", "review_due_at"])
    tender.published_at = now
    notice = publish_notice(
        actor=actor, **first_notices.single_source(facts_of(tender), law, until=stands.ends_at)
    )
    tender.notice_id, tender.notice_hash, tender.notice_version = notice.id, notice.hash, notice.version
    tender.status = TenderStatus(step.target)
    tender.save()
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"tender.{tender.pk}",
        rule=NOTICE,
        notice=str(notice.id),
        law_digest=law.digest,
        until=stands.ends_at.isoformat(),
    )
    inbox.finish_all(f"tender.{tender.pk}.")
    _ask_host(
        tender,
        "negotiate",
        gettext_noop("Begin to negotiate for “%(tender)s” when the notice has stood for its time"),
        due_at=stands.ends_at,
    )
    inbox.tell(
        key=f"tender.{tender.pk}.sole",
        org_id=source.supplier_id,
        kind=Kind.SUPPLIER,
        title=gettext_noop("You are announced as the one supplier of “%(tender)s”"),
        url=reverse("tendering:sole_source", args=[tender.pk]),
        tender=tender.title,
    )
    push(f"tender.{tender.pk}", "tender.announced", notice=str(notice.id))
    return tender_facts(tender.pk)


@transaction.atomic
def raise_objection(*, actor: Actor, tender_id: UUID, text: str) -> TenderFacts:
    """Object to the notice in writing while it stands. Raises NoticeOver, NotFound, Invalid.

    Source: 财政部令第74号第三十九条, 第四十条.
    """
    actor.require_user()
    tender, source = _announced(tender_id)
    if tender.status != TenderStatus.ANNOUNCED or _until(source) <= clock.stamp():
        raise NoticeOver(rule=NOTICE, until=_until(source).isoformat())
    if not text.strip():
        raise Invalid(errors={"text": gettext_noop("Say what you object to.")})
    row = Objection.objects.create(
        tender=tender,
        text=text.strip(),
        organisation=actor.org_name or actor.name,
        made_by=actor.label,
        made_by_org=actor.org_id,
        made_at=clock.now(),
    )
    record(
        actor=actor.label, verb="object", subject=f"tender.{tender.pk}", rule="N-10", objection=str(row.pk)
    )
    _ask_host(
        tender,
        f"objection.{row.pk}",
        gettext_noop("Review the objection to the single source of “%(tender)s”"),
        due_at=source.review_due_at,
        rule=REVIEW,
    )
    return tender_facts(tender.pk)


@transaction.atomic
def answer_objection(
    *, actor: Actor, tender_id: UUID, objection_id: int, upheld: bool, review: str
) -> TenderFacts:
    """Answer an objection after the supplementary review, once the notice has stood; one that is upheld ends the procedure.

    Raises NoticeStands, WrongState, Conflict (answered already), NotFound, Invalid.   Source: 财政部令第74号第四十条.
    """
    tender, source = _announced(tender_id)
    row = Objection.objects.select_for_update().filter(pk=objection_id, tender=tender).first()
    if row is None:
        raise NotFound()
    if tender.status != TenderStatus.ANNOUNCED:
        raise WrongState(gettext_noop("The procedure has gone on."))
    if _until(source) > clock.stamp():
        raise NoticeStands(rule=REVIEW, until=_until(source).isoformat())
    if row.upheld is not None:
        raise Conflict(gettext_noop("This objection is answered already."))
    if not review.strip():
        raise Invalid(errors={"review": gettext_noop("Say what the supplementary review found.")})

    row.upheld, row.review = upheld, review.strip()
    row.reviewed_at, row.reviewed_by = clock.now(), actor.label
    row.save()
    record(
        actor=actor.label,
        verb="answer_objection",
        subject=f"tender.{tender.pk}",
        rule=REVIEW,
        objection=str(row.pk),
        upheld=upheld,
    )
    inbox.finish(f"tender.{tender.pk}.objection.{row.pk}")
    if row.made_by_org is not None:
        inbox.tell(
            key=f"objection.{row.pk}.answer",
            org_id=row.made_by_org,
            title=gettext_noop("Your objection to the single source of “%(tender)s” is answered"),
            why=row.review,
            url=reverse("tendering:sole_source", args=[tender.pk]),
            tender=tender.title,
        )
    if upheld:
        return progress.fail(tender_id=tender.pk, actor=actor, reason=UPHELD, rule="N-10")
    return tender_facts(tender.pk)


@transaction.atomic
def negotiate(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Begin to negotiate with the one supplier: the notice has stood, and every objection is answered.

    Raises NoticeStands, WrongState, NotFound.   Source: 《实施条例》第三十八条; 财政部令第74号第四十条.
    """
    tender, source = _announced(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "negotiate")
    if _until(source) > clock.stamp():
        raise NoticeStands(rule=NOTICE, until=_until(source).isoformat())
    refuse_if_held(tender.pk)
    if tender.objections.filter(upheld=None).exists():
        raise WrongState(gettext_noop("Answer every objection first."), rule=REVIEW)

    tender.status = TenderStatus(step.target)
    tender.save(update_fields=["status"])
    record(actor=actor.label, verb=step.verb, subject=f"tender.{tender.pk}", rule=step.rule)
    inbox.finish(f"tender.{tender.pk}.negotiate")
    push(f"tender.{tender.pk}", "tender.negotiating")
    return tender_facts(tender.pk)


def stands_until(tender: TenderFacts) -> dict[str, Any]:
    """Give the rules of the notice and of the review as the law of the procedure says them."""
    law = law_of(tender.id)
    return {"notice": law.cite(NOTICE), "review": law.cite(REVIEW)}


def _sole_tender(tender_id: UUID) -> Tender:
    tender = lock(tender_id)
    if method_of(tender.method).code != "single_source":
        raise NotFound()
    return tender


def _announced(tender_id: UUID) -> tuple[Tender, SoleSource]:
    tender = _sole_tender(tender_id)
    source = SoleSource.objects.select_for_update().filter(tender=tender).first()
    if source is None or source.objections_until is None:
        raise NotFound()
    return tender, source


def _until(source: SoleSource) -> Any:
    return source.objections_until


def _ask_host(tender: Tender, key: str, title: str, **more: Any) -> None:
    inbox.assign(
        key=f"tender.{tender.pk}.{key}",
        title=title,
        url=reverse("tendering:sole_source", args=[tender.pk]),
        org_id=tender.host_id,
        kind=tender.host_kind,
        tender=tender.title,
        **more,
    )
