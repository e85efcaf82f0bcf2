"""Writes tests/vectors/sealing/objects.json, checks.json and log.json.  Run by hand to add cases.

All of it follows from constants but the age files of checks.json, whose headers are random.
"""

from __future__ import annotations

import base64
import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bidding.sealing.age import files
from bidding.sealing.age.recipients import parse_recipient
from bidding.sealing.container import padded
from bidding.sealing.context import AGE_HYBRID, AGE_X25519, bidder_tag, identity_of
from bidding.sealing.dealing import deal
from bidding.sealing.encoding import canonical, h
from bidding.sealing.objects import (
    Policy,
    SealedPart,
    SealedRecord,
    SignedRecord,
    Withdrawal,
    keeper_set_hash,
    keepers_to_json,
)
from bidding.sealing.plain import PlainFile, PlainManifest, PlainShare
from bidding.sealing.seal import PlainKit
from bidding.sealing.shares import split
from bidding.sealing.statements import Ack, CloseEntry, CloseList, Stamp, sign_statement
from core.ledger import tlog
from core.ledger.note import COSIGNATURE_V1, Checkpoint, Note, Signer
from tests.sealing.make_receipts import BIDDER, bidder_key, software_signature
from tests.sealing.make_vectors import (
    NONCE,
    ORGANISATION,
    SECRET,
    SHEET,
    coefficients,
    ctx_base,
    keepers,
    write,
)
from tests.sealing.patches import GONE, difference
from tests.sealing.sealed import DEADLINE

SUITE, K, N = AGE_X25519, 2, 3
SEEDS, KEEPERS = keepers(SUITE, N)
BASE = ctx_base(SUITE, KEEPERS, K)
CTX = BASE.tagged(bidder_tag(NONCE, ORGANISATION))
DEALING = deal(CTX, SECRET, split(SECRET, N, K, coefficients=coefficients(K)))
LOG = Signer("log.example/mingcai", h(b"platform"))


def record() -> SealedRecord:
    parts = [SealedPart(part, h(part.encode()).hex(), 65_808, 65_536) for part in ("sheet", "files")]
    envelopes = tuple(h(b"envelope", bytes([i])).hex() for i in range(1, N + 1))
    return SealedRecord(
        CTX, DEALING.sheet_recipient, DEALING.files_recipient, DEALING.sheet_seed_hash, (parts[0], parts[1]),
        tuple(DEALING.commitments), envelopes, "a-key-of-the-vectors",
    )  # fmt: skip


def signed(of: SealedRecord | Withdrawal) -> SignedRecord:
    return SignedRecord(of, software_signature(BIDDER, bytes.fromhex(of.hash)))


