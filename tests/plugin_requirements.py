"""Collect which tests prove which requirement rows.

A test names the rows it proves with ``@pytest.mark.requirement("S003-27")``.  An id that is not in
``docs/requirements-rows.csv`` stops collection.  With ``MINGCAI_REQUIREMENTS_OUT`` set, the run writes what
it saw to that file: ``{"tests": {node id: {"requirements": […], "outcome": "passed|failed|skipped"}}}``.
All variants of a parametrised test count as one; it passed only if one variant passed and none failed.
`tools/requirements_matrix.py` merges these files into `docs/requirements.json`.
"""

import csv
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

ROWS = Path(__file__).parents[1] / "docs" / "requirements-rows.csv"
OUT_VARIABLE = "MINGCAI_REQUIREMENTS_OUT"
PROPERTY = "requirement"


def known_ids() -> frozenset[str]:
    """The ids of all requirement rows."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return frozenset(row["id"] for row in csv.DictReader(file))


def base_name(node_id: str) -> str:
    """The node id without the variant of a parametrised test and without xdist's group suffix."""
    return node_id.split("[", 1)[0].split("@", 1)[0]


class RequirementsPlugin:
    """One test session's view of which marked tests passed, failed or were skipped."""

    def __init__(self, config: pytest.Config, out: Path | None) -> None:
        self.config, self.out = config, out
        self.tests: dict[str, tuple[set[str], set[str]]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = known_ids()
        wrong = []
        for item in items:
            ids = list(requirement_ids(item.iter_markers("requirement")))
            wrong += [f"{item.nodeid}: {id_!r}" for id_ in ids if id_ not in known]
            item.user_properties += [(PROPERTY, id_) for id_ in sorted(set(ids) & known)]
        if wrong:
            raise pytest.UsageError(
                "requirement marks must name rows of docs/requirements-rows.csv:\n  " + "\n  ".join(wrong)
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ids = {str(value) for name, value in report.user_properties if name == PROPERTY}
        if not ids:
            return
        known, outcomes = self.tests.setdefault(base_name(report.nodeid), (set(), set()))
        known |= ids
        if report.failed:
            outcomes.add("failed")
        elif report.skipped or hasattr(report, "wasxfail"):
            outcomes.add("skipped")
        elif report.when == "call":
            outcomes.add("passed")

    def pytest_sessionfinish(self) -> None:
        if self.out is None or hasattr(self.config, "workerinput"):
            return
        tests = {
            node: {"requirements": sorted(ids), "outcome": combined(outcomes)}
            for node, (ids, outcomes) in sorted(self.tests.items())
        }
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.out.write_text(json.dumps({"tests": tests}, indent=1) + "\n", encoding="utf-8")


def requirement_ids(marks: Iterable[pytest.Mark]) -> Iterable[str]:
    """The ids named by a test's marks; one mark may name several."""
    for mark in marks:
        if not mark.args or mark.kwargs:
            raise pytest.UsageError(
                'write @pytest.mark.requirement("S003-27"): one or more ids, nothing else'
            )
        yield from mark.args


def combined(outcomes: set[str]) -> str:
    """One outcome for all variants: a failure outweighs a pass, a pass outweighs a skip."""
    return next((word for word in ("failed", "passed") if word in outcomes), "skipped")


def pytest_configure(config: pytest.Config) -> None:
    out = os.environ.get(OUT_VARIABLE)
    config.pluginmanager.register(
        RequirementsPlugin(config, Path(out) if out else None), "requirements-session"
    )
