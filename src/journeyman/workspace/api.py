"""The ports of the workspace: checkpoints, so that no call of a tool can destroy the user's work, and revisions.

A checkpoint keeps the files of a project as they are now, outside of it. Listing and restoring them is
for the faces; rewinding the talk is the thread's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint precedes: a call in the project around `cwd`; `reason` is the command, for people."""

    cwd: str
    thread_id: str
    turn_id: str
    call_id: str
    reason: str


class UndoError(Exception):
    """The files cannot be brought back; the text says why and what to do."""


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo did, or would do: the kind of change by path, and the turn whose changes they were.

    `way_back` is the checkpoint that takes it back; None where nothing was done.
    """

    turn_id: str
    changes: Sequence[tuple[str, str]]
    way_back: int | None = None


class Checkpoints(Protocol):
    """The checkpoints of one thread."""

    def prepare(self, cwd: str) -> None:
        """The model is asked now and may want to change files: begin what would take long; returns at once."""
        ...

    async def take(self, moment: Moment) -> Sequence[str]:
        """Return when the project's state is kept.

        Never fails: what could not be kept comes back as warnings for the user, each one once in a thread.
        """
        ...

    async def undo(self, cwd: str, thread_id: str, *, dry_run: bool) -> Undone:
        """Bring the project around `cwd` back to before the last turn of this thread that changed it.

        Raises:
            UndoError: there is none, another thread has changed the project since, or it is not possible.
        """
        ...

    async def close(self) -> None:
        """Stop what runs; the thread ends."""
        ...


class NoCheckpoints:
    """Keeps nothing, for threads whose files need no keeping."""

    def prepare(self, cwd: str) -> None:
        """See `Checkpoints.prepare`."""

    async def take(self, moment: Moment) -> Sequence[str]:
        """See `Checkpoints.take`."""
        del moment
        return ()

    async def undo(self, cwd: str, thread_id: str, *, dry_run: bool) -> Undone:
        """See `Checkpoints.undo`."""
        del cwd, thread_id, dry_run
        raise UndoError("no checkpoints are kept of this thread's changes")

    async def close(self) -> None:
        """See `Checkpoints.close`."""


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A commit by its hash, and the one where it and the current branch parted, if there is one."""

    commit: str
    merge_base: str | None = None


class RevisionError(Exception):
    """A name that means no commit; the text is for the user."""


class Revisions(Protocol):
    """What names mean in a repository."""

    async def find(self, cwd: str, name: str) -> Revision | None:
        """The commit that `name` means in the repository around `cwd`.

        None where nobody can say: no repository, no commit yet, no git.

        Raises:
            RevisionError: the name means none, or cannot be one.
        """
        ...


class NoRevisions:
    """Knows no name."""

    async def find(self, cwd: str, name: str) -> Revision | None:
        """See `Revisions.find`."""
        del cwd, name
        return None
