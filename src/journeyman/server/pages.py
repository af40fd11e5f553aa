"""Pages of a list that only grows at its end: a cursor is the place in the list that the next page begins at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from journeyman.protocol.jsonrpc import INVALID_REQUEST, RpcError

EntryT = TypeVar("EntryT")
DEFAULT_LIMIT, MAX_LIMIT = 50, 500
# More places than any list has.
_MAX_DIGITS = 15


class Page(msgspec.Struct, Generic[EntryT], frozen=True):
    """Some entries in the order asked for; `next_cursor` goes on, `backwards_cursor` turns round at the first."""

    data: list[EntryT]
    next_cursor: str | None
    backwards_cursor: str | None


def page_of(
    entries: Sequence[EntryT],
    *,
    cursor: str | None,
    limit: int | None,
    newest_first: bool = False,
    code: int = INVALID_REQUEST,
) -> Page[EntryT]:
    """One page.

    Args:
        entries: the whole list, oldest first.
        cursor: of an earlier page of the same list; None for the first page.
        limit: at most so many entries, 1 to 500; None for 50.
        newest_first: from the end to the beginning.
        code: of the error.

    Raises:
        RpcError: the cursor is none of this list's.
    """
    first = (
        _place(cursor, code) if cursor is not None else (len(entries) - 1 if newest_first else 0)
    )
    count = max(1, min(limit if limit is not None else DEFAULT_LIMIT, MAX_LIMIT))
    step = -1 if newest_first else 1
    places = [p for p in range(first, first + step * count, step) if 0 <= p < len(entries)]
    following = first + step * count
    return Page(
        data=[entries[place] for place in places],
        next_cursor=str(following) if 0 <= following < len(entries) else None,
        backwards_cursor=str(places[0]) if places else None,
    )


def _place(cursor: str, code: int) -> int:
    if not (cursor.isascii() and cursor.isdecimal()) or len(cursor) > _MAX_DIGITS:
        message = f"invalid cursor: {cursor}"
        raise RpcError(message, code=code)
    return int(cursor)
