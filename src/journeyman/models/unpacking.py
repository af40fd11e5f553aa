"""Undoes gzip: we ask for none, but there are gateways that pack an answer all the same."""

from __future__ import annotations

import zlib
from collections.abc import Callable

# Begins neither an event nor JSON.
_MAGIC = b"\x1f"
_GZIP = 16 + zlib.MAX_WBITS


class PackingError(Exception):
    """The body begins as gzip does, and is none."""


class Unpacker:
    """Passes a body on, unpacked where its first byte says that it is packed."""

    def __init__(self) -> None:
        """Start at the beginning of a body."""
        self._begun = False
        self._inflate: Callable[[bytes, int], bytes] | None = None

    def feed(self, chunk: bytes, *, limit_bytes: int) -> bytes:
        """What `chunk` holds, cut at the limit.

        Raises:
            PackingError: it is packed, and broken.
        """
        if not self._begun and chunk:
            self._begun = True
            self._inflate = (
                zlib.decompressobj(_GZIP).decompress if chunk.startswith(_MAGIC) else None
            )
        if self._inflate is None:
            return chunk[:limit_bytes]
        try:
            return self._inflate(chunk, max(1, limit_bytes))
        except zlib.error as error:
            raise PackingError("broken gzip") from error


def unpacked(body: bytes, *, limit_bytes: int) -> bytes:
    """A whole body, as it is where it is not packed or cannot be unpacked."""
    try:
        return Unpacker().feed(body, limit_bytes=limit_bytes)
    except PackingError:
        return body
