"""From three sealed bids to the award, with real keepers, and everybody at the addresses that their browser uses."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.services import closing, opening
from contracting.selectors import contract_facts
from disclosure.models import Notice
from evaluation.scoring.recompute import recompute
from evaluation.services import awards
from parties.models import InboxItem
from parties.services import passkeys
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder
from tests.bidding.conftest import keepers, tender, to_deadline  # noqa: F401 - fixtures
from tests.factories import evaluation as evaluate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


class Person:
    """Somebody at a browser with a passkey."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.client = evaluate.client_of(actor)
        self.key = evaluate.SoftKey("localhost", evaluate.ORIGIN)
        passkeys.add(actor.user_id, "test", self.key.create(passkeys.creation_options(actor.user_id)))

    def json(self, path: str) -> Any:
        return self.client.get(path, headers={"accept": "application/json"}).json()

    def post(self, path: str, **values: str) -> Any:
        answer = self.client.post(path, values)
        assert answer.status_code in {302, 303}, answer.content.decode()[:2000]
        return answer

    def touch(self, path: str, offer: dict[str, str], **values: str) -> None:
        given = {name: offer[name] for name in ("payload_hash", "purpose")}
        options = self.client.post("/sign/begin", json.dumps(given), content_type="application/json").json()
        self.post(path, credential=json.dumps(self.key.get(options)), **values)


@pytest.mark.requirement("S003-24", "S004-31")
def test_sealed_bids_are_opened_evaluated_by_five_and_awarded(
    cast: Any,
    tender: Any,  # noqa: F811
    tmp_path: Path,
    to_deadline: Any,  # noqa: F811
) -> None:
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    for n, (actor, price) in enumerate(zip(suppliers, ["4500.00", "4700.00", "4900.00"], strict=True)):
        assert Bidder.of(actor).submit(tender, tmp_path / f"bid-{n}", price).status_code == 200
    to_deadline(tender)
    closing.close(tender_id=tender.id)
    assert not InboxItem.objects.filter(key=f"tender.{tender.id}.panel").exists()
    to_deadline(tender, timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)

    task = InboxItem.objects.get(key=f"tender.{tender.id}.panel")
    host = Person(cast.purchaser)
    offered = host.json(task.url)
    host.post(task.url, representative=offered["representatives"][0]["user"])
    room = host.json(task.url)["room"]
    state = host.json(f"{room}room.json")
    experts = {expert.name: Person(expert) for expert in cast.experts}
    members = [host if row["kind"] == "representative" else experts[row["name"]] for row in state["members"]]
    assert len(members) == 5
    for member in members:
        own = member.json(f"{room}room.json")
        member.touch(own["urls"]["declare"], own["you"]["sign"])
    host.post(f"{room}advance", verb="begin_review")
    kinds = {row["criterion"]: row["kind"] for row in state["conditions"]}
    for row in host.json(f"{room}room.json")["unreviewed"]:
        who = host if kinds[row["criterion"]] == "qualification" else members[1]
        who.post(f"{room}review", **row, passed="1", reason="")
    host.post(f"{room}advance", verb="begin_scoring")

    quotes = {row["bid"]: row["quote"] for row in host.json(f"{room}room.json")["bids"]}
    for n, member in enumerate(members):
        for cell in member.json(f"{room}room.json")["cells"]:
            value = "18" if cell["kind"] == "objective" else f"{35 + n}"
            sent = {"bid": cell["bid"], "criterion": cell["criterion"], "value": value}
            member.client.post(f"{room}score", sent, headers={"accept": "application/json"})
        member.post(f"{room}submit")
    host.post(f"{room}report")
    for member in members:
        member.touch(f"{room}report/sign", member.json(f"{room}report/"), dissent="")
    report = host.json(f"{room}report/")
    assert (report["flaws"], len(report["signatures"])) == ([], 5)

    award = f"/tenders/{tender.id}/award/"
    host.touch(award, host.json(award))
    [decided] = host.json(award)["awards"]
    assert (decided["amount"], quotes[decided["bid"]]) == ("900000.00", "900000.00")
    notice = Notice.objects.get(type="award")
    assert recompute(notice.facts["recompute"])["ranking"][0]["id"] == decided["bid"]
    assert tender_facts(tender.id).status == "awarded"

    contract = contract_facts(decided["contract"])
    from parties.models import Organisation
    from tests.factories import parties

    colleague = Person(parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "合同审核人"))
    for signer in (Person(cast.outsider), Person(cast.supplier_a), colleague):
        offer = {"payload_hash": contract.terms_hash, "purpose": f"contract.{contract.id}"}
        if signer.actor is cast.outsider:
            assert signer.client.get(f"/contracts/{contract.id}/").status_code == 404
            continue
        signer.touch(f"/contracts/{contract.id}/sign", offer)
    assert awards.contracted(award_id=contract.source.removeprefix("award."))
    assert tender_facts(tender.id).status == "contracted"
