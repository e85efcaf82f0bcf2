"""States are a table: which verb leads from where to where, and under which rule. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import WrongState, gettext_noop


@dataclass(frozen=True, slots=True)
class Step:
    """One row: `verb` moves any of `sources` to `target`, by `rule` (an id that the register explains)."""

    verb: str
    sources: frozenset[StrEnum]
    target: StrEnum
    rule: str = ""


def follow(steps: Iterable[Step], status: str, verb: str) -> Step:
    """Give the step for `verb` from `status`; raises WrongState when the table has none."""
    for step in steps:
        if step.verb == verb and any(status == str(source) for source in step.sources):
            return step
    raise WrongState(
        gettext_noop(
            "This step does not follow from the present state. Load the page again to see what can be done now."
        ),
        verb=verb,
        state=status,
    )
