"""Who else could do it: separation of posts on a contract, and the lock that every verb takes first."""

from __future__ import annotations

from uuid import UUID

from contracting.models import Contract
from core.errors import Forbidden, NotFound, gettext_noop
from parties.selectors import people_of
from parties.states import Role

SEPARATION = "L-31"


class PostsNotSeparated(Forbidden):
    """Who runs a procurement does not review its contract or accept its performance, where others can."""

    code = "posts-not-separated"
    title = gettext_noop("Somebody else at your desk has to do this")


def writers(org_id: UUID) -> list[UUID]:
    """Give the people of a desk who may act for it."""
    return [row.user_id for row in people_of(org_id) if row.role != Role.VIEWER]


def lock(contract_id: UUID) -> Contract:
    """Lock a contract until the caller's commit, or raise NotFound."""
    row = Contract.objects.select_for_update().filter(pk=contract_id).first()
    if row is None:
        raise NotFound()
    return row
