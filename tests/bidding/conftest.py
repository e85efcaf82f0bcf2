"""A published tender, three real keepers that read this server's log, and suppliers with passkeys."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.keeperhouse import KeeperHouse
from tests.factories import tendering as make
from tests.forked import copies_of_keepers

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def free_ports(count: int) -> int:
    """Give a port after which `count` are free."""
    for _ in range(1000):
        # At random: tests that run side by side must not look at the same ports.
        # Below those that the kernel gives to connections.
        base = random.randrange(21000, 32000)
        sockets = []
        try:
            for port in range(base, base + count + 1):
                one = socket.socket()
                sockets.append(one)
                one.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
        return base
    raise RuntimeError("no free ports")


@pytest.fixture
def keepers(
    live_server: Any,
    settings: Any,
    at: Callable[[datetime], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[KeeperHouse]:
    """Three keeper processes on the test's clock, reading the log from this server."""
    copies_of_keepers(monkeypatch)
    settings.DEMONSTRATION = True
    settings.PUBLIC_URL = "http://localhost:8000"
    at(START)
    house = KeeperHouse(
        free_ports(3), clock_offset_file=tmp_path / "clock-offset", log_url=f"{live_server.url}/log"
    )
    house.start()
    yield house
    house.stop()


@dataclass
class Sealing:
    """One supplier's way through a bid, by the same HTTP addresses as the browser's."""

    client: Any
    actor: Any
    key: Any
    tender: Any


@pytest.fixture
def tender(keepers: KeeperHouse, cast: Any, transactional_db: None) -> Any:
    """An open tender with one lot, accepting bids since two days after START."""
    return make.published(cast.purchaser)


@pytest.fixture
def to_deadline(at: Callable[[datetime], None]) -> Callable[..., None]:
    """Move the clock to a tender's deadline plus `late`."""

    def move(tender: Any, late: timedelta = timedelta(0)) -> None:
        at(tender.bids_due_at + late)

    return move
