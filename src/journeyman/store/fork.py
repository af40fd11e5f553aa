"""Copies what a thread recorded into another one's rollout, byte by byte, so that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from journeyman.store.errors import StoreError, cannot
from journeyman.store.rollout import Rollout
from journeyman.store.share import share_blobs
from journeyman.store.spans import FindRollout, Mark, Span, Walk

_CHUNK = 1 << 20


def spans_until(
    source: Path,
    *,
    last_turn_id: str | None = None,
    before_turn_id: str | None = None,
    find: FindRollout | None = None,
) -> list[Span]:
    """What a thread recorded up to and with one turn, or before another; all of it where neither is named.

    Raises:
        StoreError: both are named, there is no such turn, or a file cannot be read.
    """
    if last_turn_id is not None and before_turn_id is not None:
        raise StoreError("lastTurnId and beforeTurnId cannot be combined")
    wanted = last_turn_id if before_turn_id is None else before_turn_id
    walk = Walk(source, find)
    if wanted is None:
        return walk.whole()
    found: Mark | None = None
    for mark in walk.marks():
        if mark.landmark.kind == "turn" and mark.landmark.members.get("turn_id") == wanted:
            found = mark
    if found is None:
        raise StoreError(f"{source} has no turn {wanted}")
    older = walk.before(found)
    if before_turn_id is not None:
        return older
    return [*older, Span(found.path, found.landmark.start, found.end)]


def copy_spans(spans: Sequence[Span], target: Rollout) -> None:
    """Append the lines of these spans to another rollout, with what they refer to; raises `StoreError`."""
    if target.path is not None:
        share_blobs(spans, target.path)
    for lines in lines_of(spans):
        target.append_lines(lines)


def lines_of(spans: Sequence[Span]) -> Iterator[bytes]:
    """The bytes of these spans in pieces, without the first lines of files; each span ends with a newline.

    Raises:
        StoreError: a file cannot be read.
    """
    for path, start, end in spans:
        try:
            with path.open("rb") as file:
                begin = max(start, len(file.readline()))
                file.seek(begin)
                last = b"\n"
                while (left := end - file.tell()) > 0 and (chunk := file.read(min(_CHUNK, left))):
                    yield chunk
                    last = chunk[-1:]
                if last != b"\n":
                    yield b"\n"
        except OSError as error:
            raise cannot("read", path, error) from error
