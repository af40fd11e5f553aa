"""The harness fails the test whose thread breaks an invariant."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from journeyman.core.manager import ThreadManager
from journeyman.protocol import events, threads
from journeyman.protocol.permissions import ReadOnly
from journeyman.protocol.turns import Turn
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.invariants import InvariantError

HEADER = threads.Thread(
    id="t",
    session_id="t",
    cwd="/",
    preview="",
    model_provider="p",
    created_at=0,
    updated_at=0,
    cli_version="0",
    source="exec",
    status=threads.Idle(),
)


class RudeThread:
    """Ends its turn while the thread is still active."""

    id = "t"

    def __init__(self, subscriber: Any) -> None:
        self._subscriber = subscriber

    def response(self) -> threads.ThreadStartResponse:
        return threads.ThreadStartResponse(
            thread=HEADER,
            cwd="/",
            model="m",
            model_provider="p",
            approval_policy="never",
            approvals_reviewer="user",
            sandbox=ReadOnly(),
        )

    async def start_turn(self, params: Any) -> Turn:
        active = events.ThreadStatusChangedNotification(thread_id="t", status=threads.Active())
        turn = Turn(id="u", status="inProgress")
        self._subscriber.emit(active)
        self._subscriber.emit(events.TurnStartedNotification(thread_id="t", turn=turn))
        done = Turn(id="u", status="completed")
        self._subscriber.emit(events.TurnCompletedNotification(thread_id="t", turn=done))
        return turn


class RudeManager:
    async def start(self, params: Any, subscriber: Any) -> RudeThread:
        self._thread = RudeThread(subscriber)
        return self._thread

    def get(self, thread_id: str) -> RudeThread:
        return self._thread

    def leave(self, thread_id: str, subscriber: Any) -> None:
        pass

    async def close(self) -> None:
        await asyncio.sleep(0)


async def test_leaving_the_harness_raises_what_a_turn_broke() -> None:
    async def start_only() -> None:
        async with AppServerHarness(cast("ThreadManager", RudeManager())) as app:
            thread = await app.start_thread()
            await app.start_turn(thread.id, "go")
            await app.wait_for(events.TurnCompletedNotification)

    with pytest.raises(InvariantError, match="completes before the thread is idle"):
        await start_only()


async def test_waiting_for_the_turn_raises_too() -> None:
    app = AppServerHarness(cast("ThreadManager", RudeManager()))
    await app.__aenter__()
    thread = await app.start_thread()
    with pytest.raises(InvariantError, match="completes before the thread is idle"):
        await app.run_turn(thread.id, "go")
    with pytest.raises(InvariantError):
        await app.__aexit__(None, None, None)
