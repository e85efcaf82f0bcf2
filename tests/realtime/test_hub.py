"""Everybody who comes joins the same hub, and it listens."""

from __future__ import annotations

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer

from realtime import hub


class SlowLayer(InMemoryChannelLayer):
    """Takes its time, as a layer over a network does."""

    async def new_channel(self, prefix: str = "specific.") -> str:
        await asyncio.sleep(0.01)
        return str(await super().new_channel(prefix))


@pytest.mark.asyncio
async def test_whoever_comes_while_the_hub_starts_waits_until_it_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer = SlowLayer()
    monkeypatch.setattr(hub, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(hub, "_running", None)

    async def come() -> tuple[hub.Hub, str | None]:
        found = await hub.running()
        return found, found.channel

    met = await asyncio.gather(*(come() for _ in range(3)))
    try:
        assert len({found for found, _ in met}) == 1
        assert None not in {channel for _, channel in met}
        assert len(met[0][0].tasks) == 2
    finally:
        for task in met[0][0].tasks:
            task.cancel()
