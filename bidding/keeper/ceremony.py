"""Keys are made, rotated and restored at a ceremony that two officers attend and confirm.

Nothing of the keys is kept unless both typed back the digits of the very transcript that is filed.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bidding.keeper import backup, keys
from bidding.keeper.install import fingerprint
from bidding.sealing.encoding import canonical, h, labelled
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.objects import Keeper
from bidding.sealing.shape import Members, write_instant
from bidding.sealing.statements import Statement

RECORDS = "ceremonies"
DIGITS = 20
Ask = Callable[[str], str]


class CeremonyRefused(Exception):
    """The ceremony does not take place; everything is as it was before."""


@dataclass(frozen=True, slots=True)
class Ceremony:
    """Who attends, where the keys live, who backs them up.  `ask` puts a question to whoever sits there."""

    folder: Path
    keeper: str
    officers: tuple[str, str]
    out: Path
    k: int
    n: int
    ask: Ask
    now: Callable[[], datetime]
    place: str = ""

    def create(self) -> Statement:
        """Make the first keys.  Raises CeremonyRefused."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise CeremonyRefused("the folder is not empty: a keeper's first keys are made in a new one")
        return self._hold("create", keys.create)

    def rotate(self, starts: datetime) -> Statement:
        """Make the next age identity.  Raises CeremonyRefused."""
        if starts <= self.now():
            raise CeremonyRefused("the next key begins in the future, so that it can be announced")
        try:
            if keys.open_keys(self.folder, self.keeper).next(self.now()) is not None:
                raise CeremonyRefused("a next key is announced already")
        except keys.KeysMissing as error:
            raise CeremonyRefused(str(error)) from error
        return self._hold("rotate", lambda draft: keys.rotate(draft, starts))

    def restore(self, shares: Sequence[backup.BackupShare]) -> Statement:
        """Write the keys that the shares give.  Raises CeremonyRefused."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise CeremonyRefused("the folder is not empty: keys are restored into a new one")

        def make(draft: Path) -> None:
            backup.restore(draft, self.keeper, shares)

        return self._hold("restore", make)

    def _hold(self, act: str, make: Callable[[Path], object]) -> Statement:
        """Do it in a draft folder, have it confirmed, then put it in place."""
        first, second = (name.strip() for name in self.officers)
        if not first or not second or first == second:
            raise CeremonyRefused("a ceremony has two officers")
        if not 2 <= self.k < self.n <= 255:
            raise CeremonyRefused("the backup needs 2 <= k < n: one lost share must not lose the key")
        if self.out.exists() and any(self.out.iterdir()):
            raise CeremonyRefused("the folder for the shares is not empty")
        parent = self.folder.absolute().parent
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".ceremony-", dir=parent) as name:
            draft = Path(name) / "keys"
            draft.mkdir(mode=0o700)
            for path in sorted(self.folder.glob("*")) if self.folder.exists() else []:
                if path.name == keys.SIGNING or path.name.startswith(("age-identity-", keys.PERIODS)):
                    shutil.copy2(path, draft / path.name)
            try:
                make(draft)
                made = keys.open_keys(draft, self.keeper)
                shares = backup.split_keys(draft, self.keeper, self.k, self.n)
            except (keys.KeysMissing, backup.BackupRefused, SealingError) as error:
                raise CeremonyRefused(str(error)) from error
            files = {f"share-{share.i}-of-{share.n}.json": canonical(share.to_json()) for share in shares}
            transcript = self._transcript(act, made, shares[0], files)
            record = made.sign(self._confirmed(transcript))
            self._put_in_place(draft, files, record, act)
        return record

    def _transcript(
        self, act: str, made: keys.Keys, share: backup.BackupShare, files: dict[str, bytes]
    ) -> dict[str, object]:
        return {
            "type": "mingcai/v1/ceremony",
            "act": act,
            "keeper": self.keeper,
            "place": self.place,
            "begun_at": write_instant(self.now()),
            "officers": [name.strip() for name in self.officers],
            "vkey": made.vkey,
            "keys": [
                {
                    "key_version": version,
                    "recipient": recipient,
                    "fingerprint": Keeper(
                        self.keeper, recipient, made.vkey, "https://x", version
                    ).fingerprint(),
                    "starts_at": write_instant(made.starts[version]) if version in made.starts else None,
                }
                for version, recipient in made.recipients.items()
            ],
            "backup": {
                "k": self.k,
                "n": self.n,
                "digest": share.digest,
                "files": {name: h(content).hex() for name, content in files.items()},
            },
            "program": fingerprint(),
        }

    def _confirmed(self, transcript: dict[str, object]) -> dict[str, object]:
        """Show the transcript and have each officer type its digits.  Raises CeremonyRefused."""
        digest = transcript_hash(transcript)
        shown = json.dumps(transcript, ensure_ascii=False, indent=1)
        self.ask(f"{shown}\n\nTranscript: {in_groups(digest)}\nRead it together; press Enter. ")
        confirmations = []
        for officer in (name.strip() for name in self.officers):
            if self.ask(f"{officer}: type your name ").strip() != officer:
                raise CeremonyRefused(f"{officer} did not confirm")
            typed = "".join(self.ask(f"{officer}: type the {DIGITS} digits of the transcript ").split())
            if typed.lower() != digest[:DIGITS]:
                raise CeremonyRefused(f"{officer} typed other digits than the transcript has")
            confirmations.append(
                {"officer": officer, "digits": digest[:DIGITS], "at": write_instant(self.now())}
            )
        return {
            "type": "mingcai/v1/ceremony-record",
            "transcript": transcript,
            "transcript_hash": digest,
            "confirmations": confirmations,
        }

    def _put_in_place(self, draft: Path, files: dict[str, bytes], record: Statement, act: str) -> None:
        name = f"{write_instant(self.now())[:19].replace(':', '')}-{act}.json"
        content = json.dumps(record.to_json(), ensure_ascii=False, indent=1).encode() + b"\n"
        self.out.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file, data in {**files, name: content}.items():
            _write(self.out / file, data)
        # The shares are out before the keys are in: keys that nobody backed up never serve.
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / RECORDS).mkdir(exist_ok=True, mode=0o700)
        _write(self.folder / RECORDS / name, content)
        made = [path for path in sorted(draft.iterdir()) if not (self.folder / path.name).exists()]
        if (draft / keys.PERIODS).exists():
            (draft / keys.PERIODS).replace(self.folder / keys.PERIODS)
        for path in sorted(made, key=lambda path: path.name == keys.SIGNING):
            if path.exists():
                path.replace(self.folder / path.name)


def transcript_hash(transcript: dict[str, object]) -> str:
    """What the officers type the first digits of."""
    return labelled("ceremony", canonical(transcript)).hex()


def in_groups(digest: str) -> str:
    """The digits that people compare."""
    return " ".join(digest[at : at + 4] for at in range(0, DIGITS, 4))


def verify_record(value: object, vkey: str) -> dict[str, object]:
    """The transcript of a ceremony record that this keeper signed and two officers confirmed.

    Raises BadSignature, Malformed.
    """
    statement = Statement.from_json(value)
    statement.verify(vkey)
    members = Members(statement.body, "record", "ceremony-record")
    transcript, digest = members.take("transcript"), members.hash("transcript_hash")
    confirmations = members.items("confirmations", 2, _confirmation)
    members.done()
    if not isinstance(transcript, dict) or transcript_hash(transcript) != digest:
        raise BadSignature("the record is of another transcript")
    officers = transcript.get("officers")
    if len({name for name, _ in confirmations}) != 2 or [name for name, _ in confirmations] != officers:
        raise Malformed("not both officers confirmed")
    if any(digits != digest[:DIGITS] for _, digits in confirmations):
        raise Malformed("an officer confirmed another transcript")
    if transcript.get("vkey") != vkey:
        raise BadSignature("the transcript names another key")
    return transcript


def _confirmation(value: object) -> tuple[str, str]:
    members = Members(value, "confirmation")
    name, digits = members.text("officer", 200, shortest=1), members.text("digits", DIGITS)
    members.instant("at")
    members.done()
    return name, digits


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
