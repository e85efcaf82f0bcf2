"""What reading the bids shows: files that the page itself displays, places that bidders cite, hits, one's own notes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from bidding import searching
from bidding.extracting import TextState, searchable
from bidding.facts import OpenedBidFacts, OpenedFileFacts
from core.errors import gettext_noop
from evaluation.citing import citations
from evaluation.models import Member, Note
from tendering.facts import TenderFacts

NOT_SEARCHED: dict[str, str] = {
    TextState.NO_TEXT: gettext_noop("a scanned picture: look at it page by page"),
    TextState.UNREADABLE: gettext_noop("could not be read"),
    TextState.NOT_PDF: gettext_noop("not a PDF: download it"),
    "": gettext_noop("is still being read"),
}


def shown(file: OpenedFileFacts) -> bool:
    """Tell whether the page displays the file itself: PDF, and nothing found in it by the scanner."""
    return file.name.lower().endswith(".pdf") and file.scan != "found"


def responses(bid: OpenedBidFacts, tender: TenderFacts) -> list[dict[str, Any]]:
    """Give what the bidder answered to each criterion, with the places it cites."""
    names = {row.id: row.name for row in tender.criteria}
    places = cited(bid)
    return [
        {
            "id": row["criterion"],
            "name": names.get(row["criterion"], ""),
            "text": row["response"],
            "files": row["files"],
            "cites": places.get(row["criterion"], []),
        }
        for row in bid.sheet.get("responses", [])
    ]


def cited(bid: OpenedBidFacts) -> dict[str, list[dict[str, Any]]]:
    """Give, for each criterion answered, the places in displayed files that its response cites."""
    files = {file.name: file for file in bid.files if shown(file)}
    return {
        row["criterion"]: [
            {"file": files[place.file].id, "name": place.file, "page": place.page}
            for place in citations(row["response"], row["files"])
            if place.file in files
        ]
        for row in bid.sheet.get("responses", [])
    }


def library(bids: Sequence[OpenedBidFacts]) -> list[dict[str, Any]]:
    """Give the files that the page displays, by bid."""
    return [
        {"bid": bid, "files": files} for bid in bids if (files := [file for file in bid.files if shown(file)])
    ]


def hits(bids: Sequence[OpenedBidFacts], words: str) -> dict[str, Any]:
    """Give where the words stand: in the responses and in the pages of all bids, and what was not searched."""
    names = {bid.bid_id: bid for bid in bids}
    found = searching.search(list(names), words)
    wanted = searchable(words).lower()
    files = [(bid, file) for bid in bids for file in bid.files]
    read = searching.states([file.id for _, file in files])
    return {
        "words": words,
        "hits": [{"hit": hit, "bid": names[hit.bid_id]} for hit in found],
        "most": len(found) == searching.MOST_HITS,
        "answers": [
            {"bid": bid, "criterion": row["criterion"], "text": row["response"]}
            for bid in bids
            for row in bid.sheet.get("responses", [])
            if wanted and wanted in searchable(row["response"]).lower()
        ],
        "unsearched": [
            {"bid": bid, "file": file, "why": NOT_SEARCHED[str(read.get(file.id, ""))]}
            for bid, file in files
            if read.get(file.id) != TextState.READ
        ],
    }


def notes(member: Member | None, bids: Sequence[OpenedBidFacts]) -> list[dict[str, Any]]:
    """Give a member's own notes and marks, in the order of the bids; for nobody else."""
    if member is None:
        return []
    rows: Mapping[uuid.UUID, list[Note]] = {bid.bid_id: [] for bid in bids}
    for note in Note.objects.filter(member=member):
        rows.get(note.bid_id, []).append(note)
    return [
        {
            "bid": bid,
            "note": note,
            "name": next((file.name for file in bid.files if file.id == note.file_id), ""),
        }
        for bid in bids
        for note in rows[bid.bid_id]
    ]
