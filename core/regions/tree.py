"""The tree itself: pure, read once from the table beside it.

A code has six digits: a province ends with four zeros, a prefecture or city with two, a county or district
with none. Codes of two or four digits are understood as those levels.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import NotFound, gettext_noop

TABLE = Path(__file__).parent / "gbt2260.csv"
PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Names of steps in the code that are no authority of their own; left out of a full name."""


class UnknownRegion(NotFound):
    """No region has this code."""

    code = "unknown-region"
    title = gettext_noop("There is no region with this code")


@dataclass(frozen=True, slots=True)
class Region:
    """One administrative division; `parent` is the code of the one above it, empty for a province.

    `separately_planned` marks the five cities with a province's rank in the plan (计划单列市), `corps` the
    Xinjiang Production and Construction Corps (新疆生产建设兵团), a publisher of province level that has no
    place in GB/T 2260.
    """

    code: str
    name: str
    parent: str
    separately_planned: bool = False
    corps: bool = False

    @property
    def level(self) -> str:
        """`province`, `city` or `county`: the step of the code, not the rank of an authority."""
        if self.code.endswith("0000"):
            return "province"
        return "city" if self.code.endswith("00") else "county"


@dataclass(frozen=True)
class _Tree:
    regions: dict[str, Region]
    below: dict[str, tuple[str, ...]]


@cache
def _tree() -> _Tree:
    regions: dict[str, Region] = {}
    below: defaultdict[str, list[str]] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            flag = row["flag"]
            region = Region(
                row["code"], row["name"], row["parent"], flag == "separately_planned", flag == "corps"
            )
            regions[region.code] = region
            below[region.parent].append(region.code)
    return _Tree(regions, {code: tuple(sorted(codes)) for code, codes in below.items()})


def standard_code(code: str) -> str:
    """Give the six digits of a code of two, four or six. Raises UnknownRegion for anything else."""
    if len(code) in {2, 4, 6} and code.isascii() and code.isdecimal():
        return code.ljust(6, "0")
    raise UnknownRegion(gettext_noop("%(given)s is no region code"), given=code[:20])


def get(code: str) -> Region:
    """Give the region with this code. Raises UnknownRegion."""
    region = _tree().regions.get(standard_code(code))
    if region is None:
        raise UnknownRegion(gettext_noop("No region has the code %(given)s"), given=code)
    return region


def children(code: str) -> tuple[Region, ...]:
    """Give the regions directly below, by code; none for a county. Raises UnknownRegion."""
    tree = _tree()
    return tuple(tree.regions[child] for child in tree.below.get(get(code).code, ()))


def provinces() -> tuple[Region, ...]:
    """Give the regions that stand below no other, by code: the provinces and the Corps."""
    tree = _tree()
    return tuple(tree.regions[code] for code in tree.below[""])


def path(code: str) -> tuple[Region, ...]:
    """Give the way down to a region: province first, the region itself last. Raises UnknownRegion."""
    region = get(code)
    return (*path(region.parent), region) if region.parent else (region,)


def full_name(code: str) -> str:
    """Give the name a notice prints, such as 重庆市渝北区; steps without an authority are left out."""
    names = [region.name for region in path(code)]
    return "".join([*(name for name in names[:-1] if name not in PLACEHOLDERS), names[-1]])


def is_within(code: str, ancestor: str) -> bool:
    """Tell whether `code` is `ancestor` or lies below it. Raises UnknownRegion for either."""
    return get(ancestor) in path(code)


def stem(code: str) -> str:
    """Give the digits with which the code of a region and of all below it begin: two, four or six."""
    full = standard_code(code)
    return full[:2] if full.endswith("0000") else full[:4] if full.endswith("00") else full


def publishers() -> tuple[Region, ...]:
    """Give the 37 publishers of province level: provinces, separately planned cities and the Corps.

    Source: 财综〔2017〕57号 (省级含计划单列市、新疆兵团).
    """
    planned = [region for region in _tree().regions.values() if region.separately_planned]
    return tuple(sorted((*provinces(), *planned), key=lambda region: region.code))
