"""Addresses of tendering."""

from __future__ import annotations

from django.urls import include, path

from tendering.views import (
    admission,
    documents,
    drafts,
    fairness,
    frameworks,
    inviting,
    outages,
    questions,
    rounds,
    sole,
    tenders,
)

app_name = "tendering"
_tender = [
    path("", tenders.tender, name="tender"),
    path("edit/", drafts.edit, name="edit"),
    path("evaluation/", drafts.evaluation, name="evaluation"),
    path("lots/new/", drafts.lot, name="lot_new"),
    path("lots/<str:no>/", drafts.lot, name="lot"),
    path("lots/<str:no>/remove/", drafts.lot_remove, name="lot_remove"),
    path("lots/<str:lot_no>/items/new/", drafts.item, name="item_new"),
    path("lots/<str:lot_no>/items/<str:no>/", drafts.item, name="item"),
    path("lots/<str:lot_no>/items/<str:no>/remove/", drafts.item_remove, name="item_remove"),
    path("criteria/new/", drafts.criterion, name="criterion_new"),
    path("criteria/<str:code>/", drafts.criterion, name="criterion"),
    path("criteria/<str:code>/remove/", drafts.criterion_remove, name="criterion_remove"),
    path("documents/new/", documents.document_new, name="document_new"),
    path("documents/compose/", documents.document_compose, name="document_compose"),
    path("documents/<uuid:document_id>/", documents.document, name="document"),
    path("documents/<uuid:document_id>/remove/", documents.document_remove, name="document_remove"),
    path("admission/", admission.edit, name="admission"),
    path("failed-lots/give-up", tenders.give_up_lots, name="give_up_lots"),
    path("approval/", drafts.approval, name="approval"),
    path("agency/", drafts.agency, name="agency"),
    path("apply/", inviting.apply, name="apply"),
    path("applications/", inviting.applications, name="applications"),
    path("applications/<uuid:application_id>/", inviting.review, name="application"),
    path("applications/<uuid:application_id>/file", inviting.file, name="application_file"),
    path("applications/pool", inviting.pool, name="fix_pool"),
    path("applications/witness", inviting.witness, name="witness"),
    path("framework/", frameworks.terms, name="framework"),
    path("ground/", rounds.ground, name="ground"),
    path("terms/new/", rounds.term, name="term_new"),
    path("terms/<int:no>/", rounds.term, name="term"),
    path("terms/<int:no>/remove/", rounds.term_remove, name="term_remove"),
    path("sole/", sole.state, name="sole"),
    path("single-source/", sole.source, name="sole_source"),
    path("single-source/objections/<int:objection_id>", sole.answer, name="objection"),
    path("single-source/negotiate", sole.negotiate, name="negotiate"),
    path("fairness/", fairness.fairness, name="fairness"),
    path("submit/", tenders.submit, name="submit"),
    path("approve/", tenders.approve, name="approve"),
    path("preview/", tenders.preview, name="preview"),
    path("publish/", tenders.publish, name="publish"),
    path("amend/", tenders.amend, name="amend"),
    path("cancel/", tenders.cancel, name="cancel"),
    path("again/", tenders.again, name="again"),
    path("questions/", questions.questions, name="questions"),
    path("questions/<uuid:question_id>/", questions.answer, name="answer"),
]
urlpatterns = [
    path("outages/", outages.outages, name="outages"),
    path("tenders/", tenders.listing, name="list"),
    path("tenders/<uuid:tender_id>/", include(_tender)),
    path("plans/<uuid:plan_id>/tender/", tenders.draft, name="draft"),
]
