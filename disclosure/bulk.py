"""Write the bulk files of open data: every process, for those who want all of it at once.

`full.jsonl.gz` and `<year>.jsonl.gz` hold one compiled release per line, `full.csv` one row per award, `items.csv` one row
per item awarded, `full.xlsx` both as sheets. Each generation has its own folder; `index.json`, replaced atomically, names
the present one with sizes and SHA-256, and the one before stays for readers that are under way. Memory does not grow with
the data: records are read by chunks and written as they come.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import xlsxwriter
from django.conf import settings

from core import clock
from core.clock import BEIJING
from core.errors import NotFound, Refused, gettext_noop
from disclosure.ocds.text import loads
from disclosure.selectors import open_data

AWARD_COLUMNS = (
    "ocid", "title", "title_en", "buyer_id", "buyer", "procuring_entity", "tender_id", "tender_status", "method",
    "method_details", "category", "tender_value", "tender_period_end", "number_of_bids", "award_id", "award_status",
    "award_date", "award_value", "supplier_ids", "suppliers", "contract_id", "contract_status", "date_signed",
    "contract_value", "framework_ocid", "date",
)  # fmt: skip
ITEM_COLUMNS = (
    "ocid", "award_id", "item_id", "description", "description_en", "class", "brand", "model", "spec", "quantity",
    "unit", "unit_price", "award_date", "buyer", "suppliers",
)  # fmt: skip
MEDIA = {"gz": "application/gzip", "csv": "text/csv; charset=utf-8",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
MOST_ROWS = 1_000_000
"""Rows that a sheet of a workbook takes; the CSV files have no such end."""
KEPT = 2


class NotReady(Refused):
    """The bulk files have not been made yet."""

    code = "bulk-not-ready"
    title = gettext_noop("The bulk files are being made; please try again in a minute")
    status = 503


def folder() -> Path:
    """Give the folder of the bulk files."""
    return Path(settings.VAR) / "open-data"


def index() -> dict[str, Any]:
    """Give the present generation: `made_at`, `number`, `processes`, and per file name, size and sha256.

    Raises NotReady before the first.
    """
    try:
        said: dict[str, Any] = json.loads((folder() / "index.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise NotReady() from error
    return said


def file(name: str) -> tuple[Path, dict[str, Any]]:
    """Give the path and description of one bulk file of the present generation. Raises NotReady, NotFound."""
    present = index()
    for row in present["files"]:
        if row["name"] == name:
            return folder() / present["folder"] / name, row
    raise NotFound()


def make() -> dict[str, Any]:
    """Write a new generation from all records and make it the present one; gives its index."""
    top, number = folder(), open_data.last_number()
    now = clock.now()
    name = f"{number:012d}-{now:%Y%m%dT%H%M%S%f}"
    work = top / f"{name}.making"
    work.mkdir(parents=True, exist_ok=True)
    processes = _write(work)
    files = [_described(path) for path in sorted(work.iterdir())]
    work.rename(top / name)
    said = {
        "made_at": now.isoformat(timespec="seconds"),
        "number": number,
        "processes": processes,
        "folder": name,
        "files": files,
    }
    fresh = top / f".index-{name}.json"
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(said, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(top / "index.json")
    for old in sorted(path for path in top.iterdir() if path.is_dir() and path.suffix != ".making")[:-KEPT]:
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)
    return said


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    return {
        "name": path.name,
        "bytes": path.stat().st_size,
        "sha256": digest,
        "media_type": MEDIA[path.suffix.lstrip(".")],
    }


class _Packed:
    """A gzip file of JSON lines whose bytes depend on its content alone."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        raw = stack.enter_context(path.open("wb"))
        self._out = stack.enter_context(
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6)
        )

    def line(self, text: str) -> None:
        self._out.write(text.encode() + b"\n")


class _Table:
    """The same rows as CSV and as a sheet."""

    def __init__(self, path: Path, columns: tuple[str, ...], sheet: Any, stack: ExitStack) -> None:
        out: TextIO = stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
        self._csv, self._sheet, self._columns, self._row = csv.writer(out), sheet, columns, 0
        self._put(columns)

    def add(self, row: dict[str, Any]) -> None:
        self._put([row.get(column, "") for column in self._columns])

    def _put(self, values: Any) -> None:
        self._csv.writerow([safe_cell(value) for value in values])
        if self._row < MOST_ROWS:
            self._sheet.write_row(self._row, 0, [_cell(value) for value in values])
        self._row += 1


