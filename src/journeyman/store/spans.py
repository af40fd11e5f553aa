"""Which bytes of which files make up a thread: what a foreign fork refers to, without what was taken back.

A marker takes back the turns before it, back to and with one of them. Ours names that turn and where it
begins; one of the reference only counts. Markers are lines like any other: nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from journeyman.store.errors import cannot
from journeyman.store.head import read_meta
from journeyman.store.landmarks import Landmark, has_input, landmark_at, landmarks_before

# A fork of a fork of ...: deeper than anyone forks, shallow enough to end where files name each other.
_MAX_BASES = 64


# Which file of a thread the one at a path refers to.
FindRollout = Callable[[str, Path], Path]


class Span(NamedTuple):
    """Whole lines of one file, from byte `start` to `end`."""

    path: Path
    start: int
    end: int


class Mark(NamedTuple):
    """A landmark that counts, its file, and how far a turn that starts there goes."""

    path: Path
    landmark: Landmark
    end: int


class Walk:
    """Goes through a thread from its end backwards."""

    def __init__(
        self, path: Path, find: FindRollout | None = None, *, end: int | None = None
    ) -> None:
        """Begin at the end of the file, or at byte `end`; raises `StoreError` where it cannot be read."""
        self._files = list(_chain(path, find, end))
        self._spans: list[Span] = []
        self._skipping: list[_Skip] = []
        self._end = self._upper = 0

    def marks(self, reach_bytes: int | None = None) -> Iterator[Mark]:
        """Where turns start and compactions are, the newest first, without what was taken back.

        Args:
            reach_bytes: look no further back than this in each file; None means to its start.

        Raises:
            StoreError: a file cannot be read.
        """
        for path, end in self._files:
            begin = 0 if reach_bytes is None else max(0, end - reach_bytes)
            try:
                with path.open("rb") as file:
                    yield from self._marks_in(path, file, begin, end)
            except OSError as error:
                raise cannot("read", path, error) from error
            if begin > 0:
                return

    def down_to(self, path: Path, start: int) -> list[Span]:
        """What was gone through so far, down to this byte, the oldest first."""
        return [Span(path, start, self._end), *reversed(self._spans)]

    def gone_through(self) -> list[Span]:
        """What `marks` went through, the oldest first; nothing where it ended amid what was taken back."""
        return [] if self._skipping else list(reversed(self._spans))

    def before(self, mark: Mark | None) -> list[Span]:
        """What `marks` went through before this one, the oldest first; all of it where there was none."""
        older: list[Span] = []
        for span in self.gone_through():
            if mark is not None and span.path == mark.path and span.end > mark.landmark.start:
                older.append(span._replace(end=mark.landmark.start))
                break
            older.append(span)
        return older

    def whole(self) -> list[Span]:
        """All of the thread, the oldest first; raises `StoreError`."""
        for _ in self.marks():
            pass
        if self._skipping and self._skipping[0].is_unfounded:
            # A marker for a turn that nobody knows takes nothing back.
            return [Span(path, 0, end) for path, end in reversed(self._files)]
        return list(reversed(self._spans))

    def _marks_in(self, path: Path, file: BinaryIO, begin: int, end: int) -> Iterator[Mark]:
        self._end = self._upper = end
        jump: int | None = end
        while jump is not None:
            goes_on, jump = jump, None
            for mark in landmarks_before(file, goes_on, begin):
                if mark.kind == "revert":
                    jump = self._take_back(path, file, mark)
                    if jump is not None:
                        break
                elif not self._skipping:
                    yield Mark(path, mark, self._upper)
                    self._upper = mark.start if mark.kind == "turn" else self._upper
                elif mark.kind == "turn" and self._is_last_skipped(file, mark):
                    self._end = self._upper = mark.start
        if not self._skipping:
            self._spans.append(Span(path, begin, self._end))

    def _take_back(self, path: Path, file: BinaryIO, mark: Landmark) -> int | None:
        """Leave out what the marker takes back; returns where to go on where that is known at once."""
        skip = _Skip(mark)
        if not self._skipping:
            self._spans.append(Span(path, mark.end, self._end))
            target = landmark_at(file, skip.offset, mark.start)
            if target is not None and target.members.get("turn_id") == skip.turn_id:
                self._end = self._upper = skip.offset
                return skip.offset
        self._skipping.append(skip)
        return None

    def _is_last_skipped(self, file: BinaryIO, mark: Landmark) -> bool:
        """Whether with this turn everything is left out that was taken back."""
        if self._skipping[-1].ends_with(file, mark):
            self._skipping.pop()
        return not self._skipping


class Reach(NamedTuple):
    """How much is read of a long thread, in bytes.

    Attributes:
        whole: longer rollouts are not read whole, and a history without compaction is cut here. The text of
            the largest context windows is a tenth of it.
        compaction: how far back a compaction is looked for, before the history is cut instead.
        turns: of a long rollout only so many of the newest turns are shown at once; the others come in pages.
    """

    whole: int = 32 << 20
    compaction: int = 128 << 20
    turns: int = 8 << 20


DEFAULT_REACH = Reach()


class Recent(NamedTuple):
    """What is read to go on with a thread.

    Attributes:
        history: the spans that the model's history is made from.
        turns: those with the newest turns.
        is_long: whether these are not all of the thread.
        is_cut: whether the history lacks its beginning.
    """

    history: list[Span]
    turns: list[Span]
    is_long: bool = False
    is_cut: bool = False


def recent_spans(
    path: Path, find: FindRollout | None = None, reach: Reach = DEFAULT_REACH
) -> Recent:
    """Choose what to read of a thread; raises `StoreError`."""
    files = list(_chain(path, find, None))
    if sum(size for _, size in files) <= reach.whole:
        spans = Walk(path, find).whole()
        return Recent(spans, spans)
    walk = Walk(path, find)
    turns: list[Span] = []
    cut: list[Span] = []
    compacted: list[Span] = []
    for mark in walk.marks(reach.compaction):
        spans = walk.down_to(mark.path, mark.landmark.start)
        depth = bytes_of(spans)
        if mark.landmark.kind == "compaction":
            compacted = compacted or spans
        else:
            turns = spans if depth <= reach.turns else turns
            cut = spans if depth <= reach.whole else cut
        if compacted and depth > reach.turns:
            break
    if compacted:
        return Recent(compacted, turns or _newest(compacted, reach.turns), is_long=True)
    everything = walk.gone_through() or Walk(path, find).whole()
    return Recent(
        cut or _newest(everything, reach.whole),
        turns or _newest(everything, reach.turns),
        is_long=True,
        is_cut=True,
    )


def bytes_of(spans: list[Span]) -> int:
    """How long these spans are."""
    return sum(span.end - span.start for span in spans)


def _newest(spans: list[Span], limit: int) -> list[Span]:
    """The last `limit` bytes; where a line is cut in two, it costs that line."""
    kept: list[Span] = []
    for path, start, end in reversed(spans):
        begin = max(start, end - limit)
        kept.append(Span(path, begin, end))
        limit -= end - begin
        if limit <= 0:
            break
    return list(reversed(kept))


class _Skip:
    """One marker's worth of turns, as they are passed backwards."""

    def __init__(self, marker: Landmark) -> None:
        self.turn_id = marker.members.get("before_turn_id")
        offset = marker.members.get("before_offset")
        self.offset = offset if isinstance(offset, int) else -1
        count = marker.members.get("num_turns")
        self._left = count if isinstance(count, int) else 0
        self._newer = marker.start
        self.is_unfounded = True

    def ends_with(self, file: BinaryIO, turn: Landmark) -> bool:
        """Whether this turn is the first one that was taken back."""
        if self.turn_id is not None:
            return turn.members.get("turn_id") == self.turn_id
        self.is_unfounded = False
        # As the reference counts: turns in which the user said something.
        self._left -= has_input(file, turn.start, self._newer)
        self._newer = turn.start
        return self._left <= 0


def _chain(path: Path, find: FindRollout | None, end: int | None) -> Iterator[tuple[Path, int]]:
    """The files of a thread and how much of each belongs to it, the newest first."""
    for _ in range(_MAX_BASES):
        try:
            size = path.stat().st_size
        except OSError as error:
            raise cannot("read", path, error) from error
        yield path, size if end is None else min(end, size)
        base = read_meta(path).history_base
        if base is None or find is None:
            return
        path, end = find(base.thread_id, path), base.end_byte_offset
