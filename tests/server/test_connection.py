"""The server as a client sees it, over the memory transport, with real threads behind it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec
import pytest

from journeyman.client.client import Client
from journeyman.client.memory import memory_pair
from journeyman.protocol import events, threads, turns
from journeyman.protocol.approvals import CommandApprovalParams, CommandApprovalResponse
from journeyman.protocol.connection import (
    Capabilities,
    ClientInfo,
    InitializeParams,
    InitializeResponse,
)
from journeyman.protocol.items import TextInput, UserInput
from journeyman.protocol.jsonrpc import ConnectionLostError, Envelope, RpcError
from journeyman.protocol.methods import CLIENT_REQUESTS, NOTIFICATION_NAME
from journeyman.server.connection import Connection
from journeyman.server.handlers.table import HANDLERS
from journeyman.testing.app_server_harness import services_for

START: list[UserInput] = [TextInput(text="go")]


def test_handlers_cover_the_method_table() -> None:
    assert set(HANDLERS) | {"initialize"} == {method.name for method in CLIENT_REQUESTS}


async def test_turn_runs_in_the_order_of_the_protocol(serve: Any, model: Any, tool: Any) -> None:
    model.script = ["!c1", "all done"]
    tool.released.set()
    async with serve() as app:
        thread = await app.start_thread()
        turn = await app.run_turn(thread.id, "go")
        names = [NOTIFICATION_NAME[type(seen)] for seen in app.seen]
    assert (turn.status, turn.items[0].text) == ("completed", "all done")
    assert names == [
        "thread/started",
        "thread/status/changed",
        "turn/started",
        "item/started",
        "item/completed",
        "journeyman/usage/updated",
        "thread/tokenUsage/updated",
        "item/started",
        "item/completed",
        "item/started",
        "item/agentMessage/delta",
        "item/completed",
        "journeyman/usage/updated",
        "thread/tokenUsage/updated",
        "thread/status/changed",
        "turn/completed",
    ]


async def test_answers_come_before_the_notifications_they_cause(
    make_manager: Any, model: Any
) -> None:
    model.script = ["hi"]
    near, far = memory_pair()
    manager = make_manager()
    serving = asyncio.create_task(Connection(far, services_for(manager)).serve())
    received: list[Envelope] = []

    async def ask(request_id: int, method: str, params: msgspec.Struct) -> None:
        raw = msgspec.Raw(msgspec.json.encode(params))
        await near.send(Envelope(id=request_id, method=method, params=raw))

    async def until(method: str) -> Envelope:
        while True:
            envelope = await near.receive()
            assert envelope is not None
            received.append(envelope)
            if envelope.method == method:
                return envelope

    await ask(1, "initialize", InitializeParams(client_info=ClientInfo(name="t", version="1")))
    await ask(2, "thread/start", threads.ThreadStartParams())
    started = await until("thread/started")
    thread_id = msgspec.json.decode(cast("msgspec.Raw", started.params))["thread"]["id"]
    await ask(3, "turn/start", turns.TurnStartParams(thread_id=thread_id, input=START))
    await until("turn/completed")
    order = [envelope.method or envelope.id for envelope in received]
    assert order[:5] == [1, 2, "thread/started", 3, "thread/status/changed"]
    await near.close()
    await serving
    await manager.close()


async def test_approval_is_asked_answered_and_resolved(serve: Any, model: Any, tool: Any) -> None:
    model.script = ["!c1", "declined, then"]
    tool.asks = True
    asked: list[msgspec.Struct] = []

    async def decline(name: str, params: msgspec.Struct) -> msgspec.Struct:
        asked.append(params)
        assert name == "item/commandExecution/requestApproval"
        return CommandApprovalResponse(decision="decline")

    async with serve(decline) as app:
        thread = await app.start_thread()
        turn = await app.run_turn(thread.id, "go")
        resolved = [s for s in app.seen if isinstance(s, events.ServerRequestResolvedNotification)]
    assert turn.status == "completed"
    assert [type(question) for question in asked] == [CommandApprovalParams]
    assert resolved == [events.ServerRequestResolvedNotification(thread_id=thread.id, request_id=0)]


async def test_question_is_withdrawn_when_the_turn_is_interrupted(
    serve: Any, model: Any, tool: Any
) -> None:
    model.script = ["!c1"]
    tool.asks = True
    asked = asyncio.Event()
    taken_back = asyncio.Event()

    async def never_answer(name: str, params: msgspec.Struct) -> msgspec.Struct:
        asked.set()
        try:
            return await asyncio.Future[msgspec.Struct]()
        finally:
            taken_back.set()

    async with serve(never_answer) as app:
        thread = await app.start_thread()
        turn = await app.start_turn(thread.id, "go")
        await asked.wait()
        params = turns.TurnInterruptParams(thread_id=thread.id, turn_id=turn.id)
        assert await app.client.turn_interrupt(params) == turns.TurnInterruptResponse()
        assert (await app.wait_turn(turn.id)).status == "interrupted"
        await taken_back.wait()


async def test_steer_joins_the_running_turn(serve: Any, model: Any, tool: Any) -> None:
    model.script = ["!c1", "heard you"]
    async with serve() as app:
        thread = await app.start_thread()
        turn = await app.start_turn(thread.id, "go")
        await app.wait_for(events.ItemCompletedNotification)
        wrong = turns.TurnSteerParams(thread_id=thread.id, expected_turn_id="other", input=START)
        with pytest.raises(
            RpcError, match=f"expected active turn id `other` but found `{turn.id}`"
        ):
            await app.client.turn_steer(wrong)
        right = turns.TurnSteerParams(thread_id=thread.id, expected_turn_id=turn.id, input=START)
        assert (await app.client.turn_steer(right)).turn_id == turn.id
        tool.released.set()
        assert (await app.wait_turn(turn.id)).status == "completed"


async def test_thread_resumes_forks_lists_and_reads_after_a_restart(
    serve: Any, model: Any, tool: Any
) -> None:
    model.script = ["!c1", "first", "second", "third"]
    tool.released.set()
    async with serve() as app:
        thread = await app.start_thread()
        first = await app.run_turn(thread.id, "one")
    async with serve() as app:
        resumed = await app.client.thread_resume(threads.ThreadResumeParams(thread_id=thread.id))
        assert [turn.id for turn in resumed.thread.turns] == [first.id]
        second = await app.run_turn(thread.id, "two")
        fork = await app.client.thread_fork(
            threads.ThreadForkParams(thread_id=thread.id, last_turn_id=first.id)
        )
        await app.run_turn(fork.thread.id, "three")
        page = await app.client.thread_list(threads.ThreadListParams())
        read = await app.client.thread_read(
            threads.ThreadReadParams(thread_id=thread.id, include_turns=True)
        )
    assert {each.id: each.preview for each in page.data} == {
        thread.id: "one",
        fork.thread.id: "one",
    }
    assert fork.thread.forked_from_id == thread.id
    assert [turn.id for turn in read.thread.turns] == [first.id, second.id]
    texts = [
        [part.text for item in prompt.history for part in getattr(item, "content", ())]
        for prompt in model.prompts
    ]
    assert texts[-1][-3:] == ["one", "first", "three"]
    assert texts[-2][-3:] == ["one", "first", "two"]


BAD: list[tuple[str, Any, str]] = [
    ("no/such", {}, "unknown method `no/such`"),
    ("turn/start", {"threadId": 5, "input": []}, "turn/start: `threadId`: expected `str`, got `int`"),
    ("turn/start", {"threadId": "x"}, "turn/start: object missing required field `input`"),
    ("turn/start", {"threadId": "x", "input": [{"type": "text"}]}, "`input[0]`: object missing required field `text`"),
    ("turn/start", [], "turn/start: expected `object`, got `array`"),
    ("turn/start", {"threadId": "x", "input": []}, "thread not found: x"),
    ("thread/read", {"threadId": "../../etc/passwd"}, "no rollout found for thread id"),
    ("thread/resume", {"threadId": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"}, "no rollout found"),
    ("thread/list", {"cursor": "?"}, "invalid cursor: ?"),
    ("initialize", {"clientInfo": {"name": "x", "version": "1"}}, "Already initialized"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "message"), BAD)
async def test_bad_request_is_refused_and_the_server_goes_on(
    serve: Any, method: str, params: object, message: str
) -> None:
    async with serve() as app:
        near, far = memory_pair()
        serving = asyncio.create_task(Connection(far, services_for(app.manager)).serve())
        hello = b'{"clientInfo":{"name":"x","version":"1"}}'
        await near.send(Envelope(id="a", method="initialize", params=msgspec.Raw(hello)))
        raw = msgspec.Raw(msgspec.json.encode(params))
        await near.send(Envelope(id="b", method=method, params=raw))
        await near.send(Envelope(id="c", method="thread/list"))
        answers: dict[str | int | None, Envelope] = {}
        while len(answers) < 3:
            envelope = await near.receive()
            assert envelope is not None
            answers[envelope.id] = envelope
        await near.close()
        await serving
    error = answers["b"].error
    assert error is not None
    assert message in error.message
    assert error.code == -32600
    assert answers["c"].error is None


async def test_client_hears_only_what_it_wants(make_manager: Any, model: Any) -> None:
    model.script = ["hi"]
    near, far = memory_pair()
    manager = make_manager()
    serving = asyncio.create_task(Connection(far, services_for(manager)).serve())
    client = Client(near)
    unwanted = ["thread/started", "item/agentMessage/delta", "bogus"]
    wishes = Capabilities(opt_out_notification_methods=unwanted)
    await client.start(ClientInfo(name="t", version="1"), wishes)
    thread_id = (await client.thread_start(threads.ThreadStartParams())).thread.id
    await client.turn_start(turns.TurnStartParams(thread_id=thread_id, input=START))
    heard: list[str] = []
    async for notification in client.notifications():
        heard.append(NOTIFICATION_NAME[type(cast("events.Notification", notification))])
        if heard[-1] == "turn/completed":
            break
    assert heard[:2] == ["thread/status/changed", "turn/started"]
    assert not set(heard) & set(unwanted)
    await client.close()
    await serving
    await manager.close()


async def test_request_before_initialize_is_refused(make_manager: Any) -> None:
    near, far = memory_pair()
    serving = asyncio.create_task(Connection(far, services_for(make_manager())).serve())
    await near.send(Envelope(id="x", method="thread/list"))
    envelope = await near.receive()
    assert envelope is not None
    assert (envelope.id, envelope.error and envelope.error.message) == ("x", "Not initialized")
    await near.close()
    await serving


async def test_turn_goes_on_declined_when_the_client_is_gone(
    make_manager: Any, model: Any, tool: Any
) -> None:
    model.script = ["!c1", "alone"]
    tool.asks = True
    asked = asyncio.Event()

    async def never_answer(name: str, params: msgspec.Struct) -> msgspec.Struct:
        asked.set()
        return await asyncio.Future[msgspec.Struct]()

    near, far = memory_pair()
    manager = make_manager()
    serving = asyncio.create_task(Connection(far, services_for(manager)).serve())
    client = Client(near, never_answer)
    assert isinstance(await client.start(ClientInfo(name="t", version="1")), InitializeResponse)
    thread_id = (await client.thread_start(threads.ThreadStartParams())).thread.id
    await client.turn_start(turns.TurnStartParams(thread_id=thread_id, input=START))
    await asked.wait()
    await client.close()
    await serving
    await manager.get(thread_id).wait_idle()
    read = manager.read(threads.ThreadReadParams(thread_id=thread_id, include_turns=True))
    [turn] = read.turns
    statuses = [getattr(item, "status", None) for item in turn.items]
    assert (turn.status, statuses) == ("completed", [None, "declined", None])
    with pytest.raises(ConnectionLostError):
        await client.thread_list(threads.ThreadListParams())
    await manager.close()
