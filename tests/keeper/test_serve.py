"""A keeper starts only where it is safe, and outside one machine it talks to known clients only."""

from __future__ import annotations

import ipaddress
import json
import os
import ssl
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bidding.keeper import run
from bidding.sealing.objects import Keeper
from core import clock
from core.ledger.note import Signer
from tests.keeper.conftest import PlatformLog
from tests.keeper.test_ceremony import attended

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
    folder.mkdir(exist_ok=True)
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


@pytest.mark.parametrize("why", ["address", "clock", "keys", "no ceremony", "changed program"])
def test_a_keeper_that_would_not_be_safe_does_not_start(tmp_path, why):
    folder = tmp_path / "K1"
    cert, key = certificate(tmp_path / "tls")
    arguments = {
        "address": ["--host", "0.0.0.0"],
        "clock": ["--clock-offset-file", str(tmp_path / "clock")],
        "keys": [],
        "no ceremony": ["--tls-cert", str(cert), "--tls-key", str(key), "--client-ca", str(cert)],
        "changed program": ["--release-key", Signer("release", bytes(32)).verifier.vkey],
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


def test_with_tls_a_keeper_talks_to_clients_with_a_certificate_only_and_stamps_for_everybody(tmp_path):
    cert, key = certificate(tmp_path)
    attended(tmp_path).create()
    tls = ["--tls-cert", str(cert), "--tls-key", str(key), "--client-ca", str(cert)]
    process = serve(tmp_path / "K1", *tls, "--public-port", "0")
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        url, public = told["url"], told["public_url"]
        assert url.startswith("https://")
        assert public.startswith("https://")
        context = ssl.create_default_context(cafile=str(cert))
        with httpx.Client(verify=context) as stranger:
            with pytest.raises(httpx.HTTPError):
                stranger.get(f"{url}/identity")
            assert stranger.get(f"{public}/identity").json()["body"]["keeper"] == "K1"
            stamp = stranger.post(f"{public}/stamp", json={"hash": "ab" * 32})
            assert stamp.json()["body"]["hash"] == "ab" * 32
            assert stranger.get(f"{public}/healthz").status_code == 404
            for path in ("/ack", "/release", "/canary", "/evidence", "/cosign", "/add-checkpoint"):
                assert stranger.post(f"{public}{path}", json={}).status_code == 404, path
        context.load_cert_chain(cert, key)
        with httpx.Client(verify=context) as known:
            assert known.get(f"{url}/identity").json()["body"]["keeper"] == "K1"
            assert known.post(f"{url}/ack", json={}).status_code == 422
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_keepers_compare_their_clocks_over_mutual_tls(tmp_path, monkeypatch):
    """A keeper that shows its peers no certificate of theirs would compare with nobody."""
    monkeypatch.setenv("TEST_CLOCK", "1")
    ours, theirs = certificate(tmp_path / "ours"), certificate(tmp_path / "theirs")
    log = PlatformLog()
    with ExitStack() as stack:
        stack.callback(log.server.server_close)
        stack.callback(log.server.shutdown)
        running = []
        for name, (cert, key) in (("K1", ours), ("K2", ours), ("K3", theirs)):
            told = run.Settings(
                tmp_path / name,
                name,
                tmp_path / "trust.json",
                log.url(name),
                tmp_path / f"clock-{name}",
                tls=run.Tls(cert, key, ours[0]),
                may_create=True,
            )
            keeper = run.Keeper(told)
            door = keeper.serve_at("127.0.0.1", 0)
            threading.Thread(target=door.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(keeper.close)
            stack.callback(door.shutdown)
            body = keeper.service.identity()
            card = Keeper(
                name,
                str(body.body["recipient"]),
                body.vkey,
                f"https://127.0.0.1:{door.server_address[1]}",
            )
            running.append((keeper, card))
        value = {
            "type": "mingcai/v1/trust",
            "log": log.signer.verifier.vkey,
            "signers": [],
            "supervisors": [],
            "keepers": [card.to_json() for _, card in running],
        }
        (tmp_path / "trust.json").write_text(json.dumps(value))
        first, third = running[0][0], running[2][0]
        first.turn()
        assert first.monitor.silent_peers() == ["K3"]
        assert set(first.clock.differences) == {"K2"}
        third.turn()
        assert third.monitor.silent_peers() == ["K1", "K2"]
        (tmp_path / "clock-K1").write_text("90")
        first.turn()
        assert first.service.health()["ok"] is False


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