def objects() -> dict[str, tuple[str, Any]]:
    """Every object: the reader that takes it, and its JSON."""
    one = record()
    policy = Policy(
        log_origin=CTX.log_origin, tender=CTX.tender, lot=CTX.lot, envelope=CTX.envelope, v=1, previous=None,
        notice_hash=CTX.notice_hash, notice_version=CTX.notice_version, deadline_at=DEADLINE, open_at=DEADLINE,
        gather_seconds=1800, k=K, n=N, keeper_set_hash=keeper_set_hash(KEEPERS), requires=("technical_result",),
    )  # fmt: skip
    withdrawal = Withdrawal(
        CTX.log_origin, CTX.tender, CTX.lot, CTX.envelope, CTX.bid_id, one.hash, "withdraw-1"
    )
    arrival = "2026-12-01T01:59:59.999999Z"
    entries = (
        CloseEntry("receipt", one.hash, "B7", "effective", arrival),
        CloseEntry(
            "stamp", h(b"stamped").hex(), "", "refused", "2026-12-01T01:59:59.999999Z", code="no-receipt"
        ),
        CloseEntry("receipt", h(b"old").hex(), "B6", "superseded", "2026-12-01T01:00:00Z", by=one.hash),
    )
    entries = tuple(sorted(entries, key=CloseEntry.order))
    close = CloseList(
        policy.log_origin,
        policy.tender,
        policy.lot,
        policy.envelope,
        policy.hash,
        DEADLINE,
        DEADLINE,
        entries,
    )
    ack = Ack("K1", 1, one.hash, CTX.digest().hex(), CTX.policy_hash, 1, DEADLINE - timedelta(minutes=5))
    stamp = Stamp("K1", one.hash, DEADLINE - timedelta(microseconds=1))
    share = PlainShare(CTX, "K1", 1, DEALING.shares[0], DEALING.salts[0])
    content = canonical(SHEET.to_json())
    manifest = PlainManifest(
        "sheet", CTX, ORGANISATION, NONCE, (PlainFile("sheet.json", h(content).hex(), len(content)),)
    )
    kit = PlainKit(one.hash, CTX, SECRET, tuple(DEALING.shares))
    return {
        "keeper": ("keeper", KEEPERS[0].to_json()),
        "keepers.json": ("keepers", keepers_to_json(KEEPERS)),
        "policy": ("policy", policy.to_json()),
        "ctx": ("ctx", CTX.to_json()),
        "offered ctx": ("ctx-base", BASE.to_json()),
        "record": ("record", one.to_json()),
        "replacing record": ("record", replace(one, supersedes="11" * 32).to_json()),
        "withdrawal": ("withdrawal", withdrawal.to_json()),
        "signed record": ("signed-record", signed(one).to_json()),
        "signed withdrawal": ("signed-record", signed(withdrawal).to_json()),
        "statement": ("statement", sign_statement(LOG, ack.to_json()).to_json()),
        "ack": ("ack", ack.to_json()),
        "stamp": ("stamp", stamp.to_json()),
        "bidder key": ("bidder-key", bidder_key().to_json()),
        "close list": ("close", close.to_json()),
        "manifest": ("manifest", manifest.to_json()),
        "sheet": ("sheet", SHEET.to_json()),
        "envelope": ("envelope", share.to_json()),
        "recovery kit": ("kit", kit.to_json()),
    }


#: Wrong values for a member, by the type that it has; each is refused wherever it stands.
WRONG: dict[type, list[Any]] = {
    str: [None, 1, "", "\u0000", "\ud83d" + "x", " leading"],
    int: [None, "1", True, -1, 1.5, 2**53],
    list: [None, {}, "x", [None]],
    dict: [None, [], "x", {}],
}
#: Some members take some of these: text may be empty or begin with a space, null stands for no amount.
TAKEN = {
    "notes": {"", " leading"}, "warranty_months": {None}, "delivery_days": {None}, "name": {" leading"},
    "previous": {None}, "unit": {"", " leading"}, "recipient": set(), "requires": set(), "facts": {"{}"},
    "signature": {"{}"}, "rp_id": {" leading"}, "share": {""},
}  # fmt: skip


def negatives(value: dict[str, Any]) -> list[tuple[str, list[list[Any]]]]:
    """What a strict reader must refuse of an object: members missing, added, and of a wrong value."""
    made: list[tuple[str, list[list[Any]]]] = [("an unknown member", [[["surplus"], 1]])]
    made += [(f"{name} missing", [[[name], GONE]]) for name in sorted(value) if name not in OPTIONAL]
    for name, item in sorted(value.items()):
        kinds = bool if isinstance(item, bool) else type(item)
        for wrong in WRONG.get(kinds, []):
            if name in TAKEN and (
                wrong in TAKEN[name] if not isinstance(wrong, dict | list) else str(wrong) in TAKEN[name]
            ):
                continue
            if isinstance(wrong, str) and "\ud83d" in wrong:
                continue  # no JSON text holds half a character
            made.append((f"{name} = {wrong!r}", [[[name], wrong]]))
        if isinstance(item, str) and len(item) in (64, 128) and all(c in "0123456789abcdef" for c in item):
            made += [
                (f"{name} in capitals", [[[name], "AB" + item[2:]]]),
                (f"{name} cut short", [[[name], item[:-2]]]),
            ]
    return made


