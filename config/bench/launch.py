"""Start benchmarks beside services of their own, and describe where they ran. Pure: needs neither Django nor a database."""

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
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from config.bench.catalogue import BENCHMARKS
from config.bench.measure import PROGRESS, Broken

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""All that a benchmark sees of its caller's environment."""
PACKAGES = ("Django", "channels", "daphne", "granian", "websockets", "cryptography", "psycopg", "ocdskit")


def measure(names: Sequence[str], size: str) -> Iterator[dict[str, Any] | Broken]:
    """Run benchmarks one after the other and give each one's JSON, or why there is none; nothing is left behind."""
    for services in (False, True):
        chosen = [name for name in names if BENCHMARKS[name].services is services]
        if chosen:
            yield from _together(chosen, size, services=services)


def _together(names: list[str], size: str, *, services: bool) -> Iterator[dict[str, Any] | Broken]:
    folder = Path(tempfile.mkdtemp(prefix="mingcai-bench-"))
    out = folder / "out"
    out.mkdir()
    command = [sys.executable, "-m", "config.bench", *names, "--size", size, "--out", str(out)]
    if services:
        command = [sys.executable, str(ROOT / "tools" / "services"), "run", "--", *command]
    left = list(names)
    with (folder / "stderr").open("wb") as stderr:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_own_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        for line in child.stdout or ():
            if line.startswith(PROGRESS.encode()):
                sys.stderr.write(line.decode())
                sys.stderr.flush()
                continue
            name = line.decode().strip()
            left.remove(name)
            failed = out / f"{name}.failed"
            yield (
                Broken(f"{name} failed: {failed.read_text()}")
                if failed.exists()
                else _result(name, size, json.loads((out / f"{name}.json").read_text()))
            )
        code = child.wait()
        said = (folder / "stderr").read_text(errors="replace").strip().splitlines()
        why = said[-1].strip() if said else f"it ended with exit code {code}"
        for name in left:
            yield Broken(f"{name} failed: {why}")
    finally:
        _end(child)
        if child.stdout is not None:
            child.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def _result(name: str, size: str, found: dict[str, Any]) -> dict[str, Any]:
    benchmark = BENCHMARKS[name]
    main = {member: found.pop(member) for member in ("ours", "beside", "ratio")}
    return {
        "name": name,
        **main,
        "goal": benchmark.goal,
        "goal_met": found.pop("goal_met"),
        "commit": commit(),
        "environment": found.pop("environment"),
        "size": size,
        "pairs": len(found["runs"]["ours"]),
        "work": benchmark.work,
        "reason": benchmark.reason,
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


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the benchmarks and all that they started: first kindly, so that they take their servers down."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, number)
        try:
            child.wait(90)
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
