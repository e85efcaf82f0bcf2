"""One procurement from its plan to its published contract, and one order in the mall, on a running demonstration."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.demonstration import ROOT, Demonstration

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]
VALIDATE = ROOT.parent / "shared" / "ocds" / "validate.sh"
NAMES = [
    "plan",
    "intention",
    "notice",
    "bids",
    "opening",
    "panel",
    "evaluation",
    "report",
    "award",
    "contract",
    "order",
    "transaction",
    "open data",
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    demonstration = Demonstration(tmp_path_factory.mktemp("demonstration") / "var")
    demonstration.start()
    yield demonstration
    demonstration.stop()


@pytest.fixture(scope="module")
def walked(running: Demonstration) -> dict[str, Any]:
    done = running.manage("walkthrough", "--base", running.base, "--json")
    result: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {"ok": False}
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{done.stdout[-2000:]}"
    return result


@pytest.mark.requirement("S004-31", "S004-36")
def test_the_main_job_can_be_done_by_its_users_from_plan_to_open_data(walked: dict[str, Any]) -> None:
    assert walked["ok"] is True
    assert [step["name"] for step in walked["steps"]] == NAMES
    assert all(step["url"].startswith("http://localhost:") for step in walked["steps"])
    assert sum(step["seconds"] for step in walked["steps"]) < 300


def test_what_was_published_validates_as_open_contracting_data(
    running: Demonstration, walked: dict[str, Any], tmp_path: Path
) -> None:
    if not VALIDATE.exists():
        pytest.skip("the offline OCDS validator is not beside this project")
    ocid = next(step["ids"]["ocid"] for step in walked["steps"] if "ocid" in step["ids"])
    order = next(step["ids"]["order_ocid"] for step in walked["steps"] if "order_ocid" in step["ids"])
    for name, address in (
        ("record", f"/open-data/ocds/records/{ocid}"),
        ("order", f"/open-data/ocds/records/{order}"),
        ("releases", "/open-data/ocds/releases?limit=100"),
    ):
        answer = httpx.get(running.base + address, trust_env=False)
        assert answer.status_code == 200
        file = tmp_path / f"{name}.json"
        file.write_bytes(answer.content)
        done = subprocess.run(
            ["bash", str(VALIDATE), str(file), "--local"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OCDS_PYTHON": sys.executable},
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_accounts_file_is_its_owners_alone_and_every_role_has_one(running: Demonstration) -> None:
    mode = stat.S_IMODE((running.folder / "demo-accounts.json").stat().st_mode)
    assert mode == 0o600
    accounts = running.accounts()
    assert {"operator", "supervisor", "purchaser", "agency", "supplier", "expert"} <= set(accounts)
    assert all(row["password"] and row["totp_secret"] for row in accounts.values())


def test_the_bulk_file_holds_one_compiled_release_per_line(
    running: Demonstration, walked: dict[str, Any]
) -> None:
    answer = httpx.get(f"{running.base}/open-data/ocds/full.jsonl.gz", trust_env=False)
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers
    lines = gzip.decompress(answer.content).decode().strip().split("\n")
    assert all(json.loads(line)["tag"] == ["compiled"] for line in lines)


def test_ready_says_that_the_keepers_are_not_independent(running: Demonstration) -> None:
    answer = httpx.get(f"{running.base}/readyz", trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["independent_keepers"] is False


def test_a_server_that_was_killed_comes_back_with_all_it_had(
    running: Demonstration, walked: dict[str, Any]
) -> None:
    notice = next(step["ids"]["notice"] for step in walked["steps"] if "notice" in step["ids"])
    before = httpx.get(f"{running.base}/api/v1/notices/{notice}", trust_env=False).json()
    size = httpx.get(f"{running.base}/log/checkpoint", trust_env=False).text.split("\n")[1]
    running.kill()
    running.start()
    assert httpx.get(f"{running.base}/api/v1/notices/{notice}", trust_env=False).json() == before
    assert int(httpx.get(f"{running.base}/log/checkpoint", trust_env=False).text.split("\n")[1]) >= int(size)
