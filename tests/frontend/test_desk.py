"""What the bid's page finds out about workbooks and attachments, without a browser."""

from __future__ import annotations

import io
import random
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bidding.sealing import sheets
from bidding.views.desk import workbook
from core.money import Yuan
from tendering.facts import ItemFacts, LotFacts
from tests.frontend.conftest import ROOT, Node
from tests.frontend.conftest import run_node as run

ITEMS = [
    {"item": "1", "quantity": "20", "unit": "台"},
    {"item": "2", "quantity": "0.5", "unit": "吨"},
    {"item": "3", "quantity": "1", "unit": "项"},
]
HEAD = ["序号", "标的", "数量", "单位", "单价（元）", "金额（元）"]
GOOD = [
    [1, "笔记本", 20, "台", 4387.13, None],
    [2, "纸", 0.5, "吨", "1,234.50", 617.25],
    ["3", "安装", 1, "项", "￥0.005", 0.01],
]
CONTENT_TYPES = "[Content_Types].xml"


@pytest.fixture(scope="session")
def desk(node: Node) -> Node:
    """Run one verb of the page's own code."""
    return lambda verb, value: run("desk_in_node.mjs", verb, value)


def book(path: Path, rows: list[list[Any]]) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


def by_command(file: Path, items: list[dict[str, str]]) -> dict[str, Any]:
    """What the offline command finds in the same file."""
    prices = [{**item, "name": "某物", "unit_price": "", "amount_fen": 0} for item in items]
    rest = {"total_fen": None, "delivery_days": None, "warranty_months": None, "responses": [], "facts": {}}
    sheet = {"type": "mingcai/v1/sheet", "prices": prices, **rest, "notes": ""}
    found = sheets.fill(sheet, sheets.rows_of(file.read_bytes()))
    taken = {one["item"]: one["unit_price"] for one in found.sheet["prices"] if one["unit_price"]}
    return {
        "prices": taken,
        "faults": [(one.row, one.code) for one in found.faults],
        "total": found.total_fen,
    }


def faults(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(one["row"], one["code"]) for one in found["faults"]]


def test_prices_of_a_workbook_are_read_to_the_fen(desk: Node, tmp_path: Path) -> None:
    rows = [["某公司报价"], HEAD, *GOOD, ["合计", None, None, None, None, 88359.86]]
    file = book(tmp_path / "报价.xlsx", rows)
    _, found = desk("prices", {"file": str(file), "items": ITEMS})
    assert found == by_command(file, ITEMS)
    assert found == {
        "prices": {"1": "4387.13", "2": "1234.5", "3": "0.005"},
        "faults": [],
        "total": 8774260 + 61725 + 1,
    }


