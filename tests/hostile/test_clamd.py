"""The real scanner: clamd with signatures of our own, over both of its sockets, alive, dying, slow and out of patience."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from storage import scanning
from storage.models import Scan
from tests.bidding.conftest import free_ports
from tests.hostile.test_files import EICAR

OURS = "这是明采的测试病毒，不会伤害任何人。".encode()
LIMIT = 1 << 20
START_SECONDS = 30.0
PROGRAM = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db,
    pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed: tools/setup test"),
]


class Clamd:
    """A clamd of our own, in the foreground, that knows two strings."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_ports(1)
        (folder / "signatures").mkdir()
        (folder / "signatures" / "own.ndb").write_text(
            f"Eicar-Test-Signature:0:*:{EICAR.hex()}\nMingcai.Test:0:*:{OURS.hex()}\n"
        )
        (folder / "clamd.conf").write_text(
            f"Foreground yes\nDatabaseDirectory {folder}/signatures\nLocalSocket {folder}/socket\n"
            f"TCPAddr 127.0.0.1\nTCPSocket {self.port}\nStreamMaxLength {LIMIT}\nMaxThreads 2\n"
            "ConcurrentDatabaseReload no\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def addresses(self) -> dict[str, str]:
        return {"unix": f"unix:{self.folder}/socket", "tcp": f"127.0.0.1:{self.port}"}

    def start(self) -> None:
        (self.folder / "socket").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), f"--config-file={self.folder}/clamd.conf"], stdout=log, stderr=log
            )
        until = time.monotonic() + START_SECONDS
        while not (self.folder / "socket").exists():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, "clamd did not come up"
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@pytest.fixture(scope="module")
def running() -> Iterator[Clamd]:
    # The path of a UNIX socket is short.
    with tempfile.TemporaryDirectory(prefix="clamd-", ignore_cleanup_errors=True) as folder:
        server = Clamd(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["unix", "tcp"])
def clamd(request: Any, running: Clamd, settings: Any) -> Clamd:
    settings.CLAMD = running.addresses[request.param]
    return running


def stored(content: bytes) -> str:
    return str(storages["opened"].save("scanned/file", ContentFile(content)))


def packed(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside/报价.txt", content)
    return made.getvalue()


def test_what_it_finds_is_named_and_what_is_clean_is_clean(clamd: Clamd) -> None:
    filler = os.urandom(700_000)  # more than one piece
    for content, name in (
        (EICAR, "Eicar-Test-Signature.UNOFFICIAL"),
        (filler + OURS + b"\n", "Mingcai.Test.UNOFFICIAL"),
        (packed(b"x" * 5000 + OURS), "Mingcai.Test.UNOFFICIAL"),
    ):
        said = scanning.result("opened", stored(content))
        assert (said.word, said.found) == (scanning.Word.FOUND, name)
    for content in (filler, OURS[:-1], b"", packed(b"clean")):
        said = scanning.result("opened", stored(content))
        assert (said.word, said.found) == (scanning.Word.CLEAN, "")
    assert Scan.objects.count() == 7


def test_a_file_beyond_its_limit_is_told_as_such_and_not_as_clean_or_away(clamd: Clamd) -> None:
    for size in (LIMIT + 1, 2 * LIMIT, 24 * LIMIT):
        name = stored(OURS + bytes(size))
        said = scanning.result("opened", name)
        assert (said.word, said.found) == (scanning.Word.UNSCANNED, "too-large"), size
        assert Scan.objects.get(stored_as=name).found == "too-large"
    assert scanning.result("opened", stored(bytes(LIMIT - len(OURS)) + OURS)).word == scanning.Word.FOUND


class Interrupted(ContentFile[bytes]):
    """A file of three pieces; before the last one something happens to the scanner."""

    def __init__(self, then: Any) -> None:
        super().__init__(OURS + bytes(3 * scanning.PIECE))
        self.pieces, self.then = 0, then

    def read(self, size: int = -1) -> bytes:
        self.pieces += 1
        if self.pieces == 3:
            self.then()
        return super().read(size)


def test_a_scanner_that_dies_amid_a_file_leaves_nothing_and_is_asked_again(
    clamd: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = stored(OURS)
    with monkeypatch.context() as patched:
        patched.setattr(storages["opened"], "open", lambda name, mode: Interrupted(clamd.stop))
        with pytest.raises(scanning.ScannerAway):
            scanning.scan("opened", name)
        assert clamd.process is None
    assert scanning.result("opened", name).word == scanning.Word.UNSCANNED
    assert not Scan.objects.exists()
    clamd.start()
    assert scanning.result("opened", name).found == "Mingcai.Test.UNOFFICIAL"


def test_a_scanner_that_does_not_answer_is_away_after_a_while_and_not_for_ever(
    clamd: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = stored(OURS)
    monkeypatch.setattr(scanning, "SECONDS", 0.5)
    clamd.signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(scanning.ScannerAway, match="timed out"):
            scanning.scan("opened", name)
        assert time.monotonic() - begun < 5
        assert not Scan.objects.exists()
    finally:
        clamd.signal(signal.SIGCONT)
    monkeypatch.undo()
    assert scanning.result("opened", name).word == scanning.Word.FOUND
