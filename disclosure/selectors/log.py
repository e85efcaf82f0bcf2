"""The transparency log as its page tells it: head, witnesses and how fresh they are, checkpoints, entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext, gettext_noop

from core import clock
from core.canonical import NotJson, NotStrict, read_json
from core.ledger import selectors as ledger
from core.ledger import services, tlog

ENTRIES, CHECKPOINTS = 30, 10
FRESH = timedelta(minutes=10)
PREFIX = "mingcai/v1/"
WORDS = {
    "policy-entry": gettext_noop("sealing policy"),
    "cancel-entry": gettext_noop("cancellation"),
    "hold-entry": gettext_noop("suspension"),
    "close-entry": gettext_noop("close list"),
    "result-entry": gettext_noop("result of a stage"),
    "resolution-entry": gettext_noop("resolution of the supervisor"),
    "transcript-entry": gettext_noop("hash of an opening transcript"),
    "minutes-entry": gettext_noop("hash of the minutes of an opening"),
    "award-entry": gettext_noop("hash of an award"),
    "report-entry": gettext_noop("hash of an evaluation report"),
    "draw-entry": gettext_noop("draw of experts or suppliers"),
    "expert-pool-entry": gettext_noop("pool and hash of the seed, before experts are drawn"),
    "draw-commitment-entry": gettext_noop("hash of the seed, before suppliers are drawn"),
    "heads": gettext_noop("heads of the audit trails"),
    "outage": gettext_noop("outage of the platform"),
    "bid": gettext_noop("sealed bid or dummy (salted)"),
}


@dataclass(frozen=True)
class Witness:
    """One witness and its newest cosignature; `behind` are the entries that the head has beyond it."""

    name: str
    at: datetime
    size: int
    behind: int
    fresh: bool


@dataclass(frozen=True)
class Signed:
    """One checkpoint, who cosigned it and who stamped it."""

    size: int
    root: str
    at: datetime
    witnesses: int
    stamps: list[dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """One entry: what it is in words, of which tender, and the bundle that holds it."""

    index: int
    at: datetime
    word: str
    about: str
    bundle: str


@dataclass(frozen=True)
class Log:
    """The log up to its newest checkpoint."""

    size: int
    root: str
    at: datetime
    note: str
    key: str
    witnesses: list[Witness]
    checkpoints: list[Signed]
    rows: list[Row]
    older: int | None
    newer: int | None
    tiles: list[str]


def log(before: int | None = None) -> Log | None:
    """Give the log's page with the entries before index `before` (the newest by default); None before the first head.

    Only what a checkpoint covers is shown: nothing here tells more than the tiles do.
    """
    head = ledger.newest_checkpoint()
    if head is None:
        return None
    end = head.size if before is None else max(0, min(before, head.size))
    start = max(0, end - ENTRIES)
    return Log(
        size=head.size,
        root=bytes(head.root).hex(),
        at=head.at,
        note=ledger.note_with_cosignatures(head),
        key=services.log_vkey(),
        witnesses=_witnesses(head.size),
        checkpoints=[
            Signed(
                size=row.size,
                root=bytes(row.root).hex(),
                at=row.at,
                witnesses=len(row.cosignatures.all()),
                stamps=[{"tsa": stamp.tsa, "at": stamp.stamped_at} for stamp in row.timestamps.all()],
            )
            for row in ledger.newest_checkpoints(CHECKPOINTS)
        ],
        rows=[_row(index, content, at, head.size) for index, content, at in ledger.entries(start, end)][::-1],
        older=start or None,
        newer=min(end + ENTRIES, head.size) if end < head.size else None,
        tiles=[tile.path for tile in list(tlog.tiles_of(head.size))[-4:]]
        + [_bundle(head.size - 1, head.size)]
        if head.size
        else [],
    )


def _witnesses(size: int) -> list[Witness]:
    now = clock.now()
    found = []
    for name, seen, stamp in ledger.newest_cosignatures():
        at = datetime.fromtimestamp(stamp, UTC)
        found.append(Witness(name, at, seen, size - seen, now - at <= FRESH))
    return found


def _row(index: int, content: bytes, at: datetime, size: int) -> Row:
    try:
        said = read_json(content)
    except (NotJson, NotStrict):
        said = {}
    said = said if isinstance(said, dict) else {}
    kind = str(said.get("type", "")).removeprefix(PREFIX)
    word = gettext(WORDS[kind]) if kind in WORDS else kind or gettext("something else")
    body = said.get("statement", {}).get("body", said) if kind.endswith("-entry") else {}
    about = str(body.get("tender", "")) if isinstance(body, dict) else ""
    return Row(index, at, word, about, _bundle(index, size))


def _bundle(index: int, size: int) -> str:
    first = index // tlog.TILE_WIDTH
    return tlog.Tile(-1, first, min(tlog.TILE_WIDTH, size - first * tlog.TILE_WIDTH)).path
