"""An opening sheet as a table: written to be filled in with a spreadsheet program, read back row by row (FORMAT.md 3.13).

Prices are read as the page reads a workbook: the same headings, the same faults, the same rounding.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as Xml

from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.plain import PlainSheet

MAX_TABLE = 16 << 20
_MAX_PART = 24 << 20
_MAX_ROWS = 6_000
_NO_TABLE = (
    csv.Error, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, Xml.ParseError, LookupError, ValueError,
)  # fmt: skip
"""What reading a table raises that is damaged, encrypted or points at what it does not hold."""
_HEAD_WITHIN = 30
_PRICE, _ANSWER = "单价（元） Unit price (yuan)", "填写 Answer"
_HEAD = ("序号 No.", "内容 What", "数量 Quantity", "单位 Unit", _PRICE, _ANSWER)
_HEADS: dict[str, tuple[str, ...]] = {
    "item": ("序号", "编号", "标的序号", "no", "no.", "item no", "item no.", "number", _HEAD[0]),
    "quantity": ("数量", "quantity", "qty", _HEAD[2]),
    "unit": ("单位", "计量单位", "unit", _HEAD[3]),
    "price": (
        "单价（元）", "单价(元)", "单价", "投标单价", "报价单价", "unit price (yuan)", "unit price", "price", _PRICE,
    ),
    "amount": ("金额（元）", "金额(元)", "金额", "小计", "小计（元）", "amount (yuan)", "amount"),
    "answer": ("填写", "响应", "answer", _ANSWER),
}  # fmt: skip
_TOTALS = ("合计", "总计", "总价", "投标总价", "total", "sum")
_CELL_ERROR = re.compile(r"#(?:REF|VALUE|NAME|DIV|N/A|NUM|NULL)", re.I)
_MILLIONTHS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_SAFE = 2**53 - 1
_DAYS = ("delivery_days", "warranty_months")
_VALIDITY = "validity_days"
_TRUE, _FALSE = ("true", "yes", "是"), ("false", "no", "否")
_WHAT = {
    "delivery_days": "交货天数 delivery, in days",
    "warranty_months": "质保月数 warranty, in months",
    f"fact.{_VALIDITY}": "投标有效期（天） bid valid, in days",
    "notes": "备注 notes",
}
Cells = Mapping[int, str]
Row = tuple[int, Cells]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row (0: in none): a stable code, and words for the person who filled it in."""

    row: int
    code: str
    said: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.said}" if self.row else self.said


@dataclass(slots=True)
class Filled:
    """A sheet with what the table says, and the faults; with any fault it is not complete. `total_fen` sums good rows."""

    sheet: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    total_fen: int = 0


def table_of(sheet: Mapping[str, Any]) -> bytes:
    """Write the table of a sheet as CSV that spreadsheet programs open: what it holds already, and what is left to fill in.

    Raises Malformed.
    """
    _is_sheet(sheet)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(_HEAD)
    for price in sheet["prices"]:
        known = (price["item"], price["name"], price["quantity"], price["unit"], price["unit_price"])
        rows.writerow(map(_no_formula, (*known, "")))
    for name in (*_DAYS, f"fact.{_VALIDITY}", *(f"fact.{one}" for one in sheet["facts"] if one != _VALIDITY)):
        rows.writerow((name, _WHAT.get(name, ""), "", "", "", _no_formula(_said(sheet, name))))
    for one in sheet["responses"]:
        rows.writerow((f"answer.{one['criterion']}", "", "", "", "", _no_formula(one["response"])))
    rows.writerow(("notes", _WHAT["notes"], "", "", "", _no_formula(sheet["notes"])))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _is_sheet(sheet: Mapping[str, Any]) -> None:
    if (
        sheet.get("type") != "mingcai/v1/sheet"
        or not {"prices", "facts", "responses", "notes", *_DAYS} <= sheet.keys()
    ):
        raise Malformed("this is no opening sheet: save sheet.json from the page of the bid")


