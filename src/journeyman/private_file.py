"""Files for their owner's eyes alone, whole before and after every change, whoever writes at once or is killed.

One process at a time changes files of a folder; nothing is left in it for that. What the files hold, and what to say
where they cannot be written, is the caller's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path

_OWNER_ALONE = 0o600


@contextlib.contextmanager
def locked_folder(folder: Path) -> Generator[None]:
    """Let no other process change files of the folder for as long as this lasts; makes it where it is missing.

    Raises:
        OSError: it cannot be made or opened.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        # Closing is not enough: a process that was just forked has the descriptor, and so the lock.
        fcntl.flock(fd, fcntl.LOCK_UN)
        os.close(fd)


def write_private(path: Path, content: bytes, *, mode: int = _OWNER_ALONE) -> None:
    """Put `content` in place of what is at `path`, whose folder is locked; a link there is replaced, not followed.

    Args:
        path: the file.
        content: all of it.
        mode: other permissions, for a file that its owner shows to others; they hold only once it is whole.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    # Of this name there is one at most: what a killed process left behind goes with the next change.
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(fd, mode)
            os.fsync(fd)
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise
