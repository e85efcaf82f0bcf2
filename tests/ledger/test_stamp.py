"""Acts are chained and cannot be changed unnoticed; checkpoints are stamped by an outside authority that is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from core.audit.models import Entry
from core.audit.services import record, verify
from core.ledger import selectors, services, stamping, timestamp
from core.ledger.models import Timestamp
from core.ledger.note import Note
from tests.sealing.stamping import TestAuthority

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority.make(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def address(authority: TestAuthority) -> Iterator[str]:
    """Where the authority answers by HTTP, as public ones do."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            said = authority.answer(asked)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/tsa"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.requirement("S003-54")
def test_a_checkpoint_is_stamped_once_by_the_authority_whose_certificates_are_known(
    authority: TestAuthority, address: str, settings: Any, tmp_path: Path
) -> None:
    services.append({"type": "test"})
    checkpoint = services.publish_checkpoint()
    assert stamping.stamp(checkpoint) is None, "no authority is configured"

    other, own = tmp_path / "other.pem", tmp_path / "own.pem"
    other.write_bytes(TestAuthority.make(tmp_path / "other", "Other TSA").pem)
    own.write_bytes(authority.pem)
    settings.TSA_URL, settings.TSA_CERTIFICATES_FILE = address, str(other)
    assert stamping.stamp(checkpoint) is None
    assert not Timestamp.objects.exists()

    settings.TSA_CERTIFICATES_FILE = str(own)
    made = stamping.stamp(checkpoint)
    assert made is not None
    assert stamping.stamp(checkpoint) == made
    [(where, token)] = selectors.tokens_of(checkpoint)
    read = timestamp.read(
        bytes(token), Note.parse(checkpoint.note).text, timestamp.Authority.from_pem(authority.pem)
    )
    assert (where, read.verified, read.at) == (address, True, made.stamped_at)


TAMPERINGS: list[tuple[Callable[[], Any], int | None]] = [
    (lambda: None, None),
    (lambda: Entry.objects.filter(seq=2).update(actor="somebody else"), 2),
    (lambda: Entry.objects.filter(seq=3).update(facts={"amount": "20.00"}), 3),
    (lambda: Entry.objects.filter(seq=2).delete(), 2),
    (lambda: Entry.objects.filter(seq=1).update(prev_hash="1" * 64), 1),
]


@pytest.mark.requirement("S003-54")
@pytest.mark.parametrize(("tamper", "found"), TAMPERINGS)
def test_the_chain_of_acts_names_the_first_one_that_was_changed(
    tamper: Callable[[], Any], found: int | None
) -> None:
    for number in range(4):
        record(actor="张三", verb="pay", subject="contract.1", amount=f"{number}.00")
    record(actor="李四", verb="pay", subject="contract.2", amount="1.00")
    Entry.objects.filter(subject="contract.2").update(seq=9)
    tamper()
    assert verify("contract.1") == found
    assert verify("contract.2") == 1
