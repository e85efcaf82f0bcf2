"""Keys are made, rotated and restored by two officers, and any k of n shares bring them back."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bidding.keeper import backup, ceremony, commands, keys
from bidding.sealing.encoding import canonical
from bidding.sealing.errors import SealingError
from core import clock

ROOT = Path(__file__).parents[2]
OFFICERS = ("王芳", "李强")


class Desk:
    """Two officers who read what is shown and type it back; `slips` are wrong answers by question number."""

    def __init__(self, slips: dict[int, str] | None = None) -> None:
        self.slips = slips or {}
        self.asked: list[str] = []
        self.digits = ""

    def ask(self, question: str) -> str:
        number = len(self.asked)
        self.asked.append(question)
        if "Transcript: " in question:
            self.digits = question.rpartition("Transcript: ")[2].partition("\n")[0]
        answer = self.slips.get(number)
        if answer is not None:
            return answer
        if "type your name" in question:
            return question.partition(":")[0]
        return self.digits if "digits" in question else ""


def attended(folder: Path, desk: Desk | None = None, **over) -> ceremony.Ceremony:
    out = folder / f"out-{len(list(folder.glob('out-*')))}"
    held = ceremony.Ceremony(
        folder / "K1", "K1", OFFICERS, out, 3, 5, (desk or Desk()).ask, clock.now, "第一会议室"
    )
    return replace(held, **over)


def shares_in(folder: Path) -> list[backup.BackupShare]:
    return [backup.read_share(path.read_bytes(), path.name) for path in sorted(folder.glob("share-*"))]


def seeds(folder: Path) -> dict[str, bytes]:
    """What is secret or decides: everything but the records of ceremonies."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A keeper made at a ceremony, and rotated at another; nothing here changes it."""
    folder = tmp_path_factory.mktemp("made")
    first = attended(folder)
    record = first.create()
    second = attended(folder)
    rotated = second.rotate(clock.now() + timedelta(days=7))
    return folder, first.out, record, second.out, rotated


def test_a_ceremony_files_a_record_that_anyone_can_check(made):
    folder, out, record, _, rotated = made
    filed = json.loads(next(out.glob("*-create.json")).read_text())
    assert filed == record.to_json()
    own = keys.open_keys(folder / "K1", "K1")
    transcript = ceremony.verify_record(filed, own.vkey)
    assert transcript["officers"] == list(OFFICERS)
    assert transcript["keys"][0]["recipient"] == own.recipient(1)
    assert transcript["backup"]["files"].keys() == {path.name for path in out.glob("share-*")}
    assert ceremony.verify_record(rotated.to_json(), own.vkey)["act"] == "rotate"
    assert len(list((folder / "K1" / ceremony.RECORDS).iterdir())) == 2
    for path in (folder / "K1").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    stored = json.dumps(filed)
    assert not any(seed.strip().decode() in stored for seed in seeds(folder / "K1").values())


def test_every_change_to_a_record_is_noticed(made):
    _, _, record, _, _ = made
    vkey, whole = record.vkey, record.to_json()
    assert ceremony.verify_record(whole, vkey)
    for name in ("transcript", "transcript_hash", "confirmations"):
        body = json.loads(json.dumps(whole["body"]))
        if name == "transcript":
            body[name]["officers"][0] = "赵六"
        else:
            body[name] = body[name][:-1] + (body[name][:1] if name == "confirmations" else "0")
        with pytest.raises(SealingError):
            ceremony.verify_record({**whole, "body": body}, vkey)
    with pytest.raises(SealingError):
        ceremony.verify_record(whole, keys.from_seeds("K1", bytes(32), {1: bytes(32)}, {}).vkey)


def test_any_three_of_five_shares_restore_every_key(made, tmp_path):
    folder, _, _, out, _ = made
    shares, wanted = shares_in(out), seeds(folder / "K1")
    for number, three in enumerate(itertools.combinations(shares, 3)):
        backup.restore(tmp_path / str(number), "K1", three)
        assert seeds(tmp_path / str(number)) == wanted
    held = replace(attended(tmp_path), folder=tmp_path / "again")
    record = held.restore(shares[:3])
    assert ceremony.verify_record(record.to_json(), keys.open_keys(folder / "K1", "K1").vkey)
    assert seeds(tmp_path / "again") == wanted
    assert keys.open_keys(tmp_path / "again", "K1").next(clock.now())[0] == 2


