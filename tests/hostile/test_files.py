"""What bidders send is hostile until the end: it is never run, never unpacked unseen, and says so when a scanner found it."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from bidding.models import OpenedFile
from bidding.sealing.errors import Malformed
from bidding.sealing.plain import file_name
from bidding.selectors import opened_bids
from bidding.services import screening
from core.audit.models import Entry
from core.timers.models import Timer
from storage import scanning
from storage.models import Scan
from tests.factories import bidding as make
from tests.factories import tendering

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 1 << 20


class Clamd(socketserver.ThreadingTCPServer):
    """clamd as far as INSTREAM goes: one known signature, and a limit beyond which it hangs up."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def where(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Answer(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack("!I", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
            if len(data) > LIMIT:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        assert isinstance(self.server, Clamd)
        self.server.seen.append(data)
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    server = Clamd()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CLAMD = server.where
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def tender(cast: Any) -> Any:
    return tendering.published(cast.purchaser)


def attached(tender: Any, supplier: Any, name: str, content: bytes) -> OpenedFile:
    """One attachment as an opening leaves it."""
    bid = make.opened_bid(tender, supplier)
    file = OpenedFile.objects.get(bid__bid=bid)
    storages["opened"].delete(file.stored_as)
    file.stored_as = storages["opened"].save(f"{bid.pk}/0", ContentFile(content))
    file.name, file.size = name, len(content)
    file.save()
    return file


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/cron.d/x", b"0" * (64 << 20))
    return packed.getvalue()


