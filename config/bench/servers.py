"""Servers of a benchmark: started on free ports, waited for, ended with whoever started them."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from config.bench.measure import Broken

START_SECONDS = 60.0
STOP_SECONDS = 10.0
WORKERS = {"small": 1, "full": 2}
"""Processes of the WSGI server; the image starts two."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def memory(self) -> dict[int, int]:
        """Give the bytes that each of the server's processes holds in memory of its own, by process."""
        return {pid: _own_memory(pid) for pid in _family(self.pid)}

    def cpu_seconds(self) -> float:
        """Give the CPU time that the server's processes have used."""
        return sum(_cpu(pid) for pid in _family(self.pid))


def free_port() -> int:
    """Give a TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """Give a port after which `count` ports are free. Raises Broken."""
    for _ in range(100):
        base = free_port()
        with suppress(OSError, OverflowError):
            for port in range(base + 1, base + count + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
    raise Broken("no free ports side by side")


def die_with_parent() -> None:
    """Have the kernel end this child when its parent ends, however it ends (Linux)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@contextmanager
def running(
    name: str, command: Sequence[str], port: int, more: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run `command` until the block ends; it must listen on `port`. Raises Broken with the end of its log."""
    folder = Path(settings.VAR)
    log = folder / f"{name}-{port}.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            command,
            env={**os.environ, **(more or {})},
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        _wait(name, child, port, log)
        yield Server(port, child.pid)
    finally:
        _end(child)


def wsgi(size: str, target: str = "config.wsgi:application", **more: str) -> AbstractContextManager[Server]:
    """Run granian as the image does; gives a context manager of a Server."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(WORKERS[size]), "--log-level", "warning", target]
    return running("granian", command, port, more)


def daphne() -> AbstractContextManager[Server]:
    """Run Daphne as `manage.py serve` does, the embedded default; gives a context manager of a Server."""
    port = free_port()
    return running("serve", [sys.executable, "manage.py", "serve", "--no-keepers", "--port", str(port)], port)


def _wait(name: str, child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if child.poll() is not None or time.monotonic() > until:
            lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise Broken(f"{name} did not come up: {lines[-1]}")
        time.sleep(0.05)


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += [int(word) for word in (thread / "children").read_text().split()]
    return found


def _own_memory(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


def _cpu(pid: int) -> float:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
