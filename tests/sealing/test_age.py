"""The age writer and reader: round trips, other programs, and every kind of damage."""

from __future__ import annotations

import io
import shutil
import subprocess

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.sealing.age import files, stream
from bidding.sealing.age.armor import ArmorWriter
from bidding.sealing.age.errors import AgeError, ArmorFailure, BadKey, NoMatch
from bidding.sealing.age.recipients import (
    HybridIdentity,
    Passphrase,
    X25519Identity,
    X25519Recipient,
    parse_identities,
    parse_identity,
    parse_recipient,
)
from bidding.sealing.age.text import decode_bech32, encode_bech32

SEED = bytes(range(32))
CLASSICAL, HYBRID = X25519Identity(SEED), HybridIdentity(SEED)
CHUNK = stream.CHUNK
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 8 * CHUNK - 1, 8 * CHUNK, 8 * CHUNK + 1, 16 * CHUNK, 1_000_000]
needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="the age command is not installed")


def content(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("identity", [CLASSICAL, HYBRID], ids=["X25519", "hybrid"])
@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
def test_what_was_written_is_read_again(tmp_path, size, identity, armored):
    plain, sealed, out = (tmp_path / name for name in ("plain", "sealed", "out"))
    plain.write_bytes(content(size))
    files.encrypt_file(plain, sealed, [identity.recipient()], armored=armored)
    files.decrypt_file(sealed, out, [identity])
    assert out.read_bytes() == plain.read_bytes()
    if not armored:
        assert files.inspect(sealed).plain_length() == size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "plain", "sealed"]


@pytest.mark.parametrize("size", EDGES)
def test_pyrage_and_we_read_each_other(size):
    theirs = pyrage.x25519.Identity.from_str(str(CLASSICAL))
    assert str(theirs.to_public()) == str(CLASSICAL.recipient())
    assert files.decrypt_bytes(pyrage.encrypt(content(size), [theirs.to_public()]), [CLASSICAL]) == content(
        size
    )
    assert pyrage.decrypt(files.encrypt_bytes(content(size), [CLASSICAL.recipient()]), [theirs]) == content(
        size
    )


def test_pyrage_and_we_share_passphrases():
    ours = files.encrypt_bytes(b"sealed", [Passphrase("开标", 10)])
    assert pyrage.passphrase.decrypt(ours, "开标") == b"sealed"
    assert (
        files.decrypt_bytes(pyrage.passphrase.encrypt(b"sealed", "开标"), [Passphrase("开标")]) == b"sealed"
    )


@needs_age
@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
def test_the_age_command_and_we_read_each_other(tmp_path, armored):
    plain, ours, theirs, out = (tmp_path / name for name in ("plain", "ours", "theirs", "out"))
    plain.write_bytes(content(3 * CHUNK + 7))
    keys = tmp_path / "keys"
    keys.write_text(str(CLASSICAL))
    files.encrypt_file(plain, ours, [CLASSICAL.recipient()], armored=armored)
    subprocess.run(["age", "-d", "-i", str(keys), "-o", str(out), str(ours)], check=True)
    assert out.read_bytes() == plain.read_bytes()
    flags = ["-a"] if armored else []
    recipient = str(CLASSICAL.recipient())
    subprocess.run(["age", *flags, "-r", recipient, "-o", str(theirs), str(plain)], check=True)
    files.decrypt_file(theirs, out, [CLASSICAL])
    assert out.read_bytes() == plain.read_bytes()


def test_a_file_for_several_opens_for_each_and_for_nobody_else():
    others = [X25519Identity(bytes([place]) * 32) for place in range(1, 4)]
    sealed = files.encrypt_bytes(b"sealed", [other.recipient() for other in others])
    for other in others:
        assert files.decrypt_bytes(sealed, [CLASSICAL, other]) == b"sealed"
    with pytest.raises(NoMatch):
        files.decrypt_bytes(sealed, [CLASSICAL, HYBRID, Passphrase("x")])


@pytest.mark.parametrize(
    "recipients",
    [
        [],
        [Passphrase("a", 10), Passphrase("b", 10)],
        [Passphrase("a", 10), CLASSICAL.recipient()],
        [HYBRID.recipient(), CLASSICAL.recipient()],
    ],
)
def test_recipients_that_weaken_each_other_do_not_share_a_file(recipients):
    with pytest.raises(ValueError, match="cannot share"):
        files.encrypt_bytes(b"sealed", recipients)


def test_a_recipient_of_low_order_is_not_written_to():
    with pytest.raises(BadKey):
        files.encrypt_bytes(b"sealed", [X25519Recipient(bytes(32))])


def _header_bytes(sealed: bytes) -> int:
    return sealed.index(b"\n", sealed.index(b"\n---") + 1) + 1


