"""A team at the addresses that the browser uses: draft keys, envelopes and parts, made here as the browser makes them."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from bidding.sealing.age import files
from bidding.sealing.age.recipients import Passphrase, parse_recipient
from bidding.sealing.context import AGE_HYBRID, recipient_of
from parties.models import Membership, User


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Member:
    """One colleague, signed in."""

    actor: Any
    client: Client
    recipient: str = ""
    key_id: str = ""
    draft: str = ""
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @classmethod
    def of(cls, actor: Any) -> Member:
        client = Client()
        client.force_login(
            User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend"
        )
        session = client.session
        session["desk"] = str(Membership.objects.get(user=actor.user_id, organisation_id=actor.org_id).pk)
        session.save()
        return cls(actor, client)

    @property
    def id(self) -> str:
        return str(self.actor.user_id)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"accept": "application/json"}
        return self.client.post(path, json.dumps(body), content_type="application/json", headers=headers)

    def make_key(self, **over: Any) -> Any:
        """Make a draft key, wrapped under a passphrase."""
        self.seed = secrets.token_bytes(32)
        self.recipient = str(recipient_of(AGE_HYBRID, self.seed))
        wrapped = files.encrypt_bytes(self.seed, [Passphrase("correct horse battery", work_factor=2)])
        body = {"recipient": self.recipient, "wrapped": [{"by": "passphrase", "age": encoded(wrapped)}]}
        answer = self.post("/drafts/key", {**body, **over})
        self.key_id = answer.json().get("key_id", "")
        return answer

    def share(self, tender: Any) -> str:
        answer = self.client.post(f"/tenders/{tender.id}/bid/share", {"lot": "1"})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        self.draft = answer["Location"].strip("/").split("/")[-1]
        return self.draft

    def name(self, draft: str, other: Member, writes: tuple[str, ...] = ("*",), price: bool = False) -> Any:
        data = {"user": other.id, "writes": list(writes), **({"sees_price": "on"} if price else {})}
        return self.client.post(f"/drafts/{draft}/name", data)

    def state(self, draft: str) -> Any:
        return self.client.get(f"/drafts/{draft}/state.json").json()

    def rekey(self, draft: str, section: str, *readers: Member, **over: Any) -> Any:
        """Put a section under a new key for these readers, its parts carried over."""
        state = self.state(draft)
        envelope = files.encrypt_bytes(b"{}", [parse_recipient(one.recipient) for one in readers])
        parts = {
            name: {"base": row["version"], "content": encoded(secrets.token_bytes(600))}
            for name, row in state["parts"].items()
            if row["section"] == section
        }
        body = {
            "generation": state["sections"][section]["generation"] + 1,
            "envelope": encoded(envelope),
            "readers": {one.id: one.key_id for one in readers},
            "parts": parts,
        }
        return self.post(f"/drafts/{draft}/sections/{section}", {**body, **over})

    def write(self, draft: str, part: str, base: int, generation: int = 1, **over: Any) -> Any:
        body = {"base": base, "generation": generation, "content": encoded(secrets.token_bytes(600))}
        return self.post(f"/drafts/{draft}/parts/{part}", {**body, **over})

    def read(self, draft: str, part: str) -> Any:
        return self.client.get(f"/drafts/{draft}/parts/{part}")
