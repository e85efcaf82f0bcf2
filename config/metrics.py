"""Metrics for Prometheus, which anyone may read: they leave out every request by which a bidder prepares a bid.

Counted by view, method or size these would tell before the deadline how many bids there are and when they come (R11). So would
the work of the process in a quiet hour: its processor time, memory, open files and collections are left to the operator's own
tools, which nobody else reads.
"""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from django_prometheus.middleware import PrometheusAfterMiddleware, PrometheusBeforeMiddleware
from prometheus_client import GC_COLLECTOR, PROCESS_COLLECTOR, REGISTRY

BIDDERS = re.compile(
    r"/(?:bids|consortia|drafts|rehearsals|uploads|receipts|seal|sign)(?:/|$)|/tenders/[^/]+/(?:bid(?:/|$)|amendments/[^/]+/seen|(?:stamps|rehearse)/?$)"
)

for work in (GC_COLLECTOR, PROCESS_COLLECTOR):
    REGISTRY.unregister(work)


def is_bidders(request: HttpRequest) -> bool:
    """Tell whether only bidders make such a request."""
    return BIDDERS.match(request.path) is not None


class Before(PrometheusBeforeMiddleware):  # type: ignore[misc] # django_prometheus has no types
    """Counts and times all other requests."""

    def process_request(self, request: HttpRequest) -> Any:
        return None if is_bidders(request) else super().process_request(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        return response if is_bidders(request) else super().process_response(request, response)


class After(PrometheusAfterMiddleware):  # type: ignore[misc] # django_prometheus has no types
    """Counts all other requests by view, method, size and status."""

    def process_request(self, request: HttpRequest) -> Any:
        return None if is_bidders(request) else super().process_request(request)

    def process_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return None if is_bidders(request) else super().process_view(request, *args, **kwargs)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        return response if is_bidders(request) else super().process_template_response(request, response)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        return response if is_bidders(request) else super().process_response(request, response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> Any:
        return None if is_bidders(request) else super().process_exception(request, exception)
