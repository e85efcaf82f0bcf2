"""`manage.py keepers`: how the configured keepers answer; `--update` takes the keys that they have rotated to.

The clock does the same every hour.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bidding.sealing.objects import Keeper
from bidding.services import keeperwatch
from core import clock
from tendering.services.policy import configured_keepers


class Command(BaseCommand):
    help = "Show each keeper's key, the next one that it announces, and its weekly proof; exit code 1 when one is not well."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--update",
            action="store_true",
            help="let the next tenders name the keys that keepers have rotated to",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if options["update"]:
            states = keeperwatch.look_after(now)
        else:
            states = [keeperwatch.state_of(Keeper.from_json(row), now) for row in configured_keepers()]
        for state in states:
            card = state.configured
            version = f"key {state.now.key_version}" if state.now else "does not answer"
            following = ""
            if state.announced:
                following = f", key {state.announced[0].key_version} from {state.announced[1].isoformat()}"
            newer = " (newer than configured: --update)" if state.rotated else ""
            self.stdout.write(f"{card.id} {card.url}: {version}{newer}{following}; canary {state.canary}")
            for problem in state.red:
                self.stdout.write(f"  {card.id} says: {problem}")
            if options["update"] and state.rotated and state.now:
                self.stdout.write(f"{card.id}: the next tenders name key {state.now.key_version}")
        if not options["update"] and any(not state.well for state in states):
            raise CommandError("not every keeper is well")
