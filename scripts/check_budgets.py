"""Checks that the code stays small: lines per file, class and function, words of the guides.

Owns the size budgets and the rule that a waiver names its reason. There are no exceptions to list:
what is over its budget is split. Prints one line per finding, exits 1 if there are any.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("src", "tests", "scripts", "bench", "evals", "examples")
PRODUCT_FILE_LINES = 400
FILE_LINES = 600
CLASS_LINES = 300
FUNCTION_LINES = 60
README_LINES = 40
AGENTS_WORDS = 900
TIGHTER_FILES = {"src/journeyman/core/turn.py": 250}
WAIVER = re.compile(r"#\s*(noqa|type:\s*ignore|pyright:|ruff:|fmt: off|pragma:)")
REASON = re.compile(r" -- (?!(see|as) above)\S+ \S+")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def main() -> int:
    """Check the tree this script lies in, or the one named as the only argument."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    findings = sorted(find(root))
    for finding in findings:
        print(finding)
    if findings:
        print(
            f"{len(findings)} over budget. Split what is too long; a waiver ends in ' -- why so'."
        )
    return 1 if findings else 0


def find(root: Path) -> Iterator[str]:
    """Yield every finding of the tree as `path:line: what`."""
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            yield from check_file(name, text)
    yield from check_guides(root)


def check_file(name: str, text: str) -> Iterator[str]:
    """Yield the findings of one Python file, named from the root of the tree."""
    limit = PRODUCT_FILE_LINES if name.startswith("src/") else FILE_LINES
    limit = TIGHTER_FILES.get(name, limit)
    lines = len(text.splitlines())
    if lines > limit:
        yield f"{name}:1: {lines} lines, budget {limit}"
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        yield f"{name}:{error.lineno}: {error.msg}"
        return
    yield from check_definitions(name, tree)
    yield from check_comments(name, text)


def check_definitions(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield classes and functions over budget, and product code that only raises."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            kind, limit = "class", CLASS_LINES
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            kind, limit = "function", FUNCTION_LINES
        elif isinstance(node, ast.Name) and node.id == "NotImplementedError":
            if name.startswith("src/"):
                yield f"{name}:{node.lineno}: NotImplementedError in the product"
            continue
        else:
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > limit:
            yield f"{name}:{node.lineno}: {kind} {node.name} has {lines} lines, budget {limit}"


def check_comments(name: str, text: str) -> Iterator[str]:
    """Yield waivers without a reason and marks of unfinished work."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        if WAIVER.search(token.string) and not REASON.search(token.string):
            yield f"{name}:{token.start[0]}: waiver without a reason: {token.string}"
        if UNFINISHED.search(token.string):
            yield f"{name}:{token.start[0]}: unfinished: {token.string}"


def check_guides(root: Path) -> Iterator[str]:
    """Yield package READMEs that are missing or long, and an AGENTS.md of too many words."""
    for package in sorted((root / "src" / "journeyman").glob("*/__init__.py")):
        readme = package.with_name("README.md")
        name = readme.relative_to(root).as_posix()
        if not readme.exists():
            yield f"{name}:1: missing; a package says its map, one sequence, where to add X"
        elif (lines := len(readme.read_text(encoding="utf-8").splitlines())) > README_LINES:
            yield f"{name}:1: {lines} lines, budget {README_LINES}"
    agents = root / "AGENTS.md"
    words = len(agents.read_text(encoding="utf-8").split()) if agents.exists() else 0
    if words > AGENTS_WORDS:
        yield f"AGENTS.md:1: {words} words, budget {AGENTS_WORDS}"


if __name__ == "__main__":
    sys.exit(main())
