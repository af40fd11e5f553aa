"""Finds paths by a few letters, as people type them: the letters in order, with anything between them.

Pure. Words of the query are looked for one by one. What counts: letters that stand together, that begin a
word, that are in the file's own name; then the shorter path.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from functools import cache

import msgspec

_LETTER, _TOGETHER, _WORD_START, _IN_NAME, _WHOLE_NAME = 16, 24, 12, 8, 200
# As many are looked at closely; scoring takes 20 us each.
_MOST_CANDIDATES = 4000
_BOUNDARIES = "/\\._- "


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A path that fits; `indices` are the positions of the letters, ascending."""

    path: str
    is_directory: bool
    score: int
    indices: tuple[int, ...]


def find(files: Sequence[str], query: str, limit: int) -> list[Match]:
    """The best matches among files and the directories they are in, best first.

    Args:
        files: paths with `/` between their parts.
        query: what was typed; nothing finds nothing.
        limit: how many at most.
    """
    words = query.lower().split()
    if not words:
        return []
    searches = [re.compile(_in_order(word), re.IGNORECASE).search for word in words]

    def fits(path: str) -> bool:
        return all(search(path) for search in searches)

    fitting = [path for path in files if fits(path)]
    folders = {path for path in _directories(fitting) if fits(path)}
    likely = [*fitting, *folders]
    if len(likely) > _MOST_CANDIDATES:
        likely = heapq.nsmallest(_MOST_CANDIDATES, likely, key=lambda path: _rough(path, words[0]))
    found = (_match(path, words, is_directory=path in folders) for path in likely)
    return heapq.nsmallest(limit, (match for match in found if match is not None), key=_rank)


def _rough(path: str, word: str) -> tuple[bool, bool, int]:
    """An order that costs little, for when a letter or two fit nearly everything."""
    lowered = path.lower()
    at = lowered.rfind(word)
    return (at < path.rfind("/"), at < 0, len(path))


def _rank(match: Match) -> tuple[int, int, str]:
    return (-match.score, len(match.path), match.path)


def _directories(files: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in files:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _match(path: str, words: Sequence[str], *, is_directory: bool) -> Match | None:
    name_at = path.rfind("/") + 1
    score = 0
    indices: set[int] = set()
    for word in words:
        found = _best(path, word, name_at)
        if found is None:
            return None
        score += found[0]
        indices.update(found[1])
    return Match(path=path, is_directory=is_directory, score=score, indices=tuple(sorted(indices)))


def _best(path: str, word: str, name_at: int) -> tuple[int, list[int]] | None:
    lowered = path.lower()
    if len(lowered) != len(path):
        lowered = path  # letters whose small form is longer would move the positions
    ways = [_letters(lowered, word, start) for start in {0, name_at}]
    together = lowered.rfind(word)
    if together >= 0:
        ways.append(list(range(together, together + len(word))))
    scored = [(_score(path, way, name_at), way) for way in ways if way]
    return max(scored, default=None)


def _letters(lowered: str, word: str, start: int) -> list[int]:
    """The first places of the letters, in order; empty where they are not all there."""
    found = _pattern(word).search(lowered, start)
    return [found.start(group + 1) for group in range(len(word))] if found else []


@cache
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(".*?".join(f"({re.escape(letter)})" for letter in word), re.DOTALL)


def _in_order(word: str) -> str:
    return ".*?".join(map(re.escape, word))


def _score(path: str, way: Sequence[int], name_at: int) -> int:
    score = _WHOLE_NAME if way[0] == name_at and way[-1] == len(path) - 1 else 0
    before = -2
    for at in way:
        score += _LETTER
        if at == before + 1:
            score += _TOGETHER
        if (
            at == 0
            or path[at - 1] in _BOUNDARIES
            or (path[at].isupper() and path[at - 1].islower())
        ):
            score += _WORD_START
        if at >= name_at:
            score += _IN_NAME
        before = at
    return score
