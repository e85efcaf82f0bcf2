"""The home page, the list of notices, one notice, one process."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from core import clock, printing
from core.errors import NotFound
from disclosure.selectors import intentions, law, notices, processes, today, types
from disclosure.selectors.filters import NoticeFilters
from disclosure.states import CATEGORIES, LABELS, WAYS, official_code, official_name
from disclosure.templatetags.published import chinese
from disclosure.views import sentences

PDF_KEPT = 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show search, today, the log, the newest notices, regions, volume and prices."""
    context = {
        "today": today.today(clock.now()),
        "newest": today.newest(),
        "log": today.log_head(),
        "series": [gettext("Awards"), gettext("Orders")],
        **today.picture(),
    }
    return render(request, "portal/home.html", context)


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """List notices with visible, removable filters."""
    filters, errors = sentences.read(NoticeFilters, request.GET)
    rows, following = notices.page(filters)  # type: ignore[arg-type]
    path = reverse("portal:notices")
    context = {
        "rows": rows,
        "filters": filters,
        "given": dict(filters.given),
        "query": urlencode(filters.given),
        "errors": errors,
        "sentence": sentences.sentence(filters, path, gettext("All notices"), gettext("Public notices")),
        "chips": sentences.chips(filters, path),
        "next_url": sentences.next_url(filters, path, following),
        "types": [(code, gettext(label)) for code, label in LABELS.items()],
        "methods": [(code, zh if chinese() else gettext(label)) for code, (zh, label) in WAYS.items()],
        "categories": [(code, gettext(label)) for code, label in CATEGORIES.items()],
        "regions": sentences.region_choices(filters),
    }
    return render(request, "portal/notices.html", context, status=422 if errors else 200)


@require_safe
def intention_list(request: HttpRequest) -> HttpResponse:
    """List what is intended to be bought and not announced yet, soonest first."""
    return render(request, "portal/intentions.html", {"rows": intentions.coming()})


def _shown(row: Any, versions: list[Any]) -> dict[str, Any]:
    """Give what page and paper show of a notice alike."""
    return {
        "notice": row,
        "official": row.external.get("official_type") or official_name(row.type, row.method),
        "code": "" if row.external else official_code(row.type, row.method),
        "newer": versions[-1] if versions[-1].version > row.version else None,
    }


@require_safe
def notice(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Show one notice with its hash and versions, and what each version changed."""
    row = notices.notice(notice_id)
    versions = notices.versions(row)
    before = next((v for v in versions if v.pk == row.corrects_id), None)
    context = {
        **_shown(row, versions),
        "versions": versions,
        "before": before,
        "changes": notices.changes(before, row) if before else [],
    }
    return render(request, "portal/notice.html", context)


@require_safe
def notice_pdf(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Give one notice as PDF, in the reader's language; made once, for a notice never changes."""
    row = notices.notice(notice_id)
    shown = _shown(row, notices.versions(row))
    key = f"notice-pdf.{row.hash}.{get_language()}.{shown['newer'] is not None}"
    content = cache.get(key)
    if content is None:
        address = f"{settings.PUBLIC_URL}{reverse('portal:notice', args=[row.pk])}"
        text = render_to_string("portal/print_notice.html", {**shown, "address": address}, request)
        content = printing.pdf(text)
        cache.set(key, content, PDF_KEPT)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="notice-{str(row.pk)[:8]}.pdf"'
    return answer


@require_safe
def notice_types(request: HttpRequest) -> HttpResponse:
    """Show every type of notice with its official names, and what each must say before it is published."""
    return render(request, "portal/notice_types.html", {"types": types.listed()})


@require_safe
def recompute(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Give the published inputs of an award, as `python -m evaluation recompute` takes them."""
    case = notices.notice(notice_id).facts.get("recompute")
    if not case:
        raise NotFound()
    response = JsonResponse(case, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="award-{notice_id}.json"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def project(request: HttpRequest, ocid: str) -> HttpResponse:
    """Show everything public about one process."""
    it = processes.process(ocid)
    tender: dict[str, Any] = it.compiled.get("tender") or {}
    award = it.newest("award", "framework_deal", "result_change")
    context = {
        "it": it,
        "lead": it.lead,
        "tender": tender,
        "before": processes.earlier(it),
        "after": processes.later(it),
        "items": _by_lot(tender.get("items") or []),
        "rules": [_chip(rule) for rule in law.chips(it.lead)] if it.lead else [],
        "acts": [_act(act) for act in processes.timeline(it, clock.now())],
        "tender_key": _tender_key(it.lead.source) if it.lead else "",
        "accepting": bool(it.due_at and clock.now() < it.due_at and tender.get("status") == "active"),
        "prices": processes.price_table(it),
        "winners": processes.winners(it),
        "documents": processes.documents(it),
        "contracts": it.compiled.get("contracts") or [],
        "award": award,
        "can_recompute": bool(award and award.facts.get("recompute")),
    }
    return render(request, "portal/project.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How sealing, evaluation and the log work, and what remains a risk."""
    return render(request, "portal/about.html")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Who runs this platform, and whom to ask about what."""
    told = settings.OPERATOR
    return render(request, "portal/contact.html", {"operator": told if told["name"] else None})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What was done for those who see, hear or move otherwise."""
    return render(request, "portal/accessibility.html")


def _tender_key(source: str) -> str:
    """Give the id of the tender behind a notice; empty where something else is behind it."""
    kind, _colon, key = source.partition(".")
    return key if kind == "tender" else ""


def _by_lot(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: str(item.get("relatedLot", "")))


def _chip(rule: dict[str, Any]) -> dict[str, Any]:
    unit = gettext(rule["unit"]) if rule["unit"] else ""
    text = f"{rule['value']} {unit}".strip()
    return rule | {"name": gettext(rule["name"]), "text": text, "certainty": gettext(rule["certainty"])}


def _act(act: dict[str, Any]) -> dict[str, Any]:
    row = act.get("notice")
    said = {**act, "title": gettext(act["title"])}
    if row is not None:
        url = reverse("portal:notice", args=[row.pk])
        said |= {"url": url, "verify": f"{url}#hash"}
    return said
