"""Reads the beginning of a file that somebody else may have put there.

Only regular files: a pipe would hang, a device never end. A symbolic link counts as the file that it leads
to, and where a folder is given it must lie in there.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


class FileRefusedError(Exception):
    """The file is not read; the text says why, without its name."""


def read_regular(path: Path, max_bytes: int) -> tuple[bytes, int]:
    """At most `max_bytes` of the file, and its whole size; raises `FileRefusedError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileRefusedError(error.strerror or str(error)) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        message = "it is not a regular file"
        raise FileRefusedError(message)
    with os.fdopen(descriptor, "rb") as file:
        try:
            data = file.read(max_bytes)
        except OSError as error:
            raise FileRefusedError(error.strerror or str(error)) from error
        return data, max(status.st_size, len(data))


def read_inside(path: Path, max_bytes: int, folder: Path) -> tuple[bytes, int]:
    """As `read_regular`, where the real file lies below the real `folder`; else raises `FileRefusedError`."""
    try:
        real = path.resolve(strict=True)
        inside = real.is_relative_to(folder.resolve(strict=True))
    except (OSError, RuntimeError) as error:
        message = "it is a link that leads nowhere"
        raise FileRefusedError(message) from error
    if not inside:
        message = f"it is a link that leads out of {folder}"
        raise FileRefusedError(message)
    return read_regular(real, max_bytes)
