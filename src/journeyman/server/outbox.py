"""What goes out on one connection, in the order it was put, and the answers still expected to come in.

A client that does not read costs memory up to a limit and then its connection; it never makes a turn wait.
What it missed is in the rollout: it can connect again and read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from journeyman.protocol.jsonrpc import ConnectionLostError, Envelope, Transport

# Far more than a client is ever behind that reads at all; little enough for a hundred that do not.
MAX_WAITING_BYTES = 32 * 1024 * 1024
# What an envelope costs beside its text.
_ENVELOPE_BYTES = 300
# What one counts at most: the longest answer of a model must get through to a client that reads.
_MAX_COUNTED_BYTES = MAX_WAITING_BYTES // 4


class Outbox:
    """The queue of one connection; `drain` is the only writer of the transport."""

    def __init__(self, transport: Transport, on_stalled: Callable[[], None]) -> None:
        """Write to `transport`; `on_stalled` is called once, when too much waits to be written."""
        self._transport = transport
        self._on_stalled = on_stalled
        self._queue: asyncio.Queue[Envelope | None] = asyncio.Queue()
        self._waiting_bytes = 0
        self._expected: dict[int, asyncio.Future[Envelope]] = {}
        self._last_id = -1
        self._closed = False

    def put(self, envelope: Envelope) -> None:
        """Send `envelope` after all that was put before; dropped once the connection is closed."""
        if self._closed:
            return
        self._waiting_bytes += _size(envelope)
        self._queue.put_nowait(envelope)
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self.close()
            self._on_stalled()

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
            self._waiting_bytes -= _size(envelope)
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


def _size(envelope: Envelope) -> int:
    parts = (envelope.params, envelope.result, envelope.id)
    size = sum(len(part) for part in parts if isinstance(part, msgspec.Raw | str))
    return _ENVELOPE_BYTES + min(size, _MAX_COUNTED_BYTES)
