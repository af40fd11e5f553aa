"""Checkpoints that cost the agent's start nothing: what takes them is imported with the first one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from journeyman.workspace.api import Checkpoints, Moment, Undone
from journeyman.workspace.checkpoints.surroundings import Surroundings

# The first request goes out first.
_PREPARE_AFTER_SECONDS = 0.05


class LazyCheckpoints:
    """See `journeyman.workspace.api.Checkpoints`."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Keep what the thread's checkpoints will be made of."""
        self._around = surroundings
        self._checkpoints: Checkpoints | None = None
        self._waiting: asyncio.TimerHandle | None = None

    def prepare(self, cwd: str) -> None:
        """See `Checkpoints.prepare`."""
        self._stop_waiting()
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(_PREPARE_AFTER_SECONDS, lambda: self._made().prepare(cwd))

    async def take(self, moment: Moment) -> Sequence[str]:
        """See `Checkpoints.take`."""
        self._stop_waiting()
        return await self._made().take(moment)

    async def undo(self, cwd: str, thread_id: str, *, dry_run: bool) -> Undone:
        """See `Checkpoints.undo`."""
        self._stop_waiting()
        return await self._made().undo(cwd, thread_id, dry_run=dry_run)

    async def close(self) -> None:
        """See `Checkpoints.close`."""
        self._stop_waiting()
        if self._checkpoints is not None:
            await self._checkpoints.close()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def _made(self) -> Checkpoints:
        if self._checkpoints is None:
            from journeyman.workspace.checkpoints.thread_checkpoints import (  # noqa: PLC0415 -- most runs never take a checkpoint
                ThreadCheckpoints,
            )

            self._checkpoints = ThreadCheckpoints(self._around)
        return self._checkpoints
