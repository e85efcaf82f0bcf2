"""Restricted tender (邀请招标): call for applications, review, fix the pool, draw at random before witnesses.

Nobody can choose the outcome: the seed is committed to before anybody has applied, and mixed with the log's first
checkpoint after the pool was fixed. Source: 《政府采购法》第三十四条; 财政部令第87号第十四条; 《实施条例》第二十一条.
"""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.draw import commitment, mixed, order_drawn
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused, WrongState, gettext_noop
from core.law.book import Law
from core.ledger import services as ledger
from core.ledger.selectors import covering
from core.transitions import follow
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.selectors import people_of
from parties.services import inbox, signing
from parties.states import Kind
from realtime.services import push
from storage.papers import Upload, keep
from tendering import first_notices, rules
from tendering.facts import ApplicationFacts, TenderFacts
from tendering.methods import method_of
from tendering.models import Application, Prequalification, Tender
from tendering.selectors import applications_of, facts_of, law_of, tender_facts
from tendering.services import applicants, prequalifying, rescuing
from tendering.services.holds import refuse_if_held
from tendering.services.publishing import begin_under_law, lock, publish, whole_seconds
from tendering.states import APPLICATION_STEPS, ApplicationStatus, TenderStatus

INVITED = "L-08.invited_min"
FACTOR = "T-04.invite_pool_factor"
WITNESSES = "T-04.draw_witnesses_min"


class NotApplying(Refused):
    """Applications are taken from the call until the time that it names."""

    code = "not-applying"
    title = gettext_noop("Applications are not taken now")


class PoolTooSmall(Refused):
    """Too few suppliers qualified for a random draw of the number wanted."""

    code = "pool-too-small"
    title = gettext_noop("Too few suppliers are qualified to draw from")


class NotCovered(Refused):
    """The log has not yet signed a checkpoint over the pool; without it the draw could not be repeated by anybody."""

    code = "not-covered"
    title = gettext_noop("The log has not signed the pool yet; try again in a moment")


class AlreadyWitness(Conflict):
    """This person has signed as a witness."""

    code = "already-witness"
    title = gettext_noop("You have signed as a witness; a colleague signs too")


class NotOfPurchaser(Forbidden):
    """Only staff of the purchaser witness the draw."""

    code = "not-of-purchaser"
    title = gettext_noop("Only staff of the purchaser witness the draw")


@transaction.atomic
def call(*, actor: Actor, tender_id: UUID, wanted: int | None = None) -> TenderFacts:
    """Publish the prequalification notice (资格预审公告): the law of today holds, and suppliers may apply to be invited.

    `wanted` suppliers are to be drawn, at least as many as the law says (also the default). Raises WrongState, NotFound,
    NotReady, Invalid.
    """
    now = clock.now()
    tender = lock(tender_id)
    method = method_of(tender.method)
    step = follow(method.steps, tender.status, "call")
    law = begin_under_law(tender, actor, now)
    least = law.count(INVITED)
    number = least if wanted is None else wanted
    if number < least:
        raise Invalid(errors={"wanted": gettext_noop("The law asks for more suppliers to be invited.")})

    seed = secrets.token_hex(32)
    due_at = whole_seconds(rules.earliest_due(law, method.first_time, now))
    sealed = commitment(seed)
    facts = facts_of(tender)
    notice = publish_notice(
        actor=actor,
        **first_notices.prequalification(
            facts, law, due_at=due_at, draw=first_notices.Draw(number, law.count(FACTOR) * number, sealed)
        ),
    )
    tender.notice_id, tender.notice_hash, tender.notice_version = notice.id, notice.hash, notice.version
    tender.status = TenderStatus(step.target)
    tender.save()
    Prequalification.objects.create(
        tender=tender,
        wanted=number,
        called_at=now,
        due_at=due_at,
        notice_id=notice.id,
        seed=seed,
        commitment=sealed,
    )
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        notice=str(notice.id),
        law_digest=law.digest,
        wanted=number,
        commitment=sealed,
    )
    inbox.finish_all(f"tender.{tender.pk}.")
    _ask_host(tender, "review", gettext_noop("Review the applications for “%(tender)s”"), due_at=due_at)
    push(f"tender.{tender.pk}", "tender.called", notice=str(notice.id))
    ledger.append(
        {
            "type": "mingcai/v1/draw-commitment-entry",
            "tender": str(tender.pk),
            "sha256": sealed,
            "wanted": number,
        }
    )
    transaction.on_commit(ledger.publish_checkpoint, robust=True)
    return tender_facts(tender.pk)


