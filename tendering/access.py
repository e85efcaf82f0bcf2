"""Who may reach a tender: the one door for the edge. Absent and forbidden look the same."""

from __future__ import annotations

from uuid import UUID

from core import clock
from core.errors import Forbidden, NotFound, gettext_noop
from parties.access import Actor
from parties.selectors import standing
from parties.states import Kind
from tendering.admission import is_invited, objectors
from tendering.competition import as_called
from tendering.facts import ApplicationFacts, DocumentFacts, QuestionFacts, TenderFacts
from tendering.methods import Invites, method_of
from tendering.models import Document, Question
from tendering.selectors import (
    applications_of,
    call_of,
    law_of,
    question_facts,
    tender_facts,
)
from tendering.states import TenderStatus
from tendering.supplement import is_entrant


class OwnTender(Forbidden):
    """Who runs a procedure cannot bid in it."""

    code = "own-tender"
    title = gettext_noop("The purchaser and its agency cannot bid")


class PreparedProject(Forbidden):
    """Who designed, specified, managed, supervised or tested a project does not bid for the rest of it."""

    code = "prepared-project"
    title = gettext_noop("Who prepared or supervises this project cannot bid for it")


class Excluded(Forbidden):
    """A bad record is in force: the supplier may not take part in government procurement."""

    code = "excluded-supplier"
    title = gettext_noop("A sanction in force excludes this supplier")


