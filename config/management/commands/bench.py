"""`manage.py bench NAME|all`: measure, beside servers of its own, and say or write what came out."""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.bench import launch, report
from config.bench.catalogue import ABSENT, BENCHMARKS, PAIRS
from config.bench.measure import Broken

NOT_AVAILABLE = 2


def _stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


class Command(BaseCommand):
    help = "Measure one benchmark or all of them; never touches the data of this site."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help=f"all, {', '.join(sorted(BENCHMARKS))}")
        parser.add_argument("--size", choices=sorted(PAIRS), default="full")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout; writes no file")
        parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md at size small too")

    def handle(self, *args: Any, **options: Any) -> None:
        name, size = options["name"], options["size"]
        if name in ABSENT:
            raise CommandError(f"bench {name} is not available: {ABSENT[name]}", returncode=NOT_AVAILABLE)
        if name != "all" and name not in BENCHMARKS:
            known = ", ".join(sorted(BENCHMARKS))
            raise CommandError(f"bench {name} is not available; there are {known}", returncode=NOT_AVAILABLE)
        signal.signal(signal.SIGTERM, _stop)
        results, failed = [], []
        for result in launch.measure([*BENCHMARKS] if name == "all" else [name], size):
            if isinstance(result, Broken):
                failed.append(f"bench {result}")
                self._warn(failed[-1])
                continue
            results.append(result)
            if not options["json"]:
                self.stdout.write(report.line(result))
                if size == "full" or options["write"]:
                    report.write(result)
        if options["json"]:
            said = {"benchmarks": results, "failed": failed} if name == "all" else next(iter(results), None)
            if said is not None:
                self.stdout.write(json.dumps(said, ensure_ascii=False))
        if failed:
            sys.exit(1)

    def _warn(self, line: str) -> None:
        self.stderr.write(" ".join(line.split()))
