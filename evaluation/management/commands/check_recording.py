"""`manage.py check_recording`: look whether every recording of a room is there as it was made."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation import recordings
from evaluation.models import Panel


class Command(BaseCommand):
    help = "Check every piece of a room's recordings against their chains and the audit trail; exit code 1 names what is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("room", type=uuid.UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        panel = Panel.objects.filter(pk=options["room"]).first()
        if panel is None:
            raise CommandError("there is no such room")
        broken = 0
        for one in recordings.check(panel):
            broken += bool(one.fault)
            said = one.fault or f"{one.pieces} pieces, whole"
            self.stdout.write(": ".join(part for part in (one.sitting, one.whose, said) if part))
        if broken:
            raise CommandError(f"{broken} recordings are not as they were made")
