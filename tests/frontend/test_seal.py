"""A bid sealed by the browser's code opens in Python, and both compute the same bytes on the way."""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bidding.sealing import check, keeperside, shares
from bidding.sealing.age.files import decrypt_bytes
from bidding.sealing.age.recipients import Passphrase
from bidding.sealing.container import padded
from bidding.sealing.context import Ctx, CtxBase, bidder_tag, identity_of, recipient_of
from bidding.sealing.dealing import deal
from bidding.sealing.encoding import canonical, parse
from bidding.sealing.errors import BadShares
from bidding.sealing.objects import Keeper, SealedRecord, keeper_set_hash
from bidding.sealing.opening import Limits, Outcome, open_bid
from bidding.sealing.seal import PlainKit
from core.ledger.note import Signer
from tests.frontend.conftest import Node

SHEET: dict[str, Any] = {
    "type": "mingcai/v1/sheet",
    "total_fen": 95_000_000,
    "prices": [
        {"item": "1", "name": "笔记本电脑 “银河” 14″", "quantity": "40", "unit": "台", "unit_price": "4650.5",
         "amount_fen": 18_602_000},
    ],
    "delivery_days": 30,
    "warranty_months": 36,
    "responses": [{"criterion": "T-1", "response": "完全响应\n无偏离", "files": ["技术方案.pdf"]}],
    "facts": {"size": "small", "domestic": True, "staff": 12},
    "notes": "€ 𝄞 \\ \" \t",
}  # fmt: skip


@dataclass(frozen=True)
class Cast:
    """A tender's keepers and what the platform tells the bidder."""

    base: CtxBase
    keepers: list[Keeper]
    identities: list[Any]

    def params(self, **over: object) -> dict[str, object]:
        return {
            "ctx_base": self.base.to_json(),
            "keepers": [keeper.to_json() for keeper in self.keepers],
            "organisation": "91500112MA5U000001",
            "idempotency_key": "a-key-of-the-test",
            **over,
        }


def make_cast(suite: str = "age-hybrid", k: int = 3, n: int = 5) -> Cast:
    identities = [identity_of(suite, bytes([i]) * 32) for i in range(1, n + 1)]
    keepers = [
        Keeper(
            f"K{i}", str(identity.recipient()), Signer(f"k{i}.example/keeper", bytes([i]) * 32).verifier.vkey,
            f"https://k{i}.example", name=f"第{i}保管方",
        )
        for i, identity in enumerate(identities, start=1)
    ]  # fmt: skip
    base = CtxBase(
        suite=suite, log_origin="mingcai.example/log", tender="YB-2026-0042", lot="1", envelope="single",
        bid_id="B-7", notice_hash="11" * 32, notice_version=2, policy_hash="22" * 32,
        open_at=datetime(2026, 12, 1, 2, 0, tzinfo=UTC), k=k, n=n, keeper_set_hash=keeper_set_hash(keepers),
    )  # fmt: skip
    return Cast(base, keepers, identities)


def read_sealed(out: Path, cast: Cast) -> tuple[SealedRecord, list[bytes]]:
    encoded = (out / "record.json").read_bytes()
    record = SealedRecord.from_json(parse(encoded, 65536))
    assert canonical(record.to_json()) == encoded
    return record, [(out / f"envelope-{i}.age").read_bytes() for i in range(1, cast.base.n + 1)]


