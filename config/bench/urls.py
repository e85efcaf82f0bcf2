"""The site's addresses, and those of the views to compare with."""

from __future__ import annotations

from django.urls import include, path

from config.bench import floors

urlpatterns = [
    path("bench/insert", floors.insert),
    path("bench/order", floors.order),
    path("bench/empty", floors.empty),
    path("", include("config.urls")),
]
