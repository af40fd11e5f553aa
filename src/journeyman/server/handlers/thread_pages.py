"""thread/*: reading the turns and items of a thread by pages, and finding threads by a text."""

from __future__ import annotations

import msgspec

from journeyman.protocol.items import AgentMessageItem, UserMessageItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.pages import (
    ItemAnchor,
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
from journeyman.protocol.threads import ThreadListParams, ThreadReadParams
from journeyman.protocol.turns import Turn
from journeyman.server.dispatch import Call, Handler
from journeyman.server.pages import page_of

_SNIPPET_CHARS = 160


async def list_turns(call: Call, params: ThreadTurnsListParams) -> None:
    """One page of turns."""
    page = page_of(
        _turns(call, params.thread_id),
        cursor=params.cursor,
        limit=params.limit,
        newest_first=params.sort_direction != "asc",
    )
    view = params.items_view or "summary"
    call.reply(
        ThreadTurnsListResponse(
            data=[_viewed(turn, view) for turn in page.data],
            next_cursor=page.next_cursor,
            backwards_cursor=page.backwards_cursor,
        )
    )


async def list_items(call: Call, params: ThreadItemsListParams) -> None:
    """One page of items, of the whole thread or one turn."""
    entries = [
        ThreadItemEntry(turn_id=turn.id, item=item)
        for turn in _turns(call, params.thread_id)
        if params.turn_id in (None, turn.id)
        for item in turn.items
    ]
    cursor = params.cursor
    if isinstance(cursor, ItemAnchor):
        cursor = _place_of(cursor, entries)
    newest_first = params.sort_direction == "desc"
    page = page_of(entries, cursor=cursor, limit=params.limit, newest_first=newest_first)
    call.reply(
        ThreadItemsListResponse(
            data=page.data,
            next_cursor=page.next_cursor,
            backwards_cursor=page.backwards_cursor,
        )
    )


async def read_items(call: Call, params: ThreadItemsReadParams) -> None:
    """Certain items of one turn."""
    wanted = set(params.item_ids)
    found = [
        ThreadItemEntry(turn_id=turn.id, item=item)
        for turn in _turns(call, params.thread_id)
        if turn.id == params.turn_id
        for item in turn.items
        if item.id in wanted
    ]
    call.reply(ThreadItemsReadResponse(data=found))


async def search(call: Call, params: ThreadSearchParams) -> None:
    """Find threads by a text."""
    if not params.search_term.strip():
        message = "searchTerm must not be empty"
        raise RpcError(message)
    listed = call.manager.list_threads(
        ThreadListParams(
            cursor=params.cursor,
            limit=params.limit,
            archived=params.archived,
            search_term=params.search_term,
            source_kinds=params.source_kinds,
            sort_key=params.sort_key,
            sort_direction=params.sort_direction,
        )
    )
    call.reply(
        ThreadSearchResponse(
            data=[
                ThreadSearchResult(
                    thread=thread,
                    snippet=_snippet(thread.name, thread.preview, params.search_term),
                )
                for thread in listed.data
            ],
            next_cursor=listed.next_cursor,
            backwards_cursor=listed.backwards_cursor,
        )
    )


def _turns(call: Call, thread_id: str) -> list[Turn]:
    return call.manager.read(ThreadReadParams(thread_id=thread_id, include_turns=True)).turns


def _viewed(turn: Turn, view: ItemsView) -> Turn:
    if view == "full":
        return turn
    said = [item for item in turn.items if isinstance(item, UserMessageItem)][:1]
    answered = [item for item in turn.items if isinstance(item, AgentMessageItem)][-1:]
    items = [] if view == "notLoaded" else [*said, *answered]
    return msgspec.structs.replace(turn, items=items, items_view=view)


def _place_of(anchor: ItemAnchor, entries: list[ThreadItemEntry]) -> str:
    for place, entry in enumerate(entries):
        if entry.item.id == anchor.item_id:
            return str(place)
    message = f"item not found: {anchor.item_id}"
    raise RpcError(message)


def _snippet(name: str | None, preview: str, term: str) -> str:
    """The text around the first place where the term stands, in the name or the preview."""
    folded = term.casefold()
    text = name if name and folded in name.casefold() else preview
    place = max(0, text.casefold().find(folded))
    start = max(0, place - _SNIPPET_CHARS // 4)
    return text[start : start + _SNIPPET_CHARS]


HANDLERS: dict[str, Handler] = {
    "thread/items/list": list_items,
    "thread/items/read": read_items,
    "thread/search": search,
    "thread/turns/list": list_turns,
}
