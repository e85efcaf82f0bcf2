"""What the notice says of rounds: why they are held, how they go, what they may change."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from tendering.facts import TenderFacts
from tendering.states import ROUNDS_GROUND_WORDS, TERM_WORDS

_HOW = gettext_noop(
    "The team talks with each supplier whose response passes the review, one after the other and equally often. What it changes "
    "of the terms below, it tells in writing to all who take part at the same time. Then each gives a sealed final quote; all of "
    "them are opened together. Until the final quote a supplier may leave."
)


def sections(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the sections of the notice about the rounds; none where there are none.

    Source: 财政部令第74号第三十二条至第三十四条.
    """
    if not tender.rounds:
        return []
    rows: list[list[Any]] = [[gettext_noop("How the talks go"), {"msg": _HOW}]]
    if tender.ground:
        rows.insert(0, [gettext_noop("Why this method"), {"msg": ROUNDS_GROUND_WORDS[tender.ground]}])
    head = [
        gettext_noop("No."),
        gettext_noop("Kind of term"),
        gettext_noop("Term"),
        gettext_noop("As it stands now"),
    ]
    table = [[f"V{row.no}", {"msg": TERM_WORDS[row.kind]}, row.title, row.text] for row in tender.terms]
    said: list[dict[str, Any]] = [{"title": gettext_noop("Talks and final quotes"), "rows": rows}]
    if table:
        said.append(
            {"title": gettext_noop("Terms that the talks may change"), "table": {"head": head, "rows": table}}
        )
    return said
