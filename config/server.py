"""The embedded server: Daphne, a clock thread, a task thread and the keepers as child processes, in one command."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from django.conf import settings
from django_tasks_db.management.commands.db_worker import Worker

from config import clockwork, heart
from config.keeperhouse import KeeperHouse

log = logging.getLogger(__name__)
BODY_PIECE = 1024 * 1024
"""Bytes of a request's body in one message to Django; Daphne's own 8 KiB make a thousand messages of one part of an upload."""


def _work(worker: Worker, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            worker.run()
        except Exception:
            log.exception("the task worker stumbled; it goes on")
            stop.wait(1.0)


def serve(
    *,
    host: str,
    port: int,
    keepers: bool = True,
    clock: bool = True,
    worker: bool = True,
    clock_offset_file: Path | None = None,
    on_ready: Any = None,
) -> None:
    """Serve until interrupted. Blocks; call from the main thread (signals)."""
    from config.asgi import application

    stop = threading.Event()
    said_to = settings.VAR / "keepers.log"
    house = KeeperHouse(port, clock_offset_file=clock_offset_file, said_to=said_to) if keepers else None
    if house is not None:
        house.start()
    task_worker = Worker(
        queue_names=["*"],
        interval=0.5,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"serve-{port}",
        excluded_queue_names=[],
    )
    if clock:
        threading.Thread(target=clockwork.run, args=(stop,), name="clock", daemon=True).start()
        site = f"http://127.0.0.1:{port}"
        threading.Thread(target=heart.run, args=(stop, site), name="heart", daemon=True).start()
    if worker:
        threading.Thread(target=_work, args=(task_worker, stop), name="worker", daemon=True).start()
    server = Server(
        application=application,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        signal_handlers=True,
        http_timeout=None,
        websocket_timeout=-1,
        ready_callable=on_ready,
        server_name="mingcai",
        request_buffer_size=BODY_PIECE,
    )
    try:
        server.run()
    finally:
        stop.set()
        task_worker.running = False
        if house is not None:
            house.stop()
