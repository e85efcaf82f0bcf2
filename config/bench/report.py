"""Write what was measured: one line for the terminal, one section of docs/benchmarks.md."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import clock

FILE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` (`make bench NAME=age` for one). Each figure of ours stands beside its limit or peer, measured in
turns in the same run on the same machine; what counts is the median of the ratios, with the smallest and the largest.
Absolute figures are not comparable between machines. The servers beside a benchmark are thrown away after it, so
PostgreSQL runs without waiting for the disk, for ours and for what stands beside it alike. The goals are meant for size
`full`; a run at size `small` shows that a benchmark works, and fixed costs and whatever else the machine does weigh
heavily in its figures.
"""


def line(result: dict[str, Any]) -> str:
    """Give the result in one line."""
    ratio = result["ratio"]
    verdict = "the bounds held" if result["goal_met"] else "a bound did not hold"
    return (
        f"{result['name']}: {result['ours']:g} {result['unit']}, beside {result['beside']:g}; "
        f"ratio {ratio['median']:g} ({ratio['min']:g} to {ratio['max']:g}); {verdict} at size {result['size']}"
    )


def section(result: dict[str, Any], at: datetime) -> str:
    """Give the section of one benchmark."""
    where = result["environment"]
    load = where["load_average"][0]
    rows = [
        f"## {result['name']}",
        "",
        f"{result['work'][0].upper()}{result['work'][1:]}.",
        "",
        "| compared with | unit | ours | beside | ratio | min | max | bound |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(row) for row in [result, *result["also"]]),
        "",
        f"Goal: {result['goal']}. {_verdict(result)}",
        "",
    ]
    if result["reason"]:
        rows += [result["reason"], ""]
    if result["not_measured"]:
        rows += [f"Not measured: {'; '.join(result['not_measured'])}.", ""]
    if result["checks"]:
        rows += [f"- {'yes' if held else '**no**'}: {fact}" for fact, held in result["checks"].items()] + [""]
    if result["costs"]:
        rows += [f"- {name}: {value}" for name, value in result["costs"].items()] + [""]
    given = ", ".join(f"{name} {value}" for name, value in result["parameters"].items())
    rows += [
        f"Size `{result['size']}` ({given}), {result['pairs']} pairs. {at:%Y-%m-%d %H:%M} UTC, commit "
        f"`{result['commit'][:12] or 'unknown'}`{' with uncommitted changes' if where['uncommitted_changes'] else ''}. "
        f"Load average when it began: {load} on {where['cores']} cores"
        f"{' (the machine was busy with other work)' if load > BUSY * where['cores'] else ''}.",
        "",
        f"`manage.py bench {result['name']} --size {result['size']}` · {_versions(where)}",
        "",
    ]
    return "\n".join(rows)


BUSY = 0.5
"""Load average per core above which a machine is said to have been busy."""


def _verdict(result: dict[str, Any]) -> str:
    if result["size"] == "full":
        return "**Met** in this run." if result["goal_met"] else "**Not met** in this run."
    held = "all bounds held in it" if result["goal_met"] else "not every bound held in it"
    return f"A trial at size `{result['size']}`, which decides nothing: {held}."


def write(result: dict[str, Any], file: Path = FILE) -> None:
    """Put the section of this benchmark in the place of its last one; the others stay."""
    old = file.read_text("utf-8") if file.exists() else ""
    sections = {part.split("\n", 1)[0]: f"## {part}" for part in re.split(r"^## ", old, flags=re.M)[1:]}
    sections[result["name"]] = section(result, clock.now().astimezone(UTC))
    body = "\n".join(sections[name].rstrip("\n") + "\n" for name in sorted(sections))
    file.write_text(f"{HEAD}\n{body}", "utf-8")


def _row(row: dict[str, Any]) -> str:
    bound = f"≥ {row['at_least']:g}" if row["at_least"] is not None else ""
    bound += f"≤ {row['at_most']:g}" if row["at_most"] is not None else ""
    ratio = row["ratio"]
    cells = [row["compared_with"], row["unit"], f"{row['ours']:g}", f"{row['beside']:g}"]
    cells += [f"{ratio['median']:g}", f"{ratio['min']:g}", f"{ratio['max']:g}", bound]
    return f"| {' | '.join(cells)} |"


def _versions(where: dict[str, Any]) -> str:
    rest = [where["age"] and f"age {where['age']}", where["postgresql"], where["redis"]]
    packages = [f"{name} {version}" for name, version in where["packages"].items()]
    parts = [where["system"], where["processor"], f"Python {where['python']}", *rest, *packages]
    return ", ".join(part for part in parts if part)
