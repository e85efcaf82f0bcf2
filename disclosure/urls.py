"""Addresses of the portal and of open data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

app_name = "portal"


def _soon(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=501)


urlpatterns = [
    path("", _soon, name="home"),
    path("notices/<uuid:notice_id>/", _soon, name="notice"),
    path("transactions/<uuid:transaction_id>/", _soon, name="transaction"),
]
