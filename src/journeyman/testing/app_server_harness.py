"""A real server and a real client in one process, and every invariant asserted at the end of every turn.

Takes any thread manager; owns the connection and the record of what the client saw.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from journeyman.client.client import Client, OnRequest
from journeyman.client.memory import memory_pair
from journeyman.core.manager import ThreadManager
from journeyman.protocol import events
from journeyman.protocol.connection import ClientInfo, InitializeResponse, ServerInfo
from journeyman.protocol.items import TextInput
from journeyman.protocol.readers import UnknownNotification
from journeyman.protocol.thread_shelf import ThreadRevertedNotification
from journeyman.protocol.threads import Thread, ThreadStartParams
from journeyman.protocol.turns import Turn, TurnStartParams
from journeyman.server.connection import Connection
from journeyman.server.services import Services
from journeyman.store.repair import repair_history
from journeyman.store.replay import read_rollout
from journeyman.testing.invariants import check_history, check_replay, check_stream

INFO = InitializeResponse(
    user_agent="journeyman/test (memory)",
    codex_home="/nowhere",
    platform_family="unix",
    platform_os="linux",
    server_info=ServerInfo(name="journeyman", version="0.169.0"),
)


def services_for(manager: ThreadManager) -> Services:
    """What a server needs at least: threads, and an answer to the handshake."""
    return Services(introduce=lambda _: INFO, manager=manager)


class AppServerHarness:
    """Used as `async with`; closes client, server and threads, and fails on what any of them raised.

    Attributes:
        client: connected and initialized.
        manager: the one it was given.
        seen: every notification so far, in order.
    """

    client: Client

    def __init__(self, manager: ThreadManager, on_request: OnRequest | None = None) -> None:
        """Serve `manager`'s threads; `on_request` answers approvals."""
        self.seen: list[events.Notification | UnknownNotification] = []
        self.manager = manager
        self._on_request = on_request
        self._paths: dict[str, Path] = {}
        self._arrived = asyncio.Condition()
        self._failure: Exception | None = None

    async def __aenter__(self) -> Self:
        """Connect and shake hands."""
        near, far = memory_pair()
        self._serving = asyncio.create_task(Connection(far, services_for(self.manager)).serve())
        self.client = Client(near, self._on_request)
        self._collecting = asyncio.create_task(self._collect())
        await self.client.start(ClientInfo(name="harness", version="1"))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything; raises what the server or an invariant raised."""
        await self.manager.close()
        await self.client.close()
        await self._serving
        await self._collecting
        if self._failure is not None:
            raise self._failure

    async def start_thread(self, params: ThreadStartParams | None = None) -> Thread:
        """Start a thread."""
        return (await self.client.thread_start(params or ThreadStartParams())).thread

    async def start_turn(self, thread_id: str, text: str) -> Turn:
        """Start a turn with one text; returns it in progress."""
        params = TurnStartParams(thread_id=thread_id, input=[TextInput(text=text)])
        return (await self.client.turn_start(params)).turn

    async def run_turn(self, thread_id: str, text: str) -> Turn:
        """Start a turn and wait for its end; raises `InvariantError` when it broke a rule."""
        return await self.wait_turn((await self.start_turn(thread_id, text)).id)

    async def wait_turn(self, turn_id: str) -> Turn:
        """The turn once it is over; raises `InvariantError` when it broke a rule."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self._failure or self._ended(turn_id))
        turn = self._ended(turn_id)
        if turn is None or self._failure is not None:
            raise self._failure or AssertionError(f"turn {turn_id} never ended")
        return turn

    async def wait_for(self, kind: type[events.Notification]) -> None:
        """Wait until a notification of this kind was seen."""
        async with self._arrived:
            await self._arrived.wait_for(
                lambda: self._failure or any(isinstance(seen, kind) for seen in self.seen)
            )
        if self._failure is not None:
            raise self._failure

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds of what was seen; looked at whenever something arrives."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self._failure or holds())
        if self._failure is not None:
            raise self._failure

    def _ended(self, turn_id: str) -> Turn | None:
        for seen in self.seen:
            if isinstance(seen, events.TurnCompletedNotification) and seen.turn.id == turn_id:
                return seen.turn
        return None

    async def _collect(self) -> None:
        async for seen in self.client.notifications():
            async with self._arrived:
                self.seen.append(seen)
                self._check(seen)
                self._arrived.notify_all()

    def _check(self, seen: events.Notification | UnknownNotification) -> None:
        if isinstance(seen, events.ThreadStartedNotification) and seen.thread.path:
            self._paths[seen.thread.id] = Path(seen.thread.path)
        if not isinstance(seen, events.TurnCompletedNotification):
            return
        try:
            check_stream(self.seen)
            if path := self._paths.get(seen.thread_id):
                recorded = read_rollout(path)
                check_replay(self._of(seen.thread_id), recorded.turns)
                check_history(repair_history(recorded.history))
                check_history(recorded.history)
        except Exception as error:
            self._failure = self._failure or error

    def _of(self, thread_id: str) -> list[events.Notification | UnknownNotification]:
        """What was said of one thread, since turns of it were last taken back."""
        said = [seen for seen in self.seen if getattr(seen, "thread_id", None) == thread_id]
        reverts = [
            at for at, seen in enumerate(said) if isinstance(seen, ThreadRevertedNotification)
        ]
        return said[reverts[-1] + 1 :] if reverts else said