HOSTILE = {
    "page.html": b"<script>fetch('/desk')</script>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "paper.pdf": b"%PDF-1.7 1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
    "entities.xml": b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:/etc/passwd">]><x>&y;</x>',
    "picture.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack("!II", 60000, 60000) + b"\x08\x02\0\0\0",
    "archive.zip": bomb(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_what_bidders_attached_is_a_download_byte_for_byte_that_no_browser_runs(
    tender: Any, cast: Any, signed_in: Callable[[Any], Client], name: str
) -> None:
    file = attached(tender, cast.supplier_a, name, HOSTILE[name])
    answer = signed_in(cast.supplier_a).get(f"/bid-files/{file.pk}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == HOSTILE[name]  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "allow-scripts" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name",
    [
        "../up.pdf",
        "/etc/passwd",
        "a\\b.pdf",
        "..",
        ".hidden",
        "with\nline.pdf",
        "right\u202eto.pdf",
        "a/../b",
        "",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_unpacked(name: str) -> None:
    with pytest.raises(Malformed):
        file_name(name)
    assert file_name("技术方案.pdf") == "技术方案.pdf"


@pytest.mark.django_db
def test_a_file_in_which_the_scanner_found_something_is_served_only_after_a_warning(
    tender: Any, cast: Any, signed_in: Callable[[Any], Client], clamd: Clamd
) -> None:
    good = attached(tender, cast.supplier_a, "good.pdf", b"%PDF-1.7 good")
    bad = attached(tender, cast.supplier_b, "bad.pdf", b"%PDF-1.7 " + EICAR)
    screening.plan(tender.id)
    assert Timer.objects.filter(verb="bidding.scan", done_at=None).count() == 1
    screening.screen(tender.id)
    files = {file.name: (file.scan, file.found) for bid in opened_bids(tender.id) for file in bid.files}
    assert files == {"good.pdf": ("clean", ""), "bad.pdf": ("found", "Eicar-Test-Signature")}
    assert len(clamd.seen) == 2

    client = signed_in(cast.purchaser)
    assert client.get(f"/bid-files/{good.pk}").status_code == 200
    warned = client.get(f"/bid-files/{bad.pk}")
    page = warned.content.decode()
    assert warned.status_code == 409
    assert "Eicar-Test-Signature" in page
    assert EICAR.decode() not in page
    program = client.get(f"/bid-files/{bad.pk}", HTTP_ACCEPT="application/json")
    assert (program.status_code, program.json()["code"]) == (409, "file-found")
    assert client.get(f"/bid-files/{bad.pk}?warned=yes").status_code == 409
    assert not Entry.objects.filter(verb="take_found_file").exists()
    anyway = page.split('href="/bid-files/')[1].split('"')[0].replace("&amp;", "&")
    taken = client.get(f"/bid-files/{anyway}")
    assert taken.status_code == 200
    assert EICAR in b"".join(taken.streaming_content)  # type: ignore[attr-defined]
    assert Entry.objects.get(verb="take_found_file").facts["found"] == "Eicar-Test-Signature"
    # The warning was one person's, for one file.
    assert signed_in(cast.supplier_b).get(f"/bid-files/{anyway}").status_code == 409
    assert len(clamd.seen) == 2


@pytest.mark.django_db
def test_without_a_scanner_or_when_it_is_away_a_file_is_called_not_scanned(
    tender: Any, cast: Any, signed_in: Callable[[Any], Client], clamd: Clamd, settings: Any
) -> None:
    file = attached(tender, cast.supplier_a, "bad.pdf", EICAR)
    big = attached(tender, cast.supplier_b, "big.bin", bytes(2 * LIMIT))
    client = signed_in(cast.purchaser)
    for where in ("", "127.0.0.1:1", "unix:/nowhere/clamd.ctl"):
        settings.CLAMD = where
        assert client.get(f"/bid-files/{file.pk}").status_code == 200
        assert Scan.objects.count() == 0
    with pytest.raises(scanning.ScannerAway):
        screening.screen(tender.id)
    settings.CLAMD = ""
    screening.plan(tender.id)
    assert not Timer.objects.filter(verb="bidding.scan").exists()
    settings.CLAMD = clamd.where
    assert client.get(f"/bid-files/{file.pk}").status_code == 409  # scanned when first asked for
    assert client.get(f"/bid-files/{big.pk}").status_code == 200
    assert scanning.result("opened", big.stored_as).found == "too-large"


@pytest.mark.django_db
def test_files_come_from_an_origin_of_their_own_where_there_is_one(
    tender: Any, cast: Any, signed_in: Callable[[Any], Client], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILES_URL, settings.ALLOWED_HOSTS = (
        "http://files.test",
        ["localhost", "testserver", "files.test"],
    )
    file = attached(tender, cast.supplier_a, "page.html", HOSTILE["page.html"])
    client = signed_in(cast.supplier_a)
    sent = client.get(f"/bid-files/{file.pk}")
    assert sent.status_code == 302
    assert sent["Location"].startswith("http://files.test/f/")
    path = sent["Location"].removeprefix("http://files.test")
    other = Client(HTTP_HOST="files.test")
    answer = other.get(path)
    assert b"".join(answer.streaming_content) == HOSTILE["page.html"]  # type: ignore[attr-defined]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert not answer.cookies
    assert client.get(path).status_code == 404  # on the platform's own origin there is no such address
    for closed in (
        "/",
        "/desk",
        "/accounts/login/",
        "/static/x.css",
        f"/bid-files/{file.pk}",
        "/f",
        "/healthz",
    ):
        assert other.get(closed).status_code == 404, closed
    assert other.get(path[:-2]).status_code == 404
    from django.core import signing

    later = signing.time.time() + 61
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert other.get(path).status_code == 404


@pytest.mark.django_db
def test_an_attachment_is_for_its_bidder_and_for_those_who_run_the_tender(
    tender: Any, cast: Any, signed_in: Callable[[Any], Client], clamd: Clamd
) -> None:
    file = attached(tender, cast.supplier_a, "bad.pdf", EICAR)
    for actor in (cast.supplier_b, cast.outsider, cast.supervisor, cast.experts[0]):
        assert signed_in(actor).get(f"/bid-files/{file.pk}").status_code == 404
    assert Client().get(f"/bid-files/{file.pk}").status_code in (302, 401, 404)
    assert clamd.seen == []
