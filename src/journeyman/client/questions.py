"""The server's questions: handed to the face one at a time, answered in the order they came.

A question the server withdraws (somebody else answered, the turn was interrupted) is taken back from the
face by cancelling its handler; it gets no answer then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from journeyman.protocol.jsonrpc import (
    INTERNAL_ERROR,
    ConnectionLostError,
    Envelope,
    RequestId,
    RpcError,
    Transport,
    error_response,
    response,
)
from journeyman.protocol.readers import decode_params
from journeyman.protocol.server_requests import SERVER_REQUESTS

_BY_NAME = {method.name: method for method in SERVER_REQUESTS}


class Questions:
    """The queue of open questions of one connection and the task that works it off."""

    def __init__(
        self,
        transport: Transport,
        handler: Callable[[str, msgspec.Struct], Awaitable[msgspec.Struct]] | None,
    ) -> None:
        """Answer over `transport` with what `handler` returns; without a handler, refuse."""
        self._transport = transport
        self._handler = handler
        self._open: dict[RequestId, Envelope] = {}
        self._current: tuple[RequestId, asyncio.Task[Envelope]] | None = None
        self._worker: asyncio.Task[None] | None = None

    def put(self, question: Envelope) -> None:
        """Take one question of the server."""
        if question.id is None:
            return
        self._open[question.id] = question
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())

    def withdraw(self, request_id: RequestId) -> None:
        """Forget a question; does nothing where it is answered already."""
        self._open.pop(request_id, None)
        if self._current is not None and self._current[0] == request_id:
            self._current[1].cancel()

    async def close(self) -> None:
        """Stop; open questions stay unanswered."""
        self._open.clear()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        while self._open:
            request_id = next(iter(self._open))
            answering = asyncio.create_task(self._answer(request_id, self._open.pop(request_id)))
            self._current = (request_id, answering)
            try:
                await asyncio.wait([answering])
                if not answering.cancelled():
                    await self._transport.send(answering.result())
            except ConnectionLostError:
                return
            finally:
                answering.cancel()
                self._current = None

    async def _answer(self, request_id: RequestId, question: Envelope) -> Envelope:
        name = question.method or ""
        method = _BY_NAME.get(name)
        if method is None:
            unknown = RpcError(f"this client does not know the request `{name}`")
            return error_response(request_id, unknown)
        if self._handler is None:
            return error_response(request_id, RpcError("this client answers no questions"))
        try:
            params = decode_params(name, method.params, question.params)
            return response(request_id, await self._handler(name, params))
        except RpcError as error:
            return error_response(request_id, error)
        except Exception as error:
            return error_response(request_id, RpcError(f"{name}: {error}", code=INTERNAL_ERROR))
