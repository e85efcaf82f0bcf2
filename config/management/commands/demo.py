"""`manage.py demo`: from nothing to a marketplace with data at http://localhost:PORT, in the foreground."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from config.server import serve


class Command(BaseCommand):
    help = "Set up (once) and serve the demonstration: database, data, accounts, keepers, clock, worker, web."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        if os.environ.get("DEMONSTRATION") != "1" or settings.PORT != port:
            # The settings were read before the port was known: begin again with the demonstration's environment.
            self._again(port)
        ready = settings.VAR / "demo-ready"
        ready.unlink(missing_ok=True)
        started = time.monotonic()
        call_command("migrate", verbosity=0)
        seeded = settings.VAR / "demo-seeded"
        if not seeded.exists():
            self.stderr.write("Building the demonstration province; this takes a minute, once …")
            self._seed(port)
            seeded.write_text("")

        def announce() -> None:
            ready.write_text("")
            self.stderr.write(
                f"\nMingcai 明采 is ready after {time.monotonic() - started:.0f} s:  http://localhost:{port}\n"
                f"Accounts (one per role): {settings.VAR / 'demo-accounts.json'}\n"
                "Ctrl-C stops everything; `make demo-reset` wipes it.\n"
            )

        from disclosure.timers import bulk

        bulk("all")
        serve(host=options["host"], port=port, on_ready=announce)

    def _again(self, port: int) -> None:
        environment = {**os.environ, "DEMONSTRATION": "1", "SANDBOX": "1", "PORT": str(port)}
        os.execve(  # noqa: S606 - the same program with the demonstration's environment
            sys.executable, [sys.executable, *sys.argv], environment
        )

    def _seed(self, port: int) -> None:
        """Live through the demonstration's past year in a process of its own whose clock is moved forward."""
        offset = settings.VAR / "seed-clock-offset"
        environment = {
            **os.environ,
            "DEMONSTRATION": "1",
            "SANDBOX": "0",
            "TEST_CLOCK": "1",
            "CLOCK_OFFSET_FILE": str(offset),
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
        }
        try:
            size = ["--small"] if os.environ.get("DEMO_SIZE") == "small" else []
            subprocess.run(
                [sys.executable, "manage.py", "seed_demo", *size],
                cwd=settings.BASE_DIR,
                env=environment,
                check=True,
            )
        finally:
            offset.unlink(missing_ok=True)
