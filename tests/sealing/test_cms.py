"""Signatures by certificate: what holds, and what does not and why; command and page agree on every case."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options

from bidding.sealing import cms
from bidding.sealing.errors import BadSignature
from bidding.sealing.revocation import RevocationUnknown
from tests.frontend.conftest import ROOT
from tests.sealing.certificates import BEGIN, END, Holder, authority, rsa_key

MESSAGE = b"what is signed"
CODE = "91330100MA2EXAMPLE"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Trade:
    root: Holder
    middle: Holder
    bidder: Holder

    @property
    def trusted(self) -> cms.Authorities:
        return cms.Authorities.from_pem(self.root.pem)


@pytest.fixture(scope="module")
def trade() -> Trade:
    root = authority()
    middle = root.issue("示例机构证书", ca=True, usages={"key_cert_sign", "crl_sign"})
    return Trade(root, middle, middle.issue("甲方示例科技有限公司", code=CODE))


def by_openssl(trade: Trade, folder: Path, *options: str) -> bytes:
    """What the program of a certificate commonly is."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    (folder / "to-sign.bin").write_bytes(MESSAGE)
    (folder / "cert.pem").write_bytes(trade.bidder.pem)
    (folder / "middle.pem").write_bytes(trade.middle.pem)
    key = trade.bidder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    command = "openssl cms -sign -binary -outform DER -in to-sign.bin -signer cert.pem -inkey key.pem"
    done = subprocess.run(
        [*command.split(), "-certfile", "middle.pem", *options], cwd=folder, capture_output=True, check=True
    )
    return done.stdout


def in_the_page(*cases: tuple[bytes, bytes], vouching: tuple[tuple[bytes, datetime], ...] = ()) -> list[Any]:
    """What the page finds: why a signature does not hold, else whose it is; `vouching`: by whom, at which time, for each."""
    if not shutil.which("node") or not (ROOT / "node_modules" / "@noble").is_dir():
        pytest.skip("Node or the front-end packages are not installed (npm ci --ignore-scripts)")
    given = [
        {"data": base64.b64encode(data).decode(), "message": base64.b64encode(message).decode()}
        for data, message in cases
    ]
    for case, (pem, at) in zip(given, vouching, strict=False):
        case |= {"authorities": pem.decode(), "at": at.isoformat()}
    done = subprocess.run(
        ["node", str(ROOT / "tests" / "frontend" / "cms_in_node.mjs")],
        input=json.dumps(given).encode(), capture_output=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    said: list[Any] = json.loads(done.stdout)
    return said


def holds(data: bytes, message: bytes) -> bool:
    try:
        cms.read(data, message)
    except BadSignature:
        return False
    return True


def test_each_signature_is_judged_alike_by_command_and_page(trade: Trade, tmp_path: Path) -> None:
    sign, bidder = trade.bidder.sign, trade.bidder
    rsa = trade.root.issue("RSA", key=rsa_key(2048))
    large = trade.root.issue("P-384", key=ec.generate_private_key(ec.SECP384R1()))
    attached = (PKCS7Options.Binary, PKCS7Options.NoCapabilities)
    without = (*attached, PKCS7Options.DetachedSignature, PKCS7Options.NoCerts)
    bare = (PKCS7Options.Binary, PKCS7Options.DetachedSignature, PKCS7Options.NoAttributes)
    good = {
        "P-256": sign(MESSAGE, trade.middle),
        "P-384, SHA-512": large.sign(MESSAGE, digest=hashes.SHA512()),
        "RSA": rsa.sign(MESSAGE),
        "OpenSSL": by_openssl(trade, tmp_path, "-md", "sha256"),
        "OpenSSL, named by key": by_openssl(trade, tmp_path, "-md", "sha384", "-keyid"),
    }
    bad = {
        "over something else": sign(b"another"),
        "content inside": sign(MESSAGE, options=attached),
        "no certificate": sign(MESSAGE, options=without),
        "nothing but the signature": sign(MESSAGE, options=bare),
        "a short key": trade.root.issue("RSA", key=rsa_key(1024)).sign(MESSAGE),
        "SHA-1": by_openssl(trade, tmp_path, "-md", "sha1"),
        "cut off": good["P-256"][:-1],
        "more behind it": good["P-256"] + b"\0",
        "no DER": b"\x30\x80" + good["P-256"][2:],
        "nothing": b"",
        "too long": good["P-256"] + bytes(cms.MAX_BYTES),
    }
    cases = good | bad
    assert {name for name, data in cases.items() if holds(data, MESSAGE)} == set(good)
    said = in_the_page(*((data, MESSAGE) for data in cases.values()))
    assert {name for name, found in zip(cases, said, strict=True) if "why" not in found} == set(good)
    assert dict(zip(cases, said, strict=True))["over something else"] == {"why": "challenge"}
    assert cms.read(good["OpenSSL"], MESSAGE).certificate == bidder.certificate


def test_no_byte_can_be_changed(trade: Trade) -> None:
    """What still reads is not what the authority vouches for, or bytes that nobody signs."""
    good = trade.bidder.sign(MESSAGE)
    changed = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(len(good))]
    trusted = cms.Authorities.from_pem(trade.root.pem + trade.middle.pem)
    taken = []
    for at, data in enumerate(changed):
        try:
            cms.read(data, MESSAGE).vouched(trusted, NOW)
        except BadSignature:
            continue
        taken.append(at)
    assert len(taken) <= 3, "two versions, and how many bits the authority's own signature leaves unused"
    page = in_the_page(*((data, MESSAGE) for data in changed))
    inside = trade.bidder.certificate.public_bytes(Encoding.DER)
    begin = good.index(inside)
    told = set(taken) - set(
        range(begin, begin + len(inside))
    )  # what an authority signed, only the command asks about
    assert {at for at, found in enumerate(page) if "why" not in found} >= told


