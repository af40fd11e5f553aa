"""One client's connection: the handshake, its requests, and its subscriptions to threads.

Requests on one thread are worked off in their order, others side by side. The client's answers to questions
are taken at once, whatever else is running. When the client goes away its questions fail closed and its
requests are given up; threads belong to the manager and outlive the connection.
"""

from __future__ import annotations

import asyncio
import weakref
from contextlib import nullcontext

import msgspec

from journeyman.protocol.connection import InitializeParams
from journeyman.protocol.jsonrpc import (
    OVERLOADED,
    Envelope,
    Json,
    RequestId,
    RpcError,
    Transport,
    error_response,
)
from journeyman.protocol.rows import Method
from journeyman.server import dispatch
from journeyman.server.dispatch import Call, Handler
from journeyman.server.handlers.table import HANDLERS
from journeyman.server.outbox import Outbox
from journeyman.server.peer import Peer
from journeyman.server.services import Services
from journeyman.server.subscription import Subscription

# More requests at once than any client needs; each holds memory until it is answered.
MAX_RUNNING = 256
_OVERLOADED = RpcError("Server overloaded; retry later.", code=OVERLOADED, data="server_overloaded")
_SECONDS_TO_FLUSH = 2.0


class _ThreadOfRequest(msgspec.Struct, frozen=True, rename="camel"):
    thread_id: str | None = None


class Connection:
    """Serves one client over one transport."""

    def __init__(self, transport: Transport, services: Services) -> None:
        """Serve one client over `transport` with what `services` offer."""
        self._transport = transport
        self._services = services
        self._stalled = asyncio.Event()
        self._outbox = Outbox(transport, self._stalled.set)
        self._peer = Peer(self._outbox)
        self._subscriptions: dict[str, Subscription] = {}
        self._order: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._running: set[asyncio.Task[None]] = set()
        self._handlers: dict[str, Handler] = {**HANDLERS, "initialize": self._initialize}

    async def serve(self) -> None:
        """Answer until the client is gone or this is cancelled; then let go of its threads."""
        writer = asyncio.create_task(self._outbox.drain())
        reader = asyncio.create_task(self._read())
        stalled = asyncio.create_task(self._stalled.wait())
        try:
            await asyncio.wait([reader, writer, stalled], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reader, stalled, *self._running):
                task.cancel()
            self._outbox.close()
            self._services.clients.remove(self._peer)
            for thread_id, subscription in self._subscriptions.items():
                self._services.manager.leave(thread_id, subscription)
            await asyncio.gather(*self._running, reader, return_exceptions=True)
            await self._peer.belongings.close()
            # A client that does not read what it asked for is not waited for.
            await asyncio.wait([writer], timeout=0 if stalled.done() else _SECONDS_TO_FLUSH)
            writer.cancel()
            await asyncio.gather(writer, stalled, return_exceptions=True)
            await self._transport.close()

    async def _read(self) -> None:
        while True:
            try:
                envelope = await self._transport.receive()
            except RpcError:
                # As the reference does: what is no message has no id that an answer could name.
                continue
            if envelope is None:
                return
            self._take(envelope)

    def _take(self, envelope: Envelope) -> None:
        if envelope.method is None:
            self._outbox.take_answer(envelope)
        elif envelope.id is not None and len(self._running) >= MAX_RUNNING:
            self._outbox.put(error_response(envelope.id, _OVERLOADED))
        elif envelope.id is not None:
            task = asyncio.create_task(self._answer(envelope.id, envelope))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, request_id: RequestId, envelope: Envelope) -> None:
        call = Call(
            request_id,
            outbox=self._outbox,
            peer=self._peer,
            services=self._services,
            subscriptions=self._subscriptions,
        )
        try:
            method = self._admit(envelope)
        except RpcError as error:
            call.refuse(error)
            return
        async with self._in_order(envelope.params):
            await dispatch.answer(call, method, envelope.params, self._handlers)

    def _admit(self, envelope: Envelope) -> Method:
        if self._peer.params is None and envelope.method != "initialize":
            raise RpcError("Not initialized")
        method = dispatch.find_method(envelope)
        self._peer.admit(method)
        return method

    def _in_order(self, params: Json) -> asyncio.Lock | nullcontext[None]:
        """What makes a request wait for the earlier ones on its thread."""
        if isinstance(params, msgspec.UnsetType):
            return nullcontext()
        try:
            thread_id = msgspec.json.decode(params, type=_ThreadOfRequest).thread_id
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return nullcontext()  # the handler's own reading tells what is wrong
        if thread_id is None:
            return nullcontext()
        return self._order.setdefault(thread_id, asyncio.Lock())

    async def _initialize(self, call: Call, params: InitializeParams) -> None:
        if self._peer.params is not None:
            raise RpcError("Already initialized")
        self._peer.params = params
        call.reply(self._services.introduce(params.client_info))
        self._services.clients.add(self._peer)
        for notice in self._services.config.notices() if self._services.config else ():
            self._peer.notify(notice)
