"""llama.cpp's own server in the three dialects it speaks. Nothing is asked of the model's wits.

JOURNEYMAN_LLAMACPP_PYTHON names a Python with its server, JOURNEYMAN_LLAMACPP_WEIGHTS the model; `make local` has both.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from tests.models.asking import prompt_of
from tests.models.decoding import items_of

from journeyman.cli.dialects import dialect_named
from journeyman.cli.model_questions import Inquiry
from journeyman.models.answers import AnswerDecoder
from journeyman.models.api import Finished, ModelError, Prompt, StreamEvent, TextDelta, ToolSpec
from journeyman.models.providers import Provider
from journeyman.models.transport import Dialect, HttpModelClient
from journeyman.net.http import HttpClient
from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
)

PYTHON = os.getenv("JOURNEYMAN_LLAMACPP_PYTHON", "")
WEIGHTS = os.getenv("JOURNEYMAN_LLAMACPP_WEIGHTS", "")
HERE = Path(__file__).parent
SHELL = ToolSpec(
    name="shell",
    description="Run a command.",
    parameters={
        "type": "object",
        "properties": {"command": {"type": "string"}},
        "required": ["command"],
    },
)
LIMITS = {"chat": "max_tokens", "messages": "max_tokens", "responses": "max_output_tokens"}
FORCED = {"chat": "required", "messages": {"type": "any"}, "responses": "required"}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PYTHON, reason="JOURNEYMAN_LLAMACPP_PYTHON names no Python with it"),
    pytest.mark.timeout(120),
]
# What llamacpp_server.py sets.
WINDOW = 2048
each_dialect = pytest.mark.parametrize("dialect", sorted(LIMITS))


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script, template = str(HERE / "llamacpp_server.py"), str(HERE / "llamacpp_template.jinja")
    with subprocess.Popen(
        [PYTHON, script, str(port), template, WEIGHTS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any("ready" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}/v1"
        process.kill()


@pytest.mark.parametrize("kind", ["llamacpp", "mine"])
async def test_server_tells_its_window_and_that_it_sees_nothing(base_url: str, kind: str):
    http = HttpClient()
    provider = Provider(id=kind, name=kind, base_url=base_url)
    try:
        told = await Inquiry(http, provider, "any", {}).run()
    finally:
        await http.close()
    assert told is not None
    assert (told.context_window, told.images) == (WINDOW, False)


class With:
    """A dialect whose requests say something more."""

    def __init__(self, dialect: Dialect, more: dict[str, Any]) -> None:
        self._dialect = dialect
        self._more = more

    def path(self, prompt: Prompt) -> str:
        return self._dialect.path(prompt)

    def headers(self, provider: Provider, api_key: str | None, prompt: Prompt) -> dict[str, str]:
        return self._dialect.headers(provider, api_key, prompt)

    def encode(self, provider: Provider, prompt: Prompt) -> bytes:
        body = json.loads(self._dialect.encode(provider, prompt))
        return json.dumps({**body, **self._more}).encode()

    def decoder(self, provider: Provider, prompt: Prompt, secrets: Sequence[str]) -> AnswerDecoder:
        return self._dialect.decoder(provider, prompt, secrets)


async def stream(
    base_url: str, dialect: str, *history: HistoryItem, tokens: int = 16, **more: Any
) -> AsyncGenerator[StreamEvent]:
    http = HttpClient()
    provider = Provider(id="llamacpp", name="llama.cpp", base_url=base_url)
    settings = {LIMITS[dialect]: tokens, "temperature": 0, **more}
    client = HttpModelClient(
        provider, With(dialect_named(dialect), settings), http=http, api_key=None
    )
    tools = [SHELL] if "tool_choice" in more else []
    try:
        async with aclosing(
            client.stream(prompt_of(*history, tools=tools, model="smol"))
        ) as events:
            async for event in events:
                yield event
    finally:
        await http.close()


async def ask(base_url: str, dialect: str, *history: HistoryItem, **more: Any) -> list[StreamEvent]:
    return [event async for event in stream(base_url, dialect, *history, **more)]


def user(text: str) -> Message:
    return Message(role="user", content=[InputText(text)])


@each_dialect
async def test_answer_streams_and_the_next_one_finds_its_prefix_in_the_cache(
    base_url: str, dialect: str
) -> None:
    question = user("Tell me a story about a fox, a crow and a piece of cheese.")
    events = await ask(base_url, dialect, question)
    assert len([event for event in events if isinstance(event, TextDelta)]) > 3
    assert isinstance(events[-1], Finished)
    assert 0 < events[-1].usage.output_tokens <= 16
    (answer,) = items_of(events)
    later = await ask(base_url, dialect, question, answer, user("Go on."))
    assert isinstance(later[-1], Finished)
    assert later[-1].usage.input_tokens > later[-1].usage.cached_input_tokens > 10


@each_dialect
async def test_forced_tool_call_has_arguments_that_fit(base_url: str, dialect: str) -> None:
    history: list[HistoryItem] = []
    examples = (("List files", "ls"), ("Show the date", "date"), ("Who am I", "whoami"))
    for place, (question, command) in enumerate(examples):
        call_id = f"c{place}"
        arguments = json.dumps({"command": command})
        history += [
            user(question),
            FunctionCall(name="shell", arguments=arguments, call_id=call_id),
            FunctionCallOutput(call_id=call_id, output="ok"),
        ]
    events = await ask(
        base_url, dialect, *history, user("List files"), tokens=200, tool_choice=FORCED[dialect]
    )
    calls = [item for item in items_of(events) if isinstance(item, FunctionCall)]
    assert [call.name for call in calls] == ["shell"]
    assert isinstance(json.loads(calls[0].arguments)["command"], str)


@each_dialect
async def test_context_overflow_is_told_as_what_it_is(base_url: str, dialect: str) -> None:
    with pytest.raises(ModelError, match="exceeds the available context size") as caught:
        await ask(base_url, dialect, user("word " * 4_000))
    assert (caught.value.kind, caught.value.status) == ("context_window_exceeded", 400)


@each_dialect
async def test_cancelling_frees_the_server_at_once(base_url: str, dialect: str) -> None:
    # One slot only: the second question waits until the first one is given up.
    long_one = stream(base_url, dialect, user("Count to a thousand."), tokens=1_900)
    await anext(long_one)
    await long_one.aclose()
    async with asyncio.timeout(20):
        assert await ask(base_url, dialect, user("Say hello."), tokens=4)
