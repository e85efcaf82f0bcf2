"""What the platform asks its keepers beside their work: which key is in force, and whether they still hold it (R9)."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from bidding import keepers
from bidding.keeper.client import KeeperAway, KeeperRefused
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Keeper
from core.audit.services import record as record_act
from tendering.services.policy import configured_keepers

logger = logging.getLogger(__name__)
OK, NONE_YET, OVERDUE, WRONG, AWAY = "ok", "none yet", "overdue", "wrong", "away"


@dataclass(frozen=True)
class State:
    """A configured keeper as it answers now: `now` is its key in force, `announced` the next one and from when.

    `red` is what it says of itself, unsigned.
    """

    configured: Keeper
    canary: str
    now: Keeper | None = None
    announced: tuple[Keeper, datetime] | None = None
    red: tuple[str, ...] = ()

    @property
    def rotated(self) -> bool:
        """Whether its key in force is newer than the one that policies would name."""
        return self.now is not None and self.now.key_version > self.configured.key_version

    @property
    def well(self) -> bool:
        """Whether it holds the key that policies name, and nothing is red."""
        return self.canary == OK and not self.red and not self.rotated


def canary_of(keeper: Keeper, at: datetime) -> str:
    """Say whether the keeper has proved within the week that it holds the key that policies name."""
    try:
        said = keepers.client(keeper.url, keeper.vkey).weekly_canary()
    except KeeperRefused as error:
        return NONE_YET if error.code == "not-yet" else AWAY
    except KeeperAway:
        return AWAY
    except SealingError:
        return WRONG
    if not said.proves(keeper.key_version, keeper.recipient):
        return WRONG
    return OVERDUE if said.overdue(at) else OK


def state_of(keeper: Keeper, at: datetime) -> State:
    """Ask one keeper for everything. What it says is believed under the signing key that was configured."""
    canary = canary_of(keeper, at)
    try:
        client = keepers.client(keeper.url, keeper.vkey)
        now, announced = client.identities()
        red = client.health().get("red")
    except (KeeperAway, KeeperRefused, SealingError):
        return State(keeper, canary)
    said = tuple(str(line)[:300] for line in red) if isinstance(red, list) else ()
    return State(keeper, canary, now, announced, said)


def look_after(at: datetime) -> list[State]:
    """Ask all configured keepers, let the next tenders name the keys in force, and say in the log who is not well."""
    states = [state_of(Keeper.from_json(row), at) for row in configured_keepers()]
    for keeper in take_newer_keys(settings.KEEPERS_FILE, states):
        with transaction.atomic():
            record_act(
                actor="clock",
                verb="rotate",
                subject=f"keeper.{keeper.id}",
                rule="sealing.R9",
                key_version=keeper.key_version,
                recipient=keeper.recipient,
            )
    for state in states:
        if state.canary != OK or state.red:
            logger.warning(
                "keeper %s: canary %s; %s", state.configured.id, state.canary, "; ".join(state.red)
            )
    return states


def take_newer_keys(file: Path, states: list[State]) -> list[Keeper]:
    """Write the keys in force into the keepers' file, so that the next tenders name them; gives those that changed.

    Id, signing key, address and name stay as an officer configured them; a key never goes back to an older version.
    """
    changed = {
        state.configured.id: replace(
            state.configured, recipient=state.now.recipient, key_version=state.now.key_version
        )
        for state in states
        if state.rotated and state.now is not None
    }
    if not changed:
        return []
    read: Any = json.loads(file.read_text(encoding="utf-8"))
    for row in read["keepers"] if isinstance(read, dict) else read:
        if row["id"] in changed:
            newer = changed[row["id"]]
            row["recipient"], row["key_version"] = newer.recipient, newer.key_version
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(read, indent=1, ensure_ascii=False), encoding="utf-8")
    draft.replace(file)
    return list(changed.values())
