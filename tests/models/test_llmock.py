"""LLMock, a server of others that speaks four dialects and fails on demand, judges how the client behaves."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.models.asking import prompt_of
from tests.models.decoding import items_of

from journeyman.cli.dialects import DIALECT_NAMES, dialect_named
from journeyman.models.api import ModelError, StreamEvent, ToolSpec
from journeyman.models.providers import Provider
from journeyman.models.retry import RetryingClient, RetryLimits
from journeyman.models.transport import HttpModelClient
from journeyman.net.http import HttpClient
from journeyman.protocol.history import FunctionCall, Message

PARTS = Path(__file__).parents[2] / ".cache/parts"
PATHS = {
    "chat": "/v1",
    "gemini": "/gemini/v1beta",
    "messages": "/anthropic/v1",
    "responses": "/v1",
}
WEATHER = ToolSpec(
    name="get_weather",
    description="The weather of a city.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (PARTS / "llmock").is_dir(), reason="`make test` installs LLMock"),
]


class LLMock:
    """The server, driven over its own interface."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    async def call(self, path: str, value: object = None) -> dict[str, Any]:
        http = HttpClient()
        method, body = ("GET", b"") if value is None else ("POST", json.dumps(value).encode())
        headers = {"content-type": "application/json"}
        async with http.stream(
            method, self.base_url + path, headers, body, idle_timeout_seconds=20
        ) as answer:
            read = await answer.read(1_000_000)
        await http.close()
        assert answer.status in {200, 201}, read
        return json.loads(read)

    async def ask(
        self, dialect: str, *behaviours: dict[str, Any]
    ) -> tuple[list[StreamEvent], ModelError | None]:
        """Ask once while these faults wait, with retries as in the product."""
        await self.call("/_llmock/reset", {})
        if behaviours:
            await self.call("/_llmock/scenario", {"behaviors": behaviours})
        http = HttpClient()
        provider = Provider(id="llmock", name="LLMock", base_url=self.base_url + PATHS[dialect])
        begun = 0

        async def sleep(seconds: float) -> None:
            # What begins before the server is done with the one before counts there as another call.
            nonlocal begun
            begun += 1
            await asyncio.sleep(seconds)
            while len((await self.call("/_llmock/requests"))["requests"]) < begun:  # noqa: ASYNC110 -- it tells only when asked
                await asyncio.sleep(seconds)

        client = RetryingClient(
            HttpModelClient(provider, dialect_named(dialect), http=http, api_key="any"),
            limits=RetryLimits(request_max_retries=2, stream_max_retries=2),
            sleep=sleep,
            random=lambda: 0.5,
            monotonic=time.monotonic,
        )
        found: list[StreamEvent] = []
        try:
            async for event in client.stream(prompt_of(tools=[WEATHER], model="any-model")):
                found.append(event)  # noqa: PERF401 -- keeps what came before an error
        except ModelError as error:
            return found, error
        finally:
            await http.close()
        return found, None


@pytest.fixture(scope="module")
def llmock() -> Iterator[LLMock]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llmock.cli", "serve", "--port", str(port)]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(PARTS)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = ""
        while "running on" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        yield LLMock(f"http://127.0.0.1:{port}")
        process.terminate()
        process.stderr.read()


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
async def test_client_behaves_well_when_the_server_fails_on_demand(
    llmock: LLMock, dialect: str
) -> None:
    for fault in (
        {"type": "fail", "status": 429, "retry_after": 0.1},
        {"type": "fail", "status": 503},
        {"type": "stream_fault", "kind": "disconnect", "after_chunks": 1},
        {"type": "stream_fault", "kind": "truncate", "after_chunks": 1},
        {"type": "stream_fault", "kind": "malformed", "after_chunks": 1},
    ):
        reply: dict[str, Any] = {
            "type": "reply",
            "text": "The answer in quite a few words, so that it streams.",
        }
        reply["times"] = 2  # the answer that fails, and the one that comes after it
        events, error = await llmock.ask(dialect, reply, {**fault, "times": 1})
        verdict = await llmock.call("/_llmock/verdict")
        assert (error, verdict["findings"], verdict["attempts"]) == (None, [], 2), fault
        assert isinstance(items_of(events)[-1], Message), fault


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
async def test_client_does_not_repeat_what_cannot_succeed(llmock: LLMock, dialect: str) -> None:
    _, error = await llmock.ask(dialect, {"type": "fail", "status": 401, "times": 1})
    verdict = await llmock.call("/_llmock/verdict")
    assert (error and error.kind, verdict["attempts"], verdict["findings"]) == (
        "unauthorized",
        1,
        [],
    )


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
async def test_tool_calls_come_whole_or_visibly_broken(llmock: LLMock, dialect: str) -> None:
    events, _ = await llmock.ask(dialect)
    (call,) = items_of(events)
    assert isinstance(call, FunctionCall)
    assert json.loads(call.arguments) == {"city": "mock-city"}
    broken = {"type": "tool_fault", "kind": "malformed_arguments", "times": 1}
    events, _ = await llmock.ask(dialect, broken)
    (call,) = items_of(events)
    assert isinstance(call, FunctionCall)
    if dialect == "gemini":  # arguments are no text there, so half of them is nothing
        assert call.arguments == "{}"
        return
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.arguments)
