"""Values that a regulator has enacted over the packs: a later one replaces, case by case, what it speaks about.

Pure. An enacted rule takes its days, levels, categories and methods out of every earlier rule of its name and
jurisdiction; what is left of those goes on as before, also after the enacted rule ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from core.law.book import LawBook, scopes
from core.law.rule import Rule

_SCOPES = ("level", "category", "method")


def amended(book: LawBook, enacted: Iterable[Rule]) -> LawBook:
    """Give the book with enacted rules over it, in the order in which they were published.

    Raises BadPack like `LawBook.of`.
    """
    rules = list(book.rules)
    for new in enacted:
        rules = [
            left
            for old in rules
            for left in (without(old, new) if _same(old, new) and old.overlaps(new) else (old,))
        ]
        rules.append(new)
    return LawBook.of(rules, sandbox=book.sandbox)


def _same(old: Rule, new: Rule) -> bool:
    return (old.id, old.jurisdiction) == (new.id, new.jurisdiction)


def without(old: Rule, new: Rule) -> Iterator[Rule]:
    """Give what is left of `old` where `new` does not hold: before it, after it, and cases it leaves alone."""
    if old.since < new.since:
        yield replace(old, effective_to=new.since)
        old = replace(old, since=new.since)
    if new.effective_to is not None and (old.effective_to is None or new.effective_to < old.effective_to):
        yield replace(old, since=new.effective_to)
        old = replace(old, effective_to=new.effective_to)
    for scope in _SCOPES:
        mine = getattr(old, scope) or frozenset(scopes()[scope])
        theirs = getattr(new, scope)
        if theirs and mine - theirs:
            yield replace(old, **{scope: mine - theirs})
        if theirs:
            old = replace(old, **{scope: mine & theirs})
