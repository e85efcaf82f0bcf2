"""A scanner for foreign files: ClamAV's `clamd` over its INSTREAM command, when `settings.CLAMD` names one.

What it says is advice shown beside a file, kept per stored object. Nothing here parses a file; clamd does, in a process
of its own.
"""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

from core import clock
from storage.models import Scan

log = logging.getLogger(__name__)
PIECE = 256 * 1024
SECONDS = 30.0
LONGEST_ANSWER = 4096


class Word(StrEnum):
    """What is known of a file."""

    CLEAN = "clean"
    FOUND = "found"
    UNSCANNED = "unscanned"


@dataclass(frozen=True)
class ScanFacts:
    """What the scanner said: `found` names what it found, or why it did not look."""

    word: Word = Word.UNSCANNED
    found: str = ""
    at: datetime | None = None


class ScannerAway(Exception):
    """The scanner does not answer."""


def configured() -> bool:
    """Tell whether this installation has a scanner."""
    return bool(settings.CLAMD)


def results(store: str, names: Iterable[str]) -> dict[str, ScanFacts]:
    """Give what is known of these stored objects; one that nobody has scanned is not among them."""
    rows = Scan.objects.filter(store=store, stored_as__in=list(names))
    return {row.stored_as: ScanFacts(Word(row.word), row.found, row.at) for row in rows}


def result(store: str, name: str) -> ScanFacts:
    """Give what is known of one stored object; it is scanned now if it never was. A scanner that is away: unscanned."""
    known = results(store, [name]).get(name)
    if known is not None:
        return known
    if not configured():
        return ScanFacts()
    try:
        return scan(store, name)
    except ScannerAway as away:
        log.warning("%s in %s was not scanned: %s", name, store, away)
        return ScanFacts()


def scan(store: str, name: str) -> ScanFacts:
    """Scan a stored object and keep what was said. Raises ScannerAway; then nothing is kept."""
    with storages[store].open(name, "rb") as file:
        word, found = _ask(file)
    row, _ = Scan.objects.update_or_create(
        store=store, stored_as=name, defaults={"word": word, "found": found[:200], "at": clock.now()}
    )
    return ScanFacts(word, row.found, row.at)


def _ask(file: File[Any]) -> tuple[Word, str]:
    try:
        with _connected() as line:
            line.sendall(b"zINSTREAM\0")
            try:
                while piece := file.read(PIECE):
                    line.sendall(struct.pack("!I", len(piece)) + piece)
                line.sendall(struct.pack("!I", 0))
            except ConnectionError:
                pass  # beyond its limit it answers and hangs up
            said = b""
            while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER and (more := line.recv(1024)):
                said += more
    except OSError as error:
        raise ScannerAway(f"{settings.CLAMD}: {error}") from error
    answer = said.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
    if answer == "OK":
        return Word.CLEAN, ""
    if answer.endswith(" FOUND"):
        return Word.FOUND, answer.removesuffix(" FOUND")
    if "size limit exceeded" in answer:
        return Word.UNSCANNED, "too-large"
    raise ScannerAway(f"{settings.CLAMD} answered {answer[:100]!r}")


def _connected() -> socket.socket:
    where = settings.CLAMD
    if where.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        line.connect(where.removeprefix("unix:"))
        return line
    host, _, port = where.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS)
