"""A connection to a host, whose last words arrive although the host broke it off after them.

A server that answers before it has read the whole request, and closes, makes the kernel break the
connection. asyncio then throws away what has arrived and was not read yet: often the whole answer.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter


class UpstreamReader(StreamReader):
    """Gives what arrived before the connection broke, and then its end as if it had been closed."""

    def set_exception(self, exc: Exception) -> None:  # pyright: ignore[reportImplicitOverride] -- typing has no override yet
        """See `StreamReader.set_exception`; called once the connection is lost."""
        if isinstance(exc, ConnectionResetError):
            self.feed_eof()
        else:
            super().set_exception(exc)


async def open_upstream(
    address: str, port: int, *, limit: int
) -> tuple[StreamReader, StreamWriter]:
    """Like `asyncio.open_connection`; raises as that."""
    loop = asyncio.get_running_loop()
    reader = UpstreamReader(limit=limit, loop=loop)
    protocol = StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, address, port)
    return reader, StreamWriter(transport, protocol, reader, loop)
