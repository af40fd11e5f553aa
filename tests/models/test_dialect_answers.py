"""What all dialects have to make of the same answer, and what only one of them can say."""

from __future__ import annotations

import json
from random import Random
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.asking import ask, prompt_of
from tests.models.decoding import PROVIDER, decode_chunks, decoder_of, is_whole, items_of

from journeyman.cli.dialects import DIALECT_NAMES, dialect_named
from journeyman.models.answers import json_object
from journeyman.models.api import (
    Finished,
    InputDelta,
    ItemBegun,
    ItemDone,
    ModelError,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolSpec,
)
from journeyman.models.growing_texts import GrowingTexts
from journeyman.models.recorded import decode_recorded
from journeyman.models.sse import SseParser
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    InputText,
    Message,
    OpaqueItem,
    OutputText,
    Reasoning,
    SummaryText,
)
from journeyman.protocol.usage import TokenUsage
from journeyman.testing import chat_script, gemini_script, messages_script, responses_script
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Call, Freeform, RawItem, Say, Step, Think

FRAMES = {
    "chat": chat_script.frames,
    "gemini": gemini_script.frames,
    "messages": messages_script.frames,
    "responses": responses_script.frames,
}
PATCH = ToolSpec(name="patch", description="", grammar="start: /.+/")
WHOLE = Step(
    items=[
        Think("hm, ü"),
        Say("Grüße"),
        Call("ping", {"a": "é"}),
        Call("pong"),
        Freeform("patch", "x\n"),
    ],
    usage={"input_tokens_details": {"cached_tokens": 40}},
)
USAGE = TokenUsage(
    input_tokens=100,
    cached_input_tokens=40,
    output_tokens=7,
    reasoning_output_tokens=2,
    total_tokens=107,
)


def plain(item: HistoryItem) -> HistoryItem:
    """The item without what only its own provider understands."""
    match item:
        case Reasoning():
            return Reasoning(summary=item.summary)
        case Message() | FunctionCall() | CustomToolCall():
            return msgspec.structs.replace(item, id=None, provider_data=None)
        case _:
            return item


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
async def test_answer_brings_the_same_items_in_every_dialect(dialect: str) -> None:
    with MockProvider(WHOLE) as provider:
        events, error = await ask(provider, prompt_of(tools=[PATCH]), dialect_named(dialect))
        provider.check()
    assert error is None
    assert [plain(item) for item in items_of(events)] == [
        Reasoning(summary=[SummaryText("hm, ü")]),
        Message(role="assistant", content=[OutputText("Grüße")]),
        FunctionCall(name="ping", arguments='{"a":"é"}', call_id="call_1_2"),
        FunctionCall(name="pong", arguments="{}", call_id="call_1_3"),
        CustomToolCall(name="patch", input="x\n", call_id="call_1_4"),
    ]
    assert shown(events) == [
        ("reasoning", "hm, ü"),
        ("message", "Grüße"),
    ]
    if dialect != "gemini":  # it sends calls whole, unless it streams their arguments
        assert written(events) == {
            ("call_1_2", "ping", "a"): "é",
            ("call_1_4", "patch", "input"): "x\n",
        }
    assert isinstance(events[-1], Finished)
    assert (events[-1].usage, events[-1].incomplete_reason) == (USAGE, None)


def written(events: list[StreamEvent]) -> dict[tuple[str, str, str], str]:
    """What was told of calls while they were written, by id, tool and argument."""
    texts: dict[tuple[str, str, str], str] = {}
    for event in events:
        if isinstance(event, InputDelta):
            key = (event.call_id, event.tool, event.member)
            texts[key] = texts.get(key, "") + event.text
    return texts