def tender_to_view(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give the working view of a tender to those who run it, and once it is published to its region's supervisor.

    Else NotFound, SignInFirst.
    """
    actor.require_user()
    tender = tender_facts(tender_id)
    runs = actor.org_id is not None and actor.org_id in (tender.purchaser_id, tender.agency_id)
    if not runs and not (tender.law_as_of is not None and actor.oversees(tender.region)):
        raise NotFound()
    return tender


class EnteredAlready(Forbidden):
    """A supplementary call finds other suppliers than those that have entered the agreement, and than those removed."""

    code = "entered-already"
    title = gettext_noop("You have entered this framework agreement before")


def tender_to_manage(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give a tender to its purchaser or the agency it entrusted; else NotFound, SignInFirst."""
    actor.require_user()
    tender = tender_facts(tender_id)
    if not runs(actor, tender):
        raise NotFound()
    return tender


def tender_to_own(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give a tender to its purchaser alone: to entrust, approve, cancel; else NotFound, SignInFirst."""
    tender = tender_to_manage(actor, tender_id)
    if actor.org_id != tender.purchaser_id:
        raise NotFound()
    return tender


def tender_to_bid(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give a published tender to a supplier, at any time of it: whether bids are accepted now the verbs decide.

    Of a second competition each supplier gets its own agreed prices as ceilings.

    Raises SignInFirst, NotFound (not published, no supplier), OwnTender, PreparedProject, Excluded (a record stands).
    Source: 《政府采购法》第二十二条; 《实施条例》第十八条.
    """
    org_id = actor.require_kind(Kind.SUPPLIER)
    tender = tender_facts(tender_id)
    if tender.published_at is None:
        raise NotFound()
    _may_take_part(actor, org_id, tender)
    invites = method_of(tender.method).invites
    if invites in (Invites.NAMED, Invites.ANYTIME) or (
        tender.closed_circle and not is_invited(tender_id, org_id)
    ):
        raise NotFound()
    return as_called(tender, org_id)


def tender_to_challenge(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give a published procedure to a supplier that may challenge it: as `tender_to_bid`, a single source to those concerned.

    Concerned by a single source are the supplier asked and whoever objected to its notice. Raises as `tender_to_bid`.
    Source: 《政府采购法》第五十二条; 财政部令第94号第十条、第十一条.
    """
    org_id = actor.require_kind(Kind.SUPPLIER)
    tender = tender_facts(tender_id)
    if tender.sole is None:
        return tender_to_bid(actor, tender_id)
    if tender.published_at is None or org_id not in {tender.sole.supplier_id, *objectors(tender_id)}:
        raise NotFound()
    return tender


def _may_take_part(actor: Actor, org_id: UUID, tender: TenderFacts) -> None:
    """Refuse a supplier that may not take part, as far as is known before the opening: by what it is and by its records.

    What ties it to other bidders is looked at after the opening: before, the answer would tell who else bids.
    """
    if org_id in (tender.purchaser_id, tender.agency_id):
        raise OwnTender(rule="L-02")
    if tender.prepared_by(actor.credit_code) and law_of(tender.id).has("L-02.preparers_max"):
        raise PreparedProject(rule="L-02.preparers_max")
    if is_entrant(tender, org_id):
        raise EnteredAlready(rule="F-10")
    if standing(actor.credit_code, clock.now(), lambda: law_of(tender.id)):
        raise Excluded(rule="L-01")


def tender_to_apply(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give a tender that has called for applications to a supplier; whether it accepts any now the verbs decide.

    Raises SignInFirst, NotFound, OwnTender, Excluded.
    """
    org_id = actor.require_kind(Kind.SUPPLIER)
    tender = tender_facts(tender_id)
    if call_of(tender_id) is None:
        raise NotFound()
    _may_take_part(actor, org_id, tender)
    return tender


def sole_source_to_read(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give an announced single-source procedure to anybody who is signed in; else NotFound, SignInFirst."""
    actor.require_user()
    tender = tender_facts(tender_id)
    if tender.sole is None or tender.published_at is None or tender.emergency is not None:
        raise NotFound()
    return tender


def application_to_read(actor: Actor, tender_id: UUID, application_id: UUID) -> ApplicationFacts:
    """Give an application to who runs the tender, and to its own supplier; else NotFound, SignInFirst."""
    actor.require_user()
    tender = tender_facts(tender_id)
    found = next((row for row in applications_of(tender_id) if row.id == application_id), None)
    own = found is not None and actor.acts_as(Kind.SUPPLIER) and actor.org_id == found.supplier_id
    if found is None or not (own or runs(actor, tender)):
        raise NotFound()
    return found


def may_read(actor: Actor, tender: TenderFacts) -> bool:
    """Tell whether the documents of a published tender are this actor's to read.

    Anybody's, but of a restricted or prequalified tender those of the invited, of who runs it and of the region's
    supervisor; with the award they go public.   Source: 《政府采购法》第三十四条; 《实施条例》第四十三条.
    """
    if not tender.closed_circle or tender.status in (TenderStatus.AWARDED, TenderStatus.CONTRACTED):
        return True
    if runs(actor, tender) or actor.oversees(tender.region):
        return True
    return actor.org_id is not None and is_invited(tender.id, actor.org_id)


def document_to_read(actor: Actor, tender_id: UUID, document_id: UUID) -> tuple[DocumentFacts, str]:
    """Give a document and the name it is stored under.

    Published with the notice, it is anybody's; before that it belongs to those who run the tender.
    """
    tender = tender_facts(tender_id)
    if tender.published_at is None:
        tender = tender_to_view(actor, tender_id)
    if not may_read(actor, tender):
        raise NotFound()
    row = Document.objects.filter(pk=document_id, tender_id=tender_id).first()
    if row is None:
        raise NotFound()
    facts = next(found for found in tender.documents if found.id == document_id)
    return facts, row.stored_as


def questions_to_read(actor: Actor, tender_id: UUID) -> TenderFacts:
    """Give a tender whose published answers this actor may read, as its documents; else NotFound."""
    tender = tender_facts(tender_id)
    if tender.bids_due_at is None or tender.published_at is None or not may_read(actor, tender):
        raise NotFound()
    return tender


def runs(actor: Actor, tender: TenderFacts) -> bool:
    """Tell whether this desk runs the tender: as its purchaser or as the agency it entrusted."""
    desks = ((Kind.PURCHASER, tender.purchaser_id), (Kind.AGENCY, tender.agency_id))
    return any(
        org_id is not None and actor.org_id == org_id and actor.acts_as(kind) for kind, org_id in desks
    )


def question_to_answer(actor: Actor, tender_id: UUID, question_id: UUID) -> tuple[TenderFacts, QuestionFacts]:
    """Give a question to who runs the tender it was asked about; else NotFound, SignInFirst."""
    tender = tender_to_manage(actor, tender_id)
    row = Question.objects.select_related("supplier").filter(pk=question_id, tender_id=tender_id).first()
    if row is None:
        raise NotFound()
    return tender, question_facts(row)


def stream_to_view(actor: Actor, key: str) -> None:
    """Let anyone follow a published tender; a draft only those who run it. Raises NotFound."""
    try:
        tender_id = UUID(key)
    except ValueError:
        raise NotFound() from None
    tender = tender_facts(tender_id)
    if tender.status == TenderStatus.DRAFT or tender.published_at is None:
        tender_to_view(actor, tender_id)
