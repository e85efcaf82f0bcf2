"""Setting up a fresh clone: what it installs, what it only asks for, and that a second run does nothing twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT


@dataclass
class Clone:
    """A small tree with the real tools/setup and stand-ins for the system's commands, which write down their calls."""

    folder: Path
    calls: Path
    installed: tuple[str, ...] = ()
    root: bool = True
    failing: tuple[str, ...] = field(default=())

    def stub(self, path: Path, body: str) -> None:
        """Put an executable stand-in at `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >>"{self.calls}"\n{body}\n')
        path.chmod(0o755)

    def set_up(self, level: str = "test") -> subprocess.CompletedProcess[str]:
        """Run tools/setup."""
        stubs = self.folder / "stubs"
        held = " ".join(f"installed={name}" for name in self.installed)
        self.stub(stubs / "dpkg-query", f'printf "%s " {held}')
        self.stub(stubs / "apt-get", "exit 1" if "apt-get" in self.failing else "")
        self.stub(stubs / "id", f"echo {0 if self.root else 1000}")
        self.stub(self.folder / ".venv/bin/python", "exit 1" if "pip" in self.failing else "")
        path = f"{stubs}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "tools/setup", level],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def called(self, word: str) -> list[str]:
        """The calls so far that contain `word`."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line for line in lines if word in line]


@pytest.fixture
def clone(tmp_path: Path) -> Callable[..., Clone]:
    def make(**options: object) -> Clone:
        (tmp_path / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "setup", tmp_path / "tools")
        (tmp_path / "requirements-dev.txt").write_text("django==5.2 --hash=sha256:00\n")
        return Clone(tmp_path, tmp_path / "calls", **options)  # type: ignore[arg-type]

    return make


def test_root_gets_the_missing_packages_after_an_update(clone: Callable[..., Clone]) -> None:
    tree = clone(installed=("postgresql", "fonts-noto-cjk"))
    done = tree.set_up()
    assert done.returncode == 0, done.stderr
    update, install = tree.called("apt-get")
    assert "update" in update
    assert "chromium" in install
    assert "redis-server" in install
    assert "postgresql" not in install
    assert "fonts-noto-cjk" not in install
    assert "installing Debian packages" in done.stderr


def test_others_are_told_the_command_and_go_on(clone: Callable[..., Clone]) -> None:
    tree = clone(root=False)
    done = tree.set_up()
    assert done.returncode == 0, done.stderr
    assert tree.called("apt-get") == []
    assert "apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk" in done.stderr
    assert tree.called("pip install"), "the Python environment is made all the same"


def test_a_failing_package_manager_is_reported_and_does_not_stop(clone: Callable[..., Clone]) -> None:
    tree = clone(failing=("apt-get",))
    done = tree.set_up()
    assert done.returncode == 0
    assert "could not install them" in done.stderr
    assert tree.called("pip install")


def test_nothing_is_asked_for_when_all_is_there(clone: Callable[..., Clone]) -> None:
    wanted = (
        "fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 chromium-headless-shell postgresql redis-server "
        "poppler-utils gettext libfaketime age openssl clamav-daemon"
    )
    tree = clone(installed=tuple(wanted.split()))
    assert tree.set_up().returncode == 0
    assert tree.called("apt-get") == []


def test_the_demonstration_needs_no_servers(clone: Callable[..., Clone]) -> None:
    tree = clone()
    assert tree.set_up("demo").returncode == 0
    install = tree.called("apt-get -q install")
    assert "libpango" in install[0]
    assert not [word for word in ("postgresql", "redis", "chromium") if word in install[0]]


def test_packages_are_installed_once_and_again_when_the_lock_changes(clone: Callable[..., Clone]) -> None:
    tree = clone()
    tree.set_up()
    tree.set_up()
    assert len(tree.called("pip install")) == 1
    assert "--require-hashes" in tree.called("pip install")[0]
    (tree.folder / "requirements-dev.txt").write_text("django==5.2.1 --hash=sha256:01\n")
    tree.set_up()
    assert len(tree.called("pip install")) == 2


def test_a_failed_install_stops_and_is_tried_again(clone: Callable[..., Clone]) -> None:
    tree = clone(failing=("pip",))
    done = tree.set_up()
    assert done.returncode == 1
    assert "pip could not install requirements-dev.txt" in done.stderr
    assert not (tree.folder / ".stamps" / "python").exists()
    tree.failing = ()
    assert tree.set_up().returncode == 0
    assert (tree.folder / ".stamps" / "python").exists()


def test_an_unknown_level_is_refused(clone: Callable[..., Clone]) -> None:
    tree = clone()
    done = tree.set_up("everything")
    assert done.returncode == 2
    assert "usage" in done.stderr
    assert not (tree.folder / ".stamps").exists()