def _no_formula(text: str) -> str:
    """What a purchaser or a bidder wrote is no formula of the spreadsheet program."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _said(sheet: Mapping[str, Any], name: str) -> str:
    value = sheet["facts"].get(name.removeprefix("fact.")) if name.startswith("fact.") else sheet[name]
    if isinstance(value, bool):
        return _TRUE[0] if value else _FALSE[0]
    return "" if value is None else str(value)


def rows_of(data: bytes) -> list[Row]:
    """Read the rows of a CSV file (UTF-8 or GB 18030) or of a workbook's first sheet.  Raises Malformed."""
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise Malformed("an .xls file, or one with a password: save it as .xlsx or .csv")
    try:
        rows = _workbook(data) if data[:2] == b"PK" else _csv(data)
    except _NO_TABLE as error:
        raise Malformed(f"not a table: {error}") from error
    if len(rows) > _MAX_ROWS:
        raise Malformed(f"more than {_MAX_ROWS} rows")
    return rows


def _csv(data: bytes) -> list[Row]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    found = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    cells = (
        (number, {at: cell.strip().removeprefix("'") for at, cell in enumerate(row)})
        for number, row in enumerate(found, 1)
    )
    return [
        (number, {at: cell for at, cell in row.items() if cell}) for number, row in cells if any(row.values())
    ]


