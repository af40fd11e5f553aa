"""The checkpoint port: what the core needs so that no call of a tool can destroy the user's work.

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

    async def close(self) -> None:
        """See `Checkpoints.close`."""
