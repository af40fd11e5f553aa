"""What single services refuse or insist on in a request, each rule with the service that has it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.models.asking import prompt_of
from tests.models.decoding import decode_chunks, items_of

from journeyman.cli.dialects import DIALECT_NAMES, dialect_named
from journeyman.models.api import ToolSpec
from journeyman.models.gemini_versions import generation
from journeyman.models.providers import BUILT_IN, Provider
from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputImage,
    InputText,
    Message,
    OutputText,
    Reasoning,
    SummaryText,
)

HI = Message(role="user", content=[InputText("hi")])
CALL = FunctionCall(name="ping", arguments="{}", call_id="abcdefghi")
PONG = FunctionCallOutput(call_id="abcdefghi", output="pong")
MORE = Message(role="user", content=[InputText("hurry")])
PNG = InputImage("data:image/png;base64,AAAA")


def body(provider: Provider | str, *items: HistoryItem, **settings: Any) -> dict[str, Any]:
    asked = BUILT_IN[provider] if isinstance(provider, str) else provider
    raw = dialect_named(asked.wire_api).encode(asked, prompt_of(*items, **settings))
    return msgspec.json.decode(raw)


def roles(request: dict[str, Any]) -> list[str]:
    return [message["role"] for message in request["messages"]]


def thought(provider: str, dialect: str, **data: Any) -> Reasoning:
    marked = {"provider": provider, "dialect": dialect, **data}
    return Reasoning(summary=[SummaryText("hm")], provider_data=marked)


def test_mistral_is_not_asked_for_usage() -> None:
    assert "stream_options" not in body("mistral", HI)
    assert "stream_options" in body("groq", HI)


@pytest.mark.parametrize(
    ("provider", "model"),
    [("mistral", "mistral-large-latest"), ("openrouter", "mistralai/mistral-medium-3")],
)
def test_mistral_hears_no_user_twice_and_none_right_after_a_tool(provider: str, model: str) -> None:
    asked = msgspec.structs.replace(BUILT_IN[provider], wire_api="chat")
    look = FunctionCallOutput(call_id="abcdefghi", output=[PNG])
    request = body(asked, HI, MORE, CALL, look, MORE, model=model)
    assert roles(request) == ["system", "user", "assistant", "tool", "assistant", "user"]
    _, first, *_, last = request["messages"]
    assert first["content"] == "hi\n\nhurry"
    assert last["content"] == [
        {"type": "image_url", "image_url": {"url": PNG.image_url}},
        {"type": "text", "text": "hurry"},
    ]
    assert roles(body("groq", HI, CALL, PONG, MORE))[-2:] == ["tool", "user"]


@pytest.mark.parametrize(("provider", "blank"), [("deepseek", ""), ("moonshot", " ")])
def test_call_without_reasoning_says_so_where_reasoning_must_come_back(
    provider: str, blank: str
) -> None:
    *_, call, _ = body(provider, HI, CALL, PONG)["messages"]
    assert call["reasoning_content"] == blank
    own = thought(provider, "chat", field="reasoning_content")
    *_, call, _ = body(provider, HI, own, CALL, PONG)["messages"]
    assert call["reasoning_content"] == "hm"
    *_, call, _ = body("groq", HI, CALL, PONG)["messages"]
    assert "reasoning_content" not in call


def test_signature_of_a_call_goes_back_to_googles_chat_endpoint() -> None:
    extra = {"google": {"thought_signature": "sealed"}}
    function = {"name": "ping", "arguments": "{}"}
    call = {"id": "abcdefghi", "index": 0, "function": function, "extra_content": extra}
    answer = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "stop"}]}
    events, _ = decode_chunks("chat", [msgspec.json.encode(answer)])
    provider = Provider(id="recorded", name="Recorded", wire_api="chat")
    *_, said, _ = body(provider, HI, *items_of(events), PONG)["messages"]
    assert said["tool_calls"] == [
        {"id": "abcdefghi", "type": "function", "function": function, "extra_content": extra}
    ]


def test_messages_answer_never_ends_in_a_thought() -> None:
    block = {"type": "thinking", "thinking": "hm", "signature": ""}
    cut = thought("anthropic", "messages", block=block)
    said = Message(role="assistant", content=[OutputText("so")])
    assert roles(body("anthropic", HI, cut, MORE)) == ["user"]
    _, answer, _ = body("anthropic", HI, cut, said, cut, MORE)["messages"]
    assert [part["type"] for part in answer["content"]] == ["thinking", "text"]


def test_messages_thinks_by_budget_only_where_the_last_answer_thought() -> None:
    settings = {"model": "claude-sonnet-4-5", "reasoning_effort": "low"}
    block = {"type": "redacted_thinking", "data": "sealed"}
    own = thought("anthropic", "messages", block=block)
    assert "thinking" in body("anthropic", HI, **settings)
    assert "thinking" in body("anthropic", HI, own, CALL, PONG, **settings)
    assert "thinking" not in body("anthropic", HI, CALL, PONG, **settings)
    assert "thinking" not in body("anthropic", HI, CALL, PONG, MORE, **settings)
    answered = Message(role="assistant", content=[OutputText("so")])
    assert "thinking" in body("anthropic", HI, CALL, PONG, answered, MORE, **settings)


@pytest.mark.parametrize(
    ("model", "effort", "told"),
    [
        ("claude-sonnet-4-6", "xhigh", "max"),
        ("claude-opus-4-7", "xhigh", "xhigh"),
        ("claude-opus-4-7", "minimal", "low"),
    ],
)
def test_messages_effort_is_one_that_the_model_knows(model: str, effort: str, told: str) -> None:
    request = body("anthropic", HI, model=model, reasoning_effort=effort)
    assert request["output_config"] == {"effort": told}
    assert request["thinking"]["type"] == "adaptive"


def test_gemini_tells_of_its_search_where_functions_are_offered_too() -> None:
    ping = ToolSpec(name="ping", description="", parameters={"type": "object"})
    settings = {"model": "gemini-3.5-flash", "web_search": "live"}
    assert "toolConfig" not in body("google", HI, **settings)
    told = body("google", HI, tools=[ping], **settings)["toolConfig"]
    assert told == {"includeServerSideToolInvocations": True}


@pytest.mark.parametrize(
    ("model", "effort", "budget"),
    [
        ("gemini-2.5-pro", "none", 128),
        ("gemini-2.5-flash", "none", 0),
        ("gemini-2.5-pro", "low", 2_048),
    ],
)
def test_gemini_budget_is_one_that_the_model_takes(model: str, effort: str, budget: int) -> None:
    config = body("google", HI, model=model, reasoning_effort=effort)["generationConfig"]
    assert config["thinkingConfig"]["thinkingBudget"] == budget


@pytest.mark.parametrize(
    ("model", "number"),
    [
        ("gemini-2.5-pro", 2),
        ("gemini-3-flash-preview", 3),
        ("models/gemini-4.1-pro", 4),
        ("gemini-flash-latest", 3),
        ("gemma-3", 0),
    ],
)
def test_gemini_generation_is_told_by_the_name(model: str, number: int) -> None:
    assert generation(model) == number


def test_gemini_call_of_another_model_is_marked_since_the_third_generation() -> None:
    for model, is_marked in (("gemini-2.5-pro", False), ("gemini-4-pro", True)):
        part = body("google", HI, CALL, PONG, model=model)["contents"][1]["parts"][0]
        assert ("thoughtSignature" in part) is is_marked


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_tool_offers_no_choice_at_the_top_of_its_schema(dialect: str) -> None:
    text = {"type": "string"}
    schema: dict[str, Any] = {
        "allOf": [{"properties": {"page": text}, "required": ["page"]}],
        "anyOf": [
            {"properties": {"file": text}, "required": ["file"]},
            {"properties": {"address": text}, "required": ["address"]},
        ],
        "properties": {"title": {"anyOf": [text, {"type": "null"}]}},
        "required": ["title"],
        "type": "object",
    }
    tool = ToolSpec(name="attach", description="", parameters=schema)
    provider = Provider(id="mock", name="Mock", wire_api=dialect)
    offered = msgspec.json.encode(body(provider, HI, tools=[tool])["tools"])
    folded = {
        "properties": {
            "address": text,
            "file": text,
            "page": text,
            "title": {"anyOf": [text, {"type": "null"}]},
        },
        "required": ["title", "page"],
        "type": "object",
    }
    assert msgspec.json.encode(folded) in offered


def test_schema_of_the_answer_is_told_in_words_where_it_is_not_taken() -> None:
    schema = {"type": "object"}
    for provider, in_words in (("deepseek", True), ("zai", True), ("groq", False)):
        request = body(provider, HI, output_schema=schema)
        assert ("response_format" not in request) is in_words
        assert request["messages"][0]["content"].endswith('{"type":"object"}') is in_words


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_image_is_told_in_words_where_it_would_be_refused(dialect: str) -> None:
    provider = Provider(id="mock", name="Mock", wire_api=dialect)
    drawing = InputImage("data:image/svg+xml;charset=utf-8;base64,AAAA")
    look = FunctionCallOutput(call_id="abcdefghi", output=[PNG, drawing])

    def sent(model: str) -> str:
        return msgspec.json.encode(body(provider, HI, CALL, look, model=model)).decode()

    for model, is_taken in (("gpt-5.5", True), ("mine", True), ("deepseek-v4", False)):
        text = sent(model)
        assert ("AAAA" in text) is is_taken
        assert ("image/svg+xml is not taken" in text) is is_taken
        assert ("this model does not take images" in text) is not is_taken


def test_gemini_is_sent_no_animation_and_anthropic_a_photo_by_its_right_name() -> None:
    photo = InputImage("data:image/jpg;base64,AAAA")
    moving = InputImage("data:image/gif;base64,BBBB")
    user = Message(role="user", content=[photo, moving])
    (block, _) = body("anthropic", user, model="claude-sonnet-4-5")["messages"][0]["content"]
    assert block["source"]["media_type"] == "image/jpeg"
    parts = body("google", user, model="gemini-3.5-flash")["contents"][0]["parts"]
    assert [next(iter(part)) for part in parts] == ["inlineData", "text"]
