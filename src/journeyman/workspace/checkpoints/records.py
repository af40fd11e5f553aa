"""What is stored of checkpoints, as plain data: the log's lines, the manifest of a snapshot, limits.

Paths are bytes to the kernel and text in JSON: latin-1, byte for byte. They are relative to the root.
"""

from __future__ import annotations

from typing import Literal

import msgspec

# What a checkpoint names of what it left out; the number is always whole.
MAX_SKIPPED_NAMES = 20


class CheckpointError(Exception):
    """A checkpoint cannot be taken, found or restored; the text says what, where and what to do."""


class Stop:
    """Tells work in another thread to end early."""

    def __init__(self) -> None:
        """Nothing is to stop yet."""
        self.is_set = False

    def check(self) -> None:
        """Raise `CheckpointError` when the work is not wanted any more."""
        if self.is_set:
            raise CheckpointError("the checkpoint was given up before it was whole")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint takes and how long it is kept.

    `total_bytes` bounds the new content of one checkpoint. What is ignored by git is taken last.
    """

    file_bytes: int = 64 << 20
    total_bytes: int = 2 << 30
    files: int = 1_000_000
    keep_count: int = 500
    keep_days: float = 30.0
    keep_bytes: int = 10 << 30


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log: where a project stood; `tree` are its files, `extra` everything else.

    `kind` is `call` before a tool call and `undo` before a restore, of which `target` is the checkpoint
    and `paths` what was restored of it, empty for all.
    """

    id: int
    at_ms: int
    kind: Literal["call", "undo"]
    reason: str
    tree: str
    extra: str
    thread_id: str = ""
    turn_id: str = ""
    call_id: str = ""
    target: int | None = None
    paths: tuple[str, ...] = ()
    seconds: float = 0.0
    skipped: int = 0
    skipped_names: tuple[str, ...] = ()


class Manifest(msgspec.Struct, kw_only=True):
    """What a tree of git cannot say, by path.

    `modes` where the permissions are not those of `umask`; `directories` that are empty or whose
    permissions are not usual; `extras` are files in git directories, as (mode, object);
    `git_dirs` are the `.git` themselves and `objects` their object directories. `left_out` is what was
    there and is not kept: a restore does not take it for new.
    """

    umask: int
    modes: dict[str, int] = {}
    directories: dict[str, int] = {}
    extras: dict[str, tuple[int, str]] = {}
    git_dirs: list[str] = []
    objects: list[str] = []
    left_out: list[str] = []


def text_of(path: bytes) -> str:
    """A path as JSON holds it."""
    return path.decode("latin-1")


def bytes_of(path: str) -> bytes:
    """A path as the kernel knows it."""
    return path.encode("latin-1")


def shown(path: bytes) -> str:
    """A path for people; bytes that are no UTF-8 become escapes."""
    return path.decode("utf-8", "backslashreplace")
