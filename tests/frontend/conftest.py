"""Node and the built front end, for tests that cross the border between Python and JavaScript."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Node = Callable[[str, object], tuple[int, Any]]


@pytest.fixture(scope="session")
def node() -> Node:
    """Run one verb of the browser's sealing code; gives the exit code and the JSON it printed."""
    if not shutil.which("node") or not (ROOT / "node_modules" / "age-encryption").is_dir():
        pytest.skip("Node or the front-end packages are not installed (npm ci --ignore-scripts)")

    def run(verb: str, value: object) -> tuple[int, Any]:
        done = subprocess.run(
            ["node", str(Path(__file__).parent / "seal_in_node.mjs"), verb],
            input=json.dumps(value).encode(),
            capture_output=True,
            timeout=180,
            check=False,
        )
        assert done.stdout, done.stderr.decode()
        return done.returncode, json.loads(done.stdout)

    return run
