"""Look for text wherever a server could hold it: every file below its folder, and the memory of its processes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

BLOCK = 16 * 1024 * 1024
#: Mappings of devices and of the kernel hold nothing of the program and may refuse to be read.
UNREADABLE = re.compile(r"\[v(?:var|syscall|dso)|/dev/")


def spellings(text: str) -> list[bytes]:
    """Give the byte strings under which a text can lie about: as UTF-8, and as strings of two and four bytes a sign."""
    return [text.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")]


def in_files(folders: Iterable[Path], text: str) -> list[str]:
    """Name the files below the folders that hold the text, plainly or within zlib or gzip streams from their start."""
    found = []
    for folder in folders:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # a temporary file that has gone meanwhile
                continue
            if any(
                spelling in whole for whole in (content, unpacked(content)) for spelling in spellings(text)
            ):
                found.append(str(path))
    return found


def unpacked(content: bytes) -> bytes:
    """Give what a zlib or gzip file holds; nothing for any other file."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content)
    except zlib.error:
        return b""


def blocks(pid: int) -> Iterator[bytes]:
    """Give all memory of a process that can be read, in blocks that overlap by a little. Needs to be root."""
    overlap = 4096
    with (Path("/proc") / str(pid) / "mem").open("rb", buffering=0) as memory:
        for line in (Path("/proc") / str(pid) / "maps").read_text().splitlines():
            place, rights = line.split()[:2]
            if not rights.startswith("r") or UNREADABLE.search(line):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            for at in range(start, end, BLOCK):
                try:
                    memory.seek(at)
                    yield memory.read(min(BLOCK + overlap, end - at))
                except OSError:  # unmapped since the list was read
                    continue


def in_memory(pid: int, texts: Iterable[str]) -> set[str]:
    """Say which of the texts are in the memory of a process."""
    wanted = {text: spellings(text) for text in texts}
    found: set[str] = set()
    for block in blocks(pid):
        found |= {text for text, written in wanted.items() if any(one in block for one in written)}
    return found
