"""The project's own files, and its Python parsed once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "config",
    "oversight",
    "mall",
    "evaluation",
    "bidding",
    "tendering",
    "contracting",
    "planning",
    "disclosure",
    "parties",
    "realtime",
    "storage",
    "core",
)
EDGES = ("views", "api", "consumers", "forms", "timers", "feeds")
NOT_OURS = {".git", ".venv", "node_modules", "var", "build", "__pycache__", ".stamps", "static_collected"}


@dataclass(frozen=True)
class Source:
    """One Python file of a package."""

    path: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The top package: tendering, core, …"""
        return self.path.split("/", 1)[0]

    @property
    def parts(self) -> tuple[str, ...]:
        """The module's path below its package, without .py."""
        return tuple(self.path.removesuffix(".py").split("/")[1:])

    def is_a(self, *names: str) -> bool:
        """Whether the module or a folder above it has one of the names (`views`, or `views_admin`)."""
        return any(part == name or part.startswith(f"{name}_") for part in self.parts for name in names)

    def at(self, node: ast.AST) -> str:
        """Where a node stands, to click on."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def files() -> tuple[str, ...]:
    """Every file git knows or would add, relative to the root; without git, every file not generated."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return tuple(sorted({name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}))
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(str(path) for path in found if not NOT_OURS & set(path.parts)))


@cache
def python(*packages: str) -> tuple[Source, ...]:
    """The Python files of these packages (default: all), migrations left out."""
    wanted = packages or PACKAGES
    names = [
        n for n in files() if n.endswith(".py") and n.split("/", 1)[0] in wanted and "/migrations/" not in n
    ]
    return tuple(Source(n, ast.parse((ROOT / n).read_text(encoding="utf-8"), n)) for n in names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions in a tree, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def called(tree: ast.AST) -> set[str]:
    """The last names of everything called in a tree: `audit.record(…)` gives record."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                names.add(node.func.id)
            elif isinstance(node.func, ast.Attribute):
                names.add(node.func.attr)
    return names


def report(lines: list[str], fix: str) -> str:
    """A failure message: every place, then what to do."""
    return "\n" + "\n".join(f"  {line}" for line in lines) + f"\nFix: {fix}"
