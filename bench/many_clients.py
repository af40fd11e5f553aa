"""Many clients on one thread: 50 that read and one that does not, 10,000 events each, over named sockets.

Run: .venv/bin/python bench/many_clients.py [CLIENTS] [EVENTS]. Prints how long it took, whether everybody heard the
same in the same order, how much memory the server's side grew by, and what became of the client that does not read.
"""

from __future__ import annotations

import asyncio
import hashlib
import resource
import sys
import tempfile
import time
from pathlib import Path

from journeyman.client.lines import LineTransport
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol.connection import ClientInfo, InitializeParams
from journeyman.protocol.events import AgentMessageDeltaNotification
from journeyman.protocol.jsonrpc import Envelope, request
from journeyman.protocol.threads import ThreadResumeParams, ThreadStartParams
from journeyman.server.transport.gate import Gate
from journeyman.server.transport.listen import Listener
from journeyman.testing.app_server_harness import services_for
from journeyman.testing.fake_launcher import FakeLauncher
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit

_TEXT = "word " * 40
_BATCH = 100


class Nobody:
    """Starts the thread and hears nothing of it."""

    def emit(self, notification: object) -> None:
        """Hear nothing."""

    async def ask(self, question: object) -> None:
        """Answer nothing."""


async def join(path: Path, thread_id: str) -> LineTransport:
    """A client that follows the thread."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    transport = LineTransport(reader, writer)
    hello = InitializeParams(client_info=ClientInfo(name="bench", version="1"))
    await transport.send(request(1, "initialize", hello))
    resume = ThreadResumeParams(thread_id=thread_id, exclude_turns=True)
    await transport.send(request(2, "thread/resume", resume))
    while (envelope := await transport.receive()) is not None and envelope.id != 2:
        pass
    return transport


async def listen(transport: LineTransport, count: int) -> str:
    """The digest of the first `count` deltas that it hears."""
    digest = hashlib.sha256()
    heard = 0
    while heard < count and (envelope := await transport.receive()) is not None:
        if _is_delta(envelope):
            digest.update(bytes(envelope.params))  # type: ignore[arg-type] -- a delta has params
            heard += 1
    return digest.hexdigest() if heard == count else f"only {heard}"


def _is_delta(envelope: Envelope) -> bool:
    return envelope.method == "item/agentMessage/delta"


async def measure(clients: int, count: int) -> None:
    """Run it and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        kit = ThreadKit(
            connect=lambda _: ScriptedClient([]), launcher=FakeLauncher(), clock=SystemClock()
        )
        factory = PlainThreadFactory(Path(folder) / "home", kit)
        manager = ThreadManager(factory, factory.store)
        listener = Listener(services_for(manager), Gate(host=None, token=None))
        path = Path(folder) / "server.sock"
        await listener.listen_unix(path)
        thread = await manager.start(ThreadStartParams(), Nobody())  # type: ignore[arg-type] -- hears nothing
        readers = [await join(path, thread.id) for _ in range(clients)]
        stalled = await join(path, thread.id)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        listening = [asyncio.create_task(listen(reader, count)) for reader in readers]
        began = time.perf_counter()
        for number in range(count):
            thread.audience.tell(
                AgentMessageDeltaNotification(
                    thread_id=thread.id, turn_id="t", item_id="i", delta=f"{number} {_TEXT}"
                )
            )
            if number % _BATCH == 0:
                await asyncio.sleep(0)
        told = time.perf_counter() - began
        digests = set(await asyncio.gather(*listening))
        took = time.perf_counter() - began
        grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        same = len(digests) == 1 and not next(iter(digests)).startswith("only")
        print(f"{clients} clients x {count} events: {took:.1f} s, same order for all: {same}")
        print(f"telling took {told:.1f} s; peak memory grew by {grew:.0f} MiB, one client stalled")
        for transport in (*readers, stalled):
            await transport.close()
        await listener.close()
        await manager.close()


if __name__ == "__main__":
    asyncio.run(measure(*(int(word) for word in [*sys.argv[1:], 50, 10_000][:2])))
