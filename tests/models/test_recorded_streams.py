"""Real exchanges of real services; where the collection is not at hand, these tests are skipped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.models.asking import ask
from tests.models.decoding import PROVIDER, decode_chunks, decoder_of, is_whole, items_of

from journeyman.cli.dialects import dialect_named
from journeyman.models.recorded import decode_recorded
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    OpaqueItem,
    Reasoning,
)
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Step

FOLDER = Path(
    os.getenv("JOURNEYMAN_RECORDED_STREAMS")
    or Path(__file__).parents[3] / "shared" / "recorded_streams"
)
EXCHANGES: list[dict[str, Any]] = [
    msgspec.json.decode(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))
]
needs_exchanges = pytest.mark.skipif(
    not EXCHANGES,
    reason="no recorded exchanges here: set JOURNEYMAN_RECORDED_STREAMS to the folder",
)
each_exchange = pytest.mark.parametrize(
    "exchange", EXCHANGES, ids=[exchange["id"] for exchange in EXCHANGES]
)


def squeezed(text: str) -> str:
    return "".join(text.split())


@needs_exchanges
@each_exchange
def test_recorded_exchange_decodes_to_what_is_expected(exchange: dict[str, Any]) -> None:
    expect: dict[str, Any] = exchange["expect"]
    body = exchange["body"].encode()
    found = decode_recorded(decoder_of(exchange["dialect"]), body, status=exchange["status"])
    found["reasoning"] = squeezed(found["reasoning"])
    assert found == {
        "text": expect["text"],
        "reasoning": squeezed(expect["reasoning"]),
        "refusal": expect["refusal"],
        "tool_calls": [expected_call(call) for call in expect["tool_calls"]],
        "finish": expect["finish"],
        "usage": chosen(expect["usage"], "input", "cached", "output", "reasoning"),
        "error": chosen(expect["error"], "type", "message"),
        "complete": expect["complete"] and not expect["error"],
    }


def expected_call(call: dict[str, Any]) -> dict[str, Any]:
    expected = {"name": call["name"], "arguments": call["arguments"]}
    return {**expected, "input": call["raw"]} if call.get("kind") == "custom" else expected


def chosen(fields: dict[str, Any] | None, *names: str) -> dict[str, Any] | None:
    return fields and {name: fields[name] for name in names}


@needs_exchanges
@each_exchange
async def test_recorded_exchange_keeps_what_must_be_sent_back(exchange: dict[str, Any]) -> None:
    expect: dict[str, Any] = exchange["expect"]
    events, _ = decode_chunks(exchange["dialect"], [exchange["body"].encode()])
    items = items_of(events)
    assert {
        "opaque_reasoning": sum(opaque_count(item) for item in items),
        "other_items": [kind for item in items if (kind := provider_kind(item))],
        "call_ids": [
            item.call_id for item in items if isinstance(item, FunctionCall | CustomToolCall)
        ],
    } == {
        "opaque_reasoning": expect["opaque_reasoning"],
        "other_items": expect["other_items"],
        "call_ids": [
            call["id"] or f"call_{place}" for place, call in enumerate(expect["tool_calls"])
        ],
    }


def opaque_count(item: HistoryItem) -> int:
    """How many encrypted texts, signatures and redacted blocks an item carries."""
    if not isinstance(item, Message | Reasoning | FunctionCall | CustomToolCall):
        return 0
    if isinstance(item, Reasoning) and item.encrypted_content:
        return 1
    data = item.provider_data or {}
    block: dict[str, Any] = data.get("block") or {}
    sealed = [data.get("signature"), block.get("signature"), block.get("data")]
    parts: list[dict[str, Any]] = [*data.get("parts", ()), *data.get("details", ())]
    sealed += [part.get("thoughtSignature") or part.get("signature") for part in parts]
    return sum(1 for one in sealed if one)


def provider_kind(item: HistoryItem) -> str | None:
    if not isinstance(item, OpaqueItem):
        return None
    data: dict[str, Any] = item.raw.get("provider_data") or {}
    if "part" in data:
        return next(iter(data["part"]))
    return data["block"]["type"] if "block" in data else item.raw["type"]


@needs_exchanges
@each_exchange
async def test_recorded_exchange_is_the_same_over_http(exchange: dict[str, Any]) -> None:
    kind = exchange["content_type"]
    step = Step(
        status=exchange["status"],
        headers={"content-type": kind} if kind else {},
        body=exchange["body"].encode(),
    )
    with MockProvider(step) as provider:
        events, error = await ask(
            provider, dialect=dialect_named(exchange["dialect"]), id=PROVIDER.id
        )
    expect: dict[str, Any] = exchange["expect"]
    if expect["error"]:
        assert error is not None
        assert " ".join(expect["error"]["message"].split()) in error.message
    elif not expect["complete"]:
        assert error is not None
        assert (error.kind, error.retryable) == ("stream_disconnected", True)
    else:
        assert error is None
        assert events == decode_chunks(exchange["dialect"], [step.body or b""])[0]


@needs_exchanges
@each_exchange
def test_recorded_exchange_survives_every_split_and_cut(exchange: dict[str, Any]) -> None:
    dialect, body = exchange["dialect"], exchange["body"].encode()
    whole, error = decode_chunks(dialect, [body])
    split, split_error = decode_chunks(dialect, (body[i : i + 1] for i in range(len(body))))
    assert (split, str(split_error)) == (whole, str(error))
    # Every byte of the short ones; as many places in the long ones.
    for cut in range(0, len(body), max(1, len(body) // 500)):
        events, _ = decode_chunks(dialect, [body[:cut]], clean=False)
        if is_whole(events):
            assert items_of(events) == items_of(whole)
