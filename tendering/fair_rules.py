"""What in a draft may treat suppliers differently without good reason: each suspect term, where it stands, why. Pure.

Source: 《政府采购法实施条例》第二十条 (rule L-03); the patterns stand in `core.law.discriminatory`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import gettext_noop
from core.law.book import Law
from core.law.discriminatory import Hit, terms_in
from tendering.facts import TenderFacts
from tendering.issues import Issue, Surroundings

RULE = "L-03"


@dataclass(frozen=True, slots=True)
class Found:
    """A suspect term in one place; `part` and `key` name the part of the draft: basics, lot, item, criterion."""

    hit: Hit
    part: str
    key: tuple[str, ...]
    name: str


def suspects(tender: TenderFacts) -> list[Found]:
    """Give every suspect term of a draft with its place, in the order of the draft."""
    return [Found(hit, part, key, name) for part, key, name, text in _texts(tender) for hit in terms_in(text)]


def discrimination(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield one issue for each suspect term that is neither reworded nor explained."""
    seen = set()
    for found in suspects(tender):
        term = found.hit.term
        if term in tender.explained or term in seen:
            continue
        seen.add(term)
        yield Issue(
            "discriminatory-term",
            gettext_noop(
                "“%(term)s” (%(place)s) may treat suppliers differently: %(why)s. Reword it, or say why it is needed."
            ),
            "fairness",
            RULE,
            found.hit.suspect.citation,
            str(found.hit.suspect.certainty),
            True,
            {"term": term, "place": found.name, "why": found.hit.suspect.why},
        )


def _texts(tender: TenderFacts) -> Iterator[tuple[str, tuple[str, ...], str, str]]:
    basics = " \n".join((tender.title, tender.need, tender.delivery, tender.payment))
    yield "basics", (), tender.title, basics
    for lot in tender.lots:
        yield "lot", (lot.no,), lot.title, lot.title
        for item in lot.items:
            yield "item", (lot.no, item.no), item.name, f"{item.name} \n{item.spec}"
    for row in tender.criteria:
        yield "criterion", (row.id,), f"{row.id} {row.name}", f"{row.name} \n{row.guide}"
