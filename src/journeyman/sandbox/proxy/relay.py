"""Moves bytes between two connections: at the slower one's pace, so memory stays flat whatever passes."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter

from journeyman.sandbox.proxy.http_head import BodyLength, HeadError, chunk_size

CHUNK_BYTES = 65_536
# Somebody who is refused may still be sending; a connection closed meanwhile would lose the answer.
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 1 << 20


async def relay(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass everything on until the end, and then the end."""
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


async def relay_body(reader: StreamReader, writer: StreamWriter, length: BodyLength) -> None:
    """Pass on exactly one body.

    Raises:
        HeadError: the chunks are malformed.
        IncompleteReadError: it ended too soon.
    """
    if length != "chunked":
        await _relay_exactly(reader, writer, length)
        return
    size = -1
    while size != 0:
        line = await reader.readuntil(b"\r\n")
        size = chunk_size(line)
        writer.write(line)
        await _relay_exactly(reader, writer, size)
        end = await reader.readexactly(2)
        if end != b"\r\n":  # a trailer is a way to say something after it was judged
            raise HeadError("a chunk does not end where it should, or a trailer follows")
        writer.write(end)
    await writer.drain()


async def _relay_exactly(reader: StreamReader, writer: StreamWriter, count: int) -> None:
    while count:
        data = await reader.read(min(count, CHUNK_BYTES))
        if not data:
            raise asyncio.IncompleteReadError(b"", count)
        count -= len(data)
        writer.write(data)
        await writer.drain()


async def relay_both_ways(
    one: tuple[StreamReader, StreamWriter], other: tuple[StreamReader, StreamWriter]
) -> None:
    """Pass on in both directions until both have ended, or one has failed."""
    ways = {
        asyncio.ensure_future(relay(one[0], other[1])),
        asyncio.ensure_future(relay(other[0], one[1])),
    }
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
        for way in done:
            way.result()
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def say_last(reader: StreamReader, writer: StreamWriter, data: bytes) -> None:
    """Send the last words, and see to it that they arrive."""
    writer.write(data)
    await writer.drain()
    writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            left = _LINGER_BYTES
            while left > 0 and (unread := await reader.read(CHUNK_BYTES)):
                left -= len(unread)


async def finish(writer: StreamWriter) -> None:
    """Close a connection once the other side has taken everything."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def drop(writer: StreamWriter) -> None:
    """Close a connection at once, whatever is still to be sent."""
    # A transport that sent its last bytes after `close` has let go of its loop, and `abort` trips over that.
    with contextlib.suppress(AttributeError):
        writer.transport.abort()
