"""The lines over which experts are called beside inbox and mail: the interface, and what stands behind it.

`settings.CALL_LINES` names the classes. A line takes a job and is asked from time to time what was answered to it. The
recording lines keep each job in a file and take answers from one beside it, for demonstrations and trials; `HttpText` hands
text messages to a gateway. A telephone line of one's own is one more class with the same three names.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx
from django.conf import settings
from django.utils.module_loading import import_string

TIMEOUT_SECONDS = 10.0
LONGEST_ANSWER = 20


class LineDown(Exception):
    """The line did not take the call; it is tried again."""


@dataclass(frozen=True, slots=True)
class Key:
    """What one key of the telephone, or one digit sent back, means."""

    key: str
    means: str


@dataclass(frozen=True, slots=True)
class Job:
    """One call to place: `reference` stays the same when it is tried again.

    `spoken` and `keys` are for a voice, `text` to read.
    """

    reference: str
    number: str
    language: str
    text: str
    spoken: tuple[str, ...]
    keys: tuple[Key, ...]


class Line(Protocol):
    """One line; `channel` is `sms` or `voice`."""

    channel: str

    def place(self, job: Job) -> str:
        """Hand over a call; gives the provider's reference. Raises LineDown."""

    def answers(self, references: Collection[str]) -> dict[str, str]:
        """Give what was answered to those of the provider's references that have an answer. Raises LineDown."""


def _plain(text: str) -> str:
    """Give what came back without what no database keeps: one answer that cannot be kept would hold up everybody's."""
    return "".join(sign for sign in text.strip()[:LONGEST_ANSWER] if sign.isprintable())


def all_lines() -> list[Line]:
    """Give the lines that are set up, in the order in which they are tried."""
    return [import_string(name)() for name in settings.CALL_LINES]


class _Recorded:
    channel = ""

    def place(self, job: Job) -> str:
        """Keep the job as `<reference>.json` in `settings.CALLS_FOLDER`. Raises LineDown."""
        folder = Path(settings.CALLS_FOLDER)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"channel": self.channel, **asdict(job)}, ensure_ascii=False, indent=1)
            (folder / f"{job.reference}.json").write_text(text, encoding="utf-8")
        except OSError as error:
            raise LineDown(f"the call cannot be kept: {error.strerror}") from error
        return job.reference

    def answers(self, references: Collection[str]) -> dict[str, str]:
        """Read the answers from `<reference>.key`."""
        files = {one: Path(settings.CALLS_FOLDER) / f"{one}.key" for one in references}
        return {
            one: _plain(file.read_text(encoding="utf-8", errors="replace"))
            for one, file in files.items()
            if file.exists()
        }


class RecordedText(_Recorded):
    """Text messages that nobody gets: they are kept."""

    channel = "sms"


class RecordedVoice(_Recorded):
    """Telephone calls that nobody hears: what would be said is kept, with what each key means."""

    channel = "voice"


def press(call_id: UUID, channel: str, key: str) -> Path:
    """Answer a recorded call in the expert's place, in a demonstration. Raises FileNotFoundError for no such call."""
    asked = Path(settings.CALLS_FOLDER) / f"{call_id}.{channel}.json"
    if not asked.exists():
        raise FileNotFoundError(asked)
    answer = asked.with_suffix(".key")
    answer.write_text(key, encoding="utf-8")
    return answer


class HttpText:
    """Text messages over a gateway at `settings.SMS_GATEWAY_URL`, with `settings.SMS_GATEWAY_TOKEN`.

    `POST <url>/messages {"reference", "to", "text"}` gives `{"id"}`, the same id for the same reference;
    `GET <url>/answers?id=…&id=…` gives `{"answers": [{"id", "text"}]}`.
    """

    channel = "sms"

    def place(self, job: Job) -> str:
        """Hand the message over. Raises LineDown."""
        said = self._send(
            "POST", "/messages", json={"reference": job.reference, "to": job.number, "text": job.text}
        )
        if not isinstance(said.get("id"), str) or not said["id"]:
            raise LineDown("the gateway gave no id")
        return str(said["id"])[:200]

    def answers(self, references: Collection[str]) -> dict[str, str]:
        """Ask for the messages that came back. Raises LineDown."""
        said = self._send("GET", "/answers", params={"id": sorted(references)})
        rows = said.get("answers")
        if not isinstance(rows, list):
            raise LineDown("the gateway's answer cannot be read")
        return {
            str(row["id"]): _plain(str(row["text"]))
            for row in rows
            if isinstance(row, dict) and row.get("id") in references and "text" in row
        }

    def _send(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"}
        try:
            with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, headers=headers) as http:
                answer = http.request(method, f"{settings.SMS_GATEWAY_URL.rstrip('/')}{path}", **what)
                answer.raise_for_status()
                said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise LineDown(f"the gateway did not answer: {type(error).__name__}") from error
        if not isinstance(said, dict):
            raise LineDown("the gateway's answer cannot be read")
        return said