def _cell(value: Any) -> Any:
    return "" if value is None else value if isinstance(value, str) else float(value)


def safe_cell(value: Any) -> Any:
    """Keep a spreadsheet from taking published text for a formula."""
    return f"'{value}" if isinstance(value, str) and value and value[0] in "=+-@\t\r" else value


def _write(work: Path) -> int:
    processes = 0
    with ExitStack() as stack:
        book = xlsxwriter.Workbook(
            str(work / "full.xlsx"),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": str(work),
            },
        )
        full = _Packed(work / "full.jsonl.gz", stack)
        awards = _Table(work / "full.csv", AWARD_COLUMNS, book.add_worksheet("awards"), stack)
        items = _Table(work / "items.csv", ITEM_COLUMNS, book.add_worksheet("items"), stack)
        years: dict[int, _Packed] = {}
        for _, body, first in open_data.all_compiled():
            processes += 1
            full.line(body)
            year = _year(first)
            if year not in years:
                years[year] = _Packed(work / f"{year}.jsonl.gz", stack)
            years[year].line(body)
            compiled = loads(body)
            for row in award_rows(compiled):
                awards.add(row)
            for row in item_rows(compiled):
                items.add(row)
        book.close()
    return processes


def _year(first: datetime) -> int:
    return first.astimezone(BEIJING).year


def _amount(value: dict[str, Any] | None) -> Any:
    return (value or {}).get("amount", "")


def award_rows(compiled: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give one flat row per award of a process, or one row while it has none."""
    tender = compiled.get("tender") or {}
    base = {
        "ocid": compiled["ocid"],
        "title": compiled.get("title", ""),
        "title_en": compiled.get("title_en", ""),
        "buyer_id": (compiled.get("buyer") or {}).get("id", ""),
        "buyer": (compiled.get("buyer") or {}).get("name", ""),
        "procuring_entity": (tender.get("procuringEntity") or {}).get("name", ""),
        "tender_id": str(tender.get("id", "")),
        "tender_status": tender.get("status", ""),
        "method": tender.get("procurementMethod", ""),
        "method_details": tender.get("procurementMethodDetails", ""),
        "category": tender.get("mainProcurementCategory", ""),
        "tender_value": _amount(tender.get("value")),
        "tender_period_end": (tender.get("tenderPeriod") or {}).get("endDate", ""),
        "number_of_bids": len((compiled.get("bids") or {}).get("details") or []) or "",
        "framework_ocid": next((r.get("identifier", "") for r in compiled.get("relatedProcesses") or []), ""),
        "date": compiled.get("date", ""),
    }
    contracts = {str(c.get("awardID")): c for c in compiled.get("contracts") or []}
    for award in compiled.get("awards") or [{}]:
        contract = contracts.get(str(award.get("id")), {})
        suppliers = award.get("suppliers") or []
        yield base | {
            "award_id": str(award.get("id", "")),
            "award_status": award.get("status", ""),
            "award_date": award.get("date", ""),
            "award_value": _amount(award.get("value")),
            "supplier_ids": "; ".join(str(s.get("id", "")) for s in suppliers),
            "suppliers": "; ".join(s.get("name", "") for s in suppliers),
            "contract_id": str(contract.get("id", "")),
            "contract_status": contract.get("status", ""),
            "date_signed": contract.get("dateSigned", ""),
            "contract_value": _amount(contract.get("value")),
        }


def item_rows(compiled: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give one flat row per item of every award of a process."""
    for award in compiled.get("awards") or []:
        for item in award.get("items") or []:
            attributes = {a["id"]: a.get("value", "") for a in item.get("attributes") or []}
            unit = item.get("unit") or {}
            yield {
                "ocid": compiled["ocid"],
                "award_id": str(award.get("id", "")),
                "item_id": str(item.get("id", "")),
                "description": item.get("description", ""),
                "description_en": item.get("description_en", ""),
                "class": str((item.get("classification") or {}).get("id", "")),
                "brand": attributes.get("brand", ""),
                "model": attributes.get("model", ""),
                "spec": attributes.get("spec", ""),
                "quantity": item.get("quantity", ""),
                "unit": unit.get("name", ""),
                "unit_price": _amount(unit.get("value")),
                "award_date": award.get("date", ""),
                "buyer": (compiled.get("buyer") or {}).get("name", ""),
                "suppliers": "; ".join(s.get("name", "") for s in award.get("suppliers") or []),
            }
