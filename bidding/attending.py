"""Who may not attend an opening. Packages that seat people in the evaluation say so; this one knows only of openings.

Source: 财政部令第87号第四十条 (评标委员会成员不得参加开标活动).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from core.errors import Forbidden, gettext_noop

_barring: list[Callable[[uuid.UUID, uuid.UUID], bool]] = []
_veiling: list[Callable[[uuid.UUID, uuid.UUID], bool]] = []


class KeptOut(Forbidden):
    """A member of the panel may not attend the opening of what the panel is to judge."""

    code = "panel-member-kept-out"
    title = gettext_noop("Members of the panel do not attend the opening")


def bar(found: Callable[[uuid.UUID, uuid.UUID], bool]) -> None:
    """Ask `found(person, tender)` too, whenever somebody who is signed in comes to a hall."""
    _barring.append(found)


def veil(found: Callable[[uuid.UUID, uuid.UUID], bool]) -> None:
    """Ask `found(person, tender)` too, whenever somebody of the host's desk takes a file of a bid under its own name."""
    _veiling.append(found)


def is_veiled(user_id: uuid.UUID, tender_id: uuid.UUID) -> bool:
    """Tell whether a person may not learn yet whose a file of this tender is."""
    return any(found(user_id, tender_id) for found in _veiling)


def check(user_id: uuid.UUID | None, tender_id: uuid.UUID) -> None:
    """Let a person in. Raises KeptOut."""
    if user_id is not None and any(found(user_id, tender_id) for found in _barring):
        raise KeptOut(
            gettext_noop(
                "You judge these bids. What is opened now reaches you in the evaluation room, once it may."
            ),
            rule="T-07",
        )