@pytest.mark.parametrize(
    ("row", "value", "expected"),
    [
        (2, [1, "笔记本", 21, "台", 4387.13], (2, "quantity")),
        (2, [1, "笔记本", 20, "箱", 4387.13], (2, "unit")),
        (2, [1, "笔记本", 20, "台", "面议"], (2, "not-a-price")),
        (2, [1, "笔记本", 20, "台", -1], (2, "not-a-price")),
        (2, [1, "笔记本", 20, "台", "1.1234567"], (2, "not-a-price")),
        (2, [1, "笔记本", 20, "台", None], (2, "no-price")),
        (2, [1, "笔记本", 20, "台", 4387.13, 87742.61], (2, "amount")),
        (2, [1, "笔记本", 20, "台", "#REF!"], (2, "cell-error")),
        (2, [9, "别的", 20, "台", 4387.13], (2, "unknown-item")),
        (3, [1, "笔记本", 20, "台", 1], (3, "twice")),
        (4, ["合计", None, None, None, None, 1], (0, "missing-item")),
        (5, ["合计", None, None, None, None, 88359.85], (5, "total")),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_gives_no_price(
    desk: Node, tmp_path: Path, row: int, value: list[Any], expected: tuple[int, str]
) -> None:
    rows: list[list[Any]] = [HEAD, *GOOD]
    rows[row - 1 : row] = [value]
    file = book(tmp_path / "报价.xlsx", rows)
    _, found = desk("prices", {"file": str(file), "items": ITEMS})
    assert expected in faults(found)
    assert {**found, "faults": faults(found)} == by_command(file, ITEMS)
    if expected[1] not in {"twice", "total", "missing-item"}:
        assert set(found["prices"]) == {"2", "3"}


def test_amounts_are_rounded_as_money_is(desk: Node) -> None:
    random.seed(7)

    def some(most: int) -> str:
        return f"{Decimal(random.randrange(1, most)).scaleb(-random.randrange(7)):f}"

    pairs = [(some(10**9), some(10**8)) for _ in range(300)]
    _, found = desk("fen", pairs)
    wanted = [
        int((Decimal(q) * Decimal(p) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for q, p in pairs
    ]
    assert found == [fen if fen < 2**53 else None for fen in wanted]
    assert found == [sheets.line_fen(*pair) for pair in pairs]
    assert sum(fen is not None for fen in found) > 200


def test_the_price_list_that_is_offered_is_read_back(desk: Node, tmp_path: Path) -> None:
    items = tuple(
        ItemFacts(no, "A0", "2022", "", name, "=1+1", Decimal(quantity), "台")
        for no, name, quantity in (("1", "电脑", "20"), ("2", "=cmd()", "2.5"))
    )
    given = workbook(LotFacts("1", "包", "", Yuan("1000"), None, items))
    made = openpyxl.load_workbook(io.BytesIO(given))
    page = made.active
    assert page["B3"].data_type == "s", "what a purchaser wrote is no formula"
    assert page["G2"].value == '=IF(F2="","",ROUND(D2*F2,2))'
    page["F2"], page["F3"] = 4387.13, 0.1
    made.save(tmp_path / "filled.xlsx")
    lines = [{"item": "1", "quantity": "20", "unit": "台"}, {"item": "2", "quantity": "2.5", "unit": "台"}]
    _, found = desk("prices", {"file": str(tmp_path / "filled.xlsx"), "items": lines})
    assert found == {"prices": {"1": "4387.13", "2": "0.1"}, "faults": [], "total": 8774260 + 25}
    assert found == by_command(tmp_path / "filled.xlsx", lines)


def hostile(path: Path, sheet: bytes, *, entries: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="a" id="r1"/></sheets></workbook>')
        made.writestr("xl/worksheets/sheet1.xml", sheet)
        for number in range(entries):
            made.writestr(f"filler/{number}", b"")
    return path


@pytest.mark.parametrize(
    ("sheet", "entries", "code"),
    [
        (b"<sheetData/>" + b" " * (30 << 20), 0, "too-large"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><sheetData/>', 0, "damaged"),
        (b"<sheetData>" + b"<row><c><v>1</v></c></row>" * 6100, 0, "too-many"),
        (b"<row>" + b"<c><v>1</v></c>" * 100 + b"</row>", 0, "too-many"),
        (b"<sheetData/>", 600, "too-many"),
    ],
    ids=["bomb", "entities", "rows", "columns", "entries"],
)
def test_a_hostile_workbook_is_refused(
    desk: Node, tmp_path: Path, sheet: bytes, entries: int, code: str
) -> None:
    done, found = desk("table", {"file": str(hostile(tmp_path / "x.xlsx", sheet, entries=entries))})
    assert (done, found["fault"]) == (1, code)
    done, found = desk("table", {"file": str(hostile(tmp_path / "good.xlsx", b"<row><c><v>1</v></c></row>"))})
    assert (done, found) == (0, [{"number": 1, "cells": {"A": "1"}}])


def test_unfinished_tags_cost_no_more_than_their_length(desk: Node, tmp_path: Path) -> None:
    file = hostile(tmp_path / "x.xlsx", b'<a b="' * (1 << 20))
    assert desk("table", {"file": str(file)}) == (0, [])


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82"


def archive(*names: str, encrypted: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    data = bytearray(out.getvalue())
    if encrypted:
        data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "content", "code", "block"),
    [
        ("好.pdf", PDF, None, False),
        ("短.pdf", PDF[:-7], "cut-off", True),
        ("密.pdf", PDF.replace(b"/Root", b"/Encrypt 5 0 R/Root"), "password", False),
        ("假.pdf", b"not a pdf at all", "damaged", True),
        ("其实是图.pdf", PNG, "wrong-extension", False),
        ("好.png", PNG, None, False),
        ("短.png", PNG[:-8], "cut-off", True),
        ("好.docx", archive(CONTENT_TYPES, "word/document.xml"), None, False),
        ("坏.docx", archive("别的"), "damaged", True),
        ("短.docx", archive(CONTENT_TYPES)[:-30], "cut-off", True),
        ("密.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "password", False),
        ("密.zip", archive("a", encrypted=True), "password", False),
        ("空.pdf", b"", "empty", True),
        ("程序.exe", b"MZ" + b"\0" * 100, "program", False),
        ("无名", b"text", "no-extension", False),
        (".藏.pdf", PDF, "name", True),
        ("图纸.dwg", b"AC1032", None, False),
    ],
)
def test_files_that_cannot_be_opened_are_found(
    desk: Node, tmp_path: Path, name: str, content: bytes, code: str | None, block: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    _, [found] = desk("inspect", {"files": [str(tmp_path / name)]})
    assert [(one["code"], one["block"]) for one in found] == ([] if code is None else [(code, block)])


BID: dict[str, Any] = {
    "lines": [{"item": "1", "name": "电脑", "price": "10", "fen": 1000}],
    "total": 1000,
    "ceiling": 1000,
    "budget": 2000,
    "delivery": 20,
    "warranty": 36,
    "validity": 90,
    "size": "micro",
    "musts": [{"id": "Q1", "name": "营业执照", "answer": "met"}],
    "answers": [{"id": "S1", "name": "方案", "text": "有"}],
    "files": [{"name": "a.pdf", "size": 3, "sha256": "x", "faults": []}],
    "subcontracts": {"most": 4000, "rows": [{"whole": True, "share": 4000}]},
    "unseen": [],
}


@pytest.mark.parametrize(
    ("change", "code", "block"),
    [
        ({"lines": [{"item": "1", "name": "n", "price": "", "fen": None}], "total": None}, "price-missing", True),
        ({"lines": [{"item": "1", "name": "n", "price": "x", "fen": None}], "total": None}, "price-wrong", True),
        ({"lines": [{"item": "1", "name": "n", "price": "0", "fen": 0}]}, "price-zero", False),
        ({"total": 1001}, "over-ceiling", True),
        ({"total": 2001, "ceiling": 0}, "over-budget", True),
        ({"delivery": None}, "delivery-missing", True),
        ({"validity": None}, "validity-missing", False),
        ({"size": "large"}, "size-large", True),
        ({"musts": [{"id": "Q1", "name": "n", "answer": ""}]}, "must-open", True),
        ({"musts": [{"id": "Q1", "name": "n", "answer": "deviates"}]}, "must-deviates", False),
        ({"answers": [{"id": "S1", "name": "n", "text": ""}]}, "answer-missing", False),
        ({"stated": [{"id": "O1", "name": "n", "value": "", "number": True, "whole": True}]}, "fact-missing", False),
        ({"stated": [{"id": "O1", "name": "n", "value": "1.5", "number": True, "whole": True}]}, "fact-wrong", True),
        ({"stated": [{"id": "O1", "name": "n", "value": "-1", "number": True, "whole": False}]}, "fact-wrong", True),
        ({"files": []}, "no-files", False),
        ({"files": BID["files"] * 2}, "file-same-name", True),
        ({"files": [*BID["files"], {"name": "b.pdf", "size": 3, "sha256": "x", "faults": []}]}, "file-same-content", False),
        ({"files": [{"name": "a", "size": 0, "sha256": "y", "faults": [{"code": "empty", "block": True}]}]}, "file-empty", True),
        ({"subcontracts": {"most": 4000, "rows": [{"whole": False, "share": 1000}]}}, "subcontract-incomplete", True),
        ({"subcontracts": {"most": 4000, "rows": [{"whole": True, "share": 4001}]}}, "subcontract-over", True),
        ({"unseen": ["2"]}, "amendment-unseen", False),
    ],
)  # fmt: skip
def test_the_check_before_sealing_says_what_stops_a_bid_and_what_does_not(
    desk: Node, change: dict[str, Any], code: str, block: bool
) -> None:
    assert desk("review", BID) == (0, [])
    _, found = desk("review", {**BID, **change})
    assert (code, block) in [(one["code"], one["block"]) for one in found]
    assert all(one["block"] == block for one in found if one["code"] == code)


def test_every_finding_has_words() -> None:
    import re

    from bidding.desk import WORDS

    said = (ROOT / "frontend" / "bid" / "review.js").read_text() + (
        ROOT / "frontend" / "bid" / "prices.js"
    ).read_text()
    codes = set(re.findall(r'(?:block|advise)\("([a-z-]+)"', said))
    rows = {f"row-{code}" for code in re.findall(r'code: "([a-z-]+)"', said)}
    files = re.findall(r'code: "([a-z-]+)"', (ROOT / "frontend" / "seal" / "inspect.js").read_text())
    assert {*codes, *rows, *(f"file-{code}" for code in files)} - set(WORDS) == set()
    assert all((codes, rows, files))
