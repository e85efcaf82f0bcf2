"""Keepers as processes that begin as copies of one that has read the program, instead of each reading it anew.

They are processes like any other: a keeper can be stopped, killed and started again, and shares nothing with the test.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["bidding.keeper.run"])


def _keep(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be a keeper, with the environment that its program would be started with."""
    from bidding.keeper.__main__ import main

    ctypes.CDLL(None).prctl(
        1, signal.SIGKILL
    )  # ends with the server of copies, which ends with the test's process
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with Path(os.devnull).open("r+b") as nothing:
        for stream in range(3):
            os.dup2(nothing.fileno(), stream)
    raise SystemExit(main(arguments))


class Child:
    """What the tests ask of a `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess) -> None:
        self.process = process

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self.process.pid is not None
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        return self.process.exitcode

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self.process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self.process.terminate()

    def kill(self) -> None:
        """End it."""
        self.process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises subprocess.TimeoutExpired."""
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired("keeper", timeout or 0)
        return self.process.exitcode


def copies_of_keepers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `KeeperHouse` start its keepers in this way."""
    from config import keeperhouse

    def started(command: list[str], *, cwd: Path, env: dict[str, str], **_: Any) -> Child:
        assert command[1:3] == ["-m", "bidding.keeper"]
        process = _context.Process(target=_keep, args=(command[3:], str(cwd), env), daemon=True)
        process.start()
        return Child(process)

    theirs = SimpleNamespace(**{**vars(subprocess), "Popen": started})
    monkeypatch.setattr(keeperhouse, "subprocess", theirs)
