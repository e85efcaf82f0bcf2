"""Verified updates: a signed list of every file of a release, recomputed on the keeper's own machine.

It covers this program's files, not Python and the two packages that `requires` lines name with their versions; those
come from where the institution gets its software.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bidding.sealing.encoding import h
from core.ledger.note import MalformedNote, Note, UnverifiedNote, Verifier

HERE = Path(__file__).resolve().parents[2]
MANIFEST = "MANIFEST"
KIND = "mingcai/v1/keeper-release"
_FOLDERS = ("bidding", "core")


class NotAsReleased(Exception):
    """The files are not those of a release; `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems[:5]))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Release:
    """What a manifest promises: `files` by path, `requires` by package."""

    version: str
    files: dict[str, str]
    requires: dict[str, str]

    def text(self) -> str:
        """The text that is signed."""
        lines = [KIND, self.version]
        lines += [f"requires {name}=={number}" for name, number in sorted(self.requires.items())]
        return "\n".join(lines + [f"{digest}  {path}" for path, digest in sorted(self.files.items())]) + "\n"

    @classmethod
    def parse(cls, text: str) -> Release:
        """Read it strictly.  Raises NotAsReleased."""
        lines = text.splitlines()
        if len(lines) < 3 or lines[0] != KIND:
            raise NotAsReleased(["this is not the manifest of a keeper release"])
        required = [
            line.removeprefix("requires ").split("==") for line in lines[2:] if line[:9] == "requires "
        ]
        listed = [line.split("  ", 1) for line in lines[2:] if line[:9] != "requires "]
        if any(len(row) != 2 for row in [*required, *listed]):
            raise NotAsReleased(["the manifest has a line of another form"])
        release = cls(lines[1], {path: digest for digest, path in listed}, dict(required))
        if release.text() != text or any(
            ".." in Path(path).parts or path[:1] == "/" for path in release.files
        ):
            raise NotAsReleased(["the manifest is not written as releases write it"])
        return release


def signed_release(manifest: str, release_key: str) -> Release:
    """The release that the key's owner signed.  Raises NotAsReleased."""
    try:
        note = Note.parse(manifest)
        note.verified([Verifier.parse(release_key)])
    except (MalformedNote, UnverifiedNote) as error:
        raise NotAsReleased([f"the manifest is not signed by the release key: {error}"]) from error
    return Release.parse(note.text)


def verify(root: Path, release_key: str, manifest: str | None = None) -> Release:
    """Recompute every hash below `root`.  Raises NotAsReleased: changed, missing or added files, other packages."""
    if manifest is None:
        try:
            manifest = (root / MANIFEST).read_text(encoding="utf-8")
        except OSError as error:
            raise NotAsReleased([f"there is no {MANIFEST} here: this is no released package"]) from error
    release = signed_release(manifest, release_key)
    problems = []
    for path, digest in release.files.items():
        file = root / path
        if file.is_symlink() or not file.is_file():
            problems.append(f"missing: {path}")
        elif h(file.read_bytes()).hex() != digest:
            problems.append(f"changed: {path}")
    problems += [f"added: {path}" for path in _found(root) if path not in release.files]
    for package, number in release.requires.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            installed = "none"
        if installed != number:
            problems.append(f"package {package}: {installed} instead of {number}")
    if problems:
        raise NotAsReleased(sorted(problems))
    return release


def fingerprint(root: Path = HERE) -> str:
    """One hash over every Python file of the program, for the transcript of a ceremony."""
    own = ("bidding/keeper/", "bidding/sealing/", "core/canonical", "core/ledger/")
    paths = [path for path in _found(root) if path.endswith(".py") and path.startswith(own)]
    return h(*(f"{h((root / path).read_bytes()).hex()}  {path}\n".encode() for path in paths)).hex()


def _found(root: Path) -> list[str]:
    """Everything that Python could load from the program's folders, compiled files too."""
    found = [path for folder in _FOLDERS for path in (root / folder).rglob("*")]
    found += [path for path in root.glob("*.py")]
    return sorted(str(path.relative_to(root)) for path in found if path.is_symlink() or path.is_file())