@pytest.fixture
def attachments(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "from"
    folder.mkdir()
    made = []
    for name, size in (("技术方案.pdf", 3_000_001), ("empty.txt", 0), ("one chunk.bin", 65536)):
        path = folder / name
        path.write_bytes(random.Random(size).randbytes(size))
        made.append(path)
    return made


@pytest.mark.parametrize("suite", ["age-hybrid", "age-x25519"])
def test_a_bid_sealed_in_javascript_opens_in_python(
    node: Node, tmp_path: Path, attachments: list[Path], suite: str
) -> None:
    cast = make_cast(suite)
    out = tmp_path / "sealed"
    out.mkdir()
    code, said = node(
        "seal",
        {"params": cast.params(), "sheet": SHEET, "files": [str(p) for p in attachments], "out": str(out)},
    )
    assert code == 0, said

    record, envelopes = read_sealed(out, cast)
    assert record.hash == said["record_hash"]
    check.check_record(record, cast.base)
    check.check_ciphertext(out / "sheet.age", suite, 1 << 20, padded=record.sheet.padded)
    check.check_ciphertext(out / "files.age", suite, 1 << 30, padded=record.files.padded)
    released = [
        keeperside.check_envelope(record, envelope, cast.identities[i], cast.keepers[i].id, i + 1)
        for i, envelope in enumerate(envelopes)
    ]
    opened_dir = tmp_path / "opened"
    verdict = open_bid(
        record,
        released[1:4],
        out / "sheet.age",
        out / "files.age",
        opened_dir,
        Limits(),
        acked={1, 2, 3, 4, 5},
    )

    assert verdict.verdict is Outcome.OPENED, verdict.to_json()
    assert verdict.opened is not None
    assert verdict.opened.organisation == "91500112MA5U000001"
    assert verdict.opened.sheet.to_json() == SHEET
    assert [file.name for file in verdict.opened.files] == [path.name for path in attachments]
    assert [file.path.read_bytes() for file in verdict.opened.files] == [p.read_bytes() for p in attachments]
    assert said["last"] == {"phase": "sealing", "done": 3_065_537, "total": 3_065_537}


def test_the_recovery_kit_of_javascript_opens_the_bid(node: Node, tmp_path: Path) -> None:
    cast = make_cast(k=2, n=3)
    code, said = node(
        "seal",
        {"params": cast.params(supersedes="ab" * 32), "sheet": SHEET, "files": [], "out": str(tmp_path),
         "passphrase": "correct horse battery staple"},
    )  # fmt: skip
    assert code == 0, said
    record, _ = read_sealed(tmp_path, cast)
    assert record.supersedes == "ab" * 32
    plain = decrypt_bytes((tmp_path / "kit.age").read_bytes(), [Passphrase("correct horse battery staple")])
    kit = PlainKit.from_json(parse(plain, 65536))
    assert kit.record_hash == record.hash
    verdict = open_bid(
        record, kit.plain_shares(record, cast.keepers), tmp_path / "sheet.age", tmp_path / "files.age",
        tmp_path / "opened", Limits(),
    )  # fmt: skip
    assert verdict.verdict is Outcome.OPENED, verdict.to_json()


def test_both_derive_the_same_shares_commitments_and_keys(node: Node) -> None:
    cast = make_cast()
    nonce, secret = bytes(range(32)), bytes(range(32, 64))
    coefficients = [os.urandom(32), os.urandom(32)]
    ours = shares.split(secret, 5, 3, coefficients=coefficients)
    theirs = node(
        "split", {"secret": secret.hex(), "n": 5, "k": 3, "coefficients": [c.hex() for c in coefficients]}
    )[1]
    assert theirs == [share.hex() for share in ours]

    assert node("combine-by-privy", {"shares": theirs[1:4]})[1] == secret.hex()
    assert node("combine", {"shares": theirs[1:], "k": 3})[1] == secret.hex()

    tag = node("tag", {"nonce": nonce.hex(), "organisation": "甲公司"})[1]
    assert tag == bidder_tag(nonce, "甲公司")
    ctx = Ctx.from_json({**cast.base.to_json(), "bidder_tag": tag})
    dealing = deal(ctx, secret, ours)
    assert node("deal", {"ctx": ctx.to_json(), "secret": secret.hex(), "shares": theirs})[1] == {
        "seed_sheet": dealing.seed_sheet.hex(),
        "seed_files": dealing.seed_files.hex(),
        "commitments": list(dealing.commitments),
        "salts": [salt.hex() for salt in dealing.salts],
        "sheet_recipient": str(recipient_of("age-hybrid", dealing.seed_sheet)),
        "files_recipient": dealing.files_recipient,
        "sheet_seed_hash": dealing.sheet_seed_hash,
    }
    assert (
        node("keepers", [keeper.to_json() for keeper in cast.keepers])[1]["set"] == cast.base.keeper_set_hash
    )


def test_both_write_the_same_canonical_bytes_and_padding(node: Node) -> None:
    value = {
        "€": 1,
        "\r": 2,
        "דּ": 3,
        "1": 4,
        "😀": 5,
        "\x80": 6,
        "ö": -7,
        "a": ["\u2028\u007f\x0f", 9007199254740991, None],
    }
    assert bytes.fromhex(node("canonical", value)[1]) == canonical(value)
    draw = random.Random(5)
    lengths = [0, 1, 65535, 65536, 65537, 2**32 - 1, 2**32, 2**32 + 1, 2**53 // 4]
    lengths += [draw.randrange(2 ** draw.randrange(17, 44)) for _ in range(500)]
    assert node("padded", lengths)[1] == [padded(length) for length in lengths]


SOUND = ["aa01", "bb02", "cc03"]


@pytest.mark.parametrize(
    ("given", "k"),
    [
        (["aa00", "bb02"], 2),
        (["aa01", "bb01"], 2),
        (["aa01"], 2),
        (["aa01", "bbbb02"], 2),
        (["01", "02"], 2),
        (SOUND, 1),
        (SOUND, 2),
    ],
    ids=["x is 0", "x twice", "too few", "unequal", "empty", "k is 1", "not one secret"],
)
def test_shares_that_python_refuses_are_refused_in_javascript(node: Node, given: list[str], k: int) -> None:
    with pytest.raises(BadShares):
        shares.combine([bytes.fromhex(share) for share in given], k)
    code, said = node("combine", {"shares": given, "k": k})
    assert (code, "fault" in said) == (1, True)
    assert node("combine", {"shares": SOUND, "k": 3})[0] == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"total_fen": None}, "missing"),
        ({"total_fen": 1.5}, "not-a-count"),
        ({"surprise": 1}, "unknown"),
        ({"notes": "bell \x07"}, "control-character"),
        ({"facts": {"Size": "small"}}, "form"),
        ({"prices": [{**SHEET["prices"][0], "unit_price": "1,5"}]}, "not-a-decimal"),
        ({"responses": [{"criterion": "T-1", "response": "", "files": ["../x"]}]}, "file-name"),
    ],
)
def test_a_sheet_that_would_be_void_is_not_sealed(
    node: Node, tmp_path: Path, change: dict[str, object], fault: str
) -> None:
    cast = make_cast(k=2, n=3)
    code, said = node(
        "seal", {"params": cast.params(), "sheet": {**SHEET, **change}, "files": [], "out": str(tmp_path)}
    )
    assert (code, said["fault"]) == (1, fault)
    assert not (tmp_path / "record.json").exists()


