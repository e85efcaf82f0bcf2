"""`manage.py clock`: do what the clock decides, in a process of its own."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import clockwork, heart


class Command(BaseCommand):
    help = "Work off the timers until stopped (production: one or more of these beside the web processes)."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        beating = threading.Thread(
            target=heart.run, args=(stop, settings.UPTIME_SITE_URL), name="heart", daemon=True
        )
        beating.start()
        clockwork.run(stop)
