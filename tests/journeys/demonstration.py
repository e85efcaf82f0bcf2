"""Run a demonstration of its own: private folder, free ports, ended with everything it started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests import databases
from tests.bidding.conftest import free_ports
from tests.browser.site import seed

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240


class Demonstration:
    """A running `manage.py demo`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_ports(3)
        self.base = f"http://localhost:{self.port}"
        # Settings of the test run itself do not belong to the server.
        inherited = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("PYTEST", "TEST_CLOCK", "CLOCK_OFFSET", "DJANGO"))
        }
        self.environment = {
            **inherited,
            "MINGCAI_VAR": str(folder),
            "LOG_LEVEL": "INFO",
            "DEMO_SIZE": "small",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers 200 at /healthz."""
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            if server := os.environ.get("DATABASE_URL"):
                name = f"demonstration_{self.port}"
                databases.migrated_database(name)
                self.environment["DATABASE_URL"] = f"{server.rpartition('/')[0]}/{name}"
            else:
                with (self.folder / "server.log").open("ab") as journal:
                    seed(self.folder, self.port, self.environment, journal)
        with (self.folder / "server.log").open("ab") as journal:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=journal,
                stderr=journal,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.base}/healthz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.3)
            else:
                time.sleep(0.3)
        raise RuntimeError(f"the demonstration did not start:\n{self.log()[-4000:]}")

    def log(self) -> str:
        """Give what it printed."""
        return (self.folder / "server.log").read_text(errors="replace")

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, no farewell; its keepers follow their parent."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it and all that it started."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()  # a run in the background ignores what Ctrl-C sends
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def manage(self, *arguments: str, timeout: float = 320) -> subprocess.CompletedProcess[str]:
        """Run a management command against it."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, "PORT": str(self.port), "DEMONSTRATION": "1", "SANDBOX": "1"},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def accounts(self) -> dict[str, dict[str, Any]]:
        """Give the accounts file."""
        return dict(json.loads((self.folder / "demo-accounts.json").read_text()))
