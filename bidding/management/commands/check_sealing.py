"""`manage.py check_sealing`: compare the database with the log and with what bidders, keepers and platform signed."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bidding.integrity import check


class Command(BaseCommand):
    help = "Compare every sealed column with the log and its signatures; name what was edited. Exit code 1 if anything was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tender", type=uuid.UUID, help="only this tender's rows (the log is checked whole)"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = check(options["tender"])
        if options["json"]:
            rows = [asdict(finding) for finding in found]
            self.stdout.write(json.dumps({"ok": not found, "findings": rows}, ensure_ascii=False))
        for finding in found if not options["json"] else ():
            self.stdout.write(str(finding))
        if found:
            raise CommandError(f"{len(found)} values do not agree with what was signed or logged")
        if not options["json"]:
            self.stdout.write("every sealed column agrees with the log and its signatures")
