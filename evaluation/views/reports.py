"""The evaluation report: made, read, printed, signed."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from core import printing
from core.canonical import digest
from evaluation import access, appraisals, page, page_calls, page_rechecks, programs, selectors, verifying
from evaluation.services import reporting
from evaluation.states import PanelStatus
from evaluation.views.manners import back_to, for_programs, to
from parties.access import Request


@require_POST
@back_to("evaluation:room")
def make(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Make the report from the record."""
    reporting.make(actor=request.actor, panel_id=panel_id)
    return to("evaluation:report", panel_id)


def _context(request: Request, panel_id: uuid.UUID) -> dict[str, Any]:
    panel, tender, member, report = access.report_to_read(request.actor, panel_id)
    signed = {row.member_id for row in report.signatures.all()}
    to_sign = panel.status == PanelStatus.REPORTED and member is not None and member.pk not in signed
    return {
        "panel": panel,
        "tender": tender,
        "me": member,
        "report": report,
        "lots": page.lots(report.body["lots"], tender, panel),
        "reviews": page.reviews(report, tender),
        "reasons": page.reasons(report, tender),
        "rechecks": page_rechecks.reported(report, tender, "rechecks"),
        "deviations": page_rechecks.reported(report, tender, "deviations"),
        "signatures": list(report.signatures.all()),
        "members": selectors.members_of(panel),
        "committed_hash": digest(panel.technical).hex() if panel.technical else "",
        "flaws": verifying.explained(verifying.flaws(panel, report)),
        "sign": page.report_sign(report) if to_sign else None,
        "fees": page_calls.fees(panel, tender, report) if access.hosts(request.actor, tender) else None,
        "appraised": request.actor.oversees(tender.region) and bool(appraisals.of(panel)),
        "owns": request.actor.org_id == tender.purchaser_id,
    }


@require_safe
def report(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """The report as a page that prints, and as JSON."""
    context = _context(request, panel_id)
    if for_programs(request):
        return JsonResponse(programs.report_json(context["panel"], context["report"]))
    return render(request, "evaluation/report.html", context)


@require_safe
def report_pdf(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """The report as a PDF: the same tables, with the digest and the signatures."""
    context = _context(request, panel_id)
    text = render_to_string("evaluation/print_report.html", context, request)
    answer = HttpResponse(printing.pdf(text), content_type="application/pdf")
    name = f"evaluation-report-{context['report'].digest[:12]}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
@back_to("evaluation:report")
def sign(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Sign the report with one touch; a dissent is kept with it."""
    reporting.sign(
        actor=request.actor,
        panel_id=panel_id,
        credential=request.POST.get("credential", ""),
        dissent=request.POST.get("dissent", ""),
    )
    return to("evaluation:report", panel_id)