def test_an_authority_that_is_trusted_vouches_for_its_time(trade: Trade) -> None:
    whole, alone = trade.bidder.sign(MESSAGE, trade.middle), trade.bidder.sign(MESSAGE)
    signed = cms.read(whole, MESSAGE)
    signed.vouched(trade.trusted, NOW)
    signed.vouched(trade.trusted, BEGIN)
    assert signed.names(CODE)
    assert not signed.names("91330100MA2OTHER00")
    assert not signed.names("")
    ours, other = trade.root.pem, authority("别的认证中心").pem
    refused = (
        (whole, other, NOW, "chain"),
        (whole, ours, BEGIN - timedelta(seconds=1), "expired"),
        (whole, ours, END + timedelta(seconds=1), "expired"),
        (alone, ours, NOW, "chain"),
        (trade.root.issue("甲方", usages={"key_encipherment"}).sign(MESSAGE), ours, NOW, "usage"),
        (trade.bidder.issue("冒名者").sign(MESSAGE, trade.bidder, trade.middle), ours, NOW, "chain"),
    )
    for data, trusted, at, _ in refused:
        with pytest.raises(BadSignature, match="vouches"):
            cms.read(data, MESSAGE).vouched(cms.Authorities.from_pem(trusted), at)
    both = ours + trade.middle.pem
    cms.read(alone, MESSAGE).vouched(cms.Authorities.from_pem(both), NOW)
    with pytest.raises(ValueError, match="no root"):
        cms.Authorities.from_pem(trade.middle.pem)

    taken = ((whole, ours, NOW), (whole, ours, BEGIN), (alone, both, NOW))
    cases = (*taken, *(case[:3] for case in refused))
    page = in_the_page(
        *((data, MESSAGE) for data, _, _ in cases), vouching=tuple((pem, at) for _, pem, at in cases)
    )
    people = {
        "holder": {"name": "甲方示例科技有限公司", "code": CODE},
        "issuer": {"name": "示例机构证书", "code": ""},
        "root": {"name": "示例电子认证中心", "code": ""},
    }
    assert page[: len(taken)] == [people] * len(taken)
    assert page[len(taken) :] == [{"why": f"vouched.{why}"} for *_, why in refused]


HERE, THERE = "http://ca.example/1.crl", "http://ca.example/2.crl"
NEXT = NOW + timedelta(days=7)


def point(**over: object) -> tuple[x509.IssuingDistributionPoint, bool]:
    said = dict.fromkeys(("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl"), False)
    said |= {"only_contains_attribute_certs": False} | over  # type: ignore[dict-item]
    names: dict[str, object] = {"full_name": None, "relative_name": None, "only_some_reasons": None}
    return x509.IssuingDistributionPoint(**{**names, **said}), True  # type: ignore[arg-type]


def at_address(address: str) -> tuple[x509.IssuingDistributionPoint, bool]:
    return point(full_name=[x509.UniformResourceIdentifier(address)])


def test_a_revoked_certificate_signs_nothing_from_then_on(trade: Trade) -> None:
    """Also that of an authority between; what was signed before stays signed, as far as the lists in hand can tell."""
    signed = cms.read(trade.bidder.sign(MESSAGE, trade.middle), MESSAGE)

    def vouched(*lists: bytes, at: datetime = NOW) -> None:
        signed.vouched(cms.Authorities.from_pem(trade.root.pem, b"".join(lists)), at)

    span = {"at": NOW, "until": NEXT}
    above, own = trade.root.revokes(**span), trade.middle.revokes(**span)
    vouched(above, own)
    vouched(above, trade.middle.revokes(trade.bidder, **span), at=NOW - timedelta(seconds=1))
    for lists in (
        (above, trade.middle.revokes(trade.bidder, **span)),
        (trade.root.revokes(trade.middle, **span), own),
    ):
        with pytest.raises(BadSignature, match="was revoked"):
            vouched(*lists)
    forged = authority().revokes(**span)
    with pytest.raises(RevocationUnknown):
        vouched(forged, own)
    for missing in ((above,), (own,)):
        with pytest.raises(RevocationUnknown):
            vouched(*missing)
    with pytest.raises(RevocationUnknown):
        vouched(above, own, at=NEXT + timedelta(seconds=1))
    with pytest.raises(ValueError, match="parsing"):
        vouched(b"no list")


@pytest.mark.parametrize(
    ("of", "speaks"),
    [
        (at_address(HERE), True),
        (at_address(THERE), False),
        (point(only_contains_user_certs=True), True),
        (point(only_contains_ca_certs=True), False),
        (point(indirect_crl=True), False),
        ((x509.DeltaCRLIndicator(1), True), False),
    ],
    ids=["its own part", "another part", "of users", "of authorities", "of others", "changes alone"],
)
def test_a_list_that_does_not_speak_of_the_certificate_says_nothing(
    of: tuple[Any, bool], speaks: bool
) -> None:
    root = authority()
    signed = cms.read(root.issue("甲方", code=CODE, lists=HERE).sign(MESSAGE), MESSAGE)
    trusted = cms.Authorities.from_pem(root.pem, root.revokes(at=NOW, until=NEXT, extensions=[of]))
    with nullcontext() if speaks else pytest.raises(RevocationUnknown):
        signed.vouched(trusted, NOW)
