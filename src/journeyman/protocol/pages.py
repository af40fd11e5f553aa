"""Reading a thread by pages: its turns, and the items of all turns or one. Nothing is loaded for it."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.items import ThreadItem
from journeyman.protocol.threads import Thread
from journeyman.protocol.turns import Turn
from journeyman.protocol.wire import Wire

SortDirection = Literal["asc", "desc"]
ItemsView = Literal["notLoaded", "summary", "full"]


class ThreadTurnsListParams(Wire, frozen=True):
    """One page of turns, newest first unless told otherwise; `items_view` says how much of each."""

    thread_id: str
    cursor: str | None = None
    limit: int | None = None
    sort_direction: SortDirection | None = None
    items_view: ItemsView | None = None


class ThreadTurnsListResponse(Wire, frozen=True):
    """The page; `backwards_cursor` begins with its first turn and goes the other way."""

    data: list[Turn]
    next_cursor: str | None = None
    backwards_cursor: str | None = None


class ItemAnchor(Wire, frozen=True, tag_field="type", tag="item"):
    """An item to begin with."""

    item_id: str


class ThreadItemsListParams(Wire, frozen=True):
    """One page of items, oldest first unless told otherwise; of one turn where `turn_id` is given."""

    thread_id: str
    turn_id: str | None = None
    cursor: str | ItemAnchor | None = None
    limit: int | None = None
    sort_direction: SortDirection | None = None


class ThreadItemEntry(Wire, frozen=True):
    """An item and the turn it belongs to."""

    turn_id: str
    item: ThreadItem


class ThreadItemsListResponse(Wire, frozen=True):
    """The page; `backwards_cursor` begins with its first item and goes the other way."""

    data: list[ThreadItemEntry]
    next_cursor: str | None = None
    backwards_cursor: str | None = None


class ThreadItemsReadParams(Wire, frozen=True):
    """Certain items of one turn."""

    thread_id: str
    turn_id: str
    item_ids: list[str]


class ThreadItemsReadResponse(Wire, frozen=True):
    """The items that there are of those asked for, in their order."""

    data: list[ThreadItemEntry]


class ItemOutputReadParams(Wire, frozen=True):
    """All that is kept of what a command printed, in pieces of at most `limit_bytes`; a method of our own."""

    thread_id: str
    turn_id: str
    item_id: str
    cursor: str | None = None
    limit_bytes: int | None = None


class ItemOutputReadResponse(Wire, frozen=True):
    """One piece; `next_cursor` is null at the end. Where `total_bytes` is more than `kept_bytes`, a line of the text says so."""

    text: str
    kept_bytes: int
    total_bytes: int
    next_cursor: str | None = None


class ThreadSearchParams(Wire, frozen=True):
    """Find threads by a text in their name, or in what the user and the agent said."""

    search_term: str
    cursor: str | None = None
    limit: int | None = None
    archived: bool | None = None
    sort_key: Literal["created_at", "updated_at", "recency_at"] | None = None
    sort_direction: SortDirection | None = None
    source_kinds: list[str] | None = None


class ThreadSearchResult(Wire, frozen=True):
    """A thread, and where the text was found."""

    thread: Thread
    snippet: str


class ThreadSearchResponse(Wire, frozen=True):
    """One page; `next_cursor` is null on the last."""

    data: list[ThreadSearchResult]
    next_cursor: str | None = None
    backwards_cursor: str | None = None


class ThreadSearchOccurrencesParams(Wire, frozen=True):
    """Find a text in what was said in one thread, upper and lower case alike; `cursor` continues an earlier page."""

    thread_id: str
    search_term: str
    cursor: str | None = None
    limit: int | None = None


class TextRange(Wire, frozen=True):
    """Where a text stands in another one, in UTF-16 code units."""

    start: int
    end: int


class ThreadSearchOccurrence(Wire, frozen=True):
    """One place; `turn_cursor` begins a page of turns with its turn."""

    turn_id: str
    item_id: str
    snippet: str
    snippet_match_range: TextRange
    turn_cursor: str


class ThreadSearchOccurrencesResponse(Wire, frozen=True):
    """One page, in the order it was said."""

    data: list[ThreadSearchOccurrence]
    next_cursor: str | None = None
