"""Regions: the tree is whole, codes lead to names, and rights follow the path."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core import regions
from core.regions import UnknownRegion

SHARED = Path(__file__).parents[2] / ".." / "shared" / "rules"


def test_a_district_has_a_path_and_a_name_without_placeholders():
    assert [region.name for region in regions.path("500112")] == ["重庆市", "市辖区", "渝北区"]
    assert regions.full_name("500112") == "重庆市渝北区"
    assert regions.full_name("321000") == "江苏省扬州市"
    assert regions.full_name("659001") == "新疆维吾尔自治区石河子市"
    assert [regions.get(code).level for code in ("500000", "321000", "500112")] == [
        "province",
        "city",
        "county",
    ]


def test_short_codes_are_understood():
    assert regions.get("32") == regions.get("320000")
    assert regions.get("3210") == regions.get("321000")


@pytest.mark.parametrize(
    "code", ["", "5", "500199", "99", "50011", "5001122", "abcdef", "５００１１２", "50 112"]
)
def test_a_code_that_is_none_is_not_found(code):
    with pytest.raises(UnknownRegion) as refused:
        regions.get(code)
    assert refused.value.status == 404
    assert regions.get("500112").name == "渝北区"


@pytest.mark.parametrize(
    ("code", "ancestor", "within"),
    [
        ("500112", "500000", True),
        ("500112", "500100", True),
        ("500112", "500112", True),
        ("500000", "500112", False),
        ("320100", "500000", False),
    ],
)
def test_a_region_lies_within_those_above_it(code, ancestor, within):
    assert regions.is_within(code, ancestor) is within


@pytest.mark.requirement("S000-08")
def test_province_level_has_thirty_seven_publishers():
    publishers = regions.publishers()
    assert len(publishers) == 37
    assert {r.name for r in publishers if r.separately_planned} == {
        "大连市",
        "青岛市",
        "宁波市",
        "厦门市",
        "深圳市",
    }
    assert [r.name for r in publishers if r.corps] == ["新疆生产建设兵团"]
    assert sum(not r.separately_planned and not r.corps for r in publishers) == 31


def test_every_region_but_a_province_stands_below_another():
    seen = 0
    for province in regions.provinces():
        stack = [province]
        while stack:
            region = stack.pop()
            seen += 1
            below = regions.children(region.code)
            assert all(child.parent == region.code for child in below)
            stack.extend(below)
    with regions.tree.TABLE.open(encoding="utf-8") as file:
        assert seen == len(list(csv.DictReader(file)))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference folder is not here")
def test_every_region_of_the_reference_tables_is_there():
    for name, zeros in (("provinces", "0000"), ("cities", "00"), ("areas", "")):
        with (SHARED / f"gbt2260_{name}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                assert regions.get(row["code"] + zeros).name == row["name"]
