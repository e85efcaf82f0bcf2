"""A time stamp authority made with the openssl command, for tests and vectors."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

CONFIGURATION = """
[tsa]
default_tsa = t
[t]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512, sha1
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
"""


@dataclass(frozen=True)
class TestAuthority:
    """Its folder holds the keys; `pem` are root and signer."""

    folder: Path

    __test__ = False

    @classmethod
    def make(cls, folder: Path, name: str = "Test TSA") -> Self:
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder)
        (folder / "conf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        new = ("req", "-newkey", "rsa:2048", "-nodes", "-config", "conf")
        made.run(*new, "-x509", "-days", "36500", "-keyout", "ca.key", "-out", "ca.pem",
                 "-subj", f"/CN={name} root", "-extensions", "ca")  # fmt: skip
        made.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "conf",
                 "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", f"/CN={name}")  # fmt: skip
        made.run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                 "-days", "36500", "-out", "tsa.pem", "-extfile", "conf", "-extensions", "stamps")  # fmt: skip
        return made

    @property
    def pem(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes() + (self.folder / "tsa.pem").read_bytes()

    def answer(self, request: bytes) -> bytes:
        """Answer an RFC 3161 request (DER) with a response (DER)."""
        (self.folder / "request").write_bytes(request)
        self.run("ts", "-reply", "-config", "conf", "-queryfile", "request", "-signer", "tsa.pem",
                 "-inkey", "tsa.key", "-out", "response")  # fmt: skip
        return (self.folder / "response").read_bytes()

    def response(self, text: str, *, with_certificate: bool = False, digest: str = "sha256") -> bytes:
        """Stamp a note text."""
        (self.folder / "text").write_bytes(text.encode())
        asked = ["-cert"] if with_certificate else []
        self.run("ts", "-query", "-data", "text", f"-{digest}", *asked, "-out", "query")
        return self.answer((self.folder / "query").read_bytes())

    def run(self, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        subprocess.run(
            ["openssl", *arguments],
            cwd=self.folder,
            check=True,
            capture_output=True,
            env={**os.environ, **environment},
        )
