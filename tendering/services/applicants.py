"""Who of the applicants may take part: asked of the register when an application is reviewed, and when the pool is fixed."""

from __future__ import annotations

from uuid import UUID

from core import clock
from core.errors import Conflict, Invalid, gettext_noop
from core.workdays import beijing_date
from parties.eligibility import Case, Finding, decide
from parties.evidence import held_at, links_between
from parties.selectors import records_of
from tendering.selectors import applications_of, call_of, law_of, tender_facts
from tendering.states import PART_WORDS, ApplicationStatus


class ApplicantBarred(Conflict):
    """Something stands against an applicant that leaves no choice."""

    code = "applicant-barred"
    title = gettext_noop("This applicant may not take part")


def findings_of(tender_id: UUID) -> dict[UUID, tuple[Finding, ...]]:
    """Give what stands against each applicant, by application, once the time for applications is over; else nothing.

    Evidence must be valid on the last day for applications; ties to other applicants count, since who is drawn bids
    against them.   Source: 《政府采购法》第二十二条; 《实施条例》第十八条, 第二十一条.
    """
    call, now = call_of(tender_id), clock.now()
    if call is None or now < call.due_at:
        return {}
    tender, law, rows = tender_facts(tender_id), law_of(tender_id), applications_of(tender_id)
    day, ids = beijing_date(call.due_at), [row.supplier_id for row in rows]
    records = records_of({row.credit_code for row in rows})
    evidence, links = held_at(ids, call.due_at), links_between(ids, day)
    return {
        row.id: decide(
            Case(
                day=day,
                records=tuple(records[row.credit_code]),
                prepared=PART_WORDS.get(tender.prepared_by(row.credit_code), ""),
                links=tuple(links[row.supplier_id]),
                asked=tender.evidence_asked,
                proofs=tuple(one.proof for one in evidence[row.supplier_id]),
            ),
            at=now,
            law=law,
        )
        for row in rows
    }


def must_qualify(tender_id: UUID, application_id: UUID, reason: str) -> None:
    """Pass if an applicant can be called qualified. Raises ApplicantBarred, Invalid (something found is not answered)."""
    found = findings_of(tender_id).get(application_id, ())
    for row in found:
        if row.bars:
            raise ApplicantBarred(
                gettext_noop("See what was found, and say which qualification is not met."),
                rule=row.rule,
                finding=row.code,
            )
    if found and not reason.strip():
        raise Invalid(
            errors={"reason": gettext_noop("Something was found about this applicant. Say why it qualifies.")}
        )


def none_barred(tender_id: UUID) -> None:
    """Pass if nobody in the pool is barred by now. Raises ApplicantBarred."""
    found = findings_of(tender_id)
    for row in applications_of(tender_id):
        if row.status != ApplicationStatus.QUALIFIED:
            continue
        for one in found[row.id]:
            if one.bars:
                raise ApplicantBarred(
                    gettext_noop("%(supplier)s was found qualified, and by now it may not take part."),
                    rule=one.rule,
                    supplier=row.supplier_name,
                )