def shown(events: list[StreamEvent]) -> list[tuple[str, str]]:
    """What the user sees grow: kind and text of each part, which ends before the next begins."""
    parts: list[tuple[str, str]] = []
    keys: list[str] = []
    for event in events:
        if isinstance(event, ItemBegun):
            assert event.key not in keys
            keys.append(event.key)
            parts.append((event.kind, ""))
        elif isinstance(event, TextDelta | ReasoningDelta):
            assert event.key == keys[-1]
            parts[-1] = (parts[-1][0], parts[-1][1] + event.text)
        elif isinstance(event, ItemDone) and event.key is not None:
            assert event.key == keys[-1]
    return parts


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_answer_survives_every_cut_and_split(dialect: str) -> None:
    body = b"".join(FRAMES[dialect](WHOLE, 1))
    whole, error = decode_chunks(dialect, [body])
    assert error is None
    assert decode_chunks(dialect, (body[i : i + 1] for i in range(len(body)))) == (whole, None)
    for cut in range(len(body)):
        assert decode_chunks(dialect, [body[:cut], body[cut:]]) == (whole, None)
        events, _ = decode_chunks(dialect, [body[:cut]], clean=False)
        assert not is_whole(events) or items_of(events) == items_of(whole)


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
@pytest.mark.parametrize("count", [0, 1, 4, 8])
async def test_answer_that_breaks_off_is_a_retryable_error(dialect: str, count: int) -> None:
    with MockProvider(msgspec.structs.replace(WHOLE, cut_after=count)) as provider:
        events, error = await ask(provider, dialect=dialect_named(dialect))
    assert error is not None
    assert (error.kind, error.retryable, is_whole(events)) == ("stream_disconnected", True, False)


@pytest.mark.parametrize("dialect", ["chat", "messages", "responses"])
def test_recorded_answer_that_breaks_off_shows_the_call_it_broke_in(dialect: str) -> None:
    step = Step(items=[Say("so"), Call("ping", {"a": "long enough"})])
    body = b"".join(FRAMES[dialect](step, 1))
    cut = body[: body.index(b"ong eno")]
    found = decode_recorded(decoder_of(dialect), cut)
    assert (found["text"], found["complete"], found["error"]) == ("so", False, None)
    assert found["tool_calls"] == [{"name": "ping", "arguments": None}]


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
async def test_answer_says_that_it_was_cut_short(dialect: str) -> None:
    with MockProvider(Step(items=[Say("half")], end="incomplete")) as provider:
        events, _ = await ask(provider, dialect=dialect_named(dialect))
    assert isinstance(events[-1], Finished)
    assert events[-1].incomplete_reason == "max_output_tokens"


@pytest.mark.parametrize(
    ("dialect", "error", "kind"),
    [
        ("chat", {"code": "rate_limit_exceeded", "message": "slow"}, "rate_limit_exceeded"),
        ("chat", {"code": 503, "message": "upstream"}, "overloaded"),
        ("messages", {"type": "overloaded_error", "message": "Overloaded"}, "overloaded"),
        ("gemini", {"code": 503, "status": "UNAVAILABLE", "message": "later"}, "overloaded"),
    ],
)
async def test_error_in_mid_stream_is_the_providers(
    dialect: str, error: dict[str, Any], kind: str
) -> None:
    step = Step(items=[Say("half")], end="failed", error=error)
    with MockProvider(step) as provider:
        _, raised = await ask(provider, dialect=dialect_named(dialect))
    assert raised is not None
    assert (raised.kind, raised.message, raised.retryable) == (kind, error["message"], True)


def decoded(dialect: str, *events: dict[str, Any]) -> list[StreamEvent]:
    body = b"".join(b"data: %s\n\n" % msgspec.json.encode(event) for event in events)
    found, error = decode_chunks(dialect, [body])
    assert error is None
    return found


def chat_chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


@pytest.mark.parametrize(
    "pieces",
    [
        # no index; the same index for every call; the id again in every piece; arguments as an object
        [{"id": "a", "function": {"name": "f", "arguments": "{}"}}, {"id": "b", "function": {"name": "g", "arguments": "{}"}}],
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}, {"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}}],
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}, {"index": 0, "id": "a", "function": {"arguments": "}"}}, {"index": 1, "id": "b", "function": {"name": "g"}}],
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": {}}}, {"index": 1, "id": "b", "function": {"name": "g", "arguments": None}}],
    ],
)  # fmt: skip
def test_chat_calls_are_told_apart_however_they_are_numbered(pieces: list[dict[str, Any]]) -> None:
    chunks = [chat_chunk(tool_calls=[piece]) for piece in pieces]
    assert items_of(decoded("chat", *chunks, chat_chunk("tool_calls"))) == [
        FunctionCall(name="f", arguments="{}", call_id="a"),
        FunctionCall(name="g", arguments="{}", call_id="b"),
    ]


def test_chat_answer_ends_without_done_when_a_reason_was_given() -> None:
    events = decoded("chat", chat_chunk(content="hi"), chat_chunk("stop"))
    assert events[-1] == Finished(usage=TokenUsage())


