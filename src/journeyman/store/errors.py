"""What can go wrong with the kept state; each text names the path and what to do."""

from __future__ import annotations

import errno
from pathlib import Path

_REMEDY = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "your disk quota is used up: free some space",
    errno.EROFS: "the file system is read-only: set JOURNEYMAN_HOME to a folder you can write, "
    "or run with --ephemeral",
    errno.EACCES: "permission denied: set JOURNEYMAN_HOME to a folder you can write, "
    "or run with --ephemeral",
}


class StoreError(Exception):
    """The state could not be read or written."""


class ThreadBusyError(StoreError):
    """Another process writes this thread."""


class ThreadNotFoundError(StoreError):
    """No rollout of this thread."""


class MarkError(StoreError):
    """A mark of the user's that was named is not there, or cannot be named so."""


def cannot(action: str, path: Path, error: OSError) -> StoreError:
    """The error for a failed `action` (`write`, `read` ...) on `path`."""
    reason = _REMEDY.get(error.errno or 0) or error.strerror or str(error)
    return StoreError(f"cannot {action} {path}: {reason}")
