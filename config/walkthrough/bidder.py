"""A supplier's part: seal on the own machine, upload resumably, sign with a passkey, submit."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import Any

from bidding.sealing.context import CtxBase
from bidding.sealing.encoding import canonical, h
from bidding.sealing.objects import Keeper
from bidding.sealing.seal import seal_bid
from config.walkthrough.person import Failed, Person

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = 4 * 1024 * 1024


def sheet(
    items: list[dict[str, Any]], unit_price: str, facts: dict[str, Any], notes: str = ""
) -> dict[str, Any]:
    """Give an opening sheet with one unit price for every item; amounts in fen are exact."""
    fen = int(unit_price.replace(".", ""))
    if unit_price[-3:-2] != ".":
        raise ValueError("a unit price here has two places")
    prices = [
        {
            "item": item["item"],
            "name": item["name"],
            "quantity": item["quantity"],
            "unit": item["unit"],
            "unit_price": unit_price,
            "amount_fen": fen * int(item["quantity"]),
        }
        for item in items
    ]
    return {
        "type": "mingcai/v1/sheet",
        "total_fen": sum(int(row["amount_fen"]) for row in prices),
        "prices": prices,
        "delivery_days": 20,
        "warranty_months": 36,
        "responses": [],
        "facts": facts,
        "notes": notes,
    }


def submit(
    person: Person, tender_id: str, plain: dict[str, Any], files: list[tuple[str, bytes]], lot: str = "1"
) -> dict[str, Any]:
    """Do everything from the bid number to the receipt; gives the platform's answer."""
    page = person.post(f"/tenders/{tender_id}/bid/begin", {"lot": lot})
    bid_id = page.url.path.strip("/").split("/")[-1]
    params = person.json(f"/bids/{bid_id}/params.json")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        attachments = []
        for file_name, content in files:
            path = folder / file_name
            path.write_bytes(content)
            attachments.append((file_name, path))
        sealed = seal_bid(
            CtxBase.from_json(params["ctx_base"]),
            [Keeper.from_json(row) for row in params["keepers"]],
            params["ctx_base"]["k"],
            plain,
            attachments,
            folder / "sealed",
            organisation=params["organisation"],
        )
        record = sealed.record.to_json()
        body = {
            "record": record,
            "envelopes": [base64.b64encode(one).decode() for one in sealed.envelopes],
            "uploads": {
                part: upload(person, tender_id, sealed.directory / f"{part}.age")
                for part in ("sheet", "files")
            },
        }
    person.post_json(f"/bids/{bid_id}/check", body)
    answer: dict[str, Any] = person.post_json(
        f"/bids/{bid_id}/submit", {**body, "signature": signature(person, bid_id, record)}
    )
    return {**answer, "bid": bid_id}


def upload(person: Person, tender_id: str, path: Path) -> str:
    """Upload one sealed file by tus 1.0 and give the upload's id."""
    headers = {**TUS, "X-CSRFToken": person.token(), "Referer": person.base + "/"}
    made = person.http.post(
        "/uploads/",
        headers={
            **headers,
            "Upload-Length": str(path.stat().st_size),
            "Upload-Metadata": "tender " + base64.b64encode(tender_id.encode()).decode(),
        },
    )
    if made.status_code != 201:
        raise Failed(f"POST /uploads/: {made.status_code} {made.text[:300]}")
    where, offset = made.headers["location"], 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            sent = person.http.patch(
                where,
                content=piece,
                headers={
                    **headers,
                    "Upload-Offset": str(offset),
                    "Content-Type": "application/offset+octet-stream",
                },
            )
            if sent.status_code != 204:
                raise Failed(f"PATCH {where}: {sent.status_code} {sent.text[:300]}")
            offset = int(sent.headers["upload-offset"])
    return str(where.rstrip("/").split("/")[-1])


def signature(person: Person, bid_id: str, record: dict[str, Any]) -> dict[str, str]:
    """Touch the passkey for a record: the challenge is its hash."""
    if person.key is None:
        raise Failed(f"{person.account.get('email')} has no passkey")
    options = person.post_json(f"/bids/{bid_id}/sign", {})
    challenge = base64.urlsafe_b64encode(h(canonical(record))).rstrip(b"=").decode()
    touched = person.key.get({"publicKey": {**options["publicKey"], "challenge": challenge}})
    answer = touched["response"]
    return {
        "scheme": "webauthn",
        "credential_id": touched["rawId"],
        "authenticator_data": answer["authenticatorData"],
        "client_data_json": answer["clientDataJSON"],
        "signature": answer["signature"],
    }
