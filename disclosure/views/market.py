"""Transaction records: the table, one record, the download."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from disclosure.bulk import safe_cell
from disclosure.selectors import transactions
from disclosure.selectors.filters import MOST, TransactionFilters
from disclosure.states import MARKETS, MODES, record_type
from disclosure.streaming import pieces, streamed
from disclosure.templatetags.published import chinese
from disclosure.views import sentences

COLUMNS = (
    "id", "ocid", "order_no", "market", "mode", "region", "purchaser_id", "purchaser", "supplier_id", "supplier",
    "amount", "item", "category", "brand", "model", "spec", "quantity", "unit", "unit_price", "agreement",
    "framework_ocid", "ordered_at", "published_at", "hash",
)  # fmt: skip
MOST_PAGES = 500


@require_safe
def transaction_list(request: HttpRequest) -> HttpResponse:
    """List transaction records in one dense table."""
    filters, errors = sentences.read(TransactionFilters, request.GET)
    rows, following = transactions.page(filters)  # type: ignore[arg-type]
    path = reverse("portal:transactions")
    query = urlencode(filters.given)
    context = {
        "rows": transactions.with_prices(rows),
        "filters": filters,
        "given": dict(filters.given),
        "errors": errors,
        "sentence": sentences.sentence(
            filters, path, gettext("All transaction records"), gettext("Transaction records")
        ),
        "chips": sentences.chips(filters, path),
        "next_url": sentences.next_url(filters, path, following),
        "query": query,
        "modes": [(code, zh if chinese() else gettext(label)) for code, (zh, label, _) in MODES.items()],
        "markets": [(code, zh if chinese() else gettext(label)) for code, (zh, label) in MARKETS.items()],
        "regions": sentences.region_choices(filters),
    }
    return render(request, "portal/transactions.html", context, status=422 if errors else 200)


@require_safe
def transaction(request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponse:
    """Show one transaction record."""
    row = transactions.transaction(transaction_id)
    shown = transactions.with_prices([row])[0]
    context = {"record": row, "lines": shown["lines"], "official": record_type(row.market)}
    return render(request, "portal/transaction.html", context)


@require_safe
def download(request: HttpRequest) -> StreamingHttpResponse:
    """Give the records that match as CSV, one row per line of an order, at most 100,000 records."""
    filters = TransactionFilters.read(request.GET, skip=frozenset({"limit"}))
    response = streamed(request, pieces(_lines(filters)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="transactions.csv"'
    return response


class _Echo:
    """What csv writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(filters: TransactionFilters) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    filters = replace(filters, limit=MOST)
    for _ in range(MOST_PAGES):
        rows, following = transactions.page(filters)
        for row in rows:
            said = transactions.public(row)
            for item in row.items:
                yield writer.writerow([safe_cell(value) for value in _flat(said, item)])
        if following is None:
            return
        filters = replace(filters, cursor=TransactionFilters.reader("cursor")(following))


def _flat(said: dict[str, Any], item: dict[str, Any]) -> list[Any]:
    agreement = said["agreement"] or {}
    return [
        said["id"], said["ocid"], said["order_no"], said["market"], said["mode"], said["region"],
        said["purchaser"]["id"], said["purchaser"]["name"], said["supplier"]["id"], said["supplier"]["name"],
        said["amount"], item["name"], item["category"], item["brand"], item["model"], item["spec"],
        item["quantity"], item["unit"], item["unit_price"], agreement.get("title") or agreement.get("no") or "",
        said["framework_ocid"] or "", said["ordered_at"], said["published_at"], said["hash"],
    ]  # fmt: skip
