"""Push events to a stream from a process of its own: `python -m config.bench.push_events STREAM COUNT RATE`.

RATE is events per second; 0 pushes all in one transaction. Each event says in `sent` when it was pushed.
"""

from __future__ import annotations

import sys
import time

import django

PADDING = "x" * 100


def main(stream: str, count: int, rate: float) -> None:
    """Push `count` events."""
    django.setup()
    from django.db import transaction

    from realtime.services import push

    if not rate:
        with transaction.atomic():
            for _ in range(count):
                push(stream, "bench", sent=f"{time.time():.6f}", padding=PADDING)
        return
    # As in a web process that has been up for a while: connections are there.
    push("bench.warm", "bench")
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        push(stream, "bench", sent=f"{time.time():.6f}", padding=PADDING)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
