from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.asking import ask, items, prompt_of
from tests.models.decoding import decoder_of

from journeyman.models.api import (
    Finished,
    InputDelta,
    ItemBegun,
    ItemDone,
    ModelError,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.models.openai_responses import ResponsesDialect
from journeyman.models.sse import ServerSentEvent, SseParser
from journeyman.models.transport import HttpModelClient
from journeyman.net.http import HttpClient
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    Message,
    OutputText,
    Reasoning,
    Refusal,
    SummaryText,
)
from journeyman.protocol.usage import TokenUsage
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Call, Freeform, Say, Step, Think
from journeyman.testing.responses_script import events as scripted_events

USAGE = TokenUsage(input_tokens=100, output_tokens=7, reasoning_output_tokens=2, total_tokens=107)
WHOLE = Step(
    items=[Think("hm"), Say("Grüße", phase="final_answer"), Call("ping", '{"a'), Freeform("p", "x")]
)
WEB_PAGE = "the answer is a web page titled 'Oh', not an API's; check the base URL"
WHOLE_EVENTS: list[StreamEvent] = [
    ItemBegun("rs_1_0", "reasoning"),
    ReasoningDelta("rs_1_0", 0, "h"),
    ReasoningDelta("rs_1_0", 0, "m"),
    ItemDone(
        Reasoning(summary=[SummaryText("hm")], id="rs_1_0", encrypted_content="sealed-rs_1_0"),
        "rs_1_0",
    ),
    ItemBegun("msg_1_1", "message", "final_answer"),
    TextDelta("msg_1_1", "Gr"),
    TextDelta("msg_1_1", "üß"),
    TextDelta("msg_1_1", "e"),
    ItemDone(
        Message(
            role="assistant", content=[OutputText("Grüße")], id="msg_1_1", phase="final_answer"
        ),
        "msg_1_1",
    ),
    ItemDone(FunctionCall(name="ping", arguments='{"a', call_id="call_1_2", id="fc_1_2")),
    InputDelta("call_1_3", "p", "input", "x"),
    ItemDone(CustomToolCall(name="p", input="x", call_id="call_1_3", id="ctc_1_3")),
    Finished(usage=USAGE, response_id="resp_1"),
]


def decode(*fields: dict[str, Any]) -> list[StreamEvent]:
    decoder = decoder_of("responses")
    return [
        event
        for one in fields
        for event in decoder.event(ServerSentEvent("", msgspec.json.encode(one).decode()))
    ]


async def test_answer_becomes_events_when_it_streams() -> None:
    with MockProvider(WHOLE) as provider:
        assert await ask(provider) == (WHOLE_EVENTS, None)
        provider.check()


@settings(max_examples=60)
@given(st.data())
def test_answer_is_the_same_when_its_bytes_are_cut_anywhere(data: st.DataObject) -> None:
    raw = b"".join(
        b"data: %s\n\n" % msgspec.json.encode(event) for event in scripted_events(WHOLE, 1)
    )
    cut = data.draw(st.integers(0, len(raw)))
    other = data.draw(st.integers(cut, len(raw)))
    parser, decoder = SseParser(), decoder_of("responses")
    found = [
        event
        for chunk in (raw[:cut], raw[cut:other], raw[other:])
        for framed in parser.feed(chunk)
        for event in decoder.event(framed)
    ]
    assert found == WHOLE_EVENTS


@pytest.mark.parametrize("count", range(5, 24, 3))
async def test_answer_raises_a_retryable_error_when_the_stream_is_cut(count: int) -> None:
    with MockProvider(msgspec.structs.replace(WHOLE, cut_after=count)) as provider:
        events, error = await ask(provider)
    assert events == WHOLE_EVENTS[: len(events)]
    assert error is not None
    assert (error.kind, error.retryable) == ("stream_disconnected", True)


