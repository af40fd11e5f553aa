"""`jm mcp-server` as clients of the official SDK use it, over pipes and over HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

pytestmark = pytest.mark.real

ESCALATES = run("echo hi >made", sandbox_permissions="require_escalated", justification="Please.")
DONE = Step(items=[Say("all done")])


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with MockProvider() as provider:
        yield Program(tmp_path, provider)
        provider.check()


class Asked:
    """A user who gives this decision to every question; None cannot be asked."""

    def __init__(self, decision: str | None) -> None:
        self.questions: list[str] = []
        self.decision = decision

    async def answer(self, context: Any, params: ElicitRequestParams) -> ElicitResult:
        del context
        assert isinstance(params, ElicitRequestFormParams)
        self.questions.append(params.message)
        return ElicitResult(action="accept", content={"decision": self.decision or ""})


@asynccontextmanager
async def connected(
    program: Program, asked: Asked | None = None, *more: str
) -> AsyncGenerator[Client]:
    words = ["-m", "journeyman", "mcp-server", "-C", str(program.work), "-s", "workspace-write"]
    words += more
    server = StdioServerParameters(command=sys.executable, args=words, env=program.env)
    callback = asked.answer if asked and asked.decision else None
    async with Client(server, mode="legacy", elicitation_callback=callback) as client:
        yield client


async def test_tools_run_a_thread_and_go_on_with_it(program: Program) -> None:
    program.provider.script(Step(items=[run("true")]), DONE, Step(items=[Say("second")]))
    told: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        told.append(message)

    async with connected(program) as client:
        offered = (await client.list_tools()).tools
        assert [tool.name for tool in offered] == ["journeyman", "journeyman-reply"]
        first = await client.call_tool("journeyman", {"prompt": "go"}, progress_callback=hear)
        assert (first.is_error, first.structured_content["content"]) == (False, "all done")
        thread_id = first.structured_content["threadId"]
        again = {"threadId": thread_id, "prompt": "and now?"}
        second = await client.call_tool("journeyman-reply", again)
    assert told == ["/bin/bash -c true", "all done"]
    assert first.meta == {
        "journeyman/spending": {"requests": 2, "costUsd": None, "unpricedRequests": 2}
    }
    assert second.structured_content == {"threadId": thread_id, "content": "second"}
    assert "and now?" in program.provider.requests[-1].body.decode()


async def test_record_of_calls_is_replayed_without_provider_and_config(program: Program) -> None:
    program.provider.script(Step(items=[run("true")]), DONE, Step(items=[Say("second")]))
    file = str(program.work.parent / "calls.jsonl")

    async def answers(*words: str) -> list[str]:
        async with connected(program, None, *words) as client:
            first = await client.call_tool("journeyman", {"prompt": "go"})
            again = {"threadId": first.structured_content["threadId"], "prompt": "and now?"}
            second = await client.call_tool("journeyman-reply", again)
        return [reply.structured_content["content"] for reply in (first, second)]

    recorded = await answers("--record", file)
    program.config.unlink()
    del program.env["MOCK_KEY"]
    assert await answers("--replay", file) == recorded == ["all done", "second"]
    assert len(program.provider.requests) == 3


async def test_names_of_the_former_server_are_understood(program: Program) -> None:
    program.provider.script(DONE, DONE)
    async with connected(program) as client:
        first = await client.call_tool("codex", {"prompt": "go", "approval-policy": "never"})
        conversation = {"conversationId": first.structured_content["threadId"], "prompt": "on"}
        assert not (await client.call_tool("codex-reply", conversation)).is_error


@pytest.mark.parametrize(
    ("decision", "made"), [("accept", True), ("decline", False), (None, False)]
)
async def test_question_is_elicited_and_who_cannot_be_asked_declines(
    program: Program, decision: str | None, made: bool
) -> None:
    program.provider.script(Step(items=[ESCALATES]), DONE)
    asked = Asked(decision)
    async with connected(program, asked) as client:
        done = await client.call_tool("journeyman", {"prompt": "go"})
    assert done.structured_content["content"] == "all done"
    assert (program.work / "made").exists() == made
    assert len(asked.questions) == (0 if decision is None else 1)
    assert all("echo hi >made" in question for question in asked.questions)


async def test_wrong_calls_are_answered_with_what_is_right(program: Program) -> None:
    async with connected(program) as client:
        empty = await client.call_tool("journeyman", {})
        assert (empty.is_error, "prompt" in str(empty.content)) == (True, True)
        unknown = {"threadId": "00000000-0000-7000-8000-000000000000", "prompt": "x"}
        assert (await client.call_tool("journeyman-reply", unknown)).is_error
        with pytest.raises(MCPError, match="there are journeyman and journeyman-reply"):
            await client.call_tool("nothing", {})


async def test_cancelled_call_stops_the_turn(program: Program) -> None:
    program.provider.script(Step(items=[Say("a")], hang_after=3))
    async with connected(program) as client:
        call = asyncio.create_task(client.call_tool("journeyman", {"prompt": "go"}))
        assert await asyncio.to_thread(program.provider.hanging.wait, 50)
        call.cancel()
        assert await asyncio.to_thread(program.provider.client_gone.wait, 50)


async def test_http_needs_the_token_and_serves_who_has_it(program: Program) -> None:
    program.provider.script(DONE)
    server = program.start("mcp-server", "--listen", "http://127.0.0.1:0")
    assert server.stderr is not None
    line = await asyncio.to_thread(server.stderr.readline)
    url = line.decode().split()[2]
    try:
        async with httpx2.AsyncClient() as stranger:
            assert (await stranger.post(url, json={})).status_code == 401
        token = (program.home / "app-server.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(url, http_client=http), mode="legacy") as client,
        ):
            done = await client.call_tool("journeyman", {"prompt": "go"})
            assert done.structured_content["content"] == "all done"
        async with httpx2.AsyncClient(headers={**headers, "Origin": "http://evil.example"}) as page:
            assert (await page.post(url, json={})).status_code == 403
    finally:
        server.terminate()
        server.communicate()
    assert server.returncode == 0


def test_address_that_is_none_is_refused(program: Program) -> None:
    done = program.run("mcp-server", "--listen", "ftp://x")
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot listen there, in --listen ftp://x: use stdio://")
