"""`manage.py walkthrough --base URL [--json]`: the main job on a running demonstration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.walkthrough.run import walk_through


class Command(BaseCommand):
    help = "Plan, notice, sealed bids, opening, evaluation, award, contract, order, record: through HTTP and WebSocket."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base", default=f"http://localhost:{settings.PORT}")
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("--accounts", type=Path, default=settings.VAR / "demo-accounts.json")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["accounts"].exists():
            raise CommandError(f"{options['accounts']} is not there: start `make demo` first")
        result = walk_through(
            options["base"].rstrip("/"), options["accounts"], lambda text: self.stderr.write(text)
        )
        if options["as_json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            for step in result["steps"]:
                self.stdout.write(f"{step['seconds']:7.2f} s  {step['name']:<14} {step['url']}")
        if not result["ok"]:
            raise CommandError(result["error"])
