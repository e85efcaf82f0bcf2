"""Publish what became of a year's reservation for small and medium-sized enterprises, and publish it anew when it changed."""

from __future__ import annotations

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Refused, gettext_noop
from core.workdays import beijing_date
from disclosure.facts import NoticeFacts
from disclosure.selectors.notices import newest_of_source
from disclosure.services import publish as publish_notice
from evaluation import sme_year
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.states import Kind


class YearNotOver(Refused):
    """The fiscal year still runs: its figures are not final."""

    code = "year-not-over"
    title = gettext_noop("The year is not over yet")


class NothingReserved(Refused):
    """No plan of the year is reserved."""

    code = "nothing-reserved"
    title = gettext_noop("No purchase of this year is reserved")


class NothingChanged(Conflict):
    """What is public says the same already."""

    code = "nothing-changed"
    title = gettext_noop("These figures are public already")


@transaction.atomic
def publish(*, actor: Actor, year: int) -> NoticeFacts:
    """Publish the purchaser's figures of a year that is over; where they changed since, as the next version.

    Raises NotFound, SignInFirst, YearNotOver, NothingReserved, NothingChanged.   Source: 财库〔2020〕46号第十八条.
    """
    org_id = actor.require_kind(Kind.PURCHASER)
    if year >= beijing_date(clock.now()).year:
        raise YearNotOver(gettext_noop("Publish it once the year has ended."), rule=sme_year.RULE)
    found = sme_year.executed(org_id, year)
    if not found.lines:
        raise NothingReserved(rule=sme_year.RULE)
    said = newest_of_source(sme_year.source_of(org_id, year))
    if said is not None and said.facts == found.as_facts():
        raise NothingChanged(rule=sme_year.RULE)
    made = publish_notice(
        actor=actor,
        corrects=said.pk if said else None,
        **sme_year.notice(found, organisation_facts(org_id)),
    )
    record(
        actor=actor.label,
        verb="publish_sme_year",
        subject=sme_year.source_of(org_id, year),
        rule=sme_year.RULE,
        notice=str(made.id),
        bought=str(found.bought),
        small_micro=str(found.small_micro),
    )
    return made
