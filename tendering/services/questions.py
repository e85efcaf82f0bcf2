"""Questions of suppliers (询问) and their answers: to all while bids can be made, afterwards to who asked."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.transitions import follow
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from storage.papers import Upload
from tendering import clarification_notice
from tendering.access import tender_to_bid
from tendering.facts import QuestionFacts, TenderFacts
from tendering.models import Question, Tender
from tendering.periods import REPLY
from tendering.selectors import law_of, question_facts, tender_facts
from tendering.services.amending import amend
from tendering.states import QUESTION_STEPS, QuestionStatus, TenderStatus

LONGEST = 4000


@transaction.atomic
def ask(*, actor: Actor, tender_id: UUID, text: str) -> QuestionFacts:
    """Ask something, as any supplier: before the deadline about the documents, afterwards about the procedure.

    Asking tells nothing of bidding: nobody needs a bid to ask, and until there is an answer only who runs the tender
    learns that somebody asked. A question about the documents is published with its answer, so it names nobody.
    Raises NotFound, SignInFirst, OwnTender, Excluded, Invalid (empty, too long, names the firm).
    Source: 《政府采购法》第五十一条; 《实施条例》第五十二条.
    """
    now = clock.now()
    tender = tender_to_bid(actor, tender_id)
    about_documents = (
        tender.status == TenderStatus.OPEN and tender.bids_due_at is not None and now < tender.bids_due_at
    )
    _check_question(text, actor, about_documents)

    law = law_of(tender_id)
    due = law.end_of(REPLY, now, binding=False).ends_at if law.has(REPLY) else None
    row = Question.objects.create(
        tender_id=tender_id,
        supplier_id=actor.require_kind(Kind.SUPPLIER),
        about_documents=about_documents,
        text=text.strip(),
        asked_at=now,
        asked_by=actor.label,
        due_at=due,
    )
    record(
        actor=actor.label,
        verb="ask",
        subject=f"question.{row.pk}",
        rule=REPLY,
        tender=str(tender_id),
        about_documents=about_documents,
    )
    inbox.assign(
        key=f"question.{row.pk}.answer",
        title=gettext_noop("Answer a question about “%(tender)s”"),
        url=reverse("tendering:answer", args=[tender_id, row.pk]),
        org_id=tender.host_id,
        kind=tender.host_kind,
        why=gettext_noop("A supplier has asked. The law sets a time for the answer."),
        due_at=due,
        rule=REPLY,
        tender=tender.title,
    )
    return question_facts(row)


@transaction.atomic
def answer(
    *,
    actor: Actor,
    question_id: UUID,
    answer: str,
    published_text: str = "",
    affects_bids: bool = False,
    file: Upload | None = None,
) -> QuestionFacts:
    """Answer a question, as who runs the tender.

    One about the documents is answered to all: as a clarification notice, or where it changes what bids must be
    (`affects_bids`, or a further `file`) as an amendment, which gives more time by itself. Only the purchaser amends:
    an agency's answer of that kind waits for it as a proposal, without the file. One about the procedure is answered
    to who asked.
    Raises NotFound, WrongState, Invalid; DeadlinePassed for an amendment.
    Source: 《政府采购法》第五十一条; 《实施条例》第三十一条、第五十二条.
    """
    now = clock.now()
    found = Question.objects.filter(pk=question_id).first()
    if found is None:
        raise NotFound()
    Tender.objects.select_for_update().get(pk=found.tender_id)
    row = Question.objects.select_for_update().select_related("supplier").get(pk=question_id)
    tender = tender_facts(row.tender_id)
    amends = row.about_documents and (affects_bids or file is not None)
    proposed = amends and actor.org_id != tender.purchaser_id
    step = follow(QUESTION_STEPS, row.status, "propose" if proposed else "answer")
    shown = published_text.strip() or row.text
    _check_answer(answer, shown, row)

    row.answer, row.published_text, row.affects_bids = answer.strip(), shown, amends
    row.answered_by = actor.label
    row.status = QuestionStatus(step.target)
    if not proposed:
        row.answered_at = now
        if row.about_documents:
            highest = Question.objects.filter(tender_id=row.tender_id).aggregate(highest=Max("no"))["highest"]
            row.no = (highest or 0) + 1
            row.notice_id = _published(actor, tender, row, file)
    row.save()
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"question.{row.pk}",
        rule=step.rule,
        number=row.no or 0,
        notice=str(row.notice_id or ""),
        amends=amends,
        late=row.due_at is not None and now >= row.due_at,
    )
    _tell(tender, row, proposed)
    return question_facts(row)


def _published(actor: Actor, tender: TenderFacts, row: Question, file: Upload | None) -> UUID | None:
    if row.affects_bids:
        amended = amend(
            actor=actor,
            tender_id=tender.id,
            reason=f"答复供应商询问（第{row.no}号），澄清采购文件",
            file=file,
            clarification=(row.published_text, row.answer),
        )
        return amended.notice_id
    said = clarification_notice.clarification(tender, row.no or 0, row.published_text, row.answer)
    return publish_notice(actor=actor, **said).id


def _check_question(text: str, actor: Actor, public: bool) -> None:
    if not text.strip():
        raise Invalid(errors={"text": gettext_noop("Write your question.")})
    if len(text) > LONGEST:
        raise Invalid(
            errors={"text": gettext_noop("Keep it below 4000 characters, or ask in several parts.")}
        )
    if public and any(name and name in text for name in (actor.org_name, actor.credit_code)):
        raise Invalid(
            errors={"text": gettext_noop("Leave out the name of your firm: the question will be public.")}
        )


def _check_answer(answer: str, shown: str, row: Question) -> None:
    errors = {}
    if not answer.strip():
        errors["answer"] = gettext_noop("Write the answer.")
    if row.about_documents:
        for name, text in (("answer", answer), ("published_text", shown)):
            if row.supplier.name in text or row.supplier.credit_code in text:
                errors[name] = gettext_noop("Leave out who asked: this is published to all.")
    if errors:
        raise Invalid(errors=errors)


def _tell(tender: TenderFacts, row: Question, proposed: bool) -> None:
    inbox.finish(f"question.{row.pk}.answer")
    if proposed:
        inbox.assign(
            key=f"question.{row.pk}.publish",
            title=gettext_noop("Publish the answer to a question about “%(tender)s”"),
            url=reverse("tendering:answer", args=[tender.id, row.pk]),
            org_id=tender.purchaser_id,
            kind=Kind.PURCHASER,
            why=gettext_noop("Your agency proposes an answer that changes the documents; you publish it."),
            due_at=row.due_at,
            rule=REPLY,
            tender=tender.title,
        )
        return
    inbox.finish(f"question.{row.pk}.publish")
    inbox.tell(
        key=f"question.{row.pk}.answered",
        title=gettext_noop("Your question about “%(tender)s” is answered"),
        url=reverse("tendering:questions", args=[tender.id]),
        org_id=row.supplier_id,
        kind=Kind.SUPPLIER,
        rule=REPLY,
        tender=tender.title,
    )
