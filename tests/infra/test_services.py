"""Throw-away servers come up, can be used, and leave nothing behind, whatever happens to the command."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

TOOL = [sys.executable, str(ROOT / "tools" / "services"), "run", "--"]
INSTALLED = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        not (INSTALLED and shutil.which("redis-server")), reason="PostgreSQL or Redis not installed"
    ),
]

USE_ALL = """
import os, boto3, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
assert redis.from_url(os.environ["REDIS_URL"]).ping()
store = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"])
bucket = os.environ["S3_BUCKET"]
store.put_object(Bucket=bucket, Key="a/b", Body=b"sealed")
assert store.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"sealed"
"""

INTRUDE = """
import os, re, boto3, psycopg
from botocore.exceptions import ClientError
try:
    psycopg.connect(re.sub(":[0-9a-f]+@", ":wrong@", os.environ["DATABASE_URL"]))
except psycopg.OperationalError as refusal:
    print("database refused" if "password" in str(refusal) else refusal)
try:
    key = {"aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "wrong"}
    store = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"], **key)
    store.put_object(Bucket=os.environ["S3_BUCKET"], Key="a", Body=b"a")
except ClientError as refusal:
    print("store refused" if refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 403 else refusal)
"""


def folder_in(text: str) -> Path:
    """The servers' folder as the tool names it on stderr."""
    found = re.search(r"run in (\S+)", text)
    assert found, text
    return Path(found[1])


def servers_in(folder: Path) -> list[str]:
    """Command lines of running processes that name the folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            lines.append(line)
    return lines


def test_a_command_can_use_all_three_servers() -> None:
    done = subprocess.run([*TOOL, sys.executable, "-c", USE_ALL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    folder = folder_in(done.stderr)
    assert not folder.exists()
    assert servers_in(folder) == []


def test_the_exit_code_is_the_commands_own_and_nothing_stays() -> None:
    done = subprocess.run([*TOOL, "sh", "-c", "exit 7"], capture_output=True, text=True, check=False)
    assert done.returncode == 7
    folder = folder_in(done.stderr)
    assert not folder.exists()
    assert servers_in(folder) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_command_and_servers(number: signal.Signals) -> None:
    with subprocess.Popen([*TOOL, "sleep", "600"], stderr=subprocess.PIPE, text=True) as tool:
        assert tool.stderr is not None
        folder = folder_in(tool.stderr.readline())
        assert servers_in(folder)
        tool.send_signal(number)
        assert tool.wait(timeout=60) == 128 + number
    assert not folder.exists()
    assert servers_in(folder) == []


def test_nobody_else_can_use_the_servers(tmp_path: Path) -> None:
    script = tmp_path / "intrude.py"
    script.write_text(INTRUDE)
    done = subprocess.run([*TOOL, sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["database refused", "store refused"], done.stderr


def test_a_missing_server_is_named(tmp_path: Path) -> None:
    bare = {**os.environ, "PATH": str(tmp_path)}
    begin = time.monotonic()
    done = subprocess.run([*TOOL, "true"], env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "is not installed" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - begin < 30
