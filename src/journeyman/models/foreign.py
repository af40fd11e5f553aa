"""Leaves out of a history, and of an answer, what only the model that made it can read.

Encrypted and signed reasoning is refused by another model of the same service, and it bears no name of its model.
A signature may hold for all that was told before it as well, so that what is left out once stays out.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from journeyman.models.api import ItemDone, StreamEvent
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    OpaqueItem,
    Reasoning,
)


def readable(history: Iterable[HistoryItem]) -> list[HistoryItem]:
    """The items as any model can read them: messages, calls and outputs."""
    return [item for one in history if (item := _readable(one)) is not None]


def handed_over(history: Iterable[HistoryItem]) -> list[HistoryItem]:
    """The items as the next model of a thread is told them: readable, but with a summary that a service had sealed.

    Without that nothing would be left of what it summarizes, and most services read those of all their models.
    """
    return [item for one in history if (item := one if _is_summary(one) else _readable(one))]


def readable_event(event: StreamEvent) -> StreamEvent | None:
    """The event with what any model can read; None where nothing is left, such as of reasoning, shown as it came."""
    if not isinstance(event, ItemDone):
        return event
    item = _readable(event.item)
    return None if item is None else ItemDone(item, event.key)


def _is_summary(item: HistoryItem) -> bool:
    return isinstance(item, OpaqueItem) and "compaction" in str(item.raw.get("type"))


def _readable(item: HistoryItem) -> HistoryItem | None:
    match item:
        case Reasoning():
            return None
        case OpaqueItem(raw) if raw.get("provider_data") or raw.get("encrypted_content"):
            return None
        case Message() | FunctionCall() | CustomToolCall() if item.provider_data:
            return msgspec.structs.replace(item, provider_data=None)
        case _:
            return item
