"""What a sealed sheet says of subcontracts (分包): who takes on which work for which share. Pure.

The lines stand among the sheet's facts as `sub_1_name`, `sub_1_code`, `sub_1_size`, `sub_1_share`, `sub_1_work` and so on:
sealed with the bid, and known to nobody before the opening.
Source: 《政府采购法》第四十八条; 《招标投标法》第三十条; 财库〔2020〕46号第九条.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.money import share_of_percent
from parties.rules import credit_code_is_valid
from parties.states import Size

LINES = 4
"""How many subcontractors a bid can name for its lot."""
SAID = ("name", "code", "size", "share", "work")


@dataclass(frozen=True, slots=True)
class Subcontract:
    """One subcontractor as the bid declares it; `share` of the contract between 0 and 1, None where it cannot be read."""

    name: str
    credit_code: str
    size: str
    share: Decimal | None
    work: str

    @property
    def complete(self) -> bool:
        """Tell whether everything is there that a bid has to say."""
        known = bool(self.name and self.work) and self.size in set(Size)
        return known and self.share is not None and credit_code_is_valid(self.credit_code)

    @property
    def percent(self) -> str:
        """The share in percent, in plain digits; empty where it cannot be read."""
        return f"{(self.share * 100).normalize():f}" if self.share is not None else ""


def declared(sheet: Mapping[str, Any]) -> tuple[Subcontract, ...]:
    """Give the subcontracts that a sheet declares; a line with anything in it counts."""
    facts = sheet.get("facts", {})
    found = []
    for n in range(1, LINES + 1):
        said = {name: str(facts.get(f"sub_{n}_{name}", "")).strip() for name in SAID}
        if any(said.values()):
            share = share_of_percent(said["share"])
            found.append(Subcontract(said["name"], said["code"].upper(), said["size"], share, said["work"]))
    return tuple(found)
