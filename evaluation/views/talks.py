"""The talks: the team's page of each supplier, the supplier's own page, changes of the document, the call for final quotes."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Invalid, NotFound, gettext_noop
from evaluation import access, page_rounds
from evaluation.services import changes, rounds, talking
from evaluation.talks import SUPPLIER, TEAM
from evaluation.views.manners import back_to, for_programs, to
from parties.access import Request
from tendering import selectors as tendering
from tendering.forms import InstantField

PARTS = {
    "act": "evaluation/_talk_act.html",
    "lines": "evaluation/_talk.html",
    "changes": "evaluation/_talk_changes.html",
}


@require_safe
def talk(request: Request, panel_id: uuid.UUID, talk_id: uuid.UUID) -> HttpResponse:
    """The talks with one supplier, for the team; `?part=…` gives a fragment that follows the stream."""
    found, tender, member = access.talk_to_read(request.actor, panel_id, talk_id)
    hosting = access.hosts(request.actor, tender)
    context = page_rounds.team_talk(found, tender, member, hosting=hosting)
    if for_programs(request):
        return JsonResponse(page_rounds.programs(context))
    return render(request, PARTS.get(request.GET.get("part", ""), "evaluation/talk.html"), context)


@require_safe
def own_talk(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """A supplier's own talks, or why it has none; `?part=…` gives a fragment."""
    try:
        found = access.own_talk(request.actor, tender_id)
    except NotFound:
        tender, reasons = access.left_out(request.actor, tender_id)
        return render(request, "evaluation/left_out.html", {"tender": tender, "reasons": reasons})
    context = page_rounds.own_talk(found, tendering.tender_facts(tender_id))
    if for_programs(request):
        return JsonResponse(page_rounds.programs(context))
    return render(request, PARTS.get(request.GET.get("part", ""), "evaluation/own_talk.html"), context)


@require_POST
@back_to("evaluation:own_talk")
def say(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The supplier speaks."""
    found = access.own_talk(request.actor, tender_id)
    talking.say(actor=request.actor, talk=found, side=SUPPLIER, text=request.POST.get("text", ""))
    return to("evaluation:own_talk", tender_id)


@require_POST
@back_to("evaluation:own_talk")
def sign(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The supplier signs the minutes."""
    found = access.own_talk(request.actor, tender_id)
    talking.sign(
        actor=request.actor, talk=found, side=SUPPLIER, credential=request.POST.get("credential", "")
    )
    return to("evaluation:own_talk", tender_id)


@require_POST
@back_to("evaluation:own_talk")
def leave(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The supplier leaves before its final quote."""
    access.own_talk(request.actor, tender_id)
    tender = tendering.tender_facts(tender_id)
    talking.leave(actor=request.actor, tender=tender, reason=request.POST.get("reason", ""))
    messages.success(request, _("You have left the talks."))
    return to("evaluation:own_talk", tender_id)


@require_POST
@back_to("evaluation:own_talk")
def respond(request: Request, tender_id: uuid.UUID, change_id: int) -> HttpResponse:
    """The supplier responds to a change of the document."""
    changes.respond(
        actor=request.actor, tender_id=tender_id, change_id=change_id, text=request.POST.get("text", "")
    )
    messages.success(request, _("Your response is received."))
    return to("evaluation:own_talk", tender_id)


@require_POST
@back_to("evaluation:room")
def call(request: Request, panel_id: uuid.UUID, talk_id: uuid.UUID) -> HttpResponse:
    """Call the supplier to its next round."""
    talking.call(actor=request.actor, panel_id=panel_id, talk_id=talk_id)
    return to("evaluation:talk", panel_id, talk_id)


@require_POST
@back_to("evaluation:talk", 2)
def team_say(request: Request, panel_id: uuid.UUID, talk_id: uuid.UUID) -> HttpResponse:
    """Somebody of the team speaks."""
    found = talking.team_side(request.actor, panel_id, talk_id)
    talking.say(actor=request.actor, talk=found, side=TEAM, text=request.POST.get("text", ""))
    return to("evaluation:talk", panel_id, talk_id)


@require_POST
@back_to("evaluation:talk", 2)
def minutes(request: Request, panel_id: uuid.UUID, talk_id: uuid.UUID) -> HttpResponse:
    """The host ends the round with its minutes."""
    talking.write_minutes(
        actor=request.actor, panel_id=panel_id, talk_id=talk_id, text=request.POST.get("minutes", "")
    )
    return to("evaluation:talk", panel_id, talk_id)


@require_POST
@back_to("evaluation:talk", 2)
def team_sign(request: Request, panel_id: uuid.UUID, talk_id: uuid.UUID) -> HttpResponse:
    """A member signs the minutes for the team."""
    found = talking.team_side(request.actor, panel_id, talk_id)
    talking.sign(actor=request.actor, talk=found, side=TEAM, credential=request.POST.get("credential", ""))
    return to("evaluation:talk", panel_id, talk_id)


@require_POST
@back_to("evaluation:talk", 2)
def give_up(request: Request, panel_id: uuid.UUID, talk_id: uuid.UUID) -> HttpResponse:
    """The representative goes on without the supplier's signature."""
    talking.give_up(
        actor=request.actor, panel_id=panel_id, talk_id=talk_id, reason=request.POST.get("reason", "")
    )
    return to("evaluation:talk", panel_id, talk_id)


class ChangeForm(forms.Form):
    """Another text of a listed term."""

    term = forms.IntegerField()
    text = forms.CharField(max_length=20000)
    reason = forms.CharField(max_length=500)


class UntilForm(forms.Form):
    """An instant in Beijing time."""

    until = InstantField()


@require_POST
@back_to("evaluation:room")
def propose(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """A member proposes a change of the document."""
    said = _read(ChangeForm(request.POST))
    changes.propose(actor=request.actor, panel_id=panel_id, **said)
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def confirm(request: Request, panel_id: uuid.UUID, change_id: int) -> HttpResponse:
    """The purchaser's representative confirms a change; all who take part are told."""
    until = _read(UntilForm(request.POST))["until"]
    changes.confirm(actor=request.actor, panel_id=panel_id, change_id=change_id, respond_until=until)
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def drop(request: Request, panel_id: uuid.UUID, change_id: int) -> HttpResponse:
    """A member drops a proposed change."""
    changes.drop(actor=request.actor, panel_id=panel_id, change_id=change_id)
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def finals(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """The host calls for final quotes."""
    until = _read(UntilForm(request.POST))["until"]
    rounds.call_finals(actor=request.actor, panel_id=panel_id, due_at=until)
    return to("evaluation:room", panel_id)


def _read(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Invalid(
            gettext_noop("Fill in every field; times are written as day and time in Beijing."),
            errors={name: str(rows[0]) for name, rows in form.errors.items()},
        )
    return dict(form.cleaned_data)
