"""Keepers in this process with real keys, ears on the WebSocket, and the steps that every method shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracting.selectors import contract_facts
from core.ledger import services as ledger
from parties.models import InboxItem, Organisation
from planning.selectors import budget_lines_of, plans_of
from tendering.methods import method_of
from tendering.selectors import tender_facts, tender_of_plan
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.factories import tendering as make
from tests.hostile.ears import Ears
from tests.hostile.pocket import settle
from tests.journeys.journal import Journal, Person


@pytest.fixture
def ears() -> Iterator[Ears]:
    listening = Ears()
    yield listening
    listening.close()


@pytest.fixture
def journey(
    transactional_db: None, settings: Any, at: Any, monkeypatch: pytest.MonkeyPatch, ears: Ears
) -> Callable[[str, str], Journal]:
    """Begin a journey on a spring day, with three keepers that may seal real bids."""
    evaluate.begin_spring(settings, at)
    settle(3, monkeypatch)
    ledger.publish_checkpoint()
    return lambda code, title: Journal(method_of(code), title, ears)


def from_budget_to_draft(buyer: Person, method: str, amount: str, title: str) -> Any:
    """Enter a budget line, file a plan that names the method, begin the draft; gives the tender's facts."""
    buyer.post(
        "/plans/lines/new/", "enters the budget line", code="2026-01", name=title, fiscal_year=2026,
        category="goods", item_key=make.LAPTOPS, amount=amount,
    )  # fmt: skip
    (line,) = budget_lines_of(buyer.actor.org_id)
    buyer.post(
        f"/plans/lines/{line.id}/plan/", f"files a plan that names the method `{method}`", title=title,
        item_key=make.LAPTOPS, quantity="200", unit="台", method=method, need="教学用笔记本电脑 200 台。",
        amount=amount, expected_on="2026-05-01",
    )  # fmt: skip
    (plan,) = plans_of(buyer.actor.org_id)
    buyer.post(f"/plans/{plan.id}/tender/", "begins the draft from the plan")
    tender_id = tender_of_plan(plan.id)
    assert tender_id is not None
    return tender_facts(tender_id)


def complete(buyer: Person, tender: Any, file: str) -> None:
    """Fill in what the draft still lacks."""
    buyer.post(
        f"/tenders/{tender.id}/edit/", "completes the basics", version=tender.version, title=tender.title,
        need=tender.need, delivery="合同签订后三十日内送达。", budget=str(tender.budget), ceiling="",
        gathering_seconds=60,
    )  # fmt: skip
    buyer.post(
        f"/tenders/{tender.id}/documents/new/", f"adds the document ({file})", kind="biddingDocuments",
        file=SimpleUploadedFile(f"{file}.pdf", b"%PDF-1.7 example"),
    )  # fmt: skip


def evaluated(journal: Journal, host: Person, experts: list[Any], tender_id: Any, size: int) -> list[Person]:
    """Draw the panel, declare, review every condition, score where there is something to score, report, sign."""
    room, members = reviewed(journal, host, experts, tender_id, size)
    host.post(f"{room}advance", "closes the review", verb="begin_scoring")
    scored(room, members)
    reported(host, room, members)
    return members


def reviewed(
    journal: Journal, host: Person, experts: list[Any], tender_id: Any, size: int
) -> tuple[str, list[Person]]:
    """Draw the panel, declare, review every condition; gives the address of the room and the members by seat."""
    task = InboxItem.objects.get(key=f"tender.{tender_id}.panel")
    offered = host.json(task.url)
    host.post(task.url, "has the panel drawn at random", representative=offered["representatives"][0]["user"])
    room = host.json(task.url)["room"]
    assert room, host.page(task.url)
    state = host.json(f"{room}room.json")
    by_name = {one.name: one for one in experts}
    members = [
        host if row["kind"] == "representative" else journal.person(f"member {n}", by_name[row["name"]])
        for n, row in enumerate(state["members"], start=1)
    ]
    assert len(members) == size
    journal.follow([members[-1]], [f"room.{room.strip('/').split('/')[-1]}"])
    for member in members:
        own = member.json(f"{room}room.json")
        member.touch(own["urls"]["declare"], own["you"]["sign"], "declares to have no tie to a bidder")
    host.post(f"{room}advance", "begins the review", verb="begin_review")
    kinds = {row["criterion"]: row["kind"] for row in state["conditions"]}
    for row in host.json(f"{room}room.json")["unreviewed"]:
        who = host if kinds[row["criterion"]] == "qualification" else members[1]
        who.post(f"{room}review", f"finds condition {row['criterion']} met", **row, passed="1", reason="")
    return room, members


def scored(room: str, members: list[Person]) -> None:
    """Every member scores what there is to score, and submits."""
    for n, member in enumerate(members):
        for cell in member.json(f"{room}room.json")["cells"]:
            value = "18" if cell["kind"] == "objective" else f"{35 + n}"
            sent = {"bid": cell["bid"], "criterion": cell["criterion"], "value": value}
            member.client.post(f"{room}score", sent, headers={"accept": "application/json"})
        member.post(f"{room}submit", "submits the own sheet")


def reported(host: Person, room: str, members: list[Person]) -> None:
    """Have the report made and signed."""
    host.post(f"{room}report", "has the report made")
    for member in members:
        member.touch(
            f"{room}report/sign",
            member.json(f"{room}report/"),
            "signs the report with the passkey",
            dissent="",
        )


def awarded_and_signed(journal: Journal, buyer: Person, winner: Person, tender_id: Any) -> Any:
    """Decide the award, have both sides sign the contract; gives the contract's facts."""
    award = f"/tenders/{tender_id}/award/"
    buyer.touch(award, buyer.json(award), "decides the award in the order of candidates")
    [decided] = buyer.json(award)["awards"]
    contract = contract_facts(decided["contract"])
    colleague = journal.person(
        "contract signer", parties.member(Organisation.objects.get(pk=buyer.actor.org_id), "合同审核人")
    )
    offer = {"payload_hash": contract.terms_hash, "purpose": f"contract.{contract.id}"}
    winner.touch(f"/contracts/{contract.id}/sign", offer, "signs the contract")
    colleague.touch(f"/contracts/{contract.id}/sign", offer, "signs the contract for the purchaser")
    return contract_facts(contract.id)


def folder(tmp_path: Path, name: str) -> Path:
    """A place for one bidder's sealed files."""
    return tmp_path / name
