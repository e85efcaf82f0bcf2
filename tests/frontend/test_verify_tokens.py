"""The page checks a time stamp authority's signature and certificates as OpenSSL does, and names what is wrong."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.ledger.timestamp import Authority, BadToken, read
from tests.frontend.conftest import ROOT
from tests.sealing.stamping import TestAuthority

TEXT = "log.example/mingcai\n5\nAAAA\n"
LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
EXTENSIONS = """
[middle]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[relaxed]
extendedKeyUsage = timeStamping
[servers]
extendedKeyUsage = critical,timeStamping,serverAuth
[plain]
basicConstraints = critical,CA:FALSE
[encrypts]
keyUsage = critical,keyEncipherment
extendedKeyUsage = critical,timeStamping
"""
RSA, P256 = ("rsa:2048",), ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
P384 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-384")


@dataclass(frozen=True)
class Case:
    """A token, the certificates that somebody trusts, and what must be said of it: "" when it holds."""

    token: bytes
    pem: bytes | None
    why: str
    text: str = TEXT


class Maker(TestAuthority):
    """An authority with more certificates than it needs."""

    def certificate(
        self,
        name: str,
        *,
        by: str = "ca",
        key: tuple[str, ...] = P256,
        extensions: str = "stamps",
        ago: str = "",
    ) -> str:
        """Issue `name`.pem; `ago`: years before now, for a year only."""
        self.run("req", "-newkey", *key, "-nodes", "-config", "conf", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                 "-subj", f"/CN={name}")  # fmt: skip
        faked = {"LD_PRELOAD": LIBRARY, "FAKETIME": f"-{ago}y"} if ago else {}
        self.run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial",
                 "-days", "300" if ago else "36500", "-out", f"{name}.pem", "-extfile", "conf",
                 "-extensions", extensions, environment=faked)  # fmt: skip
        return name

    def stamped(self, signer: str, *, inside: bool = True, digest: str = "sha256", chain: str = "") -> bytes:
        self.run(
            "ts", "-query", "-data", "text", f"-{digest}", *(["-cert"] if inside else []), "-out", "query"
        )
        self.run("ts", "-reply", "-config", "conf", "-queryfile", "query", "-signer", f"{signer}.pem",
                 "-inkey", f"{signer}.key", *(["-chain", f"{chain}.pem"] if chain else []), "-out", "response")  # fmt: skip
        self.run("ts", "-reply", "-in", "response", "-token_out", "-out", "token")
        return self.file("token")

    def resigned(self, signer: str, *options: str) -> bytes:
        """The same content signed as CMS: with certificates that a time stamp authority must not have."""
        (self.folder / "good").write_bytes(self.stamped("tsa"))
        self.run("cms", "-verify", "-noverify", "-inform", "DER", "-in", "good", "-out", "content")
        self.run("cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-md", "sha256", "-econtent_type", TST_INFO, *options,
                 "-signer", f"{signer}.pem", "-inkey", f"{signer}.key", "-in", "content", "-outform", "DER",
                 "-out", "resigned")  # fmt: skip
        return self.file("resigned")

    def file(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    if not shutil.which("node"):
        pytest.skip("Node is not installed")
    folder = tmp_path_factory.mktemp("tsa")
    one = Maker.make(folder / "one")
    same_name = Maker.make(folder / "same")
    other = Maker.make(folder / "other", "Other TSA")
    (one.folder / "text").write_bytes(TEXT.encode())
    (one.folder / "conf").write_text(one.file("conf").decode() + EXTENSIONS)
    one.certificate("middle", key=P384, extensions="middle")
    one.certificate("below", by="middle", key=RSA)
    one.certificate("past", ago="3")
    one.certificate("feigned", by="tsa")
    for name in ("relaxed", "servers", "plain", "encrypts"):
        one.certificate(name, extensions=name)
    root, good = one.file("ca.pem"), one.stamped("tsa")
    content = good.index(b"\x18\x0f20") + 2  # the instant that it says
    cases = {
        "its certificate inside": Case(good, root, ""),
        "its certificate given": Case(one.stamped("tsa", inside=False), one.pem, ""),
        "SHA-512": Case(one.stamped("tsa", digest="sha512"), root, ""),
        "RSA, a chain of three": Case(one.stamped("below", chain="middle"), root, ""),
        "RSA, the middle given": Case(one.stamped("below"), root + one.file("middle.pem"), ""),
        "nobody trusted": Case(good, None, ""),
        "another text": Case(good, root, "text", TEXT + "x\n"),
        "another hour": Case(changed(good, content + 9), root, "content"),
        "a broken signature": Case(changed(good, len(good) - 1), root, "signature"),
        "another authority": Case(good, other.file("ca.pem"), "chain"),
        "another authority of this name": Case(good, same_name.file("ca.pem"), "chain"),
        "the middle missing": Case(one.stamped("below"), root, "chain"),
        "issued by one that may only stamp": Case(one.stamped("feigned"), one.pem, "chain"),
        "no certificate": Case(one.stamped("tsa", inside=False), root, "certificate"),
        "another's certificate": Case(one.stamped("tsa", inside=False), other.pem, "certificate"),
        "expired": Case(one.stamped("past"), root, "expired"),
        "any use beside stamping": Case(one.resigned("servers", "-cades"), root, "usage"),
        "a use that is not critical": Case(one.resigned("relaxed", "-cades"), root, "usage"),
        "no use named": Case(one.resigned("plain", "-cades"), root, "usage"),
        "a key for encrypting": Case(one.resigned("encrypts", "-cades"), root, "usage"),
        "signed, its certificate not named": Case(one.resigned("tsa"), root, "certificate"),
        "signed as OpenSSL's cms does": Case(one.resigned("tsa", "-cades"), root, ""),
        "cut short": Case(good[:-1], root, "form"),
        "something after it": Case(good + b"\0", root, "form"),
        "nothing": Case(b"", root, "form"),
        "no root": Case(good, one.file("tsa.pem"), "pem"),
        "no certificates at all": Case(good, b"none", "pem"),
    }
    return cases


def changed(token: bytes, at: int) -> bytes:
    return token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]


def asked(cases: list[Case]) -> list[dict[str, Any]]:
    given = [
        {"token": base64.b64encode(one.token).decode(), "text": one.text, "pem": one.pem and one.pem.decode()}
        for one in cases
    ]
    done = subprocess.run(
        ["node", str(Path(__file__).parent / "tokens_in_node.mjs")],
        input=json.dumps(given).encode(), capture_output=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    said: list[dict[str, Any]] = json.loads(done.stdout)
    return said


def by_openssl(case: Case) -> bool:
    """Whether the offline command's check (OpenSSL's rules) takes it."""
    try:
        read(case.token, case.text, Authority.from_pem(case.pem) if case.pem is not None else None)
    except BadToken:
        return False
    return True


def test_each_token_is_judged_and_what_is_wrong_is_named(made: dict[str, Case]) -> None:
    said = dict(zip(made, asked(list(made.values())), strict=True))
    assert {name: one.get("why", "") for name, one in said.items()} == {
        name: case.why for name, case in made.items()
    }
    taken = {name for name, one in said.items() if "at" in one}
    # The two differ in one: a token must name its certificate among what is signed, which the command does not ask.
    differing = {"signed, its certificate not named"}
    assert {name for name, case in made.items() if by_openssl(case)} ^ taken == differing
    assert {name for name, one in said.items() if one.get("signed") is None and "at" in one} == {
        "nobody trusted"
    }
    assert said["its certificate inside"]["at"].endswith("Z")


def test_no_byte_of_what_is_signed_can_be_changed_and_no_end_cut_off(made: dict[str, Case]) -> None:
    """Every byte flipped, every length cut; what the page still takes, OpenSSL takes too (bytes that nobody signs)."""
    good = made["its certificate inside"]
    flipped = [Case(changed(good.token, at), good.pem, "") for at in range(len(good.token))]
    taken = {at for at, one in enumerate(asked(flipped)) if "at" in one}
    assert taken <= {at for at, one in enumerate(flipped) if by_openssl(one)}
    assert len(taken) <= 2, "the version of the message and that of its signer"
    cut = [Case(good.token[:length], good.pem, "form") for length in range(0, len(good.token), 7)]
    assert {one.get("why") for one in asked(cut)} == {"form"}
