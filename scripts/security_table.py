"""Writes the table of attacks in docs/security.md from the tests that prove them; `--check` only compares.

Owns the rule that every test in tests/attacks is a case: one marker `attack(case, act, held_by)`, and a name
that begins with the case. Reads the tests as text and runs nothing.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests" / "attacks"
PAGE = ROOT / "docs" / "security.md"
_HEADING = "## The attacks that are tried\n"
_NOTE = "<!-- Written by scripts/security_table.py from tests/attacks; edit the tests. -->"


class Case(NamedTuple):
    """One row."""

    case: str
    act: str
    held_by: str
    test: str


def main(args: list[str]) -> int:
    """Write the page, or with `--check` say whether it is as it would be written."""
    try:
        cases = sorted(read_cases(), key=lambda case: (case.case[0], int(case.case[1:])))
    except ValueError as error:
        print(error)
        return 1
    present = PAGE.read_text(encoding="utf-8")
    wanted = present.partition(_HEADING)[0] + _HEADING + table(cases)
    if "--check" not in args:
        PAGE.write_text(wanted, encoding="utf-8")
    elif present != wanted:
        print("docs/security.md is not what the tests say: run python scripts/security_table.py")
        return 1
    return 0


def read_cases() -> Iterator[Case]:
    """The cases of all tests.

    Raises:
        ValueError: a test has no marker, another name, or the case of another one.
    """
    seen: dict[str, str] = {}
    for path in sorted(TESTS.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if not node.name.startswith("test_"):
                continue
            test = f"{path.relative_to(ROOT)}::{node.name}"
            name, act, held_by = _marked(node, test)
            case = Case(name, act, held_by, test)
            if not node.name.startswith(f"test_{case.case.lower()}_"):
                raise ValueError(f"{test}: the name does not begin with its case, {case.case}")
            if case.case in seen:
                raise ValueError(f"{test}: {case.case} is the case of {seen[case.case]}")
            seen[case.case] = test
            yield case


def _marked(node: ast.FunctionDef | ast.AsyncFunctionDef, test: str) -> list[str]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.attack":
            words = [ast.literal_eval(argument) for argument in decorator.args]
            if len(words) == 3 and re.fullmatch(r"[A-Z]\d\d", words[0]):
                return words
    raise ValueError(f"{test}: no @pytest.mark.attack(case, act, held_by) of three texts")


def table(cases: list[Case]) -> str:
    """The rows as Markdown."""
    rows = [
        "| case | what the model or the repository does | what holds | test |",
        "|---|---|---|---|",
    ]
    for case in cases:
        path, _, name = case.test.partition("::")
        link = f"[{name.removeprefix('test_')}](../{path})"
        cells = (case.case, case.act, case.held_by, link)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([_NOTE, "", f"{len(cases)} cases.", "", *rows, ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
