"""`python -m core.law register` prints the register of statutory values as Markdown."""

import sys

from core.law.current import book
from core.law.register import render


def main(arguments: list[str]) -> int:
    if arguments != ["register"]:
        print("usage: python -m core.law register", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(render(book()).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
