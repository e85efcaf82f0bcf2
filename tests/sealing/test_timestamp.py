"""Time stamps over checkpoints: read, compared with the text, and their authority's signature checked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bidding.sealing import receipts
from bidding.sealing.errors import SealingError
from core.ledger.timestamp import Authority, BadToken, read, token_of
from tests.sealing.patches import changed
from tests.sealing.stamping import TestAuthority
from tests.sealing.test_command import command, refused
from tests.sealing.test_public_vectors import RECEIPTS

TEXT = "log.example/mingcai\n5\nAAAA\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority.make(tmp_path_factory.mktemp("tsa"))


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("with_certificate", [False, True])
def test_a_stamp_is_read_and_its_authority_checked(
    authority: TestAuthority, digest: str, with_certificate: bool
) -> None:
    token = token_of(authority.response(TEXT, with_certificate=with_certificate, digest=digest), TEXT)
    assert not read(token, TEXT).verified
    stamped = read(token, TEXT, Authority.from_pem(authority.pem))
    assert stamped.verified
    assert stamped.policy == "1.2.3.4.1"
    assert stamped.at.tzinfo is not None
    for bad in (token[:-1], token + b"\0", b"", b"\x30\x00"):
        with pytest.raises(BadToken):
            read(bad, TEXT)
    with pytest.raises(BadToken, match="something else"):
        read(token, TEXT + "x\n")


def test_a_stamp_by_somebody_else_or_changed_is_refused(authority: TestAuthority, tmp_path: Path) -> None:
    trusted = Authority.from_pem(authority.pem)
    other = TestAuthority.make(tmp_path / "other", "Other TSA")
    with pytest.raises(BadToken, match="authority"):
        read(token_of(other.response(TEXT), TEXT), TEXT, trusted)
    token = bytearray(token_of(authority.response(TEXT), TEXT))
    token[-1] ^= 1
    with pytest.raises(BadToken):
        read(bytes(token), TEXT, trusted)
    with pytest.raises(BadToken, match="unknown hash"):
        token_of(authority.response(TEXT, digest="sha1"), TEXT)
    with pytest.raises(BadToken):
        token_of(b"not an answer", TEXT)
    for pem in (b"", (authority.folder / "tsa.pem").read_bytes()):
        with pytest.raises(BadToken):
            Authority.from_pem(pem)


def test_the_openssl_command_agrees(authority: TestAuthority) -> None:
    folder = authority.folder
    (folder / "reply").write_bytes(authority.response(TEXT))
    (folder / "said").write_text(TEXT)
    subprocess.run(
        [
            "openssl",
            "ts",
            "-verify",
            "-data",
            "said",
            "-in",
            "reply",
            "-CAfile",
            "ca.pem",
            "-untrusted",
            "tsa.pem",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.mark.requirement("S003-54")
def test_the_command_takes_the_authoritys_certificates(tmp_path: Path) -> None:
    pem, file = tmp_path / "tsa.pem", tmp_path / "receipt.json"
    pem.write_text(RECEIPTS["trusted"]["authority"])
    file.write_text(json.dumps(RECEIPTS["files"]["stamped"]))
    said = json.loads(command("verify-receipt", file, "--tsa", pem, "--json").stdout)
    assert (said["tokens"], said["stamps_verified"]) == (1, True)
    assert said["stamped_at"].endswith("Z")
    said = json.loads(command("verify-receipt", file, "--json").stdout)
    assert (said["tokens"], said["stamps_verified"]) == (1, False)
    case = next(one for one in RECEIPTS["cases"] if one["name"] == "a time stamp by another authority")
    foreign = changed(RECEIPTS["files"][case["from"]], case["changes"])
    assert receipts.verify(foreign).tokens == 1
    with pytest.raises(SealingError, match="bad-token"):
        receipts.verify(foreign, authority=Authority.from_pem(pem.read_bytes()))
    file.write_text(json.dumps(foreign))
    assert "bad-token" in refused(command("verify-receipt", file, "--tsa", pem)).stderr
