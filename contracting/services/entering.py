"""Sign framework agreements (签订框架协议): the organiser and each chosen supplier, within the time of F-09."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting import rules
from contracting.access import entry_side_of, organises
from contracting.facts import AgreementFacts, EntrantFacts
from contracting.models import Entrant, EntrantSignature, FrameworkAgreement
from contracting.selectors import agreement_facts, entrant_facts
from contracting.services.duties import PostsNotSeparated
from contracting.states import ENTRANT_STEPS, EntrantStatus, Party
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.enacted import selectors as enacted
from core.errors import Conflict, Invalid, NotFound, WrongState, gettext_noop
from core.law.book import Law
from core.timers import services as timers
from core.transitions import follow
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.services import inbox, signing
from parties.states import Kind

SIGN, FILE = "F-09.framework_sign", "F-09.framework_file"
OTHER = {Party.PURCHASER: Party.SUPPLIER, Party.SUPPLIER: Party.PURCHASER}


class EntrySigned(Conflict):
    """This side has signed the entry."""

    code = "already-signed"
    title = gettext_noop("Your side has signed this framework agreement already")


def purpose_of(entrant_id: UUID) -> str:
    """Give the purpose under which a passkey signs this entry."""
    return f"entrant.{entrant_id}"


def ask_to_sign(actor: Actor, row: FrameworkAgreement, ids: Sequence[UUID], now: datetime) -> None:
    """Freeze what each of the suppliers just chosen signs, and ask both sides to; inside the caller's transaction."""
    law = law_of(row)
    agreement = agreement_facts(row.pk)
    organiser = organisation_facts(row.organiser_id)
    for entrant in Entrant.objects.filter(pk__in=ids):
        facts = entrant_facts(entrant.pk)
        supplier = organisation_facts(entrant.supplier_id)
        entrant.terms = rules.entry_payload(
            agreement,
            facts,
            parties={
                side: {"name": org.name, "credit_code": org.credit_code}
                for side, org in (("organiser", organiser), ("supplier", supplier))
            },
            law_digest=row.law_digest,
        )
        entrant.terms_hash = digest(entrant.terms).hex()
        entrant.sign_due_at = law.end_of(SIGN, now, binding=False).ends_at
        entrant.save(update_fields=["terms", "terms_hash", "sign_due_at"])
        for party, org_id, kind in (
            (Party.PURCHASER, row.organiser_id, organiser_kind(row.organiser_id)),
            (Party.SUPPLIER, entrant.supplier_id, Kind.SUPPLIER),
        ):
            inbox.assign(
                key=f"entrant.{entrant.pk}.sign.{party}",
                title=gettext_noop("Sign the framework agreement “%(agreement)s” with %(supplier)s"),
                url=reverse("contracting:agreement", args=[row.pk]),
                org_id=org_id,
                kind=kind,
                why=gettext_noop("The entry is decided; both sides sign within the time of the rule."),
                due_at=entrant.sign_due_at,
                rule=SIGN,
                agreement=row.title,
                supplier=supplier.name,
            )
        record(
            actor=actor.label,
            verb="ask_to_sign",
            subject=f"entrant.{entrant.pk}",
            rule=SIGN,
            terms_hash=entrant.terms_hash,
        )


@transaction.atomic
def sign(*, actor: Actor, entrant_id: UUID, credential: Mapping[str, Any] | str) -> EntrantFacts:
    """Sign an entry for one's side with a passkey, over the hash of its terms; with the second signature it may sell.

    A late signature counts and is shown as late. Raises NotFound (no side of this person), WrongState, EntrySigned,
    PostsNotSeparated (one person for both sides), NotSigned.   Source: 财政部令第110号.
    """
    now = clock.now()
    found = entrant_facts(entrant_id)
    row = FrameworkAgreement.objects.select_for_update().get(pk=found.agreement_id)
    entrant = Entrant.objects.select_for_update().get(pk=entrant_id)
    side = entry_side_of(actor, agreement_facts(row.pk), found)
    if side is None or actor.user_id is None:
        raise NotFound()
    step = follow(ENTRANT_STEPS, entrant.status, "sign")
    if found.signature_of(side) is not None:
        raise EntrySigned(rule=step.rule)
    other = found.signature_of(OTHER[side])
    if other is not None and other.user_id == actor.user_id:
        raise PostsNotSeparated(gettext_noop("One person does not sign for both sides."), rule=step.rule)
    signed = signing.sign_terms(actor, entrant.terms_hash, credential, purpose=purpose_of(entrant.pk))

    EntrantSignature.objects.create(entrant=entrant, party=side, at=now, **signed)
    record(
        actor=actor.label,
        verb="sign_entry",
        subject=f"entrant.{entrant.pk}",
        rule=step.rule,
        side=str(side),
        terms_hash=entrant.terms_hash,
    )
    inbox.finish(f"entrant.{entrant.pk}.sign.{side}")
    if other is not None:
        step = follow(ENTRANT_STEPS, entrant.status, "conclude")
        entrant.status, entrant.signed_at = EntrantStatus(step.target), now
        entrant.save(update_fields=["status", "signed_at"])
        record(
            actor=actor.label,
            verb="conclude_entry",
            subject=f"entrant.{entrant.pk}",
            rule=step.rule,
            agreement=row.agreement_no,
        )
        settle(actor, row.pk, now)
    return entrant_facts(entrant_id)


