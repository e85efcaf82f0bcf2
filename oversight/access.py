"""Who may reach changes of the law: the supervisors of the place whose law it is. Absent and forbidden look the same."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from core import regions
from core.errors import NotFound
from core.law.book import NATIONAL
from oversight.models import Announcement, Change
from parties.access import Actor
from parties.states import Kind


def jurisdiction_of(actor: Actor) -> str:
    """Give the place whose values and days this person may change, or raise NotFound, SignInFirst.

    A supervisor changes those of its own region, not of regions below. The country's belong to the
    organisations named in NATIONAL_REGULATORS; operating the site gives no right to any.
    """
    actor.require_kind(Kind.SUPERVISOR)
    if actor.credit_code and actor.credit_code in settings.NATIONAL_REGULATORS:
        return NATIONAL
    return regions.get(actor.region).code


def change_to_see(actor: Actor, change_id: UUID) -> Change:
    """Give a change to the supervisors of its place; else NotFound, SignInFirst."""
    jurisdiction = jurisdiction_of(actor)
    row = Change.objects.filter(pk=change_id, jurisdiction=jurisdiction).first()
    if row is None:
        raise NotFound()
    return row


def announcement_to_see(actor: Actor, announcement_id: UUID) -> Announcement:
    """Give a notice that a regulator writes to the supervisors of that very office; else NotFound, SignInFirst."""
    org_id = actor.require_kind(Kind.SUPERVISOR)
    row = Announcement.objects.select_related("org").filter(pk=announcement_id, org_id=org_id).first()
    if row is None:
        raise NotFound()
    return row
