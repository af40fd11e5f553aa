"""The engine's last line for machines: what was found, as one line of JSON."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.source import FUNCTIONS, apply_edits

if TYPE_CHECKING:
    from journeyman.models.repair.engine.lab import Candidate
    from journeyman.models.repair.engine.rank import Ranked
    from journeyman.models.repair.engine.source import Source

MARK = "REPAIR-RESULT "


def hunks(candidate: Candidate, sources: dict[str, Source]) -> list[dict[str, Any]]:
    """Changed lines of each file with enough lines around them to find the place by."""
    found: list[dict[str, Any]] = []
    for path in sorted({edit.path for edit in candidate.edits}):
        source = sources[path]
        edits = tuple(edit for edit in candidate.edits if edit.path == path)
        old = source.text.splitlines()
        new = apply_edits(source.text, edits).splitlines()
        found.append(_hunk(path, old, new))
    return found


def _hunk(path: str, old: list[str], new: list[str]) -> dict[str, Any]:
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
    return {
        "path": path,
        "line": first + 1,
        "before": old[max(0, first - width) : first],
        "old": old[first:last],
        "new": new[first : len(new) - tail],
        "after": old[last : last + width],
    }


def _unique(lines: list[str], start: int, end: int) -> bool:
    part = lines[max(0, start) : end]
    places = range(len(lines) - len(part) + 1)
    return sum(lines[place : place + len(part)] == part for place in places) == 1


def describe_candidate(item: Ranked, sources: dict[str, Source]) -> dict[str, Any]:
    """One candidate for the result."""
    edit = item.candidate.edits[0]
    source = sources[edit.path]
    return {
        "operator": " and ".join(edit.operator for edit in item.candidate.edits),
        "function": _function_at(source, source.line_of(edit.start)),
        "support": round(item.support, 3),
        "score": round(item.score, 2),
        "reasons": item.reasons,
        "hunks": hunks(item.candidate, sources),
    }


def _function_at(source: Source, line: int) -> str:
    name = ""
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS) and node.lineno <= line <= (node.end_lineno or 0):
            name = node.name
    return name


def line_for_machines(result: dict[str, Any]) -> str:
    """The result as the line a program looks for."""
    return MARK + json.dumps(result, separators=(",", ":"))
