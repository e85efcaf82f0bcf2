"""Addresses of oversight."""

from __future__ import annotations

from django.urls import path

from oversight.views import announcements, changes, disputes, public

app_name = "oversight"
urlpatterns = [
    path("deadlines/", public.calculator, name="calculator"),
    path("working-days/", public.calendar, name="calendar"),
    path("law/changes/", changes.changes, name="changes"),
    path("law/changes/value/", changes.value_new, name="value_new"),
    path("law/changes/days/", changes.days_new, name="days_new"),
    path("law/changes/guide/", changes.guide_new, name="guide_new"),
    path("law/changes/<uuid:change_id>/", changes.change, name="change"),
    path("law/changes/<uuid:change_id>/edit/", changes.edit, name="edit"),
    path("law/changes/<uuid:change_id>/submit/", changes.submit, name="submit"),
    path("law/changes/<uuid:change_id>/send-back/", changes.send_back, name="send_back"),
    path("law/changes/<uuid:change_id>/approve/", changes.approve, name="approve"),
    path("law/changes/<uuid:change_id>/withdraw/", changes.withdraw, name="withdraw"),
    path("announcements/", announcements.listing, name="announcements"),
    path("announcements/new/<slug:kind>/", announcements.new, name="announcement_new"),
    path("announcements/<uuid:announcement_id>/", announcements.one, name="announcement"),
    path("announcements/<uuid:announcement_id>/edit/", announcements.edit, name="announcement_edit"),
    path("announcements/<uuid:announcement_id>/do/<slug:verb>/", announcements.do, name="announcement_do"),
    path("disputes/", disputes.listing, name="disputes"),
    path("tenders/<uuid:tender_id>/challenge/", disputes.challenge_new, name="challenge_new"),
    path("challenges/<uuid:challenge_id>/", disputes.challenge, name="challenge"),
    path("challenges/<uuid:challenge_id>/edit/", disputes.challenge_edit, name="challenge_edit"),
    path("challenges/<uuid:challenge_id>/submit/", disputes.challenge_submit, name="challenge_submit"),
    path("challenges/<uuid:challenge_id>/complaint/", disputes.complaint_new, name="complaint_new"),
    path("challenges/<uuid:challenge_id>/do/<slug:verb>/", disputes.challenge_do, name="challenge_do"),
    path("complaints/<uuid:complaint_id>/", disputes.complaint, name="complaint"),
    path("complaints/<uuid:complaint_id>/edit/", disputes.complaint_edit, name="complaint_edit"),
    path("complaints/<uuid:complaint_id>/submit/", disputes.complaint_submit, name="complaint_submit"),
    path("complaints/<uuid:complaint_id>/do/<slug:verb>/", disputes.complaint_do, name="complaint_do"),
    path("guiding-catalogues/", public.guide, name="guide"),
    path("rules/", public.rules, name="rules"),
    path("rules/<str:rule_id>/", public.rule, name="rule"),
]
