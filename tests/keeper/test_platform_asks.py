"""The platform asks its keepers whether they still hold their keys, and lets new tenders name the newest."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bidding import keepers
from bidding.keeper.client import KeeperClient
from bidding.keeper.keys import rotate
from bidding.services import keeperwatch
from config.timers import handlers
from core import clock
from core.audit.models import Entry
from core.timers import services as timers
from tendering.services.policy import configured_keepers

pytestmark = [pytest.mark.timeout(60), pytest.mark.django_db]
DAY = timedelta(days=1)


@pytest.fixture
def configured(town, settings, monkeypatch):
    """The platform knows the town's keepers; gives the file with their cards."""
    settings.KEEPERS_FILE = town.folder / "keepers.json"
    settings.KEEPERS_FILE.write_text(json.dumps([card.to_json() for card in town.cards]))
    opened: dict[tuple[str, str], KeeperClient] = {}

    def client(url: str, vkey: str) -> KeeperClient:
        return opened.setdefault((url, vkey), KeeperClient(url, vkey, timeout=5))

    monkeypatch.setattr(keepers, "client", client)
    yield settings.KEEPERS_FILE
    for one in opened.values():
        one.close()


def asked(*options: str) -> str:
    out = StringIO()
    call_command("keepers", *options, stdout=out)
    return out.getvalue()


def test_readyz_shows_the_weekly_proof_of_every_keeper(town, configured, client, at):
    assert client.get("/readyz").json()["canaries"] == dict.fromkeys(("K1", "K2", "K3"), "none yet")
    for keeper in town.keepers[:2]:
        keeper.turn()
    rows = json.loads(configured.read_text())
    rows[1]["recipient"] = rows[0]["recipient"]
    configured.write_text(json.dumps(rows))
    assert client.get("/readyz").json()["canaries"] == {"K1": "ok", "K2": "wrong", "K3": "none yet"}
    at(clock.now() + 9 * DAY)
    rows[2]["url"] = "http://127.0.0.1:9"
    configured.write_text(json.dumps(rows))
    assert client.get("/readyz").json()["canaries"] == {"K1": "overdue", "K2": "wrong", "K3": "away"}
    configured.write_text("[{}]")
    assert client.get("/readyz").json()["canaries"] == {}


def test_the_next_tenders_name_the_key_that_a_keeper_has_rotated_to(town, configured):
    for keeper in town.keepers:
        keeper.turn()
    assert "K1" in asked()
    told = json.loads((town.folder / "trust.json").read_text())
    town.trust(keepers=[*told["keepers"], told["keepers"][0] | {"id": "K9", "url": "http://127.0.0.1:9"}])
    town.keepers[1].turn()
    with pytest.raises(CommandError):
        asked()
    assert "K2 says: other keepers do not answer: K9" in asked("--update")
    town.trust()
    town.keepers[1].turn()
    assert "K2 says" not in asked()
    before = configured_keepers()
    rotate(town.keepers[0].folder, clock.now() + 7 * DAY)
    town.keepers[0].restart()
    rows = json.loads(configured.read_text())
    rows[0]["url"] = town.keepers[0].url
    configured.write_text(json.dumps(rows))
    assert "key 2 from" in asked("--update")
    assert configured_keepers()[0]["key_version"] == 1, "announced is not yet in force"
    town.clocks(7 * DAY + timedelta(minutes=1))
    town.keepers[0].turn()
    with pytest.raises(CommandError):
        asked()
    assert not Entry.objects.filter(verb="rotate").exists()
    assert "the next tenders name key 2" in asked("--update")
    after = configured_keepers()
    assert (after[0]["key_version"], after[0]["recipient"]) == (
        2,
        town.keepers[0].client.identity().recipient,
    )
    assert after[0]["vkey"] == before[0]["vkey"]
    assert after[1:] == before[1:]
    assert Entry.objects.filter(verb="rotate", subject="keeper.K1").count() == 1
    assert "--update" not in asked()


def test_the_clock_looks_after_the_keepers_every_hour(town, configured):
    for keeper in town.keepers:
        keeper.turn()
    rotate(town.keepers[1].folder, clock.now() - DAY)
    town.keepers[1].restart()
    rows = json.loads(configured.read_text())
    rows[1]["url"] = town.keepers[1].url
    configured.write_text(json.dumps(rows))
    handlers()["bidding.keepers"]("all")
    assert [row["key_version"] for row in configured_keepers()] == [1, 2, 1]
    assert Entry.objects.filter(verb="rotate", subject="keeper.K2", actor="clock").count() == 1
    assert timers.is_planned(verb="bidding.keepers", subject="all")
    handlers()["bidding.keepers"]("all")
    assert Entry.objects.filter(verb="rotate").count() == 1


def test_a_key_signed_by_somebody_else_is_not_taken(town, configured):
    rows = json.loads(configured.read_text())
    rows[0]["url"] = rows[1]["url"]
    configured.write_text(json.dumps(rows))
    rotate(town.keepers[1].folder, clock.now() - DAY)
    state = keeperwatch.state_of(town.cards[0].__class__.from_json(rows[0]), clock.now())
    assert (state.now, state.rotated) == (None, False)
    assert keeperwatch.take_newer_keys(configured, [state]) == []
    assert json.loads(configured.read_text()) == rows
