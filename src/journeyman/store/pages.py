"""The turns and items of a thread in pages, read from where they stand in the file: no page reads the whole.

A cursor is the id of a turn and the byte at which it begins, with the number of an item where it is one's;
the turn itself belongs to the page when the cursor ends in `=`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from journeyman.protocol.items import ThreadItem
from journeyman.protocol.turns import Turn
from journeyman.store.errors import StoreError, cannot
from journeyman.store.head import read_meta
from journeyman.store.landmarks import has_reverts, landmarks_from, turn_end
from journeyman.store.outputs import KeptOutput, find_output
from journeyman.store.replay import replay_turns
from journeyman.store.restore import RESTORED_BYTES, BlobReader, Restorer, Restoring
from journeyman.store.spans import FindRollout, Mark, Span, Walk, bytes_of

# No file is that long, and no turn has that many items.
_CURSOR = re.compile(r"([^@#=]+)@(-1|\d{1,15})(?:#(\d{1,9}))?(=?)")


class Place(NamedTuple):
    """Where a page begins: a turn, and an item of it; -1 stands for the turn itself."""

    turn_id: str
    offset: int
    item: int = -1
    is_inclusive: bool = False

    def cursor(self, *, is_inclusive: bool = False) -> str:
        """The place as text."""
        item = f"#{self.item}" if self.item >= 0 else ""
        return f"{self.turn_id}@{self.offset}{item}{'=' if is_inclusive else ''}"

    def is_before(self, other: Place, newest_first: bool) -> bool:  # noqa: FBT001 -- the only question
        """Whether a page that begins here has that item of the same turn."""
        if other.item == self.item:
            return self.is_inclusive
        return other.item < self.item if newest_first else other.item > self.item


class TurnEntry(NamedTuple):
    """A turn, where it stands, and how much it takes up in the rollout and beside it."""

    place: Place
    size_bytes: int
    turn: Turn


class ItemEntry(NamedTuple):
    """An item, its turn, where it stands, and about how much it takes up in the rollout and beside it."""

    place: Place
    size_bytes: int
    turn_id: str
    item: ThreadItem


EntryT = TypeVar("EntryT", TurnEntry, ItemEntry)


class Page(NamedTuple, Generic[EntryT]):
    """Some entries; `next_cursor` goes on behind them, `backwards_cursor` turns round at the first."""

    entries: list[EntryT]
    next_cursor: str | None
    backwards_cursor: str | None


def take_page(entries: Iterator[EntryT], limit: int) -> Page[EntryT]:
    """The first entries, at most `limit`, and fewer where they are large; at least one where there is one."""
    page: list[EntryT] = []
    size = 0
    for entry in entries:
        if len(page) == limit or (page and size + entry.size_bytes > RESTORED_BYTES):
            return Page(page, page[-1].place.cursor(), page[0].place.cursor(is_inclusive=True))
        page.append(entry)
        size += entry.size_bytes
    return Page(page, None, page[0].place.cursor(is_inclusive=True) if page else None)


class ThreadPages:
    """The pages of one recorded thread."""

    def __init__(
        self,
        path: Path,
        find: FindRollout | None = None,
        *,
        is_running: bool = False,
        restoring: Restoring = Restorer,
    ) -> None:
        """Read this rollout.

        Args:
            path: the file.
            find: see `read_rollout`.
            is_running: whether its last turn may still be going on.
            restoring: what makes the items of one turn whole again; else as many as fit a page.
        """
        self._path = path
        self._find = find
        self._is_running = is_running
        self._restoring = restoring

    def turns(self, cursor: str | None = None, *, newest_first: bool = True) -> Iterator[TurnEntry]:
        """The turns behind the cursor, or all; each is read as it is taken.

        Raises:
            StoreError: the cursor is none of ours, or a file cannot be read.
        """
        return self._from(None if cursor is None else _parse(cursor), newest_first=newest_first)

    def items(
        self, cursor: str | None = None, *, newest_first: bool = False, turn_id: str | None = None
    ) -> Iterator[ItemEntry]:
        """The items behind the cursor, or all, of one turn where it is named.

        Raises:
            StoreError: as `turns` does.
        """
        place = None if cursor is None else _parse(cursor)
        if place is not None:
            turns = self._from(place._replace(is_inclusive=True), newest_first=newest_first)
        else:
            turns = self._from(None, newest_first=newest_first or turn_id is not None)
        for found, size_bytes, turn in turns:
            share = size_bytes // max(1, len(turn.items))
            if turn_id is not None and turn.id != turn_id:
                if place is not None:
                    return
                continue
            numbered = list(enumerate(turn.items))
            for number, item in reversed(numbered) if newest_first else numbered:
                here = found._replace(item=number)
                if place is None or turn.id != place.turn_id or place.is_before(here, newest_first):
                    yield ItemEntry(here, share, turn.id, item)
            if turn_id is not None:
                return

    def output(self, turn_id: str, item_id: str, *, check: bool) -> KeptOutput:
        """Where the output of a command of one turn is kept; with `check` it is read whole to see whether it is intact.

        Raises:
            StoreError: as `find_output` does, or there is no such turn.
        """
        for found in self._backwards(None):
            if found.place.turn_id == turn_id:
                return find_output(found.spans, item_id, check=check)
        raise StoreError(f"no turn {turn_id} in {self._path}")

    def _from(self, place: Place | None, *, newest_first: bool) -> Iterator[TurnEntry]:
        if newest_first:
            yield from (self._newest_first(place) if place else self._read(self._backwards(None)))
            return
        if (forwards := self._forwards(place)) is not None:
            yield from self._read(forwards)
            return
        found: list[_Found] = []
        for one in self._backwards(None):
            if place is not None and one.place.turn_id == place.turn_id:
                found += [one] if place.is_inclusive else []
                break
            found.append(one)
        else:
            if place is not None:
                raise StoreError(f"invalid cursor: {place.cursor()}")
        yield from self._read(reversed(found))

    def _forwards(self, place: Place | None) -> Iterator[_Found] | None:
        """Where the turns are, the oldest first; None where only who goes backwards can tell."""
        if read_meta(self._path).history_base is not None:
            return None
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                begin = 0
                if place is not None:
                    end = turn_end(file, place.offset, place.turn_id)
                    if end is None:
                        return None
                    begin = place.offset if place.is_inclusive else end
                if has_reverts(file, begin, size):
                    return None
        except OSError as error:
            raise cannot("read", self._path, error) from error
        return self._turns_from(begin, size)

    def _turns_from(self, begin: int, size: int) -> Iterator[_Found]:
        place: Place | None = None
        with self._path.open("rb") as file:
            for mark in landmarks_from(file, begin, size):
                if mark.kind != "turn":
                    continue
                yield from self._between(place, begin, mark.start)
                place, begin = Place(str(mark.members.get("turn_id")), mark.start), mark.start
        yield from self._between(place, begin, size)

    def _between(self, place: Place | None, begin: int, end: int) -> Iterator[_Found]:
        """A turn; without a place, the turns that older programs marked no start of."""
        spans = [Span(self._path, begin, end)]
        if place is not None:
            yield _Found(place, spans)
        elif begin < end:
            for turn in replay_turns(spans):
                yield _Found(Place(turn.id, -1), spans)

    def _newest_first(self, place: Place) -> Iterator[TurnEntry]:
        end = self._turn_end(place)
        if end is not None:
            if place.is_inclusive:
                here = Place(place.turn_id, place.offset)
                yield from self._read([_Found(here, [Span(self._path, place.offset, end)])])
            yield from self._read(self._backwards(place.offset))
            return
        rest = self._backwards(None)
        for one in rest:
            if one.place.turn_id == place.turn_id:
                yield from self._read([*([one] if place.is_inclusive else []), *rest])
                return
        raise StoreError(f"invalid cursor: {place.cursor()}")

    def _turn_end(self, place: Place) -> int | None:
        """How far the turn goes that begins at this place; None where none of this id does."""
        try:
            with self._path.open("rb") as file:
                return turn_end(file, place.offset, place.turn_id)
        except OSError as error:
            raise cannot("read", self._path, error) from error

    def _backwards(self, end: int | None) -> Iterator[_Found]:
        """Where the turns are, the newest first; at last those that older programs marked no start of."""
        walk = Walk(self._path, self._find, end=end)
        oldest: Mark | None = None
        for mark in walk.marks():
            if mark.landmark.kind != "turn":
                continue
            oldest = mark
            start = mark.landmark.start
            turn_id = str(mark.landmark.members.get("turn_id"))
            place = Place(turn_id, start if mark.path == self._path else -1)
            yield _Found(place, [Span(mark.path, start, mark.end)])
        spans = walk.before(oldest)
        for turn in reversed(replay_turns(spans)):
            yield _Found(Place(turn.id, -1), spans)

    def _read(self, found: Iterable[_Found]) -> Iterator[TurnEntry]:
        for place, spans in found:
            is_running = self._is_running and spans[-1].end >= self._path.stat().st_size
            restorer = self._restoring(BlobReader(span.path for span in spans))
            for turn in replay_turns(spans, is_running=is_running, restorer=restorer):
                if turn.id == place.turn_id:
                    yield TurnEntry(place, bytes_of(spans) + restorer.taken_bytes, turn)


class _Found(NamedTuple):
    """A turn that is not read yet."""

    place: Place
    spans: list[Span]


def _parse(cursor: str) -> Place:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise StoreError(f"invalid cursor: {cursor}")
    turn_id, offset, item, flag = match.groups()
    return Place(turn_id, int(offset), int(item) if item else -1, is_inclusive=bool(flag))
