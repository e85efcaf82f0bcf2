"""Addresses of evaluation."""

from __future__ import annotations

from django.urls import path

from evaluation.views import awards, deals, eligibility, panels, reports, rooms, talks

app_name = "evaluation"
urlpatterns = [
    path("tenders/<uuid:tender_id>/panel/", panels.panel, name="panel"),
    path("tenders/<uuid:tender_id>/award/", awards.award, name="award"),
    path("tenders/<uuid:tender_id>/award/reason/", awards.give_reason, name="give_reason"),
    path("tenders/<uuid:tender_id>/award/set-aside/", awards.set_aside, name="set_aside"),
    path("tenders/<uuid:tender_id>/result/", awards.result, name="result"),
    path("tenders/<uuid:tender_id>/deal/", deals.deal, name="deal"),
    path("tenders/<uuid:tender_id>/deal/sign", deals.sign, name="sign_deal"),
    path("tenders/<uuid:tender_id>/deal/decide", deals.decide, name="decide_deal"),
    path("tenders/<uuid:tender_id>/deal/set-aside", deals.set_aside, name="set_aside_deal"),
    path("rooms/<uuid:panel_id>/", rooms.room, name="room"),
    path("rooms/<uuid:panel_id>/room.json", rooms.room_json, name="room_json"),
    path("rooms/<uuid:panel_id>/files/<uuid:file_id>", rooms.file, name="file"),
    path("rooms/<uuid:panel_id>/present", rooms.present, name="present"),
    path("tenders/<uuid:tender_id>/talk/", talks.own_talk, name="own_talk"),
    path("tenders/<uuid:tender_id>/talk/say", talks.say, name="own_say"),
    path("tenders/<uuid:tender_id>/talk/sign", talks.sign, name="own_sign"),
    path("tenders/<uuid:tender_id>/talk/leave", talks.leave, name="leave_talks"),
    path("tenders/<uuid:tender_id>/talk/changes/<int:change_id>", talks.respond, name="respond"),
    path("rooms/<uuid:panel_id>/talks/<uuid:talk_id>/", talks.talk, name="talk"),
    path("rooms/<uuid:panel_id>/talks/<uuid:talk_id>/call", talks.call, name="call_talk"),
    path("rooms/<uuid:panel_id>/talks/<uuid:talk_id>/say", talks.team_say, name="team_say"),
    path("rooms/<uuid:panel_id>/talks/<uuid:talk_id>/minutes", talks.minutes, name="talk_minutes"),
    path("rooms/<uuid:panel_id>/talks/<uuid:talk_id>/sign", talks.team_sign, name="team_sign"),
    path("rooms/<uuid:panel_id>/talks/<uuid:talk_id>/give-up", talks.give_up, name="give_up"),
    path("rooms/<uuid:panel_id>/changes", talks.propose, name="propose_change"),
    path("rooms/<uuid:panel_id>/changes/<int:change_id>/confirm", talks.confirm, name="confirm_change"),
    path("rooms/<uuid:panel_id>/changes/<int:change_id>/drop", talks.drop, name="drop_change"),
    path("rooms/<uuid:panel_id>/finals", talks.finals, name="call_finals"),
    path("rooms/<uuid:panel_id>/declare", rooms.declare, name="declare"),
    path("rooms/<uuid:panel_id>/recuse", rooms.recuse, name="recuse"),
    path("rooms/<uuid:panel_id>/replace", panels.replace, name="replace"),
    path("rooms/<uuid:panel_id>/seat", panels.seat, name="seat"),
    path("rooms/<uuid:panel_id>/advance", rooms.advance, name="advance"),
    path("rooms/<uuid:panel_id>/dissolve", panels.dissolve, name="dissolve"),
    path("rooms/<uuid:panel_id>/review", rooms.review, name="review"),
    path("rooms/<uuid:panel_id>/eligibility/", eligibility.page, name="eligibility"),
    path("rooms/<uuid:panel_id>/eligibility/ask", eligibility.ask, name="ask_credit"),
    path("rooms/<uuid:panel_id>/eligibility/note", eligibility.note, name="note_credit"),
    path("rooms/<uuid:panel_id>/eligibility/<uuid:query_id>", eligibility.query, name="credit_query"),
    path("rooms/<uuid:panel_id>/evidence/<uuid:evidence_id>", eligibility.evidence, name="evidence"),
    path("rooms/<uuid:panel_id>/score", rooms.score, name="score"),
    path("rooms/<uuid:panel_id>/submit", rooms.submit, name="submit"),
    path("rooms/<uuid:panel_id>/correct", rooms.correct, name="correct"),
    path("rooms/<uuid:panel_id>/report", reports.make, name="make_report"),
    path("rooms/<uuid:panel_id>/report/", reports.report, name="report"),
    path("rooms/<uuid:panel_id>/report.pdf", reports.report_pdf, name="report_pdf"),
    path("rooms/<uuid:panel_id>/report/sign", reports.sign, name="sign_report"),
]
