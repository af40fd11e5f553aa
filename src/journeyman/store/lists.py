"""Lists of threads: what the wire asks for, as a question to the index, and its answer as a page.

A cursor is the key and the id of the last thread of a page; one that ends in `|=` begins with that thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from journeyman.protocol.threads import Thread, ThreadListParams, ThreadListResponse
from journeyman.store.errors import StoreError
from journeyman.store.index import INDEX_FILE, Home, Question, Row, ThreadIndex
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
        dressed: Callable[[Thread], Thread],
    ) -> None:
        """Nothing is read yet; `dressed` adds to a thread what its user gave it."""
        homes = [Home(home), *(Home(path, is_foreign=True) for path in foreign)]
        self._index = ThreadIndex(home / INDEX_FILE, homes)
        self._names = names
        self._dressed = dressed

    def list(self, params: ThreadListParams, *, in_text: bool = False) -> ThreadListResponse:
        """One page of threads; files that are no rollouts are passed over.

        With `in_text` the search term is looked for in all that was said, too.

        Raises:
            StoreError: the cursor is none of ours.
        """
        limit = max(1, min(params.limit or DEFAULT_PAGE, MAX_PAGE))
        after, is_inclusive = _position(params.cursor) if params.cursor else (None, False)
        names = self._names.all()
        rows = self._index.ask(
            Question(
                archived=params.archived or False,
                sort="created" if params.sort_key in {None, "created_at"} else "updated",
                newest_first=params.sort_direction != "asc",
                after=after,
                is_inclusive=is_inclusive,
                cwds=[params.cwd] if isinstance(params.cwd, str) else params.cwd,
                sources=wanted_kinds(params.source_kinds),
                providers=params.model_providers or None,
                parents=None if params.parent_thread_id is None else [params.parent_thread_id],
                excluded=params.excluded_thread_ids or (),
                fits=_fits(params.search_term, names, in_text=in_text)
                if params.search_term
                else None,
                limit=limit + 1,
            )
        )
        page = rows[:limit]
        return ThreadListResponse(
            data=[self._dressed(row.thread) for row in page],
            next_cursor=_cursor(page[-1]) if len(rows) > limit else None,
            backwards_cursor=f"{_cursor(page[0])}|=" if page else None,
        )

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


def _fits(term: str, names: dict[str, str], *, in_text: bool) -> Callable[[str, str, str], bool]:
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
    # SQLite has no larger numbers.
    if not key.isdecimal() or len(key) > 18 or not thread_id or (mark and flag != "="):
        raise StoreError(f"invalid cursor: {cursor}")
    return (int(key), thread_id), bool(mark)
