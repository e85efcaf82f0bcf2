"""Addresses of bidding."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "bidding"
urlpatterns: list[URLPattern] = []
