"""Applications to be invited: sent by suppliers, reviewed by who runs the tender, drawn from before witnesses."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.canonical import digest
from core.errors import Invalid, NotFound
from core.forms import done
from core.http import said, said_of_fields
from parties.eligibility_words import said as said_of
from planning.views import actor_of, given, to
from tendering import access, page, selectors
from tendering.forms import AmendCallForm, ApplyForm
from tendering.services import amending_call, applicants, inviting, prequalifying
from tendering.states import ApplicationStatus, TenderStatus


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_apply(actor, tender_id)
    form = ApplyForm(given(request), request.FILES or None)
    if done(form, lambda: inviting.apply(actor=actor, tender_id=tender_id, **form.cleaned_data)):
        messages.success(request, _("Your application is stored. You may replace it until the time ends."))
        return to("tendering:apply", tender_id)
    call = selectors.call_of(tender_id)
    own = selectors.applications_of(tender_id, actor.require_kind("supplier"))
    context = {
        "tender": found,
        "call": call,
        "own": [page.application(row) for row in own],
        "open": found.status == TenderStatus.APPLYING and call is not None and clock.now() < call.due_at,
        "form": form,
        "rule": page.cited(selectors.law_of(tender_id), "L-12.prequal_submit_min"),
    }
    return render(request, "tendering/apply.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def amend_call(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    """Amend what the prequalification notice says while applications are taken."""
    actor = actor_of(request)
    found = access.tender_to_own(actor, tender_id)
    called = selectors.call_of(tender_id)
    if called is None or found.status != TenderStatus.APPLYING:
        raise NotFound()
    form = AmendCallForm.of(found, given(request), None)
    if done(form, lambda: amending_call.amend_call(actor=actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, _("The amendment is published, and every applicant is told."))
        return to("tendering:applications", tender_id)
    context = {
        "tender": found,
        "call": called,
        "form": form,
        "rule": page.cited(selectors.law_of(tender_id), amending_call.RULE),
    }
    return render(request, "tendering/amend_call.html", context, status=422 if form.errors else 200)


@require_safe
def applications(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    call = selectors.call_of(tender_id)
    if call is None:
        raise NotFound()
    law = selectors.law_of(tender_id)
    ended = clock.now() >= call.due_at
    sign = None
    if (
        call.pool_index is not None
        and found.status == TenderStatus.APPLYING
        and actor.org_id == found.purchaser_id
    ):
        try:
            body = inviting.witnessed(tender_id)
        except inviting.NotCovered as waiting:
            messages.info(request, said(waiting) or _(waiting.title))
        else:
            sign = {"purpose": inviting.purpose_of(tender_id), "payload_hash": digest(body).hex()}
    if "application/json" in request.headers.get("accept", ""):
        return JsonResponse({"sign": sign, "drawn": call.draw})
    stands, rows = applicants.findings_of(tender_id), selectors.applications_of(tender_id)
    draws = call.wanted > 0
    context = {
        "tender": found,
        "call": call,
        "rows": [
            {
                **page.application(row),
                "found": [{"finding": one, "said": said_of(one)} for one in stands.get(row.id, ())],
            }
            for row in rows
        ],
        "needs": inviting.needs(law, call.wanted) if draws else {"pool": law.count(prequalifying.LEAST)},
        "draws": draws,
        "rules": [
            page.cited(law, rule)
            for rule in (
                (inviting.FACTOR, inviting.INVITED, inviting.WITNESSES)
                if draws
                else (prequalifying.SUBMIT, prequalifying.LEAST)
            )
        ],
        "ended": ended,
        "amendable": not ended
        and found.status == TenderStatus.APPLYING
        and actor.org_id == found.purchaser_id,
        "reviewing": ended and call.pool_index is None and found.status == TenderStatus.APPLYING,
        "sign": sign,
        "issuable": found.status == TenderStatus.DRAWN,
        "decidable": not draws and ended and found.status == TenderStatus.APPLYING,
        "enough": sum(row.status == ApplicationStatus.QUALIFIED for row in rows)
        >= law.count(prequalifying.LEAST),
    }
    return render(request, "tendering/applications.html", context)


@require_POST
def review(request: HttpRequest, tender_id: UUID, application_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_manage(actor, tender_id)
    try:
        inviting.review(
            actor=actor,
            tender_id=tender_id,
            application_id=application_id,
            verb=request.POST.get("verb", ""),
            reason=request.POST.get("reason", ""),
        )
    except (applicants.ApplicantBarred, Invalid) as refused:
        words = said_of_fields(refused).values()
        messages.warning(request, " ".join([_(refused.title), said(refused) or "", *words]))
    else:
        messages.success(request, _("Saved."))
    return to("tendering:applications", tender_id)


@require_safe
def file(request: HttpRequest, tender_id: UUID, application_id: UUID) -> FileResponse:
    found = access.application_to_read(actor_of(request), tender_id, application_id)
    stored = storages["default"].open(found.stored_as)
    response = FileResponse(stored, as_attachment=True, filename=found.file, content_type=found.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def pool(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_manage(actor, tender_id)
    inviting.fix_pool(actor=actor, tender_id=tender_id)
    messages.success(request, _("The pool is fixed and its hash is in the log."))
    return to("tendering:applications", tender_id)


@require_POST
def witness(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_own(actor, tender_id)
    inviting.witness(actor=actor, tender_id=tender_id, credential=request.POST.get("credential", ""))
    messages.success(request, _("You have signed as a witness of the draw."))
    return to("tendering:applications", tender_id)


@require_POST
def fail_call(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    """Declare a call failed for which too few suppliers qualified."""
    actor = actor_of(request)
    access.tender_to_own(actor, tender_id)
    prequalifying.fail_call(actor=actor, tender_id=tender_id)
    messages.success(request, _("The failure is published; tender again from here."))
    return to("tendering:tender", tender_id)
