"""Outages that the platform measured of itself, and the deadlines that they moved: public."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from tendering import outage_page


@require_safe
def outages(request: HttpRequest) -> HttpResponse:
    """Show whether the platform is well, every outage with its evidence, what it moved, and the rule."""
    return render(request, "tendering/outages.html", outage_page.page(clock.now()))
