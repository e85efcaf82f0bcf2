"""`upload`: tus uploads straight and with cut lines, beside a view that only writes what it gets."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings

from config.bench import client, servers
from config.bench.catalogue import PAIRS
from config.bench.factories import parties, tendering
from config.bench.measure import Broken, Comparison, Outcome, in_turns, say
from storage import uploads

MIB = 1 << 20
CHUNK = settings.UPLOAD_CHUNK_BYTES
STRAIGHT = {"small": 2, "full": 128}
CUT_CHUNKS = {"small": 4, "full": 1200}
CUTS = {"small": 1, "full": 200}
"""Chunks of 8 MiB without a cut, chunks with cuts, and how often the line is cut there."""
MOST_TWICE = 0.03
MOST_MEMORY = 2 * CHUNK
AT_ONCE = 8
WARM = 6
AGAIN = 0.05
PATIENCE = 200
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
SEED = 20260101


def run(size: str) -> Outcome:
    """Measure bytes per second, memory, and what a cut line costs."""
    purchaser = parties.desk("purchaser", "示例中学", "330100")
    supplier = parties.desk("supplier", "示例科技有限公司", "330100")
    tender = tendering.published(purchaser)
    cookie = client.session_of(supplier)
    chunk = os.urandom(CHUNK)
    chunks = STRAIGHT[size]
    with (
        tempfile.TemporaryDirectory() as bare,
        servers.wsgi(size) as site,
        servers.daphne() as embedded,
        servers.wsgi(size, "config.bench.floors:bare_upload", BENCH_UPLOADS=bare) as floor,
    ):
        line, other = (_Tus(one.port, cookie, str(tender.id)) for one in (site, embedded))

        def ours(line: _Tus = line) -> float:
            where = line.begin(chunks * CHUNK)
            spent = _patches(line.port, where, cookie, chunk, chunks)
            line.drop(where)
            return chunks * CHUNK / MIB / spent

        def theirs() -> float:
            spent = _patches(floor.port, "/one", "", chunk, chunks)
            (Path(bare) / "one").unlink()
            return chunks * CHUNK / MIB / spent

        for one in (line, other):
            client.send(one.port, [client.request("GET", "/healthz")] * 20, 4)
            for _ in range(WARM):  # each over a connection of its own, so that every process has had some
                where = one.begin(2 * MIB)
                _patches(one.port, where, cookie, chunk[:MIB], 2)
                one.drop(where)
        with _watching(site) as grown:
            figures = in_turns(PAIRS[size], ours, theirs, lambda: ours(other))
        whole, twice = _cut(line, chunk, CUT_CHUNKS[size], CUTS[size])
    return Outcome(
        main=Comparison("bare WSGI view", "MiB/s", figures[0], figures[1], at_least=0.5),
        also=[Comparison("bare WSGI view, ours on Daphne", "MiB/s", figures[2], figures[1], at_least=0.25)],
        parameters={
            "MiB straight": chunks * CHUNK // MIB,
            "MiB with cuts": CUT_CHUNKS[size] * CHUNK // MIB,
            "cuts": CUTS[size],
        },
        checks={
            "an upload with cuts has the hash of what was sent": whole,
            f"at most {MOST_TWICE:.0%} of its bytes were sent twice": twice <= MOST_TWICE,
            "the memory of no process grew by more than two chunks": grown[0] <= MOST_MEMORY,
        },
        costs={"sent twice (share)": twice, "memory of a process grew at most by (MiB)": grown[0] / MIB},
    )


class _Tus:
    """A supplier's tus client at one server."""

    def __init__(self, port: int, cookie: str, tender: str) -> None:
        self.port, self.cookie = port, cookie
        self.metadata = f"tender {base64.b64encode(tender.encode()).decode()}"

    def begin(self, length: int) -> str:
        """Announce an upload and give its address."""
        asked = {"Upload-Length": str(length), "Upload-Metadata": self.metadata, **TUS}
        return self._one("POST", "/uploads/", 201, asked).header("Location")

    def offset(self, where: str) -> int:
        """Ask where an upload stands."""
        return int(self._one("HEAD", where, 200, TUS).header("Upload-Offset"))

    def drop(self, where: str) -> None:
        """Forget an upload."""
        self._one("DELETE", where, 204, TUS)

    def _one(self, method: str, path: str, status: int, headers: dict[str, str]) -> client.Answer:
        answers, _ = client.send(self.port, [client.request(method, path, headers, cookie=self.cookie)], 1)
        return client.expect(answers, status)[0]


def _patch(where: str, cookie: str, body: bytes, offset: int) -> bytes:
    kind = "application/offset+octet-stream"
    headers = {**TUS, "Upload-Offset": str(offset)}
    return client.request("PATCH", where, headers, cookie=cookie, body=body, kind=kind)


def _patches(port: int, where: str, cookie: str, chunk: bytes, count: int) -> float:
    """Send the same chunk `count` times, one PATCH after the other; give the seconds."""
    spent = 0.0
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        rows = [_patch(where, cookie, chunk, number * len(chunk)) for number in numbers]
        answers, seconds = client.send(port, rows, 1)
        client.expect(answers, 204)
        spent += seconds
    return spent


@contextmanager
def _watching(server: servers.Server) -> Iterator[list[int]]:
    """Give a list whose one member becomes the bytes by which the memory of any of the server's processes grew at most."""
    before, grown, over = server.memory(), [0], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            now = server.memory()
            grown[0] = max([grown[0], *(now[pid] - before[pid] for pid in now.keys() & before)])

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    yield grown
    over.set()
    watcher.join()


def _cut(line: _Tus, chunk: bytes, chunks: int, cuts: int) -> tuple[bool, float]:
    """Upload `chunks` chunks over a line that breaks `cuts` times; whether all arrived, and the share sent twice."""
    length, rng = chunks * CHUNK, random.Random(SEED)  # noqa: S311 - the same cuts every time
    places = sorted(rng.sample(range(1, length), cuts))
    where, sent, offset = line.begin(length), 0, 0
    told, tenth = 0, max(1, length // 10)
    while offset < length:
        size = min(CHUNK, length - offset)
        body = (chunk * 2)[offset % CHUNK :][:size]
        data = _patch(where, line.cookie, body, offset)
        if offset // tenth > told:
            told = offset // tenth
            say(f"{offset // MIB} of {length // MIB} MiB sent with cuts")
        if places and places[0] < offset + size:
            most = max(1, places.pop(0) - offset)
            with socket.create_connection(("127.0.0.1", line.port)) as one:
                one.sendall(data[: len(data) - size + most])
                if len(places) % 2:
                    # Every other time hard: what is still under way is lost.
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sent += most
            offset = _settled(line, where)
            continue
        answers, _ = client.send(line.port, [data], 1)
        if answers[0].status == 409:
            offset = _settled(line, where)
            continue
        client.expect(answers, 204)
        sent, offset = sent + size, offset + size
    digest = hashlib.sha256()
    for _ in range(chunks):
        digest.update(chunk)
    facts = uploads.facts_of(UUID(where.rstrip("/").rpartition("/")[2]))
    return facts.sha256 == digest.hexdigest(), (sent - length) / length


def _settled(line: _Tus, where: str) -> int:
    """Ask where the upload stands until two answers agree: the server may still be writing what it got."""
    last = -1
    for _ in range(PATIENCE):
        now = line.offset(where)
        if now == last:
            return now
        last = now
        time.sleep(AGAIN)
    raise Broken("an upload with a cut line did not come to rest")