WHOLE = files.encrypt_bytes(content(CHUNK + 100), [CLASSICAL.recipient()])
HYBRID_WHOLE = files.encrypt_bytes(content(100), [HYBRID.recipient()])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_refused(place, mask):
    changed = bytearray(WHOLE)
    changed[place] ^= mask
    with pytest.raises(AgeError) as refused:
        files.decrypt_bytes(bytes(changed), [CLASSICAL])
    header = _header_bytes(WHOLE)
    assert (refused.value.outcome == "payload failure") == (place >= header)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, _header_bytes(HYBRID_WHOLE) - 1), st.integers(1, 255))
def test_a_changed_byte_of_a_hybrid_header_is_refused(place, mask):
    changed = bytearray(HYBRID_WHOLE)
    changed[place] ^= mask
    with pytest.raises(AgeError) as refused:
        files.decrypt_bytes(bytes(changed), [HYBRID])
    assert refused.value.outcome in ("header failure", "no match", "HMAC failure", "armor failure")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_refused(length):
    with pytest.raises(AgeError):
        files.decrypt_bytes(WHOLE[:length], [CLASSICAL])


def test_a_file_with_something_behind_it_is_refused(tmp_path):
    sealed, out = tmp_path / "sealed", tmp_path / "out"
    sealed.write_bytes(WHOLE)
    files.decrypt_file(sealed, out, [CLASSICAL])
    assert out.exists()
    sealed.write_bytes(WHOLE + b"x")
    with pytest.raises(AgeError):
        files.decrypt_file(sealed, out, [CLASSICAL])
    assert [path.name for path in tmp_path.iterdir()] == ["sealed"], "a stale output is gone too"


def test_a_file_is_never_its_own_output(tmp_path):
    sealed = tmp_path / "sealed"
    sealed.write_bytes(WHOLE)
    with pytest.raises(ValueError, match="the output is the input"):
        files.decrypt_file(sealed, sealed, [CLASSICAL])
    assert sealed.read_bytes() == WHOLE


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 96, 100_000])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_armor_reads_what_armor_wrote(size, newline):
    target = io.BytesIO()
    writer = ArmorWriter(target)
    for start in range(0, size, 1000):
        writer.write(content(size)[start : start + 1000])
    writer.close()
    armored = target.getvalue().replace(b"\n", newline)
    assert files.dearmored(io.BufferedReader(io.BytesIO(b"\n " + armored + b"\n"))).read() == content(size)
    for broken in (armored.replace(newline, newline + newline, 2), armored + b"x", armored[:-20]):
        with pytest.raises(ArmorFailure):
            files.dearmored(io.BufferedReader(io.BytesIO(broken))).read()


@given(st.binary(max_size=80))
def test_bech32_reads_what_it_wrote(data):
    assert decode_bech32(encode_bech32("age", data)) == ("age", data)
    assert decode_bech32(encode_bech32("age-secret-key-", data).upper()) == ("age-secret-key-", data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1",
        str(CLASSICAL.recipient())[:-1] + "q",
        str(CLASSICAL.recipient()).upper(),
        str(CLASSICAL).lower(),
        str(CLASSICAL)[:-1].lower() + "Q",
        encode_bech32("age", bytes(31)),
        encode_bech32("age1pq", bytes(1215)),
        "age1pq1\u0131",
    ],
)
def test_what_is_no_key_is_refused(text):
    for read in (parse_recipient, parse_identity):
        with pytest.raises(BadKey):
            read(text)
    assert parse_recipient(str(HYBRID.recipient())).key == HYBRID.recipient().key


def test_an_identity_file_may_have_comments_but_not_be_empty():
    found = parse_identities(f"# created today\n\n{CLASSICAL}\r\n{HYBRID}\n")
    assert [str(identity) for identity in found] == [str(CLASSICAL), str(HYBRID)]
    for text in ("", "# only a comment\n", "nonsense"):
        with pytest.raises(BadKey):
            parse_identities(text)


def test_memory_stays_flat_however_long_the_file(tmp_path):
    class Zeros:
        def __init__(self, left):
            self.left = left

        def readinto(self, buffer):
            count = min(len(buffer), self.left)
            self.left -= count
            return count

    import tracemalloc

    peaks = []
    for size in (4 << 20, 64 << 20):
        tracemalloc.start()
        with (tmp_path / "sealed").open("wb") as target:
            files.encrypt(Zeros(size), target, [CLASSICAL.recipient()])
        with (tmp_path / "sealed").open("rb") as source, (tmp_path / "out").open("wb") as target:
            files.decrypt(source, target, [CLASSICAL])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (tmp_path / "out").stat().st_size == size
    assert peaks[1] < peaks[0] + (1 << 16)
