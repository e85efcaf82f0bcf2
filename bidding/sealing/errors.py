"""Refusals of the sealing package.  Each carries a stable code that FORMAT.md lists."""

from __future__ import annotations


class SealingError(Exception):
    """Something sealed is refused; `code` is stable, the text is for people."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Malformed(SealingError):
    """An object breaks its shape: a member is missing, unknown, of another type or out of bounds."""

    def __init__(self, detail: str) -> None:
        super().__init__("malformed", detail)


class BadShares(SealingError):
    """A secret cannot be split or combined so."""

    def __init__(self, detail: str) -> None:
        super().__init__("bad-shares", detail)


class BadSignature(SealingError):
    """A signature does not verify, is of an unknown scheme or by another key."""

    def __init__(self, detail: str) -> None:
        super().__init__("bad-signature", detail)
