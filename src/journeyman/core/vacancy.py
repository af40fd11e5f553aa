"""Lets go of threads that nobody follows: each is unloaded once it had nothing to do for a while.

A thread has something to do while a turn runs, something is queued or its goal is active; a command that it left
running keeps nothing, as with the reference, and ends with it. Whoever wants the thread before that keeps it; who comes while it is being unloaded waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from journeyman.core.thread import Thread
from journeyman.protocol.threads import Active

# What keeps a thread without a turn from being let go ends without a word: it is looked at again.
_LOOK_AGAIN_SECONDS = 60.0


class Vacancies:
    """The threads of one manager that nobody follows."""

    def __init__(self, unload: Callable[[Thread], Coroutine[None, None, None]]) -> None:
        """`unload` lets go of one; it is not cancelled."""
        self._unload = unload
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}

    def begin(self, thread: Thread) -> None:
        """Nobody follows the thread any more."""
        if thread.id not in self._waiting and thread.id not in self._closing:
            self._waiting[thread.id] = asyncio.create_task(self._watch(thread))

    async def end(self, thread_id: str) -> None:
        """Somebody wants the thread: keep it, or wait until it is unloaded where that has begun."""
        if waiting := self._waiting.pop(thread_id, None):
            waiting.cancel()
        if closing := self._closing.get(thread_id):
            await asyncio.wait([closing])

    async def close(self) -> None:
        """Keep watch no longer, and wait for what is being unloaded."""
        for thread_id in [*self._waiting, *self._closing]:
            await self.end(thread_id)

    async def _watch(self, thread: Thread) -> None:
        seconds = thread.settings.limits.unload_seconds
        while True:
            await thread.wait_idle()
            if not _is_at_rest(thread):
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
                continue
            changed = thread.header().updated_at
            await asyncio.sleep(seconds)
            if _is_at_rest(thread) and thread.header().updated_at == changed:
                break
        del self._waiting[thread.id]
        task = asyncio.create_task(self._unload(thread))
        self._closing[thread.id] = task
        task.add_done_callback(lambda _: self._closing.pop(thread.id))


def _is_at_rest(thread: Thread) -> bool:
    ahead = thread.ahead
    is_pursuing = ahead.goals.goal is not None and ahead.goals.goal.status == "active"
    is_running = isinstance(thread.header().status, Active)
    return not (is_running or is_pursuing or ahead.queue.entries)
