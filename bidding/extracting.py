"""The text of an opened file, taken out in a process of its own, with limits that the kernel enforces.

A bidder's PDF is as hostile as a bidder's container (`bidding.sealing.confined`): it is parsed by code that has no database,
no secret and no other file, in plain Python, and what comes back is words, read as a stranger's. `python -m bidding.extracting`
is the other side: a PDF on stdin, one line of JSON for each page on stdout.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 200 << 20
MOST_PAGES = 2000
MOST_TEXT = 16 << 20
"""Bytes of text of one file."""
LONGEST_PAGE = 20_000
SECONDS = 40
_BETWEEN_HAN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")


class TextState(StrEnum):
    """What became of a file: its words are kept, it has none (a scanned picture), or it could not be read."""

    READ = "read"
    NO_TEXT = "no_text"
    UNREADABLE = "unreadable"
    NOT_PDF = "not_pdf"


@dataclass(frozen=True, slots=True)
class Extracted:
    """The pages of a file, in order, each as searched."""

    state: TextState
    pages: tuple[str, ...] = ()


def searchable(text: str) -> str:
    """Give a text as it is searched: compatibility forms united, one space for any, none between Chinese characters."""
    united = " ".join(unicodedata.normalize("NFKC", text).split())
    return _BETWEEN_HAN.sub("", "".join(char for char in united if char.isprintable()))


def extract(file: Any, name: str) -> Extracted:
    """Give the words of a stored file, open for reading; only PDF files have words here."""
    if not name.lower().endswith(".pdf"):
        return Extracted(TextState.NOT_PDF)
    if file.size > MOST_BYTES:
        return Extracted(TextState.UNREADABLE)
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        shutil.copyfileobj(file, given)
        given.seek(0)
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "bidding.extracting"],
                cwd=ROOT,
                env={key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ},
                stdin=given,
                stdout=said,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            ended = -1
        said.seek(0)
        pages = tuple(_read(said)) if ended == 0 else ()
    if not pages:
        return Extracted(TextState.UNREADABLE)
    return Extracted(TextState.READ if any(pages) else TextState.NO_TEXT, pages)


def _read(said: Any) -> Iterator[str]:
    for line in said.read(MOST_TEXT).splitlines()[:MOST_PAGES]:
        try:
            page = json.loads(line)
        except ValueError:
            return
        yield searchable(page)[:LONGEST_PAGE] if isinstance(page, str) else ""


# --- the other side ---


def serve(given: BinaryIO, said: BinaryIO) -> None:
    """Write the text of every page of the PDF, as far as time and limits allow."""
    from pypdf import PdfReader

    from bidding.sealing.confined import confine

    logging.disable(logging.CRITICAL)
    confine(MOST_TEXT)
    for page in PdfReader(given).pages[:MOST_PAGES]:
        try:
            text = page.extract_text()[:LONGEST_PAGE]
        except Exception:  # noqa: BLE001 - one page that cannot be read does not take the others' words away
            text = ""
        said.write(json.dumps(text).encode() + b"\n")


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
