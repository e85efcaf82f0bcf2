"""Addresses of the portal and of open data."""

from __future__ import annotations

from django.urls import path

from disclosure import feeds
from disclosure.views import correcting, market, open_data, portal

app_name = "portal"
urlpatterns = [
    path("", portal.home, name="home"),
    path("notices/", portal.notice_list, name="notices"),
    path("intentions/", portal.intention_list, name="intentions"),
    path("notices/types/", portal.notice_types, name="notice_types"),
    path("notices/<uuid:notice_id>/notice.pdf", portal.notice_pdf, name="notice_pdf"),
    path("notices/<uuid:notice_id>/", portal.notice, name="notice"),
    path("notices/<uuid:notice_id>/correct/", correcting.correct, name="correct"),
    path("notices/<uuid:notice_id>/recompute.json", portal.recompute, name="recompute"),
    path("projects/<str:ocid>/", portal.project, name="project"),
    path("transactions/", market.transaction_list, name="transactions"),
    path("transactions/download.csv", market.download, name="transactions_csv"),
    path("transactions/<uuid:transaction_id>/", market.transaction, name="transaction"),
    path("open-data/", open_data.index, name="open_data"),
    path("open-data/policy/", open_data.policy, name="policy"),
    path("open-data/ocds/releases", open_data.releases, name="releases"),
    path("open-data/ocds/releases/<str:release_id>", open_data.release, name="release"),
    path("open-data/ocds/records/<str:ocid>", open_data.record, name="record"),
    path("open-data/ocds/extensions/<str:name>/v1/<path:path>", open_data.extension, name="extension"),
    path("open-data/ocds/sha256sum.txt", open_data.checksums, name="checksums"),
    path("open-data/ocds/<str:name>", open_data.bulk_file, name="bulk_file"),
    path("feeds/notices.atom", feeds.atom, name="notices_atom"),
    path("log-page/", open_data.log, name="log"),
    path("about/", portal.about, name="about"),
    path("contact/", portal.contact, name="contact"),
    path("accessibility/", portal.accessibility, name="accessibility"),
]
