"""Rules of sealed bids. Pure; no statutory number: what the protocol fixes stands in sealing/FORMAT.md."""

from __future__ import annotations

from datetime import datetime


def acks_needed(k: int, n: int) -> int:
    """Give how many keepers must confirm a bid at submission: 2 of 3, 4 of 5, 7 of 9. Source: R2."""
    return n - max(1, (n - k) // 2)


def decision(*, arrival: datetime, deadline: datetime, acks_in_time: bool, policy_is_newest: bool) -> str:
    """Give the code by which a ticket is refused, or "" if it is accepted. Periods are half-open: equal is late.

    Source: R1; 财政部令第87号第三十三条; 电子招标投标办法第二十七条.
    """
    if arrival >= deadline:
        return "late"
    if not acks_in_time:
        return "keepers-late"
    if not policy_is_newest:
        return "amended"
    return ""


def starred(text: str) -> list[str]:
    """Give the lines that a document marks as substantive by a star (★) at their beginning, without it.

    Practice of procurement documents; that substantive terms are to be marked: 财政部令第87号第二十条.
    """
    lines = (line.strip() for line in text.splitlines())
    return [line.lstrip("★").strip() for line in lines if line.startswith("★") and line.strip("★ \t")]
