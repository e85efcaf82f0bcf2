"""Which test proves which requirement row: docs/requirements.json and docs/requirements.md.

    requirements_matrix.py write [FILE …]    write both from the files that a full test run left
    requirements_matrix.py check [FILE …]    refuse when a full run saw something else than committed
    requirements_matrix.py static            without a run: all rows, tests exist, .md follows from .json
    requirements_matrix.py table             make the .md from the committed .json

FILE is what `tests/plugin_requirements.py` wrote; the default is var/test-results/requirements-*.json.  A
test proves its rows if it passed in at least one lane and failed in none.  A test that was skipped everywhere
(a browser or a reference folder is missing here) keeps its committed place: `check` compares only what ran.
"""

import argparse
import csv
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS = ROOT / "docs" / "requirements-rows.csv"
JSON = ROOT / "docs" / "requirements.json"
TABLE = ROOT / "docs" / "requirements.md"
RESULTS = ROOT / "var" / "test-results"
SOURCES = {
    "000": "财综〔2017〕57号: the information platform for government-purchased services",
    "001": "渝北区: purchase of information services by the government (trial measures)",
    "002": "吉财采购〔2018〕405号 with 财库〔2017〕86号: publication of procurement information",
    "003": "浙江省: plan for the informatisation of government procurement",
    "004": "中国政府采购报, December 2017: electronic procurement in the regions",
}

Matrix = dict[str, list[str]]


def rows() -> list[dict[str, str]]:
    """All requirement rows in order: id, source, meaning."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def merged(files: list[Path]) -> dict[str, tuple[str, list[str]]]:
    """Each marked test's outcome over all lanes, and the rows it names."""
    tests: dict[str, tuple[set[str], set[str]]] = {}
    for file in files:
        for node, seen in json.loads(file.read_text(encoding="utf-8"))["tests"].items():
            outcomes, ids = tests.setdefault(node, (set(), set()))
            outcomes.add(seen["outcome"])
            ids.update(seen["requirements"])
    return {
        node: (next((o for o in ("failed", "passed") if o in outcomes), "skipped"), sorted(ids))
        for node, (outcomes, ids) in tests.items()
    }


def committed() -> Matrix:
    """The matrix as committed, with every row; a row nobody proves has an empty list."""
    held = json.loads(JSON.read_text(encoding="utf-8")) if JSON.exists() else {}
    return {row["id"]: list(held.get(row["id"], [])) for row in rows()}


def seen_matrix(tests: dict[str, tuple[str, list[str]]], before: Matrix) -> Matrix:
    """The matrix after a run: what passed, and the committed places of what was skipped."""
    matrix: Matrix = {row["id"]: [] for row in rows()}
    for node, (outcome, ids) in sorted(tests.items()):
        for id_ in ids:
            if outcome == "passed" or (outcome == "skipped" and node in before.get(id_, [])):
                matrix[id_].append(node)
    return matrix


def as_json(matrix: Matrix) -> str:
    """The committed spelling of a matrix."""
    return json.dumps(matrix, indent=1, ensure_ascii=False) + "\n"


def as_table(matrix: Matrix) -> str:
    """The page for people: every row with its meaning and the tests that prove it."""
    proven = sum(bool(nodes) for nodes in matrix.values())
    lines = [
        "# What the source documents ask for, and which test proves it",
        "",
        f"{proven} of {len(matrix)} rows are proven by a test that passed in the last full run. This page is",
        "made by `make docs` from `requirements-rows.csv` and `requirements.json`.",
    ]
    source = None
    for row in rows():
        if row["source"] != source:
            source = row["source"]
            own = [nodes for id_, nodes in matrix.items() if id_.startswith(f"S{source}-")]
            lines += ["", f"## {source} – {SOURCES[source]}", ""]
            lines += [
                f"{sum(map(bool, own))} of {len(own)} rows proven.",
                "",
                "| row | meaning | proven by |",
            ]
            lines += ["|---|---|---|"]
        nodes = matrix[row["id"]]
        meaning = row["meaning"].replace("|", "\\|")
        lines.append(f"| {row['id']} | {meaning} | {'<br>'.join(map(link, nodes)) or '–'} |")
    return "\n".join(lines) + "\n"


def link(node: str) -> str:
    """A link from docs/ to the file of a test."""
    path, _, name = node.partition("::")
    return f"[{name.rpartition('::')[2].replace('_', ' ')}](../{path})"


def differences(now: Matrix, before: Matrix) -> list[str]:
    """What a run saw otherwise than committed, one line each."""
    found = []
    for id_ in before:
        found += [
            f"{id_}: {node} passed but is not listed" for node in sorted(set(now[id_]) - set(before[id_]))
        ]
        found += [
            f"{id_}: {node} is listed but did not pass" for node in sorted(set(before[id_]) - set(now[id_]))
        ]
    return found


def static_complaints() -> list[str]:
    """What is wrong with the committed files by themselves."""
    if not JSON.exists():
        return ["docs/requirements.json is absent"]
    held, wanted = json.loads(JSON.read_text(encoding="utf-8")), [row["id"] for row in rows()]
    found = [f"docs/requirements.json lacks {id_}" for id_ in wanted if id_ not in held]
    found += [f"docs/requirements.json holds an unknown row {id_}" for id_ in held if id_ not in wanted]
    for node in sorted({node for nodes in held.values() for node in nodes}):
        path, _, name = node.partition("::")
        file = ROOT / path
        function = re.escape(name.rpartition("::")[2])
        if not file.is_file() or not re.search(rf"def {function}\b", file.read_text(encoding="utf-8")):
            found.append(f"docs/requirements.json names a test that is gone: {node}")
    if not found and (not TABLE.exists() or TABLE.read_text(encoding="utf-8") != as_table(committed())):
        found.append("docs/requirements.md does not follow from docs/requirements.json: make docs")
    return found


def main() -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("verb", choices=["write", "check", "static", "table"])
    parser.add_argument("files", nargs="*", type=Path, help="results of a full run")
    options = parser.parse_args()
    if options.verb == "table":
        TABLE.write_text(as_table(committed()), encoding="utf-8")
        return 0
    if options.verb == "static":
        return complain(static_complaints(), "the committed requirement matrix is consistent")
    files = options.files or sorted(RESULTS.glob("requirements-*.json"))
    if not files:
        return complain(["no results of a full run; run make test first"], "")
    now = seen_matrix(merged(files), committed())
    proven = f"{sum(map(bool, now.values()))} of {len(now)} rows proven"
    if options.verb == "write":
        JSON.write_text(as_json(now), encoding="utf-8")
        TABLE.write_text(as_table(now), encoding="utf-8")
        return complain([], f"written, {proven}")
    # Claiming what did not pass is wrong; a proof that is not listed yet is only news.
    found = differences(now, committed())
    wrong = [line for line in found if line.endswith("did not pass")]
    for line in sorted(set(found) - set(wrong)):
        print(f"requirements: {line} yet", file=sys.stderr)
    if found:
        accept = "to accept this run:  .venv/bin/python tools/requirements_matrix.py write"
        print(f"requirements: {accept}", file=sys.stderr)
    return complain(wrong + static_complaints(), proven)


def complain(found: list[str], praise: str) -> int:
    """Print what was found, or `praise`; the exit code."""
    for line in found:
        print(f"requirements: {line}", file=sys.stderr)
    if not found:
        print(f"requirements: {praise}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
