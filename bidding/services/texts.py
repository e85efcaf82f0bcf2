"""Have the words of opened files read for searching, in the clock's time: no opening waits for it."""

from __future__ import annotations

import uuid

from django.core.files.storage import storages
from django.db import transaction

from bidding.extracting import extract
from bidding.models import FileText, OpenedFile, PageText
from core.timers import services as timers
from storage import scanning

READ = "bidding.read_text"
STORE = "opened"
AT_A_TIME = 1
"""Files that one turn of the clock reads, so that its claim does not lapse; the others follow in turns of their own."""


def plan(tender_id: uuid.UUID) -> None:
    """Have the tender's opened files read soon, if some have not been."""
    if _unread(tender_id):
        timers.soon(verb=READ, subject=str(tender_id))


def read(tender_id: uuid.UUID) -> None:
    """Read some of the files whose words are not kept yet, and plan the others."""
    for file in _unread(tender_id)[:AT_A_TIME]:
        with storages[STORE].open(file.stored_as, "rb") as content:
            found = extract(content, file.name)
        with transaction.atomic():
            kept, _ = FileText.objects.update_or_create(file=file, defaults={"state": found.state})
            kept.pages.all().delete()
            PageText.objects.bulk_create(
                PageText(text_of=kept, number=number, words=words)
                for number, words in enumerate(found.pages, start=1)
                if words
            )
    plan(tender_id)


def _unread(tender_id: uuid.UUID) -> list[OpenedFile]:
    """Give the files without words kept, but for those in which a scanner found something."""
    rows = list(OpenedFile.objects.filter(bid__bid__tender_id=tender_id, text=None))
    said = scanning.results(STORE, [row.stored_as for row in rows])
    return [
        row for row in rows if row.stored_as not in said or said[row.stored_as].word != scanning.Word.FOUND
    ]
