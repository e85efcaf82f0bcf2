"""Every table of states: each pair of status and verb is allowed once or refused, and the table is drawn in the docs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from pathlib import Path

import pytest

from core.errors import WrongState
from core.transitions import Step, follow
from tendering.methods import METHODS
from tendering.states import TenderStatus

ROOT = Path(__file__).parents[2]


def tables() -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Give every table by its name: those of the packages, and the one of each method."""
    yield from ((f"method {code}", method.steps) for code, method in METHODS.items())
    for file in sorted(ROOT.glob("*/states.py")):
        module = importlib.import_module(f"{file.parent.name}.states")
        for name in sorted(vars(module)):
            if name == "STEPS" or name.endswith("_STEPS"):
                yield f"{file.parent.name} {name}", getattr(module, name)


ALL = dict(tables())


def test_every_table_is_found_and_drawn() -> None:
    assert len(ALL) > 30
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "states").glob("*.md")]
    for name, steps in ALL.items():
        package, _, table = name.partition(" ")
        origin = f"METHODS['{table}'].steps`" if package == "method" else f"`{package}.states.{table}`"
        if package == "tendering" and type(steps[0].target) is TenderStatus:
            continue  # drawn for each method that it belongs to
        [page] = [text for text in pages if origin in text]
        assert all(f"| {step.verb} | " in page for step in steps), name


@pytest.mark.parametrize("steps", ALL.values(), ids=ALL.keys())
def test_every_pair_of_status_and_verb_is_allowed_once_or_refused(steps: tuple[Step, ...]) -> None:
    kind: type[StrEnum] = type(steps[0].target)
    allowed = [(source, step.verb) for step in steps for source in step.sources]
    assert len(allowed) == len(set(allowed)), "a pair is allowed twice"
    for status, verb in product(kind, {step.verb for step in steps}):
        if (status, verb) in allowed:
            step = follow(steps, status, verb)
            assert (status in step.sources, step.target in kind) == (True, True)
        else:
            with pytest.raises(WrongState):
                follow(steps, status, verb)
    starts = {source for source, _ in allowed} - {step.target for step in steps}
    assert len(starts) <= 1, "a status that nobody reaches has steps of its own"
