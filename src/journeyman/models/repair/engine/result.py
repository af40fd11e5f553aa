"""The engine's answer: lines that a user can read and `answer.py` reads back.

It stands between two lines with the run's mark; text from files and tests never begins a line.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.source import FUNCTIONS, apply_edits

if TYPE_CHECKING:
    from journeyman.models.repair.engine.lab import Candidate
    from journeyman.models.repair.engine.rank import Ranked
    from journeyman.models.repair.engine.source import Source


def answer_lines(result: dict[str, Any], mark: str) -> list[str]:
    """The answer as the last lines of what the engine prints."""
    tests = result["tests"]
    lines = [f"=== repair {mark}: {result['status']}"]
    lines.append(f"tests: {tests['passed']} passed, {tests['failed_count']} failed")
    if result["status"] != "found":
        lines += [f"! {one_line(text)}" for text in tests["failed"]]
    if "tried" in result:
        sure = f", confidence {result['confidence']}" if "confidence" in result else ""
        passing = result.get("plausible", 0)
        lines.append(f"search: tried {result['tried']} edits, {passing} pass all tests{sure}")
    if "best" in result:
        best = result["best"]
        lines += [f"edit: {best['place']} ({best['operator']})", *best["patch"]]
        lines += [f"other: {item['place']}: {item['new']}" for item in result["alternatives"]]
    lines += result.get("suspects", [])
    return [*lines, f"=== end {mark}"]


def one_line(text: str) -> str:
    """Text that may hold anything, as printable text in one line."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _patch(candidate: Candidate, sources: dict[str, Source]) -> list[str]:
    """Changed lines of each file with enough lines around them to find the place by."""
    lines = ["*** Begin Patch"]
    for path in sorted({edit.path for edit in candidate.edits}):
        source = sources[path]
        edits = tuple(edit for edit in candidate.edits if edit.path == path)
        lines += [f"*** Update File: {path}", "@@"]
        lines += _hunk(_lines(source.text), _lines(apply_edits(source.text, edits)))
    return [*lines, "*** End Patch"]


def _hunk(old: list[str], new: list[str]) -> list[str]:
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    tail = 0
    room = min(len(old), len(new)) - first
    while tail < room and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    last, width = len(old) - tail, 3
    while width < len(old) and not _unique(old, first - width, last + width):
        width += 1
    parts = [
        (" ", old[max(0, first - width) : first]),
        ("-", old[first:last]),
        ("+", new[first : len(new) - tail]),
        (" ", old[last : last + width]),
    ]
    return [sign + line for sign, part in parts for line in part]


def _unique(lines: list[str], start: int, end: int) -> bool:
    part = lines[max(0, start) : end]
    places = range(len(lines) - len(part) + 1)
    return sum(lines[place : place + len(part)] == part for place in places) == 1


def describe_candidate(item: Ranked, sources: dict[str, Source]) -> dict[str, Any]:
    """One candidate for the answer: where it is, what it writes there, and its patch."""
    edit = item.candidate.edits[0]
    source = sources[edit.path]
    patch = _patch(item.candidate, sources)
    added = [line[1:] for line in patch if line.startswith("+") and line[1:].strip()]
    line = source.line_of(edit.start)
    function = _function_at(source, line)
    return {
        "operator": " and ".join(edit.operator for edit in item.candidate.edits),
        "place": f"{edit.path}:{line}" + (f" in {function}" if function else ""),
        "new": one_line(" / ".join(added[:3]))[:120] or "(line removed)",
        "patch": patch,
    }


def _function_at(source: Source, line: int) -> str:
    name = ""
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS) and node.lineno <= line <= (node.end_lineno or 0):
            name = node.name
    return name
