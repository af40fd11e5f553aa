"""Ids of tool calls: unique within a thread, whatever a service sends.

Some services number the calls of each answer from zero, or give several calls one id; an output would then
answer the wrong call. The provider sees the new id with call and output alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from journeyman.protocol.history import CustomToolCall, FunctionCall, HistoryItem


def with_unique_call_ids(
    answer: Iterable[HistoryItem], history: Sequence[HistoryItem]
) -> list[HistoryItem]:
    """The items of an answer; a call whose id is empty or was used before gets another one."""
    items = list(answer)
    if not any(isinstance(item, FunctionCall | CustomToolCall) for item in items):
        return items
    used = {item.call_id for item in history if isinstance(item, FunctionCall | CustomToolCall)}
    return [_unique(item, used) for item in items]


def _unique(item: HistoryItem, used: set[str]) -> HistoryItem:
    if not isinstance(item, FunctionCall | CustomToolCall):
        return item
    call_id, number = item.call_id or "call", 2
    while call_id in used:
        call_id, number = f"{item.call_id or 'call'}_{number}", number + 1
    used.add(call_id)
    return item if call_id == item.call_id else msgspec.structs.replace(item, call_id=call_id)
