"""Addresses of mall."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "mall"
urlpatterns: list[URLPattern] = []
