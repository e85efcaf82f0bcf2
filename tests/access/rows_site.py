"""Addresses of the site itself: health, API documents, languages, the demonstration's mail, operation."""

from __future__ import annotations

from tests.access.matrix import Row

ROWS = [
    Row("healthz"),
    Row("readyz", accepts={503}),
    Row("prometheus-django-metrics"),
    Row("jsi18n"),
    Row("design"),
    Row("set_language", method="post", data={"language": "en"}),
    Row("demo_mail"),
    Row("ledger:checkpoint", accepts={404, 503}),
    Row("ledger:tile", {"path": "0/000"}, accepts={404}),
    Row("api:openapi-json"),
    Row("api:openapi-view"),
    Row("api:api-root", accepts={404}),
    Row("api:deadline", path="/api/v1/tools/deadline?start=2026-09-30&count=3&unit=workday"),
    Row("admin:*", path="/admin/", allowed={"operator"}, refused={302}),
]
