"""The address on this machine that a browser comes back to after a sign-in (RFC 8252, section 7.3).

Takes exactly one answer: the one with the state that was given out. Anything else that knocks is turned
away, and the sign-in goes on waiting.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

_PATH = "/callback"
_MAX_HEAD_BYTES = 16 << 10
_HEAD_SECONDS = 10.0


class Loopback:
    """Listens on a port of its own."""

    def __init__(self) -> None:
        """Not listening yet; see `open_loopback`."""
        self.port = 0
        self._state: str | None = None
        self._answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    @property
    def url(self) -> str:
        """The redirect address."""
        return f"http://127.0.0.1:{self.port}{_PATH}"

    def expect(self, state: str) -> None:
        """Take the answer that brings this state."""
        self._state = state

    async def answer(self) -> dict[str, str]:
        """What the answer's query says."""
        return await self._answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, text = self._take(head)
            body = text.encode()
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\nCache-Control: no-store\r\n"
                "Referrer-Policy: no-referrer\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def _take(self, head: str) -> tuple[str, str]:
        request, *lines = head.split("\r\n")
        method, _, rest = request.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        hosts = [
            line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:")
        ]
        # A page elsewhere can make its own name lead here; then the Host is that name.
        if method != "GET" or target.path != _PATH or hosts != [f"127.0.0.1:{self.port}"]:
            return "404 Not Found", "There is nothing here.\n"
        if not self._accept(target.query):
            return "400 Bad Request", "This is no answer to the sign-in that waits here.\n"
        return "200 OK", "You can close this page and go back to the terminal.\n"

    def bring(self, address: str) -> bool:
        """Take the address where a browser elsewhere ended up; whether it answers the sign-in."""
        try:
            return self._accept(urlsplit(address.strip()).query)
        except ValueError:
            return False

    def _accept(self, query: str) -> bool:
        said = dict(parse_qsl(query))
        is_ours = self._state is not None and hmac.compare_digest(
            said.get("state", "").encode(), self._state.encode()
        )
        if not is_ours or self._answer.done():
            return False
        self._answer.set_result(said)
        return True


@asynccontextmanager
async def open_loopback() -> AsyncGenerator[Loopback]:
    """A listening one; raises `OSError`."""
    loopback = Loopback()
    server = await asyncio.start_server(loopback.serve, "127.0.0.1", 0, limit=_MAX_HEAD_BYTES)
    async with server:
        loopback.port = server.sockets[0].getsockname()[1]
        yield loopback