def settle(actor: Actor, agreement_id: UUID, now: datetime) -> None:
    """Once nobody's signature is awaited: the time to file a copy begins, and the procedure is told. In a transaction.

    The same again after a supplementary call, whose entries are filed too.
    """
    row = FrameworkAgreement.objects.select_for_update().get(pk=agreement_id)
    states = set(row.entrants.values_list("status", flat=True))
    awaited = row.awaited or ("" if row.signed_at else row.source)
    if not awaited or row.open_until or EntrantStatus.NAMED in states or EntrantStatus.ADMITTED not in states:
        return
    filed_before = row.signed_at is not None
    row.signed_at, row.filed_at, row.awaited = row.signed_at or now, None, ""
    row.file_due_at = law_of(row).end_of(FILE, now, binding=False).ends_at
    row.save(update_fields=["signed_at", "filed_at", "awaited", "file_due_at"])
    inbox.assign(
        key=f"agreement.{row.pk}.file" + (f".{awaited}" if filed_before else ""),
        title=gettext_noop("File a copy of the framework agreement “%(agreement)s”"),
        url=reverse("contracting:agreement", args=[row.pk]),
        org_id=row.organiser_id,
        kind=organiser_kind(row.organiser_id),
        why=gettext_noop("Every chosen supplier has signed, or is out."),
        due_at=row.file_due_at,
        rule=FILE,
        agreement=row.title,
    )
    if row.when_signed:
        timers.schedule(verb=row.when_signed, subject=awaited, due_at=now)
    record(
        actor=actor.label,
        verb="settle_agreement",
        subject=f"agreement.{row.pk}",
        rule=FILE,
        file_due_at=row.file_due_at.isoformat(),
    )


@transaction.atomic
def file(*, actor: Actor, agreement_id: UUID, filing_no: str) -> AgreementFacts:
    """Record that a copy of the agreement is filed with the finance department. By the organiser, once.

    Raises NotFound, WrongState (not signed yet, or filed), Invalid without a number.   Source: 财政部令第110号.
    """
    row = FrameworkAgreement.objects.select_for_update().filter(pk=agreement_id).first()
    if row is None or row.organiser_id != actor.org_id or not organises(actor):
        raise NotFound()
    if row.signed_at is None or row.filed_at is not None:
        raise WrongState(gettext_noop("A copy is filed once, after everybody has signed."), rule=FILE)
    if not filing_no.strip():
        raise Invalid(errors={"filing_no": gettext_noop("Give the number under which it is filed.")})

    row.filed_at = clock.now()
    row.filing_no = "、".join(number for number in (row.filing_no, filing_no.strip()) if number)
    row.save(update_fields=["filed_at", "filing_no"])
    record(
        actor=actor.label,
        verb="file_agreement",
        subject=f"agreement.{row.pk}",
        rule=FILE,
        filing_no=row.filing_no,
    )
    inbox.finish_all(f"agreement.{row.pk}.file")
    return agreement_facts(row.pk)


def organiser_kind(org_id: UUID) -> Kind:
    """Give the desk at which an organiser works."""
    return Kind.PURCHASER if Kind.PURCHASER in organisation_facts(org_id).kinds else Kind.AGENCY


def few_left(agreement: AgreementFacts) -> bool:
    """Tell whether other suppliers may be called for, as too few are left (rule F-10)."""
    law = law_under(agreement.id)
    return law is not None and rules.may_supplement(law, agreement)


def law_under(agreement_id: UUID) -> Law | None:
    """Give the law that an agreement stands under; None where it was made without a procedure of this platform."""
    row = FrameworkAgreement.objects.get(pk=agreement_id)
    return law_of(row) if row.law_snapshot else None


def law_of(row: FrameworkAgreement) -> Law:
    """Give the law an agreement stands under, as it was when its procedure began. Raises WrongState."""
    if not row.law_snapshot:
        raise WrongState(gettext_noop("This agreement was not made under a procedure of this platform."))
    return Law.from_snapshot(row.law_snapshot, row.law_as_of).counting_by(
        lambda: enacted.calendar(row.region)
    )
