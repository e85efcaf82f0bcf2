"""`manage.py clock`: do what the clock decides, in a process of its own."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from config import clockwork


class Command(BaseCommand):
    help = "Work off the timers until stopped (production: one or more of these beside the web processes)."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        clockwork.run(stop)
