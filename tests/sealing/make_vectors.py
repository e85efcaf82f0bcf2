"""Writes tests/vectors/sealing/*.json but bids.json.  Run by hand to add vectors.

Everything follows from the constants below, so nothing changes when it runs again.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidding.sealing import encoding, shares
from bidding.sealing.container import ContainerSource, padded
from bidding.sealing.context import AGE_HYBRID, AGE_X25519, CtxBase, bidder_tag, identity_of
from bidding.sealing.dealing import deal
from bidding.sealing.encoding import canonical, h
from bidding.sealing.objects import Keeper, keeper_set_hash
from bidding.sealing.plain import PlainFile, PlainManifest, PlainPrice, PlainResponse, PlainShare, PlainSheet
from bidding.sealing.signatures import software_signature
from core.ledger.note import Signer

OUT = Path(__file__).parents[1] / "vectors" / "sealing"
SECRET = bytes(range(32))
NONCE = bytes(range(100, 132))
ORGANISATION = "91110000MA0000001X"


def coefficients(k: int) -> list[bytes]:
    return [h(b"coefficient", bytes([place])) for place in range(1, k)]


def keepers(suite: str, n: int) -> tuple[list[bytes], list[Keeper]]:
    seeds = [h(b"keeper", suite.encode(), bytes([i])) for i in range(1, n + 1)]
    return seeds, [
        Keeper(
            id=f"K{i}",
            recipient=str(identity_of(suite, seed).recipient()),
            vkey=Signer(f"keeper{i}.example", h(b"note", bytes([i]))).verifier.vkey,
            url=f"https://keeper{i}.example/",
            key_version=1,
            name=f"保管方{i}",
        )
        for i, seed in enumerate(seeds, start=1)
    ]


def ctx_base(suite: str, set_of: list[Keeper], k: int, envelope: str = "single") -> CtxBase:
    return CtxBase(
        suite=suite,
        log_origin="log.example/mingcai",
        tender="T42#1",
        lot="1",
        envelope=envelope,
        bid_id="B7",
        notice_hash=h(b"notice").hex(),
        notice_version=3,
        policy_hash=h(b"policy").hex(),
        open_at=datetime(2026, 12, 1, 2, tzinfo=UTC),
        k=k,
        n=len(set_of),
        keeper_set_hash=keeper_set_hash(set_of),
    )


SHEET = PlainSheet(
    total_fen=95_000_000,
    prices=(PlainPrice("P1", "笔记本电脑", "100", "台", "9500.000001", 95_000_000),),
    delivery_days=30,
    warranty_months=36,
    responses=(PlainResponse("tech", "完全响应\n无偏离", ("投标文件.pdf",)),),
    facts={"size": "small", "domestic": True, "lots_won": 2},
    notes="",
)


def write(name: str, about: str, **members: object) -> None:
    text = json.dumps({"about": about, **members}, ensure_ascii=False, indent=1)
    (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def basics() -> None:
    parts = [b"", b"a", b"mingcai"]
    write(
        "encoding",
        "FORMAT.md 1.1 and 1.2: joins, labelled hashes, derivations, canonical JSON",
        join={"parts": [part.hex() for part in parts], "joined": encoding.join(*parts).hex()},
        labelled={"word": "tag", "parts": ["00ff"], "hash": encoding.labelled("tag", b"\x00\xff").hex()},
        derive=[
            {"secret": SECRET.hex(), "word": word, "key": encoding.derive(SECRET, word).hex()}
            for word in ("sheet", "files", "salt")
        ],
        mac={"key": "0b" * 32, "message": "4869", "mac": encoding.mac(b"\x0b" * 32, b"Hi").hex()},
        canonical=[
            {"value": value, "bytes": canonical(value).hex(), "hash": h(canonical(value)).hex()}
            for value in (
                {"b": 1, "a": [True, None, "é"], "\u20ac": '\n"\\'},
                {"z": 2**53 - 1, "明采": "开标", "": {}},
                SHEET.to_json(),
            )
        ],
    )
    lengths = [0, 1, 65_535, 65_536, 65_537, 69_632, 69_633, 100_000, 1 << 20, (1 << 20) + 1]
    lengths += [5_242_880, 5_300_123, 209_715_200, 209_715_201, 10_000_000_001, 2**40 + 12_345]
    write(
        "padding",
        "FORMAT.md 3.5: padded lengths",
        cases=[{"length": length, "padded": padded(length)} for length in lengths],
    )


def splitting() -> None:
    terms = coefficients(3)
    dealt = shares.split(SECRET, 5, 3, coefficients=terms)
    flat = [share.hex() for share in dealt]
    bent = bytes([dealt[4][0] ^ 1]) + dealt[4][1:]
    write(
        "shares",
        "FORMAT.md 3.4: fixed coefficients, combining, refusals; outcome is a secret or 'refused'",
        split=[
            {
                "secret": SECRET.hex(),
                "n": 5,
                "k": 3,
                "coefficients": [t.hex() for t in terms],
                "shares": flat,
            },
            {
                "secret": "5a",
                "n": 3,
                "k": 2,
                "coefficients": ["ff"],
                "shares": [s.hex() for s in shares.split(b"\x5a", 3, 2, coefficients=[b"\xff"])],
            },
        ],
        combine=[
            {"name": "first three", "shares": flat[:3], "k": 3, "outcome": SECRET.hex()},
            {"name": "last three, any order", "shares": flat[:1:-1], "k": 3, "outcome": SECRET.hex()},
            {"name": "all five", "shares": flat, "k": 3, "outcome": SECRET.hex()},
            {"name": "too few", "shares": flat[:2], "k": 3, "outcome": "refused"},
            {"name": "x is 0", "shares": [*flat[:2], flat[2][:-2] + "00"], "k": 3, "outcome": "refused"},
            {"name": "one x twice", "shares": [*flat[:2], flat[1]], "k": 3, "outcome": "refused"},
            {"name": "unequal lengths", "shares": [*flat[:2], flat[2][2:]], "k": 3, "outcome": "refused"},
            {"name": "empty share", "shares": ["", *flat[:2]], "k": 3, "outcome": "refused"},
            {"name": "only an x", "shares": ["01", "02", "03"], "k": 3, "outcome": "refused"},
            {
                "name": "a fourth off the polynomial",
                "shares": [*flat[:3], bent.hex()],
                "k": 3,
                "outcome": "refused",
            },
            {"name": "k is 1", "shares": flat[:3], "k": 1, "outcome": "refused"},
            {"name": "no share", "shares": [], "k": 2, "outcome": "refused"},
        ],
    )


def dealings() -> None:
    cases = []
    for suite, k, n in ((AGE_HYBRID, 3, 5), (AGE_HYBRID, 2, 3), (AGE_X25519, 2, 3)):
        seeds, set_of = keepers(suite, n)
        ctx = ctx_base(suite, set_of, k).tagged(bidder_tag(NONCE, ORGANISATION))
        terms = coefficients(k)
        dealing = deal(ctx, SECRET, shares.split(SECRET, n, k, coefficients=terms))
        cases.append(
            {
                "suite": suite,
                "keepers": [keeper.to_json() for keeper in set_of],
                "keeper_identities": [str(identity_of(suite, seed)) for seed in seeds],
                "fingerprints": [keeper.fingerprint() for keeper in set_of],
                "keeper_set_hash": keeper_set_hash(set_of),
                "organisation": ORGANISATION,
                "nonce": NONCE.hex(),
                "bidder_tag": ctx.bidder_tag,
                "ctx": ctx.to_json(),
                "ctx_canonical": canonical(ctx.to_json()).decode(),
                "ctx_hash": ctx.digest().hex(),
                "secret": SECRET.hex(),
                "coefficients": [term.hex() for term in terms],
                "seed_sheet": dealing.seed_sheet.hex(),
                "seed_files": dealing.seed_files.hex(),
                "seed_salt": encoding.derive(SECRET, "salt").hex(),
                "shares": [share.hex() for share in dealing.shares],
                "salts": [salt.hex() for salt in dealing.salts],
                "commitments": list(dealing.commitments),
                "sheet_identity": str(identity_of(suite, dealing.seed_sheet)),
                "sheet_recipient": dealing.sheet_recipient,
                "files_recipient": dealing.files_recipient,
                "sheet_seed_hash": dealing.sheet_seed_hash,
                "envelope_payload_1": canonical(
                    PlainShare(ctx, "K1", 1, dealing.shares[0], dealing.salts[0]).to_json()
                ).decode(),
            }
        )
    write("dealing", "FORMAT.md 2 and 3: everything that follows from S, ctx and the keepers", cases=cases)


def containers() -> None:
    _, set_of = keepers(AGE_X25519, 3)
    ctx = ctx_base(AGE_X25519, set_of, 2).tagged(bidder_tag(NONCE, ORGANISATION))
    sheet = canonical(SHEET.to_json())
    cases = []
    for part, contents in (
        ("sheet", {"sheet.json": sheet}),
        ("files", {}),
        ("files", {"投标文件.pdf": b"%PDF-1.7\n" * 10_000, "empty.txt": b"", "b.bin": bytes(range(256)) * 3}),
    ):
        listed = tuple(PlainFile(name, h(data).hex(), len(data)) for name, data in contents.items())
        manifest = PlainManifest(part, ctx, ORGANISATION, NONCE, listed)
        source = ContainerSource(manifest, [_opener(data) for data in contents.values()])
        buffer, plain = memoryview(bytearray(1 << 16)), b""
        while count := source.readinto(buffer):
            plain += bytes(buffer[:count])
        cases.append(
            {
                "part": part,
                "manifest": canonical(manifest.to_json()).decode(),
                "files": {name: base64.b64encode(data).decode() for name, data in contents.items()},
                "padded": source.padded,
                "sha256": h(plain).hex(),
                "head": plain[:64].hex(),
            }
        )
    write(
        "container", "FORMAT.md 3.5: plaintext containers; sha256 is over the padded plaintext", cases=cases
    )


def _opener(data: bytes) -> Callable[[], object]:
    import io

    return lambda: io.BytesIO(data)


def signatures() -> None:
    seed = h(b"bidder")
    digest = h(b"record").hex()
    key = Ed25519PrivateKey.from_private_bytes(seed)
    write(
        "signature",
        "FORMAT.md 3.10: ed25519-software over a record hash",
        private_key=seed.hex(),
        record_hash=digest,
        signature=software_signature(key, bytes.fromhex(digest)),
    )


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    basics()
    splitting()
    dealings()
    containers()
    signatures()
    return 0


if __name__ == "__main__":
    sys.exit(main())
