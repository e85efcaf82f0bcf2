"""The clock forgets nothing: not what plans itself again, not what two clocks do, not what a dead clock left."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.checks import run_checks

from config.keeperhouse import KeeperHouse
from core import clock
from core.timers import services as timers
from core.timers.models import Timer
from tests.bidding.conftest import free_ports
from tests.databases import migrated_file


@pytest.mark.django_db
def test_an_act_that_plans_itself_for_the_same_instant_stays_planned() -> None:
    """The clock was turned back between: the act finds that it is too early and asks to be called again."""
    due = clock.now() - timedelta(seconds=1)
    timers.schedule(verb="open", subject="1", due_at=due)

    def too_early(subject: str) -> None:
        timers.schedule(verb="open", subject=subject, due_at=due)

    assert timers.run_due({"open": too_early}) == 1
    assert timers.is_planned(verb="open", subject="1")
    done: list[str] = []
    assert timers.run_due({"open": done.append}) == 1
    assert done == ["1"]
    assert not timers.is_planned(verb="open", subject="1")


@pytest.mark.django_db
def test_a_clock_whose_claim_lapsed_does_not_settle_what_another_clock_is_doing(
    at: Callable[..., None],
) -> None:
    start = clock.now()
    at(start)
    timers.schedule(verb="open", subject="1", due_at=start)

    def slow(subject: str) -> None:
        at(start + timedelta(seconds=61))
        row = Timer.objects.get()
        Timer.objects.filter(pk=row.pk).update(claimed_at=clock.now())

    assert timers.run_due({"open": slow}) == 1
    assert timers.is_planned(verb="open", subject="1")
    at(start + timedelta(seconds=125))
    assert timers.run_due({"open": lambda subject: None}) == 1
    assert not timers.is_planned(verb="open", subject="1")


def test_production_refuses_a_demonstration(settings: Any) -> None:
    settings.DEMONSTRATION = True
    assert "core.E003" in {error.id for error in run_checks(include_deployment_checks=True)}
    settings.DEMONSTRATION = False
    assert "core.E003" not in {error.id for error in run_checks(include_deployment_checks=True)}


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(what: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return what()


@pytest.mark.processes
def test_keepers_inherit_no_secret_and_keep_their_keys_to_themselves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of-the-platform")
    monkeypatch.setenv("DATABASE_URL", "postgres://mingcai:secret@db/mingcai")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-store")
    house = KeeperHouse(free_ports(1), count=1)
    house._spawn("K1")
    child = house.children["K1"]
    try:
        folder = tmp_path / "keepers" / "K1"
        assert until(lambda: len(list(folder.glob("*"))) >= 2)
        environment = Path(f"/proc/{child.pid}/environ").read_bytes().decode()
        names = {pair.split("=")[0] for pair in environment.split("\0") if pair}
        assert names <= {"PATH", "HOME", "LANG", "TEST_CLOCK", "LC_CTYPE"}
        opened = {os.readlink(f"/proc/{child.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{child.pid}/fd")}
        assert not any(
            "db.sqlite3" in path or "secret-key" in path or "ledger-key" in path for path in opened
        )
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "keepers").stat().st_mode) == 0o700 or (
            stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0
        )
        keys = [path for path in folder.rglob("*") if path.is_file() and "sqlite" not in path.name]
        assert keys
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in keys} == {0}
    finally:
        house.stop()
    assert not alive(child.pid)


@pytest.mark.processes
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_no_keeper_outlives_its_server_however_it_ends(tmp_path: Path, ending: signal.Signals) -> None:
    program = textwrap.dedent(
        f"""
        import os, time
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django; django.setup()
        from config.keeperhouse import KeeperHouse
        house = KeeperHouse({free_ports(1)}, count=1)
        house._spawn("K1")
        print(house.children["K1"].pid, flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=project.BASE_DIR,
        env={**os.environ, "MINGCAI_VAR": str(tmp_path / "var")},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    keeper = int(parent.stdout.readline())
    assert until(lambda: alive(keeper) and b"bidding.keeper" in Path(f"/proc/{keeper}/cmdline").read_bytes())
    parent.send_signal(ending)
    parent.wait()
    parent.stdout.close()
    assert until(lambda: not alive(keeper))


@pytest.mark.requirement("S003-51")
@pytest.mark.processes
def test_a_fresh_installation_keeps_its_files_to_itself(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    command = [sys.executable, "manage.py", "migrate", "contenttypes", "--verbosity", "0"]
    environment = {**os.environ, "MINGCAI_VAR": str(folder)}
    environment.pop("DATABASE_URL", None)
    subprocess.run(command, cwd=project.BASE_DIR, env=environment, check=True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600
    assert (folder / "db.sqlite3").exists()


@pytest.mark.processes
def test_a_server_that_is_told_to_end_ends_with_all_its_children(tmp_path: Path) -> None:
    port = free_ports(3)
    environment = {**os.environ, "MINGCAI_VAR": str(tmp_path / "var"), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    manage = [sys.executable, "manage.py"]
    migrated_file(tmp_path / "var" / "db.sqlite3")
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [*manage, "serve", "--port", str(port)],
            cwd=project.BASE_DIR,
            env=environment,
            stdout=log,
            stderr=log,
        )

        def listens(at: int) -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", at)) == 0

        assert until(lambda: all(listens(port + n) for n in range(4)), 60), (tmp_path / "log").read_text()
        server.terminate()
        assert server.wait(30) is not None
    assert until(lambda: not any(listens(port + n) for n in range(4)), 10)
