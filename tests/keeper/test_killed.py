"""What a keeper process has answered survives SIGKILL; nothing it forgot can be used against anybody."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from bidding.keeper.client import KeeperRefused

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


def test_acks_watermark_and_checkpoints_survive_a_kill(processes):
    """One town for four promises: each keeper process starts in about a second."""
    town = processes
    town.publish()
    bid = town.seal()
    first = town.ack(bid, 1)
    for number in (2, 3):
        town.ack(bid, number)
    town.clocks(timedelta(minutes=30))
    town.keepers[0].restart(kill=True)
    assert town.ack(bid, 1).statement == first.statement

    town.close(bid)
    town.log.append(secrets.token_bytes(8))
    town.cosign(1)
    size = len(town.log.entries)
    small = town.log.note(town.log.entries[: size - 1])
    town.keepers[0].restart(kill=True)
    with pytest.raises(KeeperRefused) as caught:
        town.keepers[0].client.cosign(small, size - 1, [])
    assert (caught.value.status, caught.value.reason) == (409, str(size))

    town.pass_opening()
    checkpoint = town.cosign()
    town.keepers[0].restart(kill=True)
    assert town.release(bid, 1, checkpoint=checkpoint)
    town.keepers[0].set_clock(timedelta(minutes=30))
    town.keepers[0].restart(kill=True)
    assert town.refused(bid, 1, checkpoint=checkpoint)[1] == "the keeper's clock is behind its watermark"
