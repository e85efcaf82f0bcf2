"""Read the audit trail."""

from __future__ import annotations

from django.db.models import QuerySet

from core.audit.models import Entry


def entries_of(subject: object) -> QuerySet[Entry]:
    """Give the acts on `subject`, oldest first."""
    return Entry.objects.filter(subject=str(subject)).order_by("seq")
