"""`manage.py serve`: the whole marketplace in one command, on the embedded default."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config.server import serve


class Command(BaseCommand):
    help = "Serve HTTP and WebSocket, run the clock and the task worker, and start the keepers as child processes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-keepers", action="store_true")
        parser.add_argument("--no-clock", action="store_true")
        parser.add_argument("--no-worker", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        offset = os.environ.get("CLOCK_OFFSET_FILE")
        port = options["port"]
        serve(
            host=options["host"],
            port=port,
            keepers=not options["no_keepers"],
            clock=not options["no_clock"],
            worker=not options["no_worker"],
            clock_offset_file=Path(offset) if offset else None,
            on_ready=lambda: self.stderr.write(f"listening on http://localhost:{port}"),
        )
