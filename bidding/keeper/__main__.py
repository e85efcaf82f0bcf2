"""`python -m bidding.keeper decide` judges one case from stdin; `serve` runs a keeper."""

from __future__ import annotations

import json
import sys

from bidding.keeper.decide import Decision, decide
from core.canonical import NotJson, NotStrict, read_json


def decide_stdin() -> int:
    """Decide the case on stdin: 0 with the decision on stdout, 2 when stdin is not JSON."""
    try:
        decision = decide(read_json(sys.stdin.buffer.read()))
    except NotStrict as error:
        decision = Decision(False, f"malformed: {error}")
    except NotJson as error:
        print(f"stdin is not JSON: {error}", file=sys.stderr)
        return 2
    print(json.dumps(decision.as_json()))
    return 0


def main(arguments: list[str]) -> int:
    """Dispatch the two commands."""
    if arguments == ["decide"]:
        return decide_stdin()
    if arguments[:1] == ["serve"]:
        from bidding.keeper import server

        return server.main(arguments[1:])
    print("usage: python -m bidding.keeper decide < case.json | serve --help", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