def broken(name: str, shares: list[backup.BackupShare], older: list[backup.BackupShare]):
    first, second, third = shares[:3]
    return {
        "none": [],
        "too few": [first, second],
        "one twice": [first, second, second],
        "two backups": [first, second, older[2]],
        "another k": [replace(share, k=2) for share in shares[:2]],
        "another keeper": [replace(share, keeper="K2") for share in shares[:3]],
        "a forged share": [first, second, replace(third, share="00" * 10 + third.share[20:])],
        "x is zero": [first, second, replace(third, share=third.share[:-2] + "00")],
        "another length": [first, second, replace(third, share=third.share[2:])],
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "none",
        "too few",
        "one twice",
        "two backups",
        "another k",
        "another keeper",
        "a forged share",
        "x is zero",
        "another length",
    ],
)
def test_shares_that_do_not_give_the_keys_restore_nothing(made, tmp_path, name):
    _, older, _, out, _ = made
    given = broken(name, shares_in(out), shares_in(older))
    with pytest.raises(backup.BackupRefused):
        backup.restore(tmp_path / "K1", "K1", given)
    with pytest.raises(ceremony.CeremonyRefused):
        attended(tmp_path).restore(given)
    assert list(tmp_path.iterdir()) == []
    backup.restore(tmp_path / "K1", "K1", shares_in(out)[:3])


def test_a_share_file_with_any_byte_changed_is_refused_and_named(made):
    content = next(made[1].glob("share-2-*")).read_bytes()
    assert backup.read_share(content, "share-2").i == 2
    for at in range(len(content)):
        with pytest.raises(backup.BackupRefused, match="share-2"):
            backup.read_share(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], "share-2")
    for cut in (b"", content[:-1], b"[]", b"{}", b"\xff", canonical({"type": "mingcai/v1/keeper-share"})):
        with pytest.raises(backup.BackupRefused):
            backup.read_share(cut, "share-2")


@pytest.mark.parametrize(
    ("slips", "over"),
    [
        ({1: "王芳芳"}, {}),
        ({2: "0000 0000 0000 0000 0000"}, {}),
        ({4: ""}, {}),
        ({}, {"officers": ("王芳", "王芳")}),
        ({}, {"officers": ("王芳", " ")}),
        ({}, {"k": 1}),
        ({}, {"k": 5}),
    ],
)
def test_a_ceremony_that_goes_wrong_leaves_no_key_and_no_share(tmp_path, slips, over):
    with pytest.raises(ceremony.CeremonyRefused):
        attended(tmp_path, Desk(slips), **over).create()
    assert list(tmp_path.iterdir()) == []
    attended(tmp_path).create()
    before = seeds(tmp_path / "K1")
    with pytest.raises(ceremony.CeremonyRefused):
        attended(tmp_path, Desk(slips), **over).rotate(clock.now() + timedelta(days=1))
    assert seeds(tmp_path / "K1") == before
    assert len(list(tmp_path.glob("out-*"))) == 1


def test_keys_are_not_made_over_keys_nor_announced_for_the_past(made, tmp_path):
    attended(tmp_path).create()
    before = seeds(tmp_path / "K1")
    for act in (
        lambda held: held.create(),
        lambda held: held.restore(shares_in(made[3])[:3]),
        lambda held: held.rotate(clock.now() - timedelta(seconds=1)),
    ):
        with pytest.raises(ceremony.CeremonyRefused):
            act(attended(tmp_path))
    assert seeds(tmp_path / "K1") == before
    attended(tmp_path).rotate(clock.now() + timedelta(days=1))
    with pytest.raises(ceremony.CeremonyRefused, match="announced already"):
        attended(tmp_path).rotate(clock.now() + timedelta(days=2))


def test_officers_hold_a_ceremony_at_the_command_line(tmp_path, capsys):
    """The digits are known only once the transcript is shown, so the second half is typed after reading."""
    command = [sys.executable, "-m", "bidding.keeper", "create", "--dir", str(tmp_path / "K1"), "--id", "K1"]
    command += ["--officer", "Wang Fang", "--officer", "Li Qiang", "--backup", "2/3"]
    command += ["--out", str(tmp_path / "out")]
    desk = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert desk.stderr is not None
    line = ""
    while not line.startswith("Transcript: "):
        line = desk.stderr.readline()
    digits = line.removeprefix("Transcript: ").strip()
    out, _ = desk.communicate(f"\nWang Fang\n{digits}\nLi Qiang\n{digits}\n", timeout=30)
    assert desk.returncode == 0
    record = json.loads(out)
    (tmp_path / "record.json").write_text(out)
    check = ["verify-ceremony", str(tmp_path / "record.json"), "--vkey"]
    assert commands.main([*check, record["vkey"]]) == 0
    assert json.loads(capsys.readouterr().out)["officers"] == ["Wang Fang", "Li Qiang"]
    assert commands.main([*check, keys.from_seeds("K1", bytes(32), {1: bytes(32)}, {}).vkey]) == 1
    assert capsys.readouterr().err.startswith("refused: ")
    assert commands.main(["create", "--dir", "x"]) == 2
