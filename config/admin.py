"""The operator's console: rows may be looked at, none changed; acts go through the services and their records.

What not even an operator may learn early is not here: who bids and how many (bids, tickets, receipts, uploads, inboxes,
the records of bids), keepers' shares, who sits on a panel and what it scores, challenges and second factors. Whoever
runs the database can read its rows all the same; this page does not hand them out. One signs in as everywhere else,
with one's second factor.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
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
        "evaluation.attempt",
        "evaluation.award",
        "evaluation.call",
        "evaluation.draw",
        "evaluation.gap",
        "evaluation.member",
        "evaluation.note",
        "evaluation.opinion",
        "evaluation.panel",
        "evaluation.piece",
        "evaluation.question",
        "evaluation.recheck",
        "evaluation.recheckopinion",
        "evaluation.report",
        "evaluation.reportsignature",
        "evaluation.review",
        "evaluation.score",
        "evaluation.sheet",
        "evaluation.sitting",
        "evaluation.trial",
        "parties.inboxitem",
        "parties.signingchallenge",
        "storage.upload",
    }
)
# Of bidding only what is made at the close or after it: a row of anything else could tell who bids.
OPEN_OF_BIDDING = frozenset(
    {"bidding.closelist", "bidding.opening", "bidding.openingrecord", "bidding.resolution"}
)
# The audit trail without the acts that would tell the same: of bids, in rooms, on sheets, with inboxes.
CLOSED_SUBJECTS = (
    "bid.", "consortium.", "draft.", "draftkey.", "stamp.", "rehearsal.", "seen.", "room.", "recording.", "sheet.", "inbox.",
)  # fmt: skip
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

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Give the rows, without the audit trail of what is closed."""
        rows = super().get_queryset(request)
        if self.model._meta.label_lower == "audit.entry":
            for prefix in CLOSED_SUBJECTS:
                rows = rows.exclude(subject__startswith=prefix)
        return rows


class AuditList(ChangeList):
    """Acts by subject and number: gaps between numbers of the table would tell how many acts are not shown."""

    def url_for_result(self, result: Any) -> str:
        return reverse("admin:audit_entry_change", args=[quote(f"{result.subject}#{result.seq}")])


class AuditTrail(ReadOnly):
    """The audit trail; an act has no other address than its subject and its number there."""

    list_display = ("subject", "seq", "at", "actor", "verb", "rule")

    def get_changelist(self, request: HttpRequest, **over: Any) -> type[ChangeList]:
        return AuditList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        subject, _sign, number = object_id.rpartition("#")
        rows = self.get_queryset(request).filter(subject=subject)
        return rows.filter(seq=int(number)).first() if number.isdecimal() and len(number) < 10 else None


def _columns(model: type[models.Model]) -> list[str]:
    plain = [
        field.name
        for field in model._meta.concrete_fields
        if not isinstance(field, models.JSONField | models.BinaryField | models.TextField | models.ForeignKey)
        and field.name != "password"
    ]
    return plain[:SHOWN_COLUMNS]


def register_all() -> None:
    """Register every model of this project's packages, read-only; what libraries registered could change rows."""
    for model in [*admin.site._registry]:
        admin.site.unregister(model)
    for model in apps.get_models():
        label = model._meta.label_lower
        shut = label in CLOSED or (model._meta.app_label == "bidding" and label not in OPEN_OF_BIDDING)
        if model._meta.app_label in OURS and not shut and not admin.site.is_registered(model):
            if label == "audit.entry":
                admin.site.register(model, AuditTrail)
                continue
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
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
register_all()