def _workbook(data: bytes) -> list[Row]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:

        def part(name: str) -> Xml.Element:
            with archive.open(name) as source:
                inside = source.read(_MAX_PART + 1)
            if len(inside) > _MAX_PART or b"<!DOCTYPE" in inside:
                raise ValueError(f"{name} is too long, or has a document type")
            return Xml.fromstring(inside)  # noqa: S314 - a bidder's own file, and without entities

        sheets = [one for one in part("xl/workbook.xml").iter() if _name(one) == "sheet"]
        wanted = (
            next((value for key, value in sheets[0].attrib.items() if key.endswith("}id")), "")
            if sheets
            else ""
        )
        linked = {one.get("Id"): one.get("Target", "") for one in part("xl/_rels/workbook.xml.rels")}
        target = linked.get(wanted) or "worksheets/sheet1.xml"
        texts: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            texts = [_text(one) for one in part("xl/sharedStrings.xml")]
        page = part(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
        rows: list[Row] = []
        for number, row in enumerate((one for one in page.iter() if _name(one) == "row"), 1):
            cells = {at: shown for at, cell in enumerate(row) if (shown := _cell(cell, texts))}
            placed = {_column(row[at].get("r"), at): shown for at, shown in cells.items()}
            if placed:
                rows.append((int(row.get("r", number)), placed))
        return rows


def _name(one: Xml.Element) -> str:
    return one.tag.rpartition("}")[2]


def _text(one: Xml.Element) -> str:
    """The text of a string, without the reading aids that may stand beside it."""
    own = [part.text or "" for part in one if _name(part) == "t"]
    return "".join(
        own + [part.text or "" for run in one if _name(run) == "r" for part in run if _name(part) == "t"]
    )


def _cell(cell: Xml.Element, texts: Sequence[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_text(part) for part in cell if _name(part) == "is").strip()
    text = next((part.text or "" for part in cell if _name(part) == "v"), "")
    if kind == "s" and text:
        return texts[int(text)].strip()
    return plain_number(text) if kind == "n" and text else text.strip()


def _column(reference: str | None, otherwise: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference or "")
    if letters is None:
        return otherwise
    at = 0
    for letter in letters[0]:
        at = at * 26 + ord(letter) - 64
    return at - 1


def plain_number(text: str) -> str:
    """A number as a person wrote it: spreadsheets keep 15 significant digits, and write more."""
    return f"{Decimal(f'{float(text):.15g}'):f}"


def millionths(text: str) -> int | None:
    """Millionths of what is written with at most six places; None for anything else."""
    found = _MILLIONTHS.fullmatch(text.strip())
    return int(found[1] + (found[2] or "").ljust(6, "0")) if found else None


def line_fen(quantity: str, price: str) -> int | None:
    """Fen of quantity × unit price, rounded half up; None where there is no such number."""
    count, each = millionths(quantity), millionths(price)
    if count is None or each is None:
        return None
    fen = (count * each + 5 * 10**9) // 10**10
    return fen if fen <= _SAFE else None


def as_price(text: str) -> str | None:
    """A price as the record writes decimals, from how people write it: 4,387.10, ¥4387.1; None for anything else."""
    narrow = re.sub(r"[\s¥元]", "", unicodedata.normalize("NFKC", text))
    plain = narrow.replace(",", "") if _GROUPED.fullmatch(narrow) else narrow
    whole, point, rest = plain.partition(".")
    exact = (whole.lstrip("0") or whole[-1:]) + point + (rest.rstrip("0") if point else "")
    exact = exact.removesuffix(".")
    return exact if millionths(exact) is not None else None


def fill(sheet: Mapping[str, Any], rows: Sequence[Row]) -> Filled:
    """Put what a table says into a sheet: prices by item, answers by name.  Raises Malformed for a sheet of another form."""
    _is_sheet(sheet)
    made = Filled(
        {**sheet, "facts": dict(sheet["facts"]), "responses": [dict(one) for one in sheet["responses"]]}
    )
    head = _heading(rows, priced=bool(sheet["prices"]))
    if head is None:
        made.faults.append(
            Fault(0, "no-heading", "no row has the headings 序号 (No.) and 单价（元） (Unit price)")
        )
        return made
    prices = {price["item"]: dict(price) for price in sheet["prices"]}
    seen: set[str] = set()
    stated: tuple[int, str] | None = None
    for number, cells in rows:
        given = {name: cells.get(at, "") for name, at in head[1].items()}
        if number <= head[0] or not any(given.values()):
            continue
        name = unicodedata.normalize("NFKC", given["item"])
        if any(_same(cell, _TOTALS) for cell in cells.values()):
            stated = number, given.get("amount") or given.get("price", "")
        elif name in seen:
            made.faults.append(Fault(number, "twice", f"{name} stands in the table twice"))
        elif name in prices:
            seen.add(name)
            fault = _price(prices[name], given, made)
            made.faults += [Fault(number, *fault)] if fault else []
        elif "answer" in head[1] and (fault := _answer(made.sheet, name, given["answer"])) != _UNKNOWN:
            seen.add(name)
            made.faults += [Fault(number, *fault)] if fault else []
        else:
            made.faults.append(Fault(number, "unknown-item", f"the sheet has nothing called “{name}”"))
    made.faults += [
        Fault(0, "missing-item", f"item {name} is missing") for name in prices if name not in seen
    ]
    if (
        stated
        and stated[1]
        and not made.faults
        and line_fen("1", as_price(stated[1]) or "") != made.total_fen
    ):
        made.faults.append(
            Fault(stated[0], "total", f"the total says {stated[1]}; the rows come to {yuan(made.total_fen)}")
        )
    made.sheet |= {"prices": list(prices.values()), "total_fen": made.total_fen if prices else None}
    return made


def check(sheet: object) -> PlainSheet:
    """Check a whole sheet: its form, each amount and the total.  Raises Malformed, SealingError `wrong-total`."""
    technical = isinstance(sheet, dict) and sheet.get("total_fen") is None and not sheet.get("prices")
    read = PlainSheet.from_json(sheet, "technical" if technical else "single")
    for price in read.prices:
        fen = line_fen(price.quantity, price.unit_price)
        if fen != price.amount_fen:
            told = yuan(fen) if fen is not None else "no amount"
            raise SealingError(
                "wrong-total",
                f"item {price.item}: {yuan(price.amount_fen)}; {price.quantity} × {price.unit_price} is {told}",
            )
    total = sum(price.amount_fen for price in read.prices)
    if read.prices and read.total_fen != total:
        raise SealingError(
            "wrong-total", f"the total says {yuan(read.total_fen or 0)}; the items come to {yuan(total)}"
        )
    return read


def left_open(sheet: PlainSheet) -> list[str]:
    """Name what a sheet leaves empty; whether the tender wants it, the tender says."""
    days = [name for name in _DAYS if getattr(sheet, name) is None]
    return days + [f"answer.{one.criterion}" for one in sheet.responses if not one.response]


def yuan(fen: int) -> str:
    """An amount for people: 1,234.50."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def _same(cell: str, words: Sequence[str]) -> bool:
    said = unicodedata.normalize("NFKC", cell).strip().lower()
    return any(said == unicodedata.normalize("NFKC", word).lower() for word in words)


def _heading(rows: Sequence[Row], *, priced: bool) -> tuple[int, dict[str, int]] | None:
    for number, cells in rows[:_HEAD_WITHIN]:
        columns: dict[str, int] = {}
        for at, text in cells.items():
            for name, words in _HEADS.items():
                if name not in columns and _same(text, words):
                    columns[name] = at
        if "item" in columns and ("price" in columns or (not priced and "answer" in columns)):
            return number, columns
    return None


def _price(price: dict[str, Any], given: Mapping[str, str], made: Filled) -> tuple[str, str] | None:
    """Put one price into its line; the code and words of what is wrong, if anything is."""
    told = f"item {price['item']}"
    if any(_CELL_ERROR.match(cell) for cell in given.values()):
        return "cell-error", f"{told}: a cell holds an error of the spreadsheet program"
    if not given["price"]:
        return "no-price", f"{told}: the unit price is missing"
    each = as_price(given["price"])
    fen = line_fen(price["quantity"], each) if each is not None else None
    if each is None or fen is None:
        return "not-a-price", f"{told}: “{given['price']}” is no price with at most six places"
    count, unit, amount = (given.get(name, "") for name in ("quantity", "unit", "amount"))
    if count and millionths(as_price(count) or "") != millionths(price["quantity"]):
        return "quantity", f"{told}: the quantity is {count}; the tender asks for {price['quantity']}"
    if unit and unicodedata.normalize("NFKC", unit) != unicodedata.normalize("NFKC", price["unit"]):
        return "unit", f"{told}: the unit is {unit}; the tender says {price['unit']}"
    if amount and line_fen("1", as_price(amount) or "") != fen:
        return "amount", f"{told}: the amount says {amount}; {price['quantity']} × {each} is {yuan(fen)}"
    price |= {"unit_price": each, "amount_fen": fen}
    made.total_fen += fen
    return None


_UNKNOWN = ("unknown-item", "")


def _answer(sheet: dict[str, Any], name: str, said: str) -> tuple[str, str] | None:
    """Put one answer into its place; the code and words of what is wrong, `_UNKNOWN` where there is no such place."""
    kind, _, rest = name.partition(".")
    if name in _DAYS or name == f"fact.{_VALIDITY}":
        if said and not re.fullmatch(r"[0-9]{1,6}", said):
            return "not-a-count", f"{name}: “{said}” is no whole number"
        if kind == "fact":
            sheet["facts"] |= {rest: int(said)} if said else {}
        else:
            sheet[name] = int(said) if said else None
    elif name == "notes":
        sheet["notes"] = said
    elif kind == "fact" and rest in sheet["facts"]:
        before = sheet["facts"][rest]
        if isinstance(before, bool):
            if said.lower() not in (*_TRUE, *_FALSE):
                return "not-yes-or-no", f"{name}: “{said}” is neither yes nor no"
            sheet["facts"][rest] = said.lower() in _TRUE
        elif isinstance(before, int):
            if not re.fullmatch(r"-?[0-9]{1,15}", said):
                return "not-a-count", f"{name}: “{said}” is no whole number"
            sheet["facts"][rest] = int(said)
        else:
            sheet["facts"][rest] = said
    elif kind == "answer" and (
        found := next((one for one in sheet["responses"] if one["criterion"] == rest), None)
    ):
        found["response"] = said
    else:
        return _UNKNOWN
    return None
