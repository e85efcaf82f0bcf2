"""The keeper as witness of the log (C2SP tlog-witness): it cosigns only what continues the last it saw."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bidding.keeper.clock import seconds
from bidding.keeper.keys import Keys
from bidding.keeper.monitor import Monitor
from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.store import Store, Witnessed
from bidding.keeper.trust import TrustFile
from core.ledger import tlog
from core.ledger.note import Checkpoint, MalformedNote, Note, UnverifiedNote, decode_base64

MAX_PROOF_LINES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer in the terms of tlog-witness."""

    status: int
    text: str
    content_type: str = "text/plain; charset=utf-8"


class Witness:
    """Remembers the newest checkpoint that it cosigned, on disk before it answers."""

    def __init__(self, keys: Keys, store: Store, trust: TrustFile, monitor: Monitor) -> None:
        self._keys = keys
        self._store = store
        self._trust = trust
        self._monitor = monitor

    def add_checkpoint(self, body: bytes, now: datetime) -> Answer:
        """Cosign a checkpoint at `now`, or say with the specification's status why not."""
        try:
            old, proof, source = _read(body)
            head = Checkpoint.parse(Note.parse(source).text)
        except (MalformedNote, ValueError) as error:
            return Answer(400, f"malformed: {error}\n")
        try:
            trust = self._trust.current()
            if head.origin != trust.log.name:
                return Answer(404, "unknown log\n")
            Note.parse(source).verified([trust.log])
            head, note = self._monitor.verified(source, trust)
        except UnverifiedNote as error:
            return Answer(403, f"{error}\n")
        except KeeperRefusal as refusal:
            return Answer(404 if refusal.code == "no-trust" else 403, f"{refusal}\n")
        with self._store.change():
            answer = self._judge(old, proof, head, source)
            if answer is None:
                self._store.set_witnessed(Witnessed(head.size, head.root, source))
                line = self._keys.witness.cosign(note.text, seconds(now)).line
                answer = Answer(200, line)
            self._store.log_request(now, "cosign", str(head.size), str(answer.status))
            self._store.raise_watermark(now)
        if answer.status == 422 and self._store.fork():
            return Answer(422, "the log has signed two histories\n")
        return answer

    def _judge(self, old: int, proof: list[bytes], head: Checkpoint, source: str) -> Answer | None:
        """None when the checkpoint continues the last one and contradicts nothing that was read."""
        last, read = self._store.witnessed(), self._store.frontier()
        if old > head.size:
            return Answer(400, "the old size is larger than the checkpoint\n")
        contradicts = (head.size == last.size and head.root != last.root) or (
            head.size == read.size and head.root != read.root()
        )
        if contradicts:
            self._store.set_fork(source)
            self._store.alarm("the log has signed two histories", self._monitor.clock.now())
            return Answer(422, "the log has signed two histories\n")
        if old != last.size:
            return Answer(409, f"{last.size}\n", "text/x.tlog.size")
        if not tlog.verify_consistency(old, head.size, last.root, head.root, proof):
            return Answer(422, "the consistency proof does not verify\n")
        return None


def _read(body: bytes) -> tuple[int, list[bytes], str]:
    """Old size, proof and checkpoint.  Raises ValueError, MalformedNote."""
    text = body.decode("utf-8")
    request, gap, source = text.partition("\n\n")
    first, *lines = request.split("\n")
    match = _OLD.fullmatch(first)
    if match is None or not gap or len(lines) > MAX_PROOF_LINES:
        raise ValueError("the request is: old size, at most 63 proof lines, an empty line, the checkpoint")
    return int(match[1]), [decode_base64(line) for line in lines], source