async def test_answer_is_read_when_it_comes_as_json() -> None:
    *_, last = scripted_events(WHOLE, 1)
    step = Step(body=msgspec.json.encode(last["response"]))
    with MockProvider(step) as provider:
        events, error = await ask(provider)
    assert (items(events), error) == (items(WHOLE_EVENTS), None)


async def test_answer_says_why_when_it_is_incomplete() -> None:
    with MockProvider(Step(items=[Say("half")], end="incomplete")) as provider:
        events, _ = await ask(provider)
    assert events[-1] == Finished(
        usage=USAGE, response_id="resp_1", incomplete_reason="max_output_tokens"
    )


def test_items_are_found_when_only_the_final_response_holds_them() -> None:
    message = {"type": "message", "id": "m", "content": [{"type": "text", "text": "hi"}]}
    call = {"type": "function_call", "name": "f", "arguments": {"a": 1}, "call_id": "c"}
    output = [message, call]
    assert decode({"type": "response.completed", "response": {"output": output}}) == [
        ItemBegun("m", "message"),
        ItemDone(Message(role="assistant", content=[OutputText("hi")], id="m"), "m"),
        ItemDone(FunctionCall(name="f", arguments='{"a":1}', call_id="c")),
        Finished(usage=TokenUsage()),
    ]


def test_items_are_not_repeated_when_neither_ids_nor_places_are_given() -> None:
    message = {"type": "message", "content": [{"type": "output_text", "text": "hi"}]}
    assert decode(
        {"type": "response.output_item.added", "item": {"type": "message"}},
        {"type": "response.output_text.delta", "delta": "hi"},
        {"type": "response.output_item.done", "item": message},
        {"type": "response.completed", "response": {"output": [message]}},
    ) == [
        ItemBegun("item 0", "message"),
        TextDelta("item 0", "hi"),
        ItemDone(Message(role="assistant", content=[OutputText("hi")]), "item 0"),
        Finished(usage=TokenUsage()),
    ]


def test_message_is_made_of_its_deltas_when_it_never_comes_whole() -> None:
    assert decode(
        {"type": "response.output_text.delta", "item_id": "m", "delta": "a"},
        {"type": "response.output_text.delta", "item_id": "m", "delta": "b"},
        {"type": "response.completed", "response": {}},
    )[-2:] == [
        ItemDone(Message(role="assistant", content=[OutputText("ab")], id="m"), "m"),
        Finished(usage=TokenUsage()),
    ]


def test_refusal_is_text_for_the_user_and_a_refusal_in_the_history() -> None:
    part = {"type": "refusal", "refusal": "No."}
    whole = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    assert decode(
        {"type": "response.output_item.added", "item": {"type": "message", "id": "m"}},
        {"type": "response.refusal.delta", "item_id": "m", "delta": "No."},
        {"type": "response.output_item.done", "item": whole},
    ) == [
        ItemBegun("m", "message"),
        TextDelta("m", "No.", is_refusal=True),
        ItemDone(Message(role="assistant", content=[Refusal("No.")], id="m"), "m"),
    ]


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("context_length_exceeded", "too long", ("context_window_exceeded", False, None)),
        ("rate_limit_exceeded", "try again in 1.3s.", ("rate_limit_exceeded", True, 1.3)),
        ("rate_limit_exceeded", "Please try again in 200ms", ("rate_limit_exceeded", True, 0.2)),
        ("rate_limit_exceeded", "slow", ("rate_limit_exceeded", True, None)),
        ("server_error", "oops", ("server_error", True, None)),
        ("insufficient_quota", "pay", ("usage_limit_exceeded", False, None)),
        ("invalid_prompt", "bad", ("bad_request", False, None)),
        ("server_is_overloaded", "busy", ("overloaded", True, None)),
        ("never_heard_of", "what", ("server_error", True, None)),
    ],
)
async def test_failure_in_the_stream_is_classified_by_its_code(
    code: str, message: str, expected: tuple[str, bool, float | None]
) -> None:
    step = Step(items=[Say("a")], end="failed", error={"code": code, "message": message})
    with MockProvider(step) as provider:
        _, error = await ask(provider)
    assert error is not None
    assert (error.kind, error.retryable, error.retry_after_seconds) == expected
    assert error.message == message


