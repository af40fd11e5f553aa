"""The ways in: lines, named sockets and WebSockets, over real sockets; a real server behind them."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from journeyman.client.client import Client
from journeyman.client.lines import MAX_MESSAGE_BYTES, LineTransport
from journeyman.client.memory import memory_pair
from journeyman.client.websocket import connect
from journeyman.protocol import threads
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.jsonrpc import ConnectionLostError, Envelope, Transport
from journeyman.server.connection import Connection
from journeyman.server.outbox import MAX_WAITING_BYTES, Outbox
from journeyman.server.transport.gate import Gate
from journeyman.server.transport.listen import Listener, ListenError
from journeyman.server.transport.token import TokenError, make_token, read_token
from journeyman.testing.app_server_harness import services_for

TOKEN = "".join(["sec", "ret"])


@asynccontextmanager
async def listening(make_manager: Any, gate: Gate) -> AsyncGenerator[Listener]:
    manager = make_manager()
    listener = Listener(services_for(manager), gate)
    try:
        yield listener
    finally:
        await listener.close()
        await manager.close()


async def check(transport: Transport) -> None:
    """A client over this transport gets its answers."""
    client = Client(transport)
    await client.start(ClientInfo(name="t", version="1"))
    assert (await client.thread_list(threads.ThreadListParams())).data == []
    await client.close()


@pytest.fixture
async def lines() -> AsyncGenerator[tuple[LineTransport, asyncio.StreamWriter]]:
    """A line transport, and what its other end writes."""
    writers: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.set_result(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    near = LineTransport(reader, writer)
    far = await writers
    yield near, far
    await near.close()
    far.close()
    server.close()


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b"[]",
        b'"text"',
        b'{"id":1.5,"method":"thread/list"}',
        b'{"id":1,"method":"\xff"}',
        b'{"id":1,"method":"x","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"x" * (MAX_MESSAGE_BYTES + 1),
    ],
    ids=["word", "array", "string", "float id", "not UTF-8", "deep", "long"],
)
async def test_line_that_is_no_message_costs_itself_only(lines: Any, bad: bytes) -> None:
    near, far = lines
    far.write(b"\n  \n" + bad + b"\n" + b'{"id":7,"method":"m"}\r\n' + b'{"id":8}')
    far.write_eof()
    with pytest.raises(Exception, match=r"not a JSON-RPC message|longer than"):
        await near.receive()
    assert await near.receive() == Envelope(id=7, method="m")
    assert await near.receive() == Envelope(id=8)
    assert await near.receive() is None


async def test_named_socket_serves_lines_and_websockets_to_its_user(
    make_manager: Any, tmp_path: Path
) -> None:
    path = tmp_path / "server.sock"
    async with listening(make_manager, Gate(host=None, token=None)) as listener:
        await listener.listen_unix(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        await check(LineTransport(*await asyncio.open_unix_connection(str(path))))
        await check(await connect("ws://localhost", unix_path=str(path)))
        async with listening(make_manager, Gate(host=None, token=None)) as second:
            with pytest.raises(ListenError, match="another server listens"):
                await second.listen_unix(path)
    assert not path.exists()


async def test_named_socket_that_nobody_serves_is_replaced(
    make_manager: Any, tmp_path: Path
) -> None:
    path = tmp_path / "server.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    async with listening(make_manager, Gate(host=None, token=None)) as listener:
        await listener.listen_unix(path)
        await check(LineTransport(*await asyncio.open_unix_connection(str(path))))
    path.write_text("mine")
    async with listening(make_manager, Gate(host=None, token=None)) as listener:
        with pytest.raises(ListenError, match="is no socket"):
            await listener.listen_unix(path)
    assert path.read_text() == "mine"


async def test_websocket_serves_who_has_the_token(make_manager: Any) -> None:
    async with listening(make_manager, Gate(host="127.0.0.1", token=TOKEN)) as listener:
        url = f"ws://127.0.0.1:{await listener.listen_tcp('127.0.0.1', 0)}"
        await check(await connect(url, token=TOKEN))
        for wrong in (None, "", TOKEN[1:], f"{TOKEN}s"):
            with pytest.raises(ConnectionLostError, match="401"):
                await connect(url, token=wrong)
    with pytest.raises(ConnectionLostError, match="no server answers"):
        await connect(url, token=TOKEN)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/readyz", {}, 200),
        ("/healthz", {"Host": "localhost:{port}"}, 200),
        ("/healthz", {"Host": "evil.example:{port}"}, 403),
        ("/healthz", {"Host": "127.0.0.1.evil.example"}, 403),
        ("/healthz", {"Origin": "http://evil.example"}, 403),
        ("/healthz", {"Origin": "null"}, 403),
        ("/", {"Origin": "http://evil.example", "Authorization": "Bearer secret"}, 403),
        ("/", {"Host": "evil.example", "Authorization": "Bearer secret"}, 403),
        ("/", {"Authorization": "Basic secret"}, 401),
        ("/", {}, 401),
        ("/", {"Authorization": "Bearer secret", "Upgrade": ""}, 426),
        ("/", {"Authorization": "bearer secret"}, 101),
        ("/", {"Authorization": "Bearer secret", "Origin": "http://127.0.0.1:{port}"}, 101),
    ],
)
async def test_websocket_handshake_is_checked(
    make_manager: Any, path: str, headers: dict[str, str], status: int
) -> None:
    async with listening(make_manager, Gate(host="127.0.0.1", token=TOKEN)) as listener:
        port = await listener.listen_tcp("127.0.0.1", 0)
        said = {
            "Host": "127.0.0.1:{port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        } | headers
        lines = [f"{name}: {value.format(port=port)}\r\n" for name, value in said.items() if value]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode())
        assert int((await reader.readline()).split()[1]) == status
        writer.close()


class Unread:
    """A client that asks and never reads an answer."""

    def __init__(self, requests: list[Envelope]) -> None:
        self.requests = requests
        self.is_closed = False

    async def send(self, envelope: Envelope) -> None:
        del envelope
        await asyncio.Future[None]()

    async def receive(self) -> Envelope | None:
        return self.requests.pop(0) if self.requests else await asyncio.Future[None]()

    async def close(self) -> None:
        self.is_closed = True


async def test_client_that_does_not_read_is_let_go(make_manager: Any) -> None:
    manager = make_manager()
    # Each answer says its id; together they are more than a server keeps for one client.
    long = "x" * (MAX_WAITING_BYTES // 10)
    client = Unread([Envelope(id=long, method="thread/list") for _ in range(20)])
    await Connection(client, services_for(manager)).serve()
    assert client.is_closed
    await manager.close()


async def test_longest_answer_reaches_a_client_that_reads() -> None:
    near, far = memory_pair()
    stalled = asyncio.Event()
    outbox = Outbox(near, stalled.set)
    # An answer's item and what repeats it, before the writer had its turn.
    long = Envelope(id="x" * (MAX_WAITING_BYTES + 1))
    outbox.put(long)
    outbox.put(long)
    outbox.close()
    await outbox.drain()
    assert not stalled.is_set()
    assert [await far.receive(), await far.receive()] == [long, long]


async def test_flood_of_requests_is_answered_overloaded(make_manager: Any, tmp_path: Path) -> None:
    path = tmp_path / "server.sock"
    async with listening(make_manager, Gate(host=None, token=None)) as listener:
        await listener.listen_unix(path)
        transport = LineTransport(*await asyncio.open_unix_connection(str(path)))
        for number in range(2000):
            await transport.send(Envelope(id=number, method="thread/list"))
        answers = [await transport.receive() for _ in range(2000)]
        busy = [a for a in answers if a and a.error and a.error.code == -32001]
        assert busy
        assert {answer and answer.id for answer in answers} == set(range(2000))
        await transport.close()


def test_token_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "home" / "token"
    make_token(path)
    token = read_token(path)
    assert len(token) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make_token(path)
    assert read_token(path) == token
    path.chmod(0o644)
    with pytest.raises(TokenError, match="other users can read"):
        read_token(path)
    path.chmod(0o600)
    os.truncate(path, 0)
    with pytest.raises(TokenError, match="there is no token"):
        read_token(path)
