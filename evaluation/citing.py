"""Where a bidder says that a criterion is proven: files and pages named in its response. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PAGE = re.compile(
    r"第\s*(\d{1,4})\s*(?:[-–—~～至到]\s*第?\s*\d{1,4}\s*)?页"
    r"|(?<![A-Za-z0-9])(?:[Pp](?:ages?|p)?\.?)\s?(\d{1,4})(?![0-9A-Za-z])"
)
MOST = 5
"""Places of one response that are offered as jumps; the response itself shows all."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a bid: an attachment by its name, and the page, counted from 1, where one is named."""

    file: str
    page: int | None = None


def citations(response: str, files: Sequence[str]) -> list[Citation]:
    """Give the places that a response names: 「技术方案.pdf 第12-15页」 or “p. 12”.

    A page is of the attached file named last before it, else of the first; without any page the files themselves. Every
    place once, at most MOST. Pages are counted as a reader of the file counts them, from its first.
    """
    if not files:
        return []
    named = sorted(
        (at, name)
        for name in files
        for word in {name, name.rsplit(".", 1)[0]}
        for at in _places(response, word)
    )
    found = []
    for match in PAGE.finditer(response):
        before = [name for at, name in named if at < match.start()]
        page = int(match[1] or match[2])
        if page:
            found.append(Citation(before[-1] if before else files[0], page))
    return list(dict.fromkeys(found or [Citation(name) for name in files]))[:MOST]


def _places(text: str, word: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(word), text)] if word else []
