"""One history as each dialect tells it; the Responses dialect has a file of its own."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.models.asking import prompt_of

from journeyman.cli.dialects import dialect_named
from journeyman.models.api import ToolSpec
from journeyman.models.providers import Provider
from journeyman.protocol.history import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputImage,
    InputText,
    Message,
    OpaqueItem,
    OutputText,
    Reasoning,
    SummaryText,
)

PING = ToolSpec(name="ping", description="Ping.", parameters={"type": "object", "properties": {}})
PATCH = ToolSpec(name="patch", description="Patch.")
FREEFORM = {
    "type": "object",
    "properties": {
        "input": {"type": "string", "description": "The whole text, exactly in the tool's format."}
    },
    "required": ["input"],
    "additionalProperties": False,
}
PNG = InputImage("data:image/png;base64,AAAA")


def own(dialect: str, **fields: Any) -> dict[str, Any]:
    return {"provider": "mock", "dialect": dialect, **fields}


def history(reasoning: Reasoning, **call_data: Any) -> list[HistoryItem]:
    """A user's question with an image, an answer with two calls, a message in between, two outputs."""
    return [
        Message(role="developer", content=[InputText("rules")]),
        Message(role="user", content=[InputText("look"), PNG]),
        reasoning,
        Message(role="assistant", content=[OutputText("I look.")]),
        FunctionCall(name="ping", arguments='{"a":1}', call_id="c1", **call_data),
        CustomToolCall(name="patch", input="x", call_id="c2"),
        FunctionCallOutput(call_id="c1", output=[InputText("pong"), PNG]),
        Message(role="user", content=[InputText("hurry")]),
        CustomToolCallOutput(call_id="c2", output=""),
    ]


def body(dialect: str, items: list[HistoryItem], **settings: Any) -> dict[str, Any]:
    provider = Provider(id="mock", name="Mock", base_url="http://127.0.0.1/v1")
    prompt = prompt_of(*items, tools=[PATCH, PING], **settings)
    return msgspec.json.decode(dialect_named(dialect).encode(provider, prompt))


def test_chat_request_says_everything() -> None:
    thought = Reasoning(
        summary=[SummaryText("hm")], provider_data=own("chat", field="reasoning_content")
    )
    ping = {"name": "ping", "description": "Ping.", "parameters": PING.parameters}
    patch = {"name": "patch", "description": "Patch.", "parameters": FREEFORM}
    image = {"type": "image_url", "image_url": {"url": PNG.image_url}}
    assert body("chat", history(thought), output_schema={"type": "object"}) == {
        "model": "gpt-5.5",
        "stream": True,
        "stream_options": {"include_usage": True},
        "reasoning_effort": "medium",
        "tools": [{"type": "function", "function": patch}, {"type": "function", "function": ping}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "codex_output_schema",
                "strict": True,
                "schema": {"type": "object"},
            },
        },
        "messages": [
            {"role": "system", "content": "be good"},
            {"role": "user", "content": "rules"},
            {"role": "user", "content": [{"type": "text", "text": "look"}, image]},
            {
                "role": "assistant",
                "content": "I look.",
                "reasoning_content": "hm",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "ping", "arguments": '{"a":1}'},
                    },
                    {
                        "id": "c2",
                        "type": "function",
                        "function": {"name": "patch", "arguments": '{"input":"x"}'},
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "pong"},
            {"role": "tool", "tool_call_id": "c2", "content": "see the image"},
            {"role": "user", "content": [image]},
            {"role": "user", "content": "hurry"},
        ],
    }


def test_messages_request_says_everything() -> None:
    block = {"type": "thinking", "thinking": "hm", "signature": "sealed"}
    thought = Reasoning(summary=[SummaryText("hm")], provider_data=own("messages", block=block))
    image = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
    }
    mark = {"cache_control": {"type": "ephemeral"}}
    asked = body("messages", history(thought), model="claude-sonnet-4-5", reasoning_effort="low")
    assert asked == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 64_000,
        "stream": True,
        "thinking": {"type": "enabled", "budget_tokens": 4_096},
        "system": [{"type": "text", "text": "be good", **mark}],
        "tools": [
            {"name": "patch", "description": "Patch.", "input_schema": FREEFORM},
            {"name": "ping", "description": "Ping.", "input_schema": PING.parameters},
        ],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "rules"},
                    {"type": "text", "text": "look"},
                    {**image, **mark},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    block,
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "c1", "name": "ping", "input": {"a": 1}},
                    {"type": "tool_use", "id": "c2", "name": "patch", "input": {"input": "x"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "c1",
                        "content": [{"type": "text", "text": "pong"}, image],
                    },
                    {"type": "tool_result", "tool_use_id": "c2"},
                    {"type": "text", "text": "hurry", **mark},
                ],
            },
        ],
    }


