"""What an institution installs: the keeper alone, every file signed, every change refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bidding.keeper import install
from core.ledger.note import Note, Signer

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "keeper_release"


def tool(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(TOOL), *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The package as it is handed out, unpacked, and the release key's verifier."""
    folder = tmp_path_factory.mktemp("release")
    vkey = tool("key", str(folder / "release.key"))
    archive = tool("pack", str(folder / "release.key"), "1.2.3", str(folder))
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    home = folder / "mingcai-keeper-1.2.3"
    (home / "keeper").chmod(0o755)
    return home, vkey


@pytest.fixture
def copy(released, tmp_path):
    home, vkey = released
    shutil.copytree(home, tmp_path / "keeper")
    return tmp_path / "keeper", vkey


def keeper(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHON": sys.executable}
    command = [str(home / "keeper"), *arguments]
    return subprocess.run(
        command, cwd="/", env=environment, input=stdin, capture_output=True, text=True, check=False
    )


def test_the_package_runs_alone_and_is_still_as_released_afterwards(released):
    home, vkey = released
    checked = keeper(home, "verify-install", "--release-key", vkey)
    assert checked.returncode == 0, checked.stderr
    assert '"version": "1.2.3"' in checked.stdout
    assert keeper(home, "decide", stdin="{}").stdout.startswith('{"decision": "deny"')
    assert keeper(home, "serve", "--help").returncode == 0
    assert keeper(home, "create", "--help").returncode == 0
    assert install.verify(home, vkey).version == "1.2.3"
    assert not list(home.rglob("*.pyc"))
    for word in ("django", "models.py", "views", "client.py"):
        assert not [path for path in install.verify(home, vkey).files if word in path], word


def test_every_changed_missing_or_added_file_is_found(copy):
    home, vkey = copy
    release = install.verify(home, vkey)
    for path in release.files:
        file = home / path
        content = file.read_bytes()
        for harm in ("changed", "missing"):
            if harm == "changed":
                file.write_bytes(content + b"\n")
            else:
                file.unlink()
            with pytest.raises(install.NotAsReleased) as caught:
                install.verify(home, vkey)
            assert caught.value.problems == [f"{harm}: {path}"]
            file.write_bytes(content)
    for added in ("bidding/keeper/extra.py", "core/__pycache__/x.pyc", "json.py"):
        (home / added).parent.mkdir(exist_ok=True)
        (home / added).write_bytes(b"")
        with pytest.raises(install.NotAsReleased, match="added"):
            install.verify(home, vkey)
        (home / added).unlink()
    (home / "keeper").rename(home / "other")
    (home / "keeper").symlink_to(home / "other")
    with pytest.raises(install.NotAsReleased, match="missing: keeper"):
        install.verify(home, vkey)


def test_a_manifest_that_the_release_key_did_not_sign_is_refused(copy):
    home, vkey = copy
    text = Note.parse((home / install.MANIFEST).read_text()).text
    thief = Signer("keeper-release.mingcai", bytes(32))
    forged = str(Note(text, (thief.sign(text),)))
    signer = Signer("keeper-release.mingcai", b"\x01" * 32)

    def signed(changed: str) -> str:
        return str(Note(changed, (signer.sign(changed),)))

    assert install.verify(home, signer.verifier.vkey, signed(text)).version == "1.2.3"
    assert install.verify(home, vkey)
    for key, manifest in (
        (vkey, forged),
        (vkey, ""),
        (signer.verifier.vkey, signed("another text\n")),
        (signer.verifier.vkey, signed(text + "no form\n")),
        (signer.verifier.vkey, signed(text.replace("cryptography==", "cryptography==0."))),
        (signer.verifier.vkey, signed(text.replace("  keeper\n", "  ../keeper\n"))),
        ("no key", (home / install.MANIFEST).read_text()),
    ):
        with pytest.raises(install.NotAsReleased):
            install.verify(home, key, manifest)
    (home / install.MANIFEST).unlink()
    refused = keeper(home, "verify-install", "--release-key", vkey)
    assert refused.returncode == 1
    assert "no released package" in refused.stderr


def test_an_update_is_checked_by_the_copy_that_is_trusted(released, copy):
    trusted, vkey = released
    update, _ = copy
    check = ["verify-install", "--release-key", vkey, "--root", str(update)]
    assert keeper(trusted, *check).returncode == 0
    rule = update / "bidding/keeper/decide.py"
    rule.write_text(rule.read_text().replace("if now < opening:", "if False:"))
    refused = keeper(trusted, *check)
    assert refused.returncode == 1
    assert "changed: bidding/keeper/decide.py" in refused.stderr
    start = ["serve", "--dir", "/nonexistent/x", "--id", "K1", "--port", "0", "--release-key", vkey]
    assert "changed: bidding/keeper/decide.py" in keeper(update, *start).stderr


def test_the_manuals_say_how_large_the_program_is():
    sizes = [int(line.split()[0]) for line in tool("files").splitlines()]
    rule = len((ROOT / "bidding/keeper/decide.py").read_text().splitlines())
    service = len((ROOT / "bidding/keeper/service.py").read_text().splitlines())
    for name, under in (("en", r"under ([\d,]+) lines"), ("zh", r"不到 ([\d,]+) 行")):
        text = (ROOT / f"docs/keeper-manual.{name}.md").read_text(encoding="utf-8")
        said = [int(number.replace(",", "")) for number in re.findall(under, text)]
        for real, bound in zip((sum(sizes), rule, service), said, strict=True):
            assert 0.8 * bound < real < bound, (name, real, bound)
