"""Write a version of a clause of the library, by who supervises."""

from __future__ import annotations

import re
from datetime import date

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, gettext_noop
from core.workdays import beijing_date
from disclosure.states import METHODS
from parties.access import Actor
from planning import clauses
from planning.clauses import Clause
from planning.models import ClauseVersion
from planning.states import Category


@transaction.atomic
def write_clause(
    *,
    actor: Actor,
    key: str,
    title: str,
    text: str,
    since: date,
    after: int = 0,
    place: int = 99,
    category: str = "",
    method: str = "",
    basis: str = "",
) -> Clause:
    """Write the next version of clause `key`, in force from the civil day `since`; an empty text withdraws the clause.

    `after` is the version that the writer read, 0 for a new clause. Raises NotFound, SignInFirst (nobody who supervises),
    Conflict (another version came meanwhile, or the key is taken), Invalid.
    """
    actor.require_supervision()
    errors = {}
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", key):
        errors["key"] = gettext_noop("Small letters, digits and underscores, beginning with a letter.")
    if not title.strip():
        errors["title"] = gettext_noop("Give the clause a title.")
    if not text.strip() and not after:
        errors["text"] = gettext_noop("A new clause says something.")
    unknown = [name for name in re.findall(r"\{(\w+)\}", text) if name not in clauses.FIELDS]
    if unknown:
        errors["text"] = gettext_noop("A document has no such field in braces; see the list below the text.")
    if since < beijing_date(clock.now()):
        errors["since"] = gettext_noop(
            "A version does not begin in the past: documents were made under the old one."
        )
    if category and category not in list(Category):
        errors["category"] = gettext_noop("Choose goods, works or services.")
    if method and method not in METHODS:
        errors["method"] = gettext_noop("There is no such procurement method.")
    if errors:
        raise Invalid(errors=errors)
    newest = max((one.version for one in clauses.in_library(key)), default=0)
    if newest != after:
        raise Conflict(gettext_noop("Somebody else has changed this clause. Look at it again, then save."))

    row = ClauseVersion.objects.create(
        key=key,
        version=newest + 1,
        place=place,
        category=category,
        method=method,
        title=title.strip(),
        text=text.strip(),
        basis=basis.strip(),
        since=since,
        made_by=actor.label,
        made_at=clock.now(),
    )
    record(
        actor=actor.label,
        verb="write_clause",
        subject=f"clause.{key}",
        rule="T-03",
        version=row.version,
        since=since.isoformat(),
    )
    return clauses.versions(key)[0]
