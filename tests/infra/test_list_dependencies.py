"""Every direct dependency is listed with licence and reason, and no listed one is gone."""

from __future__ import annotations

import json
import re

from tests.architecture.sources import ROOT, report

PAGE = ROOT / "docs" / "adr" / "0006-every-dependency-has-a-licence-and-a-reason.md"
#: Never in an installation, whatever it would do.
UNWANTED = re.compile(r"AGPL|(?<!L)GPL|SSPL|BUSL|proprietary", re.I)


def listed() -> dict[str, tuple[str, str]]:
    """Package → licence and reason, as the page lists them."""
    rows = re.findall(r"^\| ([\w.@/-]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    return {name.lower(): (licence.strip(), why.strip()) for name, licence, why in rows if name != "package"}


def declared() -> set[str]:
    """Package names in requirements*.in and package.json."""
    names = set()
    for file in ROOT.glob("requirements*.in"):
        for line in file.read_text(encoding="utf-8").splitlines():
            requirement = line.split("#")[0].strip()
            if requirement and not requirement.startswith("-"):
                names.add(re.split(r"[\[<>=!~; ]", requirement)[0].lower())
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    return names | set(package.get("dependencies", {})) | set(package.get("devDependencies", {}))


def test_every_dependency_has_a_licence_and_a_reason() -> None:
    missing, gone = sorted(declared() - listed().keys()), sorted(listed().keys() - declared())
    assert not missing, report(missing, f"add a line to {PAGE.name}: package, licence, why")
    assert not gone, report(gone, f"take the line out of {PAGE.name}")


def test_licences_can_be_lived_with() -> None:
    wrong = [f"{name}: {licence}" for name, (licence, _) in listed().items() if UNWANTED.search(licence)]
    assert not wrong, report(wrong, "find another package")
    assert all(licence and why for licence, why in listed().values())
