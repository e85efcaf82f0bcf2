"""Our own published vectors: each names one outcome, and the Python side gives exactly it."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidding.sealing import encoding, shares
from bidding.sealing.age.recipients import parse_identity
from bidding.sealing.container import ContainerSource, padded
from bidding.sealing.context import bidder_tag, identity_of
from bidding.sealing.dealing import deal
from bidding.sealing.errors import BadShares
from bidding.sealing.keeperside import check_envelope
from bidding.sealing.objects import Ctx, Keeper, SealedRecord, canonical, h, keeper_set_hash
from bidding.sealing.opening import Limits, open_bid
from bidding.sealing.plain import PlainManifest, PlainShare
from bidding.sealing.signatures import software_signature

FOLDER = Path(__file__).parents[1] / "vectors" / "sealing"


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


BIDS = load("bids")


def test_joins_labels_and_derivations():
    vectors = load("encoding")
    joined = encoding.join(*(bytes.fromhex(part) for part in vectors["join"]["parts"]))
    assert joined.hex() == vectors["join"]["joined"]
    label = vectors["labelled"]
    assert encoding.labelled(label["word"], *map(bytes.fromhex, label["parts"])).hex() == label["hash"]
    for case in vectors["derive"]:
        assert encoding.derive(bytes.fromhex(case["secret"]), case["word"]).hex() == case["key"]
    mac = vectors["mac"]
    assert encoding.mac(bytes.fromhex(mac["key"]), bytes.fromhex(mac["message"])).hex() == mac["mac"]


@pytest.mark.parametrize("case", load("encoding")["canonical"])
def test_canonical_json(case):
    assert canonical(case["value"]).hex() == case["bytes"]
    assert h(canonical(case["value"])).hex() == case["hash"]


@pytest.mark.parametrize("case", load("padding")["cases"])
def test_padded_lengths(case):
    assert padded(case["length"]) == case["padded"]


@pytest.mark.parametrize("case", load("shares")["split"])
def test_a_secret_splits_into_the_named_shares(case):
    terms = [bytes.fromhex(term) for term in case["coefficients"]]
    dealt = shares.split(bytes.fromhex(case["secret"]), case["n"], case["k"], coefficients=terms)
    assert [share.hex() for share in dealt] == case["shares"]


@pytest.mark.parametrize("case", load("shares")["combine"], ids=lambda case: case["name"])
def test_shares_combine_or_are_refused(case):
    given = [bytes.fromhex(share) for share in case["shares"]]
    if case["outcome"] == "refused":
        with pytest.raises(BadShares):
            shares.combine(given, case["k"])
    else:
        assert shares.combine(given, case["k"]).hex() == case["outcome"]


@pytest.mark.parametrize(
    "case", load("dealing")["cases"], ids=lambda case: f"{case['suite']}-{len(case['keepers'])}"
)
def test_everything_follows_from_the_secret_and_ctx(case):
    keepers = [Keeper.from_json(keeper) for keeper in case["keepers"]]
    assert [keeper.to_json() for keeper in keepers] == case["keepers"]
    assert [keeper.fingerprint() for keeper in keepers] == case["fingerprints"]
    assert keeper_set_hash(keepers) == case["keeper_set_hash"]
    assert [str(parse_identity(text).recipient()) for text in case["keeper_identities"]] == [
        keeper.recipient for keeper in keepers
    ]
    assert bidder_tag(bytes.fromhex(case["nonce"]), case["organisation"]) == case["bidder_tag"]
    ctx = Ctx.from_json(case["ctx"])
    assert canonical(ctx.to_json()).decode() == case["ctx_canonical"]
    assert ctx.digest().hex() == case["ctx_hash"]
    secret = bytes.fromhex(case["secret"])
    terms = [bytes.fromhex(term) for term in case["coefficients"]]
    dealing = deal(ctx, secret, shares.split(secret, ctx.n, ctx.k, coefficients=terms))
    assert dealing.seed_sheet.hex() == case["seed_sheet"]
    assert dealing.seed_files.hex() == case["seed_files"]
    assert [share.hex() for share in dealing.shares] == case["shares"]
    assert [salt.hex() for salt in dealing.salts] == case["salts"]
    assert list(dealing.commitments) == case["commitments"]
    assert str(identity_of(ctx.suite, dealing.seed_sheet)) == case["sheet_identity"]
    assert (dealing.sheet_recipient, dealing.files_recipient) == (
        case["sheet_recipient"],
        case["files_recipient"],
    )
    assert dealing.sheet_seed_hash == case["sheet_seed_hash"]
    payload = PlainShare(ctx, "K1", 1, dealing.shares[0], dealing.salts[0])
    assert canonical(payload.to_json()).decode() == case["envelope_payload_1"]


@pytest.mark.parametrize("case", load("container")["cases"], ids=["sheet", "no files", "files"])
def test_containers(case):
    manifest = PlainManifest.from_json(json.loads(case["manifest"]))
    assert canonical(manifest.to_json()).decode() == case["manifest"]
    contents = [base64.b64decode(data) for data in case["files"].values()]
    source = ContainerSource(manifest, [lambda data=data: io.BytesIO(data) for data in contents])
    buffer, plain = memoryview(bytearray(1000)), b""
    while count := source.readinto(buffer):
        plain += bytes(buffer[:count])
    assert (len(plain), h(plain).hex()) == (case["padded"], case["sha256"])
    assert plain[:64].hex() == case["head"]


def test_the_software_signature():
    case = load("signature")
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["private_key"]))
    assert software_signature(key, bytes.fromhex(case["record_hash"])) == case["signature"]


@pytest.mark.parametrize("case", BIDS["cases"], ids=lambda case: case["name"])
def test_opening_a_sealed_bid_gives_its_one_verdict(case, tmp_path):
    record = SealedRecord.from_json(case["record"])
    assert record.hash == case["record_hash"]
    paths = []
    for part in ("sheet", "files"):
        paths.append(tmp_path / f"{part}.age")
        paths[-1].write_bytes(base64.b64decode(BIDS["blobs"][case[part]]))
    released = [PlainShare.from_json(share) for share in case["released"]]
    out = tmp_path / "out"
    verdict = open_bid(record, released, *paths, out, Limits(**BIDS["limits"]), acked=case["acked"])
    assert (verdict.verdict, verdict.code, verdict.part) == (case["verdict"], case["code"], case["part"])
    assert sorted(path.name for path in tmp_path.iterdir()) == (
        ["files.age", "out", "sheet.age"] if case["verdict"] == "opened" else ["files.age", "sheet.age"]
    )
    if verdict.opened is not None:
        assert verdict.opened.sheet.to_json() == BIDS["plain_sheet"]
        assert verdict.opened.organisation == BIDS["organisation"]
        (attachment,) = verdict.opened.files
        assert attachment.name == "投标文件.pdf"
        assert h(attachment.path.read_bytes()).hex() == attachment.sha256


@pytest.mark.parametrize(
    "case", [case for case in BIDS["cases"] if "envelopes" in case], ids=lambda case: case["name"]
)
def test_every_keeper_can_open_its_envelope(case):
    record = SealedRecord.from_json(case["record"])
    for i, (envelope, identity) in enumerate(
        zip(case["envelopes"], case["keeper_identities"], strict=True), start=1
    ):
        share = check_envelope(record, base64.b64decode(envelope), parse_identity(identity), f"K{i}", i)
        assert share.to_json() == case["released"][i - 1]
