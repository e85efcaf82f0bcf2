"""The files of the procurement document: stored whole, hashed, served as attachments."""

from __future__ import annotations

from uuid import UUID

from django.core.files.storage import storages
from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.transitions import follow
from parties.access import Actor
from storage.papers import Upload, keep
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.models import Document, Tender
from tendering.selectors import tender_facts

MOST = 30
"""Documents of one tender."""

KINDS = {
    "biddingDocuments": gettext_noop("Procurement document"),
    "technicalSpecifications": gettext_noop("Technical specifications"),
    "evaluationCriteria": gettext_noop("Evaluation criteria"),
    "contractDraft": gettext_noop("Draft contract"),
}


@transaction.atomic
def add_document(
    *, actor: Actor, tender_id: UUID, file: Upload, kind: str = "biddingDocuments"
) -> TenderFacts:
    """Add one file to a draft. Raises WrongState, NotFound, Invalid (empty, too large, of a kind not taken)."""
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    row = store(tender, actor, file, kind)
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="add_document",
        subject=f"tender.{tender.pk}",
        rule="T-03",
        name=row.name,
        sha256=row.sha256,
        size=row.size,
    )
    return tender_facts(tender.pk)


@transaction.atomic
def remove_document(*, actor: Actor, tender_id: UUID, document_id: UUID) -> TenderFacts:
    """Remove a file of a draft; what was published stays for ever. Raises WrongState, NotFound."""
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    row = Document.objects.filter(pk=document_id, tender_id=tender_id).first()
    if tender is None or row is None:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    stored_as, name = row.stored_as, row.name
    row.delete()
    tender.version += 1
    tender.save(update_fields=["version"])
    record(actor=actor.label, verb="remove_document", subject=f"tender.{tender.pk}", rule="T-03", name=name)
    if not Document.objects.filter(
        stored_as=stored_as
    ).exists():  # a tender procured again has the same files
        transaction.on_commit(lambda: storages["default"].delete(stored_as), robust=True)
    return tender_facts(tender.pk)


def store(tender: Tender, actor: Actor, file: Upload, kind: str) -> Document:
    """Store and hash one file for a locked tender; the caller records. Raises Invalid."""
    if kind not in KINDS:
        raise Invalid(errors={"file": gettext_noop("Files of this kind are not taken.")})
    if tender.documents.count() >= MOST:
        raise Invalid(errors={"file": gettext_noop("A tender has at most 30 documents.")})
    return Document.objects.create(
        tender=tender,
        kind=kind,
        added_by=actor.label,
        added_at=clock.now(),
        **keep(f"tenders/{tender.pk}", file),
    )
