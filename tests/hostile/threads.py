"""Do one thing several times at once, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def together(act: Callable[[], Any], times: int) -> list[Any]:
    """Give each run's result, or the exception it ended with."""
    results: list[Any] = []
    start = threading.Barrier(times)

    def run() -> None:
        start.wait()
        try:
            results.append(act())
        except Exception as error:  # noqa: BLE001 - the caller looks at it
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
