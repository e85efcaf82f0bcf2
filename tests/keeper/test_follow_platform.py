"""Keepers follow the platform's own log over HTTP, and the platform collects their cosignatures."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

import pytest
from django.conf import settings

from bidding.keeper import run
from bidding.keeper.entries import policy_entry
from bidding.sealing.objects import Policy, keeper_set_hash
from bidding.sealing.seal import seal_bid
from bidding.sealing.statements import sign_statement
from core import clock
from core.ledger import selectors, services
from core.ledger.models import Checkpoint, Cosignature
from core.ledger.note import Note, Signer, Verifier
from tests.keeper.conftest import SHEET, LocalKeeper, Town

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def keepers(live_server, tmp_path, monkeypatch):
    """Three keepers that read the platform's log and trust a key of its organisation."""
    monkeypatch.setenv("TEST_CLOCK", "1")
    signer = Signer("platform", secrets.token_bytes(32))
    trust = tmp_path / "trust.json"
    running = []
    try:
        for name in ("K1", "K2", "K3"):
            told = run.Settings(
                tmp_path / name, name, trust, f"{live_server.url}/log", tmp_path / "clock", may_create=True
            )
            running.append(LocalKeeper(name, told))
            running[-1].start()
            running[-1].ready()
        value = {"type": "mingcai/v1/trust", "log": services.log_vkey(), "signers": [signer.verifier.vkey]}
        cards = [keeper.card.to_json() for keeper in running]
        trust.write_text(json.dumps(value | {"supervisors": [], "keepers": cards}))
        yield running, signer
    finally:
        for keeper in running:
            keeper.stop()


def asked(running) -> dict[str, str]:
    return {keeper.url: keeper.card.vkey for keeper in running}


def test_a_bid_is_acked_under_the_policy_that_the_platform_has_logged(keepers, tmp_path):
    running, signer = keepers
    for number in range(300):
        services.append({"type": "mingcai/v1/bid", "h": f"{number:064x}"})
    cards = [keeper.card for keeper in running]
    due = clock.now() + timedelta(hours=1)
    policy = Policy(
        settings.LEDGER_ORIGIN, "T42", "1", "single", 1, None, "ab" * 32, 1, due, due, 600, 2, 3, keeper_set_hash(cards)
    )  # fmt: skip
    bid = seal_bid(Town.ctx(None, policy), cards, 2, SHEET, [], tmp_path / "bid", organisation="S9")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="no-policy"):
        running[0].client.ack(bid.record, bid.envelopes[0], 1)
    services.append(policy_entry(policy, cards, sign_statement(signer, policy.to_json())))
    services.publish_checkpoint()
    for number, keeper in enumerate(running, start=1):
        assert keeper.client.ack(bid.record, bid.envelopes[number - 1], number)
        assert keeper.client.health()["entries"] == 301


def test_checkpoints_are_cosigned_by_every_keeper_that_answers_also_when_nothing_is_new(keepers):
    running, _ = keepers
    for size in (1, 300, 300):
        while selectors.size() < size:
            services.append(secrets.token_bytes(10))
        checkpoint = services.publish_checkpoint()
        answers = services.collect_cosignatures(asked(running))
        assert [answer.problem for answer in answers] == ["", "", ""]
        note = Note.parse(selectors.note_with_cosignatures(checkpoint))
        keys = [Verifier.parse(services.log_vkey()), *(keeper.card.witness() for keeper in running)]
        assert {verifier for verifier, _ in note.verified(keys)} == set(keys)
    running[2].door.shutdown()
    running[2].door.server_close()
    services.append(b"more")
    services.publish_checkpoint()
    answers = {answer.url: answer for answer in services.collect_cosignatures(asked(running))}
    assert answers[running[2].url].problem.startswith("does not answer")
    assert sum(answer.signature is not None for answer in answers.values()) == 2


def test_a_platform_that_forgot_what_a_keeper_has_seen_catches_up(keepers):
    running, _ = keepers
    for _ in range(5):
        services.append(secrets.token_bytes(10))
        services.publish_checkpoint()
    services.collect_cosignatures(asked(running))
    Cosignature.objects.all().delete()
    services.append(b"more")
    services.publish_checkpoint()
    assert all(answer.signature for answer in services.collect_cosignatures(asked(running)))


def test_a_platform_restored_from_an_old_copy_gets_no_cosignature(keepers):
    running, _ = keepers
    for _ in range(2):
        services.append(secrets.token_bytes(10))
        services.publish_checkpoint()
        services.collect_cosignatures(asked(running))
    last = Checkpoint.objects.get(size=2)
    last.cosignatures.all().delete()
    last.delete()
    services.Entry.objects.filter(index=1).delete()
    before = Cosignature.objects.count()
    answers = services.collect_cosignatures(asked(running))
    assert {answer.problem for answer in answers} == {"has cosigned 2 entries"}
    services.append(b"another second entry")
    services.publish_checkpoint()
    answers = services.collect_cosignatures(asked(running))
    assert all("two histories" in answer.problem for answer in answers)
    assert Cosignature.objects.count() == before
    assert all(keeper.client.health()["ok"] is False for keeper in running)


def test_a_strangers_cosignature_is_not_stored(keepers):
    running, _ = keepers
    services.append(b"one")
    services.publish_checkpoint()
    wrong = {running[0].url: running[1].card.vkey}
    answers = services.collect_cosignatures(wrong)
    assert answers[0].problem.startswith("gave no valid cosignature")
    assert Cosignature.objects.count() == 0
    assert services.collect_cosignatures(asked(running[:1]))[0].signature
