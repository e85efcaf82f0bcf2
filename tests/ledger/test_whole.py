"""A whole log is checked from its tiles: rollback, fork, edited entries and tiles are found and named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.ledger import tlog, whole
from core.ledger.note import COSIGNATURE_V1, Checkpoint, Note, Signer

ROOT = Path(__file__).parents[2]
LOG = Signer("log.example/mingcai", bytes(32))
WITNESS = Signer("keeper1.example", bytes([1]) * 32, COSIGNATURE_V1)
STATEMENT = Signer("keeper1.example", bytes([1]) * 32)


def entries_of(size: int, change: int | None = None) -> list[bytes]:
    return [b"entry %d%s" % (at, b" edited" if at == change else b"") for at in range(size)]


def write_log(folder: Path, entries: list[bytes], signer: Signer = LOG) -> str:
    """Write a log as a platform would serve it; gives its checkpoint."""
    hashes = [tlog.leaf_hash(entry) for entry in entries]
    levels = {0: hashes}
    while len(levels[max(levels)]) >= tlog.TILE_WIDTH:
        below = levels[max(levels)]
        levels[max(levels) + 1] = [
            tlog.complete_root(below[at : at + tlog.TILE_WIDTH])
            for at in range(0, len(below) - len(below) % tlog.TILE_WIDTH, tlog.TILE_WIDTH)
        ]
    for tile in tlog.tiles_of(len(entries)):
        first = tile.index * tlog.TILE_WIDTH
        put(folder / "tile" / tile.path, b"".join(levels[tile.level][first : first + tile.width]))
    for tile in tlog.bundles_of(0, len(entries)):
        first = tile.index * tlog.TILE_WIDTH
        put(folder / "tile" / tile.path, tlog.pack_bundle(entries[first : first + tile.width]))
    frontier = tlog.Frontier()
    for leaf in hashes:
        frontier.append(leaf)
    text = Checkpoint(LOG.verifier.name, len(entries), frontier.root()).text
    note = str(Note(text, (signer.sign(text), WITNESS.cosign(text, 1_796_090_000))))
    put(folder / "checkpoint", note.encode())
    return note


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def run(folder: Path, **options: Any) -> whole.Found:
    return whole.check(lambda path: (folder / path).read_bytes(), LOG.verifier, **options)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_a_sound_log_stands(tmp_path: Path, size: int) -> None:
    older = write_log(tmp_path / "old", entries_of(min(size, 200)))
    write_log(tmp_path / "log", entries_of(size))
    found = run(tmp_path / "log", older=[older], witnesses=[STATEMENT.verifier], needed=1)
    assert (found.problems, found.size, found.compared) == ([], size, 1)
    assert found.witnesses == [{"name": "keeper1.example", "cosigned": True, "at": 1_796_090_000}]


def edit_entry(folder: Path) -> None:
    path = folder / "tile" / "entries" / "001.p/44"
    path.write_bytes(path.read_bytes().replace(b"entry 270", b"entry 27X"))


def edit_leaf(folder: Path) -> None:
    path = folder / "tile" / "0" / "000"
    path.write_bytes(b"\0" + path.read_bytes()[1:])


def edit_both(folder: Path) -> None:
    edited = entries_of(300, change=7)
    note = (folder / "checkpoint").read_bytes()
    write_log(folder, edited)
    (folder / "checkpoint").write_bytes(note)


def edit_node(folder: Path) -> None:
    path = folder / "tile" / "1" / "000.p/1"
    path.write_bytes(bytes(32))


def lose_tile(folder: Path) -> None:
    (folder / "tile" / "0" / "001.p/44").unlink()


def sign_by_another(folder: Path) -> None:
    write_log(folder, entries_of(300), Signer(LOG.verifier.name, bytes([9]) * 32))


def edit_root(folder: Path) -> None:
    lines = (folder / "checkpoint").read_text().split("\n")
    lines[2] = "A" * 43 + "="
    (folder / "checkpoint").write_text("\n".join(lines))


def fork(folder: Path) -> None:
    write_log(folder, entries_of(300, change=7))


def roll_back(folder: Path) -> None:
    write_log(folder, entries_of(299))


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (edit_entry, "edited-entry"),
        (edit_leaf, "edited-entry"),
        (edit_both, "wrong-root"),
        (edit_node, "edited-tile"),
        (lose_tile, "missing-tile"),
        (sign_by_another, "bad-checkpoint"),
        (edit_root, "bad-checkpoint"),
        (fork, "forked"),
        (roll_back, "rolled-back"),
    ],
)
def test_what_was_done_to_a_log_is_named(tmp_path: Path, attack: Callable[[Path], None], code: str) -> None:
    older = write_log(tmp_path, entries_of(300))
    assert run(tmp_path, older=[older]).sound
    attack(tmp_path)
    found = run(tmp_path, older=[older])
    assert code in {name for name, _ in found.problems}, found.problems


def test_an_edited_entry_is_named_by_its_number(tmp_path: Path) -> None:
    write_log(tmp_path, entries_of(300))
    edit_entry(tmp_path)
    assert ("edited-entry", "entry 270") in run(tmp_path).problems


def test_witnesses_that_did_not_cosign_are_missed(tmp_path: Path) -> None:
    write_log(tmp_path, entries_of(3))
    other = Signer("keeper2.example", bytes([2]) * 32).verifier
    found = run(tmp_path, witnesses=[STATEMENT.verifier, other], needed=2)
    assert [code for code, _ in found.problems] == ["too-few-witnesses"]
    assert run(tmp_path, witnesses=[STATEMENT.verifier, other], needed=1).sound


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core.ledger", "check", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_checks_a_saved_log(tmp_path: Path) -> None:
    note = tmp_path / "seen"
    note.write_text(write_log(tmp_path / "log", entries_of(5)))
    key = LOG.verifier.vkey
    sound = command(tmp_path / "log", "--key", key, "--older", note, "--save", tmp_path / "kept", "--json")
    assert sound.returncode == 0, sound.stderr
    assert json.loads(sound.stdout)["size"] == 5
    assert command(tmp_path / "kept", "--key", key).returncode == 0
    write_log(tmp_path / "log", entries_of(4))
    found = command(tmp_path / "log", "--key", key, "--older", note)
    assert (found.returncode, found.stderr.count("\n")) == (1, 1)
    assert "rolled-back" in found.stderr
    assert command(tmp_path / "nowhere", "--key", key).returncode == 1


def test_the_verifiers_need_no_django() -> None:
    listing = "import sys, core.ledger.__main__, bidding.sealing.cli; print([m for m in sys.modules if 'django' in m])"
    done = subprocess.run(
        [sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