def test_chat_reasoning_of_mistral_is_part_of_the_content() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    events = decoded(
        "chat",
        chat_chunk(content=[thought]),
        chat_chunk("stop", content=[{"type": "text", "text": "hi"}]),
    )
    assert [plain(item) for item in items_of(events)] == [
        Reasoning(summary=[SummaryText("hm")]),
        Message(role="assistant", content=[OutputText("hi")]),
    ]


def test_citations_become_annotations() -> None:
    chunk = {
        **chat_chunk("stop", content="so"),
        "citations": ["https://a.example", "https://a.example"],
    }
    annotation = {"type": "url_citation", "url": "https://a.example", "title": "https://a.example"}
    (message,) = items_of(decoded("chat", chunk))
    assert message == Message(role="assistant", content=[OutputText("so", [annotation])])


def test_messages_blocks_keep_their_order_when_they_interleave() -> None:
    events = decoded(
        "messages",
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}},
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "a", "name": "f"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "b", "name": "g"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"x":1}'}},
        {"type": "content_block_stop", "index": 1},
        {"type": "never_heard_of"},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    )  # fmt: skip
    assert events == [
        ItemDone(FunctionCall(name="f", arguments="{}", call_id="a")),
        ItemDone(FunctionCall(name="g", arguments='{"x":1}', call_id="b")),
        Finished(
            usage=TokenUsage(input_tokens=1, output_tokens=2, total_tokens=3), response_id="m"
        ),
    ]


def test_messages_answer_that_begins_anew_is_asked_for_again() -> None:
    body = b"".join(messages_script.frames(WHOLE, 1))
    begun = body[: body.index(b"event: message_delta")]
    _, error = decode_chunks("messages", [begun, b"".join(messages_script.frames(WHOLE, 2))])
    assert isinstance(error, ModelError)
    assert (error.kind, error.retryable) == ("stream_disconnected", True)


def gemini_chunk(call: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    candidate = {"content": {"parts": [{"functionCall": call}]}, "finishReason": finish}
    return {"candidates": [candidate]}


def test_gemini_call_is_put_together_when_its_arguments_stream() -> None:
    def piece(path: str, *, more: bool = False, **value: Any) -> dict[str, Any]:
        partial = {"jsonPath": path, "willContinue": more, **value}
        return gemini_chunk({"partialArgs": [partial], "willContinue": True})

    events = decoded(
        "gemini",
        gemini_chunk({"name": "f", "willContinue": True}),
        piece("$.list[1].text", more=True, stringValue="a"),
        piece("$.list[1].text", stringValue="b"),
        piece("$.list[0]", nullValue=None),
        piece("$['odd name']", numberValue=0.5),
        piece("$.list.nowhere", boolValue=True),
        piece("$.list[99999999]", boolValue=True),
        gemini_chunk({}, "STOP"),
    )
    (call,) = items_of(events)
    assert isinstance(call, FunctionCall)
    assert msgspec.json.decode(call.arguments) == {
        "list": [None, {"text": "ab"}],
        "odd name": 0.5,
    }


def test_gemini_call_is_told_of_while_its_text_grows() -> None:
    def piece(text: str, *, more: bool) -> dict[str, Any]:
        partial = {"jsonPath": "$.input", "willContinue": more, "stringValue": text}
        return gemini_chunk({"partialArgs": [partial], "willContinue": True})

    events = decoded(
        "gemini",
        gemini_chunk({"name": "patch", "id": "p", "willContinue": True}),
        *(piece(text, more=text != "c") for text in "abc"),
        gemini_chunk({}, "STOP"),
    )
    assert [event.text for event in events if isinstance(event, InputDelta)] == ["a", "b", "c"]
    assert written(events) == {("p", "patch", "input"): "abc"}


@given(
    value=st.dictionaries(
        st.sampled_from(["input", "other", 'in"put', ""]),
        st.text()
        | st.integers()
        | st.lists(st.text())
        | st.dictionaries(st.just("input"), st.text()),
    ),
    data=st.data(),
    ascii_only=st.booleans(),
)
def test_growing_texts_are_those_that_the_whole_holds(
    value: dict[str, Any], data: st.DataObject, *, ascii_only: bool
) -> None:
    text, at = json.dumps(value, ensure_ascii=ascii_only), 0
    growing, found = GrowingTexts(), dict[str, str]()
    while at < len(text):
        size = data.draw(st.integers(1, 7))
        for member, added in growing.add(text[at : at + size]):
            found[member] = found.get(member, "") + added
        at += size
    assert found == {member: it for member, it in value.items() if isinstance(it, str)}
    assert list(found) == [member for member in value if member in found]


@pytest.mark.parametrize(
    ("broken", "read"),
    [
        ('{"input": "a\\ud800b"}', "a\ufffdb"),
        ('{"input": "a\\x"}', "a"),
        ("]]]{", ""),
        ('{"input": "a\\ud83d\\u0041"}', "a\ufffdA"),
        ('{"input": ["a", "b"] "c" "d"', ""),
    ],
)
def test_growing_texts_end_where_they_are_broken(broken: str, read: str) -> None:
    growing = GrowingTexts()
    found = [text for letter in broken for _, text in growing.add(letter)]
    assert "".join(found) == read


@pytest.mark.parametrize("finish", ["STOP", None])
def test_gemini_answer_is_read_when_it_comes_as_a_list(finish: str | None) -> None:
    chunks = [
        {"candidates": [{"content": {"parts": [{"text": "a"}]}}]},
        {"candidates": [{"content": {"parts": [{"text": "b"}]}, "finishReason": finish}]},
    ]
    events, error = decode_chunks("gemini", [msgspec.json.encode(chunks)])
    assert (is_whole(events), error) == (True, None)
    assert items_of(events) == [Message(role="assistant", content=[OutputText("ab")])]


def test_search_of_the_provider_comes_with_its_sources_and_is_sent_back_as_it_came() -> None:
    found = {"type": "web_search_result", "url": "https://a.example", "encrypted_content": "x"}
    blocks: list[dict[str, Any]] = [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "sky"}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [found]},
        {
            "type": "text",
            "text": "Blue.",
            "citations": [{"type": "web_search_result_location", "url": "https://a.example", "title": "A"}],
        },
        {"type": "text", "text": " So there."},
    ]  # fmt: skip
    answer: dict[str, Any] = {
        "id": "m",
        "content": blocks,
        "stop_reason": "pause_turn",
        "usage": {},
    }
    events, error = decode_chunks("messages", [msgspec.json.encode(answer)])
    search, results, message = items_of(events)
    assert error is None
    assert isinstance(events[-1], Finished)
    assert (events[-1].paused, events[-1].incomplete_reason) == (True, None)
    assert isinstance(search, OpaqueItem)
    assert search.raw["action"] == {"type": "search", "query": "sky"}
    assert isinstance(message, Message)
    annotation = {"type": "url_citation", "url": "https://a.example", "title": "A"}
    assert message.content == [OutputText("Blue. So there.", [annotation])]
    history = [Message(role="user", content=[InputText("why?")]), search, results, message]
    request = dialect_named("messages").encode(PROVIDER, prompt_of(*history))
    assert msgspec.json.decode(request)["messages"][1]["content"] == blocks


