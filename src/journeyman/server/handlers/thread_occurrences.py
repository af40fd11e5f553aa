"""thread/searchOccurrences: every place of a text in what the user and the agent said in one thread.

A cursor is that of a turn, and how many places of it were told already.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from journeyman.protocol.items import AgentMessageItem, TextInput, ThreadItem, UserMessageItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.pages import (
    TextRange,
    ThreadSearchOccurrence,
    ThreadSearchOccurrencesParams,
    ThreadSearchOccurrencesResponse,
)
from journeyman.server.dispatch import Call, Handler
from journeyman.store.pages import ThreadPages

_DEFAULT_LIMIT, _MAX_LIMIT = 50, 500
_CHARS_AROUND = 80


class _Found(NamedTuple):
    occurrence: ThreadSearchOccurrence
    number: int  # within its turn


async def search_occurrences(call: Call, params: ThreadSearchOccurrencesParams) -> None:
    """One page of them."""
    if not params.search_term.strip():
        raise RpcError("searchTerm must not be empty")
    pages = call.manager.pages(params.thread_id)
    # Files are read for it, which others need not wait for.
    call.reply(await asyncio.to_thread(_page, pages, params))


def _page(
    pages: ThreadPages, params: ThreadSearchOccurrencesParams
) -> ThreadSearchOccurrencesResponse:
    start, told = (None, 0) if params.cursor is None else _place(params.cursor)
    limit = max(1, min(_DEFAULT_LIMIT if params.limit is None else params.limit, _MAX_LIMIT))
    found = list(islice(_occurrences(pages, params.search_term, start, told), limit + 1))
    following = found[limit] if len(found) > limit else None
    return ThreadSearchOccurrencesResponse(
        data=[one.occurrence for one in found[:limit]],
        next_cursor=following and f"{following.number}|{following.occurrence.turn_cursor}",
    )


def _place(cursor: str) -> tuple[str, int]:
    told, mark, turn = cursor.partition("|")
    if not (mark and told.isascii() and told.isdecimal() and len(told) < 10):
        raise RpcError(f"invalid cursor: {cursor}")
    return turn, int(told)


def _occurrences(pages: ThreadPages, term: str, start: str | None, told: int) -> Iterator[_Found]:
    pattern = re.compile(re.escape(term), re.IGNORECASE)
    for entry in pages.turns(start, newest_first=False):
        cursor, number = entry.place.cursor(is_inclusive=True), 0
        for item in entry.turn.items:
            for text in _said(item):
                for match in pattern.finditer(text):
                    if number >= told:
                        snippet, place = _snippet(text, *match.span())
                        yield _Found(
                            ThreadSearchOccurrence(
                                turn_id=entry.turn.id,
                                item_id=item.id,
                                snippet=snippet,
                                snippet_match_range=place,
                                turn_cursor=cursor,
                            ),
                            number,
                        )
                    number += 1
        told = 0


def _said(item: ThreadItem) -> list[str]:
    if isinstance(item, UserMessageItem):
        return [part.text for part in item.content if isinstance(part, TextInput)]
    return [item.text] if isinstance(item, AgentMessageItem) else []


def _snippet(text: str, start: int, end: int) -> tuple[str, TextRange]:
    """The text around a place, and where the place is in it."""
    begin = max(0, start - _CHARS_AROUND)
    before = _units(text[begin:start])
    place = TextRange(start=before, end=before + _units(text[start:end]))
    return text[begin : end + _CHARS_AROUND], place


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


HANDLERS: dict[str, Handler] = {"thread/searchOccurrences": search_occurrences}
