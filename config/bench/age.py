"""`age`: our reader and writer of age files, beside the age command and the bare cipher loop."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bidding.sealing.cli import main as our_command
from config.bench.catalogue import PAIRS
from config.bench.measure import Broken, Comparison, Outcome, in_turns

MIB = 1 << 20
MIBS = {"small": 8, "full": 256}
CHUNK = 64 * 1024
TAG = 16
BATCH = 8
FLAT_MIB = 8
"""By how much the memory for the whole file may differ from that for a quarter of it."""
_MEMORY = (
    "import resource, sys; from bidding.sealing.cli import main; code = main(sys.argv[1:]); "
    "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)); sys.exit(code)"
)


def run(size: str) -> Outcome:
    """Measure both directions."""
    command = shutil.which("age")
    if command is None:
        raise Broken("the age command is not installed (Debian package age)")
    with tempfile.TemporaryDirectory() as name:
        return _measure(Path(name), command, MIBS[size], PAIRS[size])


def _measure(folder: Path, age: str, mib: int, pairs: int) -> Outcome:
    plain, sealed, out = folder / "plain", folder / "plain.age", folder / "out"
    _random(plain, mib)
    identity, recipient = _key(folder)
    _checked([age, "-r", recipient, "-o", str(sealed), str(plain)])

    def mine(*arguments: str) -> Callable[[], float]:
        def once() -> float:
            if our_command([*arguments, "-o", str(out)]):
                raise Broken(f"our {arguments[0]} failed")
            return mib

        return _rate(once)

    def theirs(*arguments: str) -> Callable[[], float]:
        def once() -> float:
            _checked([age, "-o", str(out), *arguments])
            return mib

        return _rate(once)

    def bare(source: Path, work: Callable[[Path, Path], None]) -> Callable[[], float]:
        def once() -> float:
            work(source, out)
            return mib

        return _rate(once)

    raw = folder / "raw"
    _bare_encrypt(plain, raw)
    unseal = in_turns(
        pairs,
        mine("age-decrypt", "-i", str(identity), str(sealed)),
        theirs("-d", "-i", str(identity), str(sealed)),
        bare(raw, _bare_decrypt),
    )
    same = _same_after(our_command, identity, sealed, plain, out)
    seal = in_turns(
        pairs,
        mine("age-encrypt", "-r", recipient, str(plain)),
        theirs("-r", recipient, str(plain)),
        bare(plain, _bare_encrypt),
    )
    quarter = folder / "quarter"
    _random(quarter, max(1, mib // 4))
    small, large = (
        _memory_kib(["age-encrypt", "-r", recipient, str(p), "-o", str(out)]) for p in (quarter, plain)
    )
    unit = "MiB/s"
    return Outcome(
        main=Comparison("age, decrypting", unit, unseal[0], unseal[1], at_least=1.2),
        also=[
            Comparison("age, encrypting", unit, seal[0], seal[1], at_least=1.2),
            Comparison("bare loop, decrypting", unit, unseal[0], unseal[2], at_least=0.85),
            Comparison("bare loop, encrypting", unit, seal[0], seal[2], at_least=0.85),
        ],
        checks={
            "what age encrypts we decrypt to the same bytes": same,
            f"memory for the whole file within {FLAT_MIB} MiB of that for a quarter": abs(large - small)
            <= FLAT_MIB * 1024,
        },
        costs={
            "memory for the whole file (MiB)": large / 1024,
            "memory for a quarter of it (MiB)": small / 1024,
            "CPU seconds per GiB decrypted": _cpu(mine("age-decrypt", "-i", str(identity), str(sealed)))
            * 1024
            / mib,
        },
        parameters={"MiB": mib},
    )


def _rate(work: Callable[[], float]) -> Callable[[], float]:
    def measured() -> float:
        began = time.perf_counter()
        amount = work()
        return amount / (time.perf_counter() - began)

    return measured


def _checked(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Broken(f"{command[0]} failed: {done.stderr.strip()[:200]}")


def _key(folder: Path) -> tuple[Path, str]:
    identity = folder / "identity"
    _checked(["age-keygen", "-o", str(identity)])
    lines = identity.read_text().splitlines()
    return identity, next(line.split()[-1] for line in lines if "public key" in line)


def _random(path: Path, mib: int) -> None:
    with path.open("wb") as out:
        for _ in range(mib):
            out.write(os.urandom(MIB))


def _same_after(
    command: Callable[[list[str]], int], identity: Path, sealed: Path, plain: Path, out: Path
) -> bool:
    if command(["age-decrypt", "-i", str(identity), str(sealed), "-o", str(out)]):
        return False
    with plain.open("rb") as one, out.open("rb") as two:
        while True:
            pieces = one.read(MIB), two.read(MIB)
            if pieces[0] != pieces[1]:
                return False
            if not pieces[0]:
                return True


def _bare_encrypt(source: Path, target: Path) -> None:
    """Encrypt 64 KiB at a time under a fresh key, with nothing around it: no header, no last-chunk rule, no retry."""
    aead, number = ChaCha20Poly1305(bytes(32)), 0
    plain, sealed = memoryview(bytearray(BATCH * CHUNK)), memoryview(bytearray(BATCH * (CHUNK + TAG)))
    with source.open("rb", buffering=0) as taken, target.open("wb", buffering=0) as given:
        while have := taken.readinto(plain):
            start = written = 0
            while start < have:
                size = min(CHUNK, have - start)
                end = written + size + TAG
                aead.encrypt_into(
                    number.to_bytes(12, "big"), plain[start : start + size], None, sealed[written:end]
                )
                start, written, number = start + size, end, number + 1
            given.write(sealed[:written])


def _bare_decrypt(source: Path, target: Path) -> None:
    """Undo `_bare_encrypt`."""
    aead, number = ChaCha20Poly1305(bytes(32)), 0
    sealed, plain = memoryview(bytearray(BATCH * (CHUNK + TAG))), memoryview(bytearray(BATCH * CHUNK))
    with source.open("rb", buffering=0) as taken, target.open("wb", buffering=0) as given:
        while have := taken.readinto(sealed):
            start = written = 0
            while start < have:
                size = min(CHUNK + TAG, have - start)
                end = written + size - TAG
                aead.decrypt_into(
                    number.to_bytes(12, "big"), sealed[start : start + size], None, plain[written:end]
                )
                start, written, number = start + size, end, number + 1
            given.write(plain[:written])


def _memory_kib(arguments: list[str]) -> int:
    """Give the largest resident memory of a process of its own that carries out our command."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Broken(f"our command failed: {done.stderr.strip()[:200]}")
    return int(done.stderr.strip().splitlines()[-1])


def _cpu(work: Callable[[], float]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
