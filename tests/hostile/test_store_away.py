"""The store fails – a refused clock, nobody there, a full disk: a clear answer that says what to do, and nothing half done."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import gettext, override

from bidding.models import Attempt, Bid, Receipt
from storage.models import Upload
from tests.bidding.bidder import TUS, Bidder, sheet
from tests.factories import tendering as make
from tests.hostile import stores
from tests.hostile.pocket import Pocket
from tests.hostile.test_blame import pockets

__all__ = ["pockets"]
pytestmark = pytest.mark.django_db(transaction=True)
SKEWED = b"""<?xml version="1.0" encoding="UTF-8"?><Error><Code>RequestTimeTooSkewed</Code><Message>The difference
between the request time and the current time is too large.</Message></Error>"""


class Refusing(BaseHTTPRequestHandler):
    """An S3 server that finds the request's time wrong."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(403)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(0 if self.command == "HEAD" else len(SKEWED)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(SKEWED)

    do_PUT = do_GET = do_HEAD = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def s3(address: str) -> dict[str, Any]:
    from botocore.config import Config

    options = {"bucket_name": "sealed", "endpoint_url": address, "access_key": "a", "secret_key": "b"}
    quick = Config(retries={"max_attempts": 0}, connect_timeout=2, s3={"addressing_style": "path"})
    return {"BACKEND": "storage.buckets.Bucket", "OPTIONS": {**options, "client_config": quick}}


def full(path: Path) -> dict[str, Any]:
    """A store in a folder that cannot be made: there is a file in its place."""
    path.write_text("in the way")
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(path / "store")},
    }


@pytest.fixture(params=["clock", "away", "disk"])
def broken(request: Any, refusing: str, tmp_path: Path) -> tuple[dict[str, Any], str]:
    """How the store is set up, and the code of the refusal."""
    if request.param == "clock":
        return s3(refusing), "store-clock-wrong"
    if request.param == "away":
        return s3("http://127.0.0.1:9"), "store-unavailable"
    return full(tmp_path / "full"), "store-unavailable"


def told(answer: Any, code: str) -> dict[str, Any]:
    assert answer.status_code == 503, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["status"]) == (code, 503)
    assert body["title"]
    assert body["detail"]
    return body


def test_a_bidder_is_told_and_goes_on_where_it_stopped(
    pockets: list[Pocket], cast: Any, settings: Any, tmp_path: Path, broken: tuple[dict[str, Any], str]
) -> None:
    store, code = broken
    tender = make.published(cast.purchaser)
    bidder = Bidder.of(cast.supplier_a)
    bid_id = bidder.begin(tender)
    sealed = bidder.seal(bid_id, tmp_path / "bid", sheet(tender))
    sound = settings.STORAGES
    request = bidder.request(tender, bid_id, sealed)
    before = stores.names("sealed")

    settings.STORAGES = {**sound, "sealed": store}
    data = (sealed.directory / "sheet.age").read_bytes()
    meta = "tender " + base64.b64encode(str(tender.id).encode()).decode()
    where = bidder.client.post(
        "/uploads/", HTTP_UPLOAD_LENGTH=str(len(data)), HTTP_UPLOAD_METADATA=meta, **TUS
    )["Location"]

    said = told(
        bidder.client.patch(
            where, data, content_type="application/offset+octet-stream", HTTP_UPLOAD_OFFSET="0",
            HTTP_ACCEPT_LANGUAGE="en", **TUS,
        ),
        code,
    )  # fmt: skip
    assert "Nothing was lost" in said["detail"]
    assert bidder.client.head(where, **TUS).status_code == 503, (
        "asked where it stands, it still cannot be finished"
    )
    if "s3" in store["BACKEND"]:  # the other store has lost its folder, not its answer
        there = bidder.client.post(
            f"/bids/{bid_id}/check", request, content_type="application/json",
            HTTP_ACCEPT="application/json", HTTP_ACCEPT_LANGUAGE="zh-hans",
        )  # fmt: skip
        with override("zh-hans"):
            assert told(there, code)["detail"] == gettext(said["detail"])
    row = Upload.objects.get(pk=where.rstrip("/").split("/")[-1])
    assert (row.finished_at, row.stored_as, row.offset) == (None, "", len(data))
    bid = Bid.objects.get(pk=bid_id)
    assert (bid.status, bid.acks, bid.record) == ("preparing", [], None)
    assert not Receipt.objects.exists()

    settings.STORAGES = sound
    assert stores.names("sealed") == before
    asked = bidder.client.head(where, **TUS)
    assert (asked.status_code, asked["Upload-Offset"]) == (200, str(len(data)))
    row.refresh_from_db()
    assert row.finished_at is not None
    assert len(stores.names("sealed")) == len(before) + 1
    assert bidder.post(f"/bids/{bid_id}/submit", request).status_code == 200
    assert set(Attempt.objects.values_list("code", flat=True)) <= {code}
