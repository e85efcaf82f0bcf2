"""Addresses of a room's video: the room's people, and for each browser its own sitting."""

from __future__ import annotations

from typing import Any

from evaluation.models import Sitting
from evaluation.services import replaying, sitting
from parties.access import actor_for
from parties.models import User
from tests.access.matrix import Row
from tests.access.rows_evaluation import INSIDE, _made
from tests.evaluation.videoing import PASSED, WEBM, send


def _sitting(cast: Any) -> dict[str, Any]:
    """The sitting of the matrix's expert at the video of a room."""
    made = _made(cast, "scoring")
    expert = actor_for(User.objects.get(pk=cast.experts[0].user_id))
    joined = sitting.join(actor=expert, panel_id=made.panel_id, mime=WEBM, picture=True)
    return {"panel_id": made.panel_id, "sitting_id": joined.sitting.pk}


def _piece(cast: Any) -> dict[str, Any]:
    return {**_sitting(cast), "n": 0}


def _signal(cast: Any) -> dict[str, Any]:
    """What the expert's browser says to the purchaser's member."""
    panel_id = Sitting.objects.get().panel_id
    other = sitting.join(actor=cast.purchaser, panel_id=panel_id, mime=WEBM)
    return {"to": str(other.sitting.pk), "kind": "offer", "body": {"sdp": "v=0"}}


def _seated(cast: Any) -> dict[str, Any]:
    """A room in which the matrix's expert and the purchaser sit; no address of a trial names it."""
    _made(cast, "scoring")
    return {}


def _replayed(cast: Any) -> dict[str, Any]:
    """A file of a recording in the supervisor's replay."""
    made = _made(cast, "scoring")
    expert = actor_for(User.objects.get(pk=cast.experts[0].user_id))
    row = send(expert, sitting.join(actor=expert, panel_id=made.panel_id, mime=WEBM).sitting, 0)
    begun = replaying.begin(actor=cast.supervisor, panel_id=made.panel_id)
    return {"panel_id": made.panel_id, "replay_id": begun.pk, "sitting_id": row.pk, "part": 0}


OBJECTS = {"replayed": _replayed, "sitting": _sitting, "recording": _piece, "seated": _seated}
SEATED = {"purchaser", "expert"}
ROWS = [
    Row("evaluation:wall", allowed={"supervisor", "outsider_supervisor"}),
    Row("evaluation:replay", "scoring_room", allowed={"supervisor"}),
    Row("evaluation:begin_replay", "scoring_room", allowed={"supervisor"}, method="post"),
    Row("evaluation:recording_part", "replayed", allowed={"supervisor"}),
    Row("evaluation:trial", "seated", allowed=SEATED),
    Row("evaluation:trial", "seated", allowed=SEATED, method="post", data=lambda cast: PASSED, json=True),
    Row("evaluation:trial_bytes", "seated", allowed=SEATED),
    Row("evaluation:trial_bytes", "seated", allowed=SEATED, method="post"),
    Row("evaluation:video", "scoring_room", allowed=INSIDE),
    Row("evaluation:join_video", "scoring_room", allowed=INSIDE, method="post", data={"mime": WEBM, "picture": "1"}),
    Row("evaluation:stay_at_video", "sitting", allowed={"expert"}, method="post"),
    Row("evaluation:signal_video", "sitting", allowed={"expert"}, method="post", data=_signal, json=True),
    Row("evaluation:video_piece", "recording", allowed={"expert"}, method="post", accepts={409}),
    Row("evaluation:leave_video", "sitting", allowed={"expert"}, method="post"),
]  # fmt: skip
