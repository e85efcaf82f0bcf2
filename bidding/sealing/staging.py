"""Directories that appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A fresh directory beside `out`; at the end its files move into `out`, after an exception it is gone.

    `out` may exist; files of the same name are replaced.  Raises OSError.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{out.name[:100]}.", dir=out.parent))
    try:
        yield stage
        if out.exists():
            for path in stage.iterdir():
                path.replace(out / path.name)
        else:
            stage.chmod(0o755)
            stage.rename(out)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
