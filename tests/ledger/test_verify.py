"""Anyone can check a proof or a checkpoint of the transparency log, and a forged one never passes."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ledger import tlog
from core.ledger.__main__ import Malformed, verify
from core.ledger.note import COSIGNATURE_V1, Checkpoint, Note, Signer, Verifier

ROOT = Path(__file__).parents[2]
SEED = bytes(range(32))


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, written down as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def entries(size: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(size)]


def reader(leaves: list[bytes]):
    return lambda level, index: naive_root(leaves[index << level : (index + 1) << level])


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def run(stdin: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core.ledger", "verify"],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_roots_are_those_of_rfc_6962():
    inputs = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43", bytes(range(0x50, 0x58))]
    inputs.append(bytes(range(0x60, 0x70)))
    frontier = tlog.Frontier()
    for leaf in inputs:
        frontier.append(tlog.leaf_hash(leaf))
    assert frontier.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert tlog.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 34))
def test_every_inclusion_proof_is_the_naive_one_and_verifies(size):
    leaves = entries(size)
    root = tlog.tree_root(size, reader(leaves))
    assert root == naive_root(leaves)
    for index in range(size):
        proof = tlog.inclusion_proof(index, size, reader(leaves))
        assert proof == naive_path(index, leaves)
        assert tlog.verify_inclusion(tlog.leaf_hash(leaves[index]), index, size, proof, root)
        for other in range(size):
            if other != index:
                assert not tlog.verify_inclusion(tlog.leaf_hash(leaves[index]), other, size, proof, root)


@pytest.mark.parametrize("new", range(1, 34))
def test_every_consistency_proof_is_the_naive_one_and_verifies(new):
    leaves = entries(new)
    for old in range(1, new + 1):
        proof = tlog.consistency_proof(old, new, reader(leaves))
        assert proof == naive_subproof(old, leaves, True)
        assert tlog.verify_consistency(old, new, naive_root(leaves[:old]), naive_root(leaves), proof)
        forked = [*leaves[: old - 1], b"another"]
        assert not tlog.verify_consistency(old, new, naive_root(forked), naive_root(leaves), proof)


def test_the_empty_log_begins_every_log_with_an_empty_proof_only():
    root = naive_root(entries(3))
    assert tlog.verify_consistency(0, 3, tlog.EMPTY_ROOT, root, [])
    assert tlog.verify_consistency(0, 0, tlog.EMPTY_ROOT, tlog.EMPTY_ROOT, [])
    assert not tlog.verify_consistency(0, 3, tlog.EMPTY_ROOT, root, [root])
    assert not tlog.verify_consistency(0, 3, root, root, [])
    assert not tlog.verify_consistency(0, 0, root, root, [])
    assert not tlog.verify_consistency(3, 3, root, root, [root])
    assert not tlog.verify_consistency(3, 2, root, root, [])


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_changed_inclusion_proof_never_verifies(data):
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    leaves = entries(size)
    root = naive_root(leaves)
    proof = naive_path(index, leaves)
    changes = ["leaf", "index", "longer"] + (["flip", "shorter", "length", "swap"] if len(proof) > 1 else [])
    match data.draw(st.sampled_from(changes)):
        case "leaf":
            assert not tlog.verify_inclusion(tlog.leaf_hash(b"another"), index, size, proof, root)
            return
        case "index":
            other = data.draw(st.integers(-5, size + 300).filter(lambda i: i != index))
            assert not tlog.verify_inclusion(tlog.leaf_hash(leaves[index]), other, size, proof, root)
            return
        case "longer":
            proof = [*proof, root]
        case "flip":
            at = data.draw(st.integers(0, len(proof) - 1))
            proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        case "shorter":
            del proof[data.draw(st.integers(0, len(proof) - 1))]
        case "length":
            proof[0] = proof[0][:-1]
        case "swap":
            proof = proof[::-1]
    assert not tlog.verify_inclusion(tlog.leaf_hash(leaves[index]), index, size, proof, root)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_changed_consistency_proof_never_verifies(data):
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    leaves = entries(new)
    roots = naive_root(leaves[:old]), naive_root(leaves)
    proof = naive_subproof(old, leaves, True)
    assert tlog.verify_consistency(old, new, *roots, proof)
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = list(proof)
    flipped[at] = bytes([flipped[at][0] ^ 128]) + flipped[at][1:]
    assert not tlog.verify_consistency(old, new, *roots, flipped)
    assert not tlog.verify_consistency(old, new, *roots, proof[:at] + proof[at + 1 :])
    assert not tlog.verify_consistency(old, new, *roots, [*proof, proof[0]])
    assert not tlog.verify_consistency(old, new, *roots[::-1], proof)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 700), st.integers(0, 700))
def test_proofs_read_from_tiles_are_those_read_from_the_entries(a, b):
    old, new = sorted((a, b))
    leaves = entries(new)
    hashes = [tlog.leaf_hash(leaf) for leaf in leaves]

    def fetch(tile: tlog.Tile) -> bytes:
        assert tile in list(tlog.tiles_of(new))
        span = 256**tile.level
        first = tile.index * 256
        return b"".join(
            tlog.leaf_hash(leaves[i]) if span == 1 else naive_root(leaves[i * span : (i + 1) * span])
            for i in range(first, first + tile.width)
        )

    read = tlog.tile_reader(new, fetch)
    assert tlog.tree_root(new, read) == naive_root(leaves)
    assert tlog.consistency_proof(old, new, read) == (naive_subproof(old, leaves, True) if old else [])
    frontier = tlog.Frontier()
    for leaf in hashes:
        frontier.append(leaf)
    assert frontier.root() == naive_root(leaves)


def test_tiles_are_addressed_as_c2sp_says():
    assert tlog.Tile(1, 1234067).path == "1/x001/x234/067"
    assert tlog.Tile(-1, 5, 3).path == "entries/005.p/3"
    widths = [tile.width for tile in tlog.tiles_of(70_000) if tile.width < 256]
    assert (len(list(tlog.tiles_of(70_000))), widths) == (273 + 1 + 1 + 1 + 1, [112, 17, 1])
    assert [tile.path for tile in tlog.tiles_of(256)] == ["0/000", "1/000.p/1"]
    for path in ("0/000", "0/x001/000", "entries/x001/x234/067.p/255", "63/999"):
        assert tlog.Tile.parse(path).path == path


@pytest.mark.parametrize(
    "path",
    ["0/0", "00/000", "64/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/x000/001", "0/001/000", "-1/000",
     "0/../000", "0/000/", "", "entries/x001", "0/000.p/", "0/٠٠٠"],
)  # fmt: skip
def test_a_wrong_tile_path_is_refused(path):
    with pytest.raises(tlog.BadTile):
        tlog.Tile.parse(path)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_back_its_entries_and_a_cut_one_is_refused(items):
    bundle = tlog.pack_bundle(items)
    assert tlog.unpack_bundle(bundle) == items
    if bundle and items[-1]:
        with pytest.raises(tlog.BadTile):
            tlog.unpack_bundle(bundle[:-1])


def inclusion_case() -> dict[str, object]:
    leaves = entries(11)
    return {
        "kind": "inclusion",
        "leaf": b64(leaves[6]),
        "index": 6,
        "size": 11,
        "proof": [b64(item) for item in naive_path(6, leaves)],
        "root": b64(naive_root(leaves)),
    }


def consistency_case() -> dict[str, object]:
    leaves = entries(11)
    return {
        "kind": "consistency",
        "size1": 6,
        "size2": 11,
        "root1": b64(naive_root(leaves[:6])),
        "root2": b64(naive_root(leaves)),
        "proof": [b64(item) for item in naive_subproof(6, leaves, True)],
    }


def checkpoint_case() -> dict[str, object]:
    log, witness = Signer("log.example/one", SEED), Signer("keeper.example/K1", SEED[::-1], COSIGNATURE_V1)
    text = Checkpoint("log.example/one", 11, naive_root(entries(11))).text
    note = Note(text, (log.sign(text), witness.cosign(text, 1_800_000_000)))
    return {"kind": "checkpoint", "note": str(note), "keys": [log.verifier.vkey, witness.verifier.vkey]}


@pytest.mark.parametrize("case", [inclusion_case(), consistency_case(), checkpoint_case()])
def test_the_command_accepts_what_is_true(case):
    done = run(json.dumps(case))
    assert (done.returncode, done.stderr, json.loads(done.stdout)) == (0, "", {"valid": True})


@pytest.mark.parametrize(
    ("case", "changes"),
    [
        (inclusion_case(), {"index": 7}),
        (inclusion_case(), {"index": -1}),
        (inclusion_case(), {"size": 10**30}),
        (inclusion_case(), {"leaf": b64(b"another")}),
        (inclusion_case(), {"root": b64(b"short")}),
        (inclusion_case(), {"proof": []}),
        (consistency_case(), {"size1": 5}),
        (consistency_case(), {"size1": 12}),
        (consistency_case(), {"root1": b64(bytes(32))}),
        (checkpoint_case(), {"note": ""}),
        (checkpoint_case(), {"note": str(checkpoint_case()["note"]).replace("\n11\n", "\n12\n")}),
        (checkpoint_case(), {"note": str(checkpoint_case()["note"]).replace("\n11\n", "\n011\n")}),
        (checkpoint_case(), {"keys": [Signer("log.example/one", bytes(32)).verifier.vkey]}),
        (checkpoint_case(), {"keys": [*checkpoint_case()["keys"], Signer("x", bytes(32)).verifier.vkey]}),  # type: ignore[misc]
    ],
)
def test_what_is_not_true_is_not_valid(case, changes):
    assert verify(case) is True
    assert verify(case | changes) is False


@pytest.mark.parametrize(
    ("case", "changes"),
    [
        (inclusion_case(), {"kind": "?"}),
        (inclusion_case(), {"index": True}),
        (inclusion_case(), {"index": 6.0}),
        (inclusion_case(), {"size": "11"}),
        (inclusion_case(), {"leaf": "***"}),
        (inclusion_case(), {"leaf": None}),
        (inclusion_case(), {"proof": "AAAA"}),
        (inclusion_case(), {"proof": [7]}),
        (inclusion_case(), {"root": "AAA"}),
        (checkpoint_case(), {"keys": []}),
        (checkpoint_case(), {"keys": ["log.example/one+00000000+AQ=="]}),
        (checkpoint_case(), {"note": 3}),
    ],
)
def test_what_cannot_be_judged_is_refused(case, changes):
    with pytest.raises(Malformed):
        verify(case | changes)


@pytest.mark.parametrize(
    "stdin",
    ["", "{", "[]", "3", '{"kind":"inclusion"}', '{"kind":"inclusion","kind":"inclusion"}', "[" * 5000],
)
def test_the_command_says_in_one_line_why_it_cannot_judge(stdin):
    done = run(stdin)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_the_note_of_the_specification_verifies():
    vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    source = (
        "This is an example message.\n\n— example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    )
    parsed = Note.parse(source)
    assert Verifier.parse(vkey).vkey == vkey
    assert [key.vkey for key, _ in parsed.verified([Verifier.parse(vkey)])] == [vkey]
    assert str(parsed) == source
