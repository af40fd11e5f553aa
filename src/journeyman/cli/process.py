"""What the process was given: its environment, its directory, and the home folder that follows from them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from journeyman.cli.errors import CommandError

HOME_VARIABLE = "JOURNEYMAN_HOME"


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """The environment and the directory of this process, and `home`, the folder of our state."""

    environment: Mapping[str, str]
    directory: Path
    home: Path


def read_process() -> Process:
    """Read them once; without a PATH programs are found where a shell finds them.

    Raises:
        CommandError: the directory is gone, or there is no way to tell the home folder.
    """
    # An SDK that was given an environment of its own may leave PATH out; a shell has one even then.
    environment = {"PATH": os.defpath, **os.environ}
    try:
        directory = Path.cwd()
    except OSError as error:
        message = "the current directory is gone, in this shell: change to one that exists"
        raise CommandError(message) from error
    try:
        home = Path(environment.get(HOME_VARIABLE) or Path.home() / ".journeyman")
    except RuntimeError as error:
        message = f"no home folder, in the environment: set HOME or {HOME_VARIABLE}"
        raise CommandError(message) from error
    return Process(environment=environment, directory=directory, home=directory / home)
