"""The trial room: what keeps a place from taking part is named, kept, and seen by the host."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core.errors import Invalid, NotFound
from evaluation.models import Trial
from evaluation.services import trials
from evaluation.video import trial
from tests.evaluation.videoing import PASSED
from tests.factories import evaluation as evaluate

WANTED = trial.needs(7, 2, 250, records_at_sender=True)


def test_what_a_line_needs_follows_from_who_is_in_the_room() -> None:
    assert trial.Needs(up_kbps=9 * 282, down_kbps=6 * 282) == WANTED
    assert trial.needs(5, 0, 250, records_at_sender=False) == trial.Needs(4 * 282, 4 * 282)


@pytest.mark.parametrize(
    ("over", "faults"),
    [
        ({}, []),
        ({"camera": "dark"}, ["camera_dark"]),
        ({"camera": "denied", "microphone": "denied", "peak": 0}, ["camera_denied", "microphone_denied"]),
        ({"peak": 2}, ["microphone_silent"]),
        ({"speaker": "unheard", "records": "no"}, ["speaker_unheard", "cannot_record"]),
        ({"up_kbps": WANTED.up_kbps - 1, "down_kbps": WANTED.down_kbps}, ["slow_up"]),
        ({"down_kbps": WANTED.down_kbps - 1}, ["slow_down"]),
        ({"rtt_ms": 601, "jitter_ms": 201}, ["delay", "unsteady"]),
    ],
)
def test_each_fault_is_named_with_what_to_do(over: dict[str, Any], faults: list[str]) -> None:
    assert trial.faults(trial.read({**PASSED, **over}), WANTED) == faults
    assert set(faults) <= set(trial.FAULTS)


@pytest.mark.parametrize(
    "over", [{"camera": "fine"}, {"rtt_ms": -1}, {"rtt_ms": 1.5}, {"width": True}, {"peak": None}]
)
def test_what_no_page_sends_is_no_result(over: dict[str, Any]) -> None:
    with pytest.raises(trial.MalformedResult):
        trial.read({**PASSED, **over})


def test_the_host_sees_who_has_tried_and_a_stranger_cannot(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "drawn")
    one, two = (made.actor(row) for row in made.members[1:3])
    trials.keep(actor=one, said={**PASSED, "camera": "missing"})
    trials.keep(actor=one, said=PASSED)
    trials.keep(actor=two, said={**PASSED, "up_kbps": 100})
    for error, actor, said in ((NotFound, cast.supplier_a, PASSED), (Invalid, one, {})):
        with pytest.raises(error):
            trials.keep(actor=actor, said=said)
    assert Trial.objects.count() == 3

    page = reverse("evaluation:video", args=[made.panel_id])
    english = {"accept-language": "en"}
    text = evaluate.client_of(made.host).get(page, headers=english).content.decode()
    assert text.count("Has not tried camera and line") == len(made.members) - 2
    assert "the line sends too slowly" in text
    assert "no camera was found" not in text
    own = evaluate.client_of(two).get(reverse("evaluation:trial"), headers=english).content.decode()
    assert "Use a cable, or another line; stop other uploads." in own
    assert "Has not tried" not in evaluate.client_of(two).get(page, headers=english).content.decode()
