"""One demonstration as its users meet it: processes of its own, reached over HTTP alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import httpx

from config.walkthrough import bidder, run
from config.walkthrough.person import Failed, Person
from core import clock
from tests import databases
from tests.bidding.conftest import free_ports
from tests.sealing.certificates import Holder, authority

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
SEED_SECONDS = 300
#: A developer's own servers and switches must not leak in.
FOREIGN = {
    "DATABASE_URL",
    "REDIS_URL",
    "SANDBOX",
    "DEMONSTRATION",
    "DJANGO_SETTINGS_MODULE",
    "KEEPERS_FILE",
    "PUBLIC_URL",
}
BEIJING = ZoneInfo("Asia/Shanghai")
#: Top-level folders that do not make the province what it is.
NO_SOURCES = {"node_modules", "tests", "var", "docs", "frontend"}


class Buyer(Person):
    """A purchaser who wants bids at a time of the test's choosing, not as early as the law allows."""

    wanted: datetime | None = None
    apart = False

    def submit(
        self, path: str, values: dict[str, Any] | None = None, *, form: str = "", files: Any = None
    ) -> httpx.Response:
        """Fill in the form as asked; the deadline that is left empty is filled in too."""
        if values and self.wanted and values.get("wanted_due_at") == "":
            values = {**values, "wanted_due_at": f"{self.wanted.astimezone(BEIJING):%Y-%m-%dT%H:%M:%S}"}
        answer = super().submit(path, values, form=form, files=files)
        if self.apart and path.endswith("/edit/"):
            there = path.replace("/edit/", "/evaluation/")
            super().submit(there, {"envelopes": "two"}, form="/evaluation/")
        return answer


@dataclass
class Tender:
    """A published tender and when its bids are due, by this machine's clock."""

    id: str
    ocid: str
    notice: str
    plan: str
    mark: str
    due_at: float

    def wait_until_due(self) -> None:
        """Sleep until the deadline has passed."""
        time.sleep(max(0.0, self.due_at - time.time()))


