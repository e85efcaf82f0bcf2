"""Writes tests/vectors/sealing/receipts.json.  Run by hand to add cases; keys follow from constants, the bid does not."""

from __future__ import annotations

import base64
import copy
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bidding.sealing.context import AGE_X25519
from bidding.sealing.encoding import canonical, h, labelled
from bidding.sealing.objects import SignedRecord, Withdrawal, keeper_set_hash
from bidding.sealing.signatures import software_signature
from bidding.sealing.statements import Ack, BidderKey, Receipt, Statement, leaf_of, message_of, sign_statement
from core.ledger import timestamp, tlog
from core.ledger.note import COSIGNATURE_V1, Checkpoint, Note, Signer
from tests.sealing.make_vectors import write
from tests.sealing.patches import difference
from tests.sealing.sealed import DEADLINE, Case, make_case, make_keepers
from tests.sealing.stamping import TestAuthority

PLATFORM = Signer("log.example/mingcai", h(b"platform"))
BIDDER = Ed25519PrivateKey.from_private_bytes(h(b"bidder"))
PASSKEY = derive_private_key(int.from_bytes(h(b"passkey")), SECP256R1())
RP_ID, ORIGIN = "mingcai.example", "https://mingcai.example"
SALT = h(b"salt")
Changes = Callable[[dict[str, Any]], None]


def url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def passkey_signature(record_hash: str, **over: Any) -> dict[str, str]:
    """A passkey's assertion over H(record)."""
    said = {"type": "webauthn.get", "challenge": url(bytes.fromhex(record_hash)), "origin": ORIGIN} | over
    client = canonical({name: said[name] for name in ("type", "challenge", "origin")})
    data = h(over.get("rp_id", RP_ID).encode()) + bytes([over.get("flags", 5)]) + bytes(4)
    return {
        "scheme": "webauthn",
        "credential_id": url(b"credential"),
        "authenticator_data": url(data),
        "client_data_json": url(client),
        "signature": url(PASSKEY.sign(data + h(client), ECDSA(SHA256()))),
    }


def bidder_key() -> BidderKey:
    public = PASSKEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return BidderKey(public, RP_ID, (ORIGIN,))


def ack(case: Case, i: int, /, **over: Any) -> Statement:
    record = case.record
    said = {
        "keeper": f"K{i}",
        "i": i,
        "record_hash": record.hash,
        "ctx_hash": record.ctx.digest().hex(),
        "policy_hash": record.ctx.policy_hash,
        "key_version": 1,
        "time": DEADLINE - timedelta(minutes=5),
    }
    signer = case.keeper_set.signers[i - 1]
    return sign_statement(signer, Ack(**{**said, **over}).to_json())


def proof_of(leaf: bytes, keepers: tuple[int, ...] = (1, 2, 3), signer: Signer = PLATFORM) -> dict[str, Any]:
    """A proof that `leaf` is entry 3 of 5, cosigned by these keepers."""
    leaves = [leaf_of(h(bytes([place])).hex()) for place in range(5)]
    leaves[3] = leaf
    hashes = [tlog.leaf_hash(item) for item in leaves]
    left = tlog.node_hash(tlog.node_hash(hashes[0], hashes[1]), tlog.node_hash(hashes[2], hashes[3]))
    path = [hashes[2], tlog.node_hash(hashes[0], hashes[1]), hashes[4]]
    text = Checkpoint(PLATFORM.verifier.name, 5, tlog.node_hash(left, hashes[4])).text
    signatures = [signer.sign(text)]
    for i in keepers:
        witness = Signer(f"keeper{i}.example", h(b"s", bytes([i])), COSIGNATURE_V1)
        signatures.append(witness.cosign(text, 1_796_090_000 + i))
    return {
        "index": 3,
        "size": 5,
        "path": [base64.b64encode(step).decode() for step in path],
        "checkpoint": str(Note(text, tuple(signatures))),
        "tokens": [],
    }


