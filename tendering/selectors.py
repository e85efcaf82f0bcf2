"""Reads of tenders: facts, never rows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core import clock, regions
from core.enacted import selectors as enacted
from core.errors import NotFound, Refused, gettext_noop
from core.law.book import Law
from core.law.rule import Rule
from core.money import UnitPrice, Yuan
from core.reads import Asked, ModelRead, Read, Rows
from planning import catalogue
from tendering.admission import asked_of
from tendering.emergencies import of_tender as emergency_of
from tendering.facts import (
    AmendmentFacts,
    ApplicationFacts,
    ApprovalFacts,
    BegunFacts,
    BidTerms,
    CallFacts,
    CriterionFacts,
    DocumentFacts,
    FrameworkFacts,
    HoldFacts,
    ItemFacts,
    LotFacts,
    ObjectionFacts,
    PreviousFacts,
    QuestionFacts,
    SoleFacts,
    TenderFacts,
    TermFacts,
)
from tendering.methods import EMERGENCY, Invites, Quoting, method_of
from tendering.models import (
    Amendment,
    Application,
    Approval,
    ChangeableTerm,
    Criterion,
    Document,
    FrameworkCall,
    Hold,
    Item,
    Lot,
    Objection,
    PolicyVersion,
    Prequalification,
    Question,
    SoleSource,
    Tender,
)
from tendering.sealing import sealing_of
from tendering.states import QuestionStatus, TenderStatus
from tendering.supplement import supplement_of

_ROWS = ("purchaser", "agency", "previous", "framework_call", "admission")
_WITH = ("lots__items", "criteria", "documents", "amendments", "approvals", "policies", "terms")


def _all() -> QuerySet[Tender]:
    return Tender.objects.select_related(*_ROWS).prefetch_related(*_WITH)


def tender_facts(tender_id: UUID) -> TenderFacts:
    """Give one tender with its lots, criteria, documents and sealing, or raise NotFound."""
    found = _ONE(tender=tender_id)
    if not found:
        raise NotFound()
    tender = found[0]
    own: dict[str, list[Any]] = {name: read(tender=tender_id) for name, read in _OF_ONE.items()}
    for lot in own["lots"]:
        lot._prefetched_objects_cache = {"items": [row for row in own["items"] if row.lot_id == lot.pk]}
    tender._prefetched_objects_cache = own  # type: ignore[attr-defined]
    return facts_of(tender)


def bid_terms(tender_id: UUID) -> BidTerms:
    """Give what deciding a bid needs of its tender, in one query: many bids are decided in one second.

    Raises NotFound.
    """
    return _bid_terms(tender_id, _TERMS(tender=tender_id))


def asked_terms(tender_id: UUID) -> Asked[BidTerms]:
    """Ask for what `bid_terms` gives, together with something else."""
    return _TERMS.asked(tender=tender_id).then(lambda rows: _bid_terms(tender_id, rows))


def _bid_terms(tender_id: UUID, rows: Rows) -> BidTerms:
    if not rows:
        raise NotFound()
    title, status, published_at, bids_due_at, finals_due_at, method = rows[0][:6]
    policies = [PolicyVersion(**dict(zip(_OF_POLICY, row[6:], strict=True))) for row in rows]
    quoting = method_of(method).quoting
    return BidTerms(
        tender_id,
        title,
        status,
        published_at,
        bids_due_at,
        sealing_of(row for row in policies if row.v),
        one_quote=quoting is Quoting.ONCE,
        rounds=quoting is Quoting.ROUNDS,
        finals_due_at=finals_due_at,
    )


def asked_policy(tender_id: UUID, lot: str, envelope: str) -> Asked[str]:
    """Ask for the hash of the newest sealing policy of one lot and envelope; its answer raises NotFound if there is none."""
    return _NEWEST.asked(tender=tender_id, lot=lot, envelope=envelope).then(_newest)


def _newest(rows: Rows) -> str:
    if not rows:
        raise NotFound()
    return str(rows[0][0])


# Every door of a procedure reads it whole, many times in a request's life: composing these costs more than they do.
_ONE = ModelRead[Tender](
    lambda tender: Tender.objects.filter(pk=tender).order_by("pk").select_related(*_ROWS),
    tender=UUID,
)
_OF_ONE: dict[str, ModelRead[Any]] = {
    "lots": ModelRead(lambda tender: Lot.objects.filter(tender=tender), tender=UUID),
    "items": ModelRead(lambda tender: Item.objects.filter(lot__tender=tender), tender=UUID),
    "criteria": ModelRead(lambda tender: Criterion.objects.filter(tender=tender), tender=UUID),
    "documents": ModelRead(lambda tender: Document.objects.filter(tender=tender), tender=UUID),
    "amendments": ModelRead(lambda tender: Amendment.objects.filter(tender=tender), tender=UUID),
    "approvals": ModelRead(lambda tender: Approval.objects.filter(tender=tender), tender=UUID),
    "terms": ModelRead(lambda tender: ChangeableTerm.objects.filter(tender=tender), tender=UUID),
    "policies": ModelRead(lambda tender: PolicyVersion.objects.filter(tender=tender), tender=UUID),
}
_OF_TENDER = ("title", "status", "published_at", "bids_due_at", "finals_due_at", "method")
_OF_POLICY = ("lot", "envelope", "v", "policy", "policy_hash", "keepers")
_TERMS = Read(
    lambda tender: (
        Tender.objects.filter(pk=tender)
        .order_by("pk")
        .values_list(*_OF_TENDER, *(f"policies__{name}" for name in _OF_POLICY))
    ),
    tender=UUID,
)
_NEWEST = Read(
    lambda tender, lot, envelope: (
        PolicyVersion.objects.filter(tender=tender, lot=lot, envelope=envelope)
        .order_by("-v")
        .values_list("policy_hash")[:1]
    ),
    tender=UUID,
    lot=str,
    envelope=str,
)


def open_tenders() -> list[TenderFacts]:
    """Give the tenders that accept bids, by deadline."""
    return [facts_of(row) for row in _all().filter(status=TenderStatus.OPEN).order_by("bids_due_at")]


def tenders_of(org_id: UUID, *, statuses: tuple[str, ...] = ()) -> list[TenderFacts]:
    """Give the tenders that an organisation runs as purchaser or agency, newest first."""
    rows = _all().filter(purchaser_id=org_id) | _all().filter(agency_id=org_id)
    if statuses:
        rows = rows.filter(status__in=statuses)
    return [facts_of(row) for row in rows.distinct()]


def tender_of_plan(plan_id: UUID) -> UUID | None:
    """Give the running or finished tender of a plan (failed and cancelled ones do not count), or None.

    Those that take up failed lots of it are found from it, not here.
    """
    ended = (TenderStatus.FAILED, TenderStatus.CANCELLED)
    rows = Tender.objects.filter(plan_id=plan_id, part=False).exclude(status__in=ended)
    return rows.values_list("pk", flat=True).first()


class LawChanged(Refused):
    """The law stored with a procedure is not the one it was begun under."""

    code = "law-changed"
    title = gettext_noop("The law stored with this tender does not match its digest")
    status = 500


def law_of(tender_id: UUID) -> Law:
    """Give the law a published tender stands under: as of its notice, whatever the packs have become since.

    Raises NotFound (also before publication), LawChanged.
    """
    names = ("law_snapshot", "law_as_of", "law_digest", "region")
    row = Tender.objects.filter(pk=tender_id).values_list(*names).first()
    if row is None or row[1] is None:
        raise NotFound()
    law = Law.from_snapshot(row[0], row[1])
    if law.digest != row[2]:
        raise LawChanged()
    return law.counting_by(lambda: enacted.calendar(row[3]))


def call_of(tender_id: UUID) -> CallFacts | None:
    """Give the call for applications of a tender, or None where it has made none."""
    row = Prequalification.objects.filter(tender_id=tender_id).first()
    if row is None:
        return None
    return CallFacts(
        wanted=row.wanted,
        due_at=row.due_at,
        commitment=row.commitment,
        notice_id=row.notice_id,
        pool=tuple(row.pool),
        pool_index=row.pool_index,
        witnesses=tuple(one["name"] for one in row.witnesses),
        draw=dict(row.draw),
        drawn_at=row.drawn_at,
    )


def applications_of(tender_id: UUID, supplier_id: UUID | None = None) -> list[ApplicationFacts]:
    """Give the applications to be invited, or those of one supplier, in the order of their arrival."""
    rows = Application.objects.filter(tender_id=tender_id).select_related("supplier")
    if supplier_id is not None:
        rows = rows.filter(supplier_id=supplier_id)
    return [
        ApplicationFacts(
            id=row.pk,
            tender_id=row.tender_id,
            supplier_id=row.supplier_id,
            supplier_name=row.supplier.name,
            credit_code=row.supplier.credit_code,
            status=row.status,
            statement=row.statement,
            file=row.name,
            media_type=row.media_type,
            sha256=row.sha256,
            stored_as=row.stored_as,
            applied_at=row.applied_at,
            reason=row.reason,
        )
        for row in rows
    ]


def fewest_suppliers(tender: TenderFacts, *, valid: bool = False) -> tuple[int, Rule]:
    """Give how many suppliers a begun procedure needs at its deadline, or (`valid`) after the review, and the rule.

    The method's exceptions count where the stated ground, or an approval on record, opens them. Raises NotFound, NoSuchRule.
    """
    law = law_of(tender.id)
    count, rule = method_of(tender.method).fewest(law, tender.ground, tender.approved_kinds, valid=valid)
    return count, law.cite(rule)


def begun_in(region: str | None) -> list[BegunFacts]:
    """Give what is drafted or under way in a region (None: everywhere) with the law it is pinned to, by deadline."""
    ended = (TenderStatus.CONTRACTED, TenderStatus.FAILED, TenderStatus.CANCELLED)
    rows = Tender.objects.exclude(status__in=ended)
    if region is not None:
        rows = rows.filter(region__startswith=regions.stem(region))
    names = [field.name for field in fields(BegunFacts)]
    found = rows.order_by("bids_due_at", "pk").values(*({"id": "pk"}.get(name, name) for name in names))
    return [BegunFacts(**{"id": row.pop("pk"), **row}) for row in found]


def published_answers(tender_id: UUID) -> list[QuestionFacts]:
    """Give the questions about the documents that were answered to all, by number."""
    rows = Question.objects.filter(tender_id=tender_id, no__isnull=False).order_by("no")
    return [question_facts(row) for row in rows.select_related("supplier")]


def questions_of(tender_id: UUID, supplier_id: UUID | None = None) -> list[QuestionFacts]:
    """Give what was asked about a tender, or what one supplier asked: what waits first, by when it is due."""
    rows = Question.objects.filter(tender_id=tender_id).select_related("supplier")
    if supplier_id is not None:
        rows = rows.filter(supplier_id=supplier_id)
    found = [question_facts(row) for row in rows.order_by("asked_at")]
    return sorted(found, key=lambda row: row.status == QuestionStatus.ANSWERED)


def waiting_questions(tender_id: UUID) -> int:
    """Give how many questions wait for an answer: for who runs the tender alone."""
    return Question.objects.filter(tender_id=tender_id).exclude(status=QuestionStatus.ANSWERED).count()


def question_facts(row: Question) -> QuestionFacts:
    own = ("tender_id", "no", "status", "about_documents", "text", "published_text", "answer", "affects_bids")
    when = ("asked_at", "due_at", "answered_at", "notice_id", "supplier_id")
    return QuestionFacts(
        id=row.pk,
        supplier_name=row.supplier.name,
        **{name: getattr(row, name) for name in (*own, *when)},
    )


def holds_in_force(tender_id: UUID) -> list[HoldFacts]:
    """Give the suspensions that hold a procedure now, the one that lasts longest first."""
    now = clock.now()
    rows = Hold.objects.filter(tender_id=tender_id, lifted_at=None, begins_at__lte=now, until__gt=now)
    return [hold_facts(row) for row in rows.order_by("-until")]


def hold_facts(row: Hold) -> HoldFacts:
    names = ("tender_id", "source", "reason", "begins_at", "until", "lifted_at")
    return HoldFacts(id=row.pk, **{name: getattr(row, name) for name in names})


def policy_chain(tender_id: UUID, lot: str, envelope: str = "single") -> list[dict[str, Any]]:
    """Give the sealing policies of one lot and envelope as they stand in the log, oldest first."""
    rows = PolicyVersion.objects.filter(tender_id=tender_id, lot=lot, envelope=envelope).order_by("v")
    return [dict(row.policy) for row in rows]


def policy_versions(tender_id: UUID) -> list[dict[str, Any]]:
    """Give the rows of all sealing policies of a tender as they are stored, to be compared with the log."""
    rows = PolicyVersion.objects.filter(tender_id=tender_id).order_by("lot", "envelope", "v")
    names = ("lot", "envelope", "v", "policy", "policy_hash", "keepers", "entry_index")
    return [{**{name: getattr(row, name) for name in names}, "tender": str(row.tender_id)} for row in rows]


def facts_of(tender: Tender) -> TenderFacts:
    return TenderFacts(
        id=tender.pk,
        ocid=tender.ocid,
        project_no=tender.project_no,
        title=tender.title,
        title_en=tender.title_en,
        status=tender.status,
        purchaser_id=tender.purchaser_id,
        purchaser_name=tender.purchaser.name,
        agency_id=tender.agency_id,
        agency_name=tender.agency.name if tender.agency else "",
        method=tender.method,
        category=tender.category,
        region=tender.region,
        budget_level=tender.budget_level,
        budget=Yuan(tender.budget),
        ceiling=Yuan(tender.ceiling) if tender.ceiling is not None else None,
        need=tender.need,
        delivery=tender.delivery,
        payment=tender.payment,
        advance_percent=tender.advance_percent,
        published_at=tender.published_at,
        bids_due_at=tender.bids_due_at,
        opens_at=tender.opens_at,
        wanted_due_at=tender.wanted_due_at,
        gathering_seconds=tender.gathering_seconds,
        silence=tender.silence,
        explained=dict(tender.explained),
        version=tender.version,
        approved=tender.approved_version == tender.version,
        documents_until=tender.documents_until,
        law_as_of=tender.law_as_of,
        law_digest=tender.law_digest,
        notice_id=tender.notice_id,
        notice_hash=tender.notice_hash,
        notice_version=tender.notice_version,
        sandbox=tender.sandbox,
        evaluation_method=tender.evaluation_method,
        price_weight=tender.price_weight,
        price_formula=tender.price_formula,
        deductions=dict(tender.deductions),
        ties=tender.ties,
        budget_line_id=tender.budget_line_id,
        plan_id=tender.plan_id,
        previous=_previous(tender.previous) if tender.previous else None,
        part=tender.part,
        ended_reason=tender.ended_reason,
        lots=tuple(_lot(lot) for lot in tender.lots.all()),
        criteria=tuple(
            CriterionFacts(row.code, row.name, row.kind, row.max, row.guide, row.rule)
            for row in tender.criteria.all()
        ),
        documents=tuple(
            DocumentFacts(
                id=row.pk,
                name=row.name,
                kind=row.kind,
                media_type=row.media_type,
                size=row.size,
                sha256=row.sha256,
                added_at=row.added_at,
            )
            for row in tender.documents.all()
        ),
        amendments=tuple(
            AmendmentFacts(
                no=row.no,
                at=row.at,
                reason=row.reason,
                affects_bids=row.affects_bids,
                changes=tuple((str(a), str(b), str(c)) for a, b, c in row.changes),
                notice_id=row.notice_id,
            )
            for row in tender.amendments.all()
        ),
        approvals=tuple(
            ApprovalFacts(
                id=row.pk,
                kind=row.kind,
                number=row.number,
                authority=row.authority,
                decided_on=row.decided_on,
                file=row.name,
                sha256=row.sha256,
            )
            for row in tender.approvals.all()
        ),
        sole=sole_of(tender.pk) if method_of(tender.method).invites is Invites.NAMED else None,
        emergency=emergency_of(tender.pk) if tender.method == EMERGENCY.code else None,
        framework=_framework(tender) if method_of(tender.method).admits else None,
        sealing=sealing_of(tender.policies.all()),
        two_envelopes=tender.two_envelopes,
        blind=tender.blind,
        ground=tender.ground,
        finals_due_at=tender.finals_due_at,
        terms=tuple(TermFacts(row.no, row.kind, row.title, row.text) for row in tender.terms.all()),
        **asked_of(tender),
    )


def sole_of(tender_id: UUID) -> SoleFacts | None:
    """Give what a single-source procedure rests on, or None where nothing is stated yet."""
    row = SoleSource.objects.filter(tender_id=tender_id).select_related("supplier").first()
    if row is None:
        return None
    return SoleFacts(
        supplier_id=row.supplier_id,
        supplier_name=row.supplier.name,
        supplier_address=row.supplier.address,
        ground=row.ground,
        reason=row.reason,
        opinions=tuple(row.opinions),
        objections_until=row.objections_until,
        review_due_at=row.review_due_at,
        objections=tuple(
            ObjectionFacts(
                id=one.pk,
                text=one.text,
                organisation=one.organisation,
                made_at=one.made_at,
                upheld=one.upheld,
                review=one.review,
                reviewed_at=one.reviewed_at,
            )
            for one in Objection.objects.filter(tender_id=tender_id)
        ),
    )


def _framework(tender: Tender) -> FrameworkFacts | None:
    row: FrameworkCall | None = getattr(tender, "framework_call", None)
    if row is None:
        return None
    names = ("elimination", "months", "selection", "quality_ground", "answer_hours", "market")
    return FrameworkFacts(**{name: getattr(row, name) for name in names}, supplement=supplement_of(row))


def _previous(row: Tender) -> PreviousFacts:
    return PreviousFacts(id=row.pk, ocid=row.ocid, project_no=row.project_no, title=row.title)


def follower_of(tender_id: UUID) -> PreviousFacts | None:
    """Give the newest procedure that follows one that ended, or None."""
    row = Tender.objects.filter(previous_id=tender_id).order_by("-created_at").first()
    return _previous(row) if row else None


def _lot(lot: Any) -> LotFacts:
    return LotFacts(
        no=lot.no,
        title=lot.title,
        title_en=lot.title_en,
        budget=Yuan(lot.budget),
        ceiling=Yuan(lot.ceiling) if lot.ceiling is not None else None,
        items=tuple(
            ItemFacts(
                no=row.no,
                code=row.code,
                edition=row.edition,
                classification=catalogue.name_of(row.code, row.edition),
                name=row.name,
                spec=row.spec,
                quantity=row.quantity,
                unit=row.unit,
                ceiling=UnitPrice(row.ceiling) if row.ceiling is not None else None,
            )
            for row in lot.items.all()
        ),
        reserved=lot.reserved,
    )
