"""Says what a file has where a patch expected something else, so that a model can mend its patch.

Pure and bounded: the text shown stays small however large the file or the chunk is.
"""

from collections import Counter
from collections.abc import Sequence

_LINES_SHOWN = 24
_COLUMNS_SHOWN = 200
# A line that stands in a file this often ('}', 'return') says nothing about the place.
_COMMON = 40
# Comparing this many lines takes about 0.2 s.
_LINES_COMPARED = 20_000
# Below this two lines share little more than their indentation and a keyword.
_SIMILAR = 0.4


def describe_nearest(lines: Sequence[str], expected: Sequence[str]) -> str:
    """Quote the window of `lines` that is most like `expected`, with its line numbers."""
    if not lines:
        return "The file is empty."
    start = _by_equal_lines(lines, expected)
    if start is None:
        start = _by_similar_line(lines, expected)
    if start is None:
        return f"Nothing similar is in the file, which has {len(lines)} lines; read it again."
    return _quote(lines, start, len(expected))


def describe_line(lines: Sequence[str], context: str, start: int) -> str:
    """Say where a missing `@@` line is instead: above `start`, nearly so, or nowhere."""
    above = [i for i, line in enumerate(lines[:start]) if line.strip() == context.strip()]
    if above:
        return f"It is at line {above[-1] + 1}, above the place where the search began."
    return describe_nearest(lines, [context])


def _by_equal_lines(lines: Sequence[str], expected: Sequence[str]) -> int | None:
    """Let every expected line vote for the start that its equals in the file imply."""
    places: dict[str, list[int]] = {line.strip(): [] for line in expected if line.strip()}
    for index, line in enumerate(lines):
        found = places.get(line.strip())
        if found is not None:
            found.append(index)
    votes: Counter[int] = Counter()
    for offset, line in enumerate(expected):
        equal = places.get(line.strip(), [])
        if len(equal) <= _COMMON:
            votes.update(index - offset for index in equal)
    return max(votes, key=lambda start: (votes[start], -start)) if votes else None


def _by_similar_line(lines: Sequence[str], expected: Sequence[str]) -> int | None:
    """Place the longest expected line at the file's line that shares most of its letter groups."""
    offset, longest = max(enumerate(expected), key=lambda pair: len(pair[1].strip()))
    wanted = _trigrams(longest)
    likeness, index = max(
        (_likeness(wanted, _trigrams(line)), -index)
        for index, line in enumerate(lines[:_LINES_COMPARED])
    )
    return -index - offset if likeness >= _SIMILAR else None


def _trigrams(line: str) -> set[str]:
    text = line.strip()[:_COLUMNS_SHOWN]
    return {text[i : i + 3] for i in range(max(1, len(text) - 2))} - {""}


def _likeness(one: set[str], other: set[str]) -> float:
    """Dice coefficient: 0 nothing shared, 1 the same groups."""
    return 2 * len(one & other) / (len(one) + len(other) or 1)


def _quote(lines: Sequence[str], start: int, count: int) -> str:
    first = max(0, min(start, len(lines) - count))
    last = min(len(lines), first + min(count, _LINES_SHOWN))
    width = len(str(last))
    shown = "\n".join(
        f"{number:>{width}} | {_shorten(lines[number - 1])}"
        for number in range(first + 1, last + 1)
    )
    cut = "\n(the rest is left out)" if count > _LINES_SHOWN else ""
    return f"The nearest text in the file (line numbers added):\n{shown}{cut}"


def _shorten(line: str) -> str:
    return line if len(line) <= _COLUMNS_SHOWN else line[:_COLUMNS_SHOWN] + " ..."
