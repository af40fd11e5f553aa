"""Sends requests with headers that are made of each request itself, such as a signature."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from journeyman.models.transport import Poster, Response

# Of an address and a body: the headers beside the others.
Sign = Callable[[str, bytes], Awaitable[Mapping[str, str]]]


class SigningPoster:
    """See `Poster`."""

    def __init__(self, inner: Poster, sign: Sign) -> None:
        """Send through `inner`, anew signed each time; what `sign` raises ends the request before it is sent."""
        self._inner = inner
        self._sign = sign

    @asynccontextmanager
    async def post_stream(
        self, url: str, headers: Mapping[str, str], body: bytes, *, idle_timeout_seconds: float
    ) -> AsyncGenerator[Response]:
        """See `Poster.post_stream`."""
        signed = {**headers, **await self._sign(url, body)}
        async with self._inner.post_stream(
            url, signed, body, idle_timeout_seconds=idle_timeout_seconds
        ) as response:
            yield response
