"""Make framework agreements and admit suppliers to them (框架协议第一阶段)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from contracting import notices, rules
from contracting.access import organises
from contracting.facts import AgreementFacts, AgreementItemTerms, EntrantFacts, EntrantTerms
from contracting.models import AgreementItem, Entrant, EntrantPrice, FrameworkAgreement
from contracting.selectors import agreement_facts, entrant_facts
from contracting.services import entering
from contracting.states import AGREEMENT_STEPS, ENTRANT_STEPS, AgreementStatus, EntrantStatus, Selection
from core import clock
from core.audit.services import record
from core.enacted.selectors import law as current_law
from core.errors import Conflict, Forbidden, Invalid, NotFound, gettext_noop
from core.law.book import Law
from core.money import Yuan
from core.transitions import follow
from core.workdays import beijing_date
from disclosure.services import new_ocid
from disclosure.services import publish as publish_notice
from disclosure.states import Market
from parties.access import Actor
from parties.selectors import organisation_facts, standing
from parties.services import inbox
from parties.states import Kind


class AlreadyAdmitted(Conflict):
    """The supplier is in this agreement already."""

    code = "already-admitted"
    title = gettext_noop("This supplier is admitted already")


class ExcludedEntrant(Forbidden):
    """A bad record is in force: the supplier may not take part in government procurement."""

    code = "excluded-supplier"
    title = gettext_noop("A sanction in force excludes this supplier")


@transaction.atomic
def create_agreement(
    *,
    actor: Actor,
    agreement_no: str,
    title: str,
    category: str,
    region: str,
    starts_at: datetime,
    ends_at: datetime,
    cap: Yuan,
    items: Sequence[AgreementItemTerms],
    title_en: str = "",
    ocid: str = "",
    market: str = Market.E_MALL,
    answer_hours: int = 48,
    selection: str = Selection.DIRECT,
    source: str = "",
    when_signed: str = "",
    open_until: datetime | None = None,
    organiser_id: UUID | None = None,
    law: Law | None = None,
) -> AgreementFacts:
    """Enter a framework agreement: what may be ordered in [starts_at, ends_at), up to `cap` in all.

    The organiser (征集人) is the actor's desk, a purchaser or an agency. `law` is that of the procedure that chose
    the entrants, else today's. `answer_hours`: how long an entrant may take to answer an order. `selection`: how a supplier
    is chosen for an order. `source` names the procedure it was born of, and `when_signed` the timer verb that is told,
    with `source` as its subject, when nobody's signature is awaited any more. `open_until`: it is open, and takes
    applications until then. `organiser_id`: for whom an agency acts. Raises NotFound
    (another desk), Invalid (term longer than F-05, no ceilings).   Source: 财政部令第110号第十三条, 第十五条.
    """
    actor.require_user()
    if actor.org_id is None or not organises(actor):
        raise NotFound()
    if law is None:
        law = current_law(
            beijing_date(clock.now()), region, category=category, method="framework", sandbox=settings.SANDBOX
        )
    errors = rules.wrong_with_agreement(law, beijing_date(starts_at), beijing_date(ends_at), cap, items)
    if not title.strip() or not agreement_no.strip():
        errors["title"] = gettext_noop("Give the agreement a number and a title.")
    if FrameworkAgreement.objects.filter(agreement_no=agreement_no).exists():
        errors["agreement_no"] = gettext_noop("There is an agreement with this number already.")
    if answer_hours < 1:
        errors["answer_hours"] = gettext_noop("Give the hours within which an order is answered.")
    if errors:
        raise Invalid(errors=errors)

    row = FrameworkAgreement.objects.create(
        agreement_no=agreement_no,
        title=title,
        title_en=title_en,
        ocid=ocid or new_ocid(),
        organiser_id=organiser_id or actor.org_id,
        status=follow(AGREEMENT_STEPS, AgreementStatus.DRAFT, "open").target
        if open_until
        else AgreementStatus.DRAFT,
        open_until=open_until,
        category=category,
        region=region,
        market=Market(market),
        starts_at=starts_at,
        ends_at=ends_at,
        cap_fen=cap.fen,
        answer_hours=answer_hours,
        selection=Selection(selection),
        source=source,
        when_signed=when_signed,
        law_as_of=law.as_of,
        law_digest=law.digest,
        law_snapshot=law.snapshot(),
        created_by=actor.label,
    )
    AgreementItem.objects.bulk_create(
        AgreementItem(
            agreement=row,
            no=item.no,
            code=item.code,
            edition=item.edition,
            name=item.name,
            spec=item.spec,
            unit=item.unit,
            ceiling=item.ceiling.amount,
        )
        for item in items
    )
    record(
        actor=actor.label,
        verb="create_agreement",
        subject=f"agreement.{row.pk}",
        rule=rules.TERM,
        cap=str(cap),
        ends_at=ends_at.isoformat(),
    )
    return agreement_facts(row.pk)


@transaction.atomic
def admit(
    *,
    actor: Actor,
    agreement_id: UUID,
    entrants: Sequence[EntrantTerms],
    to_sign: bool = False,
    awaited: str = "",
    said: Mapping[str, Any] | None = None,
) -> AgreementFacts:
    """Admit suppliers with their agreed prices, and publish the entry notice (入围结果公告) with its open data.

    `to_sign`: they are chosen, and may be called upon once both sides have signed, within F-09; else they have signed
    already. `said` adds `sections` and `facts` to the notice, such as the ranking they come from. `awaited`: the
    supplementary call (补充征集) of an agreement in force that chose them, told once they have signed; `said["call"]` then
    names it in the notice.

    Raises NotFound (not the organiser), WrongState, Invalid, AlreadyAdmitted, ExcludedEntrant, NoticeIncomplete;
    then nobody is admitted.   Source: 财政部令第110号.
    """
    now = clock.now()
    row = _lock(actor, agreement_id)
    step = follow(AGREEMENT_STEPS, row.status, "admit")
    agreement = agreement_facts(agreement_id)
    if not entrants:
        raise Invalid(errors={"entrants": gettext_noop("Name the suppliers to admit.")})
    for entry in entrants:
        supplier = organisation_facts(entry.supplier_id)
        errors = rules.wrong_with_entry(entry, agreement.cap, agreement.items)
        if errors:
            raise Invalid(errors=errors, supplier=supplier.name)
        if Kind.SUPPLIER not in supplier.kinds or supplier.id == row.organiser_id:
            raise Invalid(errors={"supplier_id": gettext_noop("This organisation is no verified supplier.")})
        if standing(supplier.credit_code, now):
            raise ExcludedEntrant(rule="L-01", supplier=supplier.name)
        if agreement.entrant_of(supplier.id) is not None:
            raise AlreadyAdmitted(supplier=supplier.name)

    ids = _insert(row, entrants, now, EntrantStatus.NAMED if to_sign else EntrantStatus.ADMITTED)
    if to_sign:
        entering.ask_to_sign(actor, row, ids, now)
    row.status, row.awaited = AgreementStatus(step.target), awaited
    row.save(update_fields=["status", "awaited"])
    agreement = agreement_facts(agreement_id)
    fresh = tuple(entrant for entrant in agreement.entrants if entrant.id in ids)
    notice = publish_notice(actor=actor, **notices.entry_notice(agreement, fresh, said or {}))
    row.notice_id = notice.id
    row.save(update_fields=["notice_id"])
    record(
        actor=actor.label,
        verb="admit",
        subject=f"agreement.{row.pk}",
        rule=step.rule,
        entrants=[str(id) for id in ids],
        notice=str(notice.id),
    )
    return agreement_facts(agreement_id)


def _insert(
    row: FrameworkAgreement, entrants: Sequence[EntrantTerms], now: datetime, status: EntrantStatus
) -> list[UUID]:
    items = {item.no: item for item in row.items.all()}
    number = row.entrants.count()
    ids = []
    for offset, entry in enumerate(entrants, start=1):
        entrant = Entrant.objects.create(
            agreement=row,
            supplier_id=entry.supplier_id,
            no=number + offset,
            rank=entry.rank,
            status=status,
            cap_fen=entry.cap.fen,
            admitted_at=now,
        )
        EntrantPrice.objects.bulk_create(
            EntrantPrice(entrant=entrant, item=items[no], price=price.amount)
            for no, price in entry.prices.items()
        )
        ids.append(entrant.pk)
    return ids


@transaction.atomic
def expel(*, actor: Actor, entrant_id: UUID, reason: str) -> EntrantFacts:
    """End a supplier's entry (清退), or that of one who does not sign: no further orders; those placed stay.

    By the organiser, with a reason.

    Raises NotFound, WrongState, Invalid.   Source: 财政部令第110号 (清退).
    """
    found = entrant_facts(entrant_id)
    _lock(actor, found.agreement_id)
    entrant = Entrant.objects.select_for_update().get(pk=entrant_id)
    step = follow(ENTRANT_STEPS, entrant.status, "expel")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})

    before, entrant.status = entrant.status, EntrantStatus(step.target)
    entrant.ended_reason = reason.strip()
    entrant.save(update_fields=["status", "ended_reason"])
    record(
        actor=actor.label,
        verb="expel",
        subject=f"entrant.{entrant.pk}",
        rule=step.rule,
        **{"from": before, "to": str(step.target), "reason": reason.strip()},
    )
    inbox.finish_all(f"entrant.{entrant.pk}.")
    entering.settle(actor, entrant.agreement_id, clock.now())
    _tell_of_end(entrant)
    return entrant_facts(entrant_id)


def _tell_of_end(entrant: Entrant) -> None:
    """Tell the supplier why its entry ended, and the organiser when so few are left that others may be called for."""
    agreement = agreement_facts(entrant.agreement_id)
    url = reverse("contracting:agreement", args=[agreement.id])
    inbox.tell(
        key=f"entrant.{entrant.pk}.ended",
        org_id=entrant.supplier_id,
        kind=Kind.SUPPLIER,
        title=gettext_noop("Your entry to the framework agreement “%(agreement)s” has ended"),
        why=entrant.ended_reason,
        url=url,
        agreement=agreement.title,
    )
    if entering.few_left(agreement):
        inbox.tell(
            key=f"agreement.{agreement.id}.few.{entrant.pk}",
            org_id=agreement.organiser_id,
            kind=entering.organiser_kind(agreement.organiser_id),
            title=gettext_noop("Few suppliers are left in “%(agreement)s”: others may be called for"),
            why=gettext_noop(
                "Where that affects the performance, a supplementary call with the same terms is lawful."
            ),
            url=url,
            rule=rules.FEW_LEFT,
            agreement=agreement.title,
        )


@transaction.atomic
def close(*, actor: Actor, agreement_id: UUID) -> AgreementFacts | None:
    """Close an agreement whose term is over; None where that was done, or its term still runs. Raises NotFound."""
    row = FrameworkAgreement.objects.select_for_update().filter(pk=agreement_id).first()
    if row is None:
        raise NotFound()
    if row.status == AgreementStatus.CLOSED or clock.now() < row.ends_at:
        return None
    step = follow(AGREEMENT_STEPS, row.status, "close")
    row.status = AgreementStatus(step.target)
    row.save(update_fields=["status"])
    record(actor=actor.label, verb=step.verb, subject=f"agreement.{row.pk}", rule=step.rule)
    return agreement_facts(row.pk)


def _lock(actor: Actor, agreement_id: UUID) -> FrameworkAgreement:
    row = FrameworkAgreement.objects.select_for_update().filter(pk=agreement_id).first()
    if row is None or actor.org_id is None or row.organiser_id != actor.org_id or not organises(actor):
        raise NotFound()
    return row
