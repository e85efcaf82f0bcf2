"""`python -m evaluation recompute FILE` prints the award that follows from published inputs. No Django."""

import json
import sys
from decimal import Decimal
from pathlib import Path

from evaluation.scoring.case import CaseError, unknown_members
from evaluation.scoring.recompute import recompute

USAGE = "usage: python -m evaluation recompute FILE   (- reads standard input)"


def without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise CaseError(f"the member {twice[0]!r} is given twice in one object")
    return members


def no_constant(name: str) -> object:
    raise CaseError(f"{name} is not a number")


def read(name: str) -> object:
    """Read a JSON file: decimals stay exact, a member given twice is refused."""
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return json.loads(
        data.decode("utf-8-sig"),
        parse_float=Decimal,
        parse_constant=no_constant,
        object_pairs_hook=without_duplicates,
    )


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] != "recompute":
        print(USAGE, file=sys.stderr)
        return 2
    try:
        case = read(arguments[1])
        result = recompute(case)
    except OSError as error:
        print(f"error: cannot read {arguments[1]}: {error.strerror}", file=sys.stderr)
        return 1
    except CaseError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except (ValueError, ArithmeticError, RecursionError) as error:
        print(f"error: {arguments[1]} is not usable JSON: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    for path in unknown_members(case):
        print(f"note: {path} is not a member that is used", file=sys.stderr)
    text = json.dumps(result, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
