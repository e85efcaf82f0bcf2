"""The access matrix: who may reach which address.

Each package keeps its rows in `tests/access/rows_<package>.py` as `ROWS`; objects that addresses need are made by functions
of the cast in its `OBJECTS`: `{"notice": lambda cast: {"notice_id": …}}`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

ROLES = (
    "public",
    "purchaser",
    "agency",
    "supplier",
    "expert",
    "supervisor",
    "outsider_supplier",
    "outsider_supervisor",
    "operator",
)
EVERYONE = frozenset(ROLES)
SIGNED_IN = EVERYONE - {"public"}
NOBODY: frozenset[str] = frozenset()

Made = Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Row:
    """One address and who may reach it.

    `name` is the URL's name with its namespace; `"admin:*"` stands for all names of a namespace, whose first address
    (`path`) is tried. `kwargs` is a mapping, a function of the cast, or the name of an entry of `OBJECTS`; so is
    `data`, which is posted (`json=True`: as JSON). Allowed means: the answer is below 400 and no way to sign-in, or it
    is one of `accepts` (a form that is incomplete answers 422, a state that does not fit 409: the door was open).
    Refused means: 404 for people who are signed in, 401 or the way to sign-in for the public, or one of `refused`.
    """

    name: str
    kwargs: Made | str = field(default_factory=dict)
    allowed: Collection[str] = EVERYONE
    method: str = "get"
    data: Made | str = field(default_factory=dict)
    json: bool = False
    accepts: Collection[int] = ()
    refused: Collection[int] = ()
    path: str = ""

    def __post_init__(self) -> None:
        unknown = set(self.allowed) - EVERYONE
        if unknown:
            raise ValueError(f"{self.name}: unknown roles {sorted(unknown)}")

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.name}"


def _modules() -> list[Any]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("rows_*.py"))
    return [import_module(f"tests.access.{name}") for name in names]


def rows() -> list[Row]:
    """Give the rows of all packages."""
    return [row for module in _modules() for row in module.ROWS]


def objects() -> dict[str, Callable[[Any], Mapping[str, Any]]]:
    """Give the makers of objects of all packages; a name that two packages use is an error."""
    found: dict[str, Callable[[Any], Mapping[str, Any]]] = {}
    for module in _modules():
        for name, make in getattr(module, "OBJECTS", {}).items():
            if name in found:
                raise ValueError(f"two packages make an object called {name!r}")
            found[name] = make
    return found


def made(what: Made | str, cast: Any) -> dict[str, Any]:
    """Give the keyword arguments or the data that a row asks for."""
    if isinstance(what, str):
        what = objects()[what]
    return dict(what(cast) if callable(what) else what)
