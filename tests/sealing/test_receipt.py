"""A receipt proves offline what it says, and nothing once a single thing in it is changed."""

from __future__ import annotations

import base64
import copy
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bidding.sealing import receipts
from bidding.sealing.encoding import canonical, h, labelled
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.objects import SealedRecord, SignedRecord, Withdrawal, keepers_to_json
from bidding.sealing.signatures import Passkey, software_signature, verify_software, verify_webauthn
from bidding.sealing.statements import Ack, Receipt, leaf_of, sign_statement
from core.ledger import tlog
from core.ledger.note import COSIGNATURE_V1, Checkpoint, Note, Signer
from tests.sealing.sealed import DEADLINE, make_case, make_keepers

PLATFORM = Signer("log.example/mingcai", h(b"platform"))
BIDDER = Ed25519PrivateKey.from_private_bytes(h(b"bidder"))
SALT = h(b"salt")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    return make_case(folder, n=3, k=2, sign=lambda digest: software_signature(BIDDER, digest))


def ack(case, number, **over):
    record = case.record
    said = {
        "keeper": f"K{number}",
        "i": number,
        "record_hash": record.hash,
        "ctx_hash": record.ctx.digest().hex(),
        "policy_hash": record.ctx.policy_hash,
        "key_version": 1,
        "time": DEADLINE - timedelta(minutes=5),
    }
    return sign_statement(case.keeper_set.signers[number - 1], Ack(**{**said, **over}).to_json())


def proof_of(case, leaf, keepers=(1, 2, 3)):
    leaves = [leaf_of(h(bytes([place])).hex()) for place in range(5)]
    leaves[3] = leaf
    hashes = [tlog.leaf_hash(item) for item in leaves]
    left = tlog.node_hash(tlog.node_hash(hashes[0], hashes[1]), tlog.node_hash(hashes[2], hashes[3]))
    path = [hashes[2], tlog.node_hash(hashes[0], hashes[1]), hashes[4]]
    text = Checkpoint(PLATFORM.verifier.name, 5, tlog.node_hash(left, hashes[4])).text
    signatures = [PLATFORM.sign(text)]
    for i in keepers:
        witness = Signer(f"keeper{i}.example", h(b"s", bytes([i])), COSIGNATURE_V1)
        signatures.append(witness.cosign(text, 1_796_090_000))
    return {
        "index": 3,
        "size": 5,
        "path": [base64.b64encode(step).decode() for step in path],
        "checkpoint": str(Note(text, tuple(signatures))),
        "tokens": [],
    }


def receipt(case, *, signed=None, acks=None, signer=PLATFORM, logged=True, **over):
    signed = signed or case.bid.signed
    digest = bytes.fromhex(signed.record.hash)
    leaf_hash = labelled("leaf", SALT, digest).hex()
    members = {
        "log_origin": PLATFORM.verifier.name,
        "record_hash": signed.record.hash,
        "signed_record": signed,
        "arrival": DEADLINE - timedelta(microseconds=1),
        "keepers": case.keeper_set.keepers,
        "acks": tuple(acks if acks is not None else [ack(case, i) for i in (1, 2, 3)]),
        "leaf_salt": SALT,
        "leaf_hash": leaf_hash,
    }
    statement = sign_statement(signer, Receipt(**{**members, **over}).to_json())
    return {"receipt": statement.to_json(), "proof": proof_of(case, leaf_of(leaf_hash)) if logged else None}


def code_of(source, **options):
    with pytest.raises(SealingError) as refused:
        receipts.verify(source, **options)
    return refused.value.code


def test_a_sound_receipt_says_what_it_proves(case):
    report = receipts.verify(
        receipt(case), platform_vkey=PLATFORM.verifier.vkey, keepers=case.keeper_set.keepers
    )
    assert (report.acks, report.keepers, report.cosigned, report.tokens) == (3, 3, 3, 0)
    assert (report.logged, report.key_pinned, report.keepers_pinned) == (True, True, True)
    assert report.arrival == "2026-12-01T01:59:59.999999Z"
    assert report.bidder_signature == "verified"


