"""Finds the program and the directory of a command before anything is started."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from journeyman.sandbox.api import Command


def find_program(command: Command) -> str:
    """The path of the command's program, by the PATH of its own environment.

    Raises:
        OSError: the directory or the program does not exist, or cannot be executed.
    """
    if not Path(command.cwd).is_dir():
        reason = errno.ENOTDIR if Path(command.cwd).exists() else errno.ENOENT
        raise OSError(reason, os.strerror(reason), command.cwd)
    name = command.argv[0]
    if "/" not in name:
        found = program_in(command.env.get("PATH", os.defpath), name)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return found
    path = Path(command.cwd, name)
    if not _is_program(path):
        reason = errno.EACCES if path.exists() else errno.ENOENT
        raise OSError(reason, os.strerror(reason), name)
    return str(path)


def program_in(path: str, name: str) -> str | None:
    """The first program `name` in the absolute directories of `path`, as PATH lists them."""
    # As shutil.which does, whose import costs the agent's start 5 ms (it loads every compressor).
    for directory in path.split(":"):
        candidate = Path(directory, name)
        if directory.startswith("/") and _is_program(candidate):
            return str(candidate)
    return None


def _is_program(path: Path) -> bool:
    return os.access(path, os.X_OK) and path.is_file()
