"""Read the audit trail."""

from __future__ import annotations

from django.db.models import QuerySet

from core.audit.models import Entry


def entries_of(subject: object) -> QuerySet[Entry]:
    """Give the acts on `subject`, oldest first."""
    return Entry.objects.filter(subject=str(subject)).order_by("seq")


def acts(kind: str, **facts: str) -> QuerySet[Entry]:
    """Give the acts on every subject of `kind` ("<kind>.<id>") whose facts hold these texts, oldest first."""
    wanted = {f"facts__{name}": value for name, value in facts.items()}
    return Entry.objects.filter(subject__startswith=f"{kind}.", **wanted).order_by("id")
