"""thread/*: reading the turns and items of a thread by pages, and finding threads by a text."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from journeyman.protocol.items import AgentMessageItem, UserMessageItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.pages import (
    ItemAnchor,
    ItemOutputReadParams,
    ItemOutputReadResponse,
    ItemsView,
    ThreadItemEntry,
    ThreadItemsListParams,
    ThreadItemsListResponse,
    ThreadItemsReadParams,
    ThreadItemsReadResponse,
    ThreadSearchParams,
    ThreadSearchResponse,
    ThreadSearchResult,
    ThreadTurnsListParams,
    ThreadTurnsListResponse,
)
from journeyman.protocol.threads import Thread, ThreadListParams
from journeyman.protocol.turns import Turn
from journeyman.server.dispatch import Call, Handler
from journeyman.store.pages import ThreadPages, take_page
from journeyman.store.restore import Restorer
from journeyman.store.text_search import find_text

_SNIPPET_CHARS = 160
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 500
# A character of UTF-8 has to fit; JSON of what is no text is six times as long.
_LEAST_PIECE_BYTES, _DEFAULT_PIECE_BYTES, _MOST_PIECE_BYTES = 4, 256 << 10, 1 << 20


async def list_turns(call: Call, params: ThreadTurnsListParams) -> None:
    """One page of turns."""
    pages = call.manager.pages(params.thread_id)
    newest_first = params.sort_direction != "asc"
    page = take_page(pages.turns(params.cursor, newest_first=newest_first), _limit(params.limit))
    view = params.items_view or "summary"
    call.reply(
        ThreadTurnsListResponse(
            data=[_viewed(entry.turn, view) for entry in page.entries],
            next_cursor=page.next_cursor,
            backwards_cursor=page.backwards_cursor,
        )
    )


async def list_items(call: Call, params: ThreadItemsListParams) -> None:
    """One page of items, of the whole thread or one turn."""
    pages = call.manager.pages(params.thread_id)
    cursor = params.cursor
    if isinstance(cursor, ItemAnchor):
        cursor = _place_of(cursor, pages, params.turn_id)
    newest_first = params.sort_direction == "desc"
    items = pages.items(cursor, newest_first=newest_first, turn_id=params.turn_id)
    page = take_page(items, _limit(params.limit))
    call.reply(
        ThreadItemsListResponse(
            data=[
                ThreadItemEntry(turn_id=entry.turn_id, item=entry.item) for entry in page.entries
            ],
            next_cursor=page.next_cursor,
            backwards_cursor=page.backwards_cursor,
        )
    )


async def read_items(call: Call, params: ThreadItemsReadParams) -> None:
    """Certain items of one turn, whole however large they are."""
    wanted = set(params.item_ids)
    pages = call.manager.pages(
        params.thread_id, lambda blobs: Restorer(blobs, budget_bytes=None, only=wanted)
    )
    found = [
        ThreadItemEntry(turn_id=entry.turn_id, item=entry.item)
        for entry in pages.items(turn_id=params.turn_id)
        if entry.item.id in wanted
    ]
    call.reply(ThreadItemsReadResponse(data=found))


async def read_output(call: Call, params: ItemOutputReadParams) -> None:
    """A piece of what a command printed."""
    limit = params.limit_bytes if params.limit_bytes is not None else _DEFAULT_PIECE_BYTES
    limit = max(_LEAST_PIECE_BYTES, min(limit, _MOST_PIECE_BYTES))
    pages = call.manager.pages(params.thread_id)
    # Before its first piece the file is read whole, which others need not wait for.
    is_first = params.cursor is None
    kept = await asyncio.to_thread(pages.output, params.turn_id, params.item_id, check=is_first)
    piece = kept.piece(params.cursor, limit)
    call.reply(
        ItemOutputReadResponse(
            text=piece.text,
            kept_bytes=kept.kept_bytes,
            total_bytes=kept.total_bytes,
            next_cursor=piece.next_cursor,
        )
    )


async def search(call: Call, params: ThreadSearchParams) -> None:
    """Find threads by a text."""
    if not params.search_term.strip():
        message = "searchTerm must not be empty"
        raise RpcError(message)
    # Files are read for it, which others need not wait for.
    listed = await asyncio.to_thread(
        call.manager.list_threads,
        ThreadListParams(
            cursor=params.cursor,
            limit=params.limit,
            archived=params.archived,
            search_term=params.search_term,
            source_kinds=params.source_kinds,
            sort_key=params.sort_key,
            sort_direction=params.sort_direction,
        ),
        in_text=True,
    )
    call.reply(
        ThreadSearchResponse(
            data=[
                ThreadSearchResult(
                    thread=thread,
                    snippet=_snippet(thread, params.search_term),
                )
                for thread in listed.data
            ],
            next_cursor=listed.next_cursor,
            backwards_cursor=listed.backwards_cursor,
        )
    )


def _limit(asked: int | None) -> int:
    return max(1, min(_DEFAULT_LIMIT if asked is None else asked, _MAX_LIMIT))


def _viewed(turn: Turn, view: ItemsView) -> Turn:
    if view == "full":
        return turn
    said = [item for item in turn.items if isinstance(item, UserMessageItem)][:1]
    answered = [item for item in turn.items if isinstance(item, AgentMessageItem)][-1:]
    items = [] if view == "notLoaded" else [*said, *answered]
    return msgspec.structs.replace(turn, items=items, items_view=view)


def _place_of(anchor: ItemAnchor, pages: ThreadPages, turn_id: str | None) -> str:
    """The cursor that goes on behind an item."""
    for entry in pages.items(turn_id=turn_id):
        if entry.item.id == anchor.item_id:
            return entry.place.cursor()
    message = f"item not found: {anchor.item_id}"
    raise RpcError(message)


def _snippet(thread: Thread, term: str) -> str:
    """The text around the first place where the term stands: in the name, the preview, or what was said."""
    folded = term.casefold()
    text = thread.name if thread.name and folded in thread.name.casefold() else thread.preview
    if folded not in text.casefold() and thread.path is not None:
        return find_text(Path(thread.path), term) or text[:_SNIPPET_CHARS]
    place = max(0, text.casefold().find(folded))
    start = max(0, place - _SNIPPET_CHARS // 4)
    return text[start : start + _SNIPPET_CHARS]


HANDLERS: dict[str, Handler] = {
    "journeyman/item/output/read": read_output,
    "thread/items/list": list_items,
    "thread/items/read": read_items,
    "thread/search": search,
    "thread/turns/list": list_turns,
}
