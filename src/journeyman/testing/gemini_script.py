"""A scripted step as the events of Google's generateContent: parts, calls with thought signatures."""

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
    for place, item in enumerate(step.items):
        for part in _parts(item, f"{number}_{place}"):
            yield _frame(number, {"content": {"role": "model", "parts": [part]}, "index": 0})
    if step.end == "failed":
        error = step.error or {"code": 500, "status": "INTERNAL", "message": "scripted failure"}
        yield b"data: %s\r\n\r\n" % msgspec.json.encode({"error": error})
        return
    reason = "MAX_TOKENS" if step.end == "incomplete" else "STOP"
    last = {"content": {"role": "model", "parts": [{"text": ""}]}, "index": 0}
    yield _frame(number, {**last, "finishReason": reason}, usageMetadata=_usage(step))


def _frame(number: int, candidate: dict[str, Any], **fields: Any) -> bytes:
    chunk = {"candidates": [candidate], "responseId": f"resp_{number}", **fields}
    return b"data: %s\r\n\r\n" % msgspec.json.encode(chunk)


def _parts(item: Item, name: str) -> Iterator[dict[str, Any]]:
    match item:
        case Say():
            yield from ({"text": piece} for piece in pieces(item.text))
        case Think():
            yield from ({"text": piece, "thought": True} for piece in pieces(item.summary))
        case Call() | Freeform():
            arguments = msgspec.json.decode(call_text(item))
            call = {"name": item.name, "args": arguments, "id": call_id_of(item, name)}
            yield {"functionCall": call, "thoughtSignature": f"sealed-{name}"}
        case _:
            yield item.item


def _usage(step: Step) -> dict[str, Any]:
    usage = usage_of(step)
    thought = usage["output_tokens_details"]["reasoning_tokens"]
    return {
        "promptTokenCount": usage["input_tokens"],
        "cachedContentTokenCount": usage["input_tokens_details"]["cached_tokens"],
        "candidatesTokenCount": usage["output_tokens"] - thought,
        "thoughtsTokenCount": thought,
        "totalTokenCount": usage["total_tokens"],
    }
