"""What never belongs in the repository: keys, paths of one machine, registry addresses, unfinished notes."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT, files, report

LARGEST_BYTES = 5 * 1024 * 1024
# Each pattern is written so that it does not find itself.
FORBIDDEN = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}"),
    "age identity": re.compile(r"AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{40}"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token": re.compile(r"\b(?:ghp|gho|ghs|glpat|npm|pypi)[_-][A-Za-z0-9_-]{30}"),
    "path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home/[a-z]+)/[\w.-]+"),
    "registry address": re.compile(
        r"(?:files\.pythonhosted|pypi|registry\.npmjs|registry\.yarnpkg|deb\.debian|crates)\.(?:org|com|io)\b"
    ),
    "local registry": re.compile(r"file:///|--(?:extra-)?index-url|--find-links|--trusted-host"),
    "unfinished note": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b"),
}
#: Test vectors hold keys that were made to be public.
PUBLIC_KEYS = re.compile(r"^(?:tests/vectors/|bidding/sealing/vectors|tests/.*/vectors/)")
BINARY = (".png", ".jpg", ".ico", ".woff2", ".pdf", ".gz", ".age", ".webp", ".mo", ".xlsx", ".zip", ".wasm")


def findings(name: str, text: str) -> list[str]:
    """What a text file holds that it must not, with line numbers."""
    found = []
    for what, pattern in FORBIDDEN.items():
        if what in {"private key", "age identity"} and PUBLIC_KEYS.match(name):
            continue
        for hit in pattern.finditer(text):
            found.append(f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {what}: {hit.group()[:60]!r}")
    return found


def test_no_file_holds_what_must_stay_outside() -> None:
    wrong = []
    for name in files():
        if name.endswith(BINARY) or name == "tests/architecture/test_keep_repository_clean.py":
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += findings(name, text)
    fix = "keys come from the environment or var/; paths are relative; work is finished or left out"
    assert not wrong, report(wrong, fix)


def test_no_file_is_huge() -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in files()}
    wrong = [f"{name}: {size} bytes" for name, size in sizes.items() if size > LARGEST_BYTES]
    assert not wrong, report(wrong, "make it at set-up or in the test, or ship a small example")


def test_lock_files_pin_every_package_by_hash() -> None:
    wrong = []
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        text = re.sub(r"\\\n\s+", "", (ROOT / name).read_text(encoding="utf-8"))
        for line in text.splitlines():
            if (
                line
                and not line.lstrip().startswith("#")
                and not re.match(r"[\w.-]+==\S+ ?.*--hash=sha256:", line)
            ):
                wrong.append(f"{name}: {line[:60]}")
    assert not wrong, report(wrong, "make lock")


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-node"])
def test_lock_files_hold_every_direct_dependency(name: str) -> None:
    wanted = set()
    for line in (ROOT / f"{name}.in").read_text(encoding="utf-8").splitlines():
        requirement = line.split("#")[0].strip()
        if requirement and not requirement.startswith("-"):
            wanted.add(re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-"))
    locked = re.findall(r"^([\w.-]+)==", (ROOT / f"{name}.txt").read_text(encoding="utf-8"), re.M)
    missing = sorted(wanted - {package.lower().replace("_", "-") for package in locked})
    assert not missing, report(missing, "make lock")


def test_the_front_end_lock_names_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text, (
        "package-lock.json names addresses; .npmrc must omit them: npm install again"
    )
    assert text.count('"integrity"') >= 5


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN " + "PRIVATE KEY-----\n" + "A" * 40, "private key"),
        ("AGE-SECRET-KEY" + "-1" + "Q" * 58, "age identity"),
        ("see /wo" + "rk/main/x.py", "path of one machine"),
        ("https://py" + "pi.org/simple", "registry address"),
        ("# TO" + "DO later", "unfinished note"),
    ],
)
def test_the_detector_finds_what_must_stay_outside(text: str, what: str) -> None:
    assert [line for line in findings("core/x.py", text) if f" {what}:" in line]


@pytest.mark.parametrize("text", ["/workdays/2026", "a/work/b", "networks", "/home page"])
def test_the_detector_leaves_ordinary_text_alone(text: str) -> None:
    assert findings("core/x.py", text) == []