OPTIONAL = {"name", "supersedes", "bidder_key"}
SPECIAL: dict[str, list[tuple[str, list[list[Any]]]]] = {
    "ctx": [
        ("k = n", [[["k"], 3]]),
        ("k = 1", [[["k"], 1]]),
        ("n = 16", [[["n"], 16]]),
        ("an unknown suite", [[["suite"], "sm"]]),
        ("an unknown envelope", [[["envelope"], "both"]]),
        ("an instant with an offset", [[["open_at"], "2026-12-01T02:00:00+00:00"]]),
        ("an instant with three digits", [[["open_at"], "2026-12-01T02:00:00.123Z"]]),
        ("zeros as a fraction", [[["open_at"], "2026-12-01T02:00:00.000000Z"]]),
        ("a plus in the origin", [[["log_origin"], "log+x"]]),
        ("a space in an id", [[["tender"], "T 42"]]),
    ],
    "policy": [
        ("the first with a previous one", [[["previous"], "00" * 32]]),
        ("the second without one", [[["v"], 2]]),
        ("opens before its deadline", [[["open_at"], "2026-12-01T01:59:59Z"]]),
    ],
    "keepers.json": [
        ("two keepers", [[["keepers", 2], GONE]]),
        ("one id twice", [[["keepers", 1, "id"], "K1"]]),
        ("one recipient twice", [[["keepers", 1, "recipient"], KEEPERS[0].recipient]]),
        ("one key twice", [[["keepers", 1, "vkey"], KEEPERS[0].vkey]]),
    ],
    "keeper": [
        ("an address that is none", [[["url"], "ftp://keeper.example/"]]),
        ("a key of a cosigner", [[["vkey"], KEEPERS[0].witness().vkey]]),
        ("a recipient cut short", [[["recipient"], KEEPERS[0].recipient[:-1]]]),
    ],
    "record": [
        ("a commitment less", [[["commitments", 2], GONE]]),
        ("an envelope less", [[["envelope_hashes", 2], GONE]]),
        (
            "parts in another order",
            [[["ciphertexts"], [part.to_json() for part in record().ciphertexts[::-1]]]],
        ),
        ("a recipient of the other suite", [[["sheet_recipient"], keepers(AGE_HYBRID, 3)[1][0].recipient]]),
    ],
    "close list": [
        (
            "not sorted",
            [
                [["entries", 0, "arrival"], "2026-12-01T01:59:59.999999Z"],
                [["entries", 1, "arrival"], "2026-12-01T01:00:00Z"],
            ],
        ),
        ("a state that is none", [[["entries", 0, "state"], "lost"]]),
        ("closed before its deadline", [[["closed_at"], "2026-11-30T02:00:00Z"]]),
    ],
    "manifest": [
        (
            "a second file in the sheet part",
            [
                [
                    ["files"],
                    [
                        {"name": "sheet.json", "sha256": "00" * 32, "size": 1},
                        {"name": "b", "sha256": "00" * 32, "size": 1},
                    ],
                ]
            ],
        ),
        ("a path for a name", [[["part"], "files"], [["files", 0, "name"], "../sheet.json"]]),
        ("a hidden name", [[["part"], "files"], [["files", 0, "name"], ".bid"]]),
        ("a name that turns its direction", [[["part"], "files"], [["files", 0, "name"], "a\u202egpj.exe"]]),
    ],
    "sheet": [
        ("a fraction for an amount", [[["prices", 0, "amount_fen"], 1.5]]),
        ("seven places", [[["prices", 0, "unit_price"], "1.0000001"]]),
        ("a leading zero", [[["prices", 0, "quantity"], "01"]]),
        ("a fact with a capital", [[["facts", "Size"], "small"]]),
        ("a list for a fact", [[["facts", "size"], []]]),
        ("a total that is missing", [[["total_fen"], None]]),
    ],
    "signed record": [("a number in the signature", [[["signature", "public_key"], 1]])],
    "statement": [
        ("a body without a type", [[["body", "type"], GONE]]),
        ("a foreign type", [[["body", "type"], "other/v1/ack"]]),
    ],
}


def object_vectors() -> dict[str, Any]:
    made = []
    for name, (reader, value) in objects().items():
        data = canonical(value)
        made.append({
            "name": name, "reader": reader, "value": value, "canonical_sha256": h(data).hex(),
            "refused": [{"name": why, "changes": changes} for why, changes in [*negatives(value), *SPECIAL.get(name, [])]],
        })  # fmt: skip
    return {"objects": made}