@pytest.mark.parametrize(
    ("step", "kind", "retryable", "text"),
    [
        (
            Step(status=400, body=b'{"error":{"message":"bad thing"}}'),
            "bad_request",
            False,
            "400 Bad Request: bad thing",
        ),
        (
            Step(
                status=400,
                body=b'{"error":{"type":"exceed_context_size_error","message":"n"}}',
            ),
            "context_window_exceeded",
            False,
            (
                "400 Bad Request: n. The thread is too long for gpt-5.5: start a new one or use a model with "
                "a larger window."
            ),
        ),
        (
            Step(status=401, body=b'{"error":{"message":"no hush-hush"}}'),
            "unauthorized",
            False,
            "Mock refused the key (401 Unauthorized: no [redacted]). Check the key in MOCK_KEY.",
        ),
        (
            Step(status=401, body=b"test-key-123?"),
            "unauthorized",
            False,
            "Mock refused the key (401 Unauthorized: [redacted]?). Check the key in MOCK_KEY.",
        ),
        (
            Step(status=429),
            "rate_limit_exceeded",
            False,
            "exceeded retry limit, last status: 429 Too Many Requests",
        ),
        (
            Step(status=429, headers={"retry-after": "2"}),
            "rate_limit_exceeded",
            True,
            "exceeded retry limit, last status: 429 Too Many Requests",
        ),
        (
            Step(
                status=429,
                headers={"retry-after": "2"},
                body=b'{"error":{"code":"insufficient_quota"}}',
            ),
            "usage_limit_exceeded",
            False,
            "exceeded retry limit, last status: 429 Too Many Requests",
        ),
        (
            Step(status=502, body=b"<html><title>Oh</title></html>"),
            "server_error",
            True,
            "unexpected status 502 Bad Gateway: " + WEB_PAGE,
        ),
        (Step(status=529), "overloaded", True, "unexpected status 529"),
        (
            Step(status=307, headers={"location": "http://elsewhere/"}),
            "protocol",
            False,
            "Mock redirects (307 Temporary Redirect), which is not followed; mend its base_url.",
        ),
    ],
)
async def test_http_status_is_explained(step: Step, kind: str, retryable: bool, text: str) -> None:
    with MockProvider(step) as provider:
        events, error = await ask(provider, env_key="MOCK_KEY")
    assert events == []
    assert error is not None
    assert (error.kind, error.retryable, error.message) == (kind, retryable, text)
    assert error.status == step.status


async def test_settings_with_secret_names_are_masked_when_a_server_echoes_them() -> None:
    echo = b"no: header-hush, query-hush, 2026-01-01"
    with MockProvider(Step(status=400, body=echo)) as provider:
        _, error = await ask(
            provider,
            http_headers={"X-Api-Key": "header-hush"},
            query_params={"token": "query-hush", "api-version": "2026-01-01"},
        )
    assert str(error) == "400 Bad Request: no: [redacted], [redacted], 2026-01-01"


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"{broken", b'{"a":'])
async def test_garbage_with_status_200_is_a_clear_error(body: bytes) -> None:
    with MockProvider(Step(body=body)) as provider:
        events, error = await ask(provider)
    assert (events, error and error.kind) == ([], "protocol")
    assert "check the base URL" in str(error)


@pytest.mark.parametrize("body", [b"", b"nonsense\n\n", b"data: [DONE]\n\n"])
async def test_stream_without_an_answer_is_retryable(body: bytes) -> None:
    with MockProvider(Step(body=body)) as provider:
        _, error = await ask(provider)
    assert error is not None
    assert (error.kind, error.retryable) == ("stream_disconnected", True)