def test_a_receipt_binds_before_it_is_logged(case):
    report = receipts.verify(receipt(case, logged=False))
    assert (report.logged, report.cosigned, report.key_pinned) == (False, 0, False)


def test_a_receipt_by_another_platform_or_for_other_keepers_is_refused(case):
    other = Signer("log.example/mingcai", h(b"other"))
    assert (
        code_of(receipt(case, signer=other, logged=False), platform_vkey=PLATFORM.verifier.vkey)
        == "bad-signature"
    )
    assert code_of(receipt(case), keepers=make_keepers(4).keepers[1:]) == "wrong-keepers"
    assert code_of(receipt(case, keepers=make_keepers(4).keepers[1:])) == "wrong-keepers"


def test_acks_that_do_not_support_the_receipt_are_refused(case):
    assert code_of(receipt(case, acks=[ack(case, 1)])) == "bad-ack"
    assert code_of(receipt(case, acks=[ack(case, 1), ack(case, 1)])) == "bad-ack"
    for change in (
        {"record_hash": "00" * 32},
        {"ctx_hash": "00" * 32},
        {"policy_hash": "00" * 32},
        {"key_version": 2},
        {"i": 2},
        {"keeper": "K9"},
        {"keeper": "K2"},
    ):
        assert code_of(receipt(case, acks=[ack(case, 1, **change), ack(case, 2), ack(case, 3)])) == "bad-ack"


def test_a_receipt_for_another_record_is_refused(case):
    assert code_of(receipt(case, record_hash="00" * 32)) == "wrong-hash"
    assert code_of(receipt(case, leaf_hash="00" * 32)) == "wrong-hash"
    assert code_of(receipt(case, log_origin="other.example/log", logged=False)) == "wrong-hash"
    forged = SignedRecord(case.record, software_signature(BIDDER, h(b"another record")))
    assert code_of(receipt(case, signed=forged)) == "bad-signature"


def test_a_proof_of_something_else_is_refused(case):
    sound = receipt(case)
    receipts.verify(sound)

    def with_proof(**over):
        return {**sound, "proof": {**sound["proof"], **over}}

    assert code_of(with_proof(index=2)) == "bad-proof"
    assert code_of(with_proof(path=sound["proof"]["path"][1:])) == "bad-proof"
    assert code_of(with_proof(size=4)) == "bad-checkpoint"
    token = base64.b64encode(b"\x30" + h(b"another checkpoint")).decode()
    assert code_of(with_proof(tokens=[{"tsa": "test", "token": token}])) == "bad-token"
    leaf = leaf_of(labelled("leaf", SALT, bytes.fromhex(case.record.hash)).hex())
    assert code_of({**sound, "proof": proof_of(case, leaf, keepers=(1,))}) == "bad-checkpoint"
    assert receipts.verify({**sound, "proof": proof_of(case, leaf, keepers=(1, 3))}).cosigned == 2
    assert code_of({**sound, "proof": proof_of(case, leaf_of("00" * 32))}) == "bad-proof"


def test_every_changed_text_of_a_receipt_is_refused(case):
    sound = receipt(case)
    texts = []

    def walk(value, path):
        if isinstance(value, dict):
            for name, item in value.items():
                walk(item, (*path, name))
        elif isinstance(value, list):
            for place, item in enumerate(value):
                walk(item, (*path, place))
        elif isinstance(value, str):
            texts.append(path)

    walk(sound, ())
    for path in texts:
        forged = copy.deepcopy(sound)
        target = forged
        for step in path[:-1]:
            target = target[step]
        text = target[path[-1]]
        target[path[-1]] = ("1" if text[:1] != "1" else "2") + text[1:]
        with pytest.raises(SealingError):
            receipts.verify(forged)


