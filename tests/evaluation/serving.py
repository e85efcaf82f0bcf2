"""A whole server in a process of its own, on its own folder and port."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.bidding.conftest import free_ports

ROOT = Path(__file__).parents[2]


class Server:
    """`manage.py serve` on its own folder and port, as often as it is started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_ports(1)
        self.base = f"http://localhost:{self.port}"
        kept = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
        }
        self.env = {
            **kept,
            "MINGCAI_VAR": str(folder / "var"),
            "PORT": str(self.port),
            "TEST_CLOCK": "1",
            "CLOCK_OFFSET_FILE": str(folder / "clock-offset"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            "manage.py",
            "serve",
            "--port",
            str(self.port),
            "--no-keepers",
            "--no-clock",
            "--no-worker",
        ]
        self.process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.env)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.base}/healthz", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError("the server did not come up")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
