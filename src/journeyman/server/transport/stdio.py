"""The standard streams as a transport: one client, the program that started us.

Whatever else in this process writes to standard output goes to standard error, so that the protocol stays
clean. Streams that cannot be waited for (files, terminals) are relayed by a thread; a terminal's settings are
never changed.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from contextlib import suppress

from journeyman.client.lines import LineTransport

_INPUT, _OUTPUT, _ERROR = 0, 1, 2
_RELAY_BYTES = 64 * 1024
_SECONDS_TO_DRAIN = 2.0


class StdioTransport(LineTransport):
    """Lines over standard input and output; made by `open_stdio`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        relay: threading.Thread | None,
    ) -> None:
        """Take over the streams; `relay` still carries output after `writer` is closed."""
        super().__init__(reader, writer)
        self._relay = relay

    async def close(self) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """Close; what was sent has left, or the other end does not read."""
        await super().close()
        if self._relay is not None:
            await asyncio.to_thread(self._relay.join, _SECONDS_TO_DRAIN)


async def open_stdio() -> StdioTransport:
    """Take over standard input and output."""
    loop = asyncio.get_running_loop()
    output = os.dup(_OUTPUT)
    os.dup2(_ERROR, _OUTPUT)
    source, _ = _waitable(_INPUT, writing=False)
    sink, relay = _waitable(output, writing=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(source, "rb", buffering=0)
    )
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()),
        os.fdopen(sink, "wb", buffering=0),
    )
    return StdioTransport(reader, asyncio.StreamWriter(transport, protocol, None, loop), relay)


def _waitable(descriptor: int, *, writing: bool) -> tuple[int, threading.Thread | None]:
    """The descriptor itself where the event loop can wait for it, else the end of a pipe to it."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return descriptor, None
    far, near = os.pipe()
    ends = (far, descriptor) if writing else (descriptor, near)
    relay = threading.Thread(target=_relay, args=ends, daemon=True)
    relay.start()
    return (near if writing else far), relay


def _relay(source: int, sink: int) -> None:
    with suppress(OSError):
        while chunk := os.read(source, _RELAY_BYTES):
            view = memoryview(chunk)
            while view:
                view = view[os.write(sink, view) :]
    for descriptor in (source, sink):
        with suppress(OSError):
            os.close(descriptor)
