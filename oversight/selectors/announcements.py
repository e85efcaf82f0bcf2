"""Reads of the notices that regulators write."""

from __future__ import annotations

from uuid import UUID

from oversight.models import Announcement


def announcements_of(org_id: UUID, limit: int = 200) -> list[Announcement]:
    """Give the notices of one office, newest first."""
    return list(Announcement.objects.filter(org_id=org_id)[:limit])
