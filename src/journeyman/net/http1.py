"""HTTP/1.1 on the wire (RFC 9112): writes a request head, reads a response head and frames its body.

Owns bytes and limits; connections, timeouts and proxies belong to `http`. Whatever does not follow the
format raises `FramingError`; nothing here grows without bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

# Larger heads are no answer of a model provider.
MAX_HEAD_BYTES = 256 * 1024
_READ_BYTES = 64 * 1024


class FramingError(Exception):
    """The peer did not speak HTTP/1.1, or closed in the middle of a message."""


@dataclass(frozen=True)
class Head:
    """The status line and the headers (lower-case names; the last of equal names wins)."""

    status: int
    headers: Mapping[str, str]
    keep_alive: bool


def request_head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """The bytes of a request's head.

    Raises:
        FramingError: a header would break the framing; the text names the header, never its value.
    """
    lines = [f"{method} {target} HTTP/1.1"]
    for name, value in headers.items():
        if not name.isascii() or any(char in f"{name}{value}" for char in "\r\n\0"):
            raise FramingError(f"the header {name!r} holds a character that no header may hold")
        lines.append(f"{name}: {value}")
    try:
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    except UnicodeEncodeError:
        raise FramingError("a header holds characters outside Latin-1") from None


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read up to the end of a final response's head, passing over interim (1xx) ones.

    Raises:
        FramingError: no HTTP answer.
    """
    while True:
        try:
            raw = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            what = "in the middle of the answer's head" if error.partial else "without an answer"
            raise FramingError(f"the server closed the connection {what}") from None
        except asyncio.LimitOverrunError:
            raise FramingError("the answer's head is too long") from None
        head = _parse_head(raw)
        if head.status >= 200 or head.status == 101:
            return head


def _parse_head(raw: bytes) -> Head:
    first, *rest = raw.decode("latin-1").split("\r\n")
    version, _, status_text = first.partition(" ")
    status = status_text[:3]
    if version not in {"HTTP/1.1", "HTTP/1.0"} or not (status.isascii() and status.isdigit()):
        raise FramingError("the server does not speak HTTP/1.1")
    headers: dict[str, str] = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    connection = headers.get("connection", "").lower()
    keep_alive = "keep-alive" in connection if version == "HTTP/1.0" else "close" not in connection
    return Head(int(status), headers, keep_alive)


class Body:
    """The body that follows a head; `complete` says whether it was read to its proper end."""

    def __init__(self, reader: asyncio.StreamReader, head: Head) -> None:
        """Decide how the body ends, as RFC 9112 section 6.3 has it."""
        self._reader = reader
        self.complete = False
        self._chunked = "chunked" in head.headers.get("transfer-encoding", "").lower()
        length = head.headers.get("content-length")
        self._left: int | None = None
        self.reusable = head.keep_alive
        if head.status in {204, 304}:
            self._left = 0
        elif not self._chunked and length is not None:
            if not (length.isascii() and length.isdigit()):
                raise FramingError("the answer's Content-Length is no number")
            self._left = int(length)
        elif not self._chunked:
            self.reusable = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body's bytes as they come.

        Raises:
            FramingError: it broke off or its framing is wrong.
        """
        if self._chunked:
            async for piece in self._chunks():
                yield piece
        else:
            async for piece in self._plain():
                yield piece
        self.complete = True

    async def _plain(self) -> AsyncIterator[bytes]:
        while self._left is None or self._left > 0:
            wanted = _READ_BYTES if self._left is None else min(self._left, _READ_BYTES)
            piece = await self._reader.read(wanted)
            if not piece:
                if self._left is None:
                    return
                raise FramingError("the server closed the connection in the middle of its answer")
            if self._left is not None:
                self._left -= len(piece)
            yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        while (left := _chunk_size(await self._line())) > 0:
            while left > 0:
                piece = await self._reader.read(min(left, _READ_BYTES))
                if not piece:
                    raise FramingError("the server closed the connection in the middle of a chunk")
                left -= len(piece)
                yield piece
            if await self._line():
                raise FramingError("a chunk of the answer is longer than it says")
        while await self._line():  # trailers say nothing that is needed
            pass

    async def _line(self) -> bytes:
        try:
            return (await self._reader.readuntil(b"\n")).rstrip(b"\r\n")
        except asyncio.IncompleteReadError:
            raise FramingError("the server closed the connection before its answer ended") from None
        except asyncio.LimitOverrunError:
            raise FramingError("a chunk of the answer has no size") from None


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    try:
        size = int(digits, 16)
    except ValueError:
        size = -1
    if size < 0:
        raise FramingError("a chunk of the answer has no size")
    return size
