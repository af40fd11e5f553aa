"""The checkpoint port for one thread: takes them in time, tells each trouble once, and never stops a turn.

Imported with the first checkpoint, through `lazy`: the agent's start does not wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from journeyman.workspace.api import Moment, UndoError, Undone
from journeyman.workspace.checkpoints.history import TurnMark, turns_in_effect
from journeyman.workspace.checkpoints.plan import Change
from journeyman.workspace.checkpoints.project import Project, project_around
from journeyman.workspace.checkpoints.records import CheckpointError, shown
from journeyman.workspace.checkpoints.snapshot import Snapshot
from journeyman.workspace.checkpoints.surroundings import Surroundings

# What takes longer is done beside the model's request.
_SLOW_SECONDS = 1.0
_TIDY_SECONDS = 20.0
_NAMES_TOLD = 5

Taken = tuple[Snapshot, float]
ResultT = TypeVar("ResultT")


class ThreadCheckpoints:
    """See `journeyman.workspace.api.Checkpoints`."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Nothing is looked at before the first call."""
        self._around = surroundings
        self._projects: dict[str, Project] = {}
        self._prepared: dict[str, asyncio.Task[Taken]] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._seconds: dict[str, float] = {}
        self._used: set[str] = set()
        self._told: set[str] = set()

    def prepare(self, cwd: str) -> None:
        """See `Checkpoints.prepare`."""
        running = self._prepared.get(cwd)
        if running is not None and not running.done():
            return
        is_cold = running is None and cwd not in self._seconds and not self._project(cwd).is_warm()
        if is_cold or self._seconds.get(cwd, 0.0) > _SLOW_SECONDS:
            self._prepared[cwd] = self._start(self._project(cwd).snapshot())

    async def take(self, moment: Moment) -> Sequence[str]:
        """See `Checkpoints.take`."""
        self._used.add(moment.cwd)
        try:
            # An interrupted turn does not wait; what was begun is finished, or it would begin anew next time.
            skipped = await asyncio.shield(self._start(self._take(moment)))
        except (CheckpointError, OSError) as error:
            text = f"No checkpoint was taken, so `jm undo` cannot help here: {error}"
            return [] if text in self._told else self._tell([text], text)
        new = [name for name in skipped if name not in self._told]
        if not new:
            return []
        names = ", ".join(new[:_NAMES_TOLD])
        more = f" and {len(new) - _NAMES_TOLD} more" if len(new) > _NAMES_TOLD else ""
        return self._tell(
            new, f"Checkpoints leave out {names}{more}: `jm undo` cannot bring these back."
        )

    async def undo(self, cwd: str, thread_id: str, *, dry_run: bool) -> Undone:
        """See `Checkpoints.undo`."""
        project = self._project(cwd)
        try:
            marks = turns_in_effect(project.checkpoints())
            if not marks:
                raise UndoError("there is no turn to undo here")
            if marks[-1].thread_id != thread_id:
                raise UndoError(
                    "another thread has changed the project since: `jm undo` goes back through all of them"
                )
            goal = marks[-1].first
            if dry_run:
                return _undone(marks[-1], await project.compare(goal))
            restored = await project.restore(goal)
        except (CheckpointError, OSError) as error:
            raise UndoError(str(error)) from error
        return _undone(marks[-1], restored.changes, restored.way_back.id)

    async def close(self) -> None:
        """See `Checkpoints.close`."""
        for task in self._prepared.values():
            task.cancel()
        self._prepared.clear()
        await asyncio.gather(*self._running, return_exceptions=True)
        for cwd in self._used:
            with contextlib.suppress(CheckpointError, OSError, TimeoutError):
                async with asyncio.timeout(_TIDY_SECONDS):
                    await self._project(cwd).tidy()
        self._used.clear()

    async def _take(self, moment: Moment) -> list[str]:
        cwd = moment.cwd
        project = self._project(cwd)
        ahead = self._prepared.pop(cwd, None)
        if ahead is not None:
            taken = await ahead
            if self._seconds.get(cwd, 0.0) > _SLOW_SECONDS:
                await project.record(moment, taken)
                return taken[0].skipped
        checkpoint, snapshot = await project.take(moment)
        self._seconds[cwd] = checkpoint.seconds
        return snapshot.skipped

    def _tell(self, told: list[str], text: str) -> list[str]:
        self._told.update(told)
        return [text]

    def _project(self, cwd: str) -> Project:
        if cwd not in self._projects:
            self._projects[cwd] = project_around(cwd, self._around)
        return self._projects[cwd]

    def _start(self, work: Coroutine[Any, Any, ResultT]) -> asyncio.Task[ResultT]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finish)
        return task

    def _finish(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        # Nobody may have asked how it went, and asyncio would complain of that.
        if not task.cancelled():
            task.exception()


def _undone(turn: TurnMark, changes: Sequence[Change], way_back: int | None = None) -> Undone:
    named = [(change.kind, shown(change.path)) for change in changes]
    return Undone(turn_id=turn.turn_id, changes=named, way_back=way_back)
