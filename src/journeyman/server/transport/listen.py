"""Listens for clients on a TCP address or a named socket, and serves each of them until it leaves.

A TCP client speaks WebSocket. On a named socket, which belongs to its user alone, a client may speak WebSocket
(as the reference's clients do) or plain lines; its first bytes tell which.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path

from journeyman.client.lines import LineTransport
from journeyman.protocol.jsonrpc import Transport
from journeyman.server.connection import Connection
from journeyman.server.services import Services
from journeyman.server.transport.gate import Gate
from journeyman.server.transport.peer_user import user_of
from journeyman.server.transport.websocket import accept

# Nobody needs longer to say hello; whoever does not holds a connection for nothing.
_SECONDS_TO_SAY_HELLO = 10.0
_FIRST_BYTES = 4096
_HTTP = b"GET "
_PRIVATE = 0o177


class ListenError(Exception):
    """The address cannot be listened on; the text says why and what to do."""


class Listener:
    """The clients of one listening address."""

    def __init__(self, services: Services, gate: Gate) -> None:
        """Serve with `services` whom `gate` lets in."""
        self._services = services
        self._gate = gate
        self._clients: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._path: Path | None = None

    async def listen_tcp(self, host: str, port: int) -> int:
        """Listen, and return the port (which the system chooses where `port` is 0)."""
        try:
            self._server = await asyncio.start_server(self._take_tcp, host, port)
        except OSError as error:
            message = f"cannot listen on {host}:{port}: {error.strerror}: choose another address"
            raise ListenError(message) from error
        return int(self._server.sockets[0].getsockname()[1])

    async def listen_unix(self, path: Path) -> None:
        """Listen on a named socket that only its user can open; one that nobody serves is replaced."""
        bound = _bind(path)
        self._path = path
        self._server = await asyncio.start_unix_server(self._take_unix, sock=bound)

    async def close(self) -> None:
        """Take nobody in any more, and let go of everybody."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _take_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._keep(self._serve(reader, writer, may_be_lines=False))

    def _take_unix(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected: socket.socket = writer.get_extra_info("socket")
        # Access rights of the file guard the way in; they do not hold everywhere, nor for ever.
        if user_of(connected) not in (None, os.geteuid()):
            writer.transport.abort()
            return
        self._keep(self._serve(reader, writer, may_be_lines=True))

    def _keep(self, serving: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(serving)
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, may_be_lines: bool
    ) -> None:
        try:
            async with asyncio.timeout(_SECONDS_TO_SAY_HELLO):
                transport = await self._open(reader, writer, may_be_lines=may_be_lines)
        except (TimeoutError, OSError):
            writer.transport.abort()
            return
        if transport is not None:
            await Connection(transport, self._services).serve()

    async def _open(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, may_be_lines: bool
    ) -> Transport | None:
        begun = b""
        if may_be_lines:
            begun = await reader.read(_FIRST_BYTES)
            if not begun.startswith(_HTTP):
                return LineTransport(reader, writer, begun)
        return await accept(reader, writer, self._gate, begun)


def _bind(path: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ListenError(f"{path} is there and is no socket: choose another path")
        if _is_served(path):
            raise ListenError(f"another server listens on {path}: stop it, or choose another path")
        path.unlink()
    bound = socket.socket(socket.AF_UNIX)
    before = os.umask(_PRIVATE)
    try:
        bound.bind(str(path))
    except OSError as error:
        bound.close()
        raise ListenError(f"cannot listen on {path}: {error}: choose another path") from error
    finally:
        os.umask(before)
    return bound


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
