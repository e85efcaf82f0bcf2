"""DER as certificates, time stamps and signatures use it: definite, shortest lengths, small tags; anything else is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

INTEGER, OCTETS, OID, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31


class NotDer(ValueError):
    """The bytes are no DER, or not of the expected shape."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag, its content, and all its bytes."""

    tag: int
    body: bytes
    raw: bytes


def context(number: int) -> int:
    """Give the context tag [number] of a constructed value."""
    return 0xA0 | number


def values(data: bytes) -> list[Value]:
    """Take bytes apart into the values that stand in them one after the other. Raises NotDer."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
            raise NotDer("a tag that is not known here")
        length, head = data[at + 1], 2
        if length >= 0x80:
            more = length & 0x7F
            head += more
            if not 1 <= more <= 4 or at + head > len(data) or data[at + 2] == 0:
                raise NotDer("a length that is not DER")
            length = int.from_bytes(data[at + 2 : at + head], "big")
            if length < 0x80:
                raise NotDer("a length that is not the shortest")
        end = at + head + length
        if end > len(data):
            raise NotDer("a value that is cut off")
        found.append(Value(data[at], data[at + head : end], data[at:end]))
        at = end
    return found


def only(data: bytes, tag: int) -> bytes:
    """Give the content of the one value that the bytes are. Raises NotDer."""
    (one,) = sequence(data, tag)[:1]
    if len(one.raw) != len(data):
        raise NotDer("more than one value")
    return one.body


def sequence(data: bytes, *tags: int) -> list[Value]:
    """Take bytes apart into values of which the first have these tags. Raises NotDer."""
    found = values(data)
    if tuple(one.tag for one in found[: len(tags)]) != tags:
        raise NotDer("another value was expected")
    return found


def write(tag: int, parts: Iterable[bytes]) -> bytes:
    """Put values into one of this tag."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body
