"""Serves one connection of a command: one request, or one tunnel, and then it is closed.

No connection is used twice, so that nothing sent after a judged request ever leaves unjudged. TLS passes
through a tunnel as it is; plain HTTP in a tunnel is judged like any other.
"""

from __future__ import annotations

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter

from journeyman.sandbox.proxy.gate import CONNECT, Gate, RefusedError, UnreachableError
from journeyman.sandbox.proxy.hosts import HostError, Target, parse_target
from journeyman.sandbox.proxy.http_head import (
    HeadError,
    RequestHead,
    ResponseHead,
    parse_request,
    parse_response,
)
from journeyman.sandbox.proxy.relay import (
    drop,
    finish,
    relay,
    relay_body,
    relay_both_ways,
    say_last,
)
from journeyman.sandbox.proxy.rules import WEB_PORTS

# Clients open connections before they need them.
_IDLE_SECONDS = 60.0
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_HTTP_PORT = 80
# How every TLS connection begins: a handshake record, of any version (RFC 8446, 5.1).
_TLS = b"\x16\x03"
_MALFORMED = "malformed request"


class Exchange:
    """One connection, from its first byte to its end."""

    def __init__(self, gate: Gate, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve the two ends of a connection that a command made."""
        self._gate = gate
        self._reader = reader
        self._writer = writer
        self._first = b""

    async def serve(self) -> None:
        """Serve it; ends when there is nothing left to do on it.

        Raises:
            OSError: the connection broke.
        """
        try:
            head = await self._request_head()
            if head is None:
                return
            if head.method == CONNECT:
                await self._serve_tunnel(head)
            else:
                target, path = await self._absolute(head)
                await self._serve_request(head, target, path)
        except RefusedError as error:
            event = error.event
            what = Target(event.host, event.port).text if event.host else "this request"
            lines = [
                f"The sandbox refused {event.method} {what}.",
                f"Rule: {event.rule}.",
                f"Way out: {event.suggestion}.",
            ]
            await self._say(403, f"Refused by the sandbox: {event.rule}", lines)
        except UnreachableError as error:
            await self._say(502, "Bad Gateway", [str(error)])

    async def _request_head(self) -> RequestHead | None:
        """The next head; None when nothing more was asked."""
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                data = await self._reader.readuntil(b"\r\n\r\n")
            return parse_request(self._first + data)
        except (IncompleteReadError, TimeoutError):
            return None
        except asyncio.LimitOverrunError as error:
            raise await self._gate.refuse(None, "?", f"{_MALFORMED}: too large") from error
        except HeadError as error:
            raise await self._gate.refuse(None, "?", f"{_MALFORMED}: {error}") from error

    async def _absolute(self, head: RequestHead) -> tuple[Target, str]:
        """Where a request in absolute form goes."""
        scheme, found, rest = head.target.partition("://")
        authority, slash, path = rest.partition("/")
        if not found or scheme.lower() != "http":
            reason = "this is a proxy, it serves http:// addresses and CONNECT"
            raise await self._gate.refuse(None, head.method, f"{_MALFORMED}: {reason}")
        if "?" in authority:
            authority, _, query = authority.partition("?")
            path, slash = f"?{query}{slash}{path}", "/"
        target = await self._target(head, authority, default_port=_HTTP_PORT)
        await self._check_host(head, target)
        if head.method == "OPTIONS" and not slash:
            return target, "*"
        return target, f"/{path}"

    async def _target(
        self, head: RequestHead, authority: str, *, default_port: int | None
    ) -> Target:
        try:
            text = authority.encode("latin-1").decode()
            return parse_target(text, default_port)
        except (HostError, UnicodeDecodeError) as error:
            reason = f"{_MALFORMED}: {error}"
            raise await self._gate.refuse(None, head.method, reason) from error

    async def _check_host(self, head: RequestHead, target: Target) -> None:
        if head.host is None:
            return
        named = await self._target(head, head.host, default_port=target.port)
        if named.host != target.host or named.port != target.port:
            reason = f"the Host header names {named.text}, another host"
            raise await self._gate.refuse(target, head.method, reason)

    async def _serve_tunnel(self, head: RequestHead) -> None:
        target = await self._target(head, head.target, default_port=None)
        await self._check_host(head, target)
        if head.body != 0:
            reason = f"{_MALFORMED}: CONNECT has no body"
            raise await self._gate.refuse(target, CONNECT, reason)
        await self._gate.admit_host(target, CONNECT)
        reader, writer = await self._gate.connect(target, CONNECT)
        try:
            self._writer.write(_ESTABLISHED)
            # On other ports the rule that named one said what for.
            if target.port not in WEB_PORTS or await self._begins_tls(writer):
                await relay_both_ways((self._reader, self._writer), (reader, writer))
                await finish(writer)
                return
        finally:
            drop(writer)
        await self._serve_plain(target)

    async def _begins_tls(self, writer: StreamWriter) -> bool:
        """Whether TLS follows; then its first bytes are on their way."""
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                first = await self._reader.readexactly(len(_TLS))
        except (IncompleteReadError, TimeoutError):
            return False
        if first == _TLS:
            writer.write(first)
            return True
        self._first = first
        return False

    async def _serve_plain(self, target: Target) -> None:
        """Serve what a tunnel holds when it is no TLS: one request in origin form."""
        head = await self._request_head()
        if head is None:
            return
        if not head.target.startswith("/"):
            raise await self._gate.refuse(target, head.method, f"{_MALFORMED}: no path")
        await self._check_host(head, target)
        await self._serve_request(head, target, head.target)

    async def _serve_request(self, head: RequestHead, target: Target, path: str) -> None:
        await self._gate.admit_host(target, head.method)
        reader, writer = await self._gate.connect(target, head.method)
        port = "" if target.port == _HTTP_PORT else f":{target.port}"
        authority = target.text.removesuffix(f":{target.port}") + port
        writer.write(head.forwarded(path, authority))
        body = asyncio.create_task(self._send_body(head, writer))
        try:
            await self._answer(reader)
        finally:
            body.cancel()
            drop(writer)
            await asyncio.gather(body, return_exceptions=True)

    async def _send_body(self, head: RequestHead, writer: StreamWriter) -> None:
        try:
            await relay_body(self._reader, writer, head.body)
        except (OSError, HeadError, IncompleteReadError, asyncio.LimitOverrunError):
            drop(writer)  # half a body must not look like a whole one

    async def _answer(self, reader: StreamReader) -> None:
        try:
            head = await _response_head(reader)
            while head.status < 200:  # 100 Continue and the like
                self._writer.write(head.forwarded())
                head = await _response_head(reader)
        except (HeadError, IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise UnreachableError("the server did not answer in HTTP/1.1") from error
        self._writer.write(head.forwarded())
        await relay(reader, self._writer)

    async def _say(self, status: int, reason: str, lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines).encode()
        head = (
            f"HTTP/1.1 {status} {reason}\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(text)}\r\n"
            "Connection: close\r\n\r\n"
        )
        await say_last(self._reader, self._writer, head.encode() + text)


async def _response_head(reader: StreamReader) -> ResponseHead:
    head = parse_response(await reader.readuntil(b"\r\n\r\n"))
    if head.status == 101:
        raise HeadError("the server changed the protocol, which was not asked for")
    return head
