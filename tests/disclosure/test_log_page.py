"""The page of the log: head, witnesses and how fresh they are, entries that a checkpoint covers, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.ledger import services as ledger
from core.ledger.models import Cosignature
from core.ledger.note import COSIGNATURE_V1, Note, Signer

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def cosign(name: str, seconds_ago: int) -> None:
    head = ledger.current_checkpoint()
    signer = Signer(name, bytes(32), COSIGNATURE_V1)
    signature = signer.cosign(Note.parse(head.note).text, int(NOW.timestamp()) - seconds_ago)
    Cosignature.objects.create(
        checkpoint=head, witness=name, line=signature.line, timestamp=signature.timestamp
    )


def text(client: Any, path: str = "/log-page/") -> str:
    answer = client.get(path, headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_head_witnesses_and_entries_are_shown(client: Any, at: Callable[[datetime], None]) -> None:
    at(NOW - timedelta(hours=1))
    ledger.append({"type": "mingcai/v1/close-entry", "tender": "T42", "lot": "1"})
    ledger.publish_checkpoint()
    cosign("late.example", 3000)
    for _ in range(34):
        ledger.append({"type": "mingcai/v1/bid", "h": "0" * 64})
    ledger.publish_checkpoint()
    at(NOW)
    cosign("fresh.example", 5)
    ledger.append({"type": "mingcai/v1/award-entry", "tender": "NOT-COVERED", "sha256": "0" * 64})
    shown = text(client)
    assert re.search(r"fresh\.example .{0,60} 35 fresh", shown)
    assert re.search(r"late\.example .{0,60} 1 not seen for more than ten minutes", shown)
    assert ledger.log_vkey().replace("+", "+") in shown.replace("&#43;", "+").replace("&#x2B;", "+")
    assert "sealed bid or dummy" in shown
    assert "NOT-COVERED" not in shown, "no checkpoint covers it yet"
    assert "T42" not in shown, "it stands on the older page"
    older = text(client, "/log-page/?before=5")
    assert "close list" in older
    assert "T42" in older
    assert client.get("/log-page/?before=x").status_code == 422
    for path in ("/log/tile/entries/000.p/35", "/log/tile/0/000.p/35"):
        assert path in client.get("/log-page/").content.decode()
        assert client.get(path).status_code == 200


def test_without_a_head_the_page_says_so(client: Any) -> None:
    assert "The log has not been signed yet" in text(client)
