"""Put the procurement document together from the draft and the clause library (采购文件)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string

from core import clock, printing
from core.audit.services import record
from core.errors import NotFound
from core.transitions import follow
from core.workdays import beijing_date
from disclosure.states import METHODS
from parties.access import Actor
from planning import clauses
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.models import Tender
from tendering.selectors import tender_facts
from tendering.services.documents import store

NAME = "采购文件.pdf"


@dataclass
class _Made:
    """A file that was made here, in the form in which a form gives one."""

    name: str
    size: int
    content: bytes

    def chunks(self) -> list[bytes]:
        """Give its bytes, in one piece."""
        return [self.content]


def compose_text(tender: TenderFacts, chosen: list[clauses.Clause]) -> str:
    """Give the document as HTML: what the draft says, then the clauses with their fields filled in."""
    values = {
        "title": tender.title,
        "project_no": tender.project_no,
        "purchaser": tender.purchaser_name,
        "agency": tender.agency_name or "—",
        "method": METHODS[tender.method][0],
        "budget": str(tender.budget),
        "ceiling": str(tender.ceiling) if tender.ceiling is not None else "—",
    }
    context: dict[str, Any] = {
        "tender": tender,
        "values": values,
        "clauses": [(one, one.filled(values)) for one in chosen],
    }
    return render_to_string("tendering/print_document.html", context)


@transaction.atomic
def compose(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Make the document of a draft as it stands, from the clauses in force today, and add it to its documents.

    The log names each clause with its version. Raises WrongState, NotFound, Invalid (too many documents).
    """
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    chosen = clauses.in_force(beijing_date(clock.now()), tender.category, tender.method)

    content = printing.pdf(compose_text(tender_facts(tender_id), chosen))
    row = store(tender, actor, _Made(NAME, len(content), content), "biddingDocuments")
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="compose_document",
        subject=f"tender.{tender.pk}",
        rule="T-03",
        name=row.name,
        sha256=row.sha256,
        clauses=" ".join(one.name for one in chosen),
    )
    return tender_facts(tender.pk)
