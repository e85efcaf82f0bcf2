"""Refuse catalogues with missing or fuzzy translations, and translations that lose a placeholder.

Where gettext's xgettext is installed the catalogues are also compared with the sources: a message id in the
code that a catalogue lacks is an error.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib
from compile_messages import ROOT, SKIPPED, catalogues

LEFT_OUT = SKIPPED | {"tests", "build"}
PLACEHOLDER = re.compile(r"%\([A-Za-z_]\w*\)[sdif]|\{[A-Za-z_]\w*\}")


def complaints(po: Path) -> list[str]:
    """What is wrong with one catalogue, one line each."""
    found = []
    source_language = po.parts[-3] == "en"
    for entry in polib.pofile(str(po)):
        if entry.obsolete:
            continue
        where = f"{po.relative_to(ROOT)}: {entry.msgid[:70]!r}"
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if entry.fuzzy:
            found.append(f"{where}: fuzzy")
        elif not all(texts) and not source_language:
            found.append(f"{where}: no translation")
        for text in filter(None, texts):
            wanted = set(PLACEHOLDER.findall(entry.msgid))
            allowed = wanted | set(PLACEHOLDER.findall(entry.msgid_plural or ""))
            used = set(PLACEHOLDER.findall(text))
            if used - allowed or (not entry.msgid_plural and wanted - used):
                found.append(f"{where}: placeholders differ: {sorted(wanted ^ used)}")
    return found


def missing_from(po: Path, ids: set[str]) -> list[str]:
    """Message ids of the sources that one catalogue does not hold."""
    held = {entry.msgid for entry in polib.pofile(str(po)) if not entry.obsolete}
    return [
        f"{po.relative_to(ROOT)}: {msgid[:70]!r}: not in the catalogue (make messages)"
        for msgid in ids - held
    ]


def source_ids(domain: str) -> set[str]:
    """All message ids in the sources, found by Django's own makemessages in a copy of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "tree")
        shutil.copytree(
            ROOT,
            copy,
            ignore=lambda where, names: [
                name
                for name in names
                if name.startswith(".") or name in SKIPPED or name in {"tests", "build"}
            ],
        )
        (copy / "config" / "locale").mkdir(parents=True, exist_ok=True)
        for old in copy.glob("**/locale/*/LC_MESSAGES/*.po"):
            old.unlink()
        command = [
            sys.executable,
            "manage.py",
            "makemessages",
            "-l",
            "zh_Hans",
            "-d",
            domain,
            "--no-location",
        ]
        subprocess.run(command, cwd=copy, check=True, capture_output=True, text=True)
        made = list(copy.glob(f"**/locale/zh_Hans/LC_MESSAGES/{domain}.po"))
        return {entry.msgid for po in made for entry in polib.pofile(str(po))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-extract", action="store_true", help="do not compare with the sources")
    options = parser.parse_args()
    found = [line for po in catalogues() for line in complaints(po)]
    if not catalogues():
        found.append("no catalogue at all under */locale/")
    if options.no_extract:
        pass
    elif shutil.which("xgettext"):
        for po in catalogues():
            if po.parts[-3] != "en":
                found += missing_from(po, source_ids(po.stem))
    else:
        print("translations: xgettext is not installed, so the sources were not compared", file=sys.stderr)
    for line in sorted(found):
        print(line)
    print(f"translations: {len(catalogues())} catalogues, {len(found)} complaints", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
