"""Lists of threads: what the wire asks for, as a question to the index, and its answer as a page.

A cursor is the key and the id of the last thread of a page; one that ends in `|=` begins with that thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from journeyman.protocol.threads import Thread, ThreadListParams, ThreadListResponse
from journeyman.store.errors import StoreError
from journeyman.store.index import INDEX_FILE, Home, Question, Row, ThreadIndex
from journeyman.store.marks import Marks
from journeyman.store.names import ThreadNames
from journeyman.store.sources import wanted_kinds
from journeyman.store.text_search import find_text

DEFAULT_PAGE = 25
MAX_PAGE = 100


class ThreadLists:
    """Lists the threads under `home`, and those under the foreign ones."""

    def __init__(
        self,
        home: Path,
        foreign: Sequence[Path],
        names: ThreadNames,
        marks: Marks,
        *,
        dressed: Callable[[Thread], Thread],
    ) -> None:
        """Nothing is read yet; `dressed` adds to a thread what its user gave it."""
        homes = [Home(home), *(Home(path, is_foreign=True) for path in foreign)]
        self._index = ThreadIndex(home / INDEX_FILE, homes)
        self._names = names
        self._marks = marks
        self._dressed = dressed

    def list(self, params: ThreadListParams, *, in_text: bool = False) -> ThreadListResponse:
        """One page of threads; files that are no rollouts are passed over.

        With `in_text` the search term is looked for in all that was said, too.

        Raises:
            StoreError: the cursor is none of ours, or the order needs a section.
        """
        limit = max(1, min(params.limit or DEFAULT_PAGE, MAX_PAGE))
        if params.sort_key == "section_position":
            return self._by_position(params, limit)
        after, is_inclusive = _position(params.cursor) if params.cursor else (None, False)
        question = msgspec.structs.replace(
            self._question(params, in_text=in_text),
            sort="created" if params.sort_key in {None, "created_at"} else "updated",
            newest_first=params.sort_direction != "asc",
            after=after,
            is_inclusive=is_inclusive,
            limit=limit + 1,
        )
        rows = self._index.ask(question)
        page = rows[:limit]
        return ThreadListResponse(
            data=[self._dressed(row.thread) for row in page],
            next_cursor=_cursor(page[-1]) if len(rows) > limit else None,
            backwards_cursor=f"{_cursor(page[0])}|=" if page else None,
        )

    def _question(self, params: ThreadListParams, *, in_text: bool = False) -> Question:
        """Which threads are asked for, in whatever order."""
        return Question(
            archived=params.archived or False,
            cwds=[params.cwd] if isinstance(params.cwd, str) else params.cwd,
            sources=wanted_kinds(params.source_kinds),
            providers=params.model_providers or None,
            parents=None if params.parent_thread_id is None else [params.parent_thread_id],
            excluded=params.excluded_thread_ids or (),
            fits=_all_of(
                _is_in(params.section_id, self._section_of),
                _is_in(params.project_id, self._marks.projects.project_of),
                _has(params.search_term, self._names.all(), in_text=in_text)
                if params.search_term
                else None,
            ),
        )

    def _by_position(self, params: ThreadListParams, limit: int) -> ThreadListResponse:
        """A page of a section in the user's own order; its cursor is a place in that order."""
        if not isinstance(params.section_id, str):
            raise StoreError("section-position sorting requires a section filter")
        ids = self._marks.sections.threads_of(params.section_id)
        start = 0 if params.cursor is None else _number(params.cursor, of=params.cursor)
        question = msgspec.structs.replace(self._question(params), limit=len(ids))
        found = {row.thread.id: row.thread for row in self._index.ask(question)}
        ordered = [found[one] for one in ids if one in found]
        if params.sort_direction == "desc":
            ordered.reverse()
        return ThreadListResponse(
            data=[self._dressed(thread) for thread in ordered[start : start + limit]],
            next_cursor=str(start + limit) if start + limit < len(ordered) else None,
        )

    def _section_of(self, thread_id: str) -> str | None:
        place = self._marks.sections.place_of(thread_id)
        return place and place[0].id

    def updated_at(self, ids: Sequence[str]) -> int | None:
        """When the one of these threads changed that changed last, in unix seconds; archived ones do not count."""
        wanted = frozenset(ids)
        question = Question(
            sort="updated", fits=lambda found, _title, _path: found in wanted, limit=1
        )
        rows = self._index.ask(question) if wanted else []
        return rows[0].thread.updated_at if rows else None

    def find(self, prefix: str) -> list[Thread]:
        """The threads, archived ones too, whose id begins so; at most two, which is already too many."""
        return [
            self._dressed(row.thread)
            for archived in (False, True)
            for row in self._index.ask(
                Question(
                    archived=archived,
                    fits=lambda found, _title, _path: found.startswith(prefix),
                    limit=2,
                )
            )
        ][:2]

    def rebuild(self) -> int:
        """Make the index anew; returns how many threads it knows then."""
        return self._index.rebuild()


Fits = Callable[[str, str, str], bool]


def _all_of(*conditions: Fits | None) -> Fits | None:
    """What holds where all of these do, those that are none aside; None where all are."""
    given = [condition for condition in conditions if condition is not None]
    if not given:
        return None
    return lambda thread_id, title, path: all(fits(thread_id, title, path) for fits in given)


def _is_in(
    wanted: str | msgspec.UnsetType | None, place_of: Callable[[str], str | None]
) -> Fits | None:
    """Whether a thread is in this section or project, in none for None; no condition where unset."""
    if isinstance(wanted, msgspec.UnsetType):
        return None
    return lambda thread_id, _title, _path: place_of(thread_id) == wanted


def _has(term: str, names: dict[str, str], *, in_text: bool) -> Fits:
    folded = term.casefold()

    def fits(thread_id: str, title: str, path: str) -> bool:
        if folded in title or folded in names.get(thread_id, "").casefold():
            return True
        return in_text and find_text(Path(path), term) is not None

    return fits


def _cursor(row: Row) -> str:
    return f"{row.key}|{row.thread.id}"


def _position(cursor: str) -> tuple[tuple[int, str], bool]:
    key, _, rest = cursor.partition("|")
    thread_id, mark, flag = rest.partition("|")
    if not thread_id or (mark and flag != "="):
        raise StoreError(f"invalid cursor: {cursor}")
    return (_number(key, of=cursor), thread_id), bool(mark)


def _number(digits: str, *, of: str) -> int:
    """The number in a cursor; raises `StoreError` for what is none."""
    # SQLite has no larger ones.
    if not digits.isdecimal() or len(digits) > 18:
        raise StoreError(f"invalid cursor: {of}")
    return int(digits)
