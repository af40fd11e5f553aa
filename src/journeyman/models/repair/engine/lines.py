"""Lines that somebody else may propose other texts for, and such texts as candidates.

Who proposes them is not this program's part: it prints the lines with the code before them, and takes the
texts back with its next run. What does not parse, or is what stands there, is no candidate.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.lab import Candidate
from journeyman.models.repair.engine.source import FUNCTIONS, Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.localise import Evidence
    from journeyman.models.repair.engine.source import Source

KIND = "another line, by the local model"
# About what a rare edit costs; each later proposal a little more, since the proposer's order says something.
_COST, _COST_BY_PLACE = 2.4, 0.01
_MOST_LINES_BEFORE = 60
_MOST_CHARS = 12_000


@dataclass(frozen=True)
class Suspect:
    """A line of a file, counted from 1, and the line where the code before it begins to matter."""

    path: str
    line: int
    first: int


@dataclass(frozen=True)
class Proposal:
    """Another text for a whole line, its indentation included."""

    path: str
    line: int
    text: str


def suspects(sources: dict[str, Source], evidence: Evidence, most: int) -> list[Suspect]:
    """The most suspicious lines that hold one statement's head, or all of it."""
    found: list[tuple[float, Suspect]] = []
    for path, lines in evidence.suspicion.items():
        source = sources.get(path)
        if source is None:
            continue
        for line, first in _one_line_heads(source).items():
            if lines.get(line):
                found.append((lines[line], Suspect(path, line, first)))
    found.sort(key=lambda item: (-item[0], item[1].path, item[1].line))
    return [suspect for _, suspect in found[:most]]


def _one_line_heads(source: Source) -> dict[int, int]:
    """Such lines in functions, each with the line where its function begins."""
    heads: dict[int, int] = {}
    for node in ast.walk(source.tree):
        function = source.function(node)
        if not isinstance(node, ast.stmt) or function is None or isinstance(node, FUNCTIONS):
            continue
        body: list[ast.stmt] = getattr(node, "body", [])
        last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
        if last == node.lineno:
            heads[node.lineno] = max(function.lineno, node.lineno - _MOST_LINES_BEFORE)
    return heads


def suspect_lines(found: list[Suspect], sources: dict[str, Source]) -> list[str]:
    """The suspects as lines of the answer: each place, and under it the code up to it."""
    shown: list[str] = []
    for suspect in found:
        text = sources[suspect.path].lines[suspect.first - 1 : suspect.line]
        block = [
            f"suspect: {suspect.path}:{suspect.line}",
            *(f"| {line.rstrip()}" for line in text),
        ]
        if sum(map(len, shown)) + sum(map(len, block)) > _MOST_CHARS:
            break
        shown += block
    return shown


def read_proposals(text: str) -> list[Proposal]:
    """Proposals as the command line has them: JSON, a list of [path, line, text]; raises ValueError."""
    items: list[Any] = json.loads(text)
    return [Proposal(str(path), int(line), str(new)) for path, line, new in items]


def proposed(proposals: list[Proposal], sources: dict[str, Source]) -> Iterator[Candidate]:
    """The proposals as candidates, in their order."""
    for place, proposal in enumerate(proposals):
        source = sources.get(proposal.path)
        if source is None or not 1 <= proposal.line <= len(source.lines):
            continue
        old = source.lines[proposal.line - 1].rstrip("\r\n")
        if proposal.text.strip() in {"", old.strip()}:
            continue
        start = source.line_start(proposal.line)
        cost = _COST + place * _COST_BY_PLACE
        edit = Edit(source.path, start, start + len(old), proposal.text, KIND, cost)
        yield Candidate((edit,), cost)
