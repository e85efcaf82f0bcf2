"""A new key is announced, then takes over; the old one lives until its tenders are over."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from bidding.keeper import backup, commands
from bidding.keeper.client import KeeperRefused
from bidding.keeper.keys import rotate
from bidding.sealing.shape import write_instant
from core import clock

pytestmark = pytest.mark.timeout(60)
DAY = timedelta(days=1)


def announce(town, number: int, starts) -> None:
    keeper = town.keepers[number - 1]
    rotate(keeper.folder, starts)
    keeper.restart()


def test_the_identity_shows_the_key_in_force_and_the_one_that_follows(town):
    first = town.keepers[0]
    assert first.client.identities() == (first.card, None)
    starts = clock.now().replace(microsecond=0) + 7 * DAY
    announce(town, 1, starts)
    now, following = first.client.identities()
    assert (now.key_version, now.recipient) == (1, town.cards[0].recipient)
    assert following is not None
    assert (following[0].key_version, following[1]) == (2, starts)
    first.set_clock(7 * DAY + timedelta(minutes=1))
    later, after = first.client.identities()
    assert (later.key_version, later.recipient, after) == (2, following[0].recipient, None)


def test_a_tender_published_before_a_rotation_is_acked_and_opened_with_its_old_key(town):
    town.publish(open_at=town.start + 2 * DAY, deadline_at=town.start + 2 * DAY)
    for keeper in town.keepers:
        keeper.turn()
    cards = town.cards
    announce(town, 1, town.start + DAY)
    town.clocks(DAY + timedelta(minutes=1))
    assert town.keepers[0].client.identity().key_version == 2
    for keeper, card in zip(town.keepers, cards, strict=True):
        keeper.card = replace(card, url=keeper.url)
    town.trust()
    town.publish(open_at=town.open_at, deadline_at=town.open_at, notice_version=2)
    bid = town.seal()
    said = town.ack(bid, 1)
    assert said.statement["body"]["key_version"] == 1
    town.close(bid)
    town.pass_opening()
    assert town.release(bid, 1)
    assert town.keepers[0].client.health()["alarms"] == []


def test_a_keeper_restored_from_its_shares_on_another_machine_releases(town):
    """The first machine is gone with its memory; three holders of five bring their shares."""
    town.publish()
    bid = town.seal()
    first = town.keepers[0]
    for number in (1, 2, 3):
        town.ack(bid, number)
    shares = backup.split_keys(first.folder, "K1", 3, 5)
    card = first.card
    shutil.rmtree(first.folder)
    backup.restore(first.folder, "K1", shares[1:4])
    first.restart()
    assert replace(first.card, url=card.url) == card
    first.cosigned = 0
    town.close(bid)
    assert town.refused(bid, 1)[0] == "denied"
    town.pass_opening()
    assert town.release(bid, 1).share.share == bid.kit.shares[0]


@pytest.mark.parametrize("newest", [True, False])
def test_a_tender_published_after_a_rotation_names_the_newest_key(town, newest):
    first = town.keepers[0]
    town.log.append(b"read before")
    first.turn()
    old = first.card
    announce(town, 1, town.start + timedelta(minutes=10))
    town.clocks(timedelta(minutes=11))
    first.card = first.client.identity() if newest else replace(old, url=first.url)
    town.trust()
    town.publish()
    bid = town.seal()
    if newest:
        assert town.ack(bid, 1).statement["body"]["key_version"] == 2
        assert first.client.health()["alarms"] == []
        return
    with pytest.raises(KeeperRefused, match="older key"):
        town.ack(bid, 1)
    assert first.client.health()["alarms"] == ["policy T42/1/single (entry 1) names an older key"]
    assert town.ack(bid, 2)


def test_a_key_is_destroyed_only_when_no_tender_needs_it(town, capsys):
    first = town.keepers[0]
    town.publish()
    first.turn()
    announce(town, 1, clock.now() - DAY)
    old = first.folder / "age-identity-1"
    command = ["retire", "--dir", str(first.folder), "--id", "K1", "--peers", str(town.folder / "trust.json")]
    assert commands.main([*command, "--version", "1"]) == 1
    assert "still needs" in capsys.readouterr().err
    assert old.exists()
    cancel = {"type": "mingcai/v1/cancel-entry", "log_origin": town.policies[0].log_origin, "tender": "T42"}
    town.log.append(cancel | {"lot": None, "at": write_instant(town.start)})
    first.turn()
    assert commands.main([*command, "--version", "2"]) == 1, "the key in force stays"
    assert commands.main([*command, "--version", "1"]) == 0
    assert not old.exists()
    first.restart()
    assert first.client.identity().key_version == 2
