"""Finds the lines a chunk talks about in the lines of a file. Pure: no file is read here.

Chunks are found in order, each below the one before. A pass that is stricter wins over the whole
file before a looser one is tried: exact, trailing blanks ignored, both sides trimmed, and typographic
dashes, quotes and spaces folded to ASCII.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from journeyman.tools.apply_patch.nearest import describe_line, describe_nearest
from journeyman.tools.apply_patch.parse import Chunk, ChunkLine, PatchError

_FOLDED = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
    | dict.fromkeys(
        "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    )
)


def _fold(line: str) -> str:
    return line.strip().translate(_FOLDED)


_PASSES: tuple[Callable[[str], str], ...] = (str, str.rstrip, str.strip, _fold)


class MatchError(PatchError):
    """A chunk whose lines are not in the file; the text quotes what stands there instead."""


class Edit(NamedTuple):
    """A chunk with its place: `lines` holds exactly the kept and removed lines found at `start`."""

    start: int
    lines: tuple[ChunkLine, ...]


def locate_chunks(lines: Sequence[str], chunks: Sequence[Chunk], path: str) -> list[Edit]:
    """Find every chunk.

    Args:
        lines: the file's lines without their ends.
        chunks: in the patch's order.
        path: the file's name for the error text.

    Returns:
        One edit per chunk, ordered by their zero-based start; they do not overlap.

    Raises:
        MatchError: a context line or the expected lines are not there.
    """
    edits: list[Edit] = []
    position = 0
    for chunk in chunks:
        if chunk.context is not None:
            position = _find_context(lines, chunk.context, position, path) + 1
        if all(line.sign == "+" for line in chunk.lines):
            edits.append(Edit(len(lines), chunk.lines))
            continue
        edit = _find_chunk(lines, chunk, position, path)
        edits.append(edit)
        position = edit.start + len(_expected(edit.lines))
    return sorted(edits, key=lambda edit: edit.start)


def _expected(lines: Sequence[ChunkLine]) -> list[str]:
    return [line.text for line in lines if line.sign != "+"]


def _find_context(lines: Sequence[str], context: str, start: int, path: str) -> int:
    found = _find(lines, [context], start)
    if found is None:
        hint = describe_line(lines, context, start)
        raise MatchError(f"Failed to find context '{context}' in {path}\n{hint}")
    return found


def _find_chunk(lines: Sequence[str], chunk: Chunk, start: int, path: str) -> Edit:
    for candidate in (chunk.lines, _without_trailing_blank(chunk.lines)):
        expected = _expected(candidate)
        found = _find(lines, expected, start, at_end=chunk.at_end) if expected else start
        if found is not None:
            return Edit(found, candidate)
    expected = _expected(chunk.lines)
    hint = _misplaced(lines, expected) or describe_nearest(lines, expected)
    quoted = "\n".join(expected)
    raise MatchError(f"Failed to find expected lines in {path}:\n{quoted}\n{hint}")


def _misplaced(lines: Sequence[str], expected: list[str]) -> str | None:
    elsewhere = _find(lines, expected, 0)
    if elsewhere is None:
        return None
    return (
        f"These lines are at line {elsewhere + 1}, but not where this chunk may stand: chunks go "
        "from top to bottom, each below its '@@' line and the chunk before, and "
        "'*** End of File' means the last lines of the file."
    )


def _without_trailing_blank(lines: Sequence[ChunkLine]) -> tuple[ChunkLine, ...]:
    """Stop expecting a blank last line: models end chunks with one, or forget the '+' before it."""
    last = max(index for index, line in enumerate(lines) if line.sign != "+")
    if lines[last].text:
        return tuple(lines)
    added = list(lines[last + 1 :])
    if added and not added[-1].text:
        added.pop()
    forgotten = [ChunkLine("+", "")] if added and lines[last].sign == " " else []
    return (*lines[:last], *forgotten, *added)


def _find(
    lines: Sequence[str], expected: list[str], start: int, *, at_end: bool = False
) -> int | None:
    first = max(start, len(lines) - len(expected)) if at_end else start
    for normalise in _PASSES:
        wanted = [normalise(line) for line in expected]
        present = [normalise(line) for line in lines[first:]]
        for offset in range(len(present) - len(wanted) + 1):
            if present[offset] == wanted[0] and present[offset : offset + len(wanted)] == wanted:
                return first + offset
    return None
