"""One person writes, another one publishes: what every such verb checks, whatever is written."""

from __future__ import annotations

from core.errors import Conflict, Forbidden, gettext_noop
from oversight.models import FourEyes
from parties.access import Actor


class SecondPerson(Forbidden):
    """Whoever wrote or submitted something does not decide about it."""

    code = "second-person"
    title = gettext_noop("A second person decides about this")


def unchanged(row: FourEyes, version: int) -> None:
    """Refuse to act on what was written anew since it was read. Raises Conflict."""
    if row.version != version:
        raise Conflict(gettext_noop("It was written anew since you read it."))


def require_second(row: FourEyes, actor: Actor) -> None:
    """Refuse everybody who had a hand in it. Raises SecondPerson."""
    if str(actor.user_id) in row.editors:
        raise SecondPerson(gettext_noop("You wrote or submitted this; somebody else of your office decides."))


def edited_by(row: FourEyes, actor: Actor) -> None:
    """Note who had a hand in it; the caller saves it."""
    row.editors = sorted({*row.editors, str(actor.require_user())})
