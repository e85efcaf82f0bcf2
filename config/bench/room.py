"""`room`: one stream and many viewers over Daphne, beside a bare broadcast server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from django.conf import settings

from config.bench import servers, viewers
from config.bench.catalogue import PAIRS
from config.bench.measure import Broken, Comparison, Outcome, in_turns, percentile

VIEWERS = {"small": 20, "full": 300}
BURST = {"small": 200, "full": 1000}
"""Events of one saturated measurement: all there at once."""
PACED = {"small": 20, "full": 400}
RATE = 20.0
STREAM = "market.notices"
SENT = re.compile(rb'"sent":"([0-9.]+)"')

HELD_SECONDS = 1.5

Pusher = Callable[[int, float], Awaitable[float]]


def run(size: str) -> Outcome:
    """Measure deliveries per second with all events there at once, then delays at a calm pace."""
    count, burst, paced, pairs = VIEWERS[size], BURST[size], PACED[size], PAIRS[size]
    bare_port = servers.free_port()
    with asyncio.Runner() as runner, servers.daphne() as site:
        ours = runner.run(viewers.connect(site.port, f"/ws/streams/{STREAM}?after=0", count))
        length = runner.run(_length(ours))
        bare = [sys.executable, "-m", "config.bench.broadcast", str(bare_port), str(length)]
        with servers.running("broadcast", bare, bare_port):
            theirs = runner.run(viewers.connect(bare_port, "/", count))

            async def tell(number: int, rate: float) -> float:
                theirs[0].say(f"{number} {rate}")
                return time.time()

            def fast(room: list[viewers.Viewer], push: Pusher) -> Callable[[], float]:
                return lambda: runner.run(_fast(room, push, burst))

            def calm(room: list[viewers.Viewer], push: Pusher) -> Callable[[], float]:
                return lambda: runner.run(_calm(room, push, paced))

            push = _behind_its_back(site)
            before = site.cpu_seconds()
            saturated = in_turns(pairs, fast(ours, push), fast(theirs, tell))
            spent = site.cpu_seconds() - before
            delays = in_turns(pairs, calm(ours, _push), calm(theirs, tell))
        complete = all(_in_order(one, 1 + pairs * (burst + paced)) for one in ours)
    return Outcome(
        main=Comparison("bare, saturated", "deliveries/s", saturated[0], saturated[1], at_least=0.35),
        also=[Comparison("bare, p99 at 20 events/s", "ms", delays[0], delays[1], at_most=8)],
        parameters={
            "viewers": count,
            "events at once": burst,
            "events at 20/s": paced,
            "bytes of a frame": length,
        },
        checks={"every viewer saw every event once and in order": complete},
        costs={"server CPU per delivery, saturated (µs)": spent / (burst * count * pairs) * 1e6},
    )


async def _push(count: int, rate: float) -> float:
    """Push from a process of its own; gives when it was done."""
    own = {**os.environ, **({} if rate else {"REDIS_URL": ""})}
    command = [sys.executable, "-m", "config.bench.push_events", STREAM, str(count), str(rate)]
    child = await asyncio.create_subprocess_exec(
        *command, env=own, cwd=settings.BASE_DIR, stderr=subprocess.PIPE
    )
    _, said = await child.communicate()
    if child.returncode:
        raise Broken(f"events could not be pushed: {said.decode().strip().splitlines()[-1]}")
    return time.time()


def _behind_its_back(server: servers.Server) -> Pusher:
    """Push while the server is held, longer than it waits between two looks: let go, it finds all events at once."""

    async def push(count: int, rate: float) -> float:
        if rate:
            return await _push(count, rate)
        os.kill(server.pid, signal.SIGSTOP)
        try:
            await asyncio.gather(_push(count, rate), asyncio.sleep(HELD_SECONDS))
        finally:
            began = time.time()
            os.kill(server.pid, signal.SIGCONT)
        return began

    return push


async def _length(room: list[viewers.Viewer]) -> int:
    """Push the first event and give the length of its frame, which the other server then uses too."""
    await _deliver(room, _push, 1, 0.0)
    return len(room[0].frames[0][1])


async def _deliver(room: list[viewers.Viewer], push: Pusher, count: int, rate: float) -> float:
    """Push, wait for all, and give when the events were there."""
    for one in room:
        one.want(count)
    began = await push(count, rate)
    await viewers.together([one.enough for one in room], "not every viewer saw every event")
    return began


async def _fast(room: list[viewers.Viewer], push: Pusher, count: int) -> float:
    """Give deliveries per second, from the moment at which all events are there to the last arrival."""
    began = await _deliver(room, push, count, 0.0)
    ended = max(one.frames[-1][0] for one in room)
    _remember(room)
    return len(room) * count / max(ended - began, 1e-6)


async def _calm(room: list[viewers.Viewer], push: Pusher, count: int) -> float:
    """Give the 99th percentile of the delays from pushing to arrival, in milliseconds."""
    await _deliver(room, push, count, RATE)
    delays = []
    for one in room:
        for at, frame in one.frames:
            said = SENT.search(frame)
            if said is None:
                raise Broken("a frame came that nobody had pushed")
            delays.append(at - float(said[1]))
    _remember(room)
    return percentile(delays, 0.99) * 1000


def _remember(room: list[viewers.Viewer]) -> None:
    """Keep the sequence numbers of what came, for the check at the end."""
    for one in room:
        one.seen += [json.loads(frame).get("seq", 0) for _, frame in one.frames]


def _in_order(one: viewers.Viewer, last: int) -> bool:
    return one.seen == list(range(2, last + 1))
