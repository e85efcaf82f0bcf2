"""Benchmarks one after the other, each in a process and with a database of its own, in the folder `launch` gave them.

The application is loaded and its database migrated once: each benchmark is a fork of this process and gets a copy.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from config.bench import launch
from config.bench.catalogue import BENCHMARKS, PAIRS
from config.bench.measure import Broken, say, tell_to
from config.bench.servers import die_with_parent

S3 = ("S3_ENDPOINT_URL", "S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
SECONDS = {"small": 540, "full": 4 * 3600}
LOOK_AGAIN = 0.05


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.bench", description=__doc__)
    parser.add_argument("names", choices=sorted(BENCHMARKS), nargs="+")
    parser.add_argument("--size", choices=sorted(PAIRS), required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for NAME.json or NAME.failed")
    options = parser.parse_args()
    most = SECONDS[options.size]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for name in S3:  # blobs stay on the disk
        os.environ.pop(name, None)
    if any(BENCHMARKS[name].services for name in options.names):
        import django

        django.setup()
        _in_a_fork(_migrate, options.out / "migrate", most)
        _keep()
    for name in options.names:
        try:
            _clean(name)
            _in_a_fork(partial(_measure, name, options.size, options.out), options.out / name, most)
        except Broken as error:
            (options.out / f"{name}.failed").write_text(str(error))
        print(name, flush=True)
    return 0


def _measure(name: str, size: str, out: Path) -> None:
    where = launch.environment()
    say(f"{name} begins")
    outcome = import_module(f"config.bench.{name.replace('-', '_')}").run(size)
    (out / f"{name}.json").write_text(
        json.dumps({**outcome.to_json(), "environment": where}, ensure_ascii=False)
    )


def _in_a_fork(work: Callable[[], None], said: Path, seconds: float) -> None:
    """Do `work` in a fork of this process, its output in `said`.output. Raises Broken with the last line of that."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            die_with_parent()
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
            tell_to(os.dup(1))
            file = os.open(said.with_suffix(".output"), os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(file, 1), os.dup2(file, 2)
            if os.getppid() == parent:
                work()
                code = 0
        except Broken as error:
            print(error, file=sys.stderr)
        finally:
            if sys.exc_info()[0] is not None:
                traceback.print_exc()
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    until, status = time.monotonic() + seconds, None
    try:
        while status is None:
            done, found = os.waitpid(child, os.WNOHANG)
            if done:
                status = found
            elif time.monotonic() > until:
                raise Broken(f"{said.name} was not done after {seconds:.0f} s")
            else:
                time.sleep(LOOK_AGAIN)
    finally:
        if status is None:
            _end(child)
    if status:
        lines = said.with_suffix(".output").read_text(errors="replace").strip().splitlines()
        raise Broken(lines[-1].strip() if lines else f"{said.name} ended with status {status}")


def _end(child: int) -> None:
    """End a benchmark and all that it started: first kindly, so that it takes its servers down."""
    for number, patience in ((signal.SIGTERM, 30.0), (signal.SIGKILL, 30.0)):
        os.killpg(child, number)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if os.waitpid(child, os.WNOHANG)[0]:
                return
            time.sleep(LOOK_AGAIN)


def _migrate() -> None:
    from django.core.management import call_command

    from config.bench.floors import make_tables

    call_command("migrate", verbosity=0)
    make_tables()


def _keep() -> None:
    """Set the migrated database aside."""
    _sql("ALTER DATABASE mingcai RENAME TO migrated")


def _clean(name: str) -> None:
    """Empty the folder and Redis, and make the database a copy of the migrated one, at the same time of day."""
    import redis

    from config.bench.clock_file import START, set_clock

    var = Path(os.environ["MINGCAI_VAR"])
    shutil.rmtree(var, ignore_errors=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(var / "tmp")
    (var / "tmp").mkdir(parents=True)
    if not BENCHMARKS[name].services:
        return
    set_clock(START)
    _sql("DROP DATABASE IF EXISTS mingcai WITH (FORCE)")
    _sql("CREATE DATABASE mingcai TEMPLATE migrated")
    redis.from_url(os.environ["REDIS_URL"]).flushall()


def _sql(statement: str) -> None:
    import psycopg

    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(statement.encode())


if __name__ == "__main__":
    sys.exit(main())
