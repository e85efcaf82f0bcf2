"""A bid is opened in a process of its own: the same verdict, within limits, and nothing it says is believed unseen."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from bidding.sealing import confined
from bidding.sealing.confined import Died, Opener
from bidding.sealing.opening import Limits, Outcome, open_bid
from tests.sealing.sealed import ORGANISATION, SHEET, make_case


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return make_case(tmp_path_factory.mktemp("case"))


@pytest.fixture(scope="module")
def opener():
    with Opener(Limits()) as started:
        yield started


def paths(case):
    return case.bid.sheet_path, case.bid.files_path


def test_a_bid_opens_there_as_it_does_here(case, opener, tmp_path):
    here = open_bid(case.record, case.released, *paths(case), tmp_path / "here", Limits())
    there = opener.open_bid(case.record, case.released, *paths(case), tmp_path / "there")
    assert (there.verdict, there.organisation, there.sheet) == (here, ORGANISATION, SHEET)
    assert bytes.fromhex(there.seed_sheet) == here.secret.seed_sheet
    assert [(file.name, file.size, file.sha256) for file in there.files] == [
        (file.name, file.size, file.sha256) for file in here.opened.files
    ]
    assert [file.path.read_bytes() for file in there.files] == [
        file.path.read_bytes() for file in here.opened.files
    ]


def test_what_is_wrong_with_a_bid_is_a_verdict_there_too(case, opener, tmp_path):
    short = opener.open_bid(case.record, case.released[:2], *paths(case), tmp_path / "out")
    assert (short.verdict.verdict, short.verdict.code) == (Outcome.WAITING_KEEPERS, "too-few-shares")
    lost = opener.open_bid(case.record, case.released, None, case.bid.files_path, tmp_path / "out")
    assert (lost.verdict.verdict, lost.verdict.part, lost.files) == (Outcome.FAULT_STORAGE, "sheet", ())
    assert not list(tmp_path.iterdir())


def test_a_bid_that_ends_its_process_leaves_the_next_one_alone(case, opener, tmp_path):
    with pytest.raises(Died, match="File exists"):
        opener.open_bid(case.record, case.released, *paths(case), case.bid.sheet_path / "out")
    again = opener.open_bid(case.record, case.released, *paths(case), tmp_path / "out")
    assert again.verdict.verdict == Outcome.OPENED


def test_without_its_process_an_opening_fails_and_says_so(case, tmp_path):
    with Opener(Limits()) as opener:
        opener._process.kill()
        opener._process.wait()
        with pytest.raises(Died):
            opener.open_bid(case.record, case.released, *paths(case), tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        ("bytes(2 << 30)", "MemoryError"),
        ("open('large', 'wb').write(bytes(2 << 20))", "File too large"),
        ("[os.open('/dev/null', 0) for _ in range(100)]", "Too many open files"),
    ],
)
def test_the_kernel_limits_memory_files_and_their_size(tmp_path: Path, act: str, fault: str) -> None:
    program = f"import os\nfrom bidding.sealing.confined import confine\nconfine(1 << 20)\n{act}\n"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(confined.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert fault in done.stderr


def test_a_process_that_never_ends_is_ended(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        from bidding.sealing import confined
        confined.CPU_SECONDS = 1
        confined.confine(1 << 20)
        while True: pass
    """)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(confined.ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False, timeout=60)
    assert done.returncode < 0


def test_an_answer_is_believed_only_as_far_as_it_can_be_seen(case, opener, tmp_path):
    out = tmp_path / "out"
    here = open_bid(case.record, case.released, *paths(case), out, Limits())
    answer = {
        "verdict": here.to_json(),
        "seed_sheet": here.secret.seed_sheet.hex(),
        "manifest": here.opened.manifest.to_json(),
        "sheet": here.opened.sheet.to_json(),
    }
    assert confined._read(answer, case.record.ctx.envelope, out).files
    (name,) = (path.name for path in out.iterdir())
    lies = [
        {**answer, "verdict": {**here.to_json(), "verdict": "excellent"}},
        {**answer, "seed_sheet": "00"},
        {**answer, "manifest": None},
        {**answer, "sheet": {**answer["sheet"], "total_fen": -1}},
    ]
    for lie in lies:
        with pytest.raises((ValueError, confined.SealingError)):
            confined._read(lie, case.record.ctx.envelope, out)
    (out / name).write_bytes(b"something else")
    with pytest.raises(confined.Malformed):
        confined._read(answer, case.record.ctx.envelope, out)
    (out / name).unlink()
    (out / name).symlink_to("/etc/passwd")
    with pytest.raises(confined.Malformed):
        confined._read(answer, case.record.ctx.envelope, out)
