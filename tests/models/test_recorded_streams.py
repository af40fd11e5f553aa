"""Real exchanges of real services; where the collection is not at hand, these tests are skipped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.models.asking import ask, items

from journeyman.models.api import Finished, ModelError, ReasoningDelta, StreamEvent, TextDelta
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    OpaqueItem,
    OutputText,
    Reasoning,
    Refusal,
)
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Step

FOLDER = Path(
    os.getenv("JOURNEYMAN_RECORDED_STREAMS")
    or Path(__file__).parents[3] / "shared" / "recorded_streams"
)


def exchanges() -> list[dict[str, Any]]:
    found = [msgspec.json.decode(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))]
    return [exchange for exchange in found if exchange["dialect"] == "responses"]


EXCHANGES = exchanges()


def calls_of(found: list[HistoryItem]) -> list[tuple[str, str, str, Any]]:
    calls: list[tuple[str, str, str, Any]] = []
    for item in found:
        if isinstance(item, FunctionCall):
            calls.append(("function", item.name, item.call_id, parsed(item.arguments)))
        elif isinstance(item, CustomToolCall):
            calls.append(("custom", item.name, item.call_id, item.input))
    return calls


def parsed(arguments: str) -> Any:
    try:
        return msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        return arguments


def expected_calls(expect: dict[str, Any]) -> list[tuple[str, str, str, Any]]:
    return [
        (
            call.get("kind", "function"),
            call["name"],
            call["id"],
            call["raw"] if call["arguments"] is None else call["arguments"],
        )
        for call in expect["tool_calls"]
    ]


def message_parts(found: list[HistoryItem]) -> list[Any]:
    return [part for item in found if isinstance(item, Message) for part in item.content]


def squeezed(text: str) -> str:
    return "".join(text.split())


def reasoning_of(found: list[HistoryItem], events: list[StreamEvent]) -> str:
    reasoning = [item for item in found if isinstance(item, Reasoning)]
    texts = [part.text for item in reasoning for part in item.summary]
    texts += [part.get("text", "") for item in reasoning for part in item.content or []]
    streamed = "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    return squeezed("".join(texts) or streamed)


def usage_of(events: list[StreamEvent]) -> dict[str, int]:
    usage = next((event.usage for event in events if isinstance(event, Finished)), None)
    if usage is None:
        return {}
    return {
        "input": usage.input_tokens,
        "cached": usage.cached_input_tokens,
        "output": usage.output_tokens,
        "reasoning": usage.reasoning_output_tokens,
        "total": usage.total_tokens,
        "cache_write": usage.cache_write_input_tokens,
    }


@pytest.mark.skipif(
    not EXCHANGES,
    reason="no recorded exchanges here: set JOURNEYMAN_RECORDED_STREAMS to the folder",
)
@pytest.mark.parametrize("exchange", EXCHANGES, ids=[exchange["id"] for exchange in EXCHANGES])
async def test_recorded_exchange_decodes_to_what_is_expected(exchange: dict[str, Any]) -> None:
    kind = exchange["content_type"]
    step = Step(
        status=exchange["status"],
        headers={"content-type": kind} if kind else {},
        body=exchange["body"].encode(),
    )
    with MockProvider(step) as provider:
        events, error = await ask(provider)
    expect: dict[str, Any] = exchange["expect"]
    usage: dict[str, int | None] = expect["usage"] or {}
    found = items(events)
    parts = message_parts(found)
    text = "".join(part.text for part in parts if isinstance(part, OutputText))
    # What a cut stream brought is in its deltas only.
    text = text or "".join(e.text for e in events if isinstance(e, TextDelta))
    refusal = "".join(part.refusal for part in parts if isinstance(part, Refusal)) or None
    assert {
        "text": "" if refusal else text,
        "refusal": refusal,
        "reasoning": reasoning_of(found, events),
        "opaque_reasoning": sum(
            1 for item in found if isinstance(item, Reasoning) and item.encrypted_content
        ),
        "tool_calls": calls_of(found),
        "other_items": [item.raw["type"] for item in found if isinstance(item, OpaqueItem)],
        "usage": usage_of(events),
    } == {
        "text": expect["text"],
        "refusal": expect["refusal"],
        "reasoning": squeezed(expect["reasoning"]),
        "opaque_reasoning": expect["opaque_reasoning"],
        "tool_calls": expected_calls(expect),
        "other_items": expect["other_items"],
        "usage": {name: value or 0 for name, value in usage.items()},
    }
    check_end(expect, events, error)


def check_end(expect: dict[str, Any], events: list[StreamEvent], error: ModelError | None) -> None:
    if expect["error"]:
        assert error is not None
        assert expect["error"]["message"] in error.message
    elif not expect["complete"]:
        assert error is not None
        assert (error.kind, error.retryable) == ("stream_disconnected", True)
    else:
        assert error is None
        assert isinstance(events[-1], Finished)
        assert events[-1].incomplete_reason == expect.get("incomplete_reason")
