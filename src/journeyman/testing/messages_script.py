"""A scripted step as the events of a Messages service: blocks with deltas, thinking with its signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from journeyman.testing.responses_script import (
    Call,
    Freeform,
    Item,
    Say,
    Step,
    Think,
    call_id_of,
    call_text,
    pieces,
    usage_of,
)


def frames(step: Step, number: int) -> Iterator[bytes]:
    """The events of a step; `number` makes its ids unique within the provider."""
    usage = _usage(step)
    message: dict[str, Any] = {"id": f"msg_{number}", "type": "message", "role": "assistant"}
    yield _frame("message_start", message={**message, "content": [], "usage": usage})
    yield _frame("ping")
    calls = False
    for index, item in enumerate(step.items):
        block, deltas = _block(item, f"{number}_{index}")
        yield _frame("content_block_start", index=index, content_block=block)
        for delta in deltas:
            yield _frame("content_block_delta", index=index, delta=delta)
        yield _frame("content_block_stop", index=index)
        calls = calls or isinstance(item, Call | Freeform)
    if step.end == "failed":
        error = step.error or {"type": "api_error", "message": "scripted failure"}
        yield _frame("error", error=error)
        return
    reason = "max_tokens" if step.end == "incomplete" else "tool_use" if calls else "end_turn"
    yield _frame("message_delta", delta={"stop_reason": reason}, usage=usage)
    yield _frame("message_stop")


def _frame(kind: str, **fields: Any) -> bytes:
    data = msgspec.json.encode({"type": kind, **fields})
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), data)


def _block(item: Item, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    match item:
        case Say():
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces(item.text)]
            return {"type": "text", "text": ""}, deltas
        case Think():
            deltas = [
                {"type": "thinking_delta", "thinking": piece} for piece in pieces(item.summary)
            ]
            deltas.append({"type": "signature_delta", "signature": f"sealed-{name}"})
            return {"type": "thinking", "thinking": "", "signature": ""}, deltas
        case Call() | Freeform():
            block = {"type": "tool_use", "id": call_id_of(item, name), "name": item.name}
            return {**block, "input": {}}, [
                {"type": "input_json_delta", "partial_json": piece}
                for piece in pieces(call_text(item))
            ]
        case _:
            return item.item, []


def _usage(step: Step) -> dict[str, Any]:
    usage = usage_of(step)
    cached = usage["input_tokens_details"]["cached_tokens"]
    return {
        "input_tokens": usage["input_tokens"] - cached,
        "cache_read_input_tokens": cached,
        "output_tokens": usage["output_tokens"],
        "output_tokens_details": {
            "thinking_tokens": usage["output_tokens_details"]["reasoning_tokens"]
        },
    }
