"""`manage.py check_draw`: repeat the draws of a tender's experts from a copy of the public log alone."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.ledger import note, whole
from evaluation import draws


class Command(BaseCommand):
    help = "Repeat every draw of a tender's experts from the public log; exit code 1 if one does not follow from its seed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", help="the log's address (https://…/log) or a folder with checkpoint and tile/"
        )
        parser.add_argument("tender", type=uuid.UUID)
        parser.add_argument(
            "--key", required=True, metavar="VKEY", help="the log's key, from a source you trust"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tender = str(options["tender"])
        try:
            entries = whole.entries_of(whole.reader(options["source"]), note.Verifier.parse(options["key"]))
        except (note.MalformedNote, OSError, ValueError) as error:
            raise CommandError(f"the log cannot be read: {error}") from error
        if not any(tender.encode() in entry and draws.DRAWN.encode() in entry for entry in entries):
            raise CommandError("the log holds no draw for this tender")
        found = draws.problems(entries, tender)
        for problem in found:
            self.stdout.write(problem)
        if found:
            raise CommandError(f"{len(found)} things do not fit")
        self.stdout.write("every draw follows from its seed, its pool and the log")
