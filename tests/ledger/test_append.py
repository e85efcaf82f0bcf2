"""What is appended to the log can be read, proved and never taken back; what is refused leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, transaction

from core.ledger import selectors, services, tlog
from core.ledger.key import LogKeyMissing
from core.ledger.models import Checkpoint, Entry, Node
from core.ledger.note import Checkpoint as Head
from core.ledger.note import Note, Verifier

pytestmark = pytest.mark.django_db


def append(count: int) -> None:
    for number in range(count):
        services.append({"type": "test", "number": number})


def root_of(count: int) -> bytes:
    frontier = tlog.Frontier()
    for entry in Entry.objects.order_by("index")[:count]:
        frontier.append(tlog.leaf_hash(bytes(entry.content)))
    return frontier.root()


def test_entries_are_numbered_without_a_gap_and_kept_to_the_byte():
    assert [services.append({"b": 1, "a": "明采"}), services.append(b"\x00raw")] == [0, 1]
    assert selectors.entry(0) == '{"a":"明采","b":1}'.encode()
    assert selectors.entry(1) == b"\x00raw"


@pytest.mark.parametrize(("length", "fits"), [(65_535, True), (65_536, False)])
def test_an_entry_has_at_most_65535_bytes(length, fits):
    if fits:
        assert services.append(b"x" * length) == 0
    else:
        with pytest.raises(services.EntryTooLarge):
            services.append(b"x" * length)
    assert Entry.objects.count() == fits


def test_an_act_that_is_rolled_back_leaves_no_entry():
    append(1)
    with transaction.atomic():
        assert services.append(b"never") == 1
        transaction.set_rollback(True)
    assert services.append(b"second") == 1


def test_checkpoints_are_signed_by_the_log_and_each_continues_the_last():
    sizes = [0, 1, 2, 255, 256, 257, 600]
    roots = {}
    for before, size in zip([0, *sizes], sizes, strict=False):
        append(size - before)
        checkpoint = services.publish_checkpoint()
        assert services.publish_checkpoint().pk == checkpoint.pk
        note = Note.parse(checkpoint.note)
        assert note.verified([Verifier.parse(services.log_vkey())])
        assert Head.parse(note.text) == Head(settings.LEDGER_ORIGIN, size, root_of(size))
        roots[size] = bytes(checkpoint.root)
    for old in sizes:
        for new in sizes[sizes.index(old) :]:
            proof = services.consistency(old, new)
            assert tlog.verify_consistency(old, new, roots[old], roots[new], proof)
    for index in (0, 1, 254, 255, 256, 511, 599):
        leaf = tlog.leaf_hash(selectors.entry(index))
        assert tlog.verify_inclusion(leaf, index, 600, services.inclusion(index, 600), roots[600])
    assert Node.objects.filter(level=1).count() == 2


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 4)])
def test_nothing_is_proved_beyond_the_log(index, size):
    append(3)
    assert services.inclusion(2, 3)
    with pytest.raises(services.NotInLog):
        services.inclusion(index, size)
    with pytest.raises(services.NotInLog):
        services.consistency(2, 4)


def test_a_log_whose_signed_part_was_changed_signs_nothing_more():
    append(5)
    services.publish_checkpoint()
    Entry.objects.filter(index=2).update(leaf_hash=bytes(32))
    append(1)
    with pytest.raises(services.LogDamaged):
        services.publish_checkpoint()
    assert Checkpoint.objects.count() == 1


def test_a_log_whose_end_was_cut_off_signs_nothing_more():
    append(5)
    services.publish_checkpoint()
    Entry.objects.filter(index=4).delete()
    with pytest.raises(services.LogDamaged):
        services.publish_checkpoint()
    assert Checkpoint.objects.count() == 1


def test_a_log_that_lost_its_key_does_not_sign_with_a_new_one():
    append(1)
    services.publish_checkpoint()
    settings.LEDGER_KEY_FILE.unlink()
    append(1)
    with pytest.raises(LogKeyMissing):
        services.publish_checkpoint()
    assert (Checkpoint.objects.count(), settings.LEDGER_KEY_FILE.exists()) == (1, False)


def test_the_key_can_be_read_by_its_owner_alone():
    services.publish_checkpoint()
    assert settings.LEDGER_KEY_FILE.stat().st_mode & 0o777 == 0o600
    names = sorted(path.name for path in settings.LEDGER_KEY_FILE.parent.glob("ledger-key*"))
    assert names == ["ledger-key", "ledger-key.origin"]


def test_a_log_keeps_its_name_when_the_site_moves_to_another_address():
    """Keepers follow the log by its name and key: a demonstration that comes back at another port is the same log."""
    services.publish_checkpoint()
    ask = "from django.conf import settings; print(settings.PUBLIC_URL, settings.LEDGER_ORIGIN)"
    moved = {
        **os.environ,
        "MINGCAI_VAR": str(settings.VAR),
        "PORT": "8123",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    said = subprocess.run(
        [sys.executable, "-c", ask], env=moved, capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["http://localhost:8123", settings.LEDGER_ORIGIN]


def test_anyone_can_read_the_log_by_its_tiles(client):
    append(300)
    services.publish_checkpoint()
    append(3)
    answer = client.get("/log/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    head = Head.parse(Note.parse(answer.content).text)
    assert head.size == 300

    def fetch(tile: tlog.Tile) -> bytes:
        got = client.get(f"/log/tile/{tile.path}")
        assert (got.status_code, got["Content-Type"]) == (200, "application/octet-stream")
        assert "immutable" in got["Cache-Control"]
        return got.content

    read = tlog.tile_reader(head.size, fetch)
    assert tlog.tree_root(head.size, read) == head.root
    entries = [e for tile in tlog.bundles_of(0, head.size) for e in tlog.unpack_bundle(fetch(tile))]
    assert [tlog.leaf_hash(entry) for entry in entries] == [read(0, index) for index in range(300)]
    assert [tile.path for tile in tlog.tiles_of(300)] == ["0/000", "0/001.p/44", "1/000.p/1"]


@pytest.mark.parametrize(
    "path",
    ["0/001", "0/001.p/45", "0/002.p/1", "1/000", "1/001.p/1", "2/000.p/1", "entries/001.p/47", "x", "0/0"],
)
def test_nothing_is_served_beyond_the_checkpoint(client, path):
    append(300)
    services.publish_checkpoint()
    append(20)
    assert client.get("/log/tile/entries/001.p/44").status_code == 200
    assert client.get(f"/log/tile/{path}").status_code == 404
    assert client.post("/log/tile/0/000").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_acts_at_the_same_time_get_different_places_in_the_log():
    def act(number: int) -> list[int]:
        try:
            found = []
            for turn in range(5):
                with transaction.atomic():
                    found.append(services.append({"number": number, "turn": turn}))
            services.publish_checkpoint()
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        places = [index for found in pool.map(act, range(4)) for index in found]
    assert sorted(places) == list(range(20))
    final = services.publish_checkpoint()
    assert (final.size, bytes(final.root)) == (20, root_of(20))
