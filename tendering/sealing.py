"""What the sealing policies of a tender say now: the newest of each lot and envelope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tendering.models import PolicyVersion


def sealing_of(policies: Iterable[PolicyVersion]) -> dict[str, Any]:
    """Give `TenderFacts.sealing`; empty before there is a policy."""
    newest: dict[str, dict[str, PolicyVersion]] = {}
    for row in policies:
        lot = newest.setdefault(row.lot, {})
        if row.envelope not in lot or row.v > lot[row.envelope].v:
            lot[row.envelope] = row
    if not newest:
        return {}
    lot = newest[min(newest, key=int)]
    first = lot.get("technical") or next(iter(lot.values()))
    return {
        "k": first.policy["k"],
        "n": first.policy["n"],
        "keepers": first.keepers,
        "keeper_set_hash": first.policy["keeper_set_hash"],
        "gathering_seconds": first.policy["gather_seconds"],
        "policy_hash": first.policy_hash,
        "policy_v": first.v,
        "lots": {
            no: {
                envelope: {"policy": row.policy, "policy_hash": row.policy_hash, "policy_v": row.v}
                for envelope, row in rows.items()
            }
            for no, rows in newest.items()
        },
    }
