"""Recipients and identities of age: X25519, the hybrid of ML-KEM-768 and X25519, and passphrases (scrypt).

`check_stanzas` refuses every malformed stanza of a known type before any key is tried, so that a file's first
fault does not depend on which identities the reader happens to have.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bidding.sealing.age.errors import BadKey, HeaderFailure
from bidding.sealing.age.header import FILE_KEY_BYTES, Stanza
from bidding.sealing.age.text import decode_base64, decode_bech32, encode_base64, encode_bech32

X25519 = "X25519"
HYBRID = "mlkem768x25519"
SCRYPT = "scrypt"

MAX_WORK_FACTOR = 22
"""Base-two logarithm; 22 takes 4 GiB and some ten seconds.  A file that asks for more is refused unread."""

WORK_FACTOR = 18
_BODY = FILE_KEY_BYTES + 16
_MLKEM_KEY, _MLKEM_CIPHERTEXT, _POINT, _SALT, _SEED = 1184, 1088, 32, 16, 32
_ZERO_NONCE = bytes(12)
_X25519_INFO = b"age-encryption.org/v1/X25519"
_SCRYPT_LABEL = b"age-encryption.org/v1/scrypt"
_HYBRID_INFO = b"age-encryption.org/mlkem768x25519"
_HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_WORK_FACTOR = re.compile(r"[1-9][0-9]{0,2}")
_PROBE = X25519PrivateKey.from_private_bytes(bytes(range(32)))


class Recipient(Protocol):
    """Someone a file is written to; `kind` is the stanza type."""

    kind: str

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza that carries `file_key`, with fresh randomness."""


class Identity(Protocol):
    """Someone who can read a file."""

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None when this checked stanza is for somebody else."""


class X25519Recipient:
    """`age1…`."""

    kind = X25519

    def __init__(self, point: bytes) -> None:
        self.point = point

    def __str__(self) -> str:
        return encode_bech32("age", self.point)

    def wrap(self, file_key: bytes) -> Stanza:
        """See Recipient.  Raises BadKey for a recipient of low order."""
        secret = X25519PrivateKey.generate()
        share = secret.public_key().public_bytes_raw()
        try:
            shared = secret.exchange(X25519PublicKey.from_public_bytes(self.point))
        except ValueError as error:
            raise BadKey("the recipient is a point of low order") from error
        key = _x25519_key(shared, share, self.point)
        return Stanza(
            (X25519, encode_base64(share)), ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)
        )


class X25519Identity:
    """`AGE-SECRET-KEY-1…`; the 32-byte seed is the scalar."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._key = X25519PrivateKey.from_private_bytes(seed)

    def __str__(self) -> str:
        return encode_bech32("age-secret-key-", self.seed).upper()

    def recipient(self) -> X25519Recipient:
        """The public side."""
        return X25519Recipient(self._key.public_key().public_bytes_raw())

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """See Identity."""
        if stanza.arguments[0] != X25519:
            return None
        share = decode_base64(stanza.arguments[1].encode())
        shared = self._key.exchange(X25519PublicKey.from_public_bytes(share))
        key = _x25519_key(shared, share, self._key.public_key().public_bytes_raw())
        return _opened(key, stanza.body)


class HybridRecipient:
    """`age1pq1…`: an ML-KEM-768 encapsulation key and an X25519 point."""

    kind = HYBRID

    def __init__(self, key: bytes) -> None:
        self.key = key
        try:
            self._public = hpke.MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(key[:_MLKEM_KEY]),
                X25519PublicKey.from_public_bytes(key[_MLKEM_KEY:]),
            )
        except ValueError as error:
            raise BadKey("not a hybrid public key") from error

    def __str__(self) -> str:
        return encode_bech32("age1pq", self.key)

    def wrap(self, file_key: bytes) -> Stanza:
        """See Recipient.  Raises BadKey for a recipient of low order."""
        try:
            sealed = _HPKE.encrypt(file_key, self._public, info=_HYBRID_INFO)
        except ValueError as error:
            raise BadKey("the recipient cannot be written to") from error
        size = _MLKEM_CIPHERTEXT + _POINT
        return Stanza((HYBRID, encode_base64(sealed[:size])), sealed[size:])


