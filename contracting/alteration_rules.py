"""What a signed contract may change without any money: when, on which ground, and how far others may do its work. Pure.

Source: 《政府采购法》第四十八条、第五十条; 财政部令第87号第七十一条; 财库〔2020〕46号第十二条 (L-36, L-39, S-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracting.facts import ContractFacts, Subcontract
from contracting.states import SPEC_GROUNDS, ContractStatus, Ground
from core.errors import gettext_noop
from parties.rules import credit_code_is_valid
from parties.states import Size

ALTER, ESSENCE, CONSENT, LARGER = "L-39", "L-39.essence", "L-36", "S-08"
PAYLOAD_TYPE = "mingcai/v1/contract-alteration"
SMES = frozenset(Size) - {Size.LARGE}
SMALL = frozenset({Size.MICRO, Size.SMALL})
ORDER = (Size.MICRO, Size.SMALL, Size.MEDIUM, Size.LARGE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a side wants changed; None leaves a part as it is. `specs` are by the place of the item, from 0."""

    ground: str
    reason: str
    delivery: str | None = None
    ends_on: date | None = None
    specs: Mapping[int, str] | None = None
    subcontracts: tuple[Subcontract, ...] | None = None


def may_change(contract: ContractFacts) -> bool:
    """Tell whether a contract can be changed: both have signed it and nothing is reported as delivered."""
    return contract.status == ContractStatus.SIGNED


def differences(contract: ContractFacts, wanted: Wanted) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what changes: as it is, and as it will be."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if wanted.delivery is not None and not _same(wanted.delivery, contract.delivery):
        before["delivery"], after["delivery"] = contract.delivery, wanted.delivery.strip()
    if wanted.ends_on is not None and wanted.ends_on != contract.ends_on:
        before["ends_on"] = contract.ends_on.isoformat() if contract.ends_on else None
        after["ends_on"] = wanted.ends_on.isoformat()
    specs = {
        str(place): text.strip()
        for place, text in (wanted.specs or {}).items()
        if place < len(contract.items) and not _same(text, contract.items[place].spec)
    }
    if specs:
        before["specs"] = {place: contract.items[int(place)].spec for place in specs}
        after["specs"] = specs
    if wanted.subcontracts is not None and wanted.subcontracts != contract.subcontracts:
        before["subcontracts"] = rows_of(contract.subcontracts)
        after["subcontracts"] = rows_of(wanted.subcontracts)
    return before, after


def _same(one: str, other: str) -> bool:
    """Compare texts line by line: a page sends back a text of several lines with other line ends than it was given."""
    return one.strip().splitlines() == other.strip().splitlines()


def rows_of(subcontracts: Iterable[Subcontract]) -> list[dict[str, str]]:
    """Give subcontracts as the terms of a contract hold them."""
    return [
        {
            "name": one.name,
            "credit_code": one.credit_code,
            "size": one.size,
            "share": f"{one.share:f}",
            "work": one.work,
        }
        for one in subcontracts
    ]


def wrong_with(contract: ContractFacts, wanted: Wanted, supplier_codes: Iterable[str]) -> dict[str, str]:
    """Name what keeps a change from being proposed, by field; `supplier_codes` are those of who is party to it.

    Money, quantities and unit prices are no part of a change at all: more is bought by a supplement.
    """
    _, after = differences(contract, wanted)
    errors: dict[str, str] = {}
    if wanted.ground not in set(Ground):
        errors["ground"] = gettext_noop("Choose why the contract is changed.")
    if not wanted.reason.strip():
        errors["reason"] = gettext_noop("Say why.")
    if not after:
        errors[""] = gettext_noop("Nothing would change.")
    if "delivery" in after and not after["delivery"]:
        errors["delivery"] = gettext_noop("Say where, when and how it is delivered.")
    if wanted.ends_on is not None and contract.starts_on and wanted.ends_on < contract.starts_on:
        errors["ends_on"] = gettext_noop("It ends after it begins.")
    if "specs" in after:
        if wanted.ground not in SPEC_GROUNDS:
            errors["ground"] = gettext_noop(
                "On this ground the specification stays what won: only what is made no more, or harms the public "
                "interest, is replaced."
            )
        if not all(after["specs"].values()):
            errors["specs"] = gettext_noop("An item keeps a specification.")
    if "subcontracts" in after:
        errors |= _wrong_subcontracts(contract, wanted.subcontracts or (), set(supplier_codes))
    return errors


def _wrong_subcontracts(
    contract: ContractFacts, rows: tuple[Subcontract, ...], parties: set[str]
) -> dict[str, str]:
    limit = contract.subcontract_limit
    name = "subcontracts"
    if limit is None:
        return (
            {name: gettext_noop("The documents of this procurement do not permit subcontracts.")}
            if rows
            else {}
        )
    if not all(_complete(row) for row in rows):
        text = gettext_noop("Give each subcontractor's name, credit code, size, share and work.")
        return {name: text}
    if any(row.credit_code in parties for row in rows):
        return {
            name: gettext_noop(
                "Who is party to the contract does not take its own work on as a subcontractor."
            )
        }
    if sum((row.share for row in rows), Decimal(0)) > limit.most:
        return {name: gettext_noop("That is more than the documents permit to be subcontracted.")}
    if sum((row.share for row in rows if row.size in SMES), Decimal(0)) < limit.sme:
        text = gettext_noop("Less than the documents ask for would go to small and medium-sized enterprises.")
        return {name: text}
    if limit.size and any(_larger(row.size, limit.size) for row in rows):
        return {name: gettext_noop("Who won as an SME does not pass work on to a larger enterprise.")}
    return {}


def _complete(row: Subcontract) -> bool:
    said = bool(row.name and row.work) and row.size in set(Size)
    return said and 0 < row.share < 1 and credit_code_is_valid(row.credit_code)


def _larger(size: str, won_as: str) -> bool:
    return size not in SMALL and ORDER.index(Size(size)) > ORDER.index(Size(won_as))


def payload(contract: ContractFacts, no: int, wanted: Wanted) -> dict[str, Any]:
    """Give what both sides sign, as plain JSON: what changes in which contract, and that the rest stays."""
    before, after = differences(contract, wanted)
    return {
        "type": PAYLOAD_TYPE,
        "contract_no": contract.contract_no,
        "contract_hash": contract.terms_hash,
        "no": no,
        "ground": wanted.ground,
        "reason": wanted.reason.strip(),
        "before": before,
        "after": after,
        "amount_fen": contract.amount.fen,
        "law_as_of": contract.law_as_of.isoformat(),
        "law_digest": contract.law_digest,
    }
