"""The launcher the product uses: confined policies to the backend that works, others to the direct one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

import journeyman
from journeyman.sandbox.api import Command, OnRefused, Process
from journeyman.sandbox.backends import Candidate, Choice, ChosenLauncher
from journeyman.sandbox.bubblewrap import BubblewrapLauncher, bubblewrap_programs
from journeyman.sandbox.direct import DirectLauncher
from journeyman.sandbox.foreground import (
    for_this_terminal,
    on_a_terminal,
    relay_pipes,
    relay_terminal,
)
from journeyman.sandbox.limited import limited
from journeyman.sandbox.namespaces.launcher import NamespaceLauncher
from journeyman.sandbox.policy import Policy

_FIX_ELSEWHERE = "Run jm on Linux, or without a sandbox, said by name: -s danger-full-access"


class SandboxLauncher:
    """Routes by `policy.confined`; there is no way from one to the other."""

    def __init__(self, confined: ChosenLauncher, direct: DirectLauncher) -> None:
        """Take the two ways."""
        self._confined = confined
        self._direct = direct

    def warm_up(self, delay_seconds: float) -> None:
        """Set up the sandbox in the background so much later, so that the first command does not wait."""
        self._confined.warm_up(delay_seconds)

    async def choice(self) -> Choice:
        """Which backend confines commands here, and why the better ones do not."""
        return await self._confined.choice()

    def close(self) -> None:
        """Leave nothing on the host, now instead of within a second or at the program's end."""
        self._confined.close()

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        """See `Launcher.launch`."""
        if policy.confined:
            process = await self._confined.launch(command, policy, on_refused)
            return limited(process, policy.limits)
        return self._direct.launch(command)

    async def run(self, command: Command, policy: Policy) -> int:
        """Run `command` for the person at this process's standard streams; its exit code.

        On a terminal it gets one of its own, which is joined with ours; else it gets our streams. Ctrl-C
        reaches it, and nothing of it is left afterwards, also when this is cancelled.

        Raises:
            ConfinementError: it could not be confined; nothing ran.
            OSError: the program or its directory does not exist, or cannot be executed.
        """
        if on_a_terminal():
            return await relay_terminal(await self.launch(for_this_terminal(command), policy))
        counted = policy.limits.output_bytes is not None or policy.limits.seconds is not None
        if policy.confined and not counted:
            return await self._confined.run(command, policy)
        piped = msgspec.structs.replace(command, stdin=True)
        return await relay_pipes(await self.launch(piped, policy))


def system_launcher(
    path: str,
    *,
    programs: Sequence[str] | None = None,
    deny_read: Sequence[str] = (),
    degraded_writes: bool = False,
    platform: str = sys.platform,
) -> SandboxLauncher:
    """The launcher of this machine; `path` is the PATH to look for `bwrap` in.

    `programs` are the bubblewrap programs to try instead of those found, `deny_read` patterns that no
    command may read beside the usual keys. With `degraded_writes` the user agreed to a sandbox that cannot
    protect everything, where there is no better one.
    """
    # This Python and this package run inside as well, wherever they are installed.
    readable = (sys.prefix, sys.base_prefix, str(Path(journeyman.__file__).parent))
    found = bubblewrap_programs(path) if programs is None else programs
    if platform != "linux":
        return _other_system(platform, readable, deny_read)
    candidates = (
        Candidate(
            name="namespaces", launcher=NamespaceLauncher(readable=readable, deny_read=deny_read)
        ),
        Candidate(
            name="bubblewrap",
            launcher=BubblewrapLauncher(found, readable=readable, deny_read=deny_read),
        ),
        Candidate(
            name="Landlock",
            launcher=NamespaceLauncher(
                readable=readable, deny_read=deny_read, confinement="landlock"
            ),
            degraded=True,
        ),
    )
    chosen = ChosenLauncher(candidates, degraded_writes=degraded_writes)
    return SandboxLauncher(chosen, DirectLauncher(sys.executable))


def _other_system(
    platform: str, readable: Sequence[str], deny_read: Sequence[str]
) -> SandboxLauncher:
    """The launcher of macOS; of what has no sandbox at all, one that runs nothing confined and says why."""
    candidates: tuple[Candidate, ...] = ()
    if platform == "darwin":
        from journeyman.sandbox.seatbelt_launcher import (  # noqa: PLC0415 -- only wanted there
            SeatbeltLauncher,
        )

        launcher = SeatbeltLauncher(readable=readable, deny_read=deny_read)
        candidates = (Candidate(name="Seatbelt", launcher=launcher),)
    fix = "Install WSL2 (wsl --install) and run jm in it" if platform == "win32" else _FIX_ELSEWHERE
    return SandboxLauncher(ChosenLauncher(candidates, fix=fix), DirectLauncher(sys.executable))
