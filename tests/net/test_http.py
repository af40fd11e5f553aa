from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from journeyman.net.http import HttpClient, HttpError

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\n"


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """A server on loopback; its port."""
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                await handler(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(handle(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    return head + await reader.readexactly(length)


def answering(*pieces: bytes) -> Handler:
    """A handler that sends the pieces one by one to one request, then closes."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return handler


async def fetch(port: int, http: HttpClient | None = None, scheme: str = "http") -> bytes:
    client = http or HttpClient()
    url = f"{scheme}://127.0.0.1:{port}/x?key=hush"
    try:
        async with client.post_stream(url, {}, b"{}", idle_timeout_seconds=5) as response:
            return b"".join([chunk async for chunk in response.chunks()])
    finally:
        if http is None:
            await client.close()


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FORMS = {
    "length": OK + b"content-length: 5\r\n\r\nhello and more",
    "chunked": CHUNKED + b"2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
    "until close": OK + b"\r\nhello",
    "interim first": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
    "old": b"HTTP/1.0 200\r\n\r\nhello",
}


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_body_is_read_in_every_framing(raw: bytes, size: int) -> None:
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    async with serving(answering(*pieces)) as port:
        assert await fetch(port) == b"hello"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 20", "in the middle of the answer's head"),
        (b"SSH-2.0-x\r\n\r\n", "does not speak HTTP/1.1"),
        (b"HTTP/1.1 ok\r\n\r\n", "does not speak HTTP/1.1"),
        (OK + b"x: " + b"y" * 300_000, "head is too long"),
        (OK + b"Content-Length: many\r\n\r\n", "does not speak HTTP/1.1"),
        (OK + b"Content-Length: 9\r\n\r\nhello", "in the middle of its answer"),
        (CHUNKED + b"zz\r\n", "not framed as HTTP/1.1 has it"),
        (CHUNKED + b"-1\r\n", "not framed as HTTP/1.1 has it"),
        (CHUNKED + b"2\r\nhello\r\n", "not framed as HTTP/1.1 has it"),
        (CHUNKED + b"5\r\nhe", "in the middle of its answer"),
        (CHUNKED + b"5\r\nhello\r\n", "in the middle of its answer"),
    ],
)
async def test_broken_answer_is_an_error_without_secrets(raw: bytes, text: str) -> None:
    async with serving(answering(raw)) as port:
        with pytest.raises(HttpError, match=text) as caught:
            await fetch(port)
    assert caught.value.kind == "disconnected"
    assert "hush" not in caught.value.message


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://h/x", "http://", "http://h:99999/", "http://u:hush@h h/?hush"]
)
async def test_address_that_cannot_be_asked_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(HttpError, match="is no http:// or https:// address") as caught:
        async with HttpClient().stream("GET", url, {}, idle_timeout_seconds=1):
            pass
    assert (caught.value.kind, "hush" in caught.value.message) == ("invalid", False)


async def test_header_that_would_break_the_request_is_refused_without_its_value() -> None:
    headers = {"X-Key": "hush\r\nEvil: 1"}
    with pytest.raises(HttpError, match="'X-Key'") as caught:
        async with HttpClient().stream("GET", "http://h/", headers, idle_timeout_seconds=1):
            pass
    assert "hush" not in caught.value.message


async def test_header_is_sent_once_when_it_is_given_in_another_case() -> None:
    handler, http = Counting(), HttpClient()
    async with serving(handler) as port:
        headers = {"host": "virtual", "ACCEPT-ENCODING": "x"}
        url = f"http://127.0.0.1:{port}/"
        async with http.stream("GET", url, headers, idle_timeout_seconds=5):
            pass
    assert handler.requests == [
        b"GET / HTTP/1.1\r\nhost: virtual\r\nACCEPT-ENCODING: x\r\nContent-Length: 0\r\n\r\n"
    ]


async def test_nothing_listening_is_told_as_refused() -> None:
    async with serving(answering()) as port:
        pass
    with pytest.raises(HttpError, match=f"nothing listens at 127.0.0.1:{port}") as caught:
        await fetch(port)
    assert caught.value.kind == "refused"


async def test_cancelling_closes_the_connection_when_no_answer_has_begun() -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        asked.set()
        with contextlib.suppress(OSError):
            await reader.read()
        gone.set()

    async with serving(handler) as port:
        task = asyncio.ensure_future(fetch(port))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 50)


async def test_answer_that_never_begins_times_out() -> None:
    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        with pytest.raises(HttpError, match=r"did not answer within 0\.02 s") as caught:
            async with HttpClient().stream("GET", url, {}, idle_timeout_seconds=0.02):
                pass
    assert caught.value.kind == "timeout"


class Counting:
    """Answers any number of requests of a connection, or `per_connection` of them; counts both."""

    def __init__(self, per_connection: int = 99, body: bytes = b"ok") -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._per_connection = per_connection
        self._body = body

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        for _ in range(self._per_connection):
            self.requests.append(await read_request(reader))
            writer.write(OK + b"Content-Length: 2\r\n\r\n" + self._body)
            await writer.drain()


@pytest.mark.parametrize(("per_connection", "connections"), [(99, 1), (1, 3)])
async def test_connection_is_used_again_while_the_server_keeps_it(
    per_connection: int, connections: int
) -> None:
    handler, http = Counting(per_connection), HttpClient()
    async with serving(handler) as port:
        assert [await fetch(port, http) for _ in range(3)] == [b"ok"] * 3
        await http.close()
    assert (handler.connections, len(handler.requests)) == (connections, 3)


async def test_connection_is_not_used_again_when_the_body_was_left_unread() -> None:
    handler, http = Counting(), HttpClient()
    async with serving(handler) as port:
        for _ in range(2):
            url = f"http://127.0.0.1:{port}/"
            async with http.stream("GET", url, {}, idle_timeout_seconds=5) as response:
                assert response.status == 200
    assert handler.connections == 2


async def test_connection_is_not_used_again_when_the_answer_was_longer_than_it_said() -> None:
    handler, http = Counting(body=b"ok" + OK), HttpClient()
    async with serving(handler) as port:
        assert [await fetch(port, http) for _ in range(2)] == [b"ok"] * 2
    assert handler.connections == 2


async def test_cancelling_closes_the_connection_in_the_middle_of_an_answer() -> None:
    began, gone = asyncio.Event(), asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(CHUNKED + b"5\r\nhello\r\n")
        with contextlib.suppress(OSError):
            await reader.read()
        gone.set()

    async def listen(port: int) -> None:
        url = f"http://127.0.0.1:{port}/"
        async with HttpClient().stream("GET", url, {}, idle_timeout_seconds=5) as response:
            async for _ in response.chunks():
                began.set()

    async with serving(handler) as port:
        task = asyncio.ensure_future(listen(port))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 50)


async def test_proxy_is_asked_for_plain_http_but_not_for_loopback() -> None:
    proxy, direct = Counting(), Counting()
    async with serving(proxy) as proxy_port, serving(direct) as port:
        http = HttpClient(proxies={"http": f"http://me:p%40ss@127.0.0.1:{proxy_port}"})
        assert await fetch(port, http) == b"ok"
        async with http.stream("GET", "http://far.invalid/a?b", {}, idle_timeout_seconds=5) as far:
            assert await far.read(10) == b"ok"
        await http.close()
    assert (direct.connections, proxy.connections) == (1, 1)
    assert proxy.requests[0].startswith(b"GET http://far.invalid/a?b HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in proxy.requests[0]


@pytest.mark.parametrize("host", ["far.invalid", "sub.far.invalid"])
async def test_no_proxy_names_are_reached_directly(host: str) -> None:
    async with serving(answering()) as port:
        http = HttpClient(proxies={"http": f"http://127.0.0.1:{port}"}, no_proxy=[".far.invalid"])
        with pytest.raises(HttpError, match=f"no connection to {host}:80"):
            async with http.stream("GET", f"http://{host}/", {}, idle_timeout_seconds=5):
                pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    names = [
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=x",
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:far.invalid",
    ]
    try:
        subprocess.run(
            [*request, *names, "-keyout", path, "-out", path.with_suffix(".crt")],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl program that makes certificates")
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


async def test_tls_is_spoken_with_a_server_whose_authority_is_given(certificate: Path) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with serving(Counting(), tls) as port:
        http = HttpClient(ca_file=str(certificate.with_suffix(".crt")))
        assert await fetch(port, http, "https") == b"ok"
        await http.close()
        with pytest.raises(HttpError, match=r"is not trusted .*SSL_CERT_FILE") as caught:
            await fetch(port, scheme="https")
    assert caught.value.kind == "tls"


async def test_tls_goes_through_a_tunnel_when_there_is_a_proxy(certificate: Path) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(tls)
        await Counting(1)(reader, writer)

    async with serving(proxy) as port:
        http = HttpClient(
            proxies={"https": f"http://127.0.0.1:{port}"},
            ca_file=str(certificate.with_suffix(".crt")),
        )
        async with http.stream("GET", "https://far.invalid/", {}, idle_timeout_seconds=5) as far:
            assert await far.read(10) == b"ok"
        with pytest.raises(HttpError, match=r"certificate of 10\.0\.0\.1:443 is not trusted"):
            async with http.stream("GET", "https://10.0.0.1/", {}, idle_timeout_seconds=5):
                pass
        await http.close()
    assert asked[:1] == [b"CONNECT far.invalid:443 HTTP/1.1\r\nHost: far.invalid:443\r\n\r\n"]
