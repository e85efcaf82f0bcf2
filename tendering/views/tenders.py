"""The tender itself: list, working page, preview, and the verbs that move it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.errors import NotFound
from core.forms import done
from disclosure.selectors.notices import to_correct_by_hand
from parties.states import Kind
from planning.access import plan_to_manage
from planning.views import actor_of, given, to
from tendering import access, failed_lots, next_steps, page, selectors
from tendering.forms import AmendForm, ReasonForm
from tendering.method_rules import APPROVAL_WORDS
from tendering.methods import EMERGENCY, Invites, method_of
from tendering.services import (
    amending,
    competing,
    drafting,
    emergency,
    fetching,
    frameworks,
    inviting,
    prequalifying,
    progress,
    publishing,
    sole,
)
from tendering.services.again import tender_again
from tendering.services.failed_lots import give_up
from tendering.states import (
    BY_SCORE,
    EVALUATION_WORDS,
    KIND_WORDS,
    ROUNDS_GROUND_WORDS,
    SCORED,
    SILENCE_WORDS,
    STATUS_GLYPHS,
    STATUS_WORDS,
    TERM_WORDS,
    TenderStatus,
)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    actor.require_user()
    if actor.org_id is None or not (actor.acts_as(Kind.PURCHASER) or actor.acts_as(Kind.AGENCY)):
        raise NotFound()
    rows = [
        {"tender": row, "word": _(STATUS_WORDS[row.status]), "glyph": STATUS_GLYPHS[row.status]}
        for row in selectors.tenders_of(actor.org_id)
    ]
    return render(request, "tendering/list.html", {"rows": rows})


@require_safe
def tender(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_view(actor, tender_id)
    now = clock.now()
    drafted = found.status == TenderStatus.DRAFT
    issues, law = publishing.readiness(found, actor, now) if drafted else ([], publishing.law_in_force(found))
    method = method_of(found.method)
    runs = actor.org_id in (found.purchaser_id, found.agency_id)
    follower = selectors.follower_of(tender_id)
    failed = failed_lots.of_tender(tender_id)
    context = {
        "tender": found,
        "word": _(STATUS_WORDS[found.status]),
        "glyph": STATUS_GLYPHS[found.status],
        "method": _(method.name),
        "checklist": page.checklist(found, law),
        "by_score": found.evaluation_method in BY_SCORE,
        "approvals": [{"row": row, "word": _(APPROVAL_WORDS[row.kind])} for row in found.approvals],
        "approvable": drafted
        and (bool(method.approval_above) or method.admits or any(row.fix == "approvals" for row in issues)),
        "framework": page.framework(found),
        "competes": method.invites is Invites.ENTRANTS,
        "silence": SILENCE_WORDS[found.silence],
        "evaluation": _(EVALUATION_WORDS[found.evaluation_method]),
        "ground": _(ROUNDS_GROUND_WORDS[found.ground]) if found.ground else "",
        "terms": [{"row": row, "kind": _(TERM_WORDS[row.kind])} for row in found.terms],
        "todo": page.todo(found, issues, actor),
        "step": page.next_step(found, issues, actor) if runs else None,
        "acts": page.timeline(found, now),
        "holds": selectors.holds_in_force(tender_id),
        "after": next_steps.for_lots(found, failed, follower)
        if failed
        else next_steps.after_the_end(found, follower),
        "failed_lots": failed,
        "emergency": found.method == EMERGENCY.code and runs,
        "criteria": [
            {"row": row, "kind": _(KIND_WORDS[row.kind]), "scored": row.kind in SCORED}
            for row in found.criteria
        ],
        "waiting_questions": selectors.waiting_questions(tender_id) if runs else 0,
        "fetched": fetching.of(found, now) if runs or actor.oversees(found.region) else None,
        "correctable": to_correct_by_hand(found.ocid) if actor.org_id == found.purchaser_id else [],
        "editable": drafted and runs,
        "owns": actor.org_id == found.purchaser_id,
        "cancellable": runs and actor.org_id == found.purchaser_id and found.status in _CANCELLABLE,
    }
    return render(request, "tendering/tender.html", context)


_CANCELLABLE = frozenset(
    {
        TenderStatus.DRAFT,
        TenderStatus.APPLYING,
        TenderStatus.OPEN,
        TenderStatus.CLOSED,
        TenderStatus.OPENED,
        TenderStatus.NEGOTIATING,
        TenderStatus.QUOTING,
        TenderStatus.QUOTED,
    }
)


@require_POST
def draft(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    plan_to_manage(actor, plan_id)
    begun = drafting.draft_from_plan(actor=actor, plan_id=plan_id)
    return to("tendering:tender", begun.id)


@require_safe
def preview(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    if found.status != TenderStatus.DRAFT:
        return to("tendering:tender", tender_id)
    issues, _law = publishing.readiness(found, actor, clock.now())
    context = {
        "tender": found,
        "sections": publishing.preview(found, actor),
        "todo": [row for row in page.todo(found, issues, actor) if row["blocking"]],
        "approvable": actor.org_id == found.purchaser_id and found.agency_id and not found.approved,
    }
    return render(request, "tendering/preview.html", context)


@require_POST
def submit(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_manage(actor, tender_id)
    publishing.submit_for_approval(actor=actor, tender_id=tender_id)
    messages.success(request, _("The purchaser has been asked to approve the draft."))
    return to("tendering:tender", tender_id)


@require_POST
def approve(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_own(actor, tender_id)
    version = request.POST.get("version", "")
    publishing.approve(actor=actor, tender_id=tender_id, version=int(version) if version.isdigit() else 0)
    messages.success(request, _("The draft is approved as it stands."))
    return to("tendering:tender", tender_id)


@require_POST
def publish(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    verbs = {
        (Invites.DRAWN, TenderStatus.DRAFT): inviting.call,
        (Invites.DRAWN, TenderStatus.DRAWN): inviting.issue,
        (Invites.NAMED, TenderStatus.DRAFT): sole.announce,
        (Invites.ANYTIME, TenderStatus.DRAFT): frameworks.invite,
        (Invites.ENTRANTS, TenderStatus.DRAFT): competing.call,
    }
    if found.method == EMERGENCY.code:
        emergency.begin(actor=actor, tender_id=tender_id)
        messages.success(
            request, _("The purchase has begun. Write down what is agreed; it is published with the award.")
        )
        return to("tendering:tender", tender_id)
    if found.prequalified:
        verbs[Invites.EVERYBODY, TenderStatus.DRAFT] = prequalifying.call
        verbs[Invites.EVERYBODY, TenderStatus.APPLYING] = prequalifying.issue
    verb = verbs.get((method_of(found.method).invites, TenderStatus(found.status)), publishing.publish)
    verb(actor=actor, tender_id=tender_id)
    messages.success(request, _("The notice is published."))
    return to("tendering:tender", tender_id)


@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_own(actor, tender_id)
    form = AmendForm.of(found, given(request), request.FILES or None)
    if done(form, lambda: amending.amend(actor=actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, _("The amendment is published."))
        return to("tendering:tender", tender_id)
    return _form(request, form, _("Amend the tender"), tender_id)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_own(actor, tender_id)
    form = ReasonForm(given(request))
    if done(form, lambda: progress.cancel(actor=actor, tender_id=tender_id, **form.cleaned_data)):
        messages.success(request, _("The tender is cancelled."))
        return to("tendering:tender", tender_id)
    return _form(request, form, _("Cancel the tender"), tender_id)


@require_POST
def again(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_own(actor, tender_id)
    begun = tender_again(actor=actor, tender_id=tender_id, method=request.POST.get("method", ""))
    messages.success(request, _("A draft with everything from the ended procedure is begun."))
    return to("tendering:tender", begun.id)


@require_http_methods(["GET", "HEAD", "POST"])
def give_up_lots(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    """Give up the lots that failed and wait, with the reason."""
    actor = actor_of(request)
    access.tender_to_own(actor, tender_id)
    form = ReasonForm(given(request))
    if done(form, lambda: give_up(actor=actor, tender_id=tender_id, **form.cleaned_data)):
        messages.success(request, _("The lots are given up; their money is free."))
        return to("tendering:tender", tender_id)
    return _form(request, form, _("Give up the failed lots"), tender_id)


def _form(request: HttpRequest, form: object, title: str, tender_id: UUID) -> HttpResponse:
    context = {"form": form, "title": title, "back": reverse("tendering:tender", args=[tender_id])}
    status = 422 if getattr(form, "errors", None) else 200
    return render(request, "tendering/form.html", context, status=status)
