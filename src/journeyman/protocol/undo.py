"""Undoing what the last turn did to files: a method of our own."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.wire import Wire


class UndoParams(Wire, frozen=True):
    """Bring the project's files back to before the last turn that changed them.

    With `dry_run` only say what would change; with `talk` the thread forgets that turn and those after it, too.
    """

    thread_id: str
    dry_run: bool = False
    talk: bool = False


class UndoneChange(Wire, frozen=True):
    """One file, relative to the project's root."""

    path: str
    kind: Literal["create", "overwrite", "remove", "permissions"]


class UndoResponse(Wire, frozen=True):
    """What changed, or would; `way_back` is the checkpoint that takes it back (`jm undo NUMBER`)."""

    turn_id: str
    changes: list[UndoneChange]
    way_back: int | None = None