@dataclass
class Site:
    """A running demonstration."""

    base: str
    var: Path
    process: subprocess.Popen[bytes]
    log: Path
    scratch: Path
    authority: Holder
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, role: str) -> Person:
        """Give somebody, signed in: once for the whole run, because a code of the authenticator app counts once."""
        if role not in self.people:
            kind = Buyer if role.startswith("purchaser") else Person
            one = kind(self.base, self.accounts[role])
            one.sign_in()
            self.people[role] = one
        return self.people[role]

    def public(self) -> Person:
        """Give somebody who is not signed in."""
        return self.people.setdefault("public", Person(self.base))

    def cookies(self, role: str) -> list[dict[str, str]]:
        """Give a browser the session of somebody who has signed in."""
        jar = self.person(role).http.cookies
        return [{"name": name, "value": value, "url": self.base} for name, value in jar.items()]

    def walk(self) -> run.Walk:
        """Give a walk whose people are these."""
        return run.Walk(self.base, self.accounts, people=self.people)

    def tender(self, seconds: float, *, two_envelopes: bool = False) -> Tender:
        """Publish a tender of the walkthrough's kind whose bids are due in `seconds`, and that keepers know of."""
        due_at = float(int(time.time() + seconds))  # the form takes whole seconds
        buyer = self.person("purchaser")
        assert isinstance(buyer, Buyer)
        buyer.wanted, buyer.apart = datetime.fromtimestamp(due_at, BEIJING), two_envelopes
        self.person("supplier")
        walk = self.walk()
        for name, work in run.STEPS[:3]:
            walk.do(name, work)
        made = walk.made
        return Tender(made["tender"], made["ocid"], made["notice"], made["plan"], made["mark"], due_at)

    def submit_bids(self, tender: Tender, *roles: str) -> None:
        """Have suppliers of the walkthrough seal and submit a bid each, with its prices."""
        item = {"item": "1", "name": "教学用笔记本电脑", "quantity": str(run.QUANTITY), "unit": "台"}
        for role in roles or run.PRICES:
            plain = bidder.sheet([item], run.PRICES[role], run.FACTS[role])
            answer = bidder.submit(self.person(role), tender.id, plain, [("技术方案.pdf", run.PDF)])
            if not answer["accepted"]:
                raise Failed(f"the bid of {role} was not accepted: {answer}")

    def find(self, path: str) -> str:
        """Give an absolute address of the site."""
        return urljoin(self.base, path)

    def processes(self) -> dict[int, str]:
        """Give the server and everything it started: process id and command line."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return {
            pid: (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            for pid in sorted(found)
        }

    def stop(self) -> None:
        """End the server; it ends its keepers."""
        for one in self.people.values():
            one.http.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def sources() -> str:
    """Name the state of everything that makes the province what it is."""
    digest = hashlib.sha256(databases.state().encode())
    for file in sorted(ROOT.glob("[a-z]*/**/*")):
        if file.suffix in {".py", ".csv", ".json"} and file.parts[len(ROOT.parts)] not in NO_SOURCES:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def seed(var: Path, port: int, environment: dict[str, str], words: IO[bytes]) -> None:
    """Fill a folder with the small province, lived through by the command itself or copied from a site of the same hour."""
    kept = databases.KEPT / f"province-{sources()}-{datetime.now(BEIJING):%Y%m%d%H}"  # noqa: TID251
    with databases.alone("province"):
        if not kept.exists():
            for old in databases.KEPT.glob("province-*"):
                shutil.rmtree(old, ignore_errors=True)
            live_a_year(var, port, environment, words)
            part = kept.with_suffix(".part")
            shutil.copytree(var, part)
            part.rename(kept)
            return
    shutil.copytree(kept, var, dirs_exist_ok=True)


def live_a_year(var: Path, port: int, environment: dict[str, str], words: IO[bytes]) -> None:
    """Fill a database with the small province, and say that this is done."""
    before = {"DEMONSTRATION": "1", "SANDBOX": "0", "TEST_CLOCK": "1", "LOG_LEVEL": "WARNING"}
    past = {**environment, **before, "PORT": str(port), "CLOCK_OFFSET_FILE": str(var / "seed-clock-offset")}
    databases.migrated_file(var / "db.sqlite3")
    subprocess.run(
        [sys.executable, "manage.py", "seed_demo", "--small"],
        cwd=ROOT,
        env=past,
        stdout=words,
        stderr=words,
        check=True,
        timeout=SEED_SECONDS,
    )
    (var / "demo-seeded").write_text("")


def start(folder: Path) -> Site:
    """Start `manage.py demo` with files of its own under `folder`; raises Failed with its last words."""
    port = free_ports(3)  # the server and its three keepers
    var, scratch, log = folder / "var", folder / "tmp", folder / "server.log"
    for one in (var, scratch):
        one.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    vouching = authority()
    (folder / "authority.pem").write_bytes(vouching.pem)
    span = {"at": clock.now() - timedelta(days=1), "until": clock.now() + timedelta(days=1)}
    (folder / "revoked.pem").write_bytes(vouching.revokes(**span))
    environment |= {
        "MINGCAI_VAR": str(var),
        "TMPDIR": str(scratch),
        "BIDDER_CA_FILE": str(folder / "authority.pem"),
        "BIDDER_CRL_FILE": str(folder / "revoked.pem"),
    }
    with log.open("wb") as words:
        try:
            seed(var, port, environment, words)
        except subprocess.SubprocessError as error:
            raise Failed(f"{error}: {log.read_text(errors='replace')[-2000:]}") from error
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
        )
    site = Site(f"http://localhost:{port}", var, process, log, scratch, vouching)
    deadline = time.monotonic() + START_SECONDS
    while not listening(site):
        if process.poll() is not None or time.monotonic() > deadline:
            last = log.read_text(errors="replace")[-2000:]
            site.stop()
            raise Failed(f"the demonstration did not start: {last}")
        time.sleep(0.2)
    site.accounts = json.loads((var / "demo-accounts.json").read_text(encoding="utf-8"))
    return site


def listening(site: Site) -> bool:
    """Say whether the server has finished its preparations and answers."""
    if not (site.var / "demo-ready").exists():
        return False
    try:
        return httpx.get(f"{site.base}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False
