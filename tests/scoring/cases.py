"""Cases to score: a plain one with three bids, changed at will, and strategies for random ones."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

EXAMPLE: dict[str, Any] = {
    "method": "weighted_score",
    "category": "goods",
    "budget": "1200000.00",
    "ceiling": "1150000.00",
    "law_as_of": "2026-03-01",
    "price": {"weight": "30", "formula": "order87", "places": 2, "rounding": "half_up"},
    "deductions": {
        "small_micro": "0.20",
        "consortium": "0.05",
        "domestic": "0.20",
        "stacking": "additive",
    },
    "aggregation": "mean",
    "criteria": [
        {"id": "tech", "max": "50", "kind": "subjective"},
        {"id": "service", "max": "20", "kind": "objective"},
    ],
    "bids": [],
    "ties": "lower_quote_then_parallel",
}


def bid(name: str, quote: str | None, **more: Any) -> dict[str, Any]:
    """Make a bid of a large domestic firm with a brand of its own and the example's scores."""
    plain = {
        "id": name,
        "quote": quote,
        "size": "large",
        "consortium_small_share": "0",
        "domestic": True,
        "brand": f"brand of {name}",
        "compliant": True,
        "scores": {"E1": {"tech": "41.0", "service": "18"}, "E2": {"tech": "39.5", "service": "18"}},
    }
    return {**plain, **more}


def case(*bids: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make the example's case with these bids and changes; `deductions` and `price` are merged."""
    made = copy.deepcopy(EXAMPLE)
    for name, value in more.items():
        made[name] = {**made[name], **value} if name in {"deductions", "price"} else value
    made["bids"] = [copy.deepcopy(one) for one in bids]
    return made


def example() -> dict[str, Any]:
    """Make the published example: A is small, all are domestic."""
    return case(bid("A", "950000.00", size="small"), bid("B", "1000000.00"), bid("C", "1100000.00"))


def quoted(quotes: dict[str, str], **more: Any) -> dict[str, Any]:
    """Make a case without ceiling of large firms that differ in their quotes only."""
    return case(
        *(bid(name, quote) for name, quote in quotes.items()), **{"ceiling": None, "budget": None, **more}
    )


methods = st.sampled_from(
    ["weighted_score", "lowest_evaluated_price", "lowest_final_quote", "consultation_score"]
)
amounts = st.integers(1, 5_000_000_00).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
rates = st.integers(0, 40).map(lambda percent: f"0.{percent:02d}")


@st.composite
def cases(draw: st.DrawFn, least: int = 1, most: int = 6) -> dict[str, Any]:
    """Draw whole cases: any method, bids of all kinds, with or without ceiling, equal brands and quotes."""
    evaluators = [f"E{n}" for n in range(draw(st.integers(1, 4)))]
    few = draw(st.lists(amounts, min_size=1, max_size=4))
    made = []
    for n in range(draw(st.integers(least, most))):
        scores = {
            name: {
                "tech": f"{draw(st.integers(0, 100)) / 2:.1f}",
                "service": str(draw(st.integers(0, 20))),
            }
            for name in evaluators
        }
        made.append(
            bid(
                f"B{n}",
                draw(st.one_of(amounts, st.sampled_from(few))),
                size=draw(st.sampled_from(["large", "medium", "small", "micro"])),
                consortium_small_share=draw(st.sampled_from(["0", "0.29", "0.30", "1"])),
                domestic=draw(st.booleans()),
                brand=draw(st.sampled_from(["", "X", "Y", "Z", f"own {n}"])),
                compliant=draw(st.integers(0, 9)) > 0,
                conflict=draw(st.integers(0, 19)) == 0,
                scores=scores,
            )
        )
    limits = st.one_of(st.none(), amounts)
    return case(
        *made,
        method=draw(methods),
        budget=draw(limits),
        ceiling=draw(limits),
        law_as_of=draw(st.sampled_from(["1999-01-01", "2026-01-31", "2026-02-01", "2026-11-21"])),
        price={"places": draw(st.integers(0, 4)), "formula": draw(st.sampled_from(["order87", "order214"]))},
        deductions={
            "small_micro": draw(rates),
            "consortium": draw(rates),
            "domestic": draw(rates),
            "stacking": draw(st.sampled_from(["additive", "multiplicative"])),
        },
        ties=draw(st.sampled_from(["lower_quote_then_parallel", "parallel"])),
    )
