"""Make the generated pages under docs/ anew from what they describe.

    make_docs.py           write them; exit code 1 when a committed page was out of date (now it is not)
    make_docs.py --check   write nothing; exit code 1 and a diff when a page is out of date

Pages: docs/legal/rules.md from the law packs, docs/states/*.md from every package's tables of steps,
docs/http/openapi.json from the API, docs/requirements.md from docs/requirements.json.
"""

import argparse
import difflib
import importlib
import json
import os
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
DIFF_LINES = 30


def legal() -> Iterator[tuple[str, str]]:
    """The register of statutory values."""
    from core.law.current import book
    from core.law.register import render

    yield "docs/legal/rules.md", render(book())


def states() -> Iterator[tuple[str, str]]:
    """One page for each table of steps, named after what moves: PanelStatus → panel.md; for tenders one for each method.

    Where two packages call what moves alike, the later page has its package before its name.
    """
    from tendering.methods import METHODS
    from tendering.states import TenderStatus

    for method in METHODS.values():
        yield (
            f"docs/states/tender_{method.code}.md",
            diagram(
                f"tender, method {method.code.replace('_', ' ')}",
                f"tendering.methods.METHODS[{method.code!r}].steps",
                method.steps,
                TenderStatus,
            ),
        )
    taken: set[str] = set()
    for file in sorted(ROOT.glob("*/states.py")):
        package = file.parent.name
        module = importlib.import_module(f"{package}.states")
        for name in sorted(name for name in vars(module) if name == "STEPS" or name.endswith("_STEPS")):
            steps = getattr(module, name)
            kind = type(steps[0].target)
            if kind is TenderStatus:
                continue
            noun = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__.removesuffix("Status")).lower()
            page = f"{package}_{noun}" if noun in taken else noun
            taken.add(noun)
            yield (
                f"docs/states/{page}.md",
                diagram(noun.replace("_", " "), f"{package}.states.{name}", steps, kind),
            )


def diagram(noun: str, origin: str, steps: tuple, kind: type[StrEnum]) -> str:  # type: ignore[type-arg]
    """A table of steps as a Mermaid diagram and as a table."""
    article = "an" if noun[0] in "aeiou" else "a"
    lines = [f"# States of {article} {noun}", "", f"Generated from `{origin}`.", "", "```mermaid"]
    reached, left = {step.target for step in steps}, {source for step in steps for source in step.sources}
    members = [member for member in kind if member in reached | left]
    first = next((member for member in members if member not in reached), members[0])
    lines += ["stateDiagram-v2", f"    [*] --> {first}"]
    for step in steps:
        sources = [member for member in kind if member in step.sources]
        lines += [f"    {source} --> {step.target}: {step.verb} ({step.rule})" for source in sources]
    lines += [f"    {member} --> [*]" for member in members if member not in left]
    lines += ["```", "", "| verb | from | to | rule |", "|---|---|---|---|"]
    for step in steps:
        sources_text = ", ".join(member for member in kind if member in step.sources)
        lines.append(f"| {step.verb} | {sources_text} | {step.target} | {step.rule} |")
    return "\n".join(lines) + "\n"


def http() -> Iterator[tuple[str, str]]:
    """The OpenAPI description of the public interface."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from config.api import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    yield "docs/http/openapi.json", json.dumps(schema, indent=1, ensure_ascii=False, default=str) + "\n"


def requirements() -> Iterator[tuple[str, str]]:
    """The table of requirement rows and the tests that prove them."""
    from requirements_matrix import as_table, committed

    yield "docs/requirements.md", as_table(committed())


def main() -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    pages = {name: text for make in (legal, states, http, requirements) for name, text in make()}
    stale = [name for name, text in pages.items() if held(name) != text]
    orphans = [str(p.relative_to(ROOT)) for p in (ROOT / "docs" / "states").glob("*.md")]
    orphans = [name for name in orphans if name not in pages]
    for name in stale:
        diff = list(
            difflib.unified_diff(
                held(name).splitlines(), pages[name].splitlines(), name, name, n=1, lineterm=""
            )
        )
        print("\n".join(diff[:DIFF_LINES] + (["…"] if len(diff) > DIFF_LINES else [])))
        if not check:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(pages[name], encoding="utf-8")
    for name in orphans:
        print(f"{name}: describes a table that is gone")
        if not check:
            (ROOT / name).unlink()
    fix = "run make docs" if check else "made anew; commit them"
    for name in stale + orphans:
        print(f"docs: {name} was out of date: {fix}", file=sys.stderr)
    print(f"docs: {len(pages)} generated pages, {len(stale + orphans)} out of date", file=sys.stderr)
    return 1 if stale or orphans else 0


def held(name: str) -> str:
    """The committed text of a page; empty when it is not there."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
