"""Refusals: one class per cause, a stable code and a status declared together.

Pure: no Django. Titles and details are English message ids; the edge translates them into the reader's
language and fills in the facts (`core.http`, `core.ws`).
"""

from __future__ import annotations

from typing import Any, ClassVar

RESERVED = frozenset({"type", "title", "status", "detail", "instance"})


def gettext_noop(message: str) -> str:
    """Mark `message` for translation; the name is the one that message extraction looks for."""
    return message


class Refused(Exception):
    """A request that the rules do not allow. Not a bug: it is rendered as RFC 9457 problem details.

    `detail` is a message id with `%(name)s` places for `facts`; `rule` names the rule that refused.
    Facts may not reuse a member name of RFC 9457 (ValueError): a fact called `status` would change the answer's.
    """

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = gettext_noop("This is not possible now")
    status: ClassVar[int] = 409

    def __init__(self, detail: str = "", /, *, rule: str = "", **facts: Any) -> None:
        clash = RESERVED & facts.keys()
        if clash:
            raise ValueError(f"facts may not be called {sorted(clash)}")
        self.detail = detail
        self.rule = rule
        self.facts = facts
        super().__init__(f"{self.code}: {(detail % facts) if facts and detail else detail}")


class NotFound(Refused):
    """Absent and forbidden look the same."""

    code = "not-found"
    title = gettext_noop("There is nothing at this address that you may see")
    status = 404


class Invalid(Refused):
    """Bad input; `errors` maps a field to what is wrong with it."""

    code = "invalid"
    title = gettext_noop("Some of what you entered cannot be used")
    status = 422

    def __init__(
        self, detail: str = "", /, *, rule: str = "", errors: dict[str, str] | None = None, **facts: Any
    ) -> None:
        self.errors = errors or {}
        super().__init__(detail, rule=rule, **facts)


class Forbidden(Refused):
    """The actor may see the object but not do this (separation of duties, missing role)."""

    code = "forbidden"
    title = gettext_noop("Your role does not include this act")
    status = 403


class WrongState(Refused):
    """The verb is not in the table for the present state."""

    code = "wrong-state"
    title = gettext_noop("This step is not possible in the present state")


class Conflict(Refused):
    """Somebody else changed the object, or the key was used for another act."""

    code = "conflict"
    title = gettext_noop("This was changed in the meantime")
