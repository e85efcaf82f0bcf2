"""Each benchmark still works: once, at the small size, for the shape of what it says and never for a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.bench.catalogue import ABSENT, BENCHMARKS, PAIRS
from config.bench.measure import Comparison, percentile
from tests.architecture.sources import ROOT

POSTGRES = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
NEEDS = {"age": "age", "browser-seal": "chromium-headless-shell"}
MEMBERS = {"name", "ours", "beside", "ratio", "goal", "goal_met", "commit", "environment"}


def bench(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a site of its own beside it."""
    own = {"MINGCAI_VAR": str(tmp_path / "var"), "TMPDIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    return subprocess.run(
        [sys.executable, "manage.py", "bench", *arguments],
        cwd=ROOT,
        env={name: value for name, value in {**os.environ, **own}.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What all benchmarks say, one after the other beside the same servers."""
    if not (POSTGRES and shutil.which("redis-server")):
        pytest.skip("PostgreSQL or Redis not installed")
    folder = tmp_path_factory.mktemp("bench")
    done = bench(folder, "all", "--size", "small", "--json")
    said: dict[str, Any] = json.loads(done.stdout)
    left = [path.name for path in folder.iterdir() if path.name != "var"]
    assert not left, "nothing of a benchmark stays behind"
    assert not (folder / "var" / "db.sqlite3").exists(), "the site's own database is not touched"
    assert (done.returncode == 0) == (not said["failed"])
    return said


@pytest.mark.processes
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_says_our_figure_and_the_one_beside_it(name: str, outcomes: dict[str, Any]) -> None:
    if name in NEEDS and not shutil.which(NEEDS[name]):
        pytest.skip(f"{NEEDS[name]} is not installed")
    said = next((row for row in outcomes["benchmarks"] if row["name"] == name), None)
    assert said is not None, outcomes["failed"]
    assert set(said) >= MEMBERS
    assert (said["name"], said["size"], said["pairs"]) == (name, "small", PAIRS["small"])
    assert said["ours"] > 0
    assert said["beside"] > 0
    for row in [said, *said["also"]]:
        ratio = row["ratio"]
        assert set(ratio) == {"median", "min", "max"}
        assert 0 < ratio["min"] <= ratio["median"] <= ratio["max"]
        assert {len(figures) for figures in row["runs"].values()} == {PAIRS["small"]}
    assert isinstance(said["goal_met"], bool)
    assert said["environment"]["cores"] > 0


@pytest.mark.parametrize("name", [*ABSENT, "unheard-of"])
def test_a_benchmark_that_is_not_there_is_refused_in_one_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("bench", name, "--json")
    assert refused.value.returncode == 2
    assert capsys.readouterr().out == ""
    assert f"bench {name} is not available" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.processes
def test_a_benchmark_that_cannot_run_says_why_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    without_age = tmp_path / "bin"
    without_age.mkdir()
    (without_age / "git").symlink_to(shutil.which("git") or "/usr/bin/git")
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "age", "--size", "small", "--json"],
        cwd=ROOT,
        env={"PATH": str(without_age), "MINGCAI_VAR": str(tmp_path / "var"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    said = [line for line in done.stderr.splitlines() if not line.lstrip().startswith("…")]  # how far it is
    assert said == ["bench age failed: the age command is not installed (Debian package age)"]
    assert {path.name for path in tmp_path.iterdir()} <= {"bin", "var"}


def test_the_median_ratio_decides() -> None:
    compared = Comparison("x", "1/s", [10, 30, 20], [10, 10, 10], at_least=2)
    assert compared.to_json()["ratio"] == {"median": 2.0, "min": 1.0, "max": 3.0}
    assert compared.met
    assert not Comparison("x", "1/s", [10, 30, 19], [10, 10, 10], at_least=2).met
    assert not Comparison("x", "s", [16, 16, 1], [10, 10, 10], at_most=1.5).met


@pytest.mark.parametrize(("rank", "value"), [(0.5, 5), (0.99, 10), (1.0, 10), (0.1, 1)])
def test_a_percentile_is_a_value_that_was_measured(rank: float, value: float) -> None:
    assert percentile(range(1, 11), rank) == value
