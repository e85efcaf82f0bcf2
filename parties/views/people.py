"""The people of a desk: invitations, roles, deputies, hand-over, leaving."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Invalid
from core.http import see_other
from parties import access, selectors
from parties.access import SESSION_DESK, Request
from parties.forms import ColleagueForm, DeputyForm, Form, InviteForm, RoleForm
from parties.models import Membership
from parties.services import people, recovery

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _page(request: Request, form: InviteForm, status: int = 200) -> HttpResponse:
    org = access.own_organisation(request.actor)
    managing = request.actor.role == "admin"
    facts = {
        "org": org,
        "people": selectors.people_of(org.pk),
        "form": form,
        "managing": managing,
        "invitations": selectors.open_invitations(org.pk) if managing else [],
        "recoveries": recovery.waiting_at(org.pk, request.actor.require_user()) if managing else [],
    }
    return render(request, "parties/people.html", facts, status=status)


@require_GET
def people_page(request: Request) -> HttpResponse:
    return _page(request, InviteForm())


@require_POST
def invite(request: Request) -> HttpResponse:
    request.actor.require_admin()
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    people.invite(actor=request.actor, email=form.cleaned_data["email"], role=form.cleaned_data["role"])
    messages.success(request, gettext("The invitation is on its way."))
    return see_other("parties:people")


@require_POST
def withdraw(request: Request, invitation_id: uuid.UUID) -> HttpResponse:
    row = access.invitation_to_withdraw(request.actor, invitation_id)
    people.withdraw_invitation(actor=request.actor, invitation_id=row.pk)
    return see_other("parties:people")


@form_page
def invitation(request: Request, token: str) -> HttpResponse:
    row = people.invitation_by(token)
    if request.method == "POST":
        membership_id = people.accept(actor=request.actor, token=token)
        request.session[SESSION_DESK] = str(membership_id)
        return see_other("desk")
    return render(request, "parties/invitation.html", {"row": row})


def _colleagues(row: Membership) -> list[tuple[str, str]]:
    return [
        (str(person.membership_id), person.name)
        for person in selectors.people_of(row.organisation_id)
        if person.user_id != row.user_id and not person.deputy_for
    ]


@form_page
def person(request: Request, membership_id: uuid.UUID) -> HttpResponse:
    row = access.membership_to_manage(request.actor, membership_id)
    colleagues = _colleagues(row)
    forms: dict[str, Form] = {
        "role": RoleForm(initial={"role": row.role}, prefix="role"),
        "deputy": DeputyForm(colleagues=colleagues, prefix="deputy"),
        "hand_over": ColleagueForm(colleagues=colleagues, prefix="hand_over"),
        "leave": ColleagueForm(colleagues=colleagues, required=False, prefix="leave"),
    }
    act = request.POST.get("act", "")
    if request.method == "POST" and act in forms:
        forms[act] = _bound(act, request, row, colleagues)
        if forms[act].is_valid() and _done(act, request, row, forms[act]):
            return see_other("parties:people" if row.user_id != request.actor.user_id else "desk")
    facts = {"row": row, "forms": forms, "managing": request.actor.role == "admin", "colleagues": colleagues}
    wrong = any(form.errors for form in forms.values())
    return render(request, "parties/person.html", facts, status=422 if wrong else 200)


def _bound(act: str, request: Request, row: Membership, colleagues: list[tuple[str, str]]) -> Form:
    if act == "role":
        return RoleForm(request.POST, prefix=act)
    if act == "deputy":
        return DeputyForm(request.POST, colleagues=colleagues, prefix=act)
    return ColleagueForm(request.POST, colleagues=colleagues, required=act == "hand_over", prefix=act)


def _done(act: str, request: Request, row: Membership, form: Any) -> bool:
    """Carry out one of the acts of the page; a refusal that names fields is shown in the form."""
    try:
        if act == "role":
            people.set_role(actor=request.actor, membership_id=row.pk, role=form.cleaned_data["role"])
        elif act == "deputy":
            since, until = form.period()
            people.name_deputy(
                actor=request.actor,
                membership_id=row.pk,
                deputy_id=uuid.UUID(form.cleaned_data["deputy"]),
                since=since,
                until=until,
            )
        elif act == "hand_over":
            people.hand_over(
                actor=request.actor, membership_id=row.pk, to_id=uuid.UUID(form.cleaned_data["to"])
            )
        else:
            to = form.cleaned_data["to"]
            people.leave(actor=request.actor, membership_id=row.pk, to_id=uuid.UUID(to) if to else None)
    except Invalid as error:
        form.refuse(error)
        return False
    return True


@require_POST
def approve_recovery(request: Request, recovery_id: uuid.UUID) -> HttpResponse:
    row = access.recovery_to_approve(request.actor, recovery_id)
    if request.POST.get("verb") == "stop":
        recovery.stop(by=request.actor.label, recovery_id=row.pk)
    else:
        recovery.approve(actor=request.actor, recovery_id=row.pk)
    return see_other("parties:people")
