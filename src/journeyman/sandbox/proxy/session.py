"""The proxy of one command: accepts on a listening socket of the command's own network namespace.

Whoever made the namespace hands the socket out; nothing listens on the host. Lives as long as the
command: `close` ends every connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine

from journeyman.sandbox.api import NetworkRefused, OnRefused, Resolve
from journeyman.sandbox.policy import NetworkRules
from journeyman.sandbox.proxy.addresses import system_addresses
from journeyman.sandbox.proxy.exchange import Exchange
from journeyman.sandbox.proxy.gate import Gate
from journeyman.sandbox.proxy.relay import CHUNK_BYTES, drop, finish
from journeyman.sandbox.proxy.rules import Rules

# Each takes two of the agent's descriptors; further connections wait in the kernel's queue.
_MOST_CONNECTIONS = 64
# When the agent has no descriptor left, accepting can only be tried again.
_PAUSE_SECONDS = 0.1


class ProxySession:
    """Serves what arrives on one listening socket, until it is closed."""

    def __init__(
        self,
        rules: NetworkRules,
        *,
        on_refused: OnRefused | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        """Rule by `rules`.

        Args:
            rules: what may be reached.
            on_refused: hears of each refusal and may allow it; nobody may when it is None.
            resolve: resolves names; the machine's resolver when it is None.

        Raises:
            RuleError: a rule cannot be understood.
        """
        self._gate = Gate(Rules(rules), resolve or system_addresses, on_refused or _nobody)
        self._free = asyncio.Semaphore(_MOST_CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def serve(self, listener: socket.socket) -> None:
        """Begin to accept; the session owns the socket from now on."""
        if self._closed:
            listener.close()
            return
        listener.settimeout(0)
        self._begin(self._accept(listener), listener)

    def close(self) -> None:
        """End every connection soon; idempotent."""
        self._closed = True
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Coroutine[None, None, None], needed: socket.socket) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Not before: the loop would go on watching a descriptor that may be another file's by then. And
        # not in `work`, which never begins when it is cancelled first.
        task.add_done_callback(lambda _: needed.close())

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while not self._closed:
            await self._free.acquire()
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError:
                self._free.release()
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._begin(self._serve_one(connection), connection)

    async def _serve_one(self, connection: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=connection, limit=CHUNK_BYTES)
            try:
                with contextlib.suppress(OSError):
                    await Exchange(self._gate, reader, writer).serve()
                    await finish(writer)
            finally:
                drop(writer)
        finally:
            self._free.release()


async def _nobody(_: NetworkRefused) -> bool:
    return False
