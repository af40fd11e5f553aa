"""A connection to a host, whose last words arrive although the host broke it off after them.

A server that answers before it has read the whole request, and closes, makes the kernel break the
connection: reading fails, or writing the rest of the request does. asyncio then throws away what has arrived
and was not read yet: often the whole answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter

_READ_BYTES = 65_536
# More than a kernel keeps for a connection that nobody reads.
_MOST_READS = 256


class UpstreamReader(StreamReader):
    """Gives what arrived before the connection broke, and then its end as if it had been closed."""

    def set_exception(self, exc: Exception) -> None:  # pyright: ignore[reportImplicitOverride] -- typing has no override yet
        """See `StreamReader.set_exception`; called once the connection is lost."""
        if isinstance(exc, ConnectionResetError | BrokenPipeError):
            self._take_rest()
            self.feed_eof()
        else:
            super().set_exception(exc)

    def connected(self, transport: asyncio.Transport) -> None:
        """Told once of the connection, whose descriptor is closed only after `set_exception`."""
        self._descriptor = transport.get_extra_info("socket").fileno()

    def _take_rest(self) -> None:
        """What the kernel has of the answer: it was there when writing failed."""
        with contextlib.suppress(OSError):
            for _ in range(_MOST_READS):
                data = os.read(self._descriptor, _READ_BYTES)
                if not data:
                    return
                self.feed_data(data)


async def open_upstream(
    address: str, port: int, *, limit: int
) -> tuple[StreamReader, StreamWriter]:
    """Like `asyncio.open_connection`; raises as that."""
    loop = asyncio.get_running_loop()
    reader = UpstreamReader(limit=limit, loop=loop)
    protocol = StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, address, port)
    reader.connected(transport)
    return reader, StreamWriter(transport, protocol, reader, loop)
