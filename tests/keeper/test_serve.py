"""A keeper starts only where it is safe, and outside one machine it talks to known clients only."""

from __future__ import annotations

import ipaddress
import json
import os
import ssl
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from core import clock

pytestmark = [pytest.mark.processes, pytest.mark.timeout(60)]
ROOT = Path(__file__).parents[2]


def serve(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bidding.keeper", "serve", "--dir", str(folder), "--id", "K1", "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "TEST_CLOCK"} | environment,
    )  # fmt: skip


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, good for both ends."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "keeper.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert, private


@pytest.mark.parametrize("why", ["address", "clock", "keys"])
def test_a_keeper_that_would_not_be_safe_does_not_start(tmp_path, why):
    folder = tmp_path / "K1"
    arguments = {
        "address": ["--host", "0.0.0.0"],
        "clock": ["--clock-offset-file", str(tmp_path / "clock")],
        "keys": [],
    }[why]
    if why == "keys":
        folder.mkdir()
        (folder / "age-identity-1").write_text("00" * 32)
    process = serve(folder, *arguments)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert len(errors.splitlines()) == 1
    assert errors.startswith("the keeper cannot start: ")
    assert not (folder / "keeper.sqlite3").exists()


def test_with_tls_a_keeper_talks_to_clients_with_a_certificate_only(tmp_path):
    cert, key = certificate(tmp_path)
    process = serve(tmp_path / "K1", "--tls-cert", str(cert), "--tls-key", str(key), "--client-ca", str(cert))
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("https://")
        context = ssl.create_default_context(cafile=str(cert))
        with httpx.Client(verify=context) as stranger, pytest.raises(httpx.HTTPError):
            stranger.get(f"{url}/identity")
        context.load_cert_chain(cert, key)
        with httpx.Client(verify=context) as known:
            assert known.get(f"{url}/identity").json()["body"]["keeper"] == "K1"
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_a_keeper_stays_the_same_after_a_restart(tmp_path):
    seen = []
    for _ in range(2):
        process = serve(tmp_path / "K1")
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        body = httpx.get(f"{url}/identity").json()["body"]
        seen.append((body["recipient"], body["witness"], body["key_version"]))
        process.terminate()
        process.communicate(timeout=10)
        assert process.returncode == 0
    assert seen[0] == seen[1]
