"""One keeper's host clock goes wrong under its process (libfaketime): it gives nothing early, and stops nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bidding.keeper.client import KeeperRefused
from core import clock
from tests.keeper.conftest import LocalKeeper, PlatformLog, RunningKeeper, Town, run, settled

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]
HOUR = timedelta(hours=1)
LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


class HostClock:
    """The clock of K1's host: `offset` seconds beside the truth, or standing still at an instant."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ahead(timedelta(0))

    def ahead(self, by: timedelta) -> None:
        self._write(f"{by.total_seconds():+.6f}")

    def stands_at(self, instant: datetime) -> None:
        self._write(instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))

    def _write(self, text: str) -> None:
        draft = self.file.with_suffix(".new")
        draft.write_text(text + "\n")
        draft.rename(self.file)


@contextmanager
def hosted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Town, HostClock]]:
    """K1 is a process on a host whose clock lies; K2 and K3 tell the truth."""
    if LIBRARY is None:
        pytest.fail("libfaketime is missing; tools/setup test installs it")
    monkeypatch.setenv("TEST_CLOCK", "1")
    log, host = PlatformLog(), HostClock(folder / "faketime")
    told = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(host.file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "TZ": "UTC",
    }
    arguments = ["--peers", str(folder / "trust.json"), "--log-url", log.url("K1"), "--watch-seconds", "3600"]
    first = RunningKeeper("K1", folder / "K1", arguments, folder / "clock-1", told)
    others = [
        LocalKeeper(
            name,
            run.Settings(
                folder / name,
                name,
                folder / "trust.json",
                log.url(name),
                folder / f"clock-{name}",
                may_create=True,
            ),
        )
        for name in ("K2", "K3")
    ]
    with settled(folder, log, [first, *others]) as town:
        yield town, host


def closed_bid(town: Town):
    town.publish()
    bid = town.seal()
    for number in (1, 2, 3):
        town.ack(bid, number)
    town.close(bid)
    return bid


def others_pass_opening(town: Town) -> timedelta:
    ahead = town.open_at - clock.now() + timedelta(seconds=5)
    for keeper in town.keepers[1:]:
        keeper.set_clock(ahead)
    return ahead


def test_a_host_clock_that_is_slow_frozen_or_turned_back_releases_nothing(quick_path, monkeypatch):
    with hosted(quick_path, monkeypatch) as (town, host):
        bid = closed_bid(town)
        started = clock.now()
        slow = (
            lambda: host.ahead(-HOUR),
            lambda: host.ahead(-24 * HOUR),
            lambda: host.stands_at(started - timedelta(minutes=5)),
        )
        for lie in slow:
            lie()
            assert town.refused(bid, 1, checkpoint=town.cosign(2, 3))[0] == "denied"
        ahead = others_pass_opening(town)
        fresh = town.cosign(2, 3)
        for lie in slow:
            lie()
            assert town.refused(bid, 1, checkpoint=fresh) == (
                "denied",
                "the keeper's clock is behind its watermark",
            )
        assert town.release(bid, 3, checkpoint=town.cosign(2))
        host.ahead(ahead)
        fresh = town.cosign(2, 3)
        assert town.release(bid, 1, checkpoint=fresh), "with the right time it does its work"
        host.stands_at(clock.now() + ahead - timedelta(minutes=2))
        assert town.refused(bid, 1, checkpoint=fresh)[1] == "the keeper's clock is behind its watermark"


def test_a_host_clock_that_is_fast_releases_nothing_early(quick_path, monkeypatch):
    with hosted(quick_path, monkeypatch) as (town, host):
        bid = closed_bid(town)
        fresh = town.cosign(2, 3)
        for by in (HOUR, 24 * HOUR):
            host.ahead(by + timedelta(seconds=10))
            assert town.refused(bid, 1, checkpoint=fresh) == (
                "denied",
                "the keeper's clock differs from its peers by more than 60 s",
            )
            with pytest.raises(KeeperRefused):
                town.release(bid, 1, checkpoint=town.log.note())
        # Its fast cosignature does not carry the others over the opening either.
        fast = town.cosign(1)
        for number in (2, 3):
            assert town.refused(bid, number, checkpoint=fast)[0] == "denied"
        others_pass_opening(town)
        assert town.release(bid, 2, checkpoint=town.cosign(3))
        assert town.release(bid, 3, checkpoint=town.cosign(2))
