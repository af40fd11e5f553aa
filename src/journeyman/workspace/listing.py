"""Lists the files of a folder as its ignore files say, with ripgrep, confined as a command that may only read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from journeyman.sandbox.api import Command, Launcher
from journeyman.sandbox.policy import Policy

# A picker has no use for more, and memory has an end.
_MOST_BYTES = 256 << 20
_FLAGS = ("--files", "--hidden", "--null", "--no-config", "--no-messages", "--glob=!.git")


class ListingError(Exception):
    """The files cannot be listed; the text is for a person."""


async def list_files(launcher: Launcher, ripgrep: str, folder: Path) -> list[str]:
    """The files below `folder`, relative to it, in no order; names that are no text are shown as far as they are.

    Hidden files are listed, ignored ones and `.git` are not. Nothing in the folder is run.

    Raises:
        ListingError: the folder does not exist, or ripgrep cannot be run.
    """
    if not await asyncio.to_thread(folder.is_dir):
        message = f"not a directory: {folder}"
        raise ListingError(message)
    command = Command(argv=(ripgrep, *_FLAGS), cwd=str(folder), env={"PATH": "/usr/bin:/bin"})
    try:
        process = await launcher.launch(command, Policy())
    except OSError as error:
        message = f"cannot run {ripgrep}: {error.strerror}"
        raise ListingError(message) from error
    found = bytearray()
    try:
        while (data := await process.read()) and len(found) < _MOST_BYTES:
            found += data
    finally:
        await process.kill()
    return [name.decode(errors="replace") for name in bytes(found).split(b"\0") if name]
