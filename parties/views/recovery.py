"""The way back for somebody who lost the last passkey."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotFound, Refused, gettext_noop
from core.http import see_other
from parties.access import Request
from parties.forms import AddressForm
from parties.services import recovery

form_page = require_http_methods(["GET", "HEAD", "POST"])


class TooMany(Refused):
    """Somebody asks too often."""

    code = "too-many-requests"
    title = gettext_noop("Too many requests")
    status = 429


@form_page
def ask(request: Request) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="reset_password", key=form.cleaned_data["email"].lower()):
            raise TooMany(gettext_noop("Please wait a few minutes and try again."))
        recovery.request(email=form.cleaned_data["email"])
        return render(request, "parties/recovery_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "parties/recovery_ask.html", {"form": form}, status=422 if form.errors else 200)


@form_page
def use(request: Request, token: str) -> HttpResponse:
    row = recovery.by_token(token)
    if request.method != "POST":
        return render(request, "parties/recovery_use.html", {"row": row, "ready": recovery.is_ready(row)})
    if request.POST.get("verb") == "stop":
        recovery.stop(by=f"{row.user.name} <{row.user.email}>", recovery_id=row.pk)
        messages.success(request, gettext("The request is stopped. Your passkeys are as they were."))
        return see_other("account_login")
    user = recovery.use(token=token)
    record_authentication(request, user, method="recovery", reauthenticated=True)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=reverse("mfa_add_webauthn")))
    return answer


@require_POST
def stop_own(request: Request) -> HttpResponse:
    row = recovery.open_of(request.actor.require_user())
    if row is None:
        raise NotFound()
    recovery.stop(by=request.actor.label, recovery_id=row.pk)
    return see_other("mfa_index")
