"""Send long answers piece by piece, with constant memory under WSGI and under ASGI alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

PIECE = 64 * 1024


def pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Give texts as bytes in pieces of about 64 KiB."""
    waiting: list[bytes] = []
    size = 0
    for text in texts:
        data = text.encode()
        waiting.append(data)
        size += len(data)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def of_file(path: Path) -> Iterator[bytes]:
    """Give a file's bytes in pieces."""
    with path.open("rb") as data:
        while piece := data.read(PIECE * 4):
            yield piece


def streamed(request: HttpRequest, content: Iterator[bytes], *, content_type: str) -> StreamingHttpResponse:
    """Answer with `content` as it comes. Under ASGI Django would collect a plain iterator in memory first."""

    async def one_by_one() -> AsyncIterator[bytes]:
        following = sync_to_async(lambda: next(content, None))
        while (piece := await following()) is not None:
            yield piece

    body = one_by_one() if isinstance(request, ASGIRequest) else content
    return StreamingHttpResponse(body, content_type=content_type)
