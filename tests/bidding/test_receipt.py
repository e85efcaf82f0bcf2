"""A supplier's receipt: what its page, its PDF and its file say before and after the log holds the bid."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bidding import keepers as platform
from bidding.models import Receipt
from bidding.sealing import receipts as offline
from bidding.services import receipts
from core.ledger import services as ledger
from core.ledger.models import Timestamp
from core.ledger.stamping import stamp
from core.ledger.timestamp import Authority
from tests.bidding.bidder import Bidder
from tests.sealing.stamping import TestAuthority

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[TestAuthority]:
    """A time stamp authority that answers over HTTP, and whose certificates the platform has."""
    made = TestAuthority.make(tmp_path / "tsa")

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(made.answer(asked))

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pem = tmp_path / "authority.pem"
    pem.write_bytes(made.pem)
    settings.TSA_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.TSA_CERTIFICATES_FILE = str(pem)
    yield made
    server.shutdown()
    server.server_close()


def shown(bidder: Bidder, address: str) -> str:
    answer = bidder.client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def printed(bidder: Bidder, address: str, folder: Path) -> str:
    (folder / "receipt.pdf").write_bytes(
        bidder.client.get(address, headers={"accept-language": "en"}).content
    )
    command = ["pdftotext", "-layout", "receipt.pdf", "-"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_a_receipt_tells_what_holds_and_what_is_still_missing(
    cast: Any, tender: Any, keepers: Any, tmp_path: Path, authority: TestAuthority, settings: Any
) -> None:
    bidder = Bidder.of(cast.supplier_a)
    keepers.stopping.set()
    keepers.children["K3"].kill()
    keepers.children["K3"].wait()
    answer = bidder.submit(tender, tmp_path / "bid").json()
    address = answer["receipt_url"]
    page = shown(bidder, address)
    assert answer["record_hash"] in page
    assert "Reduced redundancy: one keeper did not confirm." in page
    assert "follows with the log’s next batch" in page
    row = Receipt.objects.get(pk=answer["receipt"])
    fresh = receipts.receipt_file(row)
    report = offline.verify(fresh, platform_vkey=ledger.log_vkey())
    assert (report.logged, report.bidder_signature, report.acks) == (False, "verified", 2)

    assert receipts.post_batch() == 1
    head = ledger.publish_checkpoint()
    row.refresh_from_db()
    assert receipts.receipt_file(row)["proof"] is None, "nobody has cosigned it yet: the file would not hold"
    assert "cosignatures follow with the next checkpoint" in shown(bidder, address)

    platform.witnessed_checkpoint(platform.keepers_of(tender))
    assert stamp(head) == stamp(head)
    assert Timestamp.objects.count() == 1
    kept = bidder.client.get(address + "receipt.json").json()
    trusted = Authority.from_pem(authority.pem)
    report = offline.verify(
        kept, platform_vkey=ledger.log_vkey(), keepers=platform.keepers_of(tender), authority=trusted
    )
    assert (report.logged, report.cosigned, report.tokens, report.stamps_verified) == (True, 2, 1, True)
    ledger.append({"type": "mingcai/v1/heads", "sha256": "0" * 64})
    ledger.publish_checkpoint()
    assert bidder.client.get(address + "receipt.json").json() == kept, (
        "the same receipt whenever it is asked for"
    )
    page = shown(bidder, address)
    for sentence in (
        "in a checkpoint that 2 keepers cosigned",
        "time stamp by",
        "What it does not prove",
        "/verify/#",
    ):
        assert sentence in page
    paper = printed(bidder, address + "receipt.pdf", tmp_path)
    for words in (
        answer["record_hash"],
        "Bid submitted",
        "Reduced redundancy",
        "UTC",
        "What this receipt proves",
    ):
        assert words in paper
    other = Bidder.of(cast.supplier_b)
    for path in (address, address + "receipt.json", address + "receipt.pdf"):
        assert other.client.get(path).status_code == 404


def test_an_authority_that_answers_badly_leaves_no_stamp(
    cast: Any, transactional_db: None, tmp_path: Path, authority: TestAuthority, settings: Any
) -> None:
    head = ledger.publish_checkpoint()
    url, pem = settings.TSA_URL, Path(settings.TSA_CERTIFICATES_FILE)
    pem.write_bytes(TestAuthority.make(tmp_path / "other", "Other TSA").pem)
    assert stamp(head) is None, "it is signed by somebody else"
    pem.write_bytes(authority.pem)
    for elsewhere in ("http://127.0.0.1:1/", ""):
        settings.TSA_URL = elsewhere
        assert stamp(head) is None
    assert Timestamp.objects.count() == 0
    settings.TSA_URL = url
    assert stamp(head) is not None
