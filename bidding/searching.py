"""Search the words of opened files: what evaluators find in the bids before them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from bidding.extracting import TextState, searchable
from bidding.models import FileText, PageText

MOST_HITS = 60
AROUND = 40
"""Characters shown on each side of a hit."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One page on which the words stand: what is before them, the words as they stand there, what is after."""

    bid_id: uuid.UUID
    file_id: uuid.UUID
    name: str
    page: int
    before: str
    words: str
    after: str


def search(bid_ids: Collection[uuid.UUID], words: str) -> list[Hit]:
    """Give the pages of these opened bids on which the words stand, each once, in the order of bid, file and page.

    At most MOST_HITS. Whether upper or lower case makes no difference. The caller has let the reader in.
    """
    wanted = searchable(words)
    if not wanted:
        return []
    rows = (
        PageText.objects.filter(text_of__file__bid__bid__in=list(bid_ids), words__icontains=wanted)
        .select_related("text_of__file__bid")
        .order_by("text_of__file__bid__bid_id", "text_of__file__name", "number")
    )
    return [_hit(row, wanted) for row in rows[:MOST_HITS]]


def _hit(row: PageText, wanted: str) -> Hit:
    file = row.text_of.file
    at = max(row.words.lower().find(wanted.lower()), 0)
    end = at + len(wanted)
    return Hit(
        file.bid.bid_id,
        file.pk,
        file.name,
        row.number,
        row.words[max(0, at - AROUND) : at],
        row.words[at:end],
        row.words[end : end + AROUND],
    )


def states(file_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, TextState]:
    """Tell what became of reading each of these files; one that has not been read yet is not among them."""
    rows = FileText.objects.filter(file_id__in=list(file_ids)).values_list("file_id", "state")
    return {file_id: TextState(state) for file_id, state in rows}
