"""The image holds no secret, no Node, and runs as nobody in particular."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import PACKAGES, ROOT

LINES = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
STAGES = "\n".join(LINES).split("\nFROM ")[1:]
LAST = STAGES[-1]
IGNORE = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.requirement("S003-51")
def test_the_last_stage_runs_as_an_ordinary_user() -> None:
    users = re.findall(r"^USER (\S+)$", LAST, re.M)
    assert users
    assert users[-1].split(":")[0] not in {"root", "0"}
    assert not re.search(r"^RUN", LAST[LAST.index("\nUSER ") :], re.M), (
        "nothing is built after the user is set"
    )


def test_no_secret_is_baked_in() -> None:
    for line in LINES:
        if line.startswith(("ARG", "ENV")):
            assert not re.search(r"SECRET|PASSWORD|TOKEN|_KEY\b", line), line
    assert IGNORE[1] == "*", "the build context starts empty"
    allowed = {line[1:] for line in IGNORE if line.startswith("!")}
    assert not allowed & {".env", "var", ".git", ".venv", "tests"}


def test_the_context_holds_every_package() -> None:
    allowed = {line[1:] for line in IGNORE if line.startswith("!")}
    assert set(PACKAGES) <= allowed


def test_python_packages_are_checked_against_their_hashes() -> None:
    installs = [line for line in LINES if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_node_stays_in_the_build() -> None:
    assert re.match(r"node:\d+", STAGES[0])
    assert "npm ci --ignore-scripts" in STAGES[0]
    assert "node" not in LAST.split("\n", 1)[0]
    assert "npm" not in LAST


def test_the_image_says_whether_it_is_well() -> None:
    assert re.search(r"^HEALTHCHECK .*/healthz", LAST, re.M)


def test_base_images_name_their_version() -> None:
    for stage in STAGES:
        assert re.match(r"[\w./-]+:\d[\w.-]* AS \w+", stage), stage.split("\n")[0]
