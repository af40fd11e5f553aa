"""What goes out on one connection, in the order it was put, and the answers still expected to come in."""

from __future__ import annotations

import asyncio

from journeyman.protocol.jsonrpc import ConnectionLostError, Envelope, Transport


class Outbox:
    """The queue of one connection; `drain` is the only writer of the transport."""

    def __init__(self, transport: Transport) -> None:
        """Write to `transport`."""
        self._transport = transport
        self._queue: asyncio.Queue[Envelope | None] = asyncio.Queue()
        self._expected: dict[int, asyncio.Future[Envelope]] = {}
        self._last_id = -1
        self._closed = False

    def put(self, envelope: Envelope) -> None:
        """Send `envelope` after all that was put before; dropped once the connection is closed."""
        if not self._closed:
            self._queue.put_nowait(envelope)

    def expect_answer(self) -> tuple[int, asyncio.Future[Envelope]]:
        """A new request id, and the future of its answer; it raises when the client goes away."""
        answer: asyncio.Future[Envelope] = asyncio.get_running_loop().create_future()
        if self._closed:
            answer.set_exception(ConnectionLostError("the client is gone"))
        self._last_id += 1
        self._expected[self._last_id] = answer
        return self._last_id, answer

    def forget(self, request_id: int) -> None:
        """Expect no answer any more."""
        self._expected.pop(request_id, None)

    def take_answer(self, envelope: Envelope) -> None:
        """Give an answer of the client to who waits for it; one nobody waits for is ignored."""
        answer = self._expected.get(envelope.id) if isinstance(envelope.id, int) else None
        if answer is not None and not answer.done():
            answer.set_result(envelope)

    async def drain(self) -> None:
        """Send what was put, until `close`."""
        while (envelope := await self._queue.get()) is not None:
            try:
                await self._transport.send(envelope)
            except ConnectionLostError:
                self.close()
                return

    def close(self) -> None:
        """Take nothing more; what was put is still sent, and whoever waits for an answer is told."""
        if self._closed:
            return
        self._closed = True
        self._queue.put_nowait(None)
        for answer in self._expected.values():
            if not answer.done():
                answer.set_exception(ConnectionLostError("the client is gone"))
