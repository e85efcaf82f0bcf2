"""Opening: any k keepers open a bid, every fault names one party, and which k answered never matters."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bidding.sealing import dealing as dealings
from bidding.sealing import shares
from bidding.sealing.context import AGE_X25519
from bidding.sealing.encoding import derive, h
from bidding.sealing.errors import SealingError
from bidding.sealing.keeperside import check_envelope, verify_share
from bidding.sealing.opening import Limits, Outcome, interpolate, open_bid
from bidding.sealing.plain import PlainShare, commitment
from tests.sealing.sealed import ORGANISATION, SHEET, flipped, make_case


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return make_case(tmp_path_factory.mktemp("case"))


@pytest.fixture
def opened(case, tmp_path):
    def run(record=None, released=None, **over):
        paths = {"sheet_path": case.bid.sheet_path, "attachments_path": case.bid.files_path, **over}
        return open_bid(
            record or case.record,
            case.released if released is None else released,
            out_dir=tmp_path / "out",
            limits=Limits(),
            **paths,
        )

    yield run
    assert not list(tmp_path.glob(".*")), "an opening leaves no temporary files"


@pytest.mark.parametrize("numbers", list(itertools.combinations(range(5), 3)))
def test_any_three_of_five_keepers_open_a_bid(case, opened, tmp_path, numbers):
    verdict = opened(released=[case.released[place] for place in numbers])
    assert (verdict.verdict, verdict.code, verdict.keepers) == (Outcome.OPENED, "", ())
    assert verdict.opened.sheet == SHEET
    assert verdict.opened.organisation == ORGANISATION
    (attachment,) = verdict.opened.files
    assert attachment.name == "响应文件.pdf"
    assert attachment.path.read_bytes() == b"%PDF-1.7\n" + bytes(range(256)) * 400


def test_two_of_five_keepers_open_nothing(case, opened, tmp_path):
    verdict = opened(released=case.released[:2])
    assert (verdict.verdict, verdict.code) == (Outcome.WAITING_KEEPERS, "too-few-shares")
    assert verdict.opened is None
    assert verdict.secret is None
    assert not (tmp_path / "out").exists()


def test_one_share_given_three_times_counts_once(case, opened):
    assert opened(released=[case.released[0]] * 3).verdict == Outcome.WAITING_KEEPERS


def test_a_bid_of_the_classical_suite_opens_too(tmp_path):
    case = make_case(tmp_path, n=3, k=2, suite=AGE_X25519)
    verdict = open_bid(
        case.record, case.released[1:], case.bid.sheet_path, case.bid.files_path, tmp_path / "out", Limits()
    )
    assert verdict.verdict == Outcome.OPENED


def test_a_changed_share_is_the_keepers_fault_only_if_it_acked(case, opened):
    bad = flipped(case.released[0])
    assert opened(released=[bad, *case.released[1:3]]).verdict == Outcome.FAULT_KEEPER
    missing = opened(released=[bad, *case.released[1:3]], acked=[2, 3])
    assert (missing.verdict, missing.keepers) == (Outcome.WAITING_KEEPERS, ())
    beside = opened(released=[bad, *case.released[1:]])
    assert (beside.verdict, beside.keepers) == (Outcome.OPENED, (1,))


def test_a_share_at_zero_never_becomes_the_secret(case):
    secret = case.bid.kit.secret
    zero = PlainShare(case.record.ctx, "K1", 1, secret + b"\x00", case.released[0].salt)
    with pytest.raises(SealingError, match="wrong-share"):
        interpolate(case.record, [zero, *case.released[1:3]])
    with pytest.raises(SealingError, match="bad-shares"):
        shares.combine([zero.share, *(share.share for share in case.released[1:3])], 3)


def test_a_share_of_another_bid_is_refused(case, tmp_path):
    other = make_case(tmp_path, bid_id="B8")
    with pytest.raises(SealingError, match="wrong-context"):
        verify_share(case.record, other.released[0])


@pytest.mark.parametrize(
    ("swap", "code"),
    [
        (lambda case: (case.bid.envelopes[1], 0, "K1", 1), "wrong-hash"),
        (lambda case: (case.bid.envelopes[0], 1, "K1", 1), "undecryptable"),
        (lambda case: (case.bid.envelopes[0], 0, "K2", 1), "wrong-keeper"),
        (lambda case: (case.bid.envelopes[0], 0, "K1", 9), "wrong-hash"),
    ],
)
def test_a_keeper_acks_its_own_envelope_only(case, swap, code):
    own = check_envelope(case.record, case.bid.envelopes[0], case.keeper_set.identities[0], "K1", 1)
    assert own == case.released[0]
    envelope, identity, keeper, i = swap(case)
    with pytest.raises(SealingError) as refused:
        check_envelope(case.record, envelope, case.keeper_set.identities[identity], keeper, i)
    assert refused.value.code == code


@pytest.mark.parametrize("part", ["sheet_path", "attachments_path"])
@pytest.mark.parametrize("harm", ["flip", "cut", "missing"])
def test_changed_bytes_are_the_storages_fault(case, opened, tmp_path, part, harm):
    source = case.bid.sheet_path if part == "sheet_path" else case.bid.files_path
    stored = tmp_path / "stored.age"
    shutil.copy(source, stored)
    data = bytearray(stored.read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 1
        stored.write_bytes(bytes(data))
    elif harm == "cut":
        stored.write_bytes(bytes(data[:-1]))
    else:
        stored.unlink()
    verdict = opened(**{part: stored})
    assert verdict.verdict == Outcome.FAULT_STORAGE
    assert verdict.code == ("missing" if harm == "missing" else "wrong-bytes")
    assert verdict.part == ("sheet" if part == "sheet_path" else "files")
    assert not (tmp_path / "out").exists()
    assert opened().verdict == Outcome.OPENED, "another replica opens"


def _dealt(case, dealt, salts=None):
    """The record of a bidder that commits to these shares, and what its keepers would release."""
    ctx = case.record.ctx
    seed_salt = derive(case.bid.kit.secret, "salt")
    digest = ctx.digest()
    used = salts or [dealings.salt(seed_salt, digest, i) for i in range(1, 6)]
    commitments = tuple(commitment(digest, i, share, used[i - 1]) for i, share in enumerate(dealt, start=1))
    released = [PlainShare(ctx, f"K{i}", i, share, used[i - 1]) for i, share in enumerate(dealt, start=1)]
    return replace(case.record, commitments=commitments), released


def _off_polynomial(case):
    dealt = list(case.bid.kit.shares)
    dealt[2] = bytes([dealt[2][0] ^ 1]) + dealt[2][1:]
    return _dealt(case, dealt)


def _higher_degree(case):
    terms = [h(bytes([place])) for place in range(3)]
    return _dealt(case, shares.split(case.bid.kit.secret, 5, 4, coefficients=terms))


def _lower_degree(case):
    zero = [h(b"t"), bytes(32)]
    record, released = _dealt(case, shares.split(b"\x01" * 32, 5, 3, coefficients=zero))
    return record, released


def _free_salts(case):
    return _dealt(case, case.bid.kit.shares, [h(bytes([i])) for i in range(5)])


def _other_key(case):
    return replace(case.record, sheet_recipient=case.record.files_recipient), case.released


def _other_seed_hash(case):
    return replace(case.record, sheet_seed_hash="00" * 32), case.released


@pytest.mark.parametrize(
    "cheat",
    [_off_polynomial, _higher_degree, _lower_degree, _free_salts, _other_key, _other_seed_hash],
)
def test_a_cheating_dealer_gets_one_verdict_whoever_answers(case, opened, tmp_path, cheat):
    record, released = cheat(case)
    for share in released:
        verify_share(record, share)
    verdicts = {
        (verdict.verdict, verdict.code, verdict.keepers)
        for size in (3, 4, 5)
        for subset in itertools.combinations(released, size)
        for verdict in [opened(record=record, released=subset)]
    }
    assert verdicts == {(Outcome.VOID_BIDDER, "bad-dealing", ())}
    assert not (tmp_path / "out").exists()


def test_a_sealed_bid_shows_nothing_of_its_content(case):
    shown = repr(case.bid) + repr(case.record) + repr(case.released)
    for secret in (case.bid.kit.secret, case.released[0].share, case.released[0].salt):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
    everything = b"".join(path.read_bytes() for path in Path(case.bid.directory).iterdir())
    assert ORGANISATION.encode() not in everything
    assert b"95000000" not in everything
    assert "笔记本".encode() not in everything


def test_the_recovery_kit_supplies_missing_shares(case, opened):
    shares_of_kit = case.bid.kit.plain_shares(case.record, case.keeper_set.keepers)
    assert shares_of_kit == list(case.released)
    assert opened(released=shares_of_kit).verdict == Outcome.OPENED
