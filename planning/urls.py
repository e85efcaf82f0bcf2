"""Addresses of planning."""

from __future__ import annotations

from django.urls import path

from planning import views
from planning.views import clauses, entrusting, importing, otherwise, requiring, reserving, supporting

app_name = "planning"
urlpatterns = [
    path("plans/", views.lines, name="lines"),
    path("plans/lines/new/", views.line_new, name="line_new"),
    path("plans/lines/<uuid:line_id>/", views.line, name="line"),
    path("plans/lines/<uuid:line_id>/plan/", views.plan_new, name="plan_new"),
    path("plans/<uuid:plan_id>/", views.plan, name="plan"),
    path("plans/<uuid:plan_id>/intention/", views.intention, name="intention"),
    path("plans/<uuid:plan_id>/exemption/", views.exempt, name="exempt"),
    path("plans/<uuid:plan_id>/requirement/", requiring.requirement, name="requirement"),
    path("plans/<uuid:plan_id>/requirement/publish/", requiring.publish, name="requirement_publish"),
    path("clauses/", clauses.library, name="clauses"),
    path("clauses/new/", clauses.write, name="clause_new"),
    path("clauses/<slug:key>/", clauses.clause, name="clause"),
    path("clauses/<slug:key>/write/", clauses.write, name="clause_write"),
    path("plans/reservation/", reserving.year, name="reservation"),
    path("plans/<uuid:plan_id>/reservation/", reserving.reserve, name="reserve"),
    path("plans/<uuid:plan_id>/support/", supporting.support, name="support"),
    path("plans/<uuid:plan_id>/imports/", importing.imports, name="imports"),
    path("plans/<uuid:plan_id>/mode/", otherwise.mode, name="mode"),
    path("plans/<uuid:plan_id>/mode/paper/", otherwise.paper, name="mode_paper"),
    path("plans/<uuid:plan_id>/mode/start/", otherwise.start, name="mode_start"),
    path("plans/<uuid:plan_id>/mode/result/", otherwise.conclude, name="mode_result"),
    path("plans/<uuid:plan_id>/mode/leave/", otherwise.leave, name="mode_leave"),
    path("plans/<uuid:plan_id>/entrustment/", entrusting.entrustment, name="entrustment"),
    path("plans/<uuid:plan_id>/entrustment/new/", entrusting.new, name="entrustment_new"),
    path("plans/<uuid:plan_id>/entrustment/sign/", entrusting.sign, name="entrustment_sign"),
    path("plans/<uuid:plan_id>/entrustment/end/", entrusting.end, name="entrustment_end"),
    path("plans/<uuid:plan_id>/withdraw/", views.withdraw, name="withdraw"),
]
