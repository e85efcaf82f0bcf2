"""Measuring in turns, and what comes out of it."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Measure = Callable[[], float]
PROGRESS = "  … "
"""What a line begins with that says how far a benchmark is."""


class Broken(Exception):
    """A benchmark could not be carried out; the text is one clear line."""


@dataclass
class Comparison:
    """Our figures and those beside them, pair by pair, in `unit`; the bound is on the median of ours / beside."""

    beside: str
    unit: str
    ours: list[float]
    theirs: list[float]
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratios(self) -> list[float]:
        """Ours / beside, pair by pair."""
        return [mine / other for mine, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def met(self) -> bool:
        """Whether the median ratio keeps its bound."""
        median = statistics.median(self.ratios)
        return (self.at_least is None or median >= self.at_least) and (
            self.at_most is None or median <= self.at_most
        )

    def to_json(self) -> dict[str, Any]:
        """The members `ours`, `beside` (medians, in `unit`) and `ratio`, and every single figure."""
        ratios = self.ratios
        return {
            "ours": rounded(statistics.median(self.ours)),
            "beside": rounded(statistics.median(self.theirs)),
            "ratio": {
                "median": rounded(statistics.median(ratios)),
                "min": rounded(min(ratios)),
                "max": rounded(max(ratios)),
            },
            "unit": self.unit,
            "compared_with": self.beside,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "runs": {
                "ours": [rounded(value) for value in self.ours],
                "beside": [rounded(value) for value in self.theirs],
            },
        }


@dataclass
class Outcome:
    """What one benchmark found: the main comparison, others, facts that must hold, and what it cost."""

    main: Comparison
    parameters: dict[str, Any]
    also: list[Comparison] = field(default_factory=list)
    checks: dict[str, bool] = field(default_factory=dict)
    costs: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def goal_met(self) -> bool:
        """Whether every bound and every fact holds."""
        return self.main.met and all(row.met for row in self.also) and all(self.checks.values())

    def to_json(self) -> dict[str, Any]:
        """Everything, the main comparison at the top."""
        return {
            **self.main.to_json(),
            "goal_met": self.goal_met,
            "also": [row.to_json() for row in self.also],
            "checks": self.checks,
            "costs": {name: rounded(v) if isinstance(v, float) else v for name, v in self.costs.items()},
            "parameters": self.parameters,
        }


_listener: int | None = None
_began = time.monotonic()


def tell_to(descriptor: int) -> None:
    """Have what `say` says written to a file that is open."""
    global _listener
    _listener = descriptor


def say(how_far: str) -> None:
    """Tell whoever waits how far the benchmark is; nobody need listen."""
    if _listener is not None:
        os.write(_listener, f"{PROGRESS}{time.monotonic() - _began:.0f} s: {how_far}\n".encode())


def in_turns(pairs: int, *measures: Measure) -> list[list[float]]:
    """Call all measures `pairs` times, each time in the opposite order, and give each one's figures."""
    figures: list[list[float]] = [[] for _ in measures]
    for turn in range(pairs):
        order = range(len(measures)) if turn % 2 == 0 else reversed(range(len(measures)))
        for number in order:
            figures[number].append(measures[number]())
        say(f"pair {turn + 1} of {pairs} measured")
    return figures


def percentile(values: Sequence[float], rank: float) -> float:
    """Give the smallest value that at least `rank` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, int(-(-rank * len(ordered) // 1)) - 1))]


def rounded(value: float) -> float:
    """Keep four significant digits."""
    return float(f"{value:.4g}")


def cpu_seconds() -> float:
    """Give the CPU time of this process and of its children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
