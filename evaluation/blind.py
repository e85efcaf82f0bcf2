"""Blind scoring of technical parts (暗标): to the members a bid is a code until their technical result is logged.

Codes and stand-ins for ids are drawn for each panel when its review begins, and say nothing of names or of the order in
which bids came. Whoever hosts the tender without a seat, and the supervisor, see names throughout; a member never does
before, whatever desk they also work at.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bidding.facts import OpenedBidFacts
from core.errors import NotFound
from evaluation.models import Member, Panel
from evaluation.selectors import readable_bids
from evaluation.states import MemberStatus, PanelStatus
from tendering.facts import TenderFacts

T = TypeVar("T")
LETTERS = "ACDEFHJKMNPRTUWXY34679"
"""No letter or figure that is mistaken for another."""
GONE = "■■■"
FIRST_FACT = "score_"


@dataclass(frozen=True, slots=True)
class Shown:
    """A bid as it is, and as one person sees it."""

    real: OpenedBidFacts
    bid: OpenedBidFacts


def drawn(bids: Iterable[OpenedBidFacts]) -> dict[str, dict[str, str]]:
    """Draw, for each bid by id, a code of three signs and a stand-in for its id."""
    names = [str(bid.bid_id) for bid in bids]
    codes: set[str] = set()
    while len(codes) < len(names):
        codes.add("".join(secrets.choice(LETTERS) for _ in range(3)))
    shuffled = sorted(codes, key=lambda _: secrets.randbits(64))
    return {
        name: {"code": code, "alias": str(uuid.uuid4())} for name, code in zip(names, shuffled, strict=True)
    }


def closed(panel: Panel) -> bool:
    """Tell whether the mapping of codes to bidders is still closed to the members."""
    return bool(panel.codes) and panel.technical is None and panel.status != PanelStatus.DISSOLVED


def veiled(panel: Panel, member: Member | None) -> bool:
    """Tell whether this person sees codes instead of names."""
    return member is not None and closed(panel)


def shown(panel: Panel, tender: TenderFacts, member: Member | None) -> dict[uuid.UUID, Shown]:
    """Give the readable bids by their own id, as this person sees them; codes stand in the order of the codes."""
    bids = readable_bids(tender.id)
    if not veiled(panel, member):
        return {bid.bid_id: Shown(bid, bid) for bid in bids}
    names = [name for bid in bids for name in _names(bid)]
    found = [Shown(bid, _masked(bid, panel.codes[str(bid.bid_id)], names)) for bid in bids]
    return {one.real.bid_id: one for one in sorted(found, key=lambda one: one.bid.supplier_name)}


def named(panel_id: uuid.UUID, given: uuid.UUID, user_id: uuid.UUID | None) -> uuid.UUID:
    """Give the bid that a page of the room means: by its stand-in, or by its own id.

    Whoever sees codes names bids by their stand-ins alone: an answer to its own id, which the opening published beside the
    bidder's name, would tell whose the code is. Raises NotFound.
    """
    panel = Panel.objects.filter(pk=panel_id).first()
    if panel is None or not panel.codes:
        return given
    found = next((uuid.UUID(bid) for bid, row in panel.codes.items() if row["alias"] == str(given)), None)
    if found is None and veiled(panel, _seat(user_id, panel)):
        raise NotFound()
    return found or given


def sits_veiled(user_id: uuid.UUID, tender_id: uuid.UUID) -> bool:
    """Tell whether a person judges the bids of a tender by codes now, whatever desk they also work at."""
    panels = Panel.objects.filter(tender_id=tender_id, members__user_id=user_id)
    return any(veiled(panel, _seat(user_id, panel)) for panel in panels)


def _seat(user_id: uuid.UUID | None, panel: Panel) -> Member | None:
    if user_id is None:
        return None
    return panel.members.exclude(status=MemberStatus.RECUSED).filter(user_id=user_id).first()


def in_order(rows: Iterable[T], seen: Mapping[uuid.UUID, Shown], bid_of: Callable[[T], uuid.UUID]) -> list[T]:
    """Give rows about bids in the order in which a person sees the bids: theirs by name would tell whose a code is."""
    places = {bid_id: place for place, bid_id in enumerate(seen)}
    return sorted(rows, key=lambda row: places.get(bid_of(row), len(places)))


def public_id(panel: Panel, bid_id: uuid.UUID) -> str:
    """Give the id of a bid as frames of the room name it: the stand-in wherever there are codes."""
    return str(panel.codes.get(str(bid_id), {}).get("alias", bid_id))


def clean(text: str, bids: Iterable[OpenedBidFacts]) -> str:
    """Give a text without the names and credit codes of those who bid."""
    return _without(text, [name for bid in bids for name in _names(bid)])


def betrayals(one: Shown) -> list[str]:
    """Name the answers, notes and files of a technical part that name its bidder; what is in the files is read, not told."""
    names = _names(one.real)
    said = [
        (row["criterion"], f"{row['response']} {' '.join(row['files'])}")
        for row in one.real.sheet.get("responses", [])
    ]
    said.append(("notes", str(one.real.sheet.get("notes", ""))))
    said += [(new.name, old.name) for new, old in zip(one.bid.files, one.real.files, strict=True)]
    return [place for place, text in said if _without(text, names) != text]


def _names(bid: OpenedBidFacts) -> list[str]:
    others = [name for one in bid.partners for name in (one.name, one.credit_code)]
    found = {bid.supplier_name, bid.credit_code, *others}
    return [name for name in found if name]


def _without(text: str, names: Iterable[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, GONE)
    return text


def _file(code: str, place: int, name: str) -> str:
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    plain = ending if ending.isascii() and ending.isalnum() and len(ending) < 6 else "bin"
    return f"{code}-{place + 1}.{plain}"


def _masked(bid: OpenedBidFacts, code: dict[str, str], names: list[str]) -> OpenedBidFacts:
    files = tuple(
        replace(file, name=_file(code["code"], place, file.name), sha256="")
        for place, file in enumerate(bid.files)
    )
    new = {old.name: file.name for old, file in zip(bid.files, files, strict=True)}
    hidden = sorted(new, key=len, reverse=True)

    def text(said: str) -> str:
        for name in hidden:
            said = said.replace(name, new[name])
        return _without(said, names)

    sheet: dict[str, Any] = {
        "type": bid.sheet.get("type", ""),
        "total_fen": None,
        "prices": [],
        "delivery_days": bid.sheet.get("delivery_days"),
        "warranty_months": bid.sheet.get("warranty_months"),
        "responses": [
            {**row, "response": text(row["response"]), "files": [new.get(name, "") for name in row["files"]]}
            for row in bid.sheet.get("responses", [])
        ],
        "facts": {
            name: said for name, said in bid.sheet.get("facts", {}).items() if name.startswith(FIRST_FACT)
        },
        "notes": text(str(bid.sheet.get("notes", ""))),
    }
    alias = uuid.UUID(code["alias"])
    return replace(
        bid, bid_id=alias, supplier_id=alias, supplier_name=code["code"], credit_code="", size="", record_hash="",
        quote=None, sheet=sheet, files=files, consortium=None, names_agreement=False,
    )  # fmt: skip
