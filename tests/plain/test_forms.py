"""Forms of MCP servers in the line-mode face: what is shown, what is typed, what is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.plain.scripted_console import ScriptedConsole, Typed, ctrl_c, key, line

from journeyman.client.client import Client
from journeyman.client.memory import memory_pair
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.models.scripted import ScriptedClient
from journeyman.plain.face import PlainFace
from journeyman.plain.forms import FieldError, fields_of, value_of
from journeyman.plain.inbox import Inbox
from journeyman.plain.talk import Look, Talk
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.mcp import ElicitationParams, ElicitationResponse
from journeyman.protocol.threads import ThreadStartParams
from journeyman.server.connection import Connection
from journeyman.testing.app_server_harness import services_for
from journeyman.testing.fake_launcher import FakeLauncher
from journeyman.testing.stage import builtin_tools
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit
from journeyman.transcript.style import Style

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Your\u202e name", "minLength": 2, "maxLength": 9},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "share": {"type": "number", "default": 0.5},
        "sure": {"type": "boolean"},
        "colour": {"type": "string", "enum": ["r", "g"], "enumNames": ["Red", "Green\x1b[2J"]},
        "days": {"type": "array", "items": {"anyOf": [{"const": "mo"}, {"const": "tu"}]}},
        "mail": {"type": "string", "format": "email"},
    },
    "required": ["name", "age", "sure", "colour"],
}


async def fill_in(home: Path, schema: dict[str, Any], *script: Typed) -> tuple[Any, str]:
    """The answer to a form, as this user fills it in, and the screen."""
    console, inbox = ScriptedConsole(*script, line("/quit", after="> ")), Inbox()
    near, far = memory_pair()
    kit = ThreadKit(
        connect=lambda _: ScriptedClient([]),
        launcher=FakeLauncher(),
        clock=SystemClock(),
        tools=builtin_tools,
        asks_user=True,
    )
    factory = PlainThreadFactory(home, kit)
    manager = ThreadManager(factory, factory.store)
    serving = asyncio.create_task(Connection(far, services_for(manager)).serve())
    client = Client(near, inbox.ask)
    await client.start(ClientInfo(name="plain", version="1"))
    look = Look(style=Style(colour=False), version="1", write=console.write, clock=SystemClock())
    face = PlainFace(Talk(client, look), console, inbox)
    asked = ElicitationParams(
        thread_id="t", server_name="shop", message="Who\x1b[2J?", requested_schema=schema
    )
    asking = asyncio.ensure_future(inbox.ask("mcpServer/elicitation/request", asked))
    async with asyncio.timeout(30):
        answer = await _answered(face, asking)
    await client.close()
    await serving
    await manager.close()
    return answer, console.screen


async def _answered(face: PlainFace, asking: asyncio.Future[Any]) -> Any:
    running = asyncio.create_task(face.run(ThreadStartParams(), []))
    try:
        return await asking
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_form_is_filled_in_field_by_field_and_sent_by_a_key(tmp_path: Path) -> None:
    answer, screen = await fill_in(
        tmp_path,
        SCHEMA,
        key("y", after="[y] fill it in"),
        line("x", after="Your<U+202E> name (name)"),
        line("Ann", after="from 2 to 9 characters"),
        line("old"),
        line("33", after="a whole number"),
        line(""),
        line("yes"),
        line("2", after="[2] Green^[[2J"),
        line("2, 1"),
        line(""),
        key("y", after='days: ["tu","mo"]'),
    )
    assert "The MCP server shop asks: Who^[[2J?" in screen
    assert answer == ElicitationResponse(
        action="accept",
        content={
            "name": "Ann",
            "age": 33,
            "share": 0.5,
            "sure": True,
            "colour": "g",
            "days": ["tu", "mo"],
        },
    )


@pytest.mark.parametrize(
    ("script", "action"),
    [
        ([key("n", after="[n]")], "decline"),
        ([key("c", after="[n]")], "cancel"),
        ([key("y", after="[n]"), ctrl_c(after="optional")], "cancel"),
        ([key("y", after="[n]"), line("x", after="optional"), key("n", after="Send")], "decline"),
    ],
)
async def test_nothing_is_sent_unless_the_user_says_so_twice(
    tmp_path: Path, script: list[Typed], action: str
) -> None:
    answer, _ = await fill_in(tmp_path, {"properties": {"a": {}}}, *script)
    assert answer == ElicitationResponse(action=action)  # type: ignore[arg-type] -- one of the three


async def test_form_that_cannot_be_typed_is_declined_and_the_user_is_told(tmp_path: Path) -> None:
    answer, screen = await fill_in(tmp_path, {"properties": {"a": {"type": "object"}}})
    assert (answer.action, "cannot be typed" in screen) == ("decline", True)


@pytest.mark.parametrize(
    ("schema", "typed"),
    [
        ({"type": "integer", "maximum": 3}, "4"),
        ({"type": "number"}, "nan"),
        ({"type": "boolean"}, "perhaps"),
        ({"enum": ["a"]}, "2"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 1}, "1 2"),
        ({"format": "date"}, "yesterday"),
        ({"format": "uri"}, "example"),
        ({}, " "),
    ],
)
def test_what_the_form_does_not_allow_is_refused(schema: dict[str, Any], typed: str) -> None:
    fields = fields_of({"properties": {"a": schema}, "required": ["a"]})
    assert fields is not None
    with pytest.raises(FieldError):
        value_of(fields[0], typed)


@pytest.mark.parametrize("schema", [{"minimum": "x"}, {"type": "null"}, {"type": "array"}, 5])
def test_forms_of_another_kind_are_not_understood(schema: Any) -> None:
    assert fields_of({"properties": {"a": schema}}) is None
