"""Start one benchmark beside services of its own, and describe where it ran. Pure: needs neither Django nor a database."""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from config.bench.catalogue import BENCHMARKS, PAIRS
from config.bench.measure import Broken

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""All that a benchmark sees of its caller's environment."""
PACKAGES = ("Django", "channels", "daphne", "granian", "websockets", "cryptography", "psycopg", "ocdskit")
SECONDS = {"small": 540, "full": 4 * 3600}


def measure(name: str, size: str) -> dict[str, Any]:
    """Run one benchmark and give its JSON. Raises Broken; nothing of it is left behind either way."""
    benchmark = BENCHMARKS[name]
    before = environment()
    folder = Path(tempfile.mkdtemp(prefix=f"mingcai-bench-{name}-"))
    try:
        out = folder / "outcome.json"
        command = [sys.executable, "-m", "config.bench", name, "--size", size, "--out", str(out)]
        if benchmark.services:
            command = [sys.executable, str(ROOT / "tools" / "services"), "run", "--", *command]
        _run(name, command, _own_environment(folder), folder / "stderr", SECONDS[size])
        found = json.loads(out.read_text())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    main = {member: found.pop(member) for member in ("ours", "beside", "ratio")}
    return {
        "name": name,
        **main,
        "goal": benchmark.goal,
        "goal_met": found.pop("goal_met"),
        "commit": commit(),
        "environment": before,
        "size": size,
        "pairs": PAIRS[size],
        "work": benchmark.work,
        "not_measured": list(benchmark.not_measured),
        **found,
    }


def _own_environment(folder: Path) -> dict[str, str]:
    (folder / "var").mkdir()
    own = {
        "DJANGO_SETTINGS_MODULE": "config.bench.settings",
        "MINGCAI_VAR": str(folder / "var"),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LOG_LEVEL": "ERROR",
        "TEST_CLOCK": "1",
        "CLOCK_OFFSET_FILE": str(folder / "var" / "clock-offset"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {name: os.environ[name] for name in KEPT if name in os.environ} | own


def _run(name: str, command: list[str], own: dict[str, str], said: Path, seconds: float) -> None:
    with said.open("wb") as stderr:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        code = child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Broken(f"{name} was not done after {seconds:.0f} s") from None
    finally:
        _end(child)
    if code:
        lines = [line for line in said.read_text(errors="replace").splitlines() if line.strip()]
        raise Broken(lines[-1].strip() if lines else f"it ended with exit code {code}")


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the benchmark and all that it started: first kindly, so that it takes its servers down."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, number)
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            continue


def commit() -> str:
    """Give the commit that is measured, or an empty text outside a repository."""
    return _said(["git", "rev-parse", "HEAD"])


def environment() -> dict[str, Any]:
    """Describe machine, load and versions."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2,
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "uncommitted_changes": bool(_said(["git", "status", "--porcelain"])),
        "python": platform.python_version(),
        "age": _said(["age", "--version"]),
        "postgresql": _postgres(),
        "redis": _said(["redis-server", "--version"]).partition(" sha=")[0],
        "packages": versions,
    }


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def _postgres() -> str:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return _said([str(found[-1]) if found else "postgres", "--version"])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
