"""Addresses of contracts: the two sides, the agency and those who supervise; agreements in force are public."""

from __future__ import annotations

from typing import Any

from contracting.alteration_rules import Wanted
from contracting.models import Contract, EntryApplication
from contracting.services import altering, contracts
from core import clock
from tests.access.matrix import EVERYONE, Row
from tests.factories import mall as make


def _contract(cast: Any) -> dict[str, Any]:
    terms = make.terms(cast.purchaser, cast.supplier_a, agency_id=cast.agency.org_id)
    made = contracts.form(actor=cast.purchaser, terms=terms, source=f"award.{terms.contract_no}")
    return {"contract_id": made.id}


def _agreement(cast: Any) -> dict[str, Any]:
    return {"agreement_id": make.agreement(cast.agency, cast.supplier_a).id}


def _entry(cast: Any) -> dict[str, Any]:
    made = make.agreement(cast.agency, cast.supplier_a)
    return {"agreement_id": made.id, "entrant_id": made.entrants[0].id}


def _open(cast: Any) -> dict[str, Any]:
    return {"agreement_id": make.open_agreement(cast.agency).id}


def _application(cast: Any) -> dict[str, Any]:
    found = _open(cast)
    made = EntryApplication.objects.create(
        **found,
        supplier_id=cast.supplier_a.org_id,
        statement="满足条件",
        signature={},
        applied_by="test",
        applied_at=clock.now(),
        due_at=clock.now(),
    )
    return {**found, "application_id": made.pk}


def _open_entry(cast: Any) -> dict[str, Any]:
    made = make.open_agreement(cast.agency, cast.supplier_a)
    return {"agreement_id": made.id, "entrant_id": made.entrants[0].id}


def _altered(cast: Any) -> dict[str, Any]:
    made = _contract(cast)
    Contract.objects.filter(pk=made["contract_id"]).update(status="signed", signed_at=clock.now())
    wanted = Wanted("purchaser", "教学楼延期", delivery="另行通知")
    return {**made, "no": altering.propose(actor=cast.purchaser, **made, wanted=wanted).no}


OBJECTS = {"contract": _contract, "agreement": _agreement}
SIDES = {"purchaser", "supplier"}
ROWS = [
    Row("contracting:list", allowed=EVERYONE - {"public", "expert", "operator"}),
    Row("contracting:contract", "contract", allowed={"purchaser", "agency", "supplier", "supervisor"}),
    Row(
        "contracting:sign", "contract", method="post", data={"credential": "x"}, allowed=SIDES, accepts={403}
    ),
    Row("contracting:publish", "contract", method="post", allowed={"purchaser"}, accepts={422}),
    Row("contracting:void", "contract", method="post", data={"reason": "拒签"}, allowed=SIDES),
    Row(
        "contracting:deliver",
        "contract",
        method="post",
        data={"note": "50台"},
        allowed={"supplier"},
        accepts={422},
    ),
    Row(
        "contracting:accept",
        "contract",
        method="post",
        data={"result": "passed", "opinion": "合格"},
        allowed={"purchaser"},
        accepts={422},
    ),
    Row(
        "contracting:pay",
        "contract",
        method="post",
        data={"amount": "1", "reference": "ZF-1"},
        allowed={"purchaser"},
        accepts={422},
    ),
    Row("contracting:supplement", "contract", method="post", allowed={"purchaser"}, accepts={422}),
    Row("contracting:bond", "contract", method="post", allowed={"purchaser"}, accepts={422}),
    Row("contracting:bond_return", "contract", method="post", allowed={"purchaser"}, accepts={422}),
    Row("contracting:alter", "contract", allowed=SIDES),
    Row("contracting:alter", "contract", method="post", allowed=SIDES, accepts={422}),
    Row("contracting:alteration", _altered, allowed={"purchaser", "agency", "supplier", "supervisor"}),
    Row(
        "contracting:alteration_sign",
        _altered,
        method="post",
        data={"credential": "x"},
        allowed=SIDES,
        accepts={403, 422},
    ),
    Row("contracting:alteration_refuse", _altered, method="post", data={"reason": "不同意"}, allowed=SIDES),
    Row("contracting:agreement", "agreement"),
    Row("contracting:agreements"),
    Row(
        "contracting:entry_sign",
        _entry,
        method="post",
        data={"credential": "x"},
        allowed={"agency", "supplier"},
        accepts={409},
    ),
    Row("contracting:entry_end", _entry, method="post", data={"reason": "清退"}, allowed={"agency"}),
    Row(
        "contracting:enter",
        _open,
        method="post",
        data={"statement": "满足条件", "credential": "x"},
        allowed={"supplier", "outsider_supplier"},
        accepts={403},
    ),
    Row("contracting:application", _application, method="post", data={"accept": "1"}, allowed={"agency"}),
    Row("contracting:leave", _open_entry, method="post", data={"reason": "停产"}, allowed={"supplier"}),
    Row(
        "contracting:agreement_file",
        "agreement",
        method="post",
        data={"filing_no": "1"},
        allowed={"agency"},
        accepts={409},
    ),
]
