"""Makes a recorded history valid again where a process died between a tool call and its output.

Providers refuse a request with an unanswered call or an output without call.
"""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.protocol.history import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    Message,
    ToolCallItem,
    ToolOutputItem,
)

ABORTED = "aborted: the program ended before this call finished"


def repair_history(history: Sequence[HistoryItem]) -> list[HistoryItem]:
    """The history with an output for every call and no output without one; a valid one comes back equal.

    An unanswered call gets the output `ABORTED` directly after the calls of its step.
    """
    unanswered, orphans = _match(history)
    repaired: list[HistoryItem] = []
    missing: list[ToolOutputItem] = []
    for index, item in enumerate(history):
        if index in orphans:
            continue
        if missing and not _may_precede_outputs(item):
            repaired += missing
            missing = []
        repaired.append(item)
        if index in unanswered and isinstance(item, ToolCallItem):
            missing.append(_aborted(item))
    return repaired + missing


def _match(history: Sequence[HistoryItem]) -> tuple[set[int], set[int]]:
    """Indexes of the calls without output and of the outputs without call; some models use an id again."""
    calls: dict[tuple[bool, str], list[int]] = {}
    orphans: set[int] = set()
    for index, item in enumerate(history):
        if isinstance(item, ToolCallItem):
            calls.setdefault((isinstance(item, FunctionCall), item.call_id), []).append(index)
        elif isinstance(item, ToolOutputItem):
            key = (isinstance(item, FunctionCallOutput), item.call_id)
            if calls.get(key):
                calls[key].pop()
            else:
                orphans.add(index)
    return {index for indexes in calls.values() for index in indexes}, orphans


def _may_precede_outputs(item: HistoryItem) -> bool:
    """Whether the item can belong to the same answer of the model as the calls before it."""
    if isinstance(item, Message):
        return item.role == "assistant"
    return not isinstance(item, ToolOutputItem)


def _aborted(call: ToolCallItem) -> ToolOutputItem:
    if isinstance(call, CustomToolCall):
        return CustomToolCallOutput(call_id=call.call_id, output=ABORTED)
    return FunctionCallOutput(call_id=call.call_id, output=ABORTED)
