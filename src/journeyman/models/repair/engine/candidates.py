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


def waves(places: list[Spot], evidence: Evidence) -> Iterator[list[Candidate]]:
    """Candidates of the most suspicious functions first, cheapest first within a wave."""
    seen: set[tuple[str, str]] = set()
    top = places[0].suspicion if places else 1.0
    wave: list[Candidate] = []
    for place in places:
        wave += _of_spot(place, evidence, top, seen)
        if len(wave) > _WAVE:
            yield sorted(wave, key=lambda item: item.cost)
            wave = []
    yield sorted(wave, key=lambda item: item.cost)


def _of_spot(
    place: Spot, evidence: Evidence, top: float, seen: set[tuple[str, str]]
) -> Iterator[Candidate]:
    source = place.source
    scope = Scope(source, place.function, evidence.types)
    known: dict[int, float] = {}
    for node, edit in edits_in(scope):
        if id(node) not in known:
            known[id(node)] = suspicion_of(node, source, evidence) / top
        suspicion = min(1.0, known[id(node)])
        if not suspicion:
            continue
        key = (source.path, _key(source.text, edit.start, edit.end, edit.new))
        if key in seen or source.text[edit.start : edit.end] == edit.new:
            continue
        seen.add(key)
        yield Candidate((edit,), edit.cost + (1.0 - suspicion) * _SUSPICION_WEIGHT)


def _key(text: str, start: int, end: int, new: str) -> str:
    """The same for edits that lead to the same text: what they share with it is cut off."""
    old = text[start:end]
    shared = 0
    while shared < min(len(old), len(new)) and old[shared] == new[shared]:
        shared += 1
    old, new, start = old[shared:], new[shared:], start + shared
    tail = 0
    while tail < min(len(old), len(new)) and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return f"{start}:{len(old) - tail}:{new[: len(new) - tail]}"


def pairs(candidates: list[Candidate], texts: dict[str, str]) -> Iterator[Candidate]:
    """Two edits at once, for faults that need both."""
    for index, first in enumerate(candidates):
        for second in candidates[:index]:
            one, two = first.edits[0], second.edits[0]
            if one.path == two.path and not (one.end <= two.start or two.end <= one.start):
                continue
            if one.path == two.path and apply_edits(texts[one.path], (one, two)):
                yield Candidate((one, two), first.cost + second.cost + 1.0)
