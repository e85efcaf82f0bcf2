"""A bare broadcast server: `python -m config.bench.broadcast PORT BYTES`.

Whoever connects is a viewer. A viewer that sends `COUNT RATE` has COUNT frames of BYTES bytes sent to all viewers, RATE a
second (0: as fast as it goes); each begins with the time at which it was sent.
"""

from __future__ import annotations

import asyncio
import sys
import time

from websockets.asyncio.server import ServerConnection, broadcast, serve

viewers: set[ServerConnection] = set()


async def follow(connection: ServerConnection, size: int) -> None:
    """Serve one viewer."""
    viewers.add(connection)
    try:
        async for message in connection:
            count, rate = str(message).split()
            await tell(int(count), float(rate), size)
    finally:
        viewers.discard(connection)


async def tell(count: int, rate: float, size: int) -> None:
    """Send `count` frames to all."""
    began = time.monotonic()
    for number in range(count):
        if rate:
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        elif number % 10 == 0:
            await asyncio.sleep(0)
        head = f'{{"sent":"{time.time():.6f}","padding":"'
        broadcast(viewers, f'{head}{"x" * (size - len(head) - 2)}"}}')


async def main(port: int, size: int) -> None:
    """Serve until the process is ended."""
    async with serve(lambda one: follow(one, size), "127.0.0.1", port, compression=None, ping_interval=None):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
