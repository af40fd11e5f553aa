"""The line transport: one JSON object a line over a pair of byte streams (pipes, sockets).

Invariant: a line that is no message, or too long to be kept, costs that line; the next one is read.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec

from journeyman.protocol.jsonrpc import (
    PARSE_ERROR,
    ConnectionLostError,
    Envelope,
    RpcError,
    decode_envelope,
)

# Images travel inside of messages; nothing that is meant well is larger.
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_READ_BYTES = 256 * 1024
# How long what was sent may take to leave after `close`, where the other end has stopped reading.
_SECONDS_TO_FLUSH = 2.0


class LineTransport:
    """Carries envelopes over a reader and a writer; see `protocol.jsonrpc.Transport`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, begun: bytes = b""
    ) -> None:
        """Take over both streams; `begun` is what was read of the first already."""
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray(begun)
        self._searched = 0
        self._closed = False

    async def send(self, envelope: Envelope) -> None:
        """Send one line; waits while the other end does not read."""
        if self._closed:
            raise ConnectionLostError
        try:
            self._writer.write(msgspec.json.encode(envelope) + b"\n")
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise ConnectionLostError(f"the connection broke: {error}") from error

    async def receive(self) -> Envelope | None:
        """The next message; blank lines are passed over."""
        while (line := await self._line()) is not None:
            if line.strip():
                return decode_envelope(line)
        return None

    async def close(self) -> None:
        """Close both ways, after what was sent."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        try:
            with suppress(OSError, RuntimeError):
                await asyncio.wait_for(self._writer.wait_closed(), _SECONDS_TO_FLUSH)
        except TimeoutError:
            self._writer.transport.abort()

    async def _line(self) -> bytes | None:
        while True:
            end = self._buffer.find(b"\n", self._searched)
            if end >= 0:
                return self._cut(end)
            self._searched = len(self._buffer)
            if self._searched > MAX_MESSAGE_BYTES:
                return await self._pass_over()
            if not await self._read_more():
                rest = bytes(self._buffer)
                self._buffer.clear()
                return rest or None

    def _cut(self, end: int) -> bytes:
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        return line

    async def _pass_over(self) -> bytes | None:
        """Forget a line that is too long; raises once its end was seen."""
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                del self._buffer[: end + 1]
                self._searched = 0
                message = f"a message is longer than {MAX_MESSAGE_BYTES} bytes"
                raise RpcError(message, code=PARSE_ERROR)
            self._buffer.clear()
            if not await self._read_more():
                return None

    async def _read_more(self) -> bool:
        try:
            more = await self._reader.read(_READ_BYTES)
        except OSError:
            return False
        self._buffer += more
        return bool(more)