def test_gemini_request_says_everything() -> None:
    data = own("gemini", signature="sealed", own_id=True)
    part = {"text": "hm", "thought": True, "thoughtSignature": "sealed too"}
    thought = Reasoning(summary=[SummaryText("hm")], provider_data=own("gemini", parts=[part]))
    image = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    asked = body(
        "gemini", history(thought, provider_data=data), model="gemini-3-pro", reasoning_effort="low"
    )
    assert asked == {
        "generationConfig": {"thinkingConfig": {"includeThoughts": True, "thinkingLevel": "low"}},
        "systemInstruction": {"parts": [{"text": "be good"}]},
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "patch", "description": "Patch.", "parametersJsonSchema": FREEFORM},
                    {
                        "name": "ping",
                        "description": "Ping.",
                        "parametersJsonSchema": PING.parameters,
                    },
                ]
            }
        ],
        "contents": [
            {"role": "user", "parts": [{"text": "rules"}, {"text": "look"}, image]},
            {
                "role": "model",
                "parts": [
                    part,
                    {"text": "I look."},
                    {
                        "functionCall": {"name": "ping", "args": {"a": 1}, "id": "c1"},
                        "thoughtSignature": "sealed",
                    },
                    {
                        "functionCall": {"name": "patch", "args": {"input": "x"}},
                        "thoughtSignature": "skip_thought_signature_validator",
                    },
                ],
            },
            {
                "role": "user",
                "parts": [
                    {
                        "functionResponse": {
                            "name": "ping",
                            "id": "c1",
                            "response": {"output": "pong"},
                        }
                    },
                    {"functionResponse": {"name": "patch", "response": {"output": ""}}},
                    image,
                    {"text": "hurry"},
                ],
            },
        ],
    }


@pytest.mark.parametrize("dialect", ["chat", "messages", "gemini", "responses"])
def test_opaque_data_goes_to_its_own_provider_only(dialect: str) -> None:
    foreign: dict[str, Any] = {
        "provider": "other",
        "dialect": dialect,
        "block": {},
        "parts": [],
        "field": "x",
    }
    items: list[HistoryItem] = [
        Message(role="user", content=[InputText("hi")]),
        Reasoning(summary=[SummaryText("hush")], provider_data=foreign),
        Message(role="assistant", content=[OutputText("ho")], provider_data=foreign),
        OpaqueItem({"type": "provider_item", "provider_data": foreign}),
    ]
    text = msgspec.json.encode(body(dialect, items)).decode()
    assert "ho" in text
    assert not any(word in text for word in ("hush", "other", "provider_data"))


@pytest.mark.parametrize("dialect", ["chat", "messages", "gemini"])
def test_broken_arguments_are_sent_back_as_an_object(dialect: str) -> None:
    items: list[HistoryItem] = [
        Message(role="user", content=[InputText("hi")]),
        FunctionCall(name="ping", arguments='{"a', call_id="functions.ping:0"),
        FunctionCallOutput(call_id="functions.ping:0", output="not JSON"),
    ]
    assert "broken_arguments" in msgspec.json.encode(body(dialect, items)).decode()


def test_mistral_gets_ids_that_it_takes() -> None:
    items: list[HistoryItem] = [
        Message(role="user", content=[InputText("hi")]),
        FunctionCall(name="ping", arguments="{}", call_id="call_of_another"),
        FunctionCallOutput(call_id="call_of_another", output="pong"),
    ]
    provider = Provider(id="mistral", name="Mistral", base_url="http://127.0.0.1/v1")
    raw = dialect_named("chat").encode(provider, prompt_of(*items))
    _, _, call, output = msgspec.json.decode(raw)["messages"]
    assert call["tool_calls"][0]["id"] == output["tool_call_id"]
    assert len(output["tool_call_id"]) == 9


@pytest.mark.parametrize(
    ("dialect", "model", "mode", "tool"),
    [
        ("responses", "m", "cached", {"type": "web_search", "external_web_access": False}),
        ("responses", "m", "live", {"type": "web_search", "external_web_access": True}),
        ("messages", "m", "cached", None),
        ("messages", "m", "live", {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}),
        ("gemini", "gemini-3-pro", "live", {"googleSearch": {}}),
        ("gemini", "gemini-2.5-pro", "live", None),
        ("chat", "m", "live", None),
    ],
)  # fmt: skip
def test_search_of_the_provider_is_asked_for_where_there_is_one(
    dialect: str, model: str, mode: str, tool: dict[str, Any] | None
) -> None:
    items: list[HistoryItem] = [Message(role="user", content=[InputText("hi")])]
    plain = body(dialect, items, model=model)["tools"]
    searching = body(dialect, items, model=model, web_search=mode)["tools"]
    assert searching == [*plain, *([tool] if tool else [])]
