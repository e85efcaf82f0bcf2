"""Addresses of oversight."""

from __future__ import annotations

from django.urls import path

from oversight.views import public

app_name = "oversight"
urlpatterns = [
    path("deadlines/", public.calculator, name="calculator"),
    path("rules/", public.rules, name="rules"),
    path("rules/<str:rule_id>/", public.rule, name="rule"),
]
