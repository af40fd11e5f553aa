"""Finds the program and the directory of a command before anything is started."""

from __future__ import annotations

import errno
import os
import shutil
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
    if "/" in name:
        path = str(Path(command.cwd, name))
        reason = errno.EACCES if Path(path).exists() else errno.ENOENT
        found = shutil.which(path)
    else:
        reason = errno.ENOENT
        found = shutil.which(name, path=command.env.get("PATH", os.defpath))
    if found is None:
        raise OSError(reason, os.strerror(reason), name)
    return found
