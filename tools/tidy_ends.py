"""Give text files exactly one newline at their end and no blanks before any; exit code 1 when one changed."""

import re
import sys
from pathlib import Path


def tidy(text: str) -> str:
    """The text as it should be committed."""
    return re.sub(r"[ \t]+(?=\n)", "", text).rstrip("\n") + "\n" if text.strip() else ""


def main(names: list[str]) -> int:
    changed = False
    for name in names:
        path = Path(name)
        before = path.read_text(encoding="utf-8")
        after = tidy(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"tidied {name}")
            changed = True
    return int(changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
