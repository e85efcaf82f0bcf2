"""Who may read bids in the room: not before the declaration, not after the panel is dissolved, not from elsewhere."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse

from evaluation import selectors
from tests.factories import evaluation as evaluate
from tests.factories import parties as make

PROGRAM = {"accept": "application/json"}


def _file_of(made: evaluate.Evaluation) -> str:
    bid = next(bid for bid in selectors.readable_bids(made.tender.id) if bid.files)
    return reverse("evaluation:file", args=[made.panel_id, bid.files[0].id])


def _bids(client: Any, made: evaluate.Evaluation) -> list[dict[str, Any]]:
    said = client.get(reverse("evaluation:room_json", args=[made.panel_id]))
    assert said.status_code == 200
    bids: list[dict[str, Any]] = json.loads(said.content)["bids"]
    return bids


def test_a_member_reads_bids_only_once_the_declaration_is_signed(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "drawn")
    member = made.members[1]
    client = evaluate.client_of(made.actor(member))
    file, page = _file_of(made), reverse("evaluation:room", args=[made.panel_id])

    assert client.get(file).status_code == 404
    assert {bid["sheet"] is None and bid["files"] == [] for bid in _bids(client, made)} == {True}
    text = client.get(page).content.decode()
    assert file not in text
    assert "详见技术方案" not in text

    made.declare(member)
    assert client.get(file).status_code == 200
    assert all(bid["sheet"]["responses"] for bid in _bids(client, made))
    text = client.get(page).content.decode()
    assert file in text
    assert "详见技术方案" in text


def test_members_of_a_dissolved_panel_are_out_of_the_room_and_its_host_is_not(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "reviewing")
    member, file = made.actor(made.members[1]), _file_of(made)
    addresses = [reverse("evaluation:room", args=[made.panel_id]), file]
    client = evaluate.client_of(member)
    assert [client.get(one).status_code for one in addresses] == [200, 200]

    evaluate.agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="两名成员失联")
    assert [client.get(one).status_code for one in addresses] == [404, 404]
    assert evaluate.client_of(made.host).get(addresses[0]).status_code == 200


def test_a_supervisor_of_the_region_above_watches_and_one_of_another_region_does_not(
    cast: Any, at: Any
) -> None:
    made = evaluate.reached(cast, at, "reviewing")
    address = reverse("evaluation:room", args=[made.panel_id])
    province = make.desk("supervisor", "浙江省财政厅（示例）", "330000")
    elsewhere = make.desk("supervisor", "济南市财政局（示例）", "370100")
    assert evaluate.client_of(province).get(address).status_code == 200
    assert evaluate.client_of(elsewhere).get(address).status_code == 404