def test_a_file_is_matched_with_its_receipt(case, tmp_path):
    sound = receipt(case)
    folder = case.bid.directory
    for name, part in (
        ("sheet.age", "sheet"),
        ("files.age", "files"),
        ("record.json", "record"),
        ("envelope-2.age", "envelope-2"),
    ):
        assert receipts.check_bid(sound, folder / name) == part
    (tmp_path / "pretty.json").write_text(json.dumps(case.record.to_json(), indent=2))
    assert receipts.check_bid(sound, tmp_path / "pretty.json") == "record"
    (tmp_path / "other").write_bytes(b"something else")
    with pytest.raises(SealingError, match="wrong-bid"):
        receipts.check_bid(sound, tmp_path / "other")


def test_a_withdrawal_has_a_receipt_too(case):
    ctx = case.record.ctx
    withdrawal = Withdrawal(
        ctx.log_origin, ctx.tender, ctx.lot, ctx.envelope, ctx.bid_id, case.record.hash, "withdraw-1"
    )
    signed = SignedRecord(withdrawal, software_signature(BIDDER, bytes.fromhex(withdrawal.hash)))
    assert SignedRecord.from_json(signed.to_json()) == signed
    report = receipts.verify(receipt(case, signed=signed, acks=[]))
    assert (report.bid_id, report.acks, report.logged) == ("B7", 0, True)


class Authenticator:
    def __init__(self):
        self.key = generate_private_key(SECP256R1())
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.passkey = Passkey(public, "mingcai.example", {"https://mingcai.example"})

    def sign(
        self,
        record_hash,
        *,
        origin="https://mingcai.example",
        rp_id="mingcai.example",
        flags=5,
        kind="webauthn.get",
    ):
        client = json.dumps(
            {"type": kind, "challenge": _url(bytes.fromhex(record_hash)), "origin": origin}
        ).encode()
        data = h(rp_id.encode()) + bytes([flags]) + bytes(4)
        signature = self.key.sign(data + h(client), ECDSA(SHA256()))
        return {
            "scheme": "webauthn",
            "credential_id": _url(b"credential"),
            "authenticator_data": _url(data),
            "client_data_json": _url(client),
            "signature": _url(signature),
        }


def _url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_passkey_signs_one_record_on_one_site(case):
    authenticator = Authenticator()
    record = case.record
    sound = SignedRecord(record, authenticator.sign(record.hash))
    verify_webauthn(sound, authenticator.passkey)
    assert receipts.verify(receipt(case, signed=sound)).bidder_signature == "bound"
    report = receipts.verify(receipt(case, signed=sound), passkey=authenticator.passkey)
    assert report.bidder_signature == "verified"
    for bad in (
        authenticator.sign("00" * 32),
        authenticator.sign(record.hash, origin="https://evil.example"),
        authenticator.sign(record.hash, rp_id="evil.example"),
        authenticator.sign(record.hash, flags=1),
        authenticator.sign(record.hash, kind="webauthn.create"),
        Authenticator().sign(record.hash),
        {**sound.signature, "scheme": "cms"},
        {**sound.signature, "surplus": "x"},
    ):
        with pytest.raises(BadSignature):
            verify_webauthn(SignedRecord(record, bad), authenticator.passkey)
    with pytest.raises(BadSignature):
        verify_software(sound)


def test_a_software_signature_is_by_the_registered_key(case):
    public = BIDDER.public_key().public_bytes_raw()
    verify_software(case.bid.signed, public)
    with pytest.raises(BadSignature):
        verify_software(case.bid.signed, h(b"another key"))
    withdrawn = {**case.bid.signed.to_json()["record"], "supersedes": "00" * 32}
    with pytest.raises(BadSignature):
        verify_software(SignedRecord(SealedRecord.from_json(withdrawn), case.bid.signed.signature), public)


def test_keepers_json_of_a_receipt_is_what_seal_trusts(case):
    assert canonical(keepers_to_json(case.keeper_set.keepers))
    with pytest.raises(Malformed):
        receipts.verify({"receipt": 1, "proof": None})
