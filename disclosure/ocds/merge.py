"""Merge the releases of one process into its compiled release, by the rules of OCDS 1.1. Pure.

Objects merge member by member; `null` takes a member away; arrays of objects that all have an `id`
merge by it; other arrays and the whole-list arrays are replaced. A release's `id`, `date` and `tag` are
not merged. Source: OCDS 1.1, merging; https://standard.open-contracting.org/1.1/en/schema/merging/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NOT_MERGED = frozenset({"id", "date", "tag"})
WHOLE_LISTS = frozenset(
    {
        "additionalIdentifiers",
        "additionalClassifications",
        "criteria",
        "deliveryAddresses",
        "deliveryLocations",
        "identifiers",
        "numbers",
        "procurementMethodRationaleClassifications",
        "rationaleClassifications",
        "sustainability",
    }
)


def compiled(base: dict[str, Any] | None, release: dict[str, Any]) -> dict[str, Any]:
    """Give the compiled release after `release`; `base` is the one before it, None at first."""
    body = {name: value for name, value in release.items() if name not in NOT_MERGED}
    before = {name: value for name, value in (base or {}).items() if name not in NOT_MERGED}
    merged = _object(before, body)
    date = max(release["date"], (base or release)["date"])
    return {
        "ocid": release["ocid"],
        "id": f"{release['ocid']}-{date}",
        "date": date,
        "tag": ["compiled"],
        **merged,
    }


def _object(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    result = dict(old)
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _value(name, result.get(name), value)
    return result


def _value(name: str, old: Any, new: Any) -> Any:
    if isinstance(new, dict):
        return _object(old if isinstance(old, dict) else {}, new)
    if isinstance(new, list) and name not in WHOLE_LISTS and _by_id(new):
        return _list(old if isinstance(old, list) and _by_id(old) else [], new)
    return new


def _by_id(rows: list[Any]) -> bool:
    return bool(rows) and all(isinstance(row, dict) and "id" in row for row in rows)


def _list(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = {str(row["id"]): row for row in old}
    for row in new:
        rows[str(row["id"])] = _object(rows.get(str(row["id"]), {}), row)
    return list(rows.values())


def versioned(releases: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Give the versioned release: each value with every release that set it, oldest first.

    Translations (`…_en`) are left out: the standard's schema of versioned releases has no place for them.
    A party's `details` are one value.
    """
    result: dict[str, Any] = {}
    for release in releases:
        stamp = {"releaseDate": release["date"], "releaseID": release["id"], "releaseTag": release["tag"]}
        body = {name: value for name, value in release.items() if name not in {*NOT_MERGED, "ocid"}}
        _versions(result, body, stamp)
        result["ocid"] = release["ocid"]
    return result


def _versions(result: dict[str, Any], new: dict[str, Any], stamp: dict[str, Any]) -> None:
    for name, value in new.items():
        if name.endswith("_en"):
            continue
        if isinstance(value, dict) and name != "details":
            _versions(result.setdefault(name, {}), value, stamp)
        elif isinstance(value, list) and name not in WHOLE_LISTS and _by_id(value):
            rows = result.setdefault(name, [])
            for row in value:
                kept = next((r for r in rows if str(r["id"]) == str(row["id"])), None)
                if kept is None:
                    kept = {"id": row["id"]}
                    rows.append(kept)
                _versions(kept, {k: v for k, v in row.items() if k != "id"}, stamp)
        else:
            said = result.setdefault(name, [])
            if not said or said[-1]["value"] != value:
                said.append({**stamp, "value": value})