def receipt(case: Case, signed: SignedRecord, acks: list[Statement], **over: Any) -> dict[str, Any]:
    """A receipt file with its proof."""
    leaf_hash = labelled("leaf", SALT, bytes.fromhex(signed.record.hash)).hex()
    members: dict[str, Any] = {
        "log_origin": PLATFORM.verifier.name,
        "record_hash": signed.record.hash,
        "signed_record": signed,
        "arrival": DEADLINE - timedelta(microseconds=1),
        "keepers": case.keeper_set.keepers,
        "acks": tuple(acks),
        "leaf_salt": SALT,
        "leaf_hash": leaf_hash,
    }
    statement = sign_statement(PLATFORM, Receipt(**{**members, **over}).to_json())
    return {"receipt": statement.to_json(), "proof": proof_of(leaf_of(leaf_hash))}


def resigned(file: dict[str, Any], change: Changes, signer: Signer = PLATFORM) -> dict[str, Any]:
    """The receipt whose body is changed and signed again: what a lying platform can make."""
    made = copy.deepcopy(file)
    change(made["receipt"]["body"])
    made["receipt"]["vkey"] = signer.verifier.vkey
    made["receipt"]["signature"] = signer.sign_bytes(message_of(made["receipt"]["body"])).hex()
    return made


def edited(file: dict[str, Any], change: Changes) -> dict[str, Any]:
    """The receipt file with something changed in it: what a forger can make."""
    made = copy.deepcopy(file)
    change(made)
    return made


def with_token(file: dict[str, Any], token: bytes) -> dict[str, Any]:
    row = {"tsa": "https://tsa.example/", "token": base64.b64encode(token).decode()}
    return edited(file, lambda made: made["proof"]["tokens"].append(row))


