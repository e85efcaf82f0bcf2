"""Questions and answers about a tender: read by anybody, asked by suppliers, answered by who runs it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.forms import done
from parties.access import Actor
from parties.states import Kind
from planning.views import actor_of, given, to
from tendering import access, page, selectors
from tendering.facts import TenderFacts
from tendering.forms import AnswerForm, AskForm
from tendering.periods import REPLY
from tendering.services import questions as services
from tendering.states import TenderStatus


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    tender = access.questions_to_read(actor, tender_id)
    if request.method == "POST":
        access.tender_to_bid(actor, tender_id)
    form = AskForm(given(request))
    if done(form, lambda: services.ask(actor=actor, tender_id=tender_id, **form.cleaned_data)):
        messages.success(request, _("Your question is with those who run the tender."))
        return to("tendering:questions", tender_id)
    status = 422 if form.errors else 200
    return render(request, "tendering/questions.html", _context(actor, tender, form), status=status)


def _context(actor: Actor, tender: TenderFacts, form: AskForm) -> dict[str, object]:
    hosts = access.runs(actor, tender)
    supplier = actor.acts_as(Kind.SUPPLIER) and not hosts
    asked = []
    if hosts:
        asked = selectors.questions_of(tender.id)
    elif supplier and actor.org_id is not None:
        asked = selectors.questions_of(tender.id, actor.org_id)
    return {
        "tender": tender,
        "answers": selectors.published_answers(tender.id),
        "asked": [page.question(row, clock.now()) for row in asked],
        "rule": selectors.law_of(tender.id).cite(REPLY),
        "hosts": hosts,
        "form": form if supplier else None,
        "about_documents": _accepting(tender),
        "next": page.next_question(tender, asked) if hosts else None,
    }


def _accepting(tender: TenderFacts) -> bool:
    due = tender.bids_due_at
    return tender.status == TenderStatus.OPEN and due is not None and clock.now() < due


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, tender_id: UUID, question_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    tender, question = access.question_to_answer(actor, tender_id, question_id)
    amendable = question.about_documents and _accepting(tender)
    form = AnswerForm.of(question, given(request), request.FILES or None, amendable=amendable)
    if done(form, lambda: services.answer(actor=actor, question_id=question_id, **form.cleaned_data)):
        messages.success(request, _("The answer is on its way."))
        return to("tendering:questions", tender_id)
    context = {
        "tender": tender,
        "asked": page.question(question, clock.now()),
        "rule": selectors.law_of(tender.id).cite(REPLY),
        "form": form,
        "owns": actor.org_id == tender.purchaser_id,
    }
    return render(request, "tendering/answer.html", context, status=422 if form.errors else 200)
