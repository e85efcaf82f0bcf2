"""`manage.py seed_demo`: live through the demonstration's past year, with real services, keepers and signatures."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.test.utils import override_settings

from config.demo import bids, desks, loghost, market, people, scripts, tenders
from config.demo.province import Province
from config.demo.timeline import YEAR, Story, Timeline, end_of_tale
from config.keeperhouse import KeeperHouse
from config.timers import handlers
from core import clock
from disclosure import real_notices
from disclosure.services import import_external
from parties.services import inbox

SEED = 20260101
WORKERS = 2
ORDERS, FEW_ORDERS = 240, 10
FEW_BRANDS = 1
SILENT = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
"""Messages are in everybody's inbox; as e-mail go only those of the last days."""
RECENT_MAIL = 3
BY_HAND = frozenset({"bidding.batch", "ledger.checkpoint", "disclosure.bulk", "mall.lapse", "parties.inbox"})
"""Regular acts of the clock that would be repeated without end; the stories do them where they matter."""


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration province (called by `demo`)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--small",
            action="store_true",
            help="two tenders, ten orders and a brand of each product, for a test",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        clock_file = os.environ.get("CLOCK_OFFSET_FILE", "")
        if not settings.DEMONSTRATION:
            raise CommandError("DEMONSTRATION=1 is not set: invented data belongs into a demonstration")
        if os.environ.get("TEST_CLOCK") != "1" or not clock_file:
            raise CommandError(
                "TEST_CLOCK=1 and CLOCK_OFFSET_FILE are not set: the past year needs a clock of its own"
            )
        self.began = time.monotonic()
        hurry_database()
        workers = ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn"))
        with ExitStack() as silence, workers, loghost.serving(settings.PORT) as address:
            ends_at = end_of_tale(clock.now())
            table = {verb: (settled if verb in BY_HAND else act) for verb, act in handlers().items()}
            timeline = Timeline(Path(clock_file), ends_at, table)
            timeline.begin(ends_at - YEAR)
            house = KeeperHouse(
                settings.PORT,
                clock_offset_file=Path(clock_file),
                log_url=f"{address}/log",
                watch_seconds=YEAR.total_seconds(),
                said_to=settings.VAR / "seed-keepers.log",
            )
            try:
                silence.enter_context(override_settings(TASKS=SILENT))
                silence.callback(inbox.leave_unmailed)
                timeline.add(until(timeline.day(RECENT_MAIL), silence.close))
                house.start()
                self._tell(timeline, workers, small=options["small"])
            finally:
                house.stop()

    def _tell(self, timeline: Timeline, workers: Any, *, small: bool) -> None:
        rng = random.Random(SEED)  # noqa: S311 - the same province every time
        accounts, actors = people.seat_all(rng)
        people.write(accounts, settings.VAR / "demo-accounts.json")
        province = Province(actors, accounts, timeline, rng, workers)
        brands = FEW_BRANDS if small else None
        market.sketch(province, brands)
        self._say(f"{len(accounts)} people")
        for row in real_notices.rows():
            import_external(actor=actors["supervisor"], **row)
        told = scripts.SMALL if small else scripts.SCRIPTS
        for role in {offer.role for script in told for offer in script.offers}:
            bids.papers_of(province, actors[role])
        for script in told:
            timeline.add(tenders.procure(province, script))
        timeline.add(desks.tidy(province))
        self._say(f"{market.stock(province, brands)} products in the mall")
        timeline.add(market.last_hour(province))
        tally = market.trade(province, FEW_ORDERS if small else ORDERS)
        timeline.tell_until(timeline.ends_at)
        self._say(f"{len(told)} tenders and {tally.placed} orders")
        province.witness()
        people.write(province.accounts_now(), settings.VAR / "demo-accounts.json")

    def _say(self, what: str) -> None:
        self.stderr.write(f"  {time.monotonic() - self.began:5.1f} s  {what}")


def until(instant: datetime, act: Callable[[], None]) -> Story:
    """Tell of one act at one instant."""
    yield instant
    act()


def settled(subject: str) -> None:
    """Do nothing: a story has done it."""


def hurry_database() -> None:
    """Let SQLite not wait for the disk: if this run is cut off, it is begun anew from nothing."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
