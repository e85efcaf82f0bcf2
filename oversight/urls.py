"""Addresses of oversight."""

from __future__ import annotations

from django.urls import path

from oversight.views import changes, public

app_name = "oversight"
urlpatterns = [
    path("deadlines/", public.calculator, name="calculator"),
    path("working-days/", public.calendar, name="calendar"),
    path("law/changes/", changes.changes, name="changes"),
    path("law/changes/value/", changes.value_new, name="value_new"),
    path("law/changes/days/", changes.days_new, name="days_new"),
    path("law/changes/<uuid:change_id>/", changes.change, name="change"),
    path("law/changes/<uuid:change_id>/edit/", changes.edit, name="edit"),
    path("law/changes/<uuid:change_id>/submit/", changes.submit, name="submit"),
    path("law/changes/<uuid:change_id>/send-back/", changes.send_back, name="send_back"),
    path("law/changes/<uuid:change_id>/approve/", changes.approve, name="approve"),
    path("law/changes/<uuid:change_id>/withdraw/", changes.withdraw, name="withdraw"),
    path("rules/", public.rules, name="rules"),
    path("rules/<str:rule_id>/", public.rule, name="rule"),
]
