"""Every address of the site; each package owns its own."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView
from django.views.i18n import JavaScriptCatalog

from config import demo_mail, health
from config.api import api

urlpatterns = [
    path("", include("bidding.urls")),  # first: thousands of bids may come in one second
    path("", include("disclosure.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("django_prometheus.urls")),
    path("api/v1/", api.urls),
    *([path("log/", include("core.ledger.urls"))] if find_spec("core.ledger.urls") else []),
    path("", include("storage.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("jsi18n/", JavaScriptCatalog.as_view(), name="jsi18n"),
    path("design", TemplateView.as_view(template_name="design.html"), name="design"),
    path("", include("parties.urls")),
    path("", include("planning.urls")),
    path("", include("tendering.urls")),
    path("", include("evaluation.urls")),
    path("", include("contracting.urls")),
    path("", include("mall.urls")),
    path("", include("oversight.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMONSTRATION or settings.TESTING:
    urlpatterns += [path("demo/mail", demo_mail.mail, name="demo_mail")]
