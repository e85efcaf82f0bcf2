"""What reading the bids shows: files that the page itself displays, places that bidders cite, hits, one's own notes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bidding import searching
from bidding.extracting import TextState, searchable
from bidding.facts import OpenedBidFacts, OpenedFileFacts
from core.errors import gettext_noop
from evaluation import blind
from evaluation.blind import Shown
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


def responses(one: Shown, tender: TenderFacts) -> list[dict[str, Any]]:
    """Give what the bidder answered to each criterion, with the places it cites."""
    names = {row.id: row.name for row in tender.criteria}
    places = cited(one)
    return [
        {
            "id": row["criterion"],
            "name": names.get(row["criterion"], ""),
            "text": row["response"],
            "files": row["files"],
            "cites": places.get(row["criterion"], []),
        }
        for row in one.bid.sheet.get("responses", [])
    ]


def cited(one: Shown) -> dict[str, list[dict[str, Any]]]:
    """Give, for each criterion answered, the places in displayed files that its response cites."""
    names = {file.id: file.name for file in one.bid.files}
    files = {file.name: file for file in one.real.files if shown(file)}
    return {
        row["criterion"]: [
            {"file": files[place.file].id, "name": names[files[place.file].id], "page": place.page}
            for place in citations(row["response"], row["files"])
            if place.file in files
        ]
        for row in one.real.sheet.get("responses", [])
    }


def library(bids: Sequence[OpenedBidFacts]) -> list[dict[str, Any]]:
    """Give the files that the page displays, by bid."""
    return [
        {"bid": bid, "files": files} for bid in bids if (files := [file for file in bid.files if shown(file)])
    ]


def hits(seen: Mapping[uuid.UUID, Shown], words: str) -> dict[str, Any]:
    """Give where the words stand: in the responses and in the pages of all bids, and what was not searched."""
    names, bids = {bid_id: one.bid for bid_id, one in seen.items()}, [one.bid for one in seen.values()]
    rows = blind.in_order(searching.search(list(names), words), seen, lambda hit: hit.bid_id)
    found = [_unnamed(hit, seen) for hit in rows]
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


def _unnamed(hit: searching.Hit, seen: Mapping[uuid.UUID, Shown]) -> searching.Hit:
    """Give a hit as its reader may see it: in blind scoring without names of bidders and files."""
    one = seen[hit.bid_id]
    if one.real is one.bid:
        return hit
    bids = [other.real for other in seen.values()]
    name = next((file.name for file in one.bid.files if file.id == hit.file_id), "")
    before, words, after = (blind.clean(text, bids) for text in (hit.before, hit.words, hit.after))
    return replace(hit, name=name, before=before, words=words, after=after)


def notes(member: Member | None, seen: Mapping[uuid.UUID, Shown]) -> list[dict[str, Any]]:
    """Give a member's own notes and marks, in the order of the bids; for nobody else."""
    if member is None:
        return []
    rows: Mapping[uuid.UUID, list[Note]] = {bid_id: [] for bid_id in seen}
    for note in Note.objects.filter(member=member):
        rows.get(note.bid_id, []).append(note)
    return [
        {
            "bid": one.bid,
            "note": note,
            "name": next((file.name for file in one.bid.files if file.id == note.file_id), ""),
        }
        for bid_id, one in seen.items()
        for note in rows[bid_id]
    ]
