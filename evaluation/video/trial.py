"""What a trial of camera, microphone, speaker and line came to, and what to do about each fault. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import gettext_noop

SOUND_KBPS = 32
MOST_DELAY_MS, MOST_JITTER_MS = 600, 200
HEARD_PEAK = 3
"""Of 100: what a microphone takes in of somebody speaking, at least."""
CHOICES = {
    "camera": {"ok", "denied", "missing", "dark"},
    "microphone": {"ok", "denied", "missing"},
    "speaker": {"heard", "unheard"},
    "records": {"yes", "no"},
}
NUMBERS = ("width", "height", "peak", "rtt_ms", "jitter_ms", "up_kbps", "down_kbps")
LARGEST = 100_000_000

FAULTS: dict[str, tuple[str, str]] = {
    "camera_denied": (
        gettext_noop("the browser does not let the page use the camera"),
        gettext_noop("Allow camera and microphone in the sign beside the address, then try again."),
    ),
    "camera_missing": (
        gettext_noop("no camera was found"),
        gettext_noop("Connect a camera, close other programs that use it, then try again."),
    ),
    "camera_dark": (
        gettext_noop("the camera sends no picture"),
        gettext_noop("Open its cover, close other programs that use it, then try again."),
    ),
    "microphone_denied": (
        gettext_noop("the browser does not let the page use the microphone"),
        gettext_noop("Allow camera and microphone in the sign beside the address, then try again."),
    ),
    "microphone_missing": (
        gettext_noop("no microphone was found"),
        gettext_noop("Connect a microphone or a headset, then try again."),
    ),
    "microphone_silent": (
        gettext_noop("the microphone hears nothing"),
        gettext_noop("Switch it on, choose the right one in the system's settings, speak, then try again."),
    ),
    "speaker_unheard": (
        gettext_noop("the tone was not heard"),
        gettext_noop("Turn the sound on or use a headset, then try again."),
    ),
    "cannot_record": (
        gettext_noop("the browser cannot record"),
        gettext_noop("Use a current Chrome, Edge, Firefox or Safari."),
    ),
    "slow_up": (
        gettext_noop("the line sends too slowly"),
        gettext_noop(
            "Use a cable, or another line; stop other uploads. The host can say where a better line is."
        ),
    ),
    "slow_down": (
        gettext_noop("the line receives too slowly"),
        gettext_noop("Use a cable, or another line; stop other downloads."),
    ),
    "delay": (
        gettext_noop("the line answers late"),
        gettext_noop("Use a cable instead of radio, and no detour through other networks."),
    ),
    "unsteady": (
        gettext_noop("the line is unsteady"),
        gettext_noop("Use a cable instead of radio, or come nearer to the sender."),
    ),
}


class MalformedResult(ValueError):
    """The result of a trial is not one that the page sends."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a room asks of a line, in kbit/s."""

    up_kbps: int
    down_kbps: int


def needs(people: int, watching: int, kbps: int, *, records_at_sender: bool) -> Needs:
    """Give what a member of a mesh of `people` sends to the others, to who is `watching` and to the recording, and receives."""
    one = kbps + SOUND_KBPS
    return Needs((people - 1 + watching + int(records_at_sender)) * one, (people - 1) * one)


def read(said: Mapping[str, Any]) -> dict[str, Any]:
    """Read what the page measured. Raises MalformedResult for anything else."""
    found: dict[str, Any] = {}
    for name, choices in CHOICES.items():
        if said.get(name) not in choices:
            raise MalformedResult(name)
        found[name] = said[name]
    for name in NUMBERS:
        value = said.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
            raise MalformedResult(name)
        found[name] = value
    return found


def faults(result: Mapping[str, Any], wanted: Needs) -> list[str]:
    """Give what keeps this place from taking part, by the names of FAULTS; empty when the trial is passed."""
    camera, microphone = result["camera"], result["microphone"]
    checks = {
        f"camera_{camera}": camera != "ok",
        f"microphone_{microphone}": microphone != "ok",
        "microphone_silent": microphone == "ok" and result["peak"] < HEARD_PEAK,
        "speaker_unheard": result["speaker"] != "heard",
        "cannot_record": result["records"] != "yes",
        "slow_up": result["up_kbps"] < wanted.up_kbps,
        "slow_down": result["down_kbps"] < wanted.down_kbps,
        "delay": result["rtt_ms"] > MOST_DELAY_MS,
        "unsteady": result["jitter_ms"] > MOST_JITTER_MS,
    }
    return [name for name, wrong in checks.items() if wrong]