ODD: list[Any] = [None, True, -1, 1.5, "", "x", [], {}, [1], ["a"], {"a": 1}, [None], [[]]]


def bent(value: Any, random: Random, chance: float) -> Any:
    """The value with parts replaced by what nobody expects there, or left out."""
    if random.random() < chance:
        return random.choice(ODD)
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        kept = [(name, one) for name, one in members if random.random() > chance / 2]
        return {name: bent(one, random, chance) for name, one in kept}
    if isinstance(value, list):
        return [bent(one, random, chance) for one in cast("list[Any]", value)]
    return value


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(DIALECT_NAMES),
    st.sampled_from(DIALECT_NAMES),
    st.integers(0, 2**32),
    st.sampled_from([0.02, 0.1, 0.3]),
)
def test_decoder_never_crashes_whatever_a_service_sends(
    dialect: str, sent: str, seed: int, chance: float
) -> None:
    random = Random(seed)
    detail = {"type": "reasoning.text", "text": "a", "index": 0}
    raw = RawItem({"reasoning_details": [detail, detail], "annotations": [{"url": "u"}]})
    step = Step(items=[*WHOLE.items, *([raw] if sent == "chat" else [])])
    events = [
        json_object(event.data) or {}
        for event in SseParser().feed(b"".join(FRAMES[sent](step, 1)))
        if event.data.startswith("{")
    ]
    bodies = [
        b"".join(b"data: %s\n\n" % msgspec.json.encode(bent(e, random, chance)) for e in events),
        msgspec.json.encode(bent(events, random, chance)),
        msgspec.json.encode(bent(events[-1], random, chance)),
    ]
    for body in bodies:
        found = decode_recorded(decoder_of(dialect), body, status=random.choice([200, 500]))
        assert msgspec.json.encode(found)
