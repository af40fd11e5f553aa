"""Answers of hosts that break the connection off, over real sockets."""

from __future__ import annotations

import socket
import struct

import pytest

from journeyman.sandbox.proxy.upstream import open_upstream

_LINGER_NOT = struct.pack("ii", 1, 0)


async def test_answer_arrives_when_the_host_breaks_off_after_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reader, writer = await open_upstream(*server.getsockname(), limit=1000)
        host, _ = server.accept()
        host.sendall(b"an answer")
        host.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        host.close()
        # Both have come before anybody reads.
        with pytest.raises(ConnectionResetError):
            await writer.wait_closed()
        assert (await reader.read(), reader.exception()) == (b"an answer", None)


async def test_answer_arrives_when_writing_on_fails_before_it_was_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reader, writer = await open_upstream(*server.getsockname(), limit=1000)
        host, _ = server.accept()
        writer.write(b"a request that nobody reads")
        host.sendall(b"an answer")
        host.close()
        # The loop has had no time to read, and each of these is sent at once.
        for _ in range(3):
            writer.write(b"more")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await writer.wait_closed()
        assert (await reader.read(), reader.exception()) == (b"an answer", None)
