"""Small changes of JSON: a vector names the object it starts from and what is different in it."""

from __future__ import annotations

import copy
from typing import Any

GONE: dict[str, Any] = {"gone": True}
"""Stands for a member that is left out."""


def difference(old: Any, new: Any, path: tuple[str | int, ...] = ()) -> list[list[Any]]:
    """Give `[path, value]` for every place in which `new` differs; lists of unequal length are replaced whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                found.append([[*path, name], GONE])
            elif name not in old:
                found.append([[*path, name], new[name]])
            else:
                found += difference(old[name], new[name], (*path, name))
        return found
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            row
            for at, (a, b) in enumerate(zip(old, new, strict=True))
            for row in difference(a, b, (*path, at))
        ]
    return [] if type(old) is type(new) and old == new else [[list(path), new]]


def changed(value: Any, changes: list[list[Any]]) -> Any:
    """Give a copy of `value` with the changes made."""
    made = copy.deepcopy(value)
    for path, new in changes:
        if not path:
            made = copy.deepcopy(new)
            continue
        target = made
        for step in path[:-1]:
            target = target[step]
        if new == GONE:
            del target[path[-1]]
        else:
            target[path[-1]] = copy.deepcopy(new)
    return made
