"""The macOS backend: runs confined commands under a profile, by the system's `sandbox-exec`.

There are no namespaces here, so /tmp is the machine's, network rules open nothing, and a daemon that left
the command's session outlives it, still confined. Limits on memory and processes are not held.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import msgspec

from journeyman.sandbox.api import Command, ConfinementError, OnRefused, Process
from journeyman.sandbox.caches import with_caches
from journeyman.sandbox.deny_read import ReadDenials
from journeyman.sandbox.foreground import relay_pipes
from journeyman.sandbox.layout import layout_of
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.process import start
from journeyman.sandbox.programs import find_program
from journeyman.sandbox.scratch import Scratch
from journeyman.sandbox.seatbelt import seatbelt_profile

_PROGRAM = "/usr/bin/sandbox-exec"
_TEMPORARY = "/private/tmp"
_BLOCK_BYTES = 512
# Runs under the profile: to the directory, and with limits.
_BEGIN = 'cd "$1" && ulimit -c 0 && ulimit -f "$2" && shift 2 && exec "$@"'


class SeatbeltLauncher:
    """Launches confined commands; one per process, used from one event loop."""

    def __init__(
        self,
        *,
        readable: Sequence[str] = (),
        deny_read: Sequence[str] = (),
        scratch: Scratch | None = None,
        program: str = _PROGRAM,
    ) -> None:
        """Take directories every command must see, patterns none may read, and where temporary files are."""
        self._readable = tuple(readable)
        self._denials = ReadDenials(deny_read)
        self._scratch = scratch or Scratch(Path(_TEMPORARY))
        self._program = program

    def close(self) -> None:
        """Take back what commands needed on the host."""
        self._scratch.remove()

    async def launch(
        self,
        command: Command,
        policy: Policy,
        on_refused: OnRefused | None = None,
    ) -> Process:
        """See `Launcher.launch`; `policy` is a confined one."""
        if not os.access(self._program, os.X_OK):
            raise ConfinementError(f"{self._program} is missing", fix="It is a part of macOS")
        found = find_program(command)
        env = dict(command.env)
        temporary = None
        if policy.private_tmp:
            temporary = self._scratch.directory(policy.writable_roots)
            env["TMPDIR"] = temporary
            env = with_caches(env, policy.writable_roots, temporary)
        layout = layout_of(policy, cwd=command.cwd, env=env, program=found, readable=self._readable)
        profile = seatbelt_profile(
            layout,
            self._denials.paths(policy, env, command.cwd),
            temporary=temporary,
            network_access=policy.network_access,
        )
        blocks = str(policy.limits.file_bytes // _BLOCK_BYTES)
        argv = [found, *command.argv[1:]]
        return start(
            profile.command(
                self._program, ["/bin/sh", "-c", _BEGIN, "sh", command.cwd, blocks, *argv]
            ),
            msgspec.structs.replace(command, env=env),
            end_tree=_kill_session,
            on_exit=_nothing,
            guard=None,
        )

    async def run(self, command: Command, policy: Policy) -> int:
        """See `Confining.run`; its stderr goes to stdout as well."""
        piped = msgspec.structs.replace(command, stdin=True)
        return await relay_pipes(await self.launch(piped, policy))


def _kill_session(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _nothing() -> None:
    """There is nothing on the host to clear."""
