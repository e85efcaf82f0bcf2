"""`manage.py press_key`: answer a recorded call in the expert's place, in a demonstration or a trial."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation import lines
from evaluation.script import KEYS


class Command(BaseCommand):
    help = "Press a key in answer to a call that a recording line keeps; the clock hears it within seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "call", type=uuid.UUID, help="the call's id: the name of its file in CALLS_FOLDER"
        )
        parser.add_argument("channel", choices=["voice", "sms"])
        parser.add_argument("key", help=f"one of {', '.join(KEYS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lines.press(options["call"], options["channel"], options["key"])
        except FileNotFoundError as error:
            raise CommandError(f"no such call was placed: {error}") from error
