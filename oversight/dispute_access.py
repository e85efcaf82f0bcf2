"""Who may read a challenge or a complaint: who wrote it, who runs the procedure, the supervisor of its region."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from core.errors import NotFound
from oversight.models import Challenge, Complaint
from parties.access import Actor
from parties.states import Kind
from tendering.access import runs
from tendering.selectors import tender_facts


class Side(StrEnum):
    """In which capacity somebody reads a dispute."""

    AUTHOR = "author"
    HOST = "host"
    SUPERVISOR = "supervisor"


def challenge_to_see(actor: Actor, challenge_id: UUID) -> tuple[Challenge, Side]:
    """Give a challenge to those whom it concerns; a draft to its author alone. Else NotFound, SignInFirst."""
    actor.require_user()
    row = Challenge.objects.select_related("supplier", "tender").filter(pk=challenge_id).first()
    if row is None:
        raise NotFound()
    return row, _side(actor, row, submitted=row.submitted_at is not None)


def complaint_to_see(actor: Actor, complaint_id: UUID) -> tuple[Complaint, Side]:
    """Give a complaint to those whom it concerns: the host once it is served, the supervisor once it is submitted."""
    actor.require_user()
    rows = Complaint.objects.select_related("challenge__supplier", "challenge__tender")
    row = rows.filter(pk=complaint_id).first()
    if row is None:
        raise NotFound()
    side = _side(actor, row.challenge, submitted=row.received_at is not None)
    if side is Side.HOST and row.accepted_at is None:
        raise NotFound()
    return row, side


def _side(actor: Actor, row: Challenge, *, submitted: bool) -> Side:
    if actor.acts_as(Kind.SUPPLIER) and actor.org_id == row.supplier_id:
        return Side.AUTHOR
    tender = tender_facts(row.tender_id)
    if submitted and runs(actor, tender):
        return Side.HOST
    if submitted and actor.oversees(tender.region):
        return Side.SUPERVISOR
    raise NotFound()
