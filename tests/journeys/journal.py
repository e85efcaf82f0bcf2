"""A journey that keeps its transcript: who did what, at which address, with which answer; and who heard it.

The transcript of each procurement method is a page under docs/methods. A run compares it with what it has just lived
through; `WRITE_DOCS=1 pytest tests/journeys` writes it anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from core import clock
from core.clock import BEIJING
from parties.services import passkeys
from tendering.methods import Method
from tests.factories import evaluation as evaluate
from tests.hostile.ears import Ears

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "methods"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Person:
    """Somebody at a browser with a passkey, whose acts are written down."""

    def __init__(self, journal: Journal, name: str, actor: Any) -> None:
        self.journal, self.name, self.actor = journal, name, actor
        self.client = evaluate.client_of(actor)
        self.key = evaluate.SoftKey("localhost", evaluate.ORIGIN)
        passkeys.add(actor.user_id, "test", self.key.create(passkeys.creation_options(actor.user_id)))

    def json(self, path: str) -> Any:
        """Read a page in the form that programs read; not written down."""
        return self.client.get(path, headers={"accept": "application/json"}).json()

    def page(self, path: str) -> str:
        """Read a page that must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        text: str = answer.content.decode()
        return text

    def sees_nothing(self, path: str, say: str) -> None:
        """A page that is not there for this person."""
        assert self.client.get(path).status_code == 404, path
        self.journal.write(self.name, say, f"GET {path}", 404)

    def post(self, path: str, say: str, expect: int = 303, **values: Any) -> Any:
        """Send a form."""
        answer = self.client.post(path, values)
        same = {302, 303} if expect in {302, 303} else {expect}
        assert answer.status_code in same, (path, answer.status_code, answer.content.decode()[:3000])
        self.journal.write(self.name, say, f"POST {path}", 303 if expect in {302, 303} else expect)
        return answer

    def touch(self, path: str, offer: dict[str, str], say: str, **values: str) -> None:
        """Sign with the passkey and send."""
        given = {name: offer[name] for name in ("payload_hash", "purpose")}
        options = self.client.post("/sign/begin", json.dumps(given), content_type="application/json").json()
        self.post(path, say, credential=json.dumps(self.key.get(options)), **values)


class Journal:
    """The rows of one journey, and those who listened on the WebSocket."""

    def __init__(self, method: Method, title: str, ears: Ears) -> None:
        self.method, self.title, self.ears = method, title, ears
        self.rows: list[str] = []

    def person(self, name: str, actor: Any) -> Person:
        """Let somebody take part under a name."""
        return Person(self, name, actor)

    def write(self, who: str, say: str, address: str, status: int | str) -> None:
        """Write one row down."""
        day = clock.now().astimezone(BEIJING).date()
        self.rows.append(f"| {day} | {who} | {say} | `{_ID.sub('…', address)}` | {status} |")

    def clock(self, say: str, verb: str) -> None:
        """Write down what happened by itself."""
        self.write("the clock", say, verb, "—")

    def follow(self, people: list[Person], streams: list[str]) -> None:
        """Let people listen to streams through their WebSocket address."""
        self.ears.follow({one.name: one.client for one in people}, streams)

    def heard(self) -> list[str]:
        """Say what each heard, in the order in which it came; a shut door as its status."""
        self.ears.listen()
        lines = []
        for (who, stream), frames in self.ears.heard.items():
            words: list[str] = []
            for frame in frames:
                said = str(frame["problem"]["status"] if frame.get("type") == "error" else frame["type"])
                if words[-1:] != [said]:  # keepers answer side by side, and in no fixed number
                    words.append(said)
            kind = stream.split(".")[0]
            lines.append(
                f"- {who}, `/ws/streams/{kind}.…`: {', '.join(f'`{word}`' for word in words) or '—'}"
            )
        return sorted(lines)

    def finish(self) -> None:
        """Compare the page with what was lived through, or write it."""
        text = "\n".join(
            [
                f"# {self.title}",
                "",
                f"Lived through by `tests/journeys/test_{self.method.code}.py` at the addresses that a browser uses;",
                "days are of the test's clock. Numbers and periods are those of the law packs: "
                + ", ".join(f"`{rule}`" for rule in self.method.rules)
                + ".",
                "",
                "| day | who | what | address | answer |",
                "|---|---|---|---|---|",
                *self.rows,
                "",
                "What was heard on the WebSocket:",
                "",
                *self.heard(),
                "",
            ]
        )
        page = FOLDER / f"{self.method.code}.md"
        if os.environ.get("WRITE_DOCS"):
            page.parent.mkdir(exist_ok=True)
            page.write_text(text, encoding="utf-8")
        held = page.read_text(encoding="utf-8") if page.exists() else ""
        assert held == text, (
            f"{page.name} tells another journey: WRITE_DOCS=1 pytest tests/journeys writes it anew"
        )
