"""Addresses of contracting."""

from __future__ import annotations

from django.urls import path

from contracting import agreement_views as agreements
from contracting import alteration_views as alterations
from contracting import views

app_name = "contracting"
urlpatterns = [
    path("contracts/", views.contract_list, name="list"),
    path("contracts/<uuid:contract_id>/", views.contract, name="contract"),
    path("contracts/<uuid:contract_id>/sign", views.sign, name="sign"),
    path("contracts/<uuid:contract_id>/publish", views.publish, name="publish"),
    path("contracts/<uuid:contract_id>/void", views.void, name="void"),
    path("contracts/<uuid:contract_id>/deliver", views.deliver, name="deliver"),
    path("contracts/<uuid:contract_id>/accept", views.accept, name="accept"),
    path("contracts/<uuid:contract_id>/pay", views.pay, name="pay"),
    path("contracts/<uuid:contract_id>/supplement", views.supplement, name="supplement"),
    path("contracts/<uuid:contract_id>/bond", views.bond, name="bond"),
    path("contracts/<uuid:contract_id>/bond/return", views.bond_return, name="bond_return"),
    path("contracts/<uuid:contract_id>/change", alterations.propose, name="alter"),
    path("contracts/<uuid:contract_id>/changes/<int:no>/", alterations.alteration, name="alteration"),
    path("contracts/<uuid:contract_id>/changes/<int:no>/sign", alterations.sign, name="alteration_sign"),
    path(
        "contracts/<uuid:contract_id>/changes/<int:no>/refuse", alterations.refuse, name="alteration_refuse"
    ),
    path("agreements/", agreements.listing, name="agreements"),
    path("agreements/<uuid:agreement_id>/", agreements.agreement, name="agreement"),
    path("agreements/<uuid:agreement_id>/enter", agreements.enter, name="enter"),
    path(
        "agreements/<uuid:agreement_id>/applications/<uuid:application_id>",
        agreements.decide,
        name="application",
    ),
    path("agreements/<uuid:agreement_id>/entries/<uuid:entrant_id>/leave", agreements.leave, name="leave"),
    path("agreements/<uuid:agreement_id>/file", agreements.file, name="agreement_file"),
    path("agreements/<uuid:agreement_id>/entries/<uuid:entrant_id>/sign", agreements.sign, name="entry_sign"),
    path("agreements/<uuid:agreement_id>/entries/<uuid:entrant_id>/end", agreements.expel, name="entry_end"),
]