def check_vectors() -> dict[str, Any]:
    """Records against an offer, and age files against a suite (FORMAT.md 5)."""
    one, offer = record(), BASE.to_json()
    other = {
        "wrong-suite": {"suite": AGE_HYBRID}, "wrong-tender": {"tender": "T43"}, "wrong-lot": {"lot": "2"},
        "wrong-envelope": {"envelope": "price"}, "wrong-bid": {"bid_id": "B8"}, "wrong-policy": {"policy_hash": "00" * 32},
        "wrong-keepers": {"keeper_set_hash": "00" * 32},
    }  # fmt: skip
    against = [{"name": "as offered", "offer": [], "record": [], "outcome": "accepted"}]
    against += [
        {
            "name": f"an offer of another {next(iter(over))}",
            "offer": difference(offer, offer | over),
            "record": [],
            "outcome": code,
        }
        for code, over in other.items()
    ]
    for name, over in (("another origin", {"log_origin": "x.example"}), ("another notice", {"notice_hash": "00" * 32}),
                       ("another opening time", {"open_at": "2027-01-01T00:00:00Z"}), ("another k and n", {"n": 4})):  # fmt: skip
        code = "wrong-tender" if "log_origin" in over else "wrong-keepers" if "n" in over else "wrong-policy"
        against.append(
            {"name": name, "offer": difference(offer, offer | over), "record": [], "outcome": code}
        )
    for name, path, value in (
        ("a padded length that is none", "padded", 65_537),
        ("a length that cannot be", "length", 65_536),
    ):
        against.append(
            {
                "name": name,
                "offer": [],
                "record": [[["ciphertexts", 0, path], value]],
                "outcome": "wrong-padding",
            }
        )
    return {"offer": offer, "record": one.to_json(), "records": against, "files": _files()}


def _files() -> list[dict[str, Any]]:
    seeds = {suite: identity_of(suite, h(suite.encode())) for suite in (AGE_X25519, AGE_HYBRID)}
    plain = bytes(100)
    classic, hybrid = (
        files.encrypt_bytes(plain, [parse_recipient(str(seeds[s].recipient()))])
        for s in (AGE_X25519, AGE_HYBRID)
    )
    second = identity_of(AGE_X25519, h(b"second")).recipient()
    two = files.encrypt_bytes(
        plain, [parse_recipient(str(seeds[AGE_X25519].recipient())), parse_recipient(str(second))]
    )
    armored = (
        b"-----BEGIN AGE ENCRYPTED FILE-----\n"
        + base64.encodebytes(classic)
        + b"-----END AGE ENCRYPTED FILE-----\n"
    )

    def row(name: str, data: bytes, outcome: str, suite: str = AGE_X25519, **over: int) -> dict[str, Any]:
        return {"name": name, "suite": suite, "max_bytes": 1 << 20, "padded": None, **over, "outcome": outcome,
                "data": base64.b64encode(data).decode()}  # fmt: skip

    return [
        row("a file of the suite", classic, "accepted"),
        row("a file of the other suite", hybrid, "wrong-suite"),
        row("a post-quantum file", hybrid, "accepted", AGE_HYBRID),
        row("an older file for a post-quantum tender", classic, "wrong-suite", AGE_HYBRID),
        row("two recipients", two, "two-recipients"),
        row("armored", armored, "armored"),
        row("no age file", b"%PDF-1.7\n", "not-age"),
        row("empty", b"", "not-age"),
        row("cut within its nonce", classic[: len(classic) - 110], "truncated"),
        row("too large", classic, "too-large", max_bytes=len(classic) - 1),
        row("of its length", classic, "accepted", padded=100),
        row("of another length", classic, "wrong-length", padded=padded(100)),
    ]


