"""From evidence to candidates in the order in which they are worth trying."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.lab import Candidate
from journeyman.models.repair.engine.localise import Spot, suspicion_of
from journeyman.models.repair.engine.operators import FEW, MANY, Operator, edits_in
from journeyman.models.repair.engine.scope import Scope
from journeyman.models.repair.engine.source import apply_edits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.localise import Evidence

# A line that is half as suspicious costs as much as an operator twice as rare.
_SUSPICION_WEIGHT = 2.0
_WAVE = 40_000
# Beyond this cost, edits of the few kinds are no likelier than those of the many.
_LIKELY = 2.6
# Edits outside functions take a fresh import each, a hundred times the time of others.
_FRESH_IMPORT_DELAY = 1.0
# What ends in a crash or never often lacks a condition.
_GUARDS = frozenset({"missing guard", "missing condition", "wrong condition", "missing default"})
_GUARD_DISCOUNT = 1.0


def in_order(places: list[Spot], evidence: Evidence) -> Iterator[Candidate]:
    """Candidates worth trying first come first; each is made only when it is near.

    The edits that are few and likely are tried in all places before the many others in any.
    """
    top = places[0].suspicion if places else 1.0
    near = {place.source.path: place.source for place in places}
    scopes = [Scope(p.source, p.function, evidence.types, near.values()) for p in places]
    seen = {(source.path, hash(source.text)) for source in near.values()}
    wave = _Wave(seen)
    for scope in scopes:
        wave.add(_of_scope(scope, evidence, top, FEW))
    if not evidence.crashing:
        yield from wave.take(_LIKELY)
    for scope in scopes:
        wave.add(_of_scope(scope, evidence, top, MANY))
        if len(wave.candidates) > _WAVE:
            yield from wave.take(math.inf)
    yield from wave.take(math.inf)


class _Wave:
    """Candidates by the text they lead to, the cheapest of each."""

    def __init__(self, seen: set[tuple[str, int]]) -> None:
        self._seen = seen
        self.candidates: dict[tuple[str, int], Candidate] = {}

    def add(self, found: Iterator[tuple[tuple[str, int], Candidate]]) -> None:
        for key, candidate in found:
            known = self.candidates.get(key)
            if key not in self._seen and (known is None or candidate.cost < known.cost):
                self.candidates[key] = candidate

    def take(self, cost: float) -> list[Candidate]:
        """Take out those that cost no more, in order."""
        chosen = {key for key, item in self.candidates.items() if item.turn <= cost}
        self._seen |= chosen
        taken = [self.candidates.pop(key) for key in chosen]
        return sorted(taken, key=lambda item: (item.turn, item.edits[0].start, item.edits[0].new))


def _of_scope(
    scope: Scope, evidence: Evidence, top: float, operators: tuple[Operator, ...]
) -> Iterator[tuple[tuple[str, int], Candidate]]:
    """Candidates with a key that is the same for edits that lead to the same text."""
    source = scope.source
    known: dict[int, float] = {}
    delay = _FRESH_IMPORT_DELAY if scope.function is None and evidence.suspicion else 0.0
    for node, edit in edits_in(scope, operators):
        if id(node) not in known:
            known[id(node)] = suspicion_of(node, source, evidence) / top
        suspicion = min(1.0, known[id(node)])
        if not suspicion:
            continue
        cost = edit.cost + (1.0 - suspicion) * _SUSPICION_WEIGHT
        if evidence.crashing and edit.operator in _GUARDS:
            cost -= _GUARD_DISCOUNT
        key = (source.path, hash(apply_edits(source.text, (edit,))))
        yield key, Candidate((edit,), cost, delay)


def pairs(candidates: list[Candidate], texts: dict[str, str]) -> Iterator[Candidate]:
    """Two edits at once, for faults that need both."""
    for index, first in enumerate(candidates):
        for second in candidates[:index]:
            one, two = first.edits[0], second.edits[0]
            if one.path == two.path and not (one.end <= two.start or two.end <= one.start):
                continue
            if one.path == two.path and apply_edits(texts[one.path], (one, two)):
                yield Candidate((one, two), first.cost + second.cost + 1.0)
