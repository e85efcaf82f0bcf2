"""Write and read JSON with exact amounts: a Decimal is written as the number it is, never as a float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def dumps(value: Any) -> str:
    """Write `value` as one line of JSON; Decimals become plain numbers. Raises TypeError for other types."""
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(f"{json.dumps(str(k), ensure_ascii=False)}:{dumps(v)}" for k, v in value.items())
            + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ",".join([dumps(v) for v in value]) + "]"
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("an amount must be finite")
        return f"{value:f}"
    if isinstance(value, float):
        raise TypeError("amounts are Decimals, not floats")
    return json.dumps(value, ensure_ascii=False)


def loads(text: str) -> Any:
    """Read JSON written by `dumps`; numbers with a point come back as Decimals."""
    return json.loads(text, parse_float=Decimal)
