"""What a client has of a thread's MCP servers beside the model's calls: own calls, resources, progress, forms, reload."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.cli.server_parts import server_in

from journeyman.protocol import events, mcp, threads
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.permissions import ApprovalPolicy, Granular, GranularAsk
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.raw_client import RawClient
from journeyman.testing.responses_script import Call, Say, Step

SERVER = Path(__file__).parents[1] / "tools" / "mcp" / "server_program.py"
DONE = Step(items=[Say("done")])
CONFIG = """
model = "gpt-5.5"
model_provider = "mock"
sandbox_mode = "danger-full-access"
[model_providers.mock]
base_url = "{base_url}"
[mcp_servers.notes]
command = {python}
args = {args}
disabled_tools = ["large"]
"""


class Person:
    """Answers forms, and keeps what was asked."""

    def __init__(self, answer: mcp.ElicitationResponse | None) -> None:
        self.asked: list[mcp.ElicitationParams] = []
        self._answer = answer

    async def __call__(self, method: str, params: msgspec.Struct) -> msgspec.Struct:
        assert isinstance(params, mcp.ElicitationParams), method
        self.asked.append(params)
        if self._answer is None:
            raise RpcError("nobody there")
        return self._answer


@asynccontextmanager
async def harness(
    folder: Path, provider: MockProvider, person: Person | None = None
) -> AsyncGenerator[AppServerHarness]:
    configure(folder, provider)
    async with (
        server_in(folder) as services,
        AppServerHarness(services.manager, person) as opened,
    ):
        yield opened


def configure(folder: Path, provider: MockProvider) -> None:
    (folder / "home").mkdir()
    text = CONFIG.format(
        base_url=provider.base_url,
        python=json.dumps(sys.executable),
        args=json.dumps([str(SERVER), str(folder / "note")]),
    )
    (folder / "home" / "config.toml").write_text(text)


async def asked_for(
    folder: Path,
    field: str,
    person: Person,
    policy: ApprovalPolicy = "on-request",
) -> tuple[Any, list[str]]:
    """What the server hears when it asks for a field, and the warnings of the thread."""
    with MockProvider(
        Step(items=[Call("mcp__notes__ask", {"text": field}, "a")]), DONE
    ) as provider:
        async with harness(folder, provider, person) as opened:
            params = threads.ThreadStartParams(approval_policy=policy)
            thread = await opened.start_thread(params)
            await opened.run_turn(thread.id, "go")
            warned = [
                it.message for it in opened.seen if isinstance(it, events.WarningNotification)
            ]
        output = provider.requests[-1].json["input"][-1]["output"]
    return json.loads(output[1]["text"].removeprefix("ask: ")), warned


async def test_client_calls_a_tool_and_reads_a_resource_of_its_threads_server(tmp_path: Path):
    with MockProvider() as provider:
        async with harness(tmp_path, provider) as opened:
            thread = await opened.start_thread()
            client = opened.client
            called = await client.request(
                "mcpServer/tool/call",
                mcp.McpServerToolCallParams(
                    thread_id=thread.id, server="notes", tool="write", arguments={"text": "kept"}
                ),
                mcp.McpServerToolCallResponse,
            )
            read = await client.request(
                "mcpServer/resource/read",
                mcp.McpResourceReadParams(thread_id=thread.id, server="notes", uri="note:1"),
                mcp.McpResourceReadResponse,
            )
    assert called == mcp.McpServerToolCallResponse(
        content=[{"type": "text", "text": "write: kept"}], is_error=False
    )
    assert (tmp_path / "note").read_text() == "kept\n"
    assert read.contents == [{"uri": "note:1", "text": "so it reads"}]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"server": "other"}, "this thread has no MCP server 'other': there are notes"),
        ({"tool": "large"}, "the tool 'large' of the MCP server notes is switched off"),
        ({"tool": "die"}, "the MCP server notes: the server ended"),
        ({"arguments": [1]}, "arguments must be an object"),
        ({"threadId": "nope"}, "thread not found: nope"),
    ],
)
async def test_call_that_cannot_be_made_is_refused_with_its_reason(
    tmp_path: Path, changes: dict[str, Any], says: str
):
    with MockProvider() as provider:
        configure(tmp_path, provider)
        async with server_in(tmp_path) as services, RawClient(services) as client:
            started = await client.call("thread/start", {})
            params = {"threadId": started["thread"]["id"], "server": "notes", "tool": "echo"}
            with pytest.raises(RpcError) as refused:
                await client.call("mcpServer/tool/call", params | changes)
    assert says in str(refused.value)


async def test_progress_of_a_call_is_told_with_its_item(tmp_path: Path):
    with MockProvider(Step(items=[Call("mcp__notes__slow", {}, "a")]), DONE) as provider:
        async with harness(tmp_path, provider) as opened:
            thread = await opened.start_thread()
            turn = await opened.run_turn(thread.id, "go")
            told = [it for it in opened.seen if isinstance(it, mcp.McpToolCallProgressNotification)]
    assert [(it.turn_id, it.item_id, it.message) for it in told] == [
        (turn.id, "a", "begun"),
        (turn.id, "a", "2/2"),
    ]


async def test_form_of_a_server_is_filled_in_by_the_client(tmp_path: Path):
    person = Person(mcp.ElicitationResponse(action="accept", content={"colour": "red"}))
    answer, _ = await asked_for(tmp_path, "colour", person)
    assert answer == {"action": "accept", "content": {"colour": "red"}}
    [asked] = person.asked
    assert (asked.server_name, asked.message) == ("notes", "Please fill in.")
    assert asked.requested_schema["properties"] == {"colour": {"type": "string"}}
    assert not mcp.is_about_tool(asked)


@pytest.mark.parametrize(
    ("policy", "count"),
    [
        ("never", 0),
        (
            Granular(
                granular=GranularAsk(sandbox_approval=True, rules=True, mcp_elicitations=False)
            ),
            0,
        ),
        ("on-request", 1),
    ],
)
async def test_form_is_declined_where_the_policy_says_no_or_nobody_answers(
    tmp_path: Path, policy: ApprovalPolicy, count: int
):
    person = Person(None)
    answer, _ = await asked_for(tmp_path, "colour", person, policy)
    assert (answer, len(person.asked)) == ({"action": "decline"}, count)


@pytest.mark.parametrize("field", ["password", "apiKey", "card_cvv"])
async def test_form_that_asks_for_a_secret_is_declined_unseen(tmp_path: Path, field: str):
    person = Person(mcp.ElicitationResponse(action="accept", content={field: "hunter2"}))
    answer, warned = await asked_for(tmp_path, field, person)
    assert (answer, person.asked) == ({"action": "decline"}, [])
    assert any(f"The MCP server notes asked for {field!r}" in text for text in warned)


async def test_reload_and_later_threads_have_the_servers_of_the_config_as_it_is_then(
    tmp_path: Path,
):
    with MockProvider(DONE, DONE, DONE) as provider:
        async with harness(tmp_path, provider) as opened:
            before = await opened.start_thread()
            config = tmp_path / "home" / "config.toml"
            config.write_text(config.read_text().replace("mcp_servers.notes", "mcp_servers.later"))
            await opened.client.request("config/mcpServer/reload", Empty(), Empty)
            after = await opened.start_thread()
            for thread in (before, after):
                await opened.run_turn(thread.id, "go")
        offered = [
            {tool["name"] for tool in request.json["tools"]} for request in provider.requests
        ]
    assert ["mcp__notes__echo" in names for names in offered] == [True, False]
    assert ["mcp__later__echo" in names for names in offered] == [False, True]
