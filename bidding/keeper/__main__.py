"""`python -m bidding.keeper COMMAND`: run a keeper, hold its ceremonies, read its calendar and statements."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from bidding.keeper.decide import Decision, decide
from core.canonical import NotJson, NotStrict, read_json


def decide_stdin(arguments: list[str]) -> int:
    """Decide the case on stdin: 0 with the decision on stdout, 2 when stdin is not JSON."""
    if arguments:
        print("usage: python -m bidding.keeper decide < case.json", file=sys.stderr)
        return 2
    try:
        decision = decide(read_json(sys.stdin.buffer.read()))
    except NotStrict as error:
        decision = Decision(False, f"malformed: {error}")
    except NotJson as error:
        print(f"stdin is not JSON: {error}", file=sys.stderr)
        return 2
    print(json.dumps(decision.as_json()))
    return 0


def serve(arguments: list[str]) -> int:
    """Run a keeper."""
    from bidding.keeper import run

    return run.main(arguments)


def main(arguments: list[str]) -> int:
    """Dispatch: 0 when done, 1 when refused, 2 for wrong usage."""
    commands: dict[str, Callable[[list[str]], int]] = {"decide": decide_stdin, "serve": serve}
    if arguments and arguments[0] in commands:
        return commands[arguments[0]](arguments[1:])
    from bidding.keeper import commands as desk

    return desk.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