def log_vectors() -> dict[str, Any]:
    entries = [b"entry %d" % at for at in range(7)]
    hashes = [tlog.leaf_hash(entry) for entry in entries]

    def read(level: int, index: int) -> bytes:
        return (
            hashes[index]
            if level == 0
            else tlog.node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))
        )

    roots = {size: tlog.tree_root(size, read) for size in range(len(entries) + 1)}
    b64 = lambda data: base64.b64encode(data).decode()  # noqa: E731
    cases: list[dict[str, Any]] = []

    def add(name: str, valid: bool, **case: Any) -> None:
        cases.append({"name": name, "case": case, "valid": valid})

    def inclusion(name: str, valid: bool, index: int = 4, size: int = 7, **over: Any) -> None:
        proof = [b64(step) for step in tlog.inclusion_proof(4, 7, read)]
        sound = {
            "kind": "inclusion",
            "leaf": b64(entries[4]),
            "index": index,
            "size": size,
            "proof": proof,
            "root": b64(roots[7]),
        }
        add(name, valid, **{**sound, **over})

    path = [b64(step) for step in tlog.inclusion_proof(4, 7, read)]
    inclusion("entry 4 of 7", True)
    inclusion("another index", False, index=5)
    inclusion("another size", False, size=6)
    inclusion("an edited leaf", False, leaf=b64(b"entry X"))
    inclusion("a path cut short", False, proof=path[:-1])
    inclusion("a path too long", False, proof=[*path, path[0]])
    inclusion("another root", False, root=b64(roots[6]))
    inclusion("beyond the log", False, index=7)
    for old, new in ((0, 7), (3, 7), (4, 7), (7, 7)):
        proof = [b64(step) for step in tlog.consistency_proof(old, new, read)]
        sound = {
            "kind": "consistency",
            "size1": old,
            "size2": new,
            "root1": b64(roots[old]),
            "root2": b64(roots[new]),
            "proof": proof,
        }
        add(f"{new} goes on from {old}", True, **sound)
        if proof:
            add(f"{new} from {old}, forked", False, **{**sound, "root1": b64(roots[old + 1])})
            add(f"{new} from {old}, proof cut", False, **{**sound, "proof": proof[:-1]})
    add(
        "rolled back",
        False,
        kind="consistency",
        size1=7,
        size2=3,
        root1=b64(roots[7]),
        root2=b64(roots[3]),
        proof=[],
    )
    text = Checkpoint(LOG.verifier.name, 7, roots[7]).text
    witness = Signer("keeper1.example", h(b"s", bytes([1])), COSIGNATURE_V1)
    foreign = Signer(LOG.verifier.name, h(b"other"))
    note = str(Note(text, (LOG.sign(text), witness.cosign(text, 1_796_090_000))))
    keys = [LOG.verifier.vkey, witness.verifier.vkey]
    add("signed and cosigned", True, kind="checkpoint", note=note, keys=keys)
    add("signed by the log alone", True, kind="checkpoint", note=note, keys=keys[:1])
    add(
        "a witness that did not sign",
        False,
        kind="checkpoint",
        note=str(Note(text, (LOG.sign(text),))),
        keys=keys,
    )
    add(
        "another log's key",
        False,
        kind="checkpoint",
        note=str(Note(text, (foreign.sign(text),))),
        keys=keys[:1],
    )
    add("an edited size", False, kind="checkpoint", note=note.replace("\n7\n", "\n8\n"), keys=keys)
    add(
        "an edited instant of a cosignature",
        False,
        kind="checkpoint",
        keys=keys,
        note=_later(note, witness, text),
    )
    add("no blank line", False, kind="checkpoint", note=note.replace("\n\n", "\n"), keys=keys)
    add("a size with a leading zero", False, kind="checkpoint", keys=keys[:1], note=_zero(text))
    return {"cases": cases}


def _later(note: str, witness: Signer, text: str) -> str:
    line = witness.cosign(text, 1_796_090_000)
    body = (1_796_090_001).to_bytes(8, "big") + line.body[8:]
    return note.replace(line.line, replace(line, body=body).line)


def _zero(text: str) -> str:
    changed = text.replace("\n7\n", "\n07\n")
    return str(Note(changed, (LOG.sign(changed),)))


if __name__ == "__main__":
    write(
        "objects",
        "Objects in their canonical form, and changes that a strict reader refuses.",
        **copy.deepcopy(object_vectors()),
    )
    write(
        "checks",
        "What the platform checks at submission: accepted, or one code of FORMAT.md 5.",
        **check_vectors(),
    )
    write("log", "Cases of `python -m core.ledger verify` with their answer.", **log_vectors())
