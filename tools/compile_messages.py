"""Compile every translation catalogue (.po to .mo) that is newer than its compiled file; needs no gettext."""

import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
SKIPPED = {".venv", "node_modules", "var"}


def catalogues(root: Path = ROOT) -> list[Path]:
    """The project's own .po files."""
    tops = [path for path in root.iterdir() if path.is_dir() and path.name not in SKIPPED]
    return sorted(po for top in tops for po in top.glob("**/locale/*/LC_MESSAGES/*.po"))


def main() -> int:
    for po in catalogues():
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        print(f"setup: compiling {po.relative_to(ROOT)}", file=sys.stderr)
        fresh = mo.with_suffix(".mo.new")
        polib.pofile(str(po)).save_as_mofile(str(fresh))
        fresh.replace(mo)
    return 0


if __name__ == "__main__":
    sys.exit(main())
