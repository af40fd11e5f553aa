"""The launcher the product uses: confined policies to bubblewrap, unconfined ones to the direct launcher."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import journeyman
from journeyman.sandbox.api import Command, Process
from journeyman.sandbox.bubblewrap import BubblewrapLauncher, bubblewrap_programs
from journeyman.sandbox.direct import DirectLauncher
from journeyman.sandbox.policy import Policy


class SandboxLauncher:
    """Routes by `policy.confined`; there is no way from one to the other."""

    def __init__(self, confined: BubblewrapLauncher, direct: DirectLauncher) -> None:
        """Take the two ways."""
        self._confined = confined
        self._direct = direct

    def warm_up(self) -> None:
        """Begin to set up the sandbox in the background, so that the first command does not wait."""
        self._confined.warm_up()

    def close(self) -> None:
        """Leave nothing on the host, now instead of within a second or at the program's end."""
        self._confined.close()

    async def launch(self, command: Command, policy: Policy) -> Process:
        """See `Launcher.launch`."""
        if policy.confined:
            return await self._confined.launch(command, policy)
        return self._direct.launch(command)


def system_launcher(path: str, *, programs: Sequence[str] | None = None) -> SandboxLauncher:
    """The launcher of this machine; `path` is the PATH to look for `bwrap` in.

    `programs` are the bubblewrap programs to try instead of those found.
    """
    # This Python and this package run inside as well, wherever they are installed.
    readable = (sys.prefix, sys.base_prefix, str(Path(journeyman.__file__).parent))
    found = bubblewrap_programs(path) if programs is None else programs
    return SandboxLauncher(
        BubblewrapLauncher(found, readable=readable), DirectLauncher(sys.executable)
    )
