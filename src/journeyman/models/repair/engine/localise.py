"""Where the fault may be: lines that failing tests run and passing tests do not (Ochiai)."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.source import FUNCTIONS
from journeyman.models.repair.engine.trace import Place

if TYPE_CHECKING:
    from journeyman.models.repair.engine.outcome import Outcome
    from journeyman.models.repair.engine.source import Source
    from journeyman.models.repair.engine.trace import Traced


_AWAY_FROM_CRASH = 0.8


@dataclass
class Evidence:
    """What the traced tests showed.

    `suspicion` is 0 to 1 by file and line, `covers` the tests that run a line, `types` the kinds
    of values by function and name, `calls` the calls made by tests. `crashing` says that every
    failing test ends with an exception of the program, or never; `crashed_at` says where.
    """

    suspicion: dict[str, dict[int, float]] = field(default_factory=dict[str, dict[int, float]])
    covers: dict[tuple[str, int], set[str]] = field(default_factory=dict[tuple[str, int], set[str]])
    types: dict[Place, dict[str, set[str]]] = field(
        default_factory=dict[Place, dict[str, set[str]]]
    )
    calls: dict[Place, list[bytes]] = field(default_factory=dict[Place, list[bytes]])
    crashing: bool = False
    failed: int = 0
    total: int = 0
    crashed_at: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])


def weigh(traces: list[tuple[Outcome, Traced | None]], failures: list[Outcome]) -> Evidence:
    """Put the traced tests together; `failures` are those that fail when nothing watches them."""
    evidence = Evidence()
    failing = {outcome.test for outcome in failures}
    evidence.failed, evidence.total = len(failing), len(traces)
    evidence.crashing = all(
        not outcome.reason.startswith(("AssertionError", "Failed")) for outcome in failures
    )
    for outcome, traced in traces:
        if traced is not None:
            _add(evidence, outcome.test, traced)
        if evidence.crashing and outcome.test in failing:
            evidence.crashed_at |= _crash_line(outcome, evidence)
    for (path, line), tests in evidence.covers.items():
        hit = len(tests & failing)
        if hit:
            value = hit / math.sqrt(len(failing) * len(tests))
            if evidence.crashed_at and (path, line) not in evidence.crashed_at:
                value *= _AWAY_FROM_CRASH
            evidence.suspicion.setdefault(path, {})[line] = value
    return evidence


def _crash_line(outcome: Outcome, evidence: Evidence) -> set[tuple[str, int]]:
    """The innermost traced line of an exception's way out."""
    for path, line in reversed(outcome.frames):
        for place in evidence.covers:
            if place[1] == line and path.endswith("/" + place[0]):
                return {place}
    return set()


def _add(evidence: Evidence, test: str, traced: Traced) -> None:
    for path, lines in traced.lines.items():
        for line in lines:
            evidence.covers.setdefault((path, line), set()).add(test)
    for place, names in traced.types.items():
        known = evidence.types.setdefault(place, {})
        for name, kinds in names.items():
            known.setdefault(name, set()).update(kinds)
    for place, data in traced.calls:
        seen = evidence.calls.setdefault(place, [])
        if len(seen) < 40 and data not in seen:
            seen.append(data)


@dataclass(frozen=True)
class Spot:
    """A function (None: the module's own statements) with the suspicion of its worst line."""

    source: Source
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    suspicion: float


def spots(sources: dict[str, Source], evidence: Evidence) -> list[Spot]:
    """Functions that failing tests run, and their modules, most suspicious first."""
    found: list[Spot] = []
    for path, source in sources.items():
        lines = evidence.suspicion.get(path)
        if not lines and evidence.suspicion:
            continue
        for node in ast.walk(source.tree):
            if not isinstance(node, FUNCTIONS):
                continue
            body = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
            worst = max((lines.get(line, 0.0) for line in body), default=0.0) if lines else 0.5
            if worst:
                found.append(Spot(source, node, worst))
        worst = max(lines.values()) if lines else 0.5
        found.append(Spot(source, None, worst * 0.6))
    return sorted(found, key=lambda spot: -spot.suspicion)


def suspicion_of(node: ast.AST, source: Source, evidence: Evidence) -> float:
    """How suspicious a node is; 0 when no failing test runs it."""
    if not evidence.suspicion:
        return 0.5
    lines = evidence.suspicion.get(source.path, {})
    statement = source.statement(node)
    if statement is None:
        return max(lines.values(), default=0.0) * 0.6
    if source.function(node) is None:
        return max(lines.values(), default=0.0) * 0.6
    if isinstance(statement, FUNCTIONS):
        return max(lines.get(item.lineno, 0.0) for item in statement.body)
    last = statement.end_lineno or statement.lineno
    body: list[ast.stmt] = getattr(statement, "body", [])
    if body:
        last = max(statement.lineno, body[0].lineno - 1)
    own = [lines.get(line, 0.0) for line in range(statement.lineno, last + 1)]
    return max(own, default=0.0)
