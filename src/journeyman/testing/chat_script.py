"""A scripted step as the events of a Chat Completions service: text, reasoning and arguments in pieces."""

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
    head: dict[str, Any] = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk"}
    yield _frame({**head, "choices": [_choice({"role": "assistant", "content": None})]})
    calls = 0
    for place, item in enumerate(step.items):
        for delta in _deltas(item, calls, f"{number}_{place}"):
            yield _frame({**head, "choices": [_choice(delta)]})
        calls += isinstance(item, Call | Freeform)
    if step.end == "failed":
        error = step.error or {"code": "server_error", "message": "scripted failure"}
        yield _frame({"error": error})
        return
    reason = "length" if step.end == "incomplete" else "tool_calls" if calls else "stop"
    yield _frame({**head, "choices": [_choice({}, reason)]})
    yield _frame({**head, "choices": [], "usage": _usage(step)})
    yield b"data: [DONE]\n\n"


def _frame(event: dict[str, Any]) -> bytes:
    return b"data: %s\n\n" % msgspec.json.encode(event)


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def _deltas(item: Item, index: int, name: str) -> Iterator[dict[str, Any]]:
    match item:
        case Say():
            yield from ({"content": piece} for piece in pieces(item.text))
        case Think():
            yield from ({"reasoning_content": piece} for piece in pieces(item.summary))
        case Call() | Freeform():
            function = {"name": item.name, "arguments": ""}
            first = {"index": index, "id": call_id_of(item, name), "type": "function"}
            yield {"tool_calls": [{**first, "function": function}]}
            for piece in pieces(call_text(item)):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
        case _:
            yield item.item


def _usage(step: Step) -> dict[str, Any]:
    usage = usage_of(step)
    return {
        "prompt_tokens": usage["input_tokens"],
        "prompt_tokens_details": usage["input_tokens_details"],
        "completion_tokens": usage["output_tokens"],
        "completion_tokens_details": usage["output_tokens_details"],
        "total_tokens": usage["total_tokens"],
    }
