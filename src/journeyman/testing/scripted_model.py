"""Short ways to write the answers of a `ScriptedClient`: what the model says, thinks and calls.

Each part is a list of events as a dialect would yield them; `answer` joins parts into one whole answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from journeyman.models.api import (
    Finished,
    ItemBegun,
    ItemDone,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    Message,
    OutputText,
    Reasoning,
    SummaryText,
)
from journeyman.protocol.usage import TokenUsage

USAGE = TokenUsage(input_tokens=10, output_tokens=2, total_tokens=12)


def says(text: str, *, key: str = "message", phase: str | None = None) -> list[StreamEvent]:
    """A message, streamed in two deltas."""
    half = (len(text) + 1) // 2
    item = Message(role="assistant", content=[OutputText(text)], id=key, phase=phase)
    deltas = [TextDelta(key, piece) for piece in (text[:half], text[half:]) if piece]
    return [ItemBegun(key, "message", phase), *deltas, ItemDone(item, key)]


def thinks(text: str, *, key: str = "reasoning") -> list[StreamEvent]:
    """A reasoning summary of one part."""
    item = Reasoning(summary=[SummaryText(text)], id=key, encrypted_content=f"sealed {key}")
    return [ItemBegun(key, "reasoning"), ReasoningDelta(key, 0, text), ItemDone(item, key)]


def calls(name: str, arguments: dict[str, Any] | str, *, call_id: str) -> list[StreamEvent]:
    """A call of a function tool; text instead of arguments is sent as it is, broken or not."""
    text = arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()
    return [ItemDone(FunctionCall(name=name, arguments=text, call_id=call_id))]


def calls_freeform(name: str, text: str, *, call_id: str) -> list[StreamEvent]:
    """A call of a freeform tool."""
    return [ItemDone(CustomToolCall(name=name, input=text, call_id=call_id))]


def answer(*parts: Sequence[StreamEvent], usage: TokenUsage = USAGE) -> list[StreamEvent]:
    """One whole answer: the parts in order, then its end."""
    return [*(event for part in parts for event in part), Finished(usage=usage)]