@transaction.atomic
def apply(*, actor: Actor, tender_id: UUID, statement: str, file: Upload) -> ApplicationFacts:
    """Apply to be invited (提交资格预审申请文件), or replace the application, before the time that the notice names.

    Raises NotApplying, NotFound, Invalid.   Source: 《实施条例》第二十一条.
    """
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    tender, called = _called(tender_id)
    if tender.status != TenderStatus.APPLYING or clock.stamp() >= called.due_at:
        raise NotApplying(rule="L-12", due=called.due_at.isoformat())
    if not statement.strip():
        raise Invalid(errors={"statement": gettext_noop("Say how you meet the qualifications.")})
    row = Application.objects.select_for_update().filter(tender=tender, supplier_id=supplier_id).first()
    follow(APPLICATION_STEPS, row.status if row else ApplicationStatus.APPLIED, "apply")
    row = row or Application(tender=tender, supplier_id=supplier_id)
    for name, value in keep(f"applications/{tender.pk}", file).items():
        setattr(row, name, value)
    row.statement, row.applied_by, row.applied_at = statement.strip(), actor.label, clock.now()
    row.save()
    record(actor=actor.label, verb="apply", subject=f"application.{row.pk}", rule="L-12", sha256=row.sha256)
    [found] = applications_of(tender.pk, supplier_id)
    return found


def review(*, actor: Actor, tender_id: UUID, application_id: UUID, verb: str, reason: str = "") -> None:
    """Say whether an applicant is qualified (`qualify`, or `refuse` with its reason), after the time for applications.

    May be changed until the pool is fixed. Nobody against whom something stands can be qualified; what else was found is
    answered with a reason. What an outage took from the time is given back first. Raises WrongState, NotFound, Invalid,
    ApplicantBarred.
    """
    rescuing.before_close(tender_id)
    _review(actor, tender_id, application_id, verb, reason)


@transaction.atomic
def _review(actor: Actor, tender_id: UUID, application_id: UUID, verb: str, reason: str) -> None:
    tender, called = _called(tender_id)
    row = Application.objects.select_for_update().filter(pk=application_id, tender=tender).first()
    if row is None or verb not in {"qualify", "refuse"}:
        raise NotFound()
    if (
        clock.stamp() < called.due_at
        or called.pool_index is not None
        or tender.status != TenderStatus.APPLYING
    ):
        raise WrongState(
            gettext_noop("Applications are reviewed after their time has ended and before the pool is fixed.")
        )
    step = follow(APPLICATION_STEPS, row.status, verb)
    if verb == "refuse" and not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say which qualification is not met.")})
    if verb == "qualify":
        applicants.must_qualify(tender_id, application_id, reason)
    row.status, row.reason = ApplicationStatus(step.target), reason.strip()
    row.save(update_fields=["status", "reason"])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"application.{row.pk}",
        rule=step.rule,
        reason=row.reason,
    )


