"""Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature); pure.

A *note* is text plus signature lines.  A *checkpoint* is a note whose text is origin, size and root.  A
*cosignature* is a witness's Ed25519 signature over a checkpoint and an instant (whole seconds since the
epoch).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1 << 20
_DASH = "\N{EM DASH} "
_MAX_TIMESTAMP = (1 << 63) - 1


class MalformedNote(ValueError):
    """The text is not a signed note, checkpoint, verifier key or signer key."""


class UnverifiedNote(ValueError):
    """A known key's signature does not verify, or no known key signed."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name; `algorithm` is ED25519 or COSIGNATURE_V1."""

    name: str
    algorithm: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that, with the name, tell which key signed."""
        return _key_id(self.name, self.algorithm, self.public_key)

    @property
    def vkey(self) -> str:
        """The text form `name+hex id+base64(algorithm | key)`."""
        material = bytes([self.algorithm]) + self.public_key
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(material).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read a vkey.  Raises MalformedNote, also for algorithms other than the two known here."""
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise MalformedNote("a verifier key has three parts separated by '+'")
        name, key_id, encoded = parts
        _check_name(name)
        material = decode_base64(encoded)
        if not material or material[0] not in (ED25519, COSIGNATURE_V1):
            raise MalformedNote("the verifier key names an unknown algorithm")
        if len(material) != 33:
            raise MalformedNote("an Ed25519 verifier key has 32 bytes")
        verifier = cls(name, material[0], material[1:])
        if verifier.key_id.hex() != key_id:
            raise MalformedNote("the verifier key's id does not belong to its name and key")
        return verifier

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (without the key id) is this key's over the note text."""
        message = text.encode()
        if self.algorithm == COSIGNATURE_V1:
            if len(signature) != 72:
                return False
            timestamp = int.from_bytes(signature[:8], "big")
            if timestamp > _MAX_TIMESTAMP:
                return False
            message, signature = _cosigned_message(text, timestamp), signature[8:]
        return self.signed(message, signature)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over plain bytes (statements beside notes)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: `body` is what follows the key id."""

    name: str
    key_id: bytes
    body: bytes

    @property
    def line(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.body).decode()}\n"

    @property
    def timestamp(self) -> int:
        """Seconds since the epoch of a cosignature.

        Meaningful only once verified with a COSIGNATURE_V1 key.
        """
        return int.from_bytes(self.body[:8], "big")


class Signer:
    """A private Ed25519 key under a name: signs notes, or cosigns checkpoints when `algorithm` says so."""

    def __init__(self, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        _check_name(name)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, algorithm, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """Sign the note text (must end in a newline).  Raises MalformedNote."""
        _check_text(text)
        if self.verifier.algorithm != ED25519:
            raise MalformedNote("this key only cosigns checkpoints")
        return Signature(self.verifier.name, self.verifier.key_id, self._key.sign(text.encode()))

    def sign_bytes(self, message: bytes) -> bytes:
        """Sign plain bytes that no note text can equal: 64 bytes."""
        return self._key.sign(message)

    def cosign(self, text: str, timestamp: int) -> Signature:
        """Cosign checkpoint text at `timestamp` (whole seconds since the epoch, > 0).

        Raises MalformedNote.
        """
        Checkpoint.parse(text)
        if self.verifier.algorithm != COSIGNATURE_V1 or not 0 < timestamp <= _MAX_TIMESTAMP:
            raise MalformedNote("not a cosigning key, or the instant is out of range")
        body = timestamp.to_bytes(8, "big") + self._key.sign(_cosigned_message(text, timestamp))
        return Signature(self.verifier.name, self.verifier.key_id, body)


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed, not yet verified note: do not use `text` before `verified` returned."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, source: str | bytes) -> Note:
        """Split a note into text and signatures.  Raises MalformedNote."""
        try:
            note = source.decode("utf-8") if isinstance(source, bytes) else source
            size = len(note.encode("utf-8"))
        except UnicodeError as error:
            raise MalformedNote("a note is valid UTF-8") from error
        if size > MAX_NOTE_BYTES:
            raise MalformedNote("the note is too long")
        if any(char < " " and char != "\n" for char in note):
            raise MalformedNote("a note has no control characters")
        cut = note.rfind("\n\n")
        if cut < 0:
            raise MalformedNote("a note has an empty line before its signatures")
        text, tail = note[: cut + 1], note[cut + 2 :]
        if not tail.endswith("\n"):
            raise MalformedNote("a note ends with a signature line")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise MalformedNote("the note has too many signatures")
        return cls(text, tuple(parse_signature(line) for line in lines))

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)

    def verified(self, keys: Iterable[Verifier]) -> list[tuple[Verifier, Signature]]:
        """The signatures by `keys`, each verified; others are ignored.

        Raises UnverifiedNote when a signature that names one of `keys` fails, or when none of them signed.
        """
        known = {(key.name, key.key_id): key for key in keys}
        found = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not key.verifies(self.text, signature.body):
                raise UnverifiedNote(f"the signature of {key.name} does not verify")
            found.append((key, signature))
        if not found:
            raise UnverifiedNote("no known key signed this note")
        return found


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's tree head: `origin` names the log.

    `root` is the RFC 6962 hash over its first `size` entries.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read checkpoint text; extension lines are allowed and not kept.  Raises MalformedNote."""
        _check_text(text)
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise MalformedNote("a checkpoint has origin, size and root, and no empty line")
        origin, size, root = lines[:3]
        if not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0") or len(size) > 19:
            raise MalformedNote("a checkpoint's size is a decimal number without leading zeros")
        hashed = decode_base64(root)
        if len(hashed) != 32:
            raise MalformedNote("a checkpoint's root has 32 bytes")
        return cls(origin, int(size), hashed)


def parse_signature(line: str) -> Signature:
    """Read one signature line without its newline.  Raises MalformedNote."""
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2:
        raise MalformedNote("a signature line is: em dash, space, key name, space, base64")
    name, encoded = parts
    _check_name(name)
    content = decode_base64(encoded)
    if len(content) < 5:
        raise MalformedNote("a signature is longer than its key id")
    return Signature(name, content[:4], content[4:])


def decode_base64(text: str) -> bytes:
    """Standard base64 with padding, in its one canonical spelling.  Raises MalformedNote."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedNote("not base64") from error
    if base64.b64encode(content).decode() != text:
        raise MalformedNote("not canonical base64")
    return content


def _key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


def _cosigned_message(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _check_name(name: str) -> None:
    _check_unicode(name)
    if not name or "+" in name or any(char.isspace() or char < " " for char in name):
        raise MalformedNote("a key name is not empty and has no space and no '+'")


def _check_text(text: str) -> None:
    _check_unicode(text)
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise MalformedNote("note text ends in a newline and has no control characters")


def _check_unicode(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeError as error:
        raise MalformedNote("a note is valid UTF-8") from error
