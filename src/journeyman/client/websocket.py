"""WebSocket as a transport, on both ends: one text frame a message (RFC 6455, by the websockets library).

The library only frames; the streams are asyncio's, so that a named socket and TCP are served alike.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidURI
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from journeyman.client.lines import MAX_MESSAGE_BYTES
from journeyman.protocol.jsonrpc import ConnectionLostError, Envelope, decode_envelope

_READ_BYTES = 256 * 1024
_SECONDS_TO_CLOSE = 2.0


class WebSocketTransport:
    """Carries envelopes over an open WebSocket; see `protocol.jsonrpc.Transport`."""

    def __init__(
        self,
        protocol: ClientProtocol | ServerProtocol,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Take over a connection whose handshake is done; `protocol` may hold frames already."""
        self._protocol = protocol
        self._reader = reader
        self._writer = writer
        self._arrived: list[bytes] = []
        self._parts = bytearray()
        self._is_text = True
        self._closed = False

    async def send(self, envelope: Envelope) -> None:
        """Send one text frame; waits while the other end does not read."""
        if self._closed or self._protocol.state is not State.OPEN:
            raise ConnectionLostError
        self._protocol.send_text(msgspec.json.encode(envelope))
        try:
            self.flush()
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise ConnectionLostError(f"the connection broke: {error}") from error

    async def receive(self) -> Envelope | None:
        """The next message; a binary frame is none."""
        while not self._arrived:
            self._take_frames()
            if not self._arrived and not await self.read_more():
                return None
        message = self._arrived.pop(0)
        return decode_envelope(message)

    async def close(self) -> None:
        """Say goodbye and close; idempotent."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._say_goodbye()
        except TimeoutError:
            self._writer.transport.abort()

    async def _say_goodbye(self) -> None:
        with suppress(OSError, RuntimeError):
            if self._protocol.state is State.OPEN:
                self._protocol.send_close()
            self.flush()
            self._writer.close()
            await asyncio.wait_for(self._writer.wait_closed(), _SECONDS_TO_CLOSE)

    def _take_frames(self) -> None:
        for event in self._protocol.events_received():
            if not isinstance(event, Frame):
                continue
            if event.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._is_text = event.opcode is Opcode.TEXT
                self._parts = bytearray(event.data)
            elif event.opcode is Opcode.CONT:
                self._parts += event.data
            else:
                continue
            if event.fin:
                self._arrived.append(bytes(self._parts) if self._is_text else b"")
                self._parts = bytearray()

    async def read_more(self) -> bool:
        """Feed the protocol; False when nothing more will come."""
        if self._closed:
            return False
        try:
            more = await self._reader.read(_READ_BYTES)
            if more:
                self._protocol.receive_data(more)
            else:
                self._protocol.receive_eof()
            self.flush()
        except (OSError, RuntimeError):
            return False
        return bool(more)

    def flush(self) -> None:
        """Write what the protocol wants to say."""
        for chunk in self._protocol.data_to_send():
            if chunk:
                self._writer.write(chunk)
            elif self._writer.can_write_eof():
                self._writer.write_eof()


async def connect(
    url: str, *, token: str | None = None, unix_path: str | None = None
) -> WebSocketTransport:
    """Connect to a server.

    Args:
        url: `ws://HOST:PORT`.
        token: the server's token, sent as `Authorization: Bearer`.
        unix_path: the named socket to connect to instead of the host.

    Raises:
        ConnectionLostError: nobody answers there, or the server refuses; the text says which.
    """
    try:
        protocol = ClientProtocol(parse_uri(url), max_size=MAX_MESSAGE_BYTES)
    except InvalidURI as error:
        raise ConnectionLostError(f"not the address of a server: {url}") from error
    place = unix_path or url
    try:
        if unix_path is not None:
            reader, writer = await asyncio.open_unix_connection(unix_path)
        else:
            reader, writer = await asyncio.open_connection(protocol.uri.host, protocol.uri.port)
    except OSError as error:
        raise ConnectionLostError(f"no server answers at {place}: {error}") from error
    hello = protocol.connect()
    if token is not None:
        hello.headers["Authorization"] = f"Bearer {token}"
    protocol.send_request(hello)
    transport = WebSocketTransport(protocol, reader, writer)
    try:
        await _await_welcome(protocol, transport, place)
    except BaseException:
        await transport.close()
        raise
    return transport


async def _await_welcome(
    protocol: ClientProtocol, transport: WebSocketTransport, place: str
) -> None:
    transport.flush()
    while protocol.state is State.CONNECTING and protocol.handshake_exc is None:
        if not await transport.read_more():
            break
    if protocol.handshake_exc is not None or protocol.state is not State.OPEN:
        refused = protocol.handshake_exc or "the connection was closed"
        raise ConnectionLostError(f"the server at {place} refuses: {refused}")