@transaction.atomic
def fix_pool(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Fix the pool of qualified applicants and log its hash; only then can it be drawn from, once.

    Raises WrongState (applications not reviewed, pool fixed), ApplicantBarred, PoolTooSmall, NotFound.
    Source: 财政部令第87号第十四条.
    """
    tender, called = _called(tender_id)
    follow(method_of(tender.method).steps, tender.status, "draw")
    applications = applications_of(tender.pk)
    if clock.stamp() < called.due_at or any(row.status == ApplicationStatus.APPLIED for row in applications):
        raise WrongState(gettext_noop("Review every application first."))
    if called.pool_index is not None:
        raise WrongState(gettext_noop("The pool is fixed already."))
    applicants.none_barred(tender.pk)
    pool = sorted(row.credit_code for row in applications if row.status == ApplicationStatus.QUALIFIED)
    law = law_of(tender.pk)
    needed = law.count(FACTOR) * called.wanted
    if len(pool) < needed:
        raise PoolTooSmall(
            gettext_noop(
                "%(needed)s qualified suppliers are needed to draw %(wanted)s; there are %(found)s."
            ),
            rule=FACTOR,
            needed=needed,
            wanted=called.wanted,
            found=len(pool),
        )

    called.pool = pool
    called.pool_index = ledger.append(
        {"type": "mingcai/v1/draw-pool-entry", "tender": str(tender.pk), "sha256": digest(pool).hex()}
    )
    called.save(update_fields=["pool", "pool_index"])
    record(
        actor=actor.label,
        verb="fix_pool",
        subject=f"tender.{tender.pk}",
        rule=FACTOR,
        pool=digest(pool).hex(),
        size=len(pool),
    )
    inbox.finish(f"tender.{tender.pk}.review")
    inbox.assign(
        key=f"tender.{tender.pk}.witness",
        org_id=tender.purchaser_id,
        kind=Kind.PURCHASER,
        title=gettext_noop("Witness the draw of suppliers for “%(tender)s”"),
        why=gettext_noop("The pool is fixed; staff of the purchaser witness the random draw."),
        url=reverse("tendering:applications", args=[tender.pk]),
        rule=WITNESSES,
        tender=tender.title,
    )
    transaction.on_commit(ledger.publish_checkpoint, robust=True)
    return tender_facts(tender.pk)


def witnessed(tender_id: UUID) -> dict[str, Any]:
    """Give what a witness signs: the pool, how many are drawn, and the checkpoint that decides. Raises NotCovered."""
    called = Prequalification.objects.filter(tender_id=tender_id).first()
    if called is None:
        raise NotFound()
    if called.pool_index is None:
        raise WrongState(gettext_noop("The pool is not fixed yet."))
    checkpoint = covering(called.pool_index, (), 0)
    if checkpoint is None:
        raise NotCovered()
    return {
        "type": "mingcai/v1/draw-witness",
        "tender": str(tender_id),
        "pool": called.pool,
        "wanted": called.wanted,
        "commitment": called.commitment,
        "size": checkpoint.size,
        "root": bytes(checkpoint.root).hex(),
    }


def purpose_of(tender_id: UUID) -> str:
    """Give the purpose under which a witness's passkey signs."""
    return f"draw.{tender_id}"


@transaction.atomic
def witness(*, actor: Actor, tender_id: UUID, credential: Any) -> TenderFacts:
    """Sign as a witness of the draw; with the last witness that the law asks for, the draw is made.

    Raises NotFound, WrongState, NotCovered, NotOfPurchaser, AlreadyWitness, NotSigned.   Source: 财政部令第87号第十四条.
    """
    tender, called = _called(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "draw")
    refuse_if_held(tender_id)
    user_id = actor.require_user()
    person = next((one for one in people_of(tender.purchaser_id) if one.user_id == user_id), None)
    if person is None or actor.org_id != tender.purchaser_id:
        raise NotOfPurchaser(rule=WITNESSES)
    if any(one["user"] == str(user_id) for one in called.witnesses):
        raise AlreadyWitness()
    body = witnessed(tender_id)
    signature = signing.finish(user_id, digest(body), credential, purpose=purpose_of(tender_id))

    called.witnesses = [
        *called.witnesses,
        {"user": str(user_id), "name": person.name, "signature": dict(signature)},
    ]
    called.save(update_fields=["witnesses"])
    record(actor=actor.label, verb="witness", subject=f"tender.{tender.pk}", rule=WITNESSES, name=person.name)
    if len(called.witnesses) >= law_of(tender.pk).count(WITNESSES):
        _draw(tender, called, body, actor)
        tender.status = TenderStatus(step.target)
        tender.save(update_fields=["status"])
    return tender_facts(tender.pk)


def _draw(tender: Tender, called: Prequalification, body: dict[str, Any], actor: Actor) -> None:
    seed = mixed(called.seed, body["root"])
    drawn = order_drawn(called.pool, seed)[: called.wanted]
    called.draw = {
        **{name: body[name] for name in ("pool", "wanted", "commitment", "size", "root")},
        "seed": called.seed,
        "mixed": seed,
        "drawn": drawn,
        "witnesses": [one["name"] for one in called.witnesses],
    }
    called.drawn_at = clock.now()
    called.save(update_fields=["draw", "drawn_at"])
    chosen = Application.objects.select_for_update().filter(tender=tender, supplier__credit_code__in=drawn)
    for row in chosen:
        row.status = ApplicationStatus(follow(APPLICATION_STEPS, row.status, "invite").target)
        row.save(update_fields=["status"])
    fixed = digest(called.draw).hex()
    record(actor=actor.label, verb="draw_suppliers", subject=f"tender.{tender.pk}", rule=INVITED, draw=fixed)
    inbox.finish(f"tender.{tender.pk}.witness")
    _ask_host(tender, "invite", gettext_noop("Issue the document of “%(tender)s” to the suppliers drawn"))
    push(f"tender.{tender.pk}", "tender.drawn", wanted=called.wanted)
    ledger.append({"type": "mingcai/v1/draw-entry", "tender": str(tender.pk), "sha256": fixed})


@transaction.atomic
def issue(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Issue the document to the suppliers drawn, tell them (投标邀请书), and tell the others that they are not.

    Raises what `publishing.publish` raises.   Source: 《政府采购法》第三十四条.
    """
    tender = publish(actor=actor, tender_id=tender_id)
    prequalifying.tell_applicants(tender)
    return tender


def needs(law: Law, wanted: int) -> dict[str, int]:
    """Give the numbers of the draw: invited at least, pool at least, witnesses."""
    return {
        "wanted": wanted,
        "pool": law.count(FACTOR) * wanted,
        "witnesses": law.count(WITNESSES),
    }


def _called(tender_id: UUID) -> tuple[Tender, Prequalification]:
    tender = lock(tender_id)
    called = Prequalification.objects.select_for_update().filter(tender=tender).first()
    if called is None:
        raise NotFound()
    return tender, called


def _ask_host(tender: Tender, key: str, title: str, **more: Any) -> None:
    inbox.assign(
        key=f"tender.{tender.pk}.{key}",
        title=title,
        url=reverse("tendering:applications", args=[tender.pk]),
        org_id=tender.host_id,
        kind=tender.host_kind,
        tender=tender.title,
        **more,
    )
