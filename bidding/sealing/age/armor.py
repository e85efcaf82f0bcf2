"""ASCII armor: strict PEM with the label AGE ENCRYPTED FILE, streamed in both directions."""

from __future__ import annotations

import binascii
import io
from typing import BinaryIO

from bidding.sealing.age.errors import ArmorFailure
from bidding.sealing.age.stream import Writable, drain

_BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
_END = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS = 64
_LINE_BYTES = 48
_BLOCK = 1 << 16
_MAX_WHITESPACE = 1024
_WHITESPACE = b" \t\r\n\v\f"
_LONGEST_LINE = _COLUMNS + 2


def looks_armored(start: bytes) -> bool:
    """Whether a file that starts so was meant to be armored (so that its faults are faults of the armor)."""
    if start.startswith(b"age-encryption.org/"):
        return False
    return start.lstrip(_WHITESPACE).startswith(b"-----") or b"-----BEGIN" in start


class ArmorReader(io.RawIOBase):
    """The binary file inside an armored one.  Reading raises ArmorFailure at the first fault of the armor.

    Whitespace (up to 1024 bytes) is allowed before and after; line ends are LF or CRLF.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._text = b""
        self._plain = memoryview(b"")
        self._started = self._short = self._ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill `buffer`; 0 only after the end line and what follows it were seen.  Raises ArmorFailure."""
        while not self._plain and not self._ended:
            self._plain = memoryview(self._decode())
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _decode(self) -> bytes:
        if not self._started:
            self._start()
        block = self._source.read(_BLOCK)
        self._text += block
        decoded = self._whole_lines()
        while len(self._text) > _LONGEST_LINE or (not block and not self._ended):
            decoded += self._line()
        return decoded

    def _start(self) -> None:
        text = self._source.read(_MAX_WHITESPACE + len(_BEGIN) + 2).lstrip(_WHITESPACE)
        line, newline, self._text = text.partition(b"\n")
        if line.removesuffix(b"\r") != _BEGIN or not newline:
            raise ArmorFailure("the armor's first line is missing")
        self._started = True

    def _whole_lines(self) -> bytes:
        """Decode as many full lines at once as stand in the text, if they have one kind of line end."""
        newline = b"\r\n" if self._text[_COLUMNS : _COLUMNS + 1] == b"\r" else b"\n"
        step = _COLUMNS + len(newline)
        lines = (len(self._text) - _LONGEST_LINE) // step
        if lines < 2 or self._short:
            return b""
        part = self._text[: lines * step]
        encoded = part.translate(None, newline)
        if len(encoded) != lines * _COLUMNS or any(
            part[_COLUMNS + place :: step] != newline[place : place + 1] * lines
            for place in range(len(newline))
        ):
            return b""
        try:
            decoded = binascii.a2b_base64(encoded, strict_mode=True)
        except binascii.Error:
            return b""
        if len(decoded) != lines * _LINE_BYTES:
            return b""
        self._text = self._text[lines * step :]
        return decoded

    def _line(self) -> bytes:
        line, newline, rest = self._text.partition(b"\n")
        line = line.removesuffix(b"\r") if newline else line
        if line == _END:
            self._finish(rest)
            return b""
        if not newline or self._short or not 0 < len(line) <= _COLUMNS:
            raise ArmorFailure("a line of the armor is empty, too long, after the last or cut")
        try:
            decoded = binascii.a2b_base64(line, strict_mode=True)
        except binascii.Error as error:
            raise ArmorFailure("a line of the armor is not base64") from error
        if binascii.b2a_base64(decoded, newline=False) != line:
            raise ArmorFailure("a line of the armor is not canonical base64")
        self._short = len(decoded) < _LINE_BYTES
        self._text = rest
        return decoded

    def _finish(self, rest: bytes) -> None:
        rest += self._source.read(_MAX_WHITESPACE + 1 - len(rest)) if len(rest) <= _MAX_WHITESPACE else b""
        if len(rest) > _MAX_WHITESPACE or rest.strip(_WHITESPACE):
            raise ArmorFailure("something follows the armor")
        self._text, self._ended = b"", True


class ArmorWriter:
    """Armors what is written to it; `close` writes the last line and the end, and leaves the target open."""

    def __init__(self, target: Writable) -> None:
        self._target = target
        self._rest = b""
        drain(target, memoryview(_BEGIN + b"\n"))

    def write(self, data: memoryview | bytes) -> int:
        """Take all of `data`."""
        text = self._rest + bytes(data)
        whole = len(text) - len(text) % _LINE_BYTES
        self._rest = text[whole:]
        self._encode(text[:whole])
        return len(data)

    def close(self) -> None:
        """Write the last line and the end line."""
        self._encode(self._rest)
        drain(self._target, memoryview(_END + b"\n"))

    def _encode(self, data: bytes) -> None:
        lines = [
            binascii.b2a_base64(data[start : start + _LINE_BYTES])
            for start in range(0, len(data), _LINE_BYTES)
        ]
        drain(self._target, memoryview(b"".join(lines)))