class HybridIdentity:
    """`AGE-SECRET-KEY-PQ-1…`; SHAKE256 expands the 32-byte seed to the ML-KEM seed and the X25519 scalar."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        expanded = hashlib.shake_256(seed).digest(96)
        self._kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self._point = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._key = hpke.MLKEM768X25519PrivateKey(self._kem, self._point)

    def __str__(self) -> str:
        return encode_bech32("age-secret-key-pq-", self.seed).upper()

    def recipient(self) -> HybridRecipient:
        """The public side."""
        point = self._point.public_key().public_bytes_raw()
        return HybridRecipient(self._kem.public_key().public_bytes_raw() + point)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """See Identity."""
        if stanza.arguments[0] != HYBRID:
            return None
        encapsulated = decode_base64(stanza.arguments[1].encode())
        try:
            return _HPKE.decrypt(encapsulated + stanza.body, self._key, info=_HYBRID_INFO)
        except InvalidTag:
            return None


class Passphrase:
    """A passphrase as recipient and as identity; `work_factor` is the base-two logarithm of scrypt's N."""

    kind = SCRYPT

    def __init__(self, passphrase: str, work_factor: int = WORK_FACTOR) -> None:
        self.passphrase = passphrase.encode("utf-8")
        self.work_factor = work_factor

    def wrap(self, file_key: bytes) -> Stanza:
        """See Recipient."""
        salt = os.urandom(_SALT)
        body = ChaCha20Poly1305(self._key(salt, self.work_factor)).encrypt(_ZERO_NONCE, file_key, None)
        return Stanza((SCRYPT, encode_base64(salt), str(self.work_factor)), body)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """See Identity."""
        if stanza.arguments[0] != SCRYPT:
            return None
        salt = decode_base64(stanza.arguments[1].encode())
        return _opened(self._key(salt, int(stanza.arguments[2])), stanza.body)

    def _key(self, salt: bytes, work_factor: int) -> bytes:
        return Scrypt(_SCRYPT_LABEL + salt, 32, 1 << work_factor, 8, 1).derive(self.passphrase)


def check_stanzas(stanzas: Iterable[Stanza]) -> None:
    """Refuse malformed stanzas of known types; unknown types pass.  Raises HeaderFailure."""
    kinds = []
    for stanza in stanzas:
        kind, *arguments = stanza.arguments
        kinds.append(kind)
        if kind == X25519:
            _check(stanza, arguments, 1, _POINT)
        elif kind == HYBRID:
            _check(stanza, arguments, 1, _MLKEM_CIPHERTEXT + _POINT)
        elif kind == SCRYPT:
            _check(stanza, arguments, 2, _SALT)
            if _WORK_FACTOR.fullmatch(arguments[1]) is None or int(arguments[1]) > MAX_WORK_FACTOR:
                raise HeaderFailure("the work factor is malformed or too high")
    if SCRYPT in kinds and len(kinds) > 1:
        raise HeaderFailure("a passphrase stands alone in a header")


def parse_recipient(text: str) -> X25519Recipient | HybridRecipient:
    """Read `age1…` or `age1pq1…`.  Raises BadKey."""
    prefix, data = _decoded(text)
    if prefix == "age" and len(data) == _POINT and text.islower():
        return X25519Recipient(data)
    if prefix == "age1pq" and len(data) == _MLKEM_KEY + _POINT and text.islower():
        return HybridRecipient(data)
    raise BadKey("not a recipient of a known type")


def parse_identity(text: str) -> X25519Identity | HybridIdentity:
    """Read `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`.  Raises BadKey."""
    prefix, data = _decoded(text)
    if len(data) == _SEED and text.isupper():
        if prefix == "age-secret-key-":
            return X25519Identity(data)
        if prefix == "age-secret-key-pq-":
            return HybridIdentity(data)
    raise BadKey("not an identity of a known type")


def parse_identities(text: str) -> list[X25519Identity | HybridIdentity]:
    """Read an identity file: one a line, blank lines and `#` comments aside.  Raises BadKey."""
    lines = [line.strip() for line in text.splitlines()]
    found = [parse_identity(line) for line in lines if line and not line.startswith("#")]
    if not found:
        raise BadKey("the identity file holds no identity")
    return found


def _check(stanza: Stanza, arguments: list[str], count: int, size: int) -> None:
    if len(arguments) != count:
        raise HeaderFailure("a stanza has too few or too many arguments")
    try:
        first = decode_base64(arguments[0].encode())
    except ValueError as error:
        raise HeaderFailure("a stanza's argument is not canonical base64") from error
    if len(first) != size or len(stanza.body) != _BODY:
        raise HeaderFailure("a stanza's argument or body has the wrong length")
    if stanza.arguments[0] != SCRYPT:
        try:
            _PROBE.exchange(X25519PublicKey.from_public_bytes(first[-_POINT:]))
        except ValueError as error:
            raise HeaderFailure("a stanza's share is a point of low order") from error


def _x25519_key(shared: bytes, share: bytes, recipient: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=share + recipient, info=_X25519_INFO).derive(shared)


def _opened(key: bytes, body: bytes) -> bytes | None:
    try:
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
    except InvalidTag:
        return None


def _decoded(text: str) -> tuple[str, bytes]:
    try:
        return decode_bech32(text)
    except ValueError as error:
        raise BadKey(f"not a key: {error}") from error
