"""A row counts as proven while a test that names it passes, and only then."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.sources import ROOT


@pytest.fixture(scope="module")
def matrix() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "requirements_matrix", ROOT / "tools" / "requirements_matrix.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder: Path, body: str, *arguments: str) -> tuple[int, dict[str, dict[str, object]], str]:
    """Run pytest on one file in `folder`: exit code, what the plugin wrote, and its output."""
    (folder / "test_one.py").write_text(f"import pytest\nrequirement = pytest.mark.requirement\n{body}")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = requirement(id)\n")
    out = folder / "out.json"
    environment = {
        **os.environ,
        "MINGCAI_REQUIREMENTS_OUT": str(out),
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.plugin_requirements", "-p", "no:django"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments, str(folder)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    seen = json.loads(out.read_text())["tests"] if out.exists() else {}
    return done.returncode, seen, done.stdout + done.stderr


OUTCOMES = """
@requirement("S000-01", "S000-02")
def test_passes(): pass

@requirement("S000-03")
def test_fails(): assert False

@requirement("S000-04")
def test_is_skipped(): pytest.skip("no browser")

@requirement("S000-05")
@pytest.mark.parametrize("n", [1, 2])
def test_fails_once(n): assert n == 1

@pytest.fixture
def breaks_afterwards():
    yield
    raise RuntimeError

@requirement("S000-06")
def test_leaves_a_mess(breaks_afterwards): pass

@requirement("S000-07")
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False

def test_names_no_row(): pass
"""


@pytest.mark.parametrize(
    "arguments", [(), ("-p", "xdist.plugin", "-n", "2")], ids=["one process", "two processes"]
)
def test_outcomes_are_told_apart(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    _, seen, output = run(tmp_path, OUTCOMES, *arguments)
    outcomes = {node.split("::")[1]: test["outcome"] for node, test in seen.items()}
    assert outcomes == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_is_skipped": "skipped",
        "test_fails_once": "failed",
        "test_leaves_a_mess": "failed",
        "test_is_expected_to_fail": "skipped",
    }, output
    assert seen["test_one.py::test_passes"]["requirements"] == ["S000-01", "S000-02"]


@pytest.mark.parametrize("mark", ['"S009-99"', '"s003-27"', "", 'id="S000-01"'])
def test_an_unknown_row_stops_collection(tmp_path: Path, mark: str) -> None:
    code, seen, output = run(tmp_path, f"@requirement({mark})\ndef test_x(): pass\n")
    assert code == pytest.ExitCode.USAGE_ERROR, output
    assert seen == {}


def lane(folder: Path, name: str, **outcomes: str) -> Path:
    """A lane's result file in which test_one passed, failed or was skipped, for the row S000-01."""
    file = folder / f"{name}.json"
    tests = {node: {"requirements": ["S000-01"], "outcome": word} for node, word in outcomes.items()}
    file.write_text(json.dumps({"tests": tests}))
    return file


@pytest.mark.parametrize(
    ("embedded", "services", "proven"),
    [
        ("passed", "passed", True),
        ("passed", "skipped", True),
        ("skipped", "passed", True),
        ("passed", "failed", False),
        ("skipped", "skipped", False),
    ],
)
def test_lanes_are_merged(
    matrix: ModuleType, tmp_path: Path, embedded: str, services: str, proven: bool
) -> None:
    files = [lane(tmp_path, "embedded", t=embedded), lane(tmp_path, "services", t=services)]
    assert matrix.seen_matrix(matrix.merged(files), {})["S000-01"] == (["t"] if proven else [])


def test_a_skipped_test_keeps_its_place_and_a_failed_one_loses_it(matrix: ModuleType, tmp_path: Path) -> None:
    before = {row["id"]: [] for row in matrix.rows()} | {"S000-01": ["skipped", "broken"]}
    tests = matrix.merged([lane(tmp_path, "embedded", skipped="skipped", broken="failed", fresh="passed")])
    now = matrix.seen_matrix(tests, before)
    assert now["S000-01"] == ["fresh", "skipped"]
    assert matrix.differences(now, before) == [
        "S000-01: fresh passed but is not listed",
        "S000-01: broken is listed but did not pass",
    ]
    assert matrix.differences(before, before) == []


def test_every_row_is_listed_once(matrix: ModuleType) -> None:
    ids = [row["id"] for row in matrix.rows()]
    assert len(ids) == len(set(ids)) == 272
    assert all(row["meaning"].strip() for row in matrix.rows())
    assert list(json.loads((ROOT / "docs" / "requirements.json").read_text())) == ids


def test_rows_agree_with_the_sources_when_they_are_there(matrix: ModuleType) -> None:
    sources = ROOT.parent / "shared" / "requirements.md"
    if not sources.exists():
        pytest.skip("the folder with the source documents is not beside the repository")
    lines = [line for line in sources.read_text(encoding="utf-8").splitlines() if line.startswith("| S0")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert [(row["id"], row["meaning"]) for row in matrix.rows()] == [(cell[0], cell[3]) for cell in cells]


def test_the_table_shows_each_row_with_its_tests(matrix: ModuleType) -> None:
    filled = {row["id"]: [] for row in matrix.rows()} | {
        "S003-27": ["tests/x/test_y.py::test_a_bid_is_sealed"]
    }
    page = matrix.as_table(filled)
    assert "1 of 272 rows" in page
    assert "[test a bid is sealed](../tests/x/test_y.py) |" in page
    assert page.count("\n| S0") == 272
