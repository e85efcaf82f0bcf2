"""Every published age test vector gives exactly its named outcome, by function and by command."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from bidding.sealing.age.errors import AgeError
from bidding.sealing.age.files import decrypt
from bidding.sealing.age.recipients import Passphrase, parse_identity
from bidding.sealing.cli import main

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / ".." / "shared" / "vectors" / "age-cctv" / "testdata"
NAMES = sorted(path.name for path in VECTORS.iterdir()) if VECTORS.is_dir() else []
needs_vectors = pytest.mark.skipif(not NAMES, reason=f"no age vectors at {VECTORS}")


class Vector:
    def __init__(self, name: str) -> None:
        head, _, body = (VECTORS / name).read_bytes().partition(b"\n\n")
        fields = [line.split(": ", 1) for line in head.decode().splitlines()]
        one = dict(fields)
        self.expect = one["expect"]
        self.payload = one.get("payload")
        self.file = zlib.decompress(body) if one.get("compressed") == "zlib" else body
        self.identities = [value for key, value in fields if key == "identity"]
        self.passphrases = [value for key, value in fields if key == "passphrase"]


@needs_vectors
def test_all_143_vectors_are_there():
    assert len(NAMES) == 143


@needs_vectors
@pytest.mark.parametrize("name", NAMES)
def test_a_vector_gives_its_named_outcome(name):
    vector = Vector(name)
    keys = [parse_identity(text) for text in vector.identities] + [
        Passphrase(text) for text in vector.passphrases
    ]
    out = io.BytesIO()
    try:
        decrypt(io.BufferedReader(io.BytesIO(vector.file)), out, keys)
        outcome = "success"
    except AgeError as error:
        outcome = error.outcome
    assert outcome == vector.expect
    if vector.payload is not None:
        assert hashlib.sha256(out.getvalue()).hexdigest() == vector.payload
    if vector.expect not in ("success", "payload failure", "armor failure"):
        assert out.getvalue() == b""


@needs_vectors
@pytest.mark.parametrize("name", NAMES)
def test_without_a_key_a_vector_still_shows_its_header_fault(name):
    vector = Vector(name)
    out = io.BytesIO()
    with pytest.raises(AgeError) as refused:
        decrypt(io.BufferedReader(io.BytesIO(vector.file)), out, [])
    if vector.expect == "header failure":
        assert refused.value.outcome == "header failure"
    else:
        assert refused.value.outcome in ("no match", "armor failure")
        assert vector.expect == "armor failure" or refused.value.outcome == "no match"
    assert out.getvalue() == b""


def _command(
    name: str, folder: Path, run: Callable[[list[str]], tuple[int, str, str]]
) -> tuple[int, str, str, bytes | None]:
    vector = Vector(name)
    file, identities, out = (folder / f"{name}.{part}" for part in ("age", "keys", "out"))
    file.write_bytes(vector.file)
    identities.write_text("# keys\n\n" + "\n".join(vector.identities))
    arguments = ["-i", str(identities)] if vector.identities else []
    for text in vector.passphrases:
        arguments += ["--passphrase", text]
    said = run(["age-decrypt", *arguments, str(file), "-o", str(out)])
    return *said, out.read_bytes() if out.exists() else None


def _in_a_process(arguments: list[str]) -> tuple[int, str, str]:
    run = subprocess.run(
        [sys.executable, "-m", "bidding.sealing", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return run.returncode, run.stdout, run.stderr


def _here(arguments: list[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return code, out.getvalue(), err.getvalue()


def _is_as_named(name: str, code: int, stdout: str, stderr: str, plain: bytes | None) -> None:
    vector = Vector(name)
    if vector.expect == "success":
        assert (name, code, stdout, stderr) == (name, 0, "", "")
        assert hashlib.sha256(plain).hexdigest() == vector.payload
    else:
        assert (name, code, json.loads(stdout)) == (name, 1, {"outcome": vector.expect})
        assert plain is None, f"{name} left its output behind"
        assert stderr.count("\n") == 1


@needs_vectors
def test_the_command_gives_every_vector_its_named_outcome(tmp_path):
    for name in NAMES:
        _is_as_named(name, *_command(name, tmp_path, _here))
    assert not list(tmp_path.glob(".*")), "no partial output is left behind"


@needs_vectors
def test_the_command_in_a_process_of_its_own_gives_each_outcome(tmp_path):
    outcomes = {Vector(name).expect: name for name in NAMES}
    assert len(outcomes) > 4
    for name in outcomes.values():
        _is_as_named(name, *_command(name, tmp_path, _in_a_process))
