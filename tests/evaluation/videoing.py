"""A room's video without browsers: who joins, and pieces of a recording in their chain."""

from __future__ import annotations

import hashlib
from typing import Any

from evaluation.models import Sitting
from evaluation.services import recording, sitting
from evaluation.video import chain

WEBM = "video/webm;codecs=vp8,opus"
PASSED = {
    "camera": "ok", "microphone": "ok", "speaker": "heard", "records": "yes", "width": 640, "height": 360,
    "peak": 20, "rtt_ms": 30, "jitter_ms": 2, "up_kbps": 20_000, "down_kbps": 50_000,
}  # fmt: skip


def joined(actor: Any, made: Any) -> sitting.Joined:
    """Somebody comes to the room's video; a member with a camera."""
    return sitting.join(actor=actor, panel_id=made.panel_id, mime=WEBM, picture=True)


def send(actor: Any, row: Sitting, n: int, content: bytes | None = None, **over: Any) -> Sitting:
    """Send piece `n` of a recording, as the browser chains it."""
    row.refresh_from_db()
    facts = {
        "part": n // 60,
        "begins_ms": n * 1000,
        "previous": row.head,
        "content": b"piece %d" % n if content is None else content,
    }
    return recording.take(actor=actor, panel_id=row.panel_id, sitting_id=row.pk, n=n, **{**facts, **over})


def after(head: str, n: int, content: bytes) -> str:
    """The head after piece `n`, reckoned as the browser does."""
    return chain.link(head, n, n // 60, n * 1000, hashlib.sha256(content).hexdigest())
