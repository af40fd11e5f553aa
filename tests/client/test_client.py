"""The client over the memory transport, against a server the test plays itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
import pytest

from journeyman.client.client import Client
from journeyman.client.memory import memory_pair
from journeyman.protocol import threads
from journeyman.protocol.approvals import CommandApprovalResponse, FileChangeApprovalParams
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.events import ServerRequestResolvedNotification, WarningNotification
from journeyman.protocol.jsonrpc import (
    ConnectionLostError,
    Envelope,
    RpcError,
    Transport,
    error_response,
    notification,
    request,
    response,
)
from journeyman.protocol.readers import UnknownNotification
from journeyman.testing.app_server_harness import INFO

ME = ClientInfo(name="test", version="1")
LIST = threads.ThreadListParams()
COMMAND = "item/commandExecution/requestApproval"
QUESTION = b'{"threadId":"t","turnId":"u","itemId":"i","startedAtMs":1,"command":"ls","cwd":"/"}'


class Played:
    """A connected client and the other end of its transport."""

    def __init__(self, client: Client, far: Transport) -> None:
        self.client = client
        self.far = far

    async def next(self) -> Envelope:
        envelope = await self.far.receive()
        assert envelope is not None
        return envelope

    async def put_question(self, request_id: int, method: str = COMMAND) -> None:
        await self.far.send(Envelope(id=request_id, method=method, params=msgspec.Raw(QUESTION)))


async def connect(on_request: Any = None) -> Played:
    near, far = memory_pair()
    played = Played(Client(near, on_request), far)
    starting = asyncio.create_task(played.client.start(ME))
    hello = await played.next()
    assert hello.method == "initialize"
    await far.send(response(cast("int", hello.id), INFO))
    assert await starting == INFO
    assert (await played.next()).method == "initialized"
    return played


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    played = await connect()
    yield played
    await played.client.close()


async def test_requests_run_side_by_side_and_get_their_own_answers(played: Played) -> None:
    asked = [asyncio.create_task(played.client.thread_list(LIST)) for _ in range(20)]
    envelopes = [await played.next() for _ in asked]
    for envelope in reversed(envelopes):
        page = threads.ThreadListResponse(data=[], next_cursor=str(envelope.id))
        await played.far.send(response(cast("int", envelope.id), page))
    cursors = [page.next_cursor for page in await asyncio.gather(*asked)]
    assert cursors == [str(envelope.id) for envelope in envelopes]


async def test_refusal_raises_with_its_code(played: Played) -> None:
    asked = asyncio.create_task(played.client.thread_list(LIST))
    refused = error_response((await played.next()).id, RpcError("busy", code=-32001))
    await played.far.send(refused)
    with pytest.raises(RpcError) as error:
        await asked
    assert (error.value.message, error.value.code) == ("busy", -32001)


async def test_answer_of_the_wrong_shape_raises_and_names_the_member(played: Played) -> None:
    asked = asyncio.create_task(played.client.thread_list(LIST))
    request_id = (await played.next()).id
    await played.far.send(Envelope(id=request_id, result=msgspec.Raw(b'{"data":3}')))
    with pytest.raises(RpcError, match="thread/list: `data`: expected `array`, got `int`"):
        await asked


async def test_notifications_come_in_order_and_unknown_ones_are_kept(played: Played) -> None:
    unknown = msgspec.Raw(b'{"x":1}')
    await played.far.send(notification("warning", WarningNotification(message="one")))
    await played.far.send(Envelope(method="thread/teleported", params=unknown))
    await played.far.send(Envelope(id=99, result=unknown))
    await played.far.send(notification("warning", WarningNotification(message="two")))
    seen = played.client.notifications()
    assert [await anext(seen) for _ in range(3)] == [
        WarningNotification(message="one"),
        UnknownNotification("thread/teleported", unknown),
        WarningNotification(message="two"),
    ]


async def test_lost_connection_raises_everywhere_it_is_waited_for(played: Played) -> None:
    asked = asyncio.create_task(played.client.thread_list(LIST))
    await played.next()
    await played.far.send(notification("warning", WarningNotification(message="last")))
    await played.far.close()
    with pytest.raises(ConnectionLostError, match="the server closed the connection"):
        await asked
    seen = played.client.notifications()
    assert await anext(seen) == WarningNotification(message="last")
    with pytest.raises(ConnectionLostError):
        await anext(seen)
    with pytest.raises(ConnectionLostError):
        await played.client.thread_list(LIST)


async def test_close_ends_what_waits(played: Played) -> None:
    asked = asyncio.create_task(played.client.thread_list(LIST))
    waiting = asyncio.ensure_future(anext(played.client.notifications(), None))
    await played.next()
    await played.client.close()
    await played.client.close()
    with pytest.raises(ConnectionLostError, match="the client was closed"):
        await asked
    assert await waiting is None


async def test_questions_are_answered_one_at_a_time_in_order() -> None:
    open_now: list[int] = []
    most = 0

    async def answer(name: str, params: msgspec.Struct) -> msgspec.Struct:
        nonlocal most
        open_now.append(1)
        most = max(most, len(open_now))
        await asyncio.sleep(0)
        open_now.pop()
        return CommandApprovalResponse(decision="accept")

    played = await connect(answer)
    for request_id in (7, 8, 9):
        await played.put_question(request_id)
    answers = [await played.next() for _ in range(3)]
    assert answers == [response(n, CommandApprovalResponse(decision="accept")) for n in (7, 8, 9)]
    assert most == 1
    await played.client.close()


async def test_withdrawn_question_is_taken_back_and_the_next_is_put() -> None:
    put: list[str] = []
    first_is_open = asyncio.Event()

    async def answer(name: str, params: msgspec.Struct) -> msgspec.Struct:
        put.append(name)
        if len(put) == 1:
            first_is_open.set()
            await asyncio.Future[None]()
        return CommandApprovalResponse(decision="decline")

    played = await connect(answer)
    for request_id in (1, 2, 3):
        await played.put_question(request_id)
    await first_is_open.wait()
    for request_id in (2, 1):
        gone = ServerRequestResolvedNotification(thread_id="t", request_id=request_id)
        await played.far.send(notification("serverRequest/resolved", gone))
    assert (await played.next()).id == 3
    assert len(put) == 2
    await played.client.close()


async def test_question_that_cannot_be_answered_is_refused() -> None:
    async def fail(name: str, params: msgspec.Struct) -> msgspec.Struct:
        raise ValueError("no terminal")

    played = await connect(fail)
    file_change = FileChangeApprovalParams(thread_id="t", turn_id="u", item_id="i", started_at_ms=1)
    await played.put_question(1)
    await played.put_question(2, "no/such/request")
    await played.far.send(request(3, COMMAND, file_change))
    messages = [(await played.next()).error for _ in range(3)]
    await played.client.close()
    assert [error and error.message for error in messages] == [
        f"{COMMAND}: no terminal",
        "this client does not know the request `no/such/request`",
        f"{COMMAND}: object missing required field `command`",
    ]


async def test_client_without_handler_refuses_every_question(played: Played) -> None:
    await played.put_question(1)
    error = (await played.next()).error
    assert error is not None
    assert error.message == "this client answers no questions"