def test_keepers_that_the_policy_does_not_name_are_refused(node: Node, tmp_path: Path) -> None:
    cast = make_cast(k=2, n=3)
    stranger = replace(cast.keepers[0], recipient=str(recipient_of("age-hybrid", b"\x63" * 32)))
    keepers = [keeper.to_json() for keeper in (stranger, *cast.keepers[1:])]
    asked = {"params": cast.params(keepers=keepers), "sheet": SHEET, "files": [], "out": str(tmp_path)}
    assert node("seal", asked)[1]["fault"] == "wrong-keepers"
    assert not (tmp_path / "record.json").exists()
    sound = json.loads(json.dumps(asked))
    sound["params"]["keepers"][0] = cast.keepers[0].to_json()
    assert node("seal", sound)[0] == 0


def test_a_file_that_changed_after_it_was_read_is_not_sealed(
    node: Node, tmp_path: Path, attachments: list[Path]
) -> None:
    cast = make_cast(k=2, n=3)
    chosen = attachments[0]
    foretold = {chosen.name: node("describe", {"file": str(chosen)})[1]}
    asked = {
        "params": cast.params(), "sheet": SHEET, "files": [str(chosen)], "out": str(tmp_path), "foretold": foretold,
    }  # fmt: skip
    assert node("seal", asked)[0] == 0
    (tmp_path / "record.json").unlink()

    content = bytearray(chosen.read_bytes())
    content[-1] ^= 1
    chosen.write_bytes(content)
    assert node("seal", asked)[1]["fault"] == "changed"
    chosen.write_bytes(content + b"more")
    assert node("seal", asked)[1]["fault"] == "changed"
    assert not (tmp_path / "record.json").exists()
