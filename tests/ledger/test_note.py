"""Notes, checkpoints and keys are read in one spelling only; a signature counts for one text and one time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.ledger.note import (
    COSIGNATURE_V1,
    Checkpoint,
    MalformedNote,
    Note,
    Signer,
    UnverifiedNote,
    Verifier,
)

LOG = Signer("log.example", bytes(range(32)))
WITNESS = Signer("K1", bytes(range(32)), COSIGNATURE_V1)
TEXT = Checkpoint("log.example", 7, bytes(32)).text
NOTE = str(Note(TEXT, (LOG.sign(TEXT),)))


def test_one_key_signs_and_cosigns_under_two_ids():
    assert LOG.verifier.public_key == WITNESS.verifier.public_key
    note = Note(TEXT, (LOG.sign(TEXT), WITNESS.cosign(TEXT, 1_800_000_000)))
    parsed = Note.parse(str(note))
    found = parsed.verified([LOG.verifier, WITNESS.verifier])
    assert [key for key, _ in found] == [LOG.verifier, WITNESS.verifier]
    assert found[1][1].timestamp == 1_800_000_000


@pytest.mark.parametrize("change", ["text", "time", "body", "short"])
def test_a_cosignature_counts_for_one_text_and_one_time(change):
    signature = WITNESS.cosign(TEXT, 1_800_000_000)
    good = Note(TEXT, (signature,))
    assert good.verified([WITNESS.verifier])
    bodies = {
        "time": (1_800_000_001).to_bytes(8, "big") + signature.body[8:],
        "body": signature.body[:-1] + bytes([signature.body[-1] ^ 1]),
        "short": signature.body[:-1],
    }
    text = TEXT.replace("\n7\n", "\n8\n") if change == "text" else TEXT
    bad = Note(text, (replace(signature, body=bodies.get(change, signature.body)),))
    with pytest.raises(UnverifiedNote):
        bad.verified([WITNESS.verifier])


def test_unknown_signatures_are_passed_over_and_bad_ones_of_known_keys_are_not():
    stranger = Signer("log.example", bytes(32))
    both = Note(TEXT, (stranger.sign(TEXT), LOG.sign(TEXT)))
    assert [key for key, _ in both.verified([LOG.verifier])] == [LOG.verifier]
    with pytest.raises(UnverifiedNote):
        Note(TEXT, (stranger.sign(TEXT),)).verified([LOG.verifier])
    forged = replace(stranger.sign(TEXT), key_id=LOG.verifier.key_id)
    with pytest.raises(UnverifiedNote):
        Note(TEXT, (forged, LOG.sign(TEXT))).verified([LOG.verifier])


@pytest.mark.parametrize(
    "source",
    [
        "",
        TEXT,
        NOTE[:-1],
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— log.example", "— log example"),
        NOTE.replace("— log.example", "— log+example"),
        NOTE.replace("log.example\n7", "log.example\t\n7"),
        NOTE + "\n",
        NOTE + "trailing\n",
        NOTE.rstrip("\n") + "=\n",
        TEXT + "\n— log.example AAAAAA==\n",
        NOTE.encode() + b"\xff",
        "\ud800" + NOTE,
        TEXT + "\n" + LOG.sign(TEXT).line * 101,
    ],
)
def test_what_is_not_a_note_is_refused(source):
    with pytest.raises(MalformedNote):
        Note.parse(source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        "log.example\n7\n",
        TEXT.replace("\n7\n", "\n07\n"),
        TEXT.replace("\n7\n", "\n-7\n"),
        TEXT.replace("\n7\n", "\n٧\n"),
        TEXT.replace("\n7\n", "\n\n7\n"),
        TEXT.replace("AAA=", "AAB="),
        TEXT.replace("AAA=", "AAAA"),
        "\n" + TEXT,
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text):
    assert Checkpoint.parse(TEXT + "extension\n").size == 7
    with pytest.raises(MalformedNote):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "log.example",
        LOG.verifier.vkey.upper(),
        LOG.verifier.vkey[:-4],
        "other" + LOG.verifier.vkey,
        LOG.verifier.vkey + "=",
        "+" + LOG.verifier.vkey,
    ],
)
def test_a_key_that_does_not_fit_its_id_is_refused(vkey):
    assert Verifier.parse(LOG.verifier.vkey) == LOG.verifier
    with pytest.raises(MalformedNote):
        Verifier.parse(vkey)


def test_a_witness_key_signs_nothing_but_checkpoints():
    with pytest.raises(MalformedNote):
        WITNESS.sign(TEXT)
    for text, at in (("no checkpoint\n", 5), (TEXT, 0), (TEXT, 1 << 63)):
        with pytest.raises(MalformedNote):
            WITNESS.cosign(text, at)
