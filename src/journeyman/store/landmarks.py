"""Finds the lines of a rollout that its shape hangs on, from the end backwards, without reading the others.

They are where turns start, where the history was compacted, and where turns were taken back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, NamedTuple

import msgspec

from journeyman.store.lines import Compaction, decode_line

_CHUNK = 1 << 20
# The lines of landmarks are short, but for compactions.
_STEP = 1024
# Quotes inside of a JSON text are escaped, so this is never found in what somebody said or printed.
_MARK = re.compile(rb'"type": ?"(?:task_started|compacted|thread_rolled_back)"')
_MARK_BYTES = 40
_INPUT = re.compile(rb'"type": ?"(?:user_message|UserMessage|userMessage)"')
_KINDS: dict[str, Literal["turn", "revert"]] = {
    "task_started": "turn",
    "thread_rolled_back": "revert",
}


class Landmark(NamedTuple):
    """One such line, from byte `start` to `end` of its file; `members` are its payload's, of an event."""

    kind: Literal["turn", "revert", "compaction"]
    start: int
    end: int
    members: dict[str, Any]


def landmarks_before(file: BinaryIO, end: int, begin_at: int = 0) -> Iterator[Landmark]:
    """The landmarks from byte `begin_at` to `end`, the last one first."""
    done = end
    while done > begin_at:
        begin = max(begin_at, done - _CHUNK)
        chunk = _read(file, begin, min(done + _MARK_BYTES, end))
        for match in reversed(list(_MARK.finditer(chunk))):
            position = match.start()
            if begin + position >= done:
                continue
            # Nearly always the line is in the chunk whole.
            start, stop = chunk.rfind(b"\n", 0, position) + 1, chunk.find(b"\n", position) + 1
            if start and stop:
                mark = _landmark_of(chunk[start:stop], begin + start)
                done = begin + start
            else:
                done, stop = line_around(file, begin + position, end)
                mark = _landmark(file, done, stop)
            # Other marks in the same line are parts of it.
            if mark is not None:
                yield mark
        done = min(done, begin)


def landmark_at(file: BinaryIO, start: int, end: int) -> Landmark | None:
    """The landmark whose line begins at byte `start`; None where there is none."""
    if start < 0 or start >= end or (start > 0 and _read(file, start - 1, start) != b"\n"):
        return None
    _, stop = line_around(file, start, end)
    return _landmark(file, start, stop)


def turn_end(file: BinaryIO, start: int, turn_id: str) -> int | None:
    """Where the turn ends whose first line begins at byte `start`; None where no turn of this id does."""
    size = file.seek(0, os.SEEK_END)
    turn = landmark_at(file, start, size)
    if turn is None or turn.kind != "turn" or turn.members.get("turn_id") != turn_id:
        return None
    marks = landmarks_from(file, turn.end, size)
    return next((mark.start for mark in marks if mark.kind != "compaction"), size)


def landmarks_from(file: BinaryIO, start: int, end: int) -> Iterator[Landmark]:
    """The landmarks from byte `start`, where a line begins, to `end`, the first one first."""
    position = start
    while position < end:
        chunk = _read(file, position, min(position + _CHUNK + _MARK_BYTES, end))
        done = 0
        for match in _MARK.finditer(chunk):
            if match.start() < done:
                continue
            begin, stop = line_around(file, position + match.start(), end)
            mark = _landmark(file, begin, stop)
            if mark is not None:
                yield mark
            done = stop - position
        position += max(_CHUNK, done)


def has_reverts(file: BinaryIO, start: int, end: int) -> bool:
    """Whether any turns were taken back in these bytes; quick, and may err to yes."""
    while start < end:
        if b'thread_rolled_back"' in _read(file, start, min(start + _CHUNK + _MARK_BYTES, end)):
            return True
        start += _CHUNK
    return False


def line_around(file: BinaryIO, position: int, end: int) -> tuple[int, int]:
    """Where the line around a byte begins and ends, its newline included."""
    return _line_start(file, position), _line_end(file, position, end)


def has_input(file: BinaryIO, start: int, end: int) -> bool:
    """Whether the user says something in these bytes, which begin with a line."""
    while start < end:
        if _INPUT.search(_read(file, start, min(start + _CHUNK + _MARK_BYTES, end))):
            return True
        start += _CHUNK
    return False


def _landmark(file: BinaryIO, start: int, end: int) -> Landmark | None:
    return _landmark_of(_read(file, start, end), start)


def _landmark_of(raw: bytes, start: int) -> Landmark | None:
    line = decode_line(raw)
    end = start + len(raw)
    if line is None:
        return None
    try:
        if line.type == "compacted":
            compaction = msgspec.json.decode(line.payload, type=Compaction)
            is_whole = compaction.replacement_history is not None
            return Landmark("compaction", start, end, {}) if is_whole else None
        if line.type == "event_msg":
            members = msgspec.json.decode(line.payload, type=dict[str, Any])
            kind = _KINDS.get(str(members.get("type")))
            return Landmark(kind, start, end, members) if kind else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    return None


def _line_start(file: BinaryIO, position: int) -> int:
    step = _STEP
    while position > 0:
        begin = max(0, position - step)
        found = _read(file, begin, position).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        position, step = begin, min(step * 4, _CHUNK)
    return 0


def _line_end(file: BinaryIO, position: int, end: int) -> int:
    step = _STEP
    while position < end:
        chunk = _read(file, position, min(position + step, end))
        found = chunk.find(b"\n")
        if found >= 0:
            return position + found + 1
        if not chunk:
            break
        position, step = position + len(chunk), min(step * 4, _CHUNK)
    return end


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)
