"""Addresses of contracting."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "contracting"
urlpatterns: list[URLPattern] = []
