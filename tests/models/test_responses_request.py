from __future__ import annotations

from typing import Any

import msgspec
from tests.models.asking import HELLO, ask, prompt_of

from journeyman.models.api import ToolSpec
from journeyman.models.openai_responses import encode_request
from journeyman.protocol.history import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    Message,
    OpaqueItem,
    OutputText,
    Reasoning,
    SummaryText,
)
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Say, Step

SHELL = ToolSpec(
    name="exec_command", description="Runs.", parameters={"type": "object", "properties": {}}
)
PATCH = ToolSpec(name="apply_patch", description="Edits.", grammar="start: /x/")
HISTORY = [
    HELLO,
    Reasoning(summary=[SummaryText("hm")], id="rs_1", encrypted_content="sealed"),
    Message(role="assistant", content=[OutputText("I look.")], id="msg_1", phase="commentary"),
    FunctionCall(name="exec_command", arguments='{"cmd": "ls', call_id="call_1", id="fc_1"),
    FunctionCallOutput(call_id="call_1", output="no"),
    CustomToolCall(name="apply_patch", input="*** Begin", call_id="call_2"),
    CustomToolCallOutput(call_id="call_2", output="done"),
    OpaqueItem({"type": "web_search_call", "id": "ws_1", "status": "completed"}),
]


REFERENCE: dict[str, Any] = {
    "model": "gpt-5.5",
    "instructions": "be good",
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "hello"}],
        },
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "id": "rs_1",
            "encrypted_content": "sealed",
        },
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "I look."}],
            "id": "msg_1",
            "phase": "commentary",
        },
        {
            "type": "function_call",
            "name": "exec_command",
            "arguments": '{"cmd": "ls',
            "call_id": "call_1",
            "id": "fc_1",
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "no"},
        {
            "type": "custom_tool_call",
            "name": "apply_patch",
            "input": "*** Begin",
            "call_id": "call_2",
        },
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "done"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
    ],
    "tools": [
        {
            "type": "function",
            "name": "exec_command",
            "description": "Runs.",
            "strict": False,
            "parameters": {"type": "object", "properties": {}},
        },
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "Edits.",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: /x/"},
        },
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "medium"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "thread-1",
    "text": {
        "verbosity": "low",
        "format": {
            "type": "json_schema",
            "strict": True,
            "name": "codex_output_schema",
            "schema": {"type": "object"},
        },
    },
}


def test_request_has_the_shape_of_the_reference() -> None:
    prompt = prompt_of(
        *HISTORY, tools=[SHELL, PATCH], verbosity="low", output_schema={"type": "object"}
    )
    assert msgspec.json.decode(encode_request(prompt)) == REFERENCE


def test_request_leaves_out_reasoning_when_the_model_is_not_known_to_reason() -> None:
    body = msgspec.json.decode(encode_request(prompt_of(model="llama3", verbosity="low")))
    assert (body["include"], body.keys() & {"reasoning", "text", "service_tier"}) == ([], set())


def test_request_names_effort_and_summary_when_they_are_set() -> None:
    prompt = prompt_of(model="llama3", reasoning_effort="high", reasoning_summary="detailed")
    body = msgspec.json.decode(encode_request(prompt))
    assert body["reasoning"] == {"effort": "high", "summary": "detailed"}


def test_request_is_a_prefix_of_the_next_one_when_the_history_grows() -> None:
    shorter, longer = (encode_request(prompt_of(*HISTORY[:n])) for n in (5, 8))
    assert longer.startswith(shorter.partition(b'],"tools"')[0])
    assert encode_request(prompt_of(*HISTORY)) == encode_request(prompt_of(*HISTORY))


async def test_request_carries_headers_and_query_of_the_provider() -> None:
    with MockProvider(Step(items=[Say("ok")])) as provider:
        await ask(provider, http_headers={"X-Team": "a"}, query_params={"api-version": "1 2"})
        request = provider.requests[0]
    wanted = {"authorization": "Bearer test-key-123", "x-team": "a", "session_id": "thread-1"}
    assert request.path == "/v1/responses?api-version=1+2"
    assert {name: request.headers[name] for name in wanted} == wanted
