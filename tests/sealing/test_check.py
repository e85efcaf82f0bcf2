"""Submission checks: a sealed bid passes, and every way to be something else has its own code."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from bidding.sealing.age import files
from bidding.sealing.age.recipients import Passphrase, X25519Identity
from bidding.sealing.check import check_ciphertext, check_record
from bidding.sealing.context import AGE_HYBRID, AGE_X25519, CtxBase
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import Ctx, Keeper, SealedRecord, keepers_from_json, keepers_to_json
from bidding.sealing.plain import PlainManifest, PlainSheet, file_name
from bidding.sealing.seal import seal_bid
from tests.sealing.sealed import ORGANISATION, SHEET, make_case, make_keepers, make_offer

LIMIT = 10 << 20


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return make_case(tmp_path_factory.mktemp("case"), n=3, k=2)


@pytest.fixture
def refusal(case, tmp_path):
    def run(data, *, suite=AGE_HYBRID, limit=LIMIT, padded=None):
        check_ciphertext(case.bid.sheet_path, AGE_HYBRID, LIMIT, padded=case.record.sheet.padded)
        path = tmp_path / "stored"
        path.write_bytes(data)
        with pytest.raises(SealingError) as refused:
            check_ciphertext(path, suite, limit, padded=padded)
        return refused.value.code

    return run


def test_what_is_no_age_file_is_refused(refusal):
    for data in (b"", b"%PDF-1.7\n" * 1000, b"age-encryption.org/v2\n"):
        assert refusal(data) == "not-age"


def test_a_sealed_file_of_another_kind_is_refused(case, refusal, tmp_path):
    one, two = X25519Identity(b"1" * 32).recipient(), X25519Identity(b"2" * 32).recipient()
    whole = case.bid.sheet_path.read_bytes()
    assert refusal(files.encrypt_bytes(b"x", [one])) == "wrong-suite"
    assert refusal(files.encrypt_bytes(b"x", [Passphrase("x", 1)])) == "wrong-suite"
    assert refusal(files.encrypt_bytes(b"x", [one, two]), suite=AGE_X25519) == "two-recipients"
    assert refusal(whole, limit=len(whole) - 1) == "too-large"
    assert refusal(whole, padded=case.record.sheet.padded + 1) == "wrong-length"
    assert refusal(whole[: whole.index(b"\n--- ") + 60]) == "truncated"
    (tmp_path / "plain").write_bytes(b"x")
    files.encrypt_file(tmp_path / "plain", tmp_path / "armored", [one], armored=True)
    assert refusal((tmp_path / "armored").read_bytes(), suite=AGE_X25519) == "armored"


@pytest.mark.parametrize("cut", [1, 16, 65_536])
def test_a_file_cut_short_never_has_its_recorded_length(case, refusal, cut):
    whole = case.bid.sheet_path.read_bytes()
    assert refusal(whole[:-cut], padded=case.record.sheet.padded) in ("truncated", "wrong-length")


OTHER = {
    "suite": (AGE_X25519, "wrong-suite"),
    "log_origin": ("other.example/log", "wrong-tender"),
    "tender": ("T43", "wrong-tender"),
    "lot": ("2", "wrong-lot"),
    "envelope": ("price", "wrong-envelope"),
    "bid_id": ("B8", "wrong-bid"),
    "policy_hash": ("00" * 32, "wrong-policy"),
    "notice_hash": ("00" * 32, "wrong-policy"),
    "notice_version": (2, "wrong-policy"),
    "open_at": (timedelta(seconds=1), "wrong-policy"),
    "k": (1, "wrong-keepers"),
    "n": (4, "wrong-keepers"),
    "keeper_set_hash": ("00" * 32, "wrong-keepers"),
}


@pytest.mark.parametrize("name", [field.name for field in fields(CtxBase)])
def test_a_record_for_anything_else_is_refused(case, name):
    check_record(case.record, case.offer)
    value, code = OTHER[name]
    value = case.offer.open_at + value if isinstance(value, timedelta) else value
    with pytest.raises(SealingError) as refused:
        check_record(case.record, replace(case.offer, **{name: value}))
    assert refused.value.code == code


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize(
    "change", [{"padded": 65_537}, {"padded": 131_072}, {"length": 65_536}, {"length": 99_999}]
)
def test_lengths_that_cannot_be_are_refused(case, part, change):
    parts = list(case.record.ciphertexts)
    parts[part] = replace(parts[part], **change)
    with pytest.raises(SealingError, match="wrong-padding"):
        check_record(replace(case.record, ciphertexts=tuple(parts)), case.offer)


def _paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _paths(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _paths(item, (*path, place))


def _with(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], new)
    return copy


def _variants(value):
    for path in _paths(value):
        for new in (None, 1.5, "\u0000", -1, [], {}, True, "x" * 30_000, {"type": "mingcai/v1/other"}):
            yield path, new
    yield ("surplus",), 1


@pytest.mark.parametrize("kind", ["record", "ctx", "manifest", "sheet", "keeper"])
def test_a_malformed_object_is_refused_member_by_member(case, kind):
    sheet = SHEET.to_json()
    manifest = PlainManifest("sheet", case.record.ctx, ORGANISATION, b"n" * 32, ()).to_json()
    manifest["files"] = [{"name": "sheet.json", "sha256": "00" * 32, "size": 1}]
    source, read = {
        "record": (case.record.to_json(), SealedRecord.from_json),
        "ctx": (case.record.ctx.to_json(), Ctx.from_json),
        "manifest": (manifest, PlainManifest.from_json),
        "sheet": (sheet, lambda value: PlainSheet.from_json(value, "single")),
        "keeper": (case.keeper_set.keepers[0].to_json(), Keeper.from_json),
    }[kind]
    assert read(source).to_json() == source
    accepted = []
    for path, new in _variants(source):
        if path == ("surplus",):
            value = {**source, "surplus": 1}
        else:
            value = _with(source, path, new)
        if value == source:
            continue
        try:
            again = read(value)
        except Malformed:
            continue
        assert again.to_json() == value
        accepted.append((path, new))
    allowed = {
        "record": set(),
        "ctx": set(),
        "manifest": {("files", 0, "size")},
        "sheet": {
            ("delivery_days",),
            ("warranty_months",),
            ("prices",),
            ("prices", 0, "name"),
            ("responses",),
            ("prices", 0, "unit"),
            ("facts",),
            ("notes",),
        },
        "keeper": set(),
    }[kind]
    assert {path for path, _ in accepted} <= allowed
    for name in source:
        with pytest.raises(Malformed):
            read({member: item for member, item in source.items() if member != name})


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a\x00", "a\n", " a", "a ", "\u202egpj.exe", "文" * 86]
)
def test_a_file_name_that_could_do_harm_is_refused(name):
    assert file_name("投标文件 (1).pdf") == "投标文件 (1).pdf"
    with pytest.raises(Malformed):
        file_name(name)


def test_a_technical_envelope_with_a_price_is_refused(case):
    technical = {**SHEET.to_json(), "total_fen": None, "prices": []}
    assert PlainSheet.from_json(technical, "technical").total_fen is None
    for sheet in (SHEET.to_json(), {**technical, "total_fen": 1}):
        with pytest.raises(Malformed):
            PlainSheet.from_json(sheet, "technical")
    with pytest.raises(Malformed):
        PlainSheet.from_json(technical, "price")


def test_sealing_to_other_keepers_than_the_offers_is_refused_and_leaves_nothing(tmp_path):
    trusted, others = make_keepers(3), make_keepers(4)
    offer = make_offer(trusted, 2)
    arguments = (2, SHEET.to_json(), [], tmp_path / "bid")
    seal_bid(offer, trusted.keepers, *arguments[:-1], tmp_path / "good", organisation=ORGANISATION)
    for keepers in (others.keepers[1:], trusted.keepers[::-1], others.keepers):
        with pytest.raises(SealingError, match="wrong-keepers"):
            seal_bid(offer, keepers, *arguments, organisation=ORGANISATION)
    with pytest.raises(SealingError, match="wrong-keepers"):
        seal_bid(offer, trusted.keepers, 3, *arguments[1:], organisation=ORGANISATION)
    with pytest.raises(Malformed):
        seal_bid(
            offer, trusted.keepers, 2, {"type": "mingcai/v1/sheet"}, *arguments[2:], organisation=ORGANISATION
        )
    with pytest.raises(FileNotFoundError):
        seal_bid(
            offer,
            trusted.keepers,
            2,
            SHEET.to_json(),
            [("a", tmp_path / "none")],
            tmp_path / "bid",
            organisation=ORGANISATION,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["good"]


def test_a_keeper_set_has_no_twins():
    three = make_keepers(3).keepers
    assert keepers_from_json(keepers_to_json(three)) == three
    twins = [
        replace(three[0], id="K9"),
        replace(three[2], recipient=three[0].recipient),
        replace(three[2], id=three[0].id),
    ]
    for twin in twins:
        with pytest.raises(Malformed):
            keepers_from_json(keepers_to_json([three[0], three[1], twin]))
    with pytest.raises(Malformed):
        keepers_from_json(keepers_to_json(three[:2]))


def test_the_length_of_a_sealed_bid_says_little(tmp_path):
    sizes = set()
    for place, length in enumerate((1, 20_000, 40_000)):
        keeper_set = make_keepers(3)
        attachment = tmp_path / f"{place}.pdf"
        attachment.write_bytes(b"x" * length)
        sheet = replace(SHEET, total_fen=10**place, notes="。" * place * 500)
        bid = seal_bid(
            make_offer(keeper_set, 2),
            keeper_set.keepers,
            2,
            sheet.to_json(),
            [("a.pdf", attachment)],
            tmp_path / f"bid{place}",
            organisation=ORGANISATION,
        )
        sizes.add((bid.record.sheet.length, bid.record.files.length, *map(len, bid.envelopes)))
    assert len(sizes) == 1
