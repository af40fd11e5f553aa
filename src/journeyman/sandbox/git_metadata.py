"""What of a repository's git directory opens to git itself, where the user lets it write there.

Opened is what `git add, commit, stash, switch, branch` write. Everything else that exists stays read-only, and
names by which git could be led to other configuration or programs are held while the command runs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

import msgspec

from journeyman.sandbox.api import ConfinementError

_WRITTEN = frozenset(
    (
        "objects",
        "refs",
        "logs",
        "HEAD",
        "index",
        "packed-refs",
        "ORIG_HEAD",
        "COMMIT_EDITMSG",
        "MERGE_HEAD",
        "MERGE_MSG",
        "MERGE_MODE",
        "MERGE_RR",
        "AUTO_MERGE",
        "SQUASH_MSG",
        "CHERRY_PICK_HEAD",
        "REVERT_HEAD",
    )
)
# `commondir` leads git to the configuration of another directory.
_HELD = (
    "branches",
    "commondir",
    "config",
    "config.worktree",
    "hooks",
    "info",
    "modules",
    "objects/info",
    "remotes",
    "worktrees",
)
_HELD_IN_WORKTREE = ("commondir", "config.worktree", "gitdir", "hooks", "info", "modules")
_SHARED = ("objects", "refs", "logs")
_POINTER_BYTES = 4096
_FIX = "Commit yourself, or run this command without the sandbox"


class GitMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Absolute paths: directories that open, what stays read-only in them, existing or not, and what git reads."""

    opened: tuple[str, ...]
    protected: tuple[str, ...]
    read: tuple[str, ...] = ()


def git_metadata(directory: str) -> GitMetadata | None:
    """The git directory of the repository around `directory`; None where there is none.

    Raises:
        ConfinementError: it is not of a form that can be opened safely.
    """
    real = Path(os.path.realpath(directory))
    for root in (real, *real.parents):
        git = root / ".git"
        mode = _mode(git)
        if mode is None:
            continue
        if stat.S_ISREG(mode):
            return _of_worktree(root, git)
        if not stat.S_ISDIR(mode):
            raise ConfinementError(f"{git} is not a git directory of its own", fix=_FIX)
        if _mode(git / "HEAD") is None:
            continue
        _check_common(git)
        return GitMetadata(opened=(str(git),), protected=_closed(git, _HELD))
    return None


def _check_common(git: Path) -> None:
    """Refuse a directory that is not its own common one; "." is what is held there meanwhile."""
    common = _read(git / "commondir")
    if common not in {"", "."}:
        raise ConfinementError(f"{git} takes its configuration from {common}", fix=_FIX)


def _of_worktree(root: Path, git: Path) -> GitMetadata:
    """A linked worktree: its private directory, and of the repository the objects, refs and logs.

    Anybody can write a pointer; only git itself writes the one that leads back.
    """
    private = Path(os.path.normpath(root / _read(git).removeprefix("gitdir:").strip()))
    common = Path(os.path.normpath(private / _read(private / "commondir")))
    leads_back = _read(private / "gitdir") == str(git)
    if (
        not leads_back
        or os.path.realpath(private) != str(private)
        or private.parent != common / "worktrees"
    ):
        raise ConfinementError(f"{git} does not lead to a worktree of its own", fix=_FIX)
    shared = [common / name for name in _SHARED if _mode(common / name) is not None]
    held = str(common / "objects/info")
    return GitMetadata(
        opened=(*(str(path) for path in shared), str(private)),
        protected=(*_closed(private, _HELD_IN_WORKTREE), held),
        read=(str(common),),
    )


def _closed(git: Path, held: Iterable[str]) -> tuple[str, ...]:
    existing = [path for path in git.iterdir() if path.name not in _WRITTEN]
    # Whoever holds a lock removes it, and the next one may have to wait for that.
    paths = {path for path in existing if path.suffix != ".lock"} | {git / name for name in held}
    for path in paths:
        mode = _mode(path)
        if mode is not None and not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise ConfinementError(f"{path} is a link or no plain file", fix=_FIX)
    return tuple(sorted(str(path) for path in paths))


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_POINTER_BYTES).decode(errors="surrogateescape").strip()
    except OSError:
        return ""
