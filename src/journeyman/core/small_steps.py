"""Which steps are small: those that a fast model may take where the configuration names one.

By what can be counted alone: a small step only goes on from a few tokens of tool output. What the user says, and
whatever has much to be read, is for the thread's own model.
"""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.core.usage_meter import estimate
from journeyman.protocol.history import (
    CustomToolCallOutput,
    FunctionCallOutput,
    HistoryItem,
)


def is_small_step(history: Sequence[HistoryItem], most_tokens: int) -> bool:
    """Whether all that is new since the last answer are tool outputs of at most so many tokens."""
    tokens, at = 0, len(history)
    while at and isinstance(history[at - 1], FunctionCallOutput | CustomToolCallOutput):
        at -= 1
        tokens += estimate([history[at]])
        if tokens > most_tokens:
            return False
    return at < len(history)
