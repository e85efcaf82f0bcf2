"""Credit queries (信用查询): asked over the line that is set up, or by hand; every one is kept as evidence."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from django.db import transaction

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Invalid, gettext_noop
from parties import credit
from parties.access import Actor
from parties.models import CreditQuery
from parties.rules import credit_code_is_valid
from parties.states import REGISTER_WORDS, Register
from storage.papers import Upload, keep

log = logging.getLogger(__name__)
RULE = "G-04.listed_max"


@transaction.atomic
def ask(*, actor: Actor, credit_code: str, name: str, purpose: str) -> CreditQuery:
    """Ask the registers about one organisation and keep the question and the answer. Raises CreditUnavailable.

    The caller has checked that `actor` may ask for this `purpose`.   Source: 财库〔2016〕125号.
    """
    line = credit.source()
    if line is None:
        raise credit.CreditUnavailable(
            gettext_noop(
                "No line to the credit registers is set up. Ask them yourself and enter what you found."
            )
        )
    answer = line.ask(credit_code, name)
    return _keep(actor, credit_code, name, purpose, answer)


def ask_if_possible(*, actor: Actor, credit_code: str, name: str, purpose: str) -> CreditQuery | None:
    """Ask, unless there is no line or no answer now: then None, and whoever needs the answer asks again or by hand."""
    try:
        return ask(actor=actor, credit_code=credit_code, name=name, purpose=purpose)
    except credit.CreditUnavailable:
        log.warning("credit query failed", extra={"credit_code": credit_code, "purpose": purpose})
        return None


@transaction.atomic
def note(
    *,
    actor: Actor,
    credit_code: str,
    name: str,
    purpose: str,
    listed: Collection[str],
    remark: str,
    file: Upload | None,
) -> CreditQuery:
    """Keep what somebody found in the registers by hand, with the printout. Raises Invalid.

    The caller has checked that `actor` may ask for this `purpose`.
    """
    if not credit_code_is_valid(credit_code) or any(one not in set(Register) for one in listed):
        raise Invalid(errors={"listed": gettext_noop("Choose registers from the list.")})
    if file is None:
        raise Invalid(errors={"file": gettext_noop("Attach the printout of the query.")})
    stored = keep("credit", file)
    body = {"by_hand": remark.strip(), "sha256": stored["sha256"], "listed": sorted(listed)}
    answer = credit.Answer(gettext_noop("by hand"), tuple(Register(one) for one in listed), body)
    return _keep(
        actor, credit_code, name, purpose, answer, file_name=stored["name"], stored_as=stored["stored_as"]
    )


def _keep(
    actor: Actor, credit_code: str, name: str, purpose: str, answer: credit.Answer, **file: Any
) -> CreditQuery:
    asked = {"credit_code": credit_code, "name": name, "registers": sorted(REGISTER_WORDS)}
    row = CreditQuery.objects.create(
        credit_code=credit_code,
        name=name,
        purpose=purpose,
        source=answer.source,
        asked=asked,
        asked_at=clock.now(),
        asked_by=actor.label,
        answer=answer.body,
        answer_hash=digest(answer.body).hex(),
        listed=[str(one) for one in answer.listed],
        **file,
    )
    record(
        actor=actor.label,
        verb="parties.ask_credit",
        subject=f"credit.{credit_code}",
        rule=RULE,
        purpose=purpose,
        source=answer.source,
        answer=row.answer_hash,
        listed=row.listed,
    )
    return row
