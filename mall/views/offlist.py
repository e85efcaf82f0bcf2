"""Pages of purchases off the list of a framework agreement: show that it is cheaper outside, answer, conclude."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.storage import storages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from contracting.access import agreement_to_view
from core.errors import Invalid, NotFound, Refused
from core.forms import done
from core.http import said
from core.law.duties import duty
from mall import access
from mall.forms import ReasonForm
from mall.notes import shown
from mall.offlist_facts import OffListFacts
from mall.offlist_forms import AnswerForm, OffListForm
from mall.offlist_rules import ANSWER, RULE
from mall.selectors import offlist as selectors
from mall.services import offlist
from mall.states import OFF_LIST_GLYPHS, OFF_LIST_WORDS, OffListStatus
from parties.access import Request
from parties.states import Kind
from planning.selectors import budget_facts, budget_lines_of


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, agreement_id: uuid.UUID) -> HttpResponse:
    """Show that a supplier outside is cheaper, and have the agreement's suppliers asked."""
    org_id = access.purchaser_desk(request.actor)
    agreement = agreement_to_view(request.actor, agreement_id)
    budget = [row for row in budget_lines_of(org_id) if row.category == agreement.category]
    sent = request.method == "POST"
    form = OffListForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        initial={"key": uuid.uuid4(), "quantity": 1},
        agreement=agreement,
        budget=budget,
    )
    made = done(
        form, lambda: offlist.ask(actor=request.actor, agreement_id=agreement_id, **form.cleaned_data)
    )
    if made is not None:
        return HttpResponseRedirect(reverse("mall:off_list", args=[made.id]), status=303)
    context = {"form": form, "agreement": agreement, "rule": duty(RULE)}
    return render(request, "mall/off_list_new.html", context, status=422 if form.errors else 200)


@require_GET
def listing(request: Request) -> HttpResponse:
    """The purchases that this desk made, was asked about, or hears of."""
    actor = request.actor
    actor.require_user()
    if actor.acts_as(Kind.SUPERVISOR):
        rows = selectors.off_lists_in(actor.region)
    elif actor.org_id is not None:
        rows = selectors.off_lists_of(actor.org_id)
    else:
        raise NotFound()
    return render(request, "mall/off_lists.html", {"rows": [_row(row) for row in rows], "rule": duty(RULE)})


@require_safe
def purchase(request: Request, purchase_id: uuid.UUID) -> HttpResponse:
    """One purchase: what is cheaper, who was asked, what comes next."""
    return _page(request, access.off_list_to_view(request.actor, purchase_id))


@require_safe
def evidence(request: Request, purchase_id: uuid.UUID) -> FileResponse:
    """The evidence, for the purchaser, the organiser and the supervisor; not for other suppliers."""
    facts = access.off_list_to_judge(request.actor, purchase_id)
    response = FileResponse(
        storages["default"].open(facts.stored_as),
        as_attachment=True,
        filename=facts.file,
        content_type=facts.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def answer(request: Request, purchase_id: uuid.UUID) -> HttpResponse:
    """Say whether we go as low."""
    facts = access.off_list_to_view(request.actor, purchase_id)
    if facts.answer_of(request.actor.require_kind(Kind.SUPPLIER)) is None:
        raise NotFound()
    form = AnswerForm(request.POST)
    if done(
        form,
        lambda: offlist.answer(
            actor=request.actor, purchase_id=purchase_id, price=form.cleaned_data["price"]
        ),
    ):
        return HttpResponseRedirect(reverse("mall:off_list", args=[purchase_id]), status=303)
    return _page(request, facts, answer=form, status=422)


@require_POST
def act(request: Request, purchase_id: uuid.UUID, verb: str) -> HttpResponse:
    """Conclude the purchase, or give it up with a reason."""
    access.purchaser_desk(request.actor)
    facts = access.off_list_to_view(request.actor, purchase_id)
    try:
        if verb == "conclude":
            offlist.conclude(actor=request.actor, purchase_id=purchase_id)
        elif verb == "withdraw":
            reason = request.POST.get("reason", "")
            offlist.withdraw(actor=request.actor, purchase_id=purchase_id, reason=reason)
        else:
            raise NotFound()
    except Refused as error:
        if error.status not in (403, 409, 422):
            raise
        errors = [gettext(text) for text in error.errors.values()] if isinstance(error, Invalid) else []
        refused = " ".join(errors) or said(error) or gettext(error.title)
        return _page(request, facts, refused=refused, status=error.status)
    return HttpResponseRedirect(reverse("mall:off_list", args=[purchase_id]), status=303)


def _row(facts: OffListFacts) -> dict[str, Any]:
    status = OffListStatus(facts.status)
    return {"facts": facts, "word": gettext(OFF_LIST_WORDS[status]), "glyph": OFF_LIST_GLYPHS[status]}


def _page(
    request: Request,
    facts: OffListFacts,
    *,
    answer: AnswerForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    buys = actor.org_id == facts.purchaser_id and actor.acts_as(Kind.PURCHASER)
    mine = facts.answer_of(actor.org_id) if actor.acts_as(Kind.SUPPLIER) else None
    asked = facts.status == OffListStatus.ASKED
    decided = facts.status in (OffListStatus.MATCHED, OffListStatus.UNMATCHED)
    law = offlist.law_today(facts.agreement_id)
    judges = access.judges(actor, facts)
    context = {
        **_row(facts),
        "buys": buys,
        "may_conclude": buys and decided,
        "may_withdraw": buys and (asked or decided),
        "mine": mine,
        "may_answer": mine is not None and mine.answered_at is None and asked,
        "answer_form": answer or AnswerForm(initial={"price": str(facts.price)}),
        "reason_form": ReasonForm(),
        "judges": judges,
        "answers": facts.answers if judges else [row for row in facts.answers if row == mine],
        "budget": budget_facts(facts.budget_line_id) if buys else None,
        "rule": duty(RULE),
        "time_rule": shown(law.cite(ANSWER)) if law.has(ANSWER) else None,
        "refused": refused,
    }
    return render(request, "mall/off_list.html", context, status=status)
