"""From evidence to candidates in the order in which they are worth trying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeyman.models.repair.engine.lab import Candidate
from journeyman.models.repair.engine.localise import Spot, suspicion_of
from journeyman.models.repair.engine.operators import edits_in
from journeyman.models.repair.engine.scope import Scope
from journeyman.models.repair.engine.source import apply_edits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.localise import Evidence

# A line that is half as suspicious costs as much as an operator twice as rare.
_SUSPICION_WEIGHT = 2.0
_WAVE = 40_000
# What ends in a crash or never often lacks a condition.
_GUARDS = frozenset({"missing guard", "missing condition", "wrong condition", "missing default"})
_GUARD_DISCOUNT = 0.6


def waves(places: list[Spot], evidence: Evidence) -> Iterator[list[Candidate]]:
    """Candidates of the most suspicious functions first, cheapest first within a wave."""
    top = places[0].suspicion if places else 1.0
    near = {place.source.path: place.source for place in places}
    seen = {(source.path, hash(source.text)) for source in near.values()}
    wave: dict[tuple[str, int], Candidate] = {}
    for place in places:
        scope = Scope(place.source, place.function, evidence.types, near.values())
        for key, candidate in _of_scope(scope, evidence, top):
            known = wave.get(key)
            if key not in seen and (known is None or candidate.cost < known.cost):
                wave[key] = candidate
        if len(wave) > _WAVE:
            yield sorted(wave.values(), key=lambda item: item.cost)
            seen |= wave.keys()
            wave = {}
    yield sorted(wave.values(), key=lambda item: item.cost)


def _of_scope(
    scope: Scope, evidence: Evidence, top: float
) -> Iterator[tuple[tuple[str, int], Candidate]]:
    """Candidates with a key that is the same for edits that lead to the same text."""
    source = scope.source
    known: dict[int, float] = {}
    for node, edit in edits_in(scope):
        if id(node) not in known:
            known[id(node)] = suspicion_of(node, source, evidence) / top
        suspicion = min(1.0, known[id(node)])
        if not suspicion:
            continue
        cost = edit.cost + (1.0 - suspicion) * _SUSPICION_WEIGHT
        if evidence.crashing and edit.operator in _GUARDS:
            cost -= _GUARD_DISCOUNT
        key = (source.path, hash(apply_edits(source.text, (edit,))))
        yield key, Candidate((edit,), cost)


def pairs(candidates: list[Candidate], texts: dict[str, str]) -> Iterator[Candidate]:
    """Two edits at once, for faults that need both."""
    for index, first in enumerate(candidates):
        for second in candidates[:index]:
            one, two = first.edits[0], second.edits[0]
            if one.path == two.path and not (one.end <= two.start or two.end <= one.start):
                continue
            if one.path == two.path and apply_edits(texts[one.path], (one, two)):
                yield Candidate((one, two), first.cost + second.cost + 1.0)