def cases(folder: Path) -> dict[str, Any]:
    case = make_case(folder / "case", n=3, k=2, suite=AGE_X25519,
                     sign=lambda digest: software_signature(BIDDER, digest))  # fmt: skip
    ctx = case.record.ctx
    authority = TestAuthority.make(folder / "tsa")
    other_authority = TestAuthority.make(folder / "other", "Other TSA")
    acks = [ack(case, i) for i in (1, 2, 3)]
    signed = case.bid.signed
    sound = receipt(case, signed, acks)
    text = Note.parse(sound["proof"]["checkpoint"]).text
    stamp = timestamp.token_of(authority.response(text), text)
    leaf = leaf_of(sound["receipt"]["body"]["leaf_hash"])
    passkey = SignedRecord(case.record, passkey_signature(case.record.hash))
    by_passkey = receipt(case, passkey, acks, bidder_key=bidder_key())
    withdrawal = Withdrawal(
        ctx.log_origin, ctx.tender, ctx.lot, ctx.envelope, ctx.bid_id, case.record.hash, "withdraw-1"
    )
    taken_back = SignedRecord(withdrawal, software_signature(BIDDER, bytes.fromhex(withdrawal.hash)))
    withdrawn = receipt(case, taken_back, [])
    stamped = with_token(sound, stamp)
    forged = SignedRecord(case.record, software_signature(BIDDER, h(b"another record")))
    others = [keeper.to_json() for keeper in make_keepers(4, AGE_X25519).keepers[1:]]
    bases = {"sound": sound, "passkey": by_passkey, "withdrawn": withdrawn, "stamped": stamped}
    made: list[dict[str, Any]] = []

    def add(name: str, outcome: str, source: str, file: dict[str, Any], *, trusting: bool = False) -> None:
        made.append({"name": name, "from": source, "changes": difference(bases[source], file),
                     "trusting": trusting, "outcome": outcome})  # fmt: skip

    def acked(*statements: Statement) -> Changes:
        return lambda body: body.update(acks=[statement.to_json() for statement in statements])

    def proved(**over: Any) -> Changes:
        return lambda file: file["proof"].update(over)

    for name in bases:
        add(f"{name}: as issued", "valid", name, bases[name])
        add(f"{name}: as issued, against trusted keys", "valid", name, bases[name], trusting=True)
    add("binds before it is logged", "valid", "sound", edited(sound, lambda file: file.update(proof=None)))
    add("an ack fewer than keepers", "valid", "sound", resigned(sound, acked(*acks[:2])))
    add(
        "two keepers cosigned",
        "valid",
        "sound",
        edited(sound, lambda f: f.update(proof=proof_of(leaf, (1, 3)))),
    )
    add("a time changed after signing", "bad-signature", "sound",
        edited(sound, lambda f: f["receipt"]["body"].update(arrival="2026-12-01T01:00:00Z")))  # fmt: skip
    add("signed by another platform", "bad-signature", "sound",
        resigned(sound, lambda body: None, Signer("log.example/mingcai", h(b"other"))), trusting=True)  # fmt: skip
    add("a key that is not its name's", "malformed", "sound",
        edited(sound, lambda f: f["receipt"].update(vkey=PLATFORM.verifier.vkey.replace("log.", "lag."))))  # fmt: skip
    add(
        "names another record than it holds",
        "wrong-hash",
        "sound",
        resigned(sound, lambda b: b.update(record_hash="00" * 32)),
    )
    add(
        "a leaf of another record",
        "wrong-hash",
        "sound",
        resigned(sound, lambda b: b.update(leaf_hash="00" * 32)),
    )
    add(
        "another log than its record's",
        "wrong-hash",
        "sound",
        resigned(sound, lambda b: b.update(log_origin="other.example/log")),
    )
    add(
        "keepers that are not the record's",
        "wrong-keepers",
        "sound",
        resigned(sound, lambda b: b.update(keepers=others)),
    )
    add("keepers that are not the trusted ones", "wrong-keepers", "withdrawn",
        resigned(withdrawn, lambda b: b.update(keepers=others)), trusting=True)  # fmt: skip
    add("too few acks", "bad-ack", "sound", resigned(sound, acked(acks[0])))
    add("one ack twice", "bad-ack", "sound", resigned(sound, acked(acks[0], acks[0])))
    for name, over in {
        "an ack for another record": {"record_hash": "00" * 32},
        "an ack for another ctx": {"ctx_hash": "00" * 32},
        "an ack for another policy": {"policy_hash": "00" * 32},
        "an ack by an older key": {"key_version": 2},
        "an ack with another index": {"i": 2},
        "an ack by a keeper outside the set": {"keeper": "K9"},
        "an ack in another keeper's name": {"keeper": "K2"},
    }.items():
        add(name, "bad-ack", "sound", resigned(sound, acked(ack(case, 1, **over), *acks[1:])))
    add("an ack with a broken signature", "bad-ack", "sound",
        resigned(sound, lambda b: b["acks"][0].update(signature="00" * 64)))  # fmt: skip
    add("the bidder signed something else", "bad-signature", "sound", receipt(case, forged, acks))
    for name, over in {
        "a passkey's signature over something else": {"challenge": url(h(b"another"))},
        "a passkey on another site": {"origin": "https://evil.example"},
        "a passkey of another relying party": {"rp_id": "evil.example"},
        "a passkey whose person was not verified": {"flags": 1},
        "a passkey that was made, not used": {"type": "webauthn.create"},
    }.items():
        record = SignedRecord(case.record, passkey_signature(case.record.hash, **over))
        add(name, "bad-signature", "passkey", receipt(case, record, acks, bidder_key=bidder_key()))
    broken = copy.deepcopy(passkey.signature) | {"signature": passkey_signature(h(b"x").hex())["signature"]}
    add("a passkey's signature that does not verify", "bad-signature", "passkey",
        receipt(case, SignedRecord(case.record, broken), acks, bidder_key=bidder_key()))  # fmt: skip
    add("a passkey whose key the receipt does not name", "valid", "passkey", receipt(case, passkey, acks))
    add("a scheme that is only reserved", "bad-signature", "sound",
        receipt(case, SignedRecord(case.record, {"scheme": "cms", "signature": "00"}), acks))  # fmt: skip
    add("another place in the log", "bad-proof", "sound", edited(sound, proved(index=2)))
    add("a shortened path", "bad-proof", "sound", edited(sound, proved(path=sound["proof"]["path"][1:])))
    add(
        "a longer path",
        "bad-proof",
        "sound",
        edited(sound, proved(path=[*sound["proof"]["path"], sound["proof"]["path"][0]])),
    )
    add(
        "the proof of another bid",
        "bad-proof",
        "sound",
        edited(sound, lambda f: f.update(proof=proof_of(leaf_of("00" * 32)))),
    )
    add("a checkpoint of another size", "bad-checkpoint", "sound", edited(sound, proved(size=4)))
    add("a checkpoint by another log", "bad-checkpoint", "sound",
        edited(sound, lambda f: f.update(proof=proof_of(leaf, signer=Signer(PLATFORM.verifier.name, h(b"other"))))))  # fmt: skip
    add(
        "one keeper cosigned",
        "bad-checkpoint",
        "sound",
        edited(sound, lambda f: f.update(proof=proof_of(leaf, (1,)))),
    )
    note = sound["proof"]["checkpoint"]
    add("a checkpoint with an edited root", "bad-checkpoint", "sound",
        edited(sound, proved(checkpoint=note.replace(note.split("\n")[2], base64.b64encode(h(b"r")).decode()))))  # fmt: skip
    add(
        "a checkpoint without its blank line",
        "bad-checkpoint",
        "sound",
        edited(sound, proved(checkpoint=note.replace("\n\n", "\n"))),
    )
    add("a time stamp with its certificate inside", "valid", "sound",
        with_token(sound, timestamp.token_of(authority.response(text, with_certificate=True), text)), trusting=True)  # fmt: skip
    add("a time stamp over another checkpoint", "bad-token", "sound",
        with_token(sound, timestamp.token_of(authority.response("other\n"), "other\n")))  # fmt: skip
    add("a time stamp by another authority", "bad-token", "sound",
        with_token(sound, timestamp.token_of(other_authority.response(text), text)), trusting=True)  # fmt: skip
    add(
        "a time stamp that only holds the hash",
        "bad-token",
        "sound",
        with_token(sound, b"\x30\x20" + h(text.encode())),
    )
    add("a time stamp cut short", "bad-token", "sound", with_token(sound, stamp[:-1]))
    for where in ([], ["receipt"], ["receipt", "body"], ["proof"], ["receipt", "body", "signed_record"]):
        add(f"an unknown member in {where[-1] if where else 'the file'}", "malformed", "sound",
            _surplus(sound, where))  # fmt: skip
    for name in sorted(sound["receipt"]["body"]):
        if name != "type":
            add(f"without {name}", "malformed", "sound", resigned(sound, lambda b, name=name: b.pop(name)))
    add("of another type", "malformed", "sound", resigned(sound, lambda b: b.update(type="mingcai/v1/ack")))
    add(
        "an arrival without its zone",
        "malformed",
        "sound",
        resigned(sound, lambda b: b.update(arrival="2026-12-01T01:59:59")),
    )
    add(
        "an arrival on 30 February",
        "malformed",
        "sound",
        resigned(sound, lambda b: b.update(arrival="2026-02-30T01:59:59Z")),
    )
    add(
        "a hash in capitals",
        "malformed",
        "sound",
        resigned(sound, lambda b: b.update(record_hash=b["record_hash"].upper())),
    )
    add("a fraction for an index", "malformed", "sound", edited(sound, proved(index=3.5)))
    add("true for an index", "malformed", "sound", edited(sound, proved(index=True)))
    assert keeper_set_hash(case.keeper_set.keepers) == ctx.keeper_set_hash
    return {
        "trusted": {
            "platform_vkey": PLATFORM.verifier.vkey,
            "keepers": [keeper.to_json() for keeper in case.keeper_set.keepers],
            "authority": authority.pem.decode(),
        },
        "files": bases,
        "cases": made,
    }


def _surplus(file: dict[str, Any], where: list[str]) -> dict[str, Any]:
    made = copy.deepcopy(file)
    target = made
    for step in where:
        target = target[step]
    target["surplus"] = 1
    body = made["receipt"]["body"]
    if len(where) > 1:
        made["receipt"]["signature"] = PLATFORM.sign_bytes(message_of(body)).hex()
    return made


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        write(
            "receipts",
            "Receipt files and what their check says; `changes` are made to `files[from]`.",
            **cases(Path(scratch)),
        )
