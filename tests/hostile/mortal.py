"""A server that dies by SIGKILL at the step it is told: before a write, around a commit, a stored file, a call.

`python -m tests.hostile.mortal` waits; for each order it forks a child which does one act with a database connection of
its own. Steps are met, not listed: whatever the act writes, commits, stores or asks of a keeper is a place to die at, so
that code written later is covered as well. A place is named by what happens there and the lines of the project that
lead there; its second visit in one act (the next bid, the next keeper) is a place of its own.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WRITES = ("INSERT", "UPDATE", "DELETE")
AGAIN = 0.25
#: What acts import when they first need it: here once, instead of in every child.
EAGER = (
    "_strptime",
    "django.contrib.messages.storage.fallback",
    "django.contrib.sessions.serializers",
    "django.db.models.sql.compiler",
    "encodings.idna",
    "httpx",
    "storages.backends.s3",
)


HANDLERS: dict[str, Any] = {}  # what the first process has made ready for its children


class Steps:
    """Counts the places that an act passes and ends the process at the first that is not among `passed`."""

    def __init__(self, passed: set[str], out: int, visits: int, inner: bool) -> None:
        self.passed, self.out, self.visits, self.inner = passed, out, visits, inner
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    def at(self, what: str) -> None:
        """Pass a place, or die at it."""
        where, frame = [], sys._getframe(1)
        while frame is not None and len(where) < 3:
            name = frame.f_code.co_filename
            if name.startswith(f"{ROOT}/") and "/tests/" not in name and "/.venv/" not in name:
                where.append(f"{name.removeprefix(f'{ROOT}/')}:{frame.f_lineno}")
            frame = frame.f_back  # type: ignore[assignment]
        with self.lock:
            place = f"{what} {' < '.join(where)}"
            self.seen[place] += 1
            place = f"{place} #{self.seen[place]}"
            if self.seen[place.rsplit(" #", 1)[0]] <= self.visits and place not in self.passed:
                os.write(self.out, json.dumps({"died": place}).encode())
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Put a step around everything in this process that outlives it."""
        import httpx
        from django.core.files.storage import Storage
        from django.core.files.storage.filesystem import FileSystemStorage
        from django.db import connection
        from django.db.backends.base.base import BaseDatabaseWrapper
        from storages.backends.s3 import S3Storage

        def statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            words = sql.split(None, 3)
            if not words or words[0].upper() not in WRITES:
                return execute(sql, params, many, context)
            if not self.inner and connection.in_atomic_block:
                return execute(sql, params, many, context)
            table = words[2 if words[0].upper() != "UPDATE" else 1]
            self.at(f"before {words[0]} {table}")
            result = execute(sql, params, many, context)
            if not connection.in_atomic_block:
                self.at(f"after {words[0]} {table}")
            return result

        connection.execute_wrappers.append(statement)
        for cls, name in (
            (BaseDatabaseWrapper, "commit"),
            (Storage, "save"),
            (FileSystemStorage, "delete"),
            (S3Storage, "delete"),
            (httpx.Client, "send"),
        ):
            setattr(cls, name, self._around(getattr(cls, name), name))

    def _around(self, right: Callable[..., Any], name: str) -> Callable[..., Any]:
        def run(*args: Any, **over: Any) -> Any:
            self.at(f"before {name}")
            result = right(*args, **over)
            self.at(f"after {name}")
            return result

        return run


def request(order: dict[str, Any]) -> Any:
    """Send one request as the browser with these cookies does."""
    from django.test import Client

    client = Client(raise_request_exception=False)
    client.handler = HANDLERS["requests"]
    for name, value in order["cookies"].items():
        client.cookies[name] = value
    answer = client.generic(
        order["method"],
        order["path"],
        base64.b64decode(order["body"]),
        content_type=order["content_type"],
        **order.get("headers", {}),
    )
    return {"status": answer.status_code, "body": answer.content.decode(errors="replace")}


def bid(order: dict[str, Any]) -> Any:
    """Check and submit as one supplier, the clock of this server turned before or in between; gives code and arrival."""
    from uuid import UUID

    from bidding.services import preparing, submitting
    from core.errors import Refused
    from parties.access import actor_for
    from parties.models import User

    actor = actor_for(User.objects.get(pk=order["user"]), order["desk"])
    body, bid_id = order["request"], UUID(order["bid"])
    try:
        for step, lie in order["steps"]:
            Path(os.environ["FAKETIME_TIMESTAMP_FILE"]).write_text(lie)
            if step == "check":
                sheet, files = (UUID(body["uploads"][part]) for part in ("sheet", "files"))
                preparing.check(
                    actor=actor,
                    bid_id=bid_id,
                    record=body["record"],
                    envelopes=body["envelopes"],
                    sheet_upload=sheet,
                    files_upload=files,
                )
            else:
                signed = {"record": body["record"], "signature": body["signature"]}
                done = submitting.submit(actor=actor, bid_id=bid_id, signed=signed)
                return {"code": "accepted", "arrival": done.arrival.isoformat()}
    except Refused as refusal:
        return {"code": refusal.facts.get("reason", refusal.code)}
    return {"code": "checked"}


