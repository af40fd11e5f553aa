"""Takes in WebSocket clients: from a connected pair of streams to an open transport, or a refusal.

The framing is the websockets library's (its protocol without I/O); who may come in is the gate's.
"""

from __future__ import annotations

import asyncio

from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol

from journeyman.client.lines import MAX_MESSAGE_BYTES
from journeyman.client.websocket import WebSocketTransport
from journeyman.server.transport.gate import Gate, Hello


async def accept(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: Gate, begun: bytes = b""
) -> WebSocketTransport | None:
    """Answer a client's handshake.

    Args:
        reader: where the client's bytes come from.
        writer: where the answer goes.
        gate: who may come in.
        begun: what was read of `reader` already.

    Returns:
        The open transport; None where the client was refused, asked for the server's health, or said
        nothing that is a handshake. It is closed then.
    """
    protocol = ServerProtocol(max_size=MAX_MESSAGE_BYTES)
    transport = WebSocketTransport(protocol, reader, writer)
    if begun:
        protocol.receive_data(begun)
    request = await _request(protocol, transport)
    if request is not None:
        refusal = gate.answer(_hello(request))
        response = protocol.reject(*refusal) if refusal else protocol.accept(request)
        protocol.send_response(response)
        transport.flush()
        if protocol.handshake_exc is None:
            return transport
    await transport.close()
    return None


async def _request(protocol: ServerProtocol, transport: WebSocketTransport) -> Request | None:
    while True:
        for event in protocol.events_received():
            if isinstance(event, Request):
                return event
        if protocol.handshake_exc is not None or not await transport.read_more():
            transport.flush()
            return None


def _hello(request: Request) -> Hello:
    headers: Headers = request.headers
    return Hello(
        path=request.path.partition("?")[0],
        host=headers.get_all("Host"),
        origin=headers.get_all("Origin"),
        authorization=headers.get_all("Authorization"),
    )
