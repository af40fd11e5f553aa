"""The memory transport: joins a client and a server that live in one process.

Messages are handed over as they are, in order, without limit; nothing is copied or encoded twice.
"""

from __future__ import annotations

import asyncio

from journeyman.protocol.jsonrpc import ConnectionLostError, Envelope, Transport


class MemoryTransport:
    """One end of a joined pair; made by `memory_pair`."""

    def __init__(
        self, incoming: asyncio.Queue[Envelope | None], outgoing: asyncio.Queue[Envelope | None]
    ) -> None:
        """Join the two directions as this end sees them; None in a queue marks its end."""
        self._incoming = incoming
        self._outgoing = outgoing
        self._closed = False
        self._ended = False

    async def send(self, envelope: Envelope) -> None:
        """Hand one message to the other end."""
        if self._closed or self._ended:
            raise ConnectionLostError
        self._outgoing.put_nowait(envelope)

    async def receive(self) -> Envelope | None:
        """The next message of the other end, or None when no more will come."""
        if self._ended:
            return None
        envelope = await self._incoming.get()
        if envelope is None:
            self._ended = True
        return envelope

    async def close(self) -> None:
        """Tell both ends that nothing more comes."""
        if not self._closed:
            self._closed = True
            self._outgoing.put_nowait(None)
            self._incoming.put_nowait(None)


def memory_pair() -> tuple[Transport, Transport]:
    """Two joined ends: what one sends the other receives."""
    one: asyncio.Queue[Envelope | None] = asyncio.Queue()
    other: asyncio.Queue[Envelope | None] = asyncio.Queue()
    return MemoryTransport(one, other), MemoryTransport(other, one)
