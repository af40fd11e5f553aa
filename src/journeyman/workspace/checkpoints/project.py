"""The checkpoints of one project: what faces list, compare and restore, and what a thread takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from journeyman.sandbox.programs import program_in
from journeyman.workspace.api import Moment
from journeyman.workspace.checkpoints.folder import Folder
from journeyman.workspace.checkpoints.git import StoreGit
from journeyman.workspace.checkpoints.plan import Change, Plan
from journeyman.workspace.checkpoints.records import (
    MAX_SKIPPED_NAMES,
    Checkpoint,
    CheckpointError,
    shown,
)
from journeyman.workspace.checkpoints.restore import Restorer
from journeyman.workspace.checkpoints.retention import tidy
from journeyman.workspace.checkpoints.snapshot import Snapshot, Snapshotter
from journeyman.workspace.checkpoints.surroundings import Surroundings
from journeyman.workspace.repository import find_root

_MAX_REASON_CHARS = 2000


class Restored(msgspec.Struct, frozen=True):
    """What a restore did, and the checkpoint that takes it back."""

    changes: list[Change]
    way_back: Checkpoint


class Project:
    """One project's checkpoints."""

    def __init__(self, root: Path, surroundings: Surroundings) -> None:
        """Use `project_around`."""
        self.root = root
        self._around = surroundings
        self._folder = Folder(surroundings.home, root)
        self._git = StoreGit(surroundings.launcher, self._folder, surroundings.path)
        self._snapshots = Snapshotter(
            self._folder, self._git, surroundings.limits, surroundings.home
        )
        self._restorer = Restorer(self._folder, self._git)

    def is_warm(self) -> bool:
        """Whether a snapshot only has to look at what changed."""
        return self._folder.is_warm()

    def checkpoints(self) -> list[Checkpoint]:
        """All that are kept, oldest first."""
        return self._folder.records()

    async def snapshot(self) -> tuple[Snapshot, float]:
        """Keep the present state without a line in the log; returns it and how many seconds it took.

        Raises:
            CheckpointError: it cannot be kept.
            OSError: the store cannot be written.
        """
        self._check_possible()
        async with self._folder.locked():
            return await self._snapshot()

    async def record(self, moment: Moment, taken: tuple[Snapshot, float]) -> Checkpoint:
        """Make a snapshot the checkpoint before a call; raises as `snapshot`."""
        async with self._folder.locked():
            return self._append(taken, moment)

    async def take(self, moment: Moment) -> tuple[Checkpoint, Snapshot]:
        """Snapshot and record in one; raises as `snapshot`."""
        self._check_possible()
        async with self._folder.locked():
            taken = await self._snapshot()
            return self._append(taken, moment), taken[0]

    async def compare(self, goal: Checkpoint, paths: Sequence[bytes] = ()) -> list[Change]:
        """What restoring would change now; raises as `restore`."""
        self._check_possible()
        async with self._folder.locked():
            present, _ = await self._snapshot()
            return (await self._restorer.plan(present, goal, paths)).changes()

    async def restore(self, goal: Checkpoint, paths: Sequence[bytes] = ()) -> Restored:
        """Bring back the files of a checkpoint, or those below `paths` (relative to the root).

        The present state becomes a checkpoint first. Files that came since are removed if a checkpoint
        knows them; the rest stays.

        Raises:
            CheckpointError: it is not possible, or stopped in the middle; then doing it again finishes it.
            OSError: the store cannot be written.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self._check_possible()
        async with self._folder.locked():
            taken = await self._snapshot()
            plan: Plan = await self._restorer.plan(taken[0], goal, paths)
            if plan.hidden():
                # What stands in the way is kept before it is written over, as all else.
                await self._restorer.open_up(plan)
                taken = await self._snapshot()
                plan = await self._restorer.plan(taken[0], goal, paths)
            way_back = self._append(taken, None, target=goal.id, paths=paths)
            await self._restorer.apply(plan, goal.tree)
            return Restored(plan.changes(), way_back)

    async def tidy(self) -> None:
        """Forget what is older or more than the limits say; for when no turn runs."""
        if self._folder.exists():
            async with self._folder.locked():
                now_ms = int(self._around.clock.now() * 1000)
                await tidy(self._folder, self._git, self._around.limits, now_ms)

    def _check_possible(self) -> None:
        if program_in(self._around.path, "git") is None:
            raise CheckpointError("git is not installed; install it, so that changes can be undone")
        if not self.root.is_dir():
            raise CheckpointError(f"{self.root} is not there any more")
        home = self._around.home
        is_plain = not (self.root / ".git").exists()
        if is_plain and (self.root == home or self.root in home.parents):
            raise CheckpointError(
                f"{self.root} holds much more than a project; start in a project's own folder"
            )

    async def _snapshot(self) -> tuple[Snapshot, float]:
        started = self._around.clock.monotonic()
        snapshot = await self._snapshots.take()
        return snapshot, self._around.clock.monotonic() - started

    def _append(
        self,
        taken: tuple[Snapshot, float],
        moment: Moment | None,
        *,
        target: int | None = None,
        paths: Sequence[bytes] = (),
    ) -> Checkpoint:
        snapshot, seconds = taken
        records = self._folder.records()
        record = Checkpoint(
            id=records[-1].id + 1 if records else 1,
            at_ms=int(self._around.clock.now() * 1000),
            kind="call" if moment else "undo",
            reason=moment.reason[:_MAX_REASON_CHARS] if moment else f"undo to {target}",
            tree=snapshot.tree,
            extra=snapshot.extra,
            thread_id=moment.thread_id if moment else "",
            turn_id=moment.turn_id if moment else "",
            call_id=moment.call_id if moment else "",
            target=target,
            paths=tuple(shown(path) for path in paths),
            seconds=round(seconds, 3),
            skipped=len(snapshot.skipped),
            skipped_names=tuple(snapshot.skipped[:MAX_SKIPPED_NAMES]),
        )
        self._folder.append(record)
        return record


def project_around(directory: str, surroundings: Surroundings) -> Project:
    """The project that `directory` is in: the repository around it, else the directory itself."""
    real = Path(os.path.realpath(directory))
    return Project(find_root(real) or real, surroundings)
