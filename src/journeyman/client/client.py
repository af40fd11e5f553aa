"""The client: typed requests, the server's notifications in their order, the server's questions answered.

One task reads the transport. Requests may run side by side; a lost connection raises wherever something
waits. What the answers mean is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import msgspec

from journeyman.client.questions import Questions
from journeyman.protocol import threads, turns
from journeyman.protocol.connection import (
    Capabilities,
    ClientInfo,
    Empty,
    InitializeParams,
    InitializeResponse,
)
from journeyman.protocol.events import Notification, ServerRequestResolvedNotification
from journeyman.protocol.jsonrpc import (
    ConnectionLostError,
    Envelope,
    RpcError,
    Transport,
    notification,
    request,
)
from journeyman.protocol.readers import UnknownNotification, decode_notification, decode_params

ResponseT = TypeVar("ResponseT", bound=msgspec.Struct)
FULL = Capabilities(experimental_api=True, journeyman_extensions=True)
OnRequest = Callable[[str, msgspec.Struct], Awaitable[msgspec.Struct]]


class Client:
    """One connection to an app-server.

    Attributes:
        server: what the server said of itself, once `start` is done.
    """

    server: InitializeResponse

    def __init__(self, transport: Transport, on_request: OnRequest | None = None) -> None:
        """Take over `transport`.

        Args:
            transport: closed by `close`.
            on_request: answers a question of the server (method name, params) with the struct the method
                table names; questions come one at a time. Without it every question is refused.
        """
        self._transport = transport
        self._questions = Questions(transport, on_request)
        self._waiting: dict[str | int, asyncio.Future[Envelope]] = {}
        self._notifications: asyncio.Queue[Notification | UnknownNotification | None] = (
            asyncio.Queue()
        )
        self._lost: ConnectionLostError | None = None
        self._closed = False
        self._last_id = 0
        self._reader: asyncio.Task[None] | None = None

    async def start(
        self, client_info: ClientInfo, capabilities: Capabilities = FULL
    ) -> InitializeResponse:
        """Shake hands; the first call on a client. By default it wants everything there is."""
        self._reader = asyncio.create_task(self._read())
        params = InitializeParams(client_info=client_info, capabilities=capabilities)
        self.server = await self.request("initialize", params, InitializeResponse)
        await self._transport.send(notification("initialized", Empty()))
        return self.server

    async def request(
        self, method: str, params: msgspec.Struct, response: type[ResponseT]
    ) -> ResponseT:
        """Ask the server and wait for its answer.

        Raises:
            RpcError: the server refused, or its answer does not fit `response`.
            ConnectionLostError: (an `RpcError`) the connection ended first.
        """
        if self._lost is not None:
            raise self._lost
        self._last_id += 1
        request_id = self._last_id
        answer: asyncio.Future[Envelope] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        try:
            await self._transport.send(request(request_id, method, params))
            envelope = await answer
        finally:
            del self._waiting[request_id]
        if envelope.error is not None:
            error = envelope.error
            if isinstance(error.data, msgspec.UnsetType):
                raise RpcError(error.message, code=error.code)
            data = msgspec.json.decode(error.data)
            raise RpcError(error.message, code=error.code, data=data)
        return decode_params(method, response, envelope.result)

    async def thread_start(self, params: threads.ThreadStartParams) -> threads.ThreadStartResponse:
        """Start a thread."""
        return await self.request("thread/start", params, threads.ThreadStartResponse)

    async def thread_resume(
        self, params: threads.ThreadResumeParams
    ) -> threads.ThreadStartResponse:
        """Load a recorded thread."""
        return await self.request("thread/resume", params, threads.ThreadStartResponse)

    async def thread_fork(self, params: threads.ThreadForkParams) -> threads.ThreadStartResponse:
        """Copy a thread into a new one."""
        return await self.request("thread/fork", params, threads.ThreadStartResponse)

    async def thread_list(self, params: threads.ThreadListParams) -> threads.ThreadListResponse:
        """List recorded threads, one page."""
        return await self.request("thread/list", params, threads.ThreadListResponse)

    async def thread_read(self, params: threads.ThreadReadParams) -> threads.ThreadReadResponse:
        """Read one thread without loading it."""
        return await self.request("thread/read", params, threads.ThreadReadResponse)

    async def turn_start(self, params: turns.TurnStartParams) -> turns.TurnStartResponse:
        """Start a turn; it is in progress when this returns."""
        return await self.request("turn/start", params, turns.TurnStartResponse)

    async def turn_steer(self, params: turns.TurnSteerParams) -> turns.TurnSteerResponse:
        """Add input to the running turn."""
        return await self.request("turn/steer", params, turns.TurnSteerResponse)

    async def turn_interrupt(
        self, params: turns.TurnInterruptParams
    ) -> turns.TurnInterruptResponse:
        """Stop the running turn; its turn/completed follows."""
        return await self.request("turn/interrupt", params, turns.TurnInterruptResponse)

    async def notifications(self) -> AsyncIterator[Notification | UnknownNotification]:
        """The server's notifications in order; ends after `close`. One reader at a time.

        Raises:
            ConnectionLostError: the connection ended before `close`; all that came was yielded first.
        """
        while (received := await self._notifications.get()) is not None:
            yield received
        self._notifications.put_nowait(None)
        if self._lost is not None and not self._closed:
            raise self._lost

    async def close(self) -> None:
        """Close the connection; whatever waits raises `ConnectionLostError`. Idempotent."""
        self._closed = True
        if self._reader is not None:
            reader, self._reader = self._reader, None
            reader.cancel()
            await asyncio.wait([reader])
        await self._questions.close()
        await self._transport.close()
        self._end("the client was closed")

    async def _read(self) -> None:
        reason = "the server closed the connection"
        try:
            while True:
                try:
                    envelope = await self._transport.receive()
                except RpcError as error:
                    reason = error.message
                    break
                if envelope is None:
                    break
                self._take(envelope)
        finally:
            if not self._closed:
                self._end(reason)

    def _take(self, envelope: Envelope) -> None:
        if envelope.method is None:
            answer = self._waiting.get(envelope.id) if envelope.id is not None else None
            if answer is not None and not answer.done():
                answer.set_result(envelope)
        elif envelope.id is not None:
            self._questions.put(envelope)
        else:
            received = decode_notification(envelope.method, envelope.params)
            if isinstance(received, ServerRequestResolvedNotification):
                self._questions.withdraw(received.request_id)
            self._notifications.put_nowait(received)

    def _end(self, reason: str) -> None:
        self._lost = ConnectionLostError(reason)
        self._notifications.put_nowait(None)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(self._lost)
