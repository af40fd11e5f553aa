"""The one place that makes HTTP clients: opens, keeps and aborts connections.

Owns addresses, TLS, proxies and timeouts; sending and reading on a connection is `connection`'s, the
meaning of an answer the caller's.
Redirects are never followed, and no error text holds a header, a query string or a body.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

import h11

from journeyman.net.connection import Connection, FramingError, request_of

HttpErrorKind = Literal["invalid", "connect", "refused", "tls", "timeout", "disconnected"]
_CONNECT_TIMEOUT_SECONDS = 30.0
# What is left of a body whose reader has seen enough is usually on its way; longer is no use waiting.
_DRAIN_SECONDS = 0.05
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class HttpError(Exception):
    """No whole answer came. The text names the host and what to look at; it holds no secret."""

    def __init__(self, kind: HttpErrorKind, message: str) -> None:
        """Keep what callers decide by."""
        super().__init__(message)
        self.kind: HttpErrorKind = kind
        self.message = message


class HttpResponse:
    """An answer whose body is still coming."""

    def __init__(
        self, head: h11.Response, connection: Connection, idle_timeout_seconds: float
    ) -> None:
        """Wrap what was read; `HttpClient.stream` is the only maker."""
        self.status = head.status_code
        # of equal names the last one wins
        self.headers: Mapping[str, str] = {
            name.decode("ascii"): value.decode("latin-1") for name, value in head.headers
        }
        self._connection = connection
        self._idle_timeout_seconds = idle_timeout_seconds

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body's bytes as they come.

        Raises:
            HttpError: `disconnected` when it broke off, `timeout` when nothing came for too long.
        """
        while True:
            try:
                async with asyncio.timeout(self._idle_timeout_seconds):
                    piece = await self._connection.piece()
            except TimeoutError:
                seconds = self._idle_timeout_seconds
                raise HttpError("timeout", f"nothing came for {seconds:g} s") from None
            except (FramingError, OSError) as error:
                raise HttpError("disconnected", _reason(error)) from None
            if piece is None:
                return
            yield piece

    async def read(self, limit_bytes: int) -> bytes:
        """The body, cut at `limit_bytes`; an answer that breaks off counts as far as it came."""
        data = bytearray()
        try:
            async for piece in self.chunks():
                data += piece
                if len(data) >= limit_bytes:
                    break
        except HttpError:
            pass
        return bytes(data[:limit_bytes])

    async def drain(self) -> None:
        """Read a rest that is already on its way, so that the connection can be used again."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self._connection.piece() is not None:
                    pass
        except (FramingError, OSError):
            return


class HttpClient:
    """Sends requests over HTTP/1.1; keeps one idle connection per origin."""

    def __init__(
        self,
        *,
        proxies: Mapping[str, str] | None = None,
        no_proxy: Sequence[str] = (),
        ca_file: str | None = None,
    ) -> None:
        """Set up without opening anything.

        Args:
            proxies: proxy URL (`http://[user:password@]host:port`) by scheme (`http`, `https`).
            no_proxy: host names, with all their subdomains, that are reached directly; loopback always is.
            ca_file: a PEM bundle to trust instead of the system's.
        """
        self._proxies = dict(proxies or {})
        self._no_proxy = tuple(name.strip().lstrip(".").lower() for name in no_proxy)
        self._ca_file = ca_file
        self._idle: dict[tuple[str, str], Connection] = {}

    @asynccontextmanager
    async def post_stream(
        self, url: str, headers: Mapping[str, str], body: bytes, *, idle_timeout_seconds: float
    ) -> AsyncGenerator[HttpResponse]:
        """POST `body`; see `stream`."""
        async with self.stream(
            "POST", url, headers, body, idle_timeout_seconds=idle_timeout_seconds
        ) as response:
            yield response

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        idle_timeout_seconds: float,
    ) -> AsyncGenerator[HttpResponse]:
        """Send a request and give its answer while the body comes.

        Leaving the block, also by cancellation, closes the connection at once unless the body was read
        to its end.

        Args:
            method: the HTTP method.
            url: an `http` or `https` URL.
            headers: sent beside Content-Length, which is set here, as are Host and Accept-Encoding where
                they are not given.
            body: the request's body.
            idle_timeout_seconds: the longest wait for the head and for each piece of the body.

        Raises:
            HttpError: no answer; see `kind`.
        """
        parts = _split(url)
        origin = (parts.scheme, parts.netloc)
        request = _request(
            method, parts, {**headers, "Content-Length": str(len(body))}, self._proxy_for(parts)
        )
        connection, head = await self._exchange(parts, request, body, idle_timeout_seconds)
        try:
            yield HttpResponse(head, connection, idle_timeout_seconds)
        finally:
            if connection.reusable and origin not in self._idle:
                self._idle[origin] = connection
            else:
                connection.abort()

    async def close(self) -> None:
        """Close idle connections; idempotent."""
        while self._idle:
            self._idle.popitem()[1].abort()

    async def _exchange(
        self, parts: SplitResult, request: h11.Request, body: bytes, timeout_seconds: float
    ) -> tuple[Connection, h11.Response]:
        while True:
            connection = self._idle.pop((parts.scheme, parts.netloc), None)
            if connection is None or not connection.fresh:
                connection = await self._connect(parts)
            try:
                async with asyncio.timeout(timeout_seconds):
                    return connection, await connection.ask(request, body)
            except BaseException as error:
                connection.abort()
                if not isinstance(error, FramingError | OSError):
                    raise
                # A server may close an idle connection just as it is used again: then it has not read
                # the request. One that is silent may have.
                if not connection.answered or isinstance(error, TimeoutError):
                    raise _lost(parts, error, timeout_seconds) from None

    async def _connect(self, parts: SplitResult) -> Connection:
        proxy = self._proxy_for(parts)
        via = parts if proxy is None else _split(proxy)
        host, port = _address(via)
        writer = None
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    host,
                    port,
                    ssl=self._tls() if via.scheme == "https" else None,
                    happy_eyeballs_delay=0.25,
                )
                if proxy is not None and parts.scheme == "https":
                    await _tunnel(Connection(reader, writer), parts, via)
                    host, port = _address(parts)
                    await writer.start_tls(self._tls(), server_hostname=host)
        except BaseException as error:
            if writer is not None:
                writer.transport.abort()
            if isinstance(error, OSError | FramingError | ValueError):
                raise _unreachable(host, port, error) from None
            raise
        return Connection(reader, writer)

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._ca_file)

    def _proxy_for(self, parts: SplitResult) -> str | None:
        host = (parts.hostname or "").lower()
        if host in LOOPBACK_HOSTS:
            return None
        for name in self._no_proxy:
            if name == "*" or (name and (host == name or host.endswith("." + name))):
                return None
        return self._proxies.get(parts.scheme)


async def _tunnel(connection: Connection, parts: SplitResult, proxy: SplitResult) -> None:
    host, port = _address(parts)
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    head = await connection.ask(
        request_of("CONNECT", target, {"Host": target, **_proxy_login(proxy)})
    )
    if head.status_code != 200:
        raise FramingError(f"the proxy refused the tunnel with status {head.status_code}")


def _request(
    method: str, parts: SplitResult, headers: Mapping[str, str], proxy: str | None
) -> h11.Request:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fixed = {"Host": parts.netloc.rpartition("@")[2], "Accept-Encoding": "identity"}
    if proxy is not None and parts.scheme == "http":
        target = f"http://{fixed['Host']}{target}"
        fixed.update(_proxy_login(_split(proxy)))
    try:
        return request_of(method, target, {**_without(fixed, headers), **headers})
    except FramingError as error:
        raise HttpError("invalid", str(error)) from None


def _without(defaults: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    names = {name.lower() for name in given}
    return {name: value for name, value in defaults.items() if name.lower() not in names}


def _proxy_login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


def _split(url: str) -> SplitResult:
    """The parts of a URL that can be asked; raises `HttpError` (`invalid`) for any other."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
        parts = None
    bad = any(char.isspace() or not char.isprintable() or not char.isascii() for char in url)
    if parts is None or not fits or bad:
        shown = url.partition("?")[0].rpartition("@")[2]
        raise HttpError("invalid", f"{shown!r} is no http:// or https:// address")
    return parts


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _reason(error: Exception) -> str:
    if isinstance(error, FramingError):
        return str(error)
    return getattr(error, "strerror", None) or type(error).__name__


def _lost(parts: SplitResult, error: Exception, timeout_seconds: float) -> HttpError:
    host, port = _address(parts)
    if isinstance(error, TimeoutError):
        return HttpError("timeout", f"{host}:{port} did not answer within {timeout_seconds:g} s")
    return HttpError("disconnected", f"{host}:{port}: {_reason(error)}")


def _unreachable(host: str, port: int, error: Exception) -> HttpError:
    where = f"{host}:{port}"
    if isinstance(error, TimeoutError):
        return HttpError(
            "timeout", f"no connection to {where} within {_CONNECT_TIMEOUT_SECONDS:g} s"
        )
    if isinstance(error, ConnectionRefusedError):
        return HttpError("refused", f"nothing listens at {where} (connection refused)")
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
        return HttpError(
            "tls",
            f"the certificate of {where} is not trusted ({reason}); a private authority's "
            "certificate can be named with SSL_CERT_FILE",
        )
    if isinstance(error, ssl.SSLError):
        return HttpError("tls", f"{where} does not speak TLS as it should ({error.reason})")
    return HttpError("connect", f"no connection to {where}: {_reason(error)}")
