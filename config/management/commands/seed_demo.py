"""`manage.py seed_demo`: live through the demonstration's past year, with real services, keepers and signatures."""

from __future__ import annotations

import random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo import people

SEED = 20260101


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration province (called by `demo`)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("DEMONSTRATION=1 is not set: invented data belongs into a demonstration")
        rng = random.Random(SEED)  # noqa: S311 - the same province every time
        accounts, actors = people.seat_all(rng)
        people.write(accounts, settings.VAR / "demo-accounts.json")
        self.stderr.write(f"{len(accounts)} people")
