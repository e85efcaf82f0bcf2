"""What notices say of who performs a contract beside the supplier: members of a consortium, subcontractors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracting.facts import ContractFacts, Subcontract
from core.errors import gettext_noop


def who_performs(contract: ContractFacts) -> list[dict[str, Any]]:
    """Give the sections that name who performs a contract beside its supplier; none for a supplier alone."""
    found = [consortium_section(contract.consortium.members)] if contract.consortium else []
    return found + ([subcontract_section(contract.subcontracts)] if contract.subcontracts else [])


def consortium_section(members: Iterable[Any]) -> dict[str, Any]:
    """Give the section that names every member of a consortium, as its bid or its contract has them.

    Source: 《政府采购法》第二十四条.
    """
    head = [
        gettext_noop("Supplier"),
        gettext_noop("Unified social credit code"),
        gettext_noop("Share of the contract, in percent"),
        gettext_noop("Its work and duties"),
    ]
    rows = [[one.name, one.credit_code, one.percent, one.work] for one in members]
    return {
        "title": gettext_noop("Members of the consortium, jointly liable"),
        "table": {"head": head, "rows": rows},
    }


def subcontract_section(subcontracts: Iterable[Subcontract]) -> dict[str, Any]:
    """Give the section that names subcontractors with size, share and work. Source: 《政府采购法》第四十八条."""
    head = [
        gettext_noop("Subcontractor"),
        gettext_noop("Unified social credit code"),
        gettext_noop("Size of the enterprise"),
        gettext_noop("Share of the contract, in percent"),
        gettext_noop("Its work"),
    ]
    rows = [[one.name, one.credit_code, {"msg": one.size}, one.percent, one.work] for one in subcontracts]
    return {
        "title": gettext_noop("Subcontracts, for which the supplier answers"),
        "table": {"head": head, "rows": rows},
    }