async def test_error_object_with_status_200_is_the_providers_error() -> None:
    with MockProvider(Step(body=b'{"error":{"code":"model_not_found","message":"?"}}')) as provider:
        _, error = await ask(provider)
    assert (error and error.kind) == "model_not_found"


async def test_silence_ends_the_stream_when_the_idle_timeout_passes() -> None:
    with MockProvider(Step(items=[Say("a")], hang_after=3)) as provider:
        _, error = await ask(provider, stream_idle_timeout_ms=50)
        left = await asyncio.to_thread(provider.client_gone.wait, 50)
    assert (error and error.message, left) == ("nothing came for 0.05 s", True)


async def test_connection_closes_at_once_when_the_consumer_is_cancelled() -> None:
    with MockProvider(Step(items=[Say("a")], hang_after=3)) as provider:
        task = asyncio.ensure_future(ask(provider))
        assert await asyncio.to_thread(provider.hanging.wait, 50)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(provider.client_gone.wait, 50)


async def test_connection_closes_when_the_consumer_stops_reading() -> None:
    with MockProvider(Step(items=[Say("abc")], hang_after=6)) as provider:
        http = HttpClient()
        client = HttpModelClient(provider.provider(), ResponsesDialect(), http=http, api_key=None)
        async with aclosing(client.stream(prompt_of())) as stream:
            assert await anext(stream) == ItemBegun("msg_1_0", "message")
        assert await asyncio.to_thread(provider.client_gone.wait, 50)


async def test_connection_is_kept_for_the_next_step_when_the_consumer_stops_at_the_end() -> None:
    with MockProvider(WHOLE, WHOLE) as provider:
        http = HttpClient()
        client = HttpModelClient(provider.provider(), ResponsesDialect(), http=http, api_key=None)
        for _ in range(2):
            stream = client.stream(prompt_of())
            while not isinstance(await anext(stream), Finished):
                pass
        await http.close()
        assert (provider.connections, len(provider.requests)) == (1, 2)


async def test_no_request_is_made_when_the_key_is_missing() -> None:
    with MockProvider() as provider:
        client = HttpModelClient(
            provider.provider(name="OpenAI", env_key="OPENAI_API_KEY"),
            ResponsesDialect(),
            http=HttpClient(),
            api_key=None,
        )
        with pytest.raises(ModelError, match=r"OPENAI_API_KEY is not set.*offline/repair.*ollama"):
            [event async for event in client.stream(prompt_of())]
        assert provider.requests == []


async def test_local_server_that_is_not_running_is_named() -> None:
    with MockProvider() as gone:
        base_url = gone.base_url.replace("//", "//me:hush@") + "?key=hush"
        provider = gone.provider(name="Ollama", base_url=base_url)
    client = HttpModelClient(provider, ResponsesDialect(), http=HttpClient(), api_key=None)
    with pytest.raises(
        ModelError, match=r"^Ollama: nothing listens at .* Is the server running"
    ) as e:
        [event async for event in client.stream(prompt_of())]
    assert (e.value.kind, e.value.retryable) == ("connection_failed", False)
    assert "hush" not in str(e.value)


def test_answer_that_is_cut_short_keeps_what_was_said_and_drops_its_call() -> None:
    call = {"type": "function_call", "id": "f", "call_id": "c", "name": "ping"}
    events = decode(
        {"type": "response.output_item.added", "item": {"type": "message", "id": "m"}},
        {"type": "response.output_text.delta", "item_id": "m", "delta": "hal"},
        {"type": "response.output_item.added", "item": call},
        {"type": "response.function_call_arguments.delta", "item_id": "f", "delta": "{}"},
        {"type": "response.incomplete", "response": {"status": "incomplete"}},
    )
    assert [event.item for event in events if isinstance(event, ItemDone)] == [
        Message(role="assistant", content=[OutputText("hal")], id="m")
    ]
