"""The operator's console: every row may be looked at, none changed; acts go through the services and their records.

What not even an operator may read early is not here: keepers' shares, score sheets, challenges.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

OURS = frozenset(
    {
        "audit",
        "ledger",
        "timers",
        "realtime",
        "storage",
        "parties",
        "disclosure",
        "planning",
        "contracting",
        "tendering",
        "bidding",
        "evaluation",
        "mall",
    }
)
CLOSED = frozenset(
    {
        "bidding.share",
        "bidding.openedbid",
        "bidding.openedfile",
        "evaluation.score",
        "evaluation.sheet",
        "parties.signingchallenge",
    }
)
SHOWN_COLUMNS = 6


class ReadOnly(admin.ModelAdmin[Any]):
    """Look, search, filter; change nothing."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _columns(model: type[models.Model]) -> list[str]:
    plain = [
        field.name
        for field in model._meta.concrete_fields
        if not isinstance(field, models.JSONField | models.BinaryField | models.TextField | models.ForeignKey)
        and field.name != "password"
    ]
    return plain[:SHOWN_COLUMNS]


def register_all() -> None:
    """Register every model of this project's packages, read-only."""
    for model in apps.get_models():
        label = model._meta.label_lower
        if model._meta.app_label in OURS and label not in CLOSED and not admin.site.is_registered(model):
            exclude = ("password",) if label == "parties.user" else ()
            admin.site.register(
                model,
                type(
                    f"{model.__name__}Admin",
                    (ReadOnly,),
                    {"list_display": _columns(model), "exclude": exclude},
                ),
            )


admin.site.site_header = admin.site.site_title = _("Mingcai operator's console")
register_all()
