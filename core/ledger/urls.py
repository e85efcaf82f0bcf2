"""Addresses of the log."""

from __future__ import annotations

from django.urls import path

from core.ledger import views

app_name = "ledger"
urlpatterns = [
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("tile/<path:path>", views.tile, name="tile"),
]
