"""A supplier at the HTTP addresses that the browser uses: begin, seal (in Python), upload, sign, submit."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test import Client

from bidding.sealing.context import CtxBase
from bidding.sealing.encoding import canonical, h
from bidding.sealing.objects import Keeper
from bidding.sealing.seal import SealedBid, seal_bid
from config.softkey import SoftKey
from parties.models import Membership, User
from parties.services import passkeys

TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}


def sheet(tender: Any, unit_price: str = "4500.00", **facts: Any) -> dict[str, Any]:
    """Give a sheet with one price per item of lot 1; the total follows."""
    prices, total = [], 0
    for item in tender.lots[0].items:
        fen = round(float(unit_price) * 100) * int(item.quantity)
        total += fen
        prices.append(
            {
                "item": item.no,
                "name": item.name,
                "quantity": f"{item.quantity.normalize():f}",
                "unit": item.unit,
                "unit_price": unit_price,
                "amount_fen": fen,
            }
        )
    return {
        "type": "mingcai/v1/sheet",
        "total_fen": total,
        "prices": prices,
        "delivery_days": 30,
        "warranty_months": 36,
        "responses": [],
        "facts": {"size": "small", "domestic": True, **facts},
        "notes": "",
    }


def part_of(whole: dict[str, Any], envelope: str) -> dict[str, Any]:
    """Give what one of two envelopes says of a sheet."""
    if envelope == "technical":
        return {**whole, "total_fen": None, "prices": []}
    return {**whole, "delivery_days": None, "warranty_months": None, "facts": {}}


@dataclass
class Bidder:
    """One supplier's person, signed in, with a passkey in software."""

    actor: Any
    client: Client
    key: SoftKey

    @classmethod
    def of(cls, actor: Any) -> Bidder:
        client = Client()
        user = User.objects.get(pk=actor.user_id)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        session["desk"] = str(Membership.objects.get(user=user, organisation_id=actor.org_id).pk)
        session.save()
        key = SoftKey(rp_id="localhost", origin="http://localhost:8000")
        passkeys.add(user.pk, "test", key.create(passkeys.creation_options(user.pk)))
        return cls(actor, client, key)

    def begin(self, tender: Any, lot: str = "1", envelope: str = "") -> str:
        answer = self.client.post(f"/tenders/{tender.id}/bid/begin", {"lot": lot, "envelope": envelope})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        return answer["Location"].strip("/").split("/")[-1]

    def seal(
        self,
        bid_id: str,
        folder: Path,
        plain: dict[str, Any],
        files: list[tuple[str, Path]] = (),
        **over: Any,
    ) -> SealedBid:  # type: ignore[assignment]
        params = self.client.get(f"/bids/{bid_id}/params.json").json()
        params.update(over)
        self.params = params
        return seal_bid(
            CtxBase.from_json(params["ctx_base"]),
            [Keeper.from_json(row) for row in params["keepers"]],
            params["ctx_base"]["k"],
            plain,
            list(files),
            folder,
            organisation=params["organisation"],
            **({"supersedes": params["supersedes"]} if params.get("supersedes") else {}),
        )

    def upload(self, tender: Any, path: Path, chunk: int = 1 << 20) -> str:
        data = path.read_bytes()
        meta = "tender " + base64.b64encode(str(tender.id).encode()).decode()
        made = self.client.post(
            "/uploads/", HTTP_UPLOAD_LENGTH=str(len(data)), HTTP_UPLOAD_METADATA=meta, **TUS
        )
        assert made.status_code == 201, made.content
        where = made["Location"]
        for at in range(0, len(data), chunk):
            sent = self.client.patch(
                where,
                data[at : at + chunk],
                content_type="application/offset+octet-stream",
                HTTP_UPLOAD_OFFSET=str(at),
                **TUS,
            )
            assert sent.status_code == 204, sent.content
        return where.rstrip("/").split("/")[-1]

    def sign(self, bid_id: str, record: dict[str, Any]) -> dict[str, str]:
        options = self.client.post(f"/bids/{bid_id}/sign", "{}", content_type="application/json").json()
        challenge = base64.urlsafe_b64encode(h(canonical(record))).rstrip(b"=").decode()
        touched = self.key.get({"publicKey": {**options["publicKey"], "challenge": challenge}})
        return {
            "scheme": "webauthn",
            "credential_id": touched["rawId"],
            "authenticator_data": touched["response"]["authenticatorData"],
            "client_data_json": touched["response"]["clientDataJSON"],
            "signature": touched["response"]["signature"],
        }

    def request(self, tender: Any, bid_id: str, sealed: SealedBid) -> dict[str, Any]:
        """Upload both files and give the body of the submission."""
        record = sealed.record.to_json()
        return {
            "record": record,
            "signature": self.sign(bid_id, record),
            "envelopes": [base64.b64encode(one).decode() for one in sealed.envelopes],
            "uploads": {
                "sheet": self.upload(tender, sealed.directory / "sheet.age"),
                "files": self.upload(tender, sealed.directory / "files.age"),
            },
        }

    def post(self, path: str, value: Any) -> Any:
        return self.client.post(
            path, json.dumps(value), content_type="application/json", HTTP_ACCEPT="application/json"
        )

    def submit_apart(self, tender: Any, folder: Path, envelope: str, unit_price: str = "4500.00") -> Any:
        """Submit one of two envelopes and give the answer."""
        bid_id = self.begin(tender, envelope=envelope)
        sealed = self.seal(bid_id, folder, part_of(sheet(tender, unit_price), envelope))
        return self.post(f"/bids/{bid_id}/submit", self.request(tender, bid_id, sealed))

    def submit(self, tender: Any, folder: Path, unit_price: str = "4500.00", **facts: Any) -> Any:
        """Do all of it and give the answer."""
        bid_id = self.begin(tender)
        sealed = self.seal(bid_id, folder, sheet(tender, unit_price, **facts))
        return self.post(f"/bids/{bid_id}/submit", self.request(tender, bid_id, sealed))
