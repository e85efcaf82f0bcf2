"""Serve this site from a thread while its year is told: the keepers read the transparency log over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(port: int) -> Iterator[str]:
    """Serve on 127.0.0.1 at `port` (0 takes a free one) and give the address. Raises OSError where it is taken."""
    Path(settings.STATIC_ROOT).mkdir(
        parents=True, exist_ok=True
    )  # the middleware for static files asks for it
    from config.wsgi import application

    server = ThreadedWSGIServer(("127.0.0.1", port), _Quiet)
    server.set_app(application)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