def conclude(order: dict[str, Any]) -> Any:
    """Log the technical result as the host of a tender with two envelopes does, and publish it after the commit."""
    from uuid import UUID

    from bidding.services import envelopes
    from parties.access import actor_for
    from parties.models import User

    return envelopes.conclude(
        actor=actor_for(User.objects.get(pk=order["user"]), order["desk"]),
        tender_id=UUID(order["tender"]),
        passed={"1": {UUID(bid) for bid in order["passing"]}},
        document_hash="00" * 32,
    )


def act(order: dict[str, Any]) -> Any:
    """Do what an order says."""
    if order["do"] == "request":
        return request(order)
    if order["do"] == "bid":
        return bid(order)
    if order["do"] == "conclude":
        return conclude(order)
    from config.timers import handlers
    from core.timers.services import run_due

    if order["do"] == "tick":
        return run_due(handlers())
    handlers()[order["do"]](order["subject"])
    return None


def child(order: dict[str, Any], out: int) -> None:
    """Do one act in this process and say what came of it."""
    Steps(set(order["passed"]), out, order["visits"], order["inner"]).watch()
    try:
        said: dict[str, Any] = {"answer": act(order)}
    except Exception as error:  # noqa: BLE001 - the one who ordered looks at it
        said = {"error": type(error).__name__, "why": traceback.format_exc()[-4000:]}
    os.write(out, json.dumps(said).encode())


def main() -> None:
    """Fork for every order; nothing of one act is left for the next."""
    import pytest  # noqa: F401 - the settings of tests

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from importlib import import_module

    import django

    django.setup()
    from django.conf import settings
    from django.core.files.storage import storages
    from django.test.client import ClientHandler
    from django.test.utils import setup_test_environment
    from django.urls import reverse

    from config.timers import HANDLERS as verbs
    from core.ledger import wire

    for name, value in json.loads(sys.stdin.readline()).items():
        setattr(settings, name, Path(value) if name.endswith(("VAR", "_DIR", "_FILE")) else value)
    setup_test_environment()
    for path in verbs.values():
        import_module(path.partition(":")[0])
    HANDLERS["requests"] = ClientHandler(enforce_csrf_checks=False)
    HANDLERS["requests"].load_middleware()
    reverse("healthz")
    for alias in ("default", "sealed", "opened"):
        getattr(storages[alias], "connection", None)  # S3's client takes half a second to make
    for name in EAGER:
        import_module(name)
    wire.client(1).close()  # the certificates that it would trust
    gc.freeze()  # a child that collected would copy every page of this process
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            try:
                child(json.loads(line), writing)
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = json.loads(pipe.read() or b'{"error": "silent"}')
        _, status = os.waitpid(pid, 0)
        said["killed"] = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


class Mortal:
    """The test's side: orders acts, and has each die at every place on its way."""

    def __init__(self, environment: dict[str, str], settings: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.mortal"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ready\n"

    def order(
        self, order: dict[str, Any], passed: set[str] | None = None, visits: int = 0, inner: bool = True
    ) -> dict[str, Any]:
        """Have one act done; it dies at the first place that is not in `passed`, if `visits` is not 0."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        full = {**order, "passed": sorted(passed or ()), "visits": visits, "inner": inner}
        self.process.stdin.write(json.dumps(full) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def dies_everywhere(
        self,
        order: dict[str, Any],
        whole: Callable[[str], None],
        *,
        visits: int = 1,
        inner: bool = True,
        until: Callable[[], bool] = lambda: True,
    ) -> tuple[list[str], dict[str, Any]]:
        """Kill an act at every place on its way, one after the other, and let it live at last.

        Without `inner` not before the single writes of a transaction, only around its end. `whole` looks
        at what each death left behind; `until` tells whether an act that lived has done all, or is to be done again.
        Gives the places and what the act that lived said.
        """
        passed: set[str] = set()
        places: list[str] = []
        lived = 0
        while True:
            said = self.order(order, passed, visits, inner)
            if not said["killed"]:
                lived += 1
                assert lived < 20, f"the act comes to no end: {said}"
                if not until():
                    time.sleep(AGAIN)  # a keeper is slow: the clock asks it again, a little later
                    continue
                return places, said
            places.append(said["died"])
            passed.add(said["died"])
            whole(said["died"])
            assert len(places) < 500, "the act finds new places for ever"

    def stop(self) -> None:
        """End the server of orders."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@contextmanager
def mortal(settings: Any, **environment: str) -> Iterator[Mortal]:
    """Start a server of orders on this test's database, stores, keepers and clock."""
    from django.db import connection

    facts = connection.settings_dict
    if connection.vendor == "postgresql":
        address = (
            f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
        )
    else:
        address = f"sqlite:///{facts['NAME']}"
    over = {
        name: str(value) if isinstance(value := getattr(settings, name), Path) else value
        for name in (
            "VAR",
            "UPLOADS_DIR",
            "KEEPERS_FILE",
            "LEDGER_KEY_FILE",
            "STORAGES",
            "DEMONSTRATION",
            "PUBLIC_URL",
            "SECRET_KEY",
        )
    }
    started = Mortal(
        {**os.environ, "DATABASE_URL": address, "MINGCAI_VAR": str(settings.VAR), **environment}, over
    )
    try:
        yield started
    finally:
        started.stop()


if __name__ == "__main__":
    main()
