"""Regions: the tree of GB/T 2260 administrative divisions that thresholds, portals and rights refer to.

Source: GB/T 2260《中华人民共和国行政区划代码》; province-level publishers as in 财综〔2017〕57号.
Owns: gbt2260.csv.   Others may call: get, children, path, full_name, is_within, publishers, stem.
"""

from core.regions.tree import (
    Region,
    UnknownRegion,
    children,
    full_name,
    get,
    is_within,
    path,
    provinces,
    publishers,
    standard_code,
    stem,
)

__all__ = [
    "Region",
    "UnknownRegion",
    "children",
    "full_name",
    "get",
    "is_within",
    "path",
    "provinces",
    "publishers",
    "standard_code",
    "stem",
]
